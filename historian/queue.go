package historian

import (
	"slices"
	"sync"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Drop says why a sample was not stored.
type Drop uint8

// The causes. Thinned is no loss: the tag's storage class did not want it.
const (
	Thinned    Drop = iota // left out by the tag's storage class
	QueueFull              // the disk was slower than the plant for too long
	BadTime                // without a time, or a time no plant has
	TooOld                 // older than raw samples are kept
	TooMany                // more tags than the store can number
	DiskFull               // the disk has less room than must stay for alarms
	NotStored              // the store was closed, or could not write before it closed
	dropCauses             // the number of causes
)

var dropNames = [dropCauses]string{"thinned by storage class", "queue full", "no usable time", "older than retention", "too many tags", "disk full", "store closed"}

func (d Drop) String() string { return dropNames[d] }

// queue is where samples wait for their commit. It is bounded; what does not
// fit is dropped and counted, so that Append never waits for the disk.
type queue struct {
	mu      sync.Mutex
	changed sync.Cond // on mu: out, failures or closed changed
	wake    chan struct{}

	points []block.Point // waiting
	spare  []block.Point // the other buffer
	limit  int
	closed bool
	hurry  bool // somebody waits: do not linger

	in, out  uint64 // points that ever entered and left
	failures uint64
	err      error // of the last commit; nil when it worked

	received uint64
	dropped  [dropCauses]uint64
	lost     map[tag.ID]uint64 // by tag, without Thinned
	newest   int64             // largest time of receipt
}

func newQueue(limit int) *queue {
	q := &queue{limit: limit, wake: make(chan struct{}, 1), lost: map[tag.ID]uint64{}}
	q.changed.L = &q.mu
	return q
}

// Times outside are no times of a plant: 1970, and the last day a row's key
// has room for.
const (
	minTime  = 1
	maxTime  = 65535 * day
	farAhead = day // beyond the time of receipt: a clock that is wrong
)

// Append takes samples for storing and returns at once; it copies what it
// keeps. Samples are stored at their At(), with status, kind and flags bit
// for bit. What does not fit the queue is dropped and counted in Stats: after
// a Flush, received == stored + dropped. Safe for concurrent use.
func (s *Store) Append(samples []tag.Sample) {
	q := s.queue
	full, kept := s.full.Load(), s.keeping.since.Load()
	q.mu.Lock()
	q.points = slices.Grow(q.points, max(0, min(len(samples), q.limit-len(q.points))))
	s.names.mu.RLock()
	for i := range samples {
		v := &samples[i]
		q.received++
		at := v.At()
		q.newest = max(q.newest, v.Received)
		switch {
		case q.closed:
			q.drop(NotStored, v.ID)
			continue
		case full:
			q.drop(DiskFull, v.ID)
			continue
		case len(q.points) >= q.limit:
			q.drop(QueueFull, v.ID)
			continue
		case at < minTime || at > maxTime || v.Received != 0 && at-v.Received > farAhead:
			q.drop(BadTime, v.ID)
			continue
		}
		num, ok := s.names.guess(v.ID)
		if !ok {
			s.names.mu.RUnlock()
			num, ok = s.names.number(v.ID)
			s.names.mu.RLock()
		}
		if !ok {
			q.drop(TooMany, v.ID)
			continue
		}
		if at < kept.of(num).raw {
			q.drop(TooOld, v.ID)
			continue
		}
		// Written in place: a point made elsewhere and copied costs twice.
		n := len(q.points)
		q.points = q.points[:n+1]
		p := &q.points[n]
		p.At, p.Num, p.Q, p.Mark = at, num, v.Quality, block.MarkOf(v.Value.Value.Kind(), v.Flags)
		p.Bits, p.Text = v.Value.Value.Bits(), v.Value.Value.Str()
		q.in++
	}
	s.names.mu.RUnlock()
	q.mu.Unlock()
	q.signal()
}

func (q *queue) drop(why Drop, id tag.ID) {
	q.dropped[why]++
	if len(q.lost) < 10_000 || q.lost[id] > 0 {
		q.lost[id]++
	}
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take removes what waits. The slice is the caller's until it calls take again.
func (q *queue) take() []block.Point {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.points
	q.points, q.spare = q.spare[:0], out
	q.hurry = false
	return out
}

// done notes that n points have left, thinned samples without being stored.
func (q *queue) done(n, thinned int) {
	q.mu.Lock()
	q.out += uint64(n)
	q.dropped[Thinned] += uint64(thinned)
	q.changed.Broadcast()
	q.mu.Unlock()
}

// isClosed reports whether the store takes no more samples.
func (s *Store) isClosed() bool {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	return s.queue.closed
}

// worked notes that a commit did.
func (q *queue) worked() {
	q.mu.Lock()
	q.err = nil
	q.mu.Unlock()
}

// failed notes that a commit did not work; its points will be tried again.
func (q *queue) failed(err error) {
	q.mu.Lock()
	q.failures++
	q.err = err
	q.changed.Broadcast()
	q.mu.Unlock()
}

// Flush waits until everything appended before it is on the disk, or an
// attempt to write it has failed; it will be tried again. A sample that a
// storage class holds back, to see what comes next, stays held.
func (s *Store) Flush() error {
	q := s.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	want, failures := q.in, q.failures
	for q.out < want {
		if q.failures != failures {
			return q.err
		}
		if q.closed {
			return ErrClosed
		}
		q.hurry = true
		q.signal()
		q.changed.Wait()
	}
	return nil
}

// abandon counts points that will never be stored.
func (q *queue) abandon(points []block.Point, n *names) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range points {
		q.drop(NotStored, n.id(points[i].Num))
	}
}
