package drivers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"penstock/app/tag"
)

// Tagged is a point with the tag it feeds.
type Tagged struct {
	ID tag.ID
	Point
}

// LinkOptions are what a link may be told beyond its device and points.
type LinkOptions struct {
	// LastSource returns the source time (ns) of the newest sample that is
	// stored of a tag, 0 for none. A new link uses it to ask a device that
	// keeps a history for what happened while the station was not running.
	// It is called from the link's goroutine.
	LastSource func(id tag.ID) int64

	// Backfill is how far back a gap is repaired; 0: DefaultBackfill,
	// negative: never.
	Backfill time.Duration

	// Conditions takes the alarms the device raises of its own, as Alarmer's
	// push does; the slice is the callee's. It is called from one goroutine at
	// a time and may block. Nil: they are not asked for. While the link is down
	// what it said last is all that is known.
	Conditions func(list []Condition, all bool)

	// Audit takes what the driver decides about security while it dials; see
	// Auditor. Nil: nobody keeps it.
	Audit Auditor
}

// DefaultBackfill is how far back the gap of an outage is repaired.
const DefaultBackfill = 24 * time.Hour

// The times that decide how soon a fault shows and how soon it heals.
const (
	quietLimit    = 2500 * time.Millisecond // no push for so long: the line is dead
	minBackoff    = 500 * time.Millisecond  // of the first attempt after an outage
	maxBackoff    = 3 * time.Second         // so that a healed line is used within five seconds
	connectEvery  = time.Second             // at most one connection attempt in
	dialLimit     = 6 * time.Second
	slowDialLimit = 20 * time.Second // every fifth attempt, for lines with long round trips
	defaultPeriod = time.Second      // of a point without one
)

var (
	// ErrQuiet ends a connection that says nothing any more.
	ErrQuiet = errors.New("nothing was received for too long")
	// ErrHung ends a connection whose driver does not return.
	ErrHung = errors.New("the driver did not return in time")
)

// Link keeps one device connected and its points fresh, by subscription where
// the device can push and by polling where it cannot. It marks the points bad
// when the line is lost, dials again with growing, scattered pauses, and carries
// writes one at a time ahead of polls. Make it with NewLink, then Run it.
type Link struct {
	dev    Device
	driver Driver
	points []Tagged
	index  map[tag.ID]int
	opts   LinkOptions
	sink   func([]tag.Sample)

	writes   chan *write
	jobs     chan *job
	out      chan []tag.Sample             // to the goroutine that calls sink
	down     atomic.Pointer[chan struct{}] // closed when the connection that is up ends; nil: none is
	recorder Recorder
	made     time.Time
	replied  atomic.Int64 // when the driver last traced a reply, ns since made

	// Of Run's goroutine.
	unsettled []unsettled
	everUp    bool
	everData  bool
	lost      bool          // points are marked bad
	dialled   time.Time     // the last attempt
	usual     time.Duration // that a dial takes
	closing   chan struct{} // closed when the Conn before is; nil: it is

	mu     sync.Mutex // the fields below: Run's goroutine and the Conn's write, Status reads
	status Status
	meters []Metered // of the connections that are open, or being closed
	bad    []bool    // by point: newest quality is bad
	times  []times   // by point
	clock  bool      // a source time was believed
	offset [2]int64
	window time.Time // of offset[0]
}

// NewLink makes a link that hands what it reads to sink. One goroutine calls
// sink, in order; it may block, which makes this link wait and no other, and it
// may keep the slice. Values are raw: scaling and judging is the tag table's.
// Received is set, and Skewed where the source's time is not believed.
func NewLink(drv Driver, dev Device, points []Tagged, opts LinkOptions, sink func([]tag.Sample)) *Link {
	l := &Link{
		dev: dev, driver: drv, points: points, opts: opts, sink: sink, index: make(map[tag.ID]int, len(points)),
		writes: make(chan *write), jobs: make(chan *job), out: make(chan []tag.Sample),
		bad: make([]bool, len(points)), times: make([]times, len(points)),
	}
	for i := range points {
		l.index[points[i].ID] = i
	}
	l.made = time.Now()
	l.status = Status{Device: dev.Name, Driver: dev.Driver, Endpoint: dev.Endpoint, State: Stopped, Since: time.Now(), Points: len(points)}
	return l
}

// Device returns the device the link is for.
func (l *Link) Device() Device { return l.dev }

// Recorder returns the link's flight recorder.
func (l *Link) Recorder() *Recorder { return &l.recorder }

// Run keeps the link going until ctx is done. It returns after the last call
// of sink has returned and the connection is closed.
func (l *Link) Run(ctx context.Context) {
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		for batch := range l.out {
			l.sink(batch)
		}
	}()
	defer func() {
		l.closed()
		close(l.out)
		<-delivered
		l.enter(Stopped)
	}()
	if l.dev.Disabled {
		l.enter(OffService)
		l.mark(ctx, tag.BadOutOfService)
		<-ctx.Done()
		return
	}
	for failed := 0; ctx.Err() == nil; {
		l.closed()
		if !l.pause(ctx, failed) {
			return
		}
		conn, err := l.dial(ctx, failed)
		if ctx.Err() != nil {
			if conn != nil {
				conn.Close()
			}
			return
		}
		healthy := false
		if err == nil {
			healthy, err = l.serve(ctx, conn)
		}
		if ctx.Err() != nil {
			return
		}
		if failed++; healthy {
			failed = 0
		}
		l.lose(ctx, err)
	}
}

