package drivers_test

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
)

// How far a write came is never guessed, and never told better than it is.
func TestWriteStages(t *testing.T) {
	for name, c := range map[string]struct {
		fault  sim.Faults
		id     tag.ID
		value  tag.Scalar
		stage  drivers.Stage
		err    error
		writes int
		holds  tag.Scalar // afterwards
	}{
		"verified":       {value: tag.Float(50), stage: drivers.Verified, writes: 1, holds: tag.Float(50)},
		"refused":        {fault: sim.Faults{Refuse: true}, value: tag.Float(50), stage: drivers.Refused, err: drivers.ErrRefused, holds: tag.Float(1)},
		"not a number":   {value: tag.Text("x"), stage: drivers.Refused, err: drivers.ErrRefused, holds: tag.Float(1)},
		"not done":       {fault: sim.Faults{Ignore: true}, value: tag.Float(50), stage: drivers.Mismatch, err: drivers.ErrMismatch, writes: 1, holds: tag.Float(1)},
		"answer lost":    {fault: sim.Faults{Swallow: true}, value: tag.Float(50), stage: drivers.Verified, writes: 1, holds: tag.Float(50)},
		"lost, not done": {fault: sim.Faults{Swallow: true, Ignore: true}, value: tag.Float(50), stage: drivers.Mismatch, err: drivers.ErrMismatch, writes: 1, holds: tag.Float(1)},
		"no such tag":    {id: "NONE", value: tag.Float(1), stage: drivers.NotSent, err: drivers.ErrNoPoint, holds: tag.Float(1)},
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, func(t *testing.T, dev drivers.Device) {
				b := run(t, setup{dev: dev, before: func(p *sim.Plant) { p.Poke("SP", tag.Float(1)) }})
				b.want(tag.Good, time.Second)
				b.plant.Fault(c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
				defer cancel()
				id := tag.ID("SP")
				if c.id != "" {
					id = c.id
				}
				res, err := b.link.Write(ctx, id, c.value)
				if res.Stage != c.stage || !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
					t.Errorf("stage %v, error %v; want %v, %v", res.Stage, err, c.stage, c.err)
				}
				time.Sleep(20 * time.Second)
				if n := b.plant.Writes(); n != c.writes {
					t.Errorf("%d writes reached the device, want %d", n, c.writes)
				}
				if v := b.plant.Peek("SP"); v != c.holds {
					t.Errorf("the device holds %v, want %v", v, c.holds)
				}
				b.end()
			})
		})
	}
}

// R-16 (b), (c): the line dies while the write is on it, and comes back later.
func TestAWriteInTheAirIsUnknown(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev, before: func(p *sim.Plant) { p.Poke("SP", tag.Float(1)) }})
		b.want(tag.Good, time.Second)
		b.plant.Fault(sim.Faults{Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		start := time.Now()
		res, err := b.link.Write(ctx, "SP", tag.Float(50))
		if res.Stage != drivers.Unknown || !errors.Is(err, drivers.ErrUnknown) {
			t.Errorf("stage %v, error %v", res.Stage, err)
		}
		if d := time.Since(start); d > 9*time.Second {
			t.Errorf("answered after %v", d)
		}
		time.Sleep(time.Minute)
		b.plant.Fault(sim.Faults{})
		time.Sleep(time.Minute)
		if n := b.plant.Writes(); n != 1 {
			t.Errorf("%d writes reached the device, want the one", n)
		}
		b.end()
	})
}

// R-16 (a), (c): what was refused while down is never delivered later; this
// takes a while because a line that hangs is noticed only after some time.
func TestWritesWhileDownAreGone(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		b := run(t, setup{dev: dev})
		b.want(tag.Good, time.Second)
		b.plant.Fault(sim.Faults{Cut: syscall.ECONNRESET})
		b.want(tag.BadCommunicationError, 3*time.Second)
		for range 30 {
			if res, err := b.link.Write(t.Context(), "SP", tag.Float(9)); !errors.Is(err, drivers.ErrDown) || res.Stage != drivers.NotSent {
				t.Fatalf("stage %v, error %v", res.Stage, err)
			}
			time.Sleep(time.Second)
		}
		b.plant.Fault(sim.Faults{})
		b.want(tag.Good, 5*time.Second)
		time.Sleep(time.Minute)
		if n := b.plant.Writes(); n != 0 {
			t.Errorf("%d refused writes arrived", n)
		}
		b.end()
	})
}

// A caller who gives up early costs neither the connection nor a second write.
func TestAnImpatientCaller(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		dev.Options["latency"] = "300ms"
		b := run(t, setup{dev: dev})
		b.want(tag.Good, 3*time.Second)
		dials := b.plant.Dials()
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			start := time.Now()
			res, err := b.link.Write(ctx, "SP", tag.Float(3))
			if d := time.Since(start); d > 600*time.Millisecond || res.Stage == drivers.Verified {
				t.Errorf("stage %v, error %v after %v", res.Stage, err, d)
			}
			cancel()
			time.Sleep(2 * time.Second)
		}
		if n := b.plant.Dials(); n != dials {
			t.Errorf("%d connections were given up", n-dials)
		}
		if n := b.plant.Writes(); n > 10 {
			t.Errorf("%d writes for ten calls", n)
		}
		b.end()
	})
}

// Many hands at once: each write is done once, one at a time.
func TestManyWriters(t *testing.T) {
	modes(t, func(t *testing.T, dev drivers.Device) {
		dev.Options["latency"] = "10ms"
		b := run(t, setup{dev: dev})
		b.want(tag.Good, time.Second)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				res, err := b.link.Write(t.Context(), "SP", tag.Float(float64(i)))
				if err != nil && res.Stage != drivers.Mismatch { // another hand was faster
					t.Errorf("stage %v, error %v", res.Stage, err)
				}
			})
		}
		wg.Wait()
		if n := b.plant.Writes(); n != 20 {
			t.Errorf("%d writes, want 20", n)
		}
		b.end()
	})
}
