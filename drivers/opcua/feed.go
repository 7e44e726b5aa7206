package opcua

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
)

// feed is what is subscribed on one session. All of it but what Subscribe
// prepares belongs to the goroutine that runs it.
type feed struct {
	conn    *Conn
	session *channel.Session
	points  []drivers.Point
	push    func(idx []int, vals []tag.Value)
	alarms  *alarms // nil: values only

	items   []item // by client handle
	classes []*class
	bySub   map[uint32]*class
	refused []int // items the server did not take, tried again now and then

	answers chan answer
	asked   int           // publish requests out
	depth   int           // how many shall be out
	trip    time.Duration // there and back, measured
	acks    []*ua.SubscriptionAcknowledgement
	beat    time.Time     // when the server's clock was last heard
	quiet   time.Duration // how long it may go unheard

	idx  []int // of one push
	vals []tag.Value
}

// item is one monitored item: a node that one or several points look at.
type item struct {
	node    *ua.NodeID // nil: the server does not have its namespace
	addr    address
	class   *class
	every   time.Duration
	band    float64 // in units; 0: none
	percent float64 // the same as a part of the node's range
	points  []int   // indexes of points
	picks   []pick
	status  ua.StatusCode // why the server refuses it
	plain   bool          // without a filter: the server refused one
}

// class is one subscription: points that want their values about as often.
type class struct {
	id       uint32
	interval time.Duration // of publishing, as the server has revised it
	want     time.Duration
	items    []int
	next     uint32    // sequence number expected
	heard    time.Time // last answer
	silence  time.Duration
}

// answer is one PublishResponse, or why there is none.
type answer struct {
	body []byte
	err  error
}

// Publishing more often than this loads a server without showing anybody
// anything sooner; less often delays what people see.
const (
	fastest = 100 * time.Millisecond
	slowest = time.Second
)

// How the server is kept honest.
const (
	beatEvery    = 500 * time.Millisecond // sampling of the server's clock
	retryRefused = 10 * time.Second

	// Publish requests kept at the server, so that a slow line does not pause
	// the data.
	minAhead, maxAhead = 3, 40
)

// Client handles: that of the server's clock, and that of the first item.
const (
	beatHandle  = math.MaxInt32
	firstHandle = 1
)

// publishInterval is the class of a period.
func publishInterval(period time.Duration) time.Duration {
	if period <= 0 {
		return slowest / 2
	}
	for _, c := range []time.Duration{fastest, 250 * time.Millisecond, 500 * time.Millisecond} {
		if period <= c {
			return c
		}
	}
	return slowest
}

// Subscribe implements drivers.Subscriber.
func (c *Conn) Subscribe(ctx context.Context, points []drivers.Point, push func(idx []int, vals []tag.Value)) (<-chan error, error) {
	return c.follow(ctx, &feed{conn: c, points: points, push: push}, "data")
}

// follow gives a feed a session of its own and runs it.
func (c *Conn) follow(ctx context.Context, f *feed, what string) (<-chan error, error) {
	done, err := c.begin(ctx, f, what)
	return done, inWords(err)
}

func (c *Conn) begin(ctx context.Context, f *feed, what string) (<-chan error, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	s, err := c.session(ctx, what)
	if err != nil {
		return nil, err
	}
	f.session, f.bySub = s, map[uint32]*class{}
	if err := f.prepare(ctx); err != nil {
		s.Close()
		return nil, err
	}
	if f.alarms != nil {
		err := f.refresh(ctx)
		if f.alarms.blind = errors.Is(err, drivers.ErrRefused); err != nil && !f.alarms.blind {
			s.Close()
			return nil, err
		}
	}
	for _, cl := range f.classes {
		drivers.Trace(ctx, "<- subscription %d publishes every %v: %d items", cl.id, cl.interval, len(cl.items))
	}
	for _, n := range f.refused {
		it := &f.items[n]
		drivers.Trace(ctx, "<- refused: %s: %v", f.points[it.points[0]].Address, it.status)
	}
	done := make(chan error, 1)
	c.mu.Lock()
	if c.life.Err() != nil {
		c.mu.Unlock()
		s.Close()
		return nil, errClosed
	}
	c.feeds = append(c.feeds, f)
	c.running.Go(func() {
		done <- inWords(f.run())
		s.Channel.Close()
	})
	c.mu.Unlock()
	return done, nil
}

