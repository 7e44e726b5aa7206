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
// they are apart, and shows that it is within one period and the time a request
// may take.
func TestASlowScanIsNotADeadLine(t *testing.T) {
	for _, period := range []time.Duration{50 * time.Millisecond, time.Second, 3 * time.Second, 10 * time.Second, time.Minute, 15 * time.Minute} {
		for name, fault := range map[string]sim.Faults{"cut": {Cut: syscall.ECONNRESET}, "hang": {Hang: true}} {
			t.Run(fmt.Sprint(period, " ", name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := run(t, setup{dev: drivers.Device{Driver: "sim"}, points: []drivers.Tagged{{ID: "PV", Point: drivers.Point{Address: "reg:PV", Period: period}}}})
					b.want(tag.Good, time.Second)
					for range 20 {
						time.Sleep(period)
						if s := b.link.Status(); s.State != drivers.Up || s.Counters.Outages > 0 || s.BadPoints > 0 || s.Overloaded || !b.link.Polled() {
							t.Fatalf("a device that is well: %+v", s)
						}
					}
					before := b.link.Status().Counters
					b.plant.Fault(fault)
					b.want(tag.BadCommunicationError, period+2*time.Second)
					b.plant.Fault(sim.Faults{})
					b.want(tag.Good, 5*time.Second) // not only when the next scan is due
					if c := b.link.Status().Counters; c.Outages != before.Outages+1 {
						t.Errorf("%d outages, want one", c.Outages-before.Outages)
					}
					b.end()
				})
			})
		}
	}
}
