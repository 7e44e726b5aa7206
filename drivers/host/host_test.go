package host_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
	"penstock/drivers/fault"
	"penstock/drivers/host"
	"penstock/drivers/sim"
)

const outOfMemory = "out of memory"

func inside() drivers.Set {
	return drivers.Set{"sim": new(sim.Driver), "wire": new(wire), "fault": &fault.Driver{Inner: new(sim.Driver)}, "line": line{new(sim.Driver)}, "hose": hose{}, "judge": judge{}}
}

// line is a driver whose devices share a line.
type line struct{ *sim.Driver }

func (line) Line(dev drivers.Device) string { return dev.Endpoint }

// The test binary is also its own child.
func TestMain(m *testing.M) {
	host.Main(inside())
	if os.Getenv("HOST_TEST_PARENT") != "" {
		parent()
	}
	// They wait more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	for _, mode := range []string{"poll", "push"} {
		t.Run(mode, func(t *testing.T) {
			set := host.Wrap(inside())
			drivertest.Run(t, func(t *testing.T) drivertest.Harness { return harness(t, set, mode) })
		})
	}
}

func harness(t *testing.T, set drivers.Set, mode string) drivertest.Harness {
	d := new(sim.Driver)
	p := d.Plant("sim://a")
	p.Poke("SP", tag.Float(1))
	device := drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"mode": mode, "registers": "closed"}}
	options := map[string]string{"mode": mode}
	return drivertest.Harness{
		Driver:    set["wire"],
		Device:    drivers.Device{Name: "A", Endpoint: "wire://" + listen(t, d, device), Options: options},
		Readable:  []drivers.Point{{Address: "sine?period=1s"}, {Address: "ramp", Type: "int"}, {Address: "square", Type: "bool"}, {Address: "const?value=x", Type: "text"}},
		Writable:  drivers.Point{Address: "reg:SP"},
		Values:    [2]tag.Scalar{tag.Float(7), tag.Float(-8.5)},
		Missing:   drivers.Point{Address: "reg:NONE"},
		Broken:    drivers.Point{Address: "nonsense"},
		BadDevice: drivers.Device{Endpoint: "wire://"},
		Raise:     func() string { p.Raise("LEVEL", "the tank runs over", 800); return "LEVEL" },
		Clear:     func() { p.Clear("LEVEL") },
		Call:      &drivertest.Call{Object: "plant", Method: "add", Args: []tag.Scalar{tag.Int(2), tag.Float(0.5)}, Results: []tag.Scalar{tag.Float(2.5)}},
		Held:      func() tag.Scalar { return p.Peek("SP") },
		Cut:       func() { p.Fault(sim.Faults{Cut: errors.New("the cable is out")}) },
		Hang:      func() { p.Fault(sim.Faults{Hang: true}) },
		Heal:      func() { p.Fault(sim.Faults{}) },
	}
}

// follow runs a link on a hosted driver and reports each change of quality.
func follow(t *testing.T, drv drivers.Driver, dev drivers.Device) (*drivers.Link, <-chan tag.Quality) {
	t.Helper()
	changes := make(chan tag.Quality, 100)
	last := tag.NoData
	l := drivers.NewLink(drv, dev, []drivers.Tagged{{ID: "T", Point: drivers.Point{Address: "ramp", Period: 100 * time.Millisecond}}},
		drivers.LinkOptions{}, func(b []tag.Sample) {
			for _, s := range b {
				if s.Quality != last {
					last = s.Quality
					changes <- last
				}
			}
		})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return l, changes
}

// patience is how long is waited for what usually takes a moment: the computer
// may be slow and have much else to do.
const patience = 90 * time.Second

// next waits for a change, and says how long it took.
func next(t *testing.T, changes <-chan tag.Quality) (tag.Quality, time.Duration) {
	t.Helper()
	start := time.Now()
	select {
	case q := <-changes:
		return q, time.Since(start)
	case <-time.After(patience):
		t.Fatalf("nothing changed within %v", patience)
		return 0, 0
	}
}

// outage waits until a link has been bad and is good again, and tells the times.
func outage(t *testing.T, changes <-chan tag.Quality) {
	t.Helper()
	q, bad := next(t, changes)
	if q != tag.BadCommunicationError {
		t.Errorf("it is %v", q)
	}
	q, back := next(t, changes)
	if q != tag.Good {
		t.Errorf("not back: %v", q)
	}
	t.Logf("bad after %v, back after %v", bad, back)
}

// A panic or a memory bomb in a library costs one child, bad within a second,
// back within two; on a busy computer it takes longer, so the times are told. What
// dies is the child; this test goes on.
func TestWhatKillsAChild(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, detail string }{
		"panic in a call":  {"read 5 panic", "fault: as the script says"},
		"panic beside":     {"read 5 crash", "fault: beside the operation"},
		"exit":             {"read 5 exit", "exit status 7"},
		"memory":           {"read 5 memory", outOfMemory},
		"panic in a push":  {"push 5 panic", "fault: as the script says"},
		"crash of a push":  {"push 5 crash", "fault: beside the operation"},
		"memory of a push": {"push 5 memory", outOfMemory},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mode := "poll"
			if strings.HasPrefix(c.script, "push") {
				mode = "push"
			}
			set := host.Wrap(inside())
			drv := set["fault"].(*host.Driver)
			l, changes := follow(t, drv, drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"script": c.script, "mode": mode}})
			if q, _ := next(t, changes); q != tag.Good {
				t.Fatalf("began with %v", q)
			}
			first := drv.Pids()
			outage(t, changes)
			if name != "panic in a call" && slices.Equal(first, drv.Pids()) {
				t.Errorf("process %v lives on", first)
			}
			st := l.Status()
			for _, word := range []string{"exit status 66", "for -race mode"} { // the race detector has its own words for it
				if c.detail == outOfMemory && strings.Contains(st.Detail, word) {
					c.detail = word
				}
			}
			if !strings.HasPrefix(st.Error, "The part of this station") {
				t.Errorf("people are told %q", st.Error)
			}
			if !strings.Contains(st.Detail, c.detail) {
				t.Errorf("detail %q does not say %q", st.Detail, c.detail)
			}
			f := l.Recorder().Frozen()
			if len(f) != 1 {
				t.Fatalf("%d recordings", len(f))
			}
			var text strings.Builder
			f[0].WriteTo(&text)
			if !strings.Contains(text.String(), c.detail) {
				t.Errorf("the recording does not say why:\n%s", text.String())
			}
		})
	}
}