// prepare creates the subscriptions and their items.
func (f *feed) prepare(ctx context.Context) error {
	if err := f.plan(ctx); err != nil {
		return err
	}
	f.answers = make(chan answer, maxAhead)
	quickest := time.Hour
	for i, cl := range f.classes {
		if err := f.create(ctx, cl, i == 0); err != nil {
			return err
		}
		quickest = min(quickest, cl.interval)
	}
	f.depth = min(minAhead+len(f.classes)+int(f.trip/max(quickest, time.Millisecond)), maxAhead)
	if f.conn.opt.band == bandPercent {
		if err := f.percents(ctx); err != nil {
			return err
		}
	}
	for _, cl := range f.classes {
		if err := f.monitor(ctx, cl, cl.items); err != nil {
			return err
		}
	}
	return nil
}

// plan turns points into items and items into classes. Points of one node
// that want the same share an item.
func (f *feed) plan(ctx context.Context) error {
	type same struct {
		node  string
		every time.Duration
		band  float64
	}
	at := map[same]int{}
	classes := map[time.Duration]*class{}
	newClass := func(want time.Duration) *class {
		if classes[want] == nil {
			classes[want] = &class{want: want, next: 1}
			f.classes = append(f.classes, classes[want])
		}
		return classes[want]
	}
	newClass(beatEvery) // carries the server's clock, whatever else there is
	for i, p := range f.points {
		a, err := parseAddress(p.Address)
		if err != nil {
			return err
		}
		k := same{a.uri + ";" + fmt.Sprint(a.index) + ";" + a.id, p.Period, p.Band}
		n, ok := at[k]
		if !ok {
			n = len(f.items)
			at[k] = n
			cl := newClass(publishInterval(p.Period))
			cl.items = append(cl.items, n)
			f.items = append(f.items, item{addr: a, class: cl, every: p.Period, band: p.Band})
		}
		it := &f.items[n]
		it.points = append(it.points, i)
		it.picks = append(it.picks, pick{path: a.path})
	}
	return f.resolve(ctx, nil)
}

// resolve finds the nodes of items (nil: of all) and the layouts of
// structures whose members are wanted.
func (f *feed) resolve(ctx context.Context, only []int) error {
	if only == nil {
		only = make([]int, len(f.items))
		for i := range only {
			only[i] = i
		}
	}
	for _, n := range only {
		it := &f.items[n]
		it.node = nil
		id, ok := f.conn.node(&it.addr)
		if !ok {
			it.status = ua.StatusCode(tag.BadConfigurationError.Status())
			continue
		}
		it.node = id
		for j := range it.picks {
			if it.picks[j].layout != nil {
				continue
			}
			s, err := f.conn.command(ctx)
			if err != nil {
				return err
			}
			k, err := f.conn.pick(ctx, s, id, it.picks[j].path)
			if err != nil {
				return err
			}
			it.picks[j] = k
		}
	}
	return nil
}

// create makes the subscription of a class. The first one carries the
// server's clock.
func (f *feed) create(ctx context.Context, cl *class, first bool) error {
	keepAlive := uint32(max(time.Second/cl.want, 1))
	req := &ua.CreateSubscriptionRequest{RequestedPublishingInterval: float64(cl.want) / float64(time.Millisecond), RequestedMaxKeepAliveCount: keepAlive,
		RequestedLifetimeCount: 30 * keepAlive, MaxNotificationsPerPublish: 10_000, PublishingEnabled: true}
	var id, life, alive uint32
	var interval float64
	if first {
		req.Priority = 1 // what is late on a slow line shall not be the server's clock
	}
	asked := time.Now()
	if err := f.session.Do(ctx, req, &id, &interval, &life, &alive); err != nil {
		return fmt.Errorf("create subscription: %w", err)
	}
	f.trip = max(f.trip, time.Since(asked))
	cl.id, cl.interval = id, time.Duration(interval*float64(time.Millisecond))
	cl.silence = time.Duration(float64(max(alive, 1))*interval*float64(time.Millisecond)) + f.conn.opt.quiet
	f.bySub[id] = cl
	if !first {
		return nil
	}
	res, err := f.createItems(ctx, cl, []*ua.MonitoredItemCreateRequest{{ItemToMonitor: valueOf(clock), MonitoringMode: ua.MonitoringModeReporting,
		RequestedParameters: &ua.MonitoringParameters{ClientHandle: beatHandle, SamplingInterval: float64(beatEvery / time.Millisecond), QueueSize: 1, DiscardOldest: true}}})
	if err != nil {
		return fmt.Errorf("monitor the server's clock: %w", err)
	}
	if res[0].StatusCode != ua.StatusOK {
		return fmt.Errorf("monitor the server's clock: %w", res[0].StatusCode)
	}
	// A server that looks at its clock more rarely is given that time more.
	slow := time.Duration(res[0].RevisedSamplingInterval)*time.Millisecond + cl.interval
	f.quiet = f.conn.opt.quiet + max(slow-time.Second, 0)
	if f.alarms != nil {
		return f.watchEvents(ctx, cl)
	}
	return nil
}
