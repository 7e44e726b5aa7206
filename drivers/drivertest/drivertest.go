// Package drivertest is the suite every driver passes. It checks what the
// comments of package drivers promise, against something real to talk to: a
// server of another maker, or the device itself.
//
//	func TestConformance(t *testing.T) {
//		drivertest.Run(t, func(t *testing.T) drivertest.Harness {
//			dev := startDevice(t)
//			return drivertest.Harness{Driver: Driver{}, Device: dev.Device(), ...}
//		})
//	}
package drivertest

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// Harness is a driver with something to talk to. A nil function is something
// this device cannot do, and what depends on it is left out.
type Harness struct {
	Driver drivers.Driver
	Device drivers.Device

	Readable  []drivers.Point // points that answer with a usable value; at least two
	Writable  drivers.Point   // a point that can be set
	Values    [2]tag.Scalar   // two different values Writable can hold, as Read returns them
	TooBig    tag.Scalar      // a value Writable's type cannot hold; none: there is no such value
	Missing   drivers.Point   // well formed, but not there
	Broken    drivers.Point   // not well formed
	BadDevice drivers.Device  // a device with a mistake

	Raise func() (id string) // makes an alarm of the device's own stand, whose condition has this id
	Clear func()             // lets it return to normal
	Call  *Call              // a method the device has

	Held func() tag.Scalar // what the device holds at Writable, found out without the driver
	Cut  func()            // ends every connection, and lets none begin
	Hang func()            // the device stops answering; connections stay, and may begin
	Heal func()            // ends Cut and Hang
}

// Call is a method call that works, and what it returns.
type Call struct {
	Object, Method string
	Args, Results  []tag.Scalar
}

// Run runs the suite; newHarness is called once for each test of it. All but
// one of the tests run beside each other, so harnesses must not share what is
// written to, cut or hung.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Run("nothing is left running", func(t *testing.T) { leftovers(t, newHarness(t)) })
	for _, c := range []struct {
		name string
		f    func(*testing.T, Harness)
	}{
		{"check of points", checkPoints},
		{"check of devices", checkDevices},
		{"dial under a done context", dialDone},
		{"dial of a hanging device", dialHang},
		{"a missing point spares the rest", readMissing},
		{"every value is written", readOverwrites},
		{"source times", readTimes},
		{"a write is read back", writeBack},
		{"what cannot be held is refused", writeTooBig},
		{"a write to a missing point is refused", writeMissing},
		{"a cut line", cutLine},
		{"a hanging device", hang},
		{"a hanging device and a write", hangWrite},
		{"close ends a read", closeEnds},
		{"close twice", closeTwice},
		{"subscribe", subscribe},
		{"a subscription on a cut line", subscribeCut},
		{"browse", browse},
		{"history", history},
		{"the device's own alarms", alarms},
		{"methods", call},
		{"what goes over the wire is counted", metered},
		{"signs of life", signs},
		{"under a link", underLink},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.f(t, newHarness(t))
		})
	}
}

// patience is how long is waited for what usually takes a moment: the computer
// may be slow and have much else to do.
const patience = time.Minute

// promptly runs what takes at most limit where it gets the processor it needs.
// It tries again, so that a computer which now and then is late with everything
// is not held against the driver; never is.
func promptly(t *testing.T, what string, limit time.Duration, try func() (took time.Duration)) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		took := try()
		if took <= limit {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%s takes %v, at most %v is allowed", what, took, limit)
			return
		}
	}
}

// timed is how long f takes.
func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func dial(t *testing.T, h Harness) drivers.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := h.Driver.Dial(ctx, h.Device)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// read reads points with a deadline.
func read(t *testing.T, c drivers.Conn, limit time.Duration, points ...drivers.Point) ([]tag.Value, error) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	vals := make([]tag.Value, len(points))
	err := c.Read(ctx, points, vals)
	return vals, err
}

const usual = patience // more than any request takes on a loaded computer

func write(t *testing.T, c drivers.Conn, limit time.Duration, p drivers.Point, v tag.Scalar) error {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return c.Write(ctx, p, v)
}

func checkPoints(t *testing.T, h Harness) {
	if err := h.Driver.CheckPoint(h.Device, h.Broken); !errors.Is(err, drivers.ErrAddress) {
		t.Errorf("CheckPoint(%+v) = %v, want ErrAddress", h.Broken, err)
	}
	for _, p := range append([]drivers.Point{h.Writable, h.Missing}, h.Readable...) {
		if err := h.Driver.CheckPoint(h.Device, p); err != nil {
			t.Errorf("CheckPoint(%+v) = %v", p, err)
		}
	}
}

