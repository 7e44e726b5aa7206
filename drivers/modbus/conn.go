package modbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	pdu "github.com/goburrow/modbus"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/wire"
)

// conn is one unit on a line.
type conn struct {
	drivers.Meter // of the unit's own requests; the markers of a serial line are the line's

	driver *Driver
	line   *line
	set    settings
	lanes  []*lane // one for each request that may be on its way at once
	learnt *learnt

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	closed atomic.Bool

	noMask atomic.Bool // the unit does not know mask writes

	ended atomic.Pointer[time.Time] // the last request; the pause counts from it

	// What follows belongs to the goroutine that calls Read.
	batches []*batch
	meter   *plan.Meter
	meterMu sync.Mutex // several lanes measure
	noTable map[reg.Table]time.Time
}

func newConn(d *Driver, l *line, name string, s settings) *conn {
	c := &conn{driver: d, line: l, set: s, meter: plan.NewMeter(s.guessCost()), noTable: map[reg.Table]time.Time{}}
	c.learnt = d.remember(name)
	c.ended.Store(new(time.Time))
	c.ctx, c.cancel = context.WithCancel(context.Background())
	for range s.line.depth {
		c.lanes = append(c.lanes, c.newLane())
	}
	return c
}

// Close implements drivers.Conn. Requests on their way end at once.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.cancel()
	c.driver.leave(c.line, c.set.unit)
	return nil
}

// bound is ctx, ended also by Close.
func (c *conn) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// read makes the request for n places of a table and checks that it brought
// as many.
func read(t reg.Table, at, n int) func(pdu.Client) ([]byte, error) {
	return func(cl pdu.Client) (b []byte, err error) {
		want := 2 * n
		switch t {
		case reg.Holding:
			b, err = cl.ReadHoldingRegisters(uint16(at), uint16(n))
		case reg.Input:
			b, err = cl.ReadInputRegisters(uint16(at), uint16(n))
		case reg.Coil:
			b, err = cl.ReadCoils(uint16(at), uint16(n))
			want = (n + 7) / 8
		case reg.Discrete:
			b, err = cl.ReadDiscreteInputs(uint16(at), uint16(n))
			want = (n + 7) / 8
		}
		if err == nil && len(b) != want {
			err = fmt.Errorf("%w: %d bytes for %d of %s", wire.ErrReply, len(b), n, t)
		}
		return b, err
	}
}

// Read implements drivers.Conn.
func (c *conn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	if len(points) == 0 {
		return nil
	}
	ctx, done := c.bound(ctx)
	defer done()
	b := c.batchOf(points)
	c.layOut(b, time.Now())
	r := &scan{c: c, batch: b, vals: vals[:len(points)]}
	r.begin()
	known := c.learnt.current()
	err := r.run(ctx)
	if c.learnt.current() != known {
		_ = c.learnt.save() // unsaved, it is only learnt again after the next start
	}
	if err != nil {
		return words(c.set, fmt.Errorf("unit %d: %w", c.set.unit, err))
	}
	return nil
}

// scan is one Read under way.
type scan struct {
	c     *conn
	batch *batch
	vals  []tag.Value

	mu      sync.Mutex       // guards what follows; lanes share it
	next    int              // request not yet begun
	good    int              // requests that brought values or a refusal
	wrong   error            // the last reply that fitted nothing
	fatal   error            // ends the scan
	refused []refusedRequest // to be learnt from when the rest is done
	ignored []request        // not answered by a unit that answers others
}

type refusedRequest struct {
	request
	code byte
}

// begin gives every point that will not be asked for its quality.
func (r *scan) begin() {
	for i := range r.vals {
		r.vals[i] = tag.Value{Quality: r.batch.standing[i], Value: r.batch.last[i]}
		if r.batch.standing[i] == tag.BadConfigurationError {
			r.vals[i].Value = tag.Scalar{}
		}
	}
}

