package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
)

const endpoint = "sim://plant"

// A bench is a link to a simulated device, running in a bubble of fake time.
type bench struct {
	t     *testing.T
	plant *sim.Plant
	link  *drivers.Link
	stop  context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	got  []tag.Sample
	last map[tag.ID]tag.Value
	hold chan struct{} // when not nil the sink waits for it
}

type setup struct {
	dev    drivers.Device
	points []drivers.Tagged
	opts   drivers.LinkOptions
	driver drivers.Driver // nil: sim
	before func(*sim.Plant)
}

var registers = []drivers.Tagged{
	{ID: "SP", Point: drivers.Point{Address: "reg:SP", Period: time.Second}},
	{ID: "PV", Point: drivers.Point{Address: "reg:PV", Period: time.Second}},
}

func run(t *testing.T, s setup) *bench {
	t.Helper()
	d := new(sim.Driver)
	b := &bench{t: t, plant: d.Plant(endpoint), ended: make(chan struct{}), last: map[tag.ID]tag.Value{}}
	if s.dev.Name = "PLC"; s.dev.Endpoint == "" {
		s.dev.Endpoint = endpoint
	}
	if s.points == nil {
		s.points = registers
	}
	if s.before != nil {
		s.before(b.plant)
	}
	var drv drivers.Driver = d
	if s.driver != nil {
		drv = s.driver
	}
	b.link = drivers.NewLink(drv, s.dev, s.points, s.opts, b.sink)
	ctx, stop := context.WithCancel(t.Context())
	b.stop = stop
	go func() { b.link.Run(ctx); close(b.ended) }()
	return b
}

func (b *bench) sink(batch []tag.Sample) {
	b.mu.Lock()
	hold := b.hold
	b.mu.Unlock()
	if hold != nil {
		<-hold
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if st := b.link.Status().State; st == drivers.Up && batch[0].Quality == tag.BadCommunicationError {
		b.t.Errorf("marks came while the link says %q", st)
	}
	b.got = append(b.got, batch...)
	for _, s := range batch {
		b.last[s.ID] = s.Value
	}
}

func (b *bench) value(id tag.ID) tag.Value {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last[id]
}

func (b *bench) end() {
	b.t.Helper()
	b.stop()
	<-b.ended
	if n := b.plant.Open(); n != 0 {
		b.t.Errorf("%d connections were left open", n)
	}
	if s := b.link.Status().State; s != drivers.Stopped {
		b.t.Errorf("state %q after the end", s)
	}
}

// want waits until PV has quality q, and fails when that takes longer than d.
func (b *bench) want(q tag.Quality, d time.Duration) {
	b.t.Helper()
	start := time.Now()
	// The first value of a subscription may be here an instant before the link
	// takes writes.
	for b.value("PV").Quality != q || q == tag.Good && b.link.Status().State != drivers.Up {
		if time.Since(start) > d {
			b.t.Fatalf("PV is %v after %v, want %v; link: %+v", b.value("PV").Quality, d, q, b.link.Status())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// modes runs a test with a device that is polled and with one that pushes.
func modes(t *testing.T, f func(t *testing.T, dev drivers.Device)) {
	for _, mode := range []string{"poll", "push"} {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, drivers.Device{Driver: "sim", Options: map[string]string{"mode": mode}})
			})
		})
	}
}

