package drivers_test

import (
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/sim"
)

// A device that is asked seldom is not dead between two scans, however long
// they are apart. That it is shows within three seconds where it can be asked for
// signs of life, else within one period and the time a request may take.
func TestASlowScanIsNotADeadLine(t *testing.T) {
	for _, period := range []time.Duration{50 * time.Millisecond, time.Second, 1500 * time.Millisecond, 3 * time.Second, 10 * time.Second, time.Minute, 15 * time.Minute} {
		for name, fault := range map[string]sim.Faults{"cut": {Cut: syscall.ECONNRESET}, "hang": {Hang: true}} {
			for _, alive := range []string{"ask", "never"} {
				t.Run(fmt.Sprint(period, " ", name, " ", alive), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { slowScan(t, period, fault, alive) })
				})
			}
		}
	}
}

func slowScan(t *testing.T, period time.Duration, fault sim.Faults, alive string) {
	b := run(t, setup{dev: drivers.Device{Driver: "sim", Options: map[string]string{"alive": alive}}, points: []drivers.Tagged{{ID: "PV", Point: drivers.Point{Address: "reg:PV", Period: period}}}})
	b.want(tag.Good, time.Second)
	probed := alive == "ask" && period > drivers.ProbeAfter
	for range 20 {
		time.Sleep(period)
		if s := b.link.Status(); s.State != drivers.Up || s.Counters.Outages > 0 || s.BadPoints > 0 || s.Overloaded || s.Probed != probed || !b.link.Polled() {
			t.Fatalf("a device that is well: %+v", s)
		}
	}
	before := b.link.Status().Counters
	if most := uint64(20 * period / drivers.ProbeAfter); !probed && before.Probes > 0 || probed && (before.Probes > most || before.Probes < most/3) {
		t.Errorf("%d signs of life in 20 scans", before.Probes)
	}
	if before.Samples < 20 || before.Samples > 22 {
		t.Errorf("%d samples of 20 scans: a sign of life is not one", before.Samples)
	}
	time.Sleep(period * 3 / 5)
	limit := 3 * time.Second
	if !probed && period > time.Second {
		limit = period + 2*time.Second
	}
	b.plant.Fault(fault)
	b.want(tag.BadCommunicationError, limit)
	b.plant.Fault(sim.Faults{})
	b.want(tag.Good, 5*time.Second) // not only when the next scan is due
	if c := b.link.Status().Counters; c.Outages != before.Outages+1 {
		t.Errorf("%d outages, want one", c.Outages-before.Outages)
	}
	b.end()
}