// run makes all requests, as many at once as there are lanes.
func (r *scan) run(ctx context.Context) error {
	lanes := r.c.lanes
	if len(lanes) > len(r.batch.requests) {
		lanes = lanes[:max(1, len(r.batch.requests))]
	}
	var others sync.WaitGroup
	for _, l := range lanes[1:] {
		others.Go(func() { r.work(ctx, l) })
	}
	r.work(ctx, lanes[0])
	others.Wait()
	if r.fatal == nil && len(r.refused) > 0 {
		r.learn(ctx, lanes[0])
	}
	if r.fatal == nil {
		r.explore(ctx, lanes[0])
	}
	switch {
	case r.fatal != nil:
		return r.fatal
	case r.good == 0 && r.wrong != nil:
		return r.wrong
	}
	return nil
}

func (r *scan) work(ctx context.Context, l *lane) {
	for {
		r.mu.Lock()
		i := r.next
		r.next++
		ended := r.fatal != nil
		r.mu.Unlock()
		if ended || i >= len(r.batch.requests) {
			return
		}
		req := r.batch.requests[i]
		err := r.fetch(ctx, l, req)
		r.mu.Lock()
		r.settle(req, err)
		r.mu.Unlock()
	}
}

// fetch makes one request and hands its values out.
func (r *scan) fetch(ctx context.Context, l *lane, req request) error {
	call := read(req.table, req.At, req.Len)
	data, err := l.again(ctx, polling, 1, call)
	alive := false
	if errors.Is(err, wire.ErrTimeout) {
		alive = r.alive(ctx, l)
	}
	if repeatable(err) && !(alive && !r.c.set.line.carrier.framed()) {
		// On a socket nothing is lost on the way: a unit that answers the next
		// request has ignored this one. On a serial line a request may be.
		data, err = r.retry(ctx, l, call, err)
	}
	if alive && errors.Is(err, wire.ErrTimeout) {
		return errIgnored
	}
	if err != nil {
		return err
	}
	r.c.meterMu.Lock()
	r.c.meter.Observe(req.places(), l.took.Seconds())
	r.c.meterMu.Unlock()
	r.batch.deliver(req, data, l.sent.Add(l.took/2).UnixNano(), r.vals)
	return nil
}

// retry makes a request again that brought err, as often as is set.
func (r *scan) retry(ctx context.Context, l *lane, call func(pdu.Client) ([]byte, error), err error) ([]byte, error) {
	if r.c.set.retries == 0 || ctx.Err() != nil || errors.Is(err, wire.ErrNotSent) {
		return nil, err
	}
	r.c.Repeats()
	return l.again(ctx, polling, r.c.set.retries, call)
}

// settle decides what a request's end means for its points and the scan. A
// unit that refuses or garbles one request is there; one that says nothing,
// or a line that broke, ends the scan.
func (r *scan) settle(req request, err error) {
	switch code := exceptionOf(err); {
	case err == nil:
		r.good++
		if req.suspect {
			r.c.learnt.forget(req.table, plan.Span{At: req.At, Len: req.Len})
		}
	case refusal(code):
		r.good++
		r.refused = append(r.refused, refusedRequest{req, code})
	case code != 0 && answered(err):
		r.good++
		r.mark(req, qualityOf(err))
	case errors.Is(err, errIgnored):
		r.good++
		r.ignored = append(r.ignored, req)
		r.mark(req, tag.BadTimeout)
	case errors.Is(err, wire.ErrReply) && !errors.Is(err, wire.ErrNotSent):
		r.wrong = err
		r.mark(req, tag.BadCommunicationError)
	default:
		r.fatal = inWords(err)
	}
}

// mark gives the points of a request a quality; their last values are kept
// where it leaves a doubt that they still hold.
func (r *scan) mark(req request, q tag.Quality) {
	for _, i := range req.Items {
		r.vals[i].Quality = q
		if q == tag.BadConfigurationError {
			r.vals[i].Value = tag.Scalar{}
		}
		if q == badResource && r.vals[i].Value.Kind() != tag.None {
			r.vals[i].Quality = tag.LastUsable
		}
	}
}
