package trend

import (
	"context"
	"sync"

	"penstock/app/tag"
)

// parallel is how many queries of one question run at a time.
const parallel = 3

// Marker is a Source that also knows what happened: the View asks it for the
// marks of the stretch it shows. It is called like a Source.
type Marker interface {
	Marks(ctx context.Context, ids []tag.ID, from, to int64) ([]Mark, error)
}

// question is what was asked of the source.
type question struct {
	ids      []tag.ID
	from, to int64
	n        int
	coarse   bool // a rough answer is wanted first
}

// coarser is how many times as coarse a rough answer is.
const coarser = 16

// answer is one pen's part of the reply, or the marks, or readings at a time.
type answer struct {
	turn    int // of the question; older ones are dropped
	id      tag.ID
	n       int // buckets asked for
	stretch Stretch
	marks   []Mark
	at      int64
	ids     []tag.ID
	values  []tag.Value
	kind    answerKind
	err     error
}

type answerKind uint8

const (
	rangeAnswer answerKind = iota
	markAnswer
	atAnswer
)

// fetcher asks the source in the background. A new question cancels the one
// before. Only what is guarded by mu is touched by its goroutines.
type fetcher struct {
	src     Source
	asked   question
	stop    context.CancelFunc
	stopAt  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	turn    int // of the newest question
	answers []answer
	waiting int // goroutines of the newest question still at work
}

// ask drops the question before and asks a new one.
func (f *fetcher) ask(q question) {
	if f.stop != nil {
		f.stop()
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.stop, f.asked = cancel, q
	if f.src == nil || len(q.ids) == 0 {
		return
	}
	type part struct {
		id tag.ID
		n  int
	}
	next := make(chan part, 2*len(q.ids))
	if q.coarse {
		for _, id := range q.ids {
			next <- part{id, max(q.n/coarser, 1)}
		}
	}
	for _, id := range q.ids {
		next <- part{id, q.n}
	}
	close(next)
	workers := min(parallel, len(q.ids))
	marker, marks := f.src.(Marker)
	f.mu.Lock()
	f.turn++
	turn := f.turn
	f.waiting = workers
	if marks {
		f.waiting++
	}
	f.mu.Unlock()
	for range workers {
		f.running.Go(func() {
			for k := range next {
				s, err := f.src.Range(ctx, k.id, q.from, q.to, k.n)
				f.put(ctx, answer{turn: turn, id: k.id, n: k.n, stretch: s, err: err, kind: rangeAnswer})
			}
			f.finished(turn)
		})
	}
	if marks {
		f.running.Go(func() {
			m, err := marker.Marks(ctx, q.ids, q.from, q.to)
			f.put(ctx, answer{turn: turn, marks: m, err: err, kind: markAnswer})
			f.finished(turn)
		})
	}
}

func (f *fetcher) put(ctx context.Context, a answer) {
	if ctx.Err() != nil {
		return // nobody waits for it
	}
	f.mu.Lock()
	f.answers = append(f.answers, a)
	f.mu.Unlock()
}

func (f *fetcher) finished(turn int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if turn == f.turn {
		f.waiting--
	}
}

// askAt asks for the readings in force at a moment.
func (f *fetcher) askAt(ids []tag.ID, t int64) {
	if f.stopAt != nil {
		f.stopAt()
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.stopAt = cancel
	if f.src == nil || len(ids) == 0 {
		return
	}
	f.running.Go(func() {
		vals, err := f.src.At(ctx, t, ids)
		if err != nil {
			vals = nil
		}
		f.put(ctx, answer{at: t, ids: ids, values: vals, err: err, kind: atAnswer})
	})
}

// take returns what has come for the newest question since it was last called.
func (f *fetcher) take() []answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.answers[:0]
	for _, a := range f.answers {
		if a.kind == atAnswer || a.turn == f.turn {
			out = append(out, a)
		}
	}
	f.answers = nil
	return out
}

// busy reports whether an answer is still to come, or to be taken.
func (f *fetcher) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting > 0 || len(f.answers) > 0
}

// close cancels everything and waits for it to end.
func (f *fetcher) close() {
	if f.stop != nil {
		f.stop()
	}
	if f.stopAt != nil {
		f.stopAt()
	}
	f.running.Wait()
}
