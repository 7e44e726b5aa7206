package drivers

import (
	"context"
	"errors"
	"time"
)

// ErrNoBrowse is returned where the device cannot list what it has.
var ErrNoBrowse = errors.New("this device cannot be browsed")

type browse struct {
	ctx   context.Context
	under string
	done  chan browsed
}

type browsed struct {
	nodes []Node
	err   error
}

// Browse lists what is directly under a node of the device; "" is the root. It
// waits while more urgent requests are on the line. Any goroutine may call it.
func (l *Link) Browse(ctx context.Context, under string) ([]Node, error) {
	down := l.down.Load()
	if down == nil {
		return nil, ErrDown
	}
	b := &browse{ctx: ctx, under: under, done: make(chan browsed, 1)}
	select {
	case l.browses <- b:
	case <-*down:
		return nil, ErrDown
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case out := <-b.done:
		return out.nodes, out.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Browse dials the device for one look at what is under a node. It is for the
// engineer who has not made a link yet.
func Browse(ctx context.Context, drv Driver, dev Device, under string) ([]Node, error) {
	conn, err := drv.Dial(ctx, dev)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	b, ok := conn.(Browser)
	if !ok {
		return nil, ErrNoBrowse
	}
	return b.Browse(ctx, under)
}

// browseLimit keeps a slow browse from holding up the line.
const browseLimit = 10 * time.Second

// browse serves one request. The error is for the connection: a node that
// cannot be browsed is the caller's alone.
func (s *session) browse(b *browse) error {
	br, ok := s.conn.(Browser)
	if !ok {
		b.done <- browsed{err: ErrNoBrowse}
		return nil
	}
	ctx, cancel := context.WithTimeout(b.ctx, browseLimit)
	defer cancel()
	var nodes []Node
	err := s.call(ctx, "browse "+b.under, func(ctx context.Context) (err error) {
		nodes, err = br.Browse(ctx, b.under)
		return err
	})
	b.done <- browsed{nodes, err}
	if errors.Is(err, ErrHung) {
		return err
	}
	return nil
}
