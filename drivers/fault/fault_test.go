package fault_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
	"penstock/drivers/fault"
	"penstock/drivers/sim"
)

// With an empty script the wrapped driver is as good as without.
func TestConformance(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		inner := new(sim.Driver)
		p := inner.Plant("sim://a")
		p.Poke("SP", tag.Float(1))
		return drivertest.Harness{
			Driver:    &fault.Driver{Inner: inner},
			Device:    drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"script": "read 100000 hang", "mode": "push", "registers": "closed"}},
			Readable:  []drivers.Point{{Address: "sine"}, {Address: "ramp"}},
			Writable:  drivers.Point{Address: "reg:SP"},
			Values:    [2]tag.Scalar{tag.Float(7), tag.Float(8)},
			Missing:   drivers.Point{Address: "reg:NONE"},
			Broken:    drivers.Point{Address: "nonsense"},
			BadDevice: drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"script": "read often"}},
			Held:      func() tag.Scalar { return p.Peek("SP") },
			Cut:       func() { p.Fault(sim.Faults{Cut: errors.New("cut")}) },
			Hang:      func() { p.Fault(sim.Faults{Hang: true}) },
			Heal:      func() { p.Fault(sim.Faults{}) },
		}
	})
}

func TestEveryMistakeOfAScript(t *testing.T) {
	_, err := fault.Parse("read 1 hang # fine\nread often hang; reed 1 hang; read 1 explode; read 0 hang\nread 1 delay soon; read 1 error; read 1 hang now; read")
	for _, want := range []string{`"often"`, `operation "reed"`, `action "explode"`, `"0" is not`, `"soon"`, "error wants", "hang stands alone", "wants an operation"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
}

func dial(t *testing.T, script string) (drivers.Conn, *sim.Plant) {
	t.Helper()
	inner := new(sim.Driver)
	c, err := (&fault.Driver{Inner: inner}).Dial(t.Context(), drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"script": script}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, inner.Plant("sim://a")
}

func TestWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, plant := dial(t, "read 2 error no way; read 3 delay 2s; read 4 bad; read 5 lie; read 7 late; write 1 lost; write 2 unknown; read 8 hang")
		p := []drivers.Point{{Address: "reg:X"}}
		v := make([]tag.Value, 1)
		read := func() error { return c.Read(t.Context(), p, v) }
		plant.Poke("X", tag.Float(1))
		if err := read(); err != nil || v[0].Value != tag.Float(1) {
			t.Errorf("1: %v, %v", v[0], err)
		}
		if err := read(); err == nil || err.Error() != "no way" {
			t.Errorf("2: %v", err)
		}
		start := time.Now()
		if err := read(); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("3: after %v, %v", time.Since(start), err)
		}
		if err := read(); err != nil || v[0].Quality != tag.BadDeviceFailure {
			t.Errorf("4: %v, %v", v[0], err)
		}
		if err := read(); err != nil || v[0].Value != tag.Float(1001) {
			t.Errorf("5: %v, %v", v[0], err)
		}
		read()
		plant.Poke("X", tag.Float(2))
		if err := read(); err != nil || v[0].Value != tag.Float(1) {
			t.Errorf("7: %v, %v", v[0], err)
		}
		for i, want := range []tag.Scalar{tag.Float(2), tag.Float(9)} {
			if err := c.Write(t.Context(), p[0], tag.Float(9)); !errors.Is(err, drivers.ErrUnknown) || plant.Peek("X") != want {
				t.Errorf("write %d: %v, %v", i+1, plant.Peek("X"), err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- c.Read(ctx, p, v) }()
		select {
		case err := <-done:
			t.Errorf("8: %v", err)
		case <-time.After(time.Minute):
		}
		c.Close()
		if err := <-done; err == nil {
			t.Error("8: no error after close")
		}
	})
}