func checkDevices(t *testing.T, h Harness) {
	if err := h.Driver.CheckDevice(h.Device); err != nil {
		t.Errorf("CheckDevice of a good device: %v", err)
	}
	if err := h.Driver.CheckDevice(h.BadDevice); err == nil {
		t.Errorf("CheckDevice(%+v) finds nothing", h.BadDevice)
	}
	typo := h.Device
	typo.Options = maps.Clone(h.Device.Options)
	if typo.Options == nil {
		typo.Options = map[string]string{}
	}
	typo.Options["no such option"] = "1"
	if err := h.Driver.CheckDevice(typo); err == nil {
		t.Error("CheckDevice does not mind an unknown option")
	}
}

func dialDone(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	promptly(t, "dial under a done context", 2*time.Second, func() time.Duration {
		return timed(func() {
			c, err := h.Driver.Dial(ctx, h.Device)
			switch {
			case err == nil:
				c.Close()
				t.Error("connected under a done context")
			case c != nil:
				t.Errorf("with an error comes a %T that is not nil", c)
			}
		})
	})
}

func dialHang(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("this device cannot hang")
	}
	h.Hang()
	defer h.Heal()
	promptly(t, "a dial with a deadline of 1 s", 2*time.Second, func() time.Duration {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return timed(func() {
			if c, err := h.Driver.Dial(ctx, h.Device); err == nil {
				c.Close()
				t.Error("connected to a device that does not answer")
			}
		})
	})
}

func readMissing(t *testing.T, h Harness) {
	c := dial(t, h)
	points := append([]drivers.Point{h.Missing}, h.Readable...)
	for range 2 { // also once the driver has learnt that it is missing
		vals, err := read(t, c, usual, points...)
		if err != nil {
			t.Fatalf("one missing point broke the connection: %v", err)
		}
		if vals[0].Quality.Usable() {
			t.Errorf("the missing point reads %v with quality %v", vals[0].Value, vals[0].Quality)
		}
		for i, v := range vals[1:] {
			if !v.Quality.Usable() || v.Value.Kind() == tag.None {
				t.Errorf("%+v reads %v with quality %v", h.Readable[i], v.Value, v.Quality)
			}
		}
	}
}

func readOverwrites(t *testing.T, h Harness) {
	c := dial(t, h)
	points := append([]drivers.Point{h.Missing, h.Readable[0]}, h.Readable...)
	junk := tag.Value{Source: 12345, Value: tag.Text("junk"), Quality: tag.Good}
	vals := make([]tag.Value, len(points))
	for i := range vals {
		vals[i] = junk
	}
	ctx, cancel := context.WithTimeout(t.Context(), usual)
	defer cancel()
	if err := c.Read(ctx, points, vals); err != nil {
		t.Fatal(err)
	}
	for i, v := range vals {
		if v == junk {
			t.Errorf("value %d was left as it was", i)
		}
	}
	if err := c.Read(ctx, nil, nil); err != nil {
		t.Errorf("reading nothing: %v", err)
	}
}

func readTimes(t *testing.T, h Harness) {
	vals, err := read(t, dial(t, h), usual, h.Readable...)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vals {
		if v.Source == 0 {
			continue
		}
		if at := time.Unix(0, v.Source); time.Until(at) > time.Minute || time.Since(at) > 365*24*time.Hour {
			t.Errorf("%s has source time %v", h.Readable[i].Address, at)
		}
	}
}

func writeBack(t *testing.T, h Harness) {
	c := dial(t, h)
	for _, v := range append(h.Values[:], h.Values[0]) {
		if err := write(t, c, usual, h.Writable, v); err != nil {
			t.Fatalf("write %v: %v", v, err)
		}
		vals, err := read(t, c, usual, h.Writable)
		if err != nil {
			t.Fatal(err)
		}
		if vals[0].Value != v || !vals[0].Quality.Usable() {
			t.Errorf("read back %v %v (%v), want %v %v", vals[0].Value.Kind(), vals[0].Value, vals[0].Quality, v.Kind(), v)
		}
		if h.Held != nil {
			if held := h.Held(); held != v {
				t.Errorf("the device holds %v, want %v", held, v)
			}
		}
	}
}

func writeTooBig(t *testing.T, h Harness) {
	c := dial(t, h)
	if err := write(t, c, usual, h.Writable, h.Values[0]); err != nil {
		t.Fatal(err)
	}
	bad := []tag.Scalar{tag.Text("not a value of this point"), {}}
	if h.Values[0].Kind() == tag.KindText {
		bad = bad[1:]
	}
	if h.TooBig.Kind() != tag.None {
		bad = append(bad, h.TooBig)
	}
	for _, v := range bad {
		if err := write(t, c, usual, h.Writable, v); !errors.Is(err, drivers.ErrRefused) {
			t.Errorf("write of %v %v: %v, want ErrRefused", v.Kind(), v, err)
		}
	}
	vals, err := read(t, c, usual, h.Writable)
	if err != nil {
		t.Fatalf("a refused write broke the connection: %v", err)
	}
	if vals[0].Value != h.Values[0] {
		t.Errorf("a refused write changed %v to %v", h.Values[0], vals[0].Value)
	}
}

