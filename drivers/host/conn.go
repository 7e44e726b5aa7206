package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// conn is a connection that lives in a child.
type conn struct {
	child *child
	id    uint32
	trace drivers.Tracer
	done  func() // gives the child back
	once  sync.Once

	lists [][]drivers.Point // what the child has been told; lists[i] is i+1 there

	mu     sync.Mutex
	queue  chan push // nil: not subscribed
	ended  chan error
	closed bool
	points int
}

type push struct {
	idx  []int
	vals []tag.Value
}

// credit is how many pushes the child may send ahead of what was taken. The
// queue holds as many, so whoever reads from the child never waits for the
// control room; a driver whose pushes are not taken waits, as it would without
// a process in between.
const credit = 8

// Abilities of a connection, as the child reports them.
const (
	canSubscribe = 1 << iota
	canBrowse
	canHistory
)

type (
	subscriber struct{ c *conn }
	browser    struct{ c *conn }
	historian  struct{ c *conn }
)

// with returns c as a Conn that has exactly these abilities, since a Link asks
// for them by their interface.
func (c *conn) with(abilities byte) drivers.Conn {
	s, b, h := subscriber{c}, browser{c}, historian{c}
	switch abilities & (canSubscribe | canBrowse | canHistory) {
	case canSubscribe:
		return struct {
			*conn
			subscriber
		}{c, s}
	case canBrowse:
		return struct {
			*conn
			browser
		}{c, b}
	case canHistory:
		return struct {
			*conn
			historian
		}{c, h}
	case canSubscribe | canBrowse:
		return struct {
			*conn
			subscriber
			browser
		}{c, s, b}
	case canSubscribe | canHistory:
		return struct {
			*conn
			subscriber
			historian
		}{c, s, h}
	case canBrowse | canHistory:
		return struct {
			*conn
			browser
			historian
		}{c, b, h}
	case canSubscribe | canBrowse | canHistory:
		return struct {
			*conn
			subscriber
			browser
			historian
		}{c, s, b, h}
	}
	return c
}

func (c *conn) tell(line string) {
	if c.trace != nil {
		c.trace(line)
	}
}

var errClosed = errors.New("the connection is closed")

func (c *conn) call(ctx context.Context, op byte, body []byte) (reader, error) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return reader{}, errClosed
	}
	return c.child.call(ctx, op, 0, c.id, body)
}

// maxLists is how many lists of points the child keeps for a connection.
const maxLists = 32

// putList names a list of points the child knows, or sends it along: a Link
// reads the same few lists again and again.
func (c *conn) putList(b []byte, points []drivers.Point) []byte {
	for i, l := range c.lists {
		if slices.Equal(l, points) {
			return putBool(binary.AppendUvarint(b, uint64(i+1)), false)
		}
	}
	id := 0 // not kept
	if len(c.lists) < maxLists {
		c.lists = append(c.lists, slices.Clone(points))
		id = len(c.lists)
	}
	return putPoints(putBool(binary.AppendUvarint(b, uint64(id)), true), points)
}

// Read implements drivers.Conn.
func (c *conn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	r, err := c.call(ctx, opRead, c.putList(nil, points))
	if err != nil {
		return err
	}
	got := r.values(vals)
	if r.err != nil || len(got) != len(points) {
		err := fmt.Errorf("%w: %d values for %d points", errShort, len(got), len(points))
		c.child.fail(fmt.Errorf("%w: it was ended because of what it sent: %w", ErrChild, err))
		return err
	}
	if len(got) > 0 && &got[0] != &vals[0] {
		copy(vals, got)
	}
	return nil
}

// Write implements drivers.Conn. A child that dies or does not answer while it
// writes leaves the write unknown.
func (c *conn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := c.call(ctx, opWrite, putScalar(putPoint(nil, p), v))
	var answer *remote
	if err == nil || errors.Is(err, errClosed) || errors.As(err, &answer) {
		return err
	}
	return fmt.Errorf("%w: %w", drivers.ErrUnknown, err)
}

// Close implements drivers.Conn. A child that does not answer is ended.
func (c *conn) Close() error {
	c.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		_, err := c.call(ctx, opClose, nil)
		if errors.Is(err, context.DeadlineExceeded) {
			c.child.fail(fmt.Errorf("%w: it was ended because it hung", ErrChild))
		}
		c.end(errClosed)
		if c.done != nil {
			c.done()
		}
	})
	return nil
}

// Browse implements drivers.Browser.
func (b browser) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	r, err := b.c.call(ctx, opBrowse, putText(nil, under))
	if err != nil {
		return nil, err
	}
	nodes := r.nodes()
	return nodes, r.err
}

// ReadHistory implements drivers.HistoryReader.
func (h historian) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	r, err := h.c.call(ctx, opHistory, binary.AppendVarint(binary.AppendVarint(putPoint(nil, p), from), to))
	if err != nil {
		return nil, err
	}
	vals := r.values(nil)
	return vals, r.err
}

// Subscribe implements drivers.Subscriber.
func (s subscriber) Subscribe(ctx context.Context, points []drivers.Point, take func(idx []int, vals []tag.Value)) (<-chan error, error) {
	c := s.c
	queue, ended := make(chan push, credit), make(chan error, 1)
	c.mu.Lock()
	c.queue, c.ended, c.points = queue, ended, len(points)
	c.mu.Unlock()
	go func() { // ends when end closes the queue
		for p := range queue {
			take(p.idx, p.vals)
			c.child.post(context.Background(), opCredit, 0, c.id, nil)
		}
	}()
	_, err := c.call(ctx, opSubscribe, putPoints(nil, points))
	if err != nil {
		c.end(err)
		return nil, err
	}
	return ended, nil
}

// receive queues one push. The queue is full only if the child breaks the rule
// of credit.
func (c *conn) receive(r reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := push{idx: r.indexes(c.points)}
	p.vals = r.values(nil)
	if r.err != nil || len(p.idx) != len(p.vals) {
		return fmt.Errorf("%w: a push", errShort)
	}
	if c.queue == nil {
		return nil
	}
	select {
	case c.queue <- p:
		return nil
	default:
		return errors.New("more pushes than were allowed")
	}
}

// end ends the subscription and the connection, once.
func (c *conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.queue != nil {
		close(c.queue)
		c.queue = nil
		c.ended <- err
	}
}
