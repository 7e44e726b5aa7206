package drivers_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
)

// Whatever happens to the line and whenever somebody writes: no write reaches
// the device that was told as not sent, none twice, what is verified is there,
// and when the line is well again the points are good within five seconds.
func TestAnyStormIsSurvived(t *testing.T) {
	for seed := range uint64(40) {
		for _, mode := range []string{"poll", "push"} {
			synctest.Test(t, func(t *testing.T) { storm(t, seed, mode) })
		}
	}
}

func storm(t *testing.T, seed uint64, mode string) {
	r := rand.New(rand.NewPCG(seed, 1))
	b := run(t, setup{dev: drivers.Device{Options: map[string]string{"mode": mode}}, before: func(p *sim.Plant) { p.Poke("SP", tag.Float(-1)) }})
	told := map[drivers.Stage]int{}
	for i := range 60 {
		switch r.IntN(8) {
		case 0, 1:
			b.plant.Fault(sim.Faults{})
		case 2:
			b.plant.Fault(sim.Faults{Cut: syscall.ECONNRESET})
		case 3:
			b.plant.Fault(sim.Faults{Hang: true})
		case 4:
			b.plant.Fault(sim.Faults{Latency: time.Duration(r.IntN(3000)) * time.Millisecond})
		case 5:
			b.plant.Fault(sim.Faults{Swallow: true, Ignore: r.IntN(2) == 0})
		case 6:
			b.plant.Fault(sim.Faults{Refuse: true})
		}
		if r.IntN(2) == 0 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(12_000))*time.Millisecond)
			before, v := b.plant.Writes(), tag.Float(float64(i))
			res, err := b.link.Write(ctx, "SP", v)
			cancel()
			told[res.Stage]++
			switch {
			case (err == nil) != (res.Stage == drivers.Accepted || res.Stage == drivers.Verified):
				t.Errorf("seed %d %s: stage %v with error %v", seed, mode, res.Stage, err)
			case res.Stage == drivers.NotSent && b.plant.Writes() != before:
				t.Errorf("seed %d %s: told as not sent, and it was: %v", seed, mode, err)
			case res.Stage == drivers.Verified && b.plant.Peek("SP") != v:
				t.Errorf("seed %d %s: verified, and the device holds %v", seed, mode, b.plant.Peek("SP"))
			case res.Stage == drivers.NotSent && !errors.Is(err, drivers.ErrDown) && ctx.Err() == nil && !errors.Is(err, syscall.ECONNRESET):
				t.Errorf("seed %d %s: not sent, and no reason: %v", seed, mode, err)
			}
		}
		time.Sleep(time.Duration(r.IntN(8000)) * time.Millisecond)
	}
	b.plant.Fault(sim.Faults{})
	b.want(tag.Good, 5*time.Second)
	writes := b.plant.Writes()
	time.Sleep(time.Minute)
	if n := b.plant.Writes(); n != writes {
		t.Errorf("seed %d %s: %d writes came when nobody asked any more", seed, mode, n-writes)
	}
	sure := told[drivers.Verified] + told[drivers.Accepted] + told[drivers.Mismatch]
	if writes < sure || writes > sure+told[drivers.Unknown] {
		t.Errorf("seed %d %s: %d writes reached the device, told were %v", seed, mode, writes, told)
	}
	b.end()
}