// The oldest complaint: a link that dies must show it, refuse commands, and
// come back by itself.
func TestALinkThatIsCut(t *testing.T) {
	for name, fault := range map[string]sim.Faults{
		"reset":      {Cut: syscall.ECONNRESET},
		"black hole": {Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, func(t *testing.T, dev drivers.Device) {
				b := run(t, setup{dev: dev})
				b.plant.Poke("PV", tag.Float(7))
				b.want(tag.Good, time.Second)
				for range 3 {
					time.Sleep(10 * time.Second)
					b.plant.Fault(fault)
					b.want(tag.BadCommunicationError, 3*time.Second)
					if v := b.value("PV"); v.Value.Kind() != tag.None {
						t.Errorf("the mark carries the value %v", v.Value)
					}
					dials, start := b.plant.Dials(), time.Now()
					if _, err := b.link.Write(t.Context(), "SP", tag.Float(1)); !errors.Is(err, drivers.ErrDown) || time.Since(start) != 0 {
						t.Errorf("write while down: %v after %v", err, time.Since(start))
					}
					time.Sleep(time.Minute)
					if n := b.plant.Dials() - dials; n > 60 || n < 4 {
						t.Errorf("%d attempts in a minute", n)
					}
					st := b.link.Status()
					if st.State == drivers.Up || st.Error == "" || st.Detail == "" || st.BadPoints != 2 || st.Words != "no connection for 1 min, trying again" {
						t.Errorf("status while down: %+v", st)
					}
					b.plant.Fault(sim.Faults{})
					b.want(tag.Good, 8*time.Second)
				}
				if n := b.plant.Writes(); n != 0 {
					t.Errorf("%d writes arrived that were refused", n)
				}
				st := b.link.Status()
				if st.Counters.Outages != 3 || st.Counters.Reconnects != 3 || st.Counters.Refused != 3 {
					t.Errorf("counters %+v", st.Counters)
				}
				if f := b.link.Recorder().Frozen(); len(f) != 3 {
					t.Errorf("%d recordings were frozen, want 3", len(f))
				}
				b.end()
			})
		})
	}
}

// A line that comes back heals soon: this is measured over many outages, since
// the pauses are random.
func TestHealingIsSoon(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev})
		b.want(tag.Good, time.Second)
		for i := range 50 {
			b.plant.Fault(sim.Faults{Cut: syscall.ECONNREFUSED})
			time.Sleep(time.Duration(i) * 700 * time.Millisecond)
			b.plant.Fault(sim.Faults{})
			b.want(tag.Good, 5*time.Second)
		}
		b.end()
	})
}

func TestNeverConnectedIsSaid(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev, before: func(p *sim.Plant) { p.Fault(sim.Faults{Cut: syscall.ECONNREFUSED}) }})
		b.want(tag.BadNoCommunication, time.Second)
		time.Sleep(time.Minute)
		b.mu.Lock()
		if len(b.got) != 2 {
			t.Errorf("%d samples, want each point marked once", len(b.got))
		}
		b.mu.Unlock()
		st := b.link.Status()
		if !strings.Contains(st.Error, "no server answers at this port") || !strings.Contains(st.Detail, "refused") {
			t.Errorf("error %q, detail %q", st.Error, st.Detail)
		}
		if st.Words != "not connected yet, trying again" {
			t.Errorf("words %q", st.Words)
		}
		b.end()
	})
}

func TestADisabledDeviceIsOutOfService(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		dev.Disabled = true
		b := run(t, setup{dev: dev})
		b.want(tag.BadOutOfService, time.Second)
		time.Sleep(time.Minute)
		if b.plant.Dials() != 0 || b.link.Status().State != drivers.OffService {
			t.Errorf("%d dials, status %+v", b.plant.Dials(), b.link.Status())
		}
		if _, err := b.link.Write(t.Context(), "SP", tag.Float(1)); !errors.Is(err, drivers.ErrDown) {
			t.Errorf("write: %v", err)
		}
		b.end()
	})
}

// Every sample that is counted has reached the sink, whatever happens.
func TestSamplesAreAccountedFor(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		var points []drivers.Tagged
		for i, shape := range []string{"sine", "ramp", "count?period=100ms", "square", "reg:A"} {
			points = append(points, drivers.Tagged{ID: tag.ID(fmt.Sprint("T", i)), Point: drivers.Point{Address: shape, Period: 100 * time.Millisecond}})
		}
		b := run(t, setup{dev: dev, points: points})
		for range 20 {
			time.Sleep(1500 * time.Millisecond)
			b.plant.Fault(sim.Faults{Cut: errors.New("cut")})
			b.plant.Fault(sim.Faults{})
		}
		b.end()
		c := b.link.Status().Counters
		marks := 0
		for _, s := range b.got {
			if s.Quality == tag.BadCommunicationError {
				marks++
			}
		}
		if uint64(len(b.got)-marks) != c.Samples || c.Samples < 100 {
			t.Errorf("%d samples and %d marks arrived, counted %+v", len(b.got)-marks, marks, c)
		}
		if marks != int(c.Outages)*len(points) {
			t.Errorf("%d marks for %d outages", marks, c.Outages)
		}
	})
}

