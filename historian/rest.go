package historian

import (
	"runtime"
	"time"
)

// How long a read, and a seal or compaction, computes before it lets others
// have its processor. The scheduler by itself would take it away after 10 ms,
// and a commit that comes back from the disk while every processor is at a
// trend would wait for that. There is one seal at a time, and it must get on
// even beside others that do not rest.
const (
	readTurn = 100 * time.Microsecond
	workTurn = time.Millisecond
)

// pace keeps what computes for long from holding commits up. Before its first
// turn it rests.
type pace struct {
	turn  time.Duration
	since time.Time
}

// rest lets others go first when the turn is over.
func (p *pace) rest() {
	if time.Since(p.since) > p.turn {
		runtime.Gosched()
		p.since = time.Now()
	}
}

// begin makes r a reader of s. It rests, because many short reads one after the
// other are as long as a long one.
func (r *reader) begin(s *Store) {
	r.store, r.pace, r.places = s, pace{turn: readTurn}, false
	r.rest()
}
