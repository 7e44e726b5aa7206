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
	can   byte // abilities
	trace drivers.Tracer
	done  func() // gives the child back
	once  sync.Once

	lists [][]drivers.Point // what the child has been told; lists[i] is i+1 there

	mu     sync.Mutex
	closed bool
	values *feed
	alarms *feed
	points int // of the subscription
	push   func(idx []int, vals []tag.Value)
	notice func(list []drivers.Condition, all bool)
	audits []string // what the driver decided while it dialled
	wire   drivers.Wire
}

// ability is something optional that a connection can do.
type ability struct {
	of func(c drivers.Conn) bool // whether it can
	is func(ability any) bool    // whether drivers.As asks for it
}

func able[T any]() ability {
	return ability{func(c drivers.Conn) bool { _, ok := drivers.As[T](c); return ok }, func(a any) bool { _, ok := a.(*T); return ok }}
}

// abilities are those that come through a process. A child reports them as
// bits, in this order.
var abilities = []ability{
	able[drivers.Subscriber](), able[drivers.Browser](), able[drivers.HistoryReader](), able[drivers.Alarmer](), able[drivers.Caller](), able[drivers.Metered](), able[drivers.Prober](),
}

func abilitiesOf(c drivers.Conn) (can byte) {
	for i, a := range abilities {
		if a.of(c) {
			can |= 1 << i
		}
	}
	return can
}

// Has is for drivers.As: a conn has every method, and works those of the
// connection it stands for.
func (c *conn) Has(ability any) bool {
	for i, a := range abilities {
		if a.is(ability) {
			return c.can>>i&1 == 1
		}
	}
	return false
}

func (c *conn) tell(line string) {
	if c.trace != nil {
		c.trace(line)
	}
}

// maxAudits is how many decisions one dial may take.
const maxAudits = 100

// decided takes a decision of the driver, for audited.
func (c *conn) decided(line string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.audits) == maxAudits {
		return errors.New("more decisions than one dial takes")
	}
	c.audits = append(c.audits, line)
	return nil
}

// audited hands the decisions of a dial that is over, however it ended, to
// whoever dialled: an auditor may block, and who reads from the child may not.
func (c *conn) audited(ctx context.Context) {
	c.mu.Lock()
	lines := c.audits
	c.audits = nil
	c.mu.Unlock()
	for _, line := range lines {
		drivers.Audit(ctx, "%s", line)
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
	return unanswered(err)
}

// Wire implements drivers.Metered: what the child has told, which it does once
// a second and at the end.
func (c *conn) Wire() drivers.Wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wire
}

// metered takes what the child tells. A count never goes back.
func (c *conn) metered(r reader) error {
	w := r.wire()
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.wire; w.Sent < old.Sent || w.Received < old.Received || w.SentBytes < old.SentBytes || w.ReceivedBytes < old.ReceivedBytes ||
		w.Repeated < old.Repeated || w.Unfit < old.Unfit || w.Answers.Count() < old.Answers.Count() {
		r.fail()
	}
	if r.err == nil {
		c.wire = w
	}
	return r.err
}

// Close implements drivers.Conn. A child that does not answer is ended.
func (c *conn) Close() error {
	c.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		// Also when it has ended by itself: the child still has it.
		_, err := c.child.call(ctx, opClose, 0, c.id, nil)
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
func (c *conn) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	r, err := c.call(ctx, opBrowse, putText(nil, under))
	if err != nil {
		return nil, err
	}
	nodes := r.nodes()
	return nodes, r.err
}

// Probe implements drivers.Prober.
func (c *conn) Probe(ctx context.Context) error {
	_, err := c.call(ctx, opProbe, nil)
	return err
}

// ReadHistory implements drivers.HistoryReader.
func (c *conn) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	r, err := c.call(ctx, opHistory, binary.AppendVarint(binary.AppendVarint(putPoint(nil, p), from), to))
	if err != nil {
		return nil, err
	}
	vals := r.values(nil)
	return vals, r.err
}

// Call implements drivers.Caller. What is not answered is unknown, as a write.
func (c *conn) Call(ctx context.Context, object, method string, args []tag.Scalar) ([]tag.Scalar, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := c.call(ctx, opCall, putScalars(putText(putText(nil, object), method), args))
	if err != nil {
		return nil, unanswered(err)
	}
	results := r.scalars()
	return results, r.err
}

// Respond implements drivers.Alarmer.
func (c *conn) Respond(ctx context.Context, a drivers.Response) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := c.call(ctx, opRespond, putResponse(nil, a))
	return unanswered(err)
}

// unanswered makes the error of a command that the child did not answer
// ErrUnknown: it may have died or hung in the middle of it.
func unanswered(err error) error {
	var answer *remote
	if err == nil || errors.Is(err, errClosed) || errors.As(err, &answer) {
		return err
	}
	return drivers.Plain(fmt.Errorf("%w: %w", drivers.ErrUnknown, err), "%s", drivers.Words(drivers.ErrUnknown))
}