// Each class keeps its own period, on one line.
func TestScanClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, setup{points: []drivers.Tagged{
			{ID: "FAST", Point: drivers.Point{Address: "ramp", Period: 200 * time.Millisecond}},
			{ID: "SLOW", Point: drivers.Point{Address: "ramp", Period: 5 * time.Second}},
			{ID: "DEFAULT", Point: drivers.Point{Address: "ramp"}},
		}})
		time.Sleep(20*time.Second + 100*time.Millisecond)
		n := map[tag.ID]int{}
		b.mu.Lock()
		for _, s := range b.got {
			n[s.ID]++
		}
		b.mu.Unlock()
		if n["FAST"] != 101 || n["SLOW"] != 5 || n["DEFAULT"] != 21 {
			t.Errorf("polls %v", n)
		}
		st := b.link.Status()
		if st.Overloaded || len(st.Cycles) != 3 || st.Cycles[0].Actual != 200*time.Millisecond || st.Cycles[0].Missed != 0 {
			t.Errorf("status %+v", st)
		}
		b.end()
	})
}

// A device too slow for its period is polled as fast as it goes, shown as
// overloaded, and everything stays fresh.
func TestOverloadIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, setup{
			dev: drivers.Device{Options: map[string]string{"latency": "700ms"}},
			points: []drivers.Tagged{
				{ID: "FAST", Point: drivers.Point{Address: "ramp", Period: 200 * time.Millisecond}},
				{ID: "SLOW", Point: drivers.Point{Address: "ramp", Period: time.Second}},
			}})
		time.Sleep(60 * time.Second)
		st := b.link.Status()
		if !st.Overloaded || !strings.Contains(st.Words, "too slow") || st.Cycles[0].Missed == 0 {
			t.Errorf("status %+v", st)
		}
		for _, id := range []tag.ID{"FAST", "SLOW"} {
			if age := time.Since(b.value(id).Time()); age > 3*time.Second {
				t.Errorf("%s is %v old", id, age)
			}
		}
		b.plant.Fault(sim.Faults{})
		b.end()
	})
}

// A read of many requests over a line that becomes slow is not taken for dead
// while the driver shows that it gets on; one that stalls in the middle is.
func TestASlowReadThatGetsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plodder{}
		b := run(t, setup{driver: p})
		b.want(tag.Good, time.Second)
		for _, step := range []time.Duration{10 * time.Millisecond, time.Second} {
			p.step.Store(int64(step))
			time.Sleep(time.Minute)
			if q := b.value("PV").Quality; q != tag.Good || p.dials.Load() != 1 {
				t.Errorf("with steps of %v: %v after %d dials", step, q, p.dials.Load())
			}
		}
		p.step.Store(int64(time.Hour))
		b.want(tag.BadCommunicationError, 35*time.Second) // three times the ten seconds it takes
		p.step.Store(0)
		b.want(tag.Good, 5*time.Second)
		b.end()
	})
}

// plodder is a driver whose read takes ten requests.
type plodder struct{ step, dials atomic.Int64 }

func (p *plodder) CheckDevice(drivers.Device) error               { return nil }
func (p *plodder) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (p *plodder) Close() error                                   { return nil }
func (p *plodder) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	p.dials.Add(1)
	return p, nil
}
func (p *plodder) Write(context.Context, drivers.Point, tag.Scalar) error { return nil }
func (p *plodder) Read(ctx context.Context, _ []drivers.Point, vals []tag.Value) error {
	for i := range 10 {
		drivers.Trace(ctx, "-> request %d", i)
		select {
		case <-time.After(time.Duration(p.step.Load())):
			drivers.Trace(ctx, "<- reply %d", i)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i := range vals {
		vals[i] = tag.Value{Value: tag.Int(1), Quality: tag.Good}
	}
	return nil
}

// When the plant's loop is slow the link waits for it: nothing is queued, the
// line is not thought dead, and writes still go out.
func TestASlowSink(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev})
		b.want(tag.Good, time.Second)
		hold := make(chan struct{})
		b.mu.Lock()
		b.hold = hold
		b.mu.Unlock()
		for i := range 60 {
			b.plant.Poke("PV", tag.Float(float64(i)))
			time.Sleep(time.Second)
		}
		before := b.plant.Dials()
		res, err := b.link.Write(t.Context(), "SP", tag.Float(5))
		if err != nil || res.Stage != drivers.Verified {
			t.Errorf("write with a slow sink: %v, %v", res.Stage, err)
		}
		b.mu.Lock()
		b.hold = nil
		got := len(b.got)
		b.mu.Unlock()
		close(hold)
		time.Sleep(50 * time.Millisecond)
		b.mu.Lock()
		if n := len(b.got) - got; n > 10 {
			t.Errorf("%d samples had been queued", n)
		}
		b.mu.Unlock()
		time.Sleep(3 * time.Second)
		if v, _ := b.value("PV").Number(); v != 59 || b.plant.Dials() != before {
			t.Errorf("PV is %v after %d dials", v, b.plant.Dials())
		}
		b.end()
	})
}