func writeMissing(t *testing.T, h Harness) {
	c := dial(t, h)
	if err := write(t, c, usual, h.Missing, h.Values[0]); !errors.Is(err, drivers.ErrRefused) {
		t.Errorf("write to a missing point: %v, want ErrRefused", err)
	}
	if _, err := read(t, c, usual, h.Readable...); err != nil {
		t.Errorf("a refused write broke the connection: %v", err)
	}
}

func cutLine(t *testing.T, h Harness) {
	if h.Cut == nil {
		t.Skip("this line cannot be cut")
	}
	c := dial(t, h)
	if err := write(t, c, usual, h.Writable, h.Values[1]); err != nil {
		t.Fatal(err)
	}
	h.Cut()
	if _, err := read(t, c, 3*time.Second, h.Readable...); err == nil {
		t.Error("a read over a cut line gave no error")
	}
	c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	if c, err := h.Driver.Dial(ctx, h.Device); err == nil {
		c.Close()
		t.Error("connected over a cut line")
	}
	cancel()
	h.Heal()
	vals, err := read(t, dial(t, h), usual, h.Writable)
	if err != nil || vals[0].Value != h.Values[1] {
		t.Errorf("healed: %v, %v; want %v", vals[0].Value, err, h.Values[1])
	}
}

func hang(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("this device cannot hang")
	}
	promptly(t, "a read with a deadline of 1 s", 1500*time.Millisecond, func() time.Duration {
		c := dial(t, h)
		h.Hang()
		defer h.Heal()
		defer c.Close()
		return timed(func() {
			if _, err := read(t, c, time.Second, h.Readable...); err == nil {
				t.Error("a read from a device that does not answer gave no error")
			}
		})
	})
	promptly(t, "close", 2500*time.Millisecond, func() time.Duration {
		c := dial(t, h)
		h.Hang()
		defer h.Heal()
		return timed(func() { c.Close() })
	})
	if vals, err := read(t, dial(t, h), usual, h.Readable...); err != nil || !vals[0].Quality.Usable() {
		t.Errorf("healed: %v", err)
	}
}

// A write that was sent and not answered is unknown, never failed.
func hangWrite(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("this device cannot hang")
	}
	try := func() (took time.Duration, err error) {
		c := dial(t, h)
		if err := write(t, c, usual, h.Writable, h.Values[0]); err != nil {
			t.Fatal(err)
		}
		h.Hang()
		defer h.Heal()
		defer c.Close()
		took = timed(func() { err = write(t, c, time.Second, h.Writable, h.Values[1]) })
		return took, err
	}
	for end := time.Now().Add(patience); ; { // where the second is over before it was sent, another try
		took, err := try()
		if errors.Is(err, drivers.ErrUnknown) && took <= 1500*time.Millisecond {
			break
		}
		if time.Now().After(end) {
			t.Errorf("a write with a deadline of 1 s that is not answered ends after %v with %v, want ErrUnknown", took, err)
			break
		}
	}
	vals, err := read(t, dial(t, h), usual, h.Writable)
	if err != nil || vals[0].Value != h.Values[0] && vals[0].Value != h.Values[1] {
		t.Errorf("afterwards the device holds %v, %v", vals[0].Value, err)
	}
}

func closeEnds(t *testing.T, h Harness) {
	if h.Hang == nil {
		t.Skip("this device cannot hang")
	}
	promptly(t, "a read that is ended by close", 2500*time.Millisecond, func() time.Duration {
		c := dial(t, h)
		h.Hang()
		defer h.Heal()
		done := make(chan error, 1)
		go func() {
			_, err := read(t, c, patience, h.Readable...)
			done <- err
		}()
		time.Sleep(100 * time.Millisecond)
		return timed(func() {
			c.Close()
			if err := <-done; err == nil {
				t.Error("the read gave no error")
			}
		})
	})
}

func closeTwice(t *testing.T, h Harness) {
	c := dial(t, h)
	c.Close()
	c.Close()
	if _, err := read(t, c, time.Second, h.Readable...); err == nil {
		t.Error("a closed connection reads")
	}
}

func leftovers(t *testing.T, h Harness) {
	once := func() {
		c := dial(t, h)
		if _, err := read(t, c, usual, h.Readable...); err != nil {
			t.Fatal(err)
		}
		if s, ok := drivers.As[drivers.Subscriber](c); ok {
			if _, err := s.Subscribe(t.Context(), h.Readable, func([]int, []tag.Value) {}); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
	}
	once() // what a library starts once does not count
	before := runtime.NumGoroutine()
	for range 5 {
		once()
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if runtime.NumGoroutine() <= before+1 {
			return
		}
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
