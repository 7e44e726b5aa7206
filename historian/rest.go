package historian

import (
	"runtime"
	"time"
)

// turn is how long a read or a seal computes before it lets others have its
// processor. The scheduler by itself would take it away after 10 ms, and a
// commit that comes back from the disk while every processor is at a trend
// would wait for that.
const turn = 100 * time.Microsecond

// pace keeps what computes for long from holding commits up. The zero pace is
// at the end of its turn.
type pace struct{ since time.Time }

// rest lets others go first when the turn is over.
func (p *pace) rest() {
	if time.Since(p.since) > turn {
		runtime.Gosched()
		p.since = time.Now()
	}
}

// begin makes r a reader of s. It rests, because many short reads one after the
// other are as long as a long one.
func (r *reader) begin(s *Store) {
	r.store, r.pace, r.places = s, pace{}, false
	r.rest()
}
