package drivers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"penstock/app/tag"
)

// ErrNoAbility is returned where the device cannot do what is asked at all.
var ErrNoAbility = errors.New("this device cannot do that")

// job is a request of a person that is no write: it goes to the device beside
// the link's own.
type job struct {
	ctx     context.Context
	what    string
	limit   time.Duration
	command bool // it acts on the plant: what is not refused and not answered is unknown
	do      func(ctx context.Context, c Conn) error
	claim   atomic.Int32
	done    chan error // holds one
}

// browseLimit keeps a slow browse from holding up the line.
const browseLimit = 10 * time.Second

// Browse lists what is directly under a node of the device; "" is the root. It
// waits while more urgent requests are on the line. Any goroutine may call it.
func (l *Link) Browse(ctx context.Context, under string) (nodes []Node, err error) {
	err = l.ask(&job{ctx: ctx, what: "browse " + under, limit: browseLimit, do: func(ctx context.Context, c Conn) (err error) {
		b, ok := As[Browser](c)
		if !ok {
			return ErrNoAbility
		}
		nodes, err = b.Browse(ctx, under)
		return err
	}})
	if err != nil {
		return nil, err // nodes may still be in the making
	}
	return nodes, nil
}

// Call calls a method of the device; see Caller. Like a write it is refused at
// once while the link is down, sent once, and Unknown when no answer came. Any
// goroutine may call it.
func (l *Link) Call(ctx context.Context, object, method string, args []tag.Scalar) (results []tag.Scalar, err error) {
	err = l.ask(&job{ctx: ctx, what: fmt.Sprintf("call %s %s %v", object, method, args), limit: l.requestLimit(), command: true,
		do: func(ctx context.Context, c Conn) (err error) {
			k, ok := As[Caller](c)
			if !ok {
				return ErrNoAbility
			}
			results, err = k.Call(ctx, object, method, args)
			return err
		}})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// Respond passes an operator's answer to one of the device's own alarms on;
// see Alarmer. Any goroutine may call it.
func (l *Link) Respond(ctx context.Context, r Response) error {
	return l.ask(&job{ctx: ctx, what: fmt.Sprintf("answer %d to alarm %s", r.Do, r.ID), limit: l.requestLimit(), command: true,
		do: func(ctx context.Context, c Conn) error {
			a, ok := As[Alarmer](c)
			if !ok {
				return ErrNoAbility
			}
			return a.Respond(ctx, r)
		}})
}

// ask hands a job to the session and waits for its end.
func (l *Link) ask(j *job) error {
	j.done = make(chan error, 1)
	down := l.down.Load()
	if down == nil {
		return ErrDown
	}
	select {
	case l.jobs <- j:
	case <-*down:
		return ErrDown
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
	select {
	case err := <-j.done:
		return err
	case <-j.ctx.Done():
	}
	if !j.command || j.claim.CompareAndSwap(0, abandoned) {
		return j.ctx.Err()
	}
	t := time.NewTimer(lastWord)
	defer t.Stop()
	select {
	case err := <-j.done:
		return err
	case <-t.C:
		return fmt.Errorf("%w: %w", ErrUnknown, j.ctx.Err())
	}
}

// job does one. The error is for the connection: what the device refuses is
// the caller's alone, and so is whatever comes of a mere question.
func (s *session) job(j *job) error {
	if j.ctx.Err() != nil || !j.claim.CompareAndSwap(0, sending) {
		return nil // the caller knows
	}
	parent := j.ctx
	if j.command {
		parent = s.ctx // a caller who gives up must not cost the connection
	}
	ctx, cancel := context.WithTimeout(WithTracer(parent, s.link.trace), j.limit)
	defer cancel()
	err := s.call(ctx, j.what, func(ctx context.Context) error { return j.do(ctx, s.conn) })
	lost := errors.Is(err, ErrHung) || errors.Is(err, ErrQuiet)
	if lost && j.command {
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	j.done <- err
	if err == nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrNoAbility) || !j.command && !lost {
		return nil
	}
	return err
}