func TestSourceTimes(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev, before: func(p *sim.Plant) {
			p.Poke("PV", tag.Float(1))
			time.Sleep(time.Hour)
		}})
		is := func(what string, skewed, source bool) {
			t.Helper()
			time.Sleep(10 * time.Second)
			v := b.value("PV")
			if (v.Flags&tag.Skewed != 0) != skewed || (v.Source != 0) != source {
				t.Errorf("%s: %+v", what, v)
			}
			if skewed && v.At() != v.Received {
				t.Errorf("%s: counts from %v", what, v.Time())
			}
		}
		is("unchanged for an hour", false, false)
		for i := range 5 {
			b.plant.Poke("PV", tag.Float(float64(i)))
			time.Sleep(time.Second)
		}
		if v := b.value("PV"); v.Source == 0 || v.Flags&tag.Skewed != 0 || time.Since(v.Time()) > 3*time.Second {
			t.Errorf("changed just now: %+v", v)
		}
		b.plant.Fault(sim.Faults{Clock: -2 * time.Hour})
		b.plant.Poke("PV", tag.Float(30))
		is("two hours slow", true, true)
		b.plant.Fault(sim.Faults{Clock: 2 * time.Hour})
		b.plant.Poke("PV", tag.Float(31))
		is("two hours fast", true, true)
		if b.link.Status().Counters.Skewed == 0 {
			t.Error("skewed samples are not counted")
		}
		b.end()
	})
}

// What happened while the line was cut is fetched from the device's history,
// once, and marked as such.
func TestBackfill(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev})
		step := func(n int) {
			for i := range n {
				b.plant.Poke("PV", tag.Float(float64(i)))
				time.Sleep(time.Second)
			}
		}
		step(5)
		b.plant.Fault(sim.Faults{Cut: errors.New("cut")})
		step(30)
		b.plant.Fault(sim.Faults{})
		step(10)
		b.end()
		filled := map[int64]int{}
		for _, s := range b.got {
			if s.Flags&tag.Backfilled != 0 && s.ID == "PV" {
				filled[s.At()]++
			}
		}
		if len(filled) < 28 || len(filled) > 36 {
			t.Errorf("%d values were repaired, want about 30", len(filled))
		}
		for at, n := range filled {
			if n > 1 {
				t.Errorf("the value at %d came %d times", at, n)
			}
		}
		if c := b.link.Status().Counters.Backfilled; int(c) < len(filled) {
			t.Errorf("counted %d", c)
		}
	})
}

// A long gap is repaired piece by piece, and none of it is lost or comes twice
// where the pieces meet.
func TestALongGapIsRepairedInPieces(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		const days, every = 3, 10 * time.Minute
		var stored int64
		b := run(t, setup{
			dev: dev,
			before: func(p *sim.Plant) {
				stored = time.Now().UnixNano()
				for i := range int(days * 24 * time.Hour / every) {
					time.Sleep(every)
					p.Poke("PV", tag.Float(float64(i)))
				}
			},
			opts: drivers.LinkOptions{Backfill: 2 * days * 24 * time.Hour, LastSource: func(tag.ID) int64 { return stored }},
		})
		time.Sleep(10 * time.Second)
		b.end()
		seen := map[float64]int{}
		for _, s := range b.got {
			if f, ok := s.Value.Value.Float(); ok && s.ID == "PV" && s.Quality.IsGood() && s.Flags&tag.Backfilled != 0 {
				seen[f]++
			}
		}
		for i := range int(days*24*time.Hour/every) - 1 { // the newest comes by itself
			if n := seen[float64(i)]; n != 1 {
				t.Fatalf("value %d came %d times; %d values came", i, n, len(seen))
			}
		}
	})
}