// pause waits before the next attempt: not at all before the first, half to
// the whole of a pause that doubles afterwards.
func (l *Link) pause(ctx context.Context, failed int) bool {
	if l.dialled.IsZero() {
		return true
	}
	longest := maxBackoff
	if failed < 4 {
		longest = min(longest, minBackoff<<failed)
	}
	wait := longest/2 + rand.N(longest/2)
	wait = max(wait, connectEvery-time.Since(l.dialled))
	return sleep(ctx, wait)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// dial makes one attempt to connect.
func (l *Link) dial(ctx context.Context, failed int) (Conn, error) {
	l.enter(Connecting)
	limit := max(dialLimit, 2*l.dev.Timeout, 3*l.usual)
	if failed%5 == 4 {
		limit = max(limit, slowDialLimit)
	}
	l.dialled = time.Now()
	l.count(func(c *Counters) {
		c.Dials++
		if failed > 0 {
			c.Retries++
		}
	})
	l.recorder.Add("dial " + l.dev.Endpoint)
	ctx, cancel := context.WithTimeout(WithAuditor(WithTracer(ctx, l.trace), l.opts.Audit), limit)
	defer cancel()
	type dialled struct {
		conn Conn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		var d dialled
		defer func() {
			if r := recover(); r != nil {
				d.err = fmt.Errorf("the driver failed: %v", r)
			}
			done <- d
		}()
		d.conn, d.err = l.driver.Dial(ctx, l.dev)
	}()
	grace := time.NewTimer(limit + hangGrace)
	defer grace.Stop()
	select {
	case d := <-done:
		took := time.Since(l.dialled)
		if d.err != nil {
			l.recorder.Add(fmt.Sprintf("dial failed after %v: %v", took.Round(time.Millisecond), d.err))
			return nil, fmt.Errorf("connect: %w", d.err)
		}
		l.learn(took)
		l.recorder.Add(fmt.Sprintf("connected after %v", took.Round(time.Millisecond)))
		return d.conn, nil
	case <-grace.C:
		go func() {
			if d := <-done; d.err == nil {
				d.conn.Close()
			}
		}()
		l.recorder.Add("dial does not return")
		return nil, fmt.Errorf("connect: %w", ErrHung)
	}
}

// learn takes the time a dial took into account. One that waited for an outage
// to end says nothing about the next, so the estimate grows slowly.
func (l *Link) learn(took time.Duration) {
	if l.usual == 0 {
		l.usual = min(took, dialLimit/3)
	}
	l.usual += (min(took, 2*l.usual) - l.usual) / 4
}

// lose notes why the line is down and marks the points bad, once an outage.
func (l *Link) lose(ctx context.Context, err error) {
	l.enter(Waiting) // whoever gets the marks must not find the link up
	l.mu.Lock()
	l.status.Error, l.status.Detail, l.status.ErrorAt = Words(err), err.Error(), time.Now()
	if l.status.DownAt.IsZero() {
		l.status.DownAt = l.status.ErrorAt
	}
	l.mu.Unlock()
	l.recorder.Add("down: " + err.Error())
	if l.lost {
		return
	}
	l.lost = true
	l.count(func(c *Counters) { c.Outages++ })
	if l.everData {
		l.recorder.Freeze(l.dev.Name, "the connection was lost: "+err.Error())
		l.mark(ctx, tag.BadCommunicationError)
		return
	}
	l.mark(ctx, tag.BadNoCommunication)
}

// mark tells the sink that every point now has quality q, and no value.
func (l *Link) mark(ctx context.Context, q tag.Quality) {
	if len(l.points) == 0 {
		return
	}
	now := time.Now().UnixNano()
	batch := make([]tag.Sample, len(l.points))
	for i := range l.points {
		batch[i] = tag.Sample{ID: l.points[i].ID, Value: tag.Value{Received: now, Quality: q}}
	}
	l.mu.Lock()
	for i := range l.bad {
		l.bad[i] = true
	}
	l.status.BadPoints = len(l.bad)
	l.mu.Unlock()
	select {
	case l.out <- batch:
	case <-ctx.Done():
	}
}

func (l *Link) enter(s State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.status.State == s {
		return
	}
	l.status.State, l.status.Since = s, time.Now()
	if s == Up {
		l.status.UpSince, l.status.DownAt = l.status.Since, time.Time{}
	} else {
		l.status.UpSince, l.status.Mode, l.status.Alarms, l.status.Cycles, l.status.Overloaded, l.status.Probed = time.Time{}, "", "", nil, false, false
	}
}

func (l *Link) count(f func(c *Counters)) {
	l.mu.Lock()
	f(&l.status.Counters)
	l.mu.Unlock()
}

// Status reports how the link is doing. Any goroutine may ask.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.status
	s.Cycles = append([]Cycle(nil), s.Cycles...)
	drops := make(map[string]uint64, len(s.Counters.Drops))
	for k, v := range s.Counters.Drops {
		drops[k] = v
	}
	s.Counters.Drops = drops
	for _, m := range l.meters {
		s.Wire = s.Wire.Plus(m.Wire())
	}
	s.Words = s.words(time.Now())
	return s
}

// Polled reports whether the link reads by polling at the moment, so that
// silence of a point means that it is stale. Any goroutine may ask.
func (l *Link) Polled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status.Mode == modePolled
}
