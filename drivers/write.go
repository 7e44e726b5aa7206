package drivers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"penstock/app/tag"
)

// Stage is how far a write has come. The zero Stage is that nothing was sent.
type Stage uint8

// The stages of a write.
const (
	NotSent  Stage = iota // the device knows nothing of it, and never will
	Refused               // the device refused it
	Unknown               // sent, and nothing is known: it may or may not have been done
	Accepted              // the device confirmed it, but could not be read back
	Verified              // read back: the device holds the value
	Mismatch              // the device confirmed it, or may have taken it, and holds another value
)

var stageNames = [...]string{"not sent", "refused", "unknown", "accepted", "verified", "mismatch"}

func (s Stage) String() string { return stageNames[s] }

// MarshalText implements encoding.TextMarshaler.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// WriteResult is what became of a write.
type WriteResult struct {
	Stage    Stage     `json:"stage"`
	Sent     time.Time `json:"sent,omitzero"`     // handed to the device
	Answered time.Time `json:"answered,omitzero"` // confirmed or refused by it
	Checked  time.Time `json:"checked,omitzero"`  // read back
	ReadBack tag.Value `json:"-"`                 // raw, when Checked
}

var (
	// ErrMismatch is returned with stage Mismatch.
	ErrMismatch = errors.New("the device holds another value")
	// ErrNoPoint is returned for a tag the link does not have.
	ErrNoPoint = errors.New("this device has no such tag")
)

// How long a value that reads back differently is read again before it is a
// mismatch: devices take a scan to show what they have accepted.
const (
	verifyFor   = 2 * time.Second
	verifyEvery = 250 * time.Millisecond
)

type write struct {
	ctx   context.Context
	point int
	v     tag.Scalar
	claim atomic.Int32 // 0: nobody's; sending: the link's; abandoned: ctx ended first
	done  chan written // buffered: the link never waits for the caller
	res   WriteResult
}

const (
	sending   = 1
	abandoned = 2
)

type written struct {
	res WriteResult
	err error
}

func (w *write) finish(s Stage, err error) {
	w.res.Stage = s
	w.done <- written{w.res, err}
}

// Write sets a tag's point to a raw value and reads it back. While the link is
// down it is refused at once with ErrDown. A write is sent once: it is never
// queued beyond ctx, never repeated, and waits for at most the request that is
// on the line. The error is nil when the device confirmed it and reading back
// did not contradict (Accepted, Verified). ErrUnknown says it was sent and ctx
// ended before anything was known. Any goroutine may call it.
func (l *Link) Write(ctx context.Context, id tag.ID, raw tag.Scalar) (WriteResult, error) {
	i, ok := l.index[id]
	if !ok {
		return WriteResult{}, fmt.Errorf("set %s: %w", id, ErrNoPoint)
	}
	if err := ctx.Err(); err != nil {
		return WriteResult{}, fmt.Errorf("set %s: %w", id, err)
	}
	down := l.down.Load()
	if down == nil {
		return l.refuse(id)
	}
	w := &write{ctx: ctx, point: i, v: raw, done: make(chan written, 1)}
	select {
	case l.writes <- w:
	case <-*down:
		return l.refuse(id)
	case <-ctx.Done():
		return WriteResult{}, fmt.Errorf("set %s: not sent: %w", id, ctx.Err())
	}
	out := w.await()
	if out.err != nil {
		out.err = fmt.Errorf("set %s to %v: %w", id, raw, out.err)
	}
	return out.res, out.err
}

// await returns what became of w, at the latest soon after its context ended.
func (w *write) await() written {
	select {
	case out := <-w.done:
		return out
	case <-w.ctx.Done():
	}
	if w.claim.CompareAndSwap(0, abandoned) {
		return written{err: fmt.Errorf("not sent: %w", w.ctx.Err())}
	}
	t := time.NewTimer(lastWord)
	defer t.Stop()
	select {
	case out := <-w.done:
		return out
	case <-t.C:
		return written{WriteResult{Stage: Unknown}, fmt.Errorf("%w: %w", ErrUnknown, w.ctx.Err())}
	}
}

// lastWord is how long a caller whose context has ended waits to hear how far
// its write came.
const lastWord = 500 * time.Millisecond