// A new link asks for what came since the newest stored sample, up to what
// comes by itself.
func TestBackfillAfterARestart(t *testing.T) {
	for name, c := range map[string]struct {
		quiet time.Duration
		want  int
	}{
		"changed just now":  {0, 9},
		"quiet for an hour": {time.Hour, 10}, // also the value that still holds, at its own time
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, func(t *testing.T, dev drivers.Device) {
				stored := time.Now().Add(9500 * time.Millisecond).UnixNano()
				b := run(t, setup{
					dev: dev,
					before: func(p *sim.Plant) {
						for i := range 20 {
							p.Poke("PV", tag.Float(float64(i)))
							time.Sleep(time.Second)
						}
						time.Sleep(c.quiet)
						p.Poke("SP", tag.Float(1)) // by which the clock is believed
					},
					opts: drivers.LinkOptions{LastSource: func(id tag.ID) int64 {
						if id == "PV" {
							return stored
						}
						return 0
					}},
				})
				time.Sleep(5 * time.Second)
				b.end()
				n := 0
				for _, s := range b.got {
					if s.Flags&tag.Backfilled != 0 {
						n++
						if s.At() <= stored {
							t.Errorf("a value from before the newest stored one was asked for")
						}
					}
				}
				if n != c.want {
					t.Errorf("%d values, want %d", n, c.want)
				}
			})
		})
	}
}

// Of a point that was never received, as much of the device's history is
// asked for as the device is configured for.
func TestThePastOfANewPoint(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		dev.Past = 9500 * time.Millisecond
		b := run(t, setup{dev: dev, before: func(p *sim.Plant) {
			for i := range 20 {
				p.Poke("PV", tag.Float(float64(i)))
				time.Sleep(time.Second)
			}
			p.Poke("SP", tag.Float(1)) // by which the clock is believed
		}})
		time.Sleep(5 * time.Second)
		b.end()
		n := 0
		for _, s := range b.got {
			if s.Flags&tag.Backfilled != 0 && s.ID == "PV" {
				n++
			}
		}
		if n != 8 { // the newest came by itself
			t.Errorf("%d values came of the past, want 8", n)
		}
	})
}

func TestBrowseGoesThroughTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, setup{})
		if _, err := b.link.Browse(t.Context(), ""); err == nil {
			t.Error("browsed while down")
		}
		b.want(tag.Good, time.Second)
		b.plant.Poke("X", tag.Float(1))
		nodes, err := b.link.Browse(t.Context(), "registers")
		if err != nil || len(nodes) != 1 || nodes[0].Address != "reg:X" {
			t.Errorf("nodes %v, %v", nodes, err)
		}
		if _, err := b.link.Browse(t.Context(), "nowhere"); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("error %v", err)
		}
		b.end()
	})
}

// The device's own alarms go through the link, and the answers back.
func TestAlarmsAndMethodsGoThroughTheLink(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		var mu sync.Mutex
		rows := map[string]drivers.Condition{}
		b := run(t, setup{dev: dev,
			before: func(p *sim.Plant) { p.Raise("A", "too high", 700) },
			opts: drivers.LinkOptions{Conditions: func(list []drivers.Condition, all bool) {
				mu.Lock()
				defer mu.Unlock()
				if all {
					clear(rows)
				}
				for _, c := range list {
					rows[c.ID] = c
				}
			}}})
		row := func(id string) drivers.Condition {
			time.Sleep(100 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			return rows[id]
		}
		answer := func(id string) error {
			return b.link.Respond(t.Context(), drivers.Response{Do: drivers.Acknowledge, ID: id, Event: row(id).Event, Comment: "ok"})
		}
		if err := b.link.Respond(t.Context(), drivers.Response{}); !errors.Is(err, drivers.ErrDown) {
			t.Errorf("answered while down: %v", err)
		}
		b.want(tag.Good, time.Second)
		if c := row("A"); !c.Active || c.Acked {
			t.Errorf("what stood before: %+v", c)
		}
		if err := answer("A"); err != nil || !row("A").Acked {
			t.Errorf("acknowledge: %v, %+v", err, row("A"))
		}
		if err := answer("A"); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("acknowledge again: %v", err)
		}
		got, err := b.link.Call(t.Context(), "plant", "add", []tag.Scalar{tag.Int(1), tag.Int(2)})
		if err != nil || len(got) != 1 || got[0] != tag.Float(3) {
			t.Errorf("call: %v, %v", got, err)
		}
		// A new connection tells everything that stands, and what has gone is gone.
		b.plant.Fault(sim.Faults{Cut: errors.New("cut")})
		b.want(tag.BadCommunicationError, 3*time.Second)
		b.plant.Clear("A")
		b.plant.Raise("B", "too low", 300)
		b.plant.Fault(sim.Faults{})
		b.want(tag.Good, 5*time.Second)
		if row("A").ID != "" || !row("B").Active {
			t.Errorf("after an outage: %+v, %+v", row("A"), row("B"))
		}
		// A call whose answer is lost is unknown, and not repeated.
		b.plant.Fault(sim.Faults{Swallow: true})
		if _, err := b.link.Call(t.Context(), "plant", "set", []tag.Scalar{tag.Text("X"), tag.Int(1)}); !errors.Is(err, drivers.ErrUnknown) {
			t.Errorf("call without an answer: %v", err)
		}
		time.Sleep(time.Minute)
		if n := b.plant.Calls(); n != 2 {
			t.Errorf("%d calls reached the device, want 2", n)
		}
		b.end()
	})
}

