package sim_test

import (
	"errors"
	"testing"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
	"penstock/drivers/sim"
)

func TestConformance(t *testing.T) {
	for _, mode := range []string{"poll", "push"} {
		t.Run(mode, func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Harness { return harness(mode) })
		})
	}
}

func harness(mode string) drivertest.Harness {
	d := new(sim.Driver)
	p := d.Plant("sim://a")
	p.Poke("SP", tag.Float(1))
	return drivertest.Harness{
		Driver: d,
		Device: drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"mode": mode, "registers": "closed"}},
		Readable: []drivers.Point{
			{Address: "sine?period=1s"}, {Address: "ramp?lo=5&hi=6", Type: "int"}, {Address: "square", Type: "bool"}, {Address: "const?value=x", Type: "text"},
		},
		Writable:  drivers.Point{Address: "reg:SP"},
		Values:    [2]tag.Scalar{tag.Float(7), tag.Float(-8.5)},
		Missing:   drivers.Point{Address: "reg:NONE"},
		Broken:    drivers.Point{Address: "nonsense"},
		BadDevice: drivers.Device{Endpoint: "tcp://x"},
		Raise:     func() string { p.Raise("LEVEL", "the tank runs over", 800); return "LEVEL" },
		Clear:     func() { p.Clear("LEVEL") },
		Call:      &drivertest.Call{Object: "plant", Method: "add", Args: []tag.Scalar{tag.Int(2), tag.Float(0.5)}, Results: []tag.Scalar{tag.Float(2.5)}},
		Held:      func() tag.Scalar { return p.Peek("SP") },
		Cut:       func() { p.Fault(sim.Faults{Cut: errors.New("the cable is out")}) },
		Hang:      func() { p.Fault(sim.Faults{Hang: true}) },
		Heal:      func() { p.Fault(sim.Faults{}) },
	}
}

func TestAddresses(t *testing.T) {
	d := new(sim.Driver)
	for address, ok := range map[string]bool{
		"sine": true, "sine?period=2s&lo=-5&hi=5": true, "const?value=3": true, "count": true, "reg:A": true, "reg:A?value=2": true,
		"": false, "sine?periode=2s": false, "sine?period=fast": false, "sine?period=0s": false, "const": false, "const?value=x": false,
		"reg:": false, "reg:A?lo=1": false, "count?lo=1": false, "sine?lo=x": false, "sine?%zz": false,
	} {
		if err := d.CheckPoint(drivers.Device{}, drivers.Point{Address: address}); (err == nil) != ok || err != nil && !errors.Is(err, drivers.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := d.CheckPoint(drivers.Device{}, drivers.Point{Address: "sine", Type: "float32"}); !errors.Is(err, drivers.ErrAddress) {
		t.Errorf("type: %v", err)
	}
}

func TestEveryMistakeOfADeviceAtOnce(t *testing.T) {
	err := new(sim.Driver).CheckDevice(drivers.Device{Endpoint: "http://x", Options: map[string]string{"mode": "fast", "latency": "-1s", "speed": "9", "registers": "?"}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 5 {
		t.Errorf("error %v, want five", err)
	}
}