func (l *Link) refuse(id tag.ID) (WriteResult, error) {
	l.mu.Lock()
	l.status.Counters.Refused++
	l.mu.Unlock()
	return WriteResult{}, fmt.Errorf("set %s: %w", id, ErrDown)
}

// write carries one write out. The error is for the connection.
func (s *session) write(w *write) error {
	l := s.link
	p := l.points[w.point]
	if w.ctx.Err() != nil || !w.claim.CompareAndSwap(0, sending) {
		return nil // the caller knows
	}
	l.recorder.Add(fmt.Sprintf("write %s (%s) = %v", p.ID, p.Address, w.v))
	w.res.Sent = time.Now()
	// Not w.ctx: a caller who gives up must not cost the connection.
	ctx, cancel := context.WithTimeout(s.ctx, l.requestLimit())
	defer cancel()
	err := s.call(ctx, "write "+p.Address, func(ctx context.Context) error { return s.conn.Write(ctx, p.Point, w.v) })
	if err == nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrUnknown) || errors.Is(err, ErrHung) || errors.Is(err, ErrQuiet) {
		l.count(func(c *Counters) { c.Writes++ })
	}
	switch {
	case errors.Is(err, ErrRefused):
		w.res.Answered = time.Now()
		w.finish(Refused, err)
		return nil
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrHung), errors.Is(err, ErrQuiet):
		// The line is closed; the next connection reads back what was taken.
		if !errors.Is(err, ErrUnknown) {
			err = fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		l.unsettled = append(l.unsettled, unsettled{w, err})
		return err
	case err != nil:
		w.res.Sent = time.Time{}
		w.finish(NotSent, err)
		return err
	}
	w.res.Answered = time.Now()
	s.verifying = append(s.verifying, verify{write: w, until: time.Now().Add(verifyFor)})
	return nil
}

// unsettled is a write that was sent and not answered, until a new connection
// reads back or its context ends.
type unsettled struct {
	*write
	err error
}

// verify is a write that is to be read back.
type verify struct {
	*write
	next, until time.Time
	unknown     error // not confirmed by the device
}

// readBack reads one written point. It reports whether the write is settled.
func (s *session) readBack(v *verify) (settled bool, err error) {
	l := s.link
	if v.ctx.Err() != nil {
		v.giveUp(v.ctx.Err())
		return true, nil
	}
	p := l.points[v.point]
	vals := make([]tag.Value, 1)
	ctx, cancel := context.WithTimeout(s.ctx, l.requestLimit())
	defer cancel()
	start := time.Now()
	if err := s.call(ctx, "read back "+p.Address, func(ctx context.Context) error { return s.conn.Read(ctx, []Point{p.Point}, vals) }); err != nil {
		v.giveUp(err)
		return true, err
	}
	got := vals[0]
	got.Received = time.Now().UnixNano()
	if !s.subscribed() {
		s.link.deliver(s, start, []int{v.point}, vals)
	}
	if !got.Quality.Usable() {
		v.giveUp(fmt.Errorf("read back: %v", got.Quality))
		return true, nil
	}
	v.res.Checked, v.res.ReadBack = time.Now(), got
	switch {
	case sameRaw(v.v, got.Value):
		v.finish(Verified, nil)
		return true, nil
	case time.Now().After(v.until):
		v.finish(Mismatch, fmt.Errorf("%w: %v", ErrMismatch, got.Value))
		return true, nil
	}
	v.next = time.Now().Add(verifyEvery)
	return false, nil
}

// giveUp ends a write that cannot be read back.
func (v *verify) giveUp(err error) {
	switch {
	case !v.res.Checked.IsZero():
		v.finish(Mismatch, fmt.Errorf("%w: %v", ErrMismatch, v.res.ReadBack.Value))
	case v.unknown != nil:
		v.finish(Unknown, v.unknown)
	default:
		v.finish(Accepted, nil)
	}
}

// sameRaw reports whether a device that was sent a holds b. Floats are alike
// when they are the same float32: most devices keep no more.
func sameRaw(a, b tag.Scalar) bool {
	if a == b {
		return true
	}
	x, ok1 := a.Float()
	y, ok2 := b.Float()
	if !ok1 || !ok2 {
		return false
	}
	return x == y || float32(x) == float32(y) || math.Abs(x-y) <= 1e-6*math.Max(math.Abs(x), math.Abs(y))
}