// A driver that breaks its contract costs a connection, not the link.
func TestADriverThatMisbehaves(t *testing.T) {
	for name, c := range map[string]*rogue{
		"hangs":           {hangs: true},
		"panics":          {read: func() error { panic("index out of range") }},
		"fails when read": {read: func() error { return errors.New("bad checksum") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				good := make(chan bool, 100)
				over := make(chan struct{})
				if c.hangs {
					c.read = func() error { <-over; return errors.New("at last") }
				}
				l := drivers.NewLink(c, drivers.Device{Name: "R"}, registers[:1], drivers.LinkOptions{}, func(b []tag.Sample) { good <- b[0].Quality.IsGood() })
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { l.Run(ctx); close(done) }()
				if !<-good {
					t.Fatal("did not begin well")
				}
				start := time.Now()
				for <-good {
					start = time.Now()
				}
				if d := time.Since(start); d > 3*time.Second {
					t.Errorf("bad after %v", d)
				}
				if !<-good {
					t.Error("marked twice")
				}
				stop()
				<-done
				close(over)
			})
		})
	}
}

// A dial that fails only after it was given up on has no connection to close.
func TestADialThatFailsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t, setup{driver: tardy{t}})
		b.want(tag.BadNoCommunication, time.Minute)
		time.Sleep(time.Hour)
		b.end()
		time.Sleep(time.Hour)
	})
}

// tardy is a driver whose dial heeds no deadline and fails. Its connection is a
// nil pointer in an interface that is not nil, which is easily made by mistake.
type tardy struct{ t *testing.T }

type tardyConn struct{ tardy }

func (tardy) CheckDevice(drivers.Device) error               { return nil }
func (tardy) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (tardy) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	time.Sleep(10 * time.Minute)
	return (*tardyConn)(nil), errors.New("no answer")
}

func (c *tardyConn) Read(context.Context, []drivers.Point, []tag.Value) error { return nil }
func (c *tardyConn) Write(context.Context, drivers.Point, tag.Scalar) error   { return nil }
func (c *tardyConn) Close() error {
	c.t.Error("a connection was closed that never was") // and here is the panic
	return nil
}

// rogue is a driver whose second read of each connection goes wrong.
type rogue struct {
	read  func() error
	hangs bool // read is one that does not return
}

type rogueConn struct {
	*rogue
	reads int
}

func (r *rogue) CheckDevice(drivers.Device) error               { return nil }
func (r *rogue) CheckPoint(drivers.Device, drivers.Point) error { return nil }
func (r *rogue) Dial(context.Context, drivers.Device) (drivers.Conn, error) {
	return &rogueConn{rogue: r}, nil
}

func (c *rogueConn) Read(_ context.Context, _ []drivers.Point, vals []tag.Value) error {
	if c.reads++; c.reads > 1 {
		return c.read()
	}
	vals[0] = tag.Value{Value: tag.Float(1), Quality: tag.Good}
	return nil
}
func (c *rogueConn) Write(context.Context, drivers.Point, tag.Scalar) error { return nil }
func (c *rogueConn) Close() error                                           { return nil }
