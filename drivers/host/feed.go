package host

import (
	"context"
	"errors"
	"fmt"

	"penstock/app/tag"
	"penstock/drivers"
)

// credit is how many pushes the child may send ahead of what was taken. The
// queue holds as many, so whoever reads from the child never waits for the
// control room; a driver whose pushes are not taken waits, as it would without
// a process in between.
const credit = 8

// feed is what a connection in a child pushes: values or alarms.
type feed struct {
	queue chan func()
	ended chan error
}

// open starts a feed of c; kind is the op of its pushes. It ends with c.
func (c *conn) open(at **feed, kind byte) (*feed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	f := &feed{queue: make(chan func(), credit), ended: make(chan error, 1)}
	*at = f
	go func() {
		for take := range f.queue {
			take()
			c.child.post(context.Background(), opCredit, uint32(kind), c.id, nil)
		}
	}()
	return f, nil
}

// Subscribe implements drivers.Subscriber.
func (c *conn) Subscribe(ctx context.Context, points []drivers.Point, push func(idx []int, vals []tag.Value)) (<-chan error, error) {
	c.mu.Lock()
	c.points = len(points)
	c.push = push
	c.mu.Unlock()
	f, err := c.open(&c.values, opPush)
	if err != nil {
		return nil, err
	}
	if _, err := c.call(ctx, opSubscribe, putPoints(nil, points)); err != nil {
		c.end(err)
		return nil, err
	}
	return f.ended, nil
}

// Conditions implements drivers.Alarmer.
func (c *conn) Conditions(ctx context.Context, push func(list []drivers.Condition, all bool)) (<-chan error, error) {
	c.mu.Lock()
	c.notice = push
	c.mu.Unlock()
	f, err := c.open(&c.alarms, opNotice)
	if err != nil {
		return nil, err
	}
	if _, err := c.call(ctx, opConditions, nil); err != nil {
		if !errors.Is(err, drivers.ErrRefused) { // a device without alarms has values all the same
			c.end(err)
		}
		return nil, err
	}
	return f.ended, nil
}

// receive queues one push. The queue is full only if the child breaks the rule
// of credit.
func (c *conn) receive(op byte, r reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var f *feed
	var take func()
	if op == opPush {
		idx := r.indexes(c.points)
		vals := r.values(nil)
		if r.err != nil || len(idx) != len(vals) {
			return fmt.Errorf("%w: a push", errShort)
		}
		push := c.push
		f, take = c.values, func() { push(idx, vals) }
	} else {
		all := r.bool()
		list := r.conditions()
		if r.err != nil {
			return fmt.Errorf("%w: a push of alarms", errShort)
		}
		notice := c.notice
		f, take = c.alarms, func() { notice(list, all) }
	}
	if f == nil || c.closed {
		return nil
	}
	select {
	case f.queue <- take:
		return nil
	default:
		return errors.New("more pushes than were allowed")
	}
}

// end ends what is pushed, and the connection, once.
func (c *conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	for _, f := range []*feed{c.values, c.alarms} {
		if f != nil {
			close(f.queue)
			f.ended <- err
		}
	}
}