// How soon the death of a child shows, when nobody asks it anything.
func TestAKilledChildShows(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"poll", "push"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			drv := host.Wrap(inside())["sim"].(*host.Driver)
			_, changes := follow(t, drv, drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"mode": mode}})
			next(t, changes)
			p, err := os.FindProcess(drv.Pids()[0])
			if err != nil {
				t.Fatal(err)
			}
			p.Kill()
			outage(t, changes)
		})
	}
}

// parent is a program that dials a device and waits to be killed.
func parent() {
	set := host.Wrap(inside())
	dev := drivers.Device{Name: "A", Endpoint: "sim://a"}
	if _, err := set["sim"].Dial(context.Background(), dev); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(set["sim"].(*host.Driver).Pids()[0])
	select {}
}

// One child serves all devices of a line, and different lines have different
// children.
func TestOneChildForALine(t *testing.T) {
	t.Parallel()
	drv := host.Wrap(inside())["line"]
	pids := drv.(interface{ Pids() []int }).Pids
	var conns []drivers.Conn
	for _, e := range []string{"sim://one", "sim://one", "sim://one", "sim://two"} {
		c, err := drv.Dial(t.Context(), drivers.Device{Name: fmt.Sprint(len(conns)), Endpoint: e})
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	if n := len(pids()); n != 2 {
		t.Errorf("%d children for two lines", n)
	}
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() { // connections do not mix up their answers
			p := []drivers.Point{{Address: fmt.Sprintf("reg:R%d?value=%d", i, i)}}
			for range 200 {
				v := make([]tag.Value, 1)
				if err := c.Read(t.Context(), p, v); err != nil || v[0].Value != tag.Float(float64(i)) {
					t.Errorf("connection %d read %v, %v", i, v[0].Value, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, c := range conns {
		c.Close()
	}
}

// Connections that end by themselves are closed in the child, too.
func TestNothingIsLeftInTheChild(t *testing.T) {
	t.Parallel()
	set := host.Wrap(inside())
	h := harness(t, set, "push")
	for range 5 {
		c, err := h.Driver.Dial(t.Context(), h.Device)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := drivers.As[drivers.Subscriber](c)
		ended, err := s.Subscribe(t.Context(), h.Readable, func([]int, []tag.Value) {})
		if err != nil {
			t.Fatal(err)
		}
		h.Cut()
		<-ended
		c.Close()
		h.Heal()
	}
	pid := set["wire"].(*host.Driver).Pids()[0]
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	if _, err := os.ReadDir(dir); err != nil {
		t.Skip("this system does not show open files")
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		sockets := 0
		for _, f := range files {
			if to, _ := os.Readlink(filepath.Join(dir, f.Name())); strings.HasPrefix(to, "socket:") {
				sockets++
			}
		}
		if sockets == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d connections are left open", sockets)
		}
	}
}

// What an error is survives the pipe.
func TestErrorsKeepWhatTheyAre(t *testing.T) {
	t.Parallel()
	set := host.Wrap(inside())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := set["wire"].Dial(ctx, drivers.Device{Name: "A", Endpoint: "wire://127.0.0.1:1"})
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(drivers.Words(err), "no server answers") {
		t.Errorf("%v: %s", err, drivers.Words(err))
	}
	_, err = set["wire"].Dial(ctx, drivers.Device{Name: "A", Endpoint: "wire://no-such-host.invalid:1"})
	if w := drivers.Words(err); !strings.Contains(w, `"no-such-host.invalid"`) {
		t.Errorf("%v: %s", err, w)
	}
	_, err = set["sim"].Dial(ctx, drivers.Device{Name: "A", Endpoint: "http://x"})
	if !errors.Is(err, drivers.ErrAddress) {
		t.Errorf("%v", err)
	}
}

// A link through a child does its traces, too.
func TestTracesComeThrough(t *testing.T) {
	t.Parallel()
	l, changes := follow(t, host.Wrap(inside())["sim"], drivers.Device{Name: "A", Endpoint: "sim://a"})
	next(t, changes)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		for _, r := range l.Recorder().Snapshot("A", "").Records {
			if r.Line == "-> read 1" {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("no line of the driver was recorded")
}

// Main is not for people.
func TestTheHiddenVerbRefusesPeople(t *testing.T) {
	out, err := exec.Command(os.Args[0], "io-host").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "nothing in it for people") {
		t.Errorf("%v: %s", err, out)
	}
}

// The price of the pipe: a read of 100 values through a child and without.
func BenchmarkRead100(b *testing.B) {
	points := make([]drivers.Point, 100)
	for i := range points {
		points[i].Address = "const?value=" + strconv.Itoa(i)
	}
	vals := make([]tag.Value, len(points))
	for name, set := range map[string]drivers.Set{"inside": inside(), "child": host.Wrap(inside())} {
		b.Run(name, func(b *testing.B) {
			c, err := set["sim"].Dial(b.Context(), drivers.Device{Name: "A", Endpoint: "sim://a"})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				if err := c.Read(ctx, points, vals); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
