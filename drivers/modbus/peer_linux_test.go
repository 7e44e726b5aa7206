package modbus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
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
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

// need skips a test whose independent peer is not installed; where peers are
// demanded it fails.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing(t, p+" is not installed")
		}
	}
}

func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("PENSTOCK_PEERS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// start runs a program until the test ends and waits for the line that says
// it is ready.
func start(t testing.TB, name string, args ...string) (ready string) {
	t.Helper()
	ready, _ = startToKill(t, name, args...)
	return ready
}

// startToKill is start of a program that the test itself may end before.
func startToKill(t testing.TB, name string, args ...string) (ready string, kill func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			cancel()
			_ = cmd.Wait() // it was killed
		})
	}
	t.Cleanup(kill)
	if filepath.Base(name) == "socat" {
		return "", kill
	}
	late := time.AfterFunc(2*ample, cancel)
	defer late.Stop()
	ready, err = bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(ready, "ready") {
		t.Fatalf("%s said %q, %v", name, ready, err)
	}
	return strings.TrimSpace(strings.TrimPrefix(ready, "ready")), kill
}

// libmodbus builds the unit on libmodbus.
func libmodbus(t testing.TB) string {
	t.Helper()
	need(t, "gcc", "pkg-config")
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "libmodbus").Output()
	if err != nil {
		missing(t, "libmodbus-dev is not installed")
	}
	bin := filepath.Join(t.TempDir(), "unit")
	args := append([]string{"-O2", "-o", bin, "testdata/peer/unit.c"}, strings.Fields(string(flags))...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return bin
}

const python = "/usr/bin/python3"

func pymodbus(t *testing.T) {
	t.Helper()
	if exec.Command(python, "-c", "import pymodbus").Run() != nil {
		missing(t, "python3-pymodbus is not installed")
	}
}

// serialPair makes two serial ports that are connected to each other.
func serialPair(t *testing.T) (near, far string) {
	t.Helper()
	need(t, "socat")
	dir := t.TempDir()
	near, far = filepath.Join(dir, "near"), filepath.Join(dir, "far")
	start(t, "socat", "pty,raw,echo=0,link="+near, "pty,raw,echo=0,link="+far)
	waitFor(t, near, far)
	return near, far
}

func waitFor(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Lstat(f); err == nil {
				break
			} else if time.Since(began) > ample {
				t.Fatal(err)
			}
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// forPeers is the timeout of devices in tests of what peers answer.
const forPeers = 5 * time.Second

func peerDevice(endpoint string) drivers.Device {
	return drivers.Device{Name: "peer", Endpoint: endpoint, Timeout: forPeers, Options: map[string]string{"guard": "100ms"}}
}

// tour reads and writes what every peer must agree with us about.
func tour(t *testing.T, c *conn) {
	t.Helper()
	vals := readAll(t, c, pt("HR7", ""), pt("IR1234", ""), pt("CO5", ""), pt("DI4", ""), pt("HR300", "uint32"), pt("HR300", "uint32 CDAB"))
	for i, want := range []tag.Scalar{tag.Int(7), tag.Int(1234), tag.Bool(true), tag.Bool(false), tag.Int(300<<16 | 301), tag.Int(301<<16 | 300)} {
		if vals[i].Value != want || vals[i].Quality != tag.Good {
			t.Errorf("value %d is %v (%v), want %v", i, vals[i].Value, vals[i].Quality, want)
		}
	}
	for _, w := range []struct {
		p drivers.Point
		v tag.Scalar
	}{
		{pt("HR20", ""), tag.Int(65535)},
		{pt("HR21", "uint16 fc16"), tag.Int(4660)},
		{pt("HR22", "float32 CDAB"), tag.Float(-1.5)},
		{pt("HR24", "float64 GHEFCDAB"), tag.Float(1e100)},
		{pt("HR30", "string(6)"), tag.Text("valve")},
		{pt("CO20", ""), tag.Bool(true)},
		{pt("CO21", "bool fc15"), tag.Bool(true)},
		{pt("HR40.3", ""), tag.Bool(true)},
	} {
		if err := c.Write(t.Context(), w.p, w.v); err != nil {
			t.Fatalf("write %s %s: %v", w.p.Address, w.p.Type, err)
		}
		if v := readAll(t, c, w.p)[0]; v.Value != w.v {
			t.Errorf("%s %s reads %v after %v was written", w.p.Address, w.p.Type, v.Value, w.v)
		}
	}
	if v := readAll(t, c, pt("HR40", ""))[0]; v.Value != tag.Int(40|8) {
		t.Errorf("register 40 is %v after its bit 3 was set", v.Value)
	}
}

// exchange writes with function 23, which not every peer knows.
func exchange(t *testing.T, c *conn) {
	t.Helper()
	p := pt("HR35", "uint32 CDAB fc23")
	if err := c.Write(t.Context(), p, tag.Int(70000)); err != nil {
		t.Fatal(err)
	}
	if v := readAll(t, c, p, pt("HR35", ""), pt("HR37", "")); v[0].Value != tag.Int(70000) || v[1].Value != tag.Int(70000-65536) || v[2].Value != tag.Int(37) {
		t.Errorf("reads %v, %v and %v after 70000 was written with function 23", v[0].Value, v[1].Value, v[2].Value)
	}
}

func TestLibmodbusOverTCP(t *testing.T) {
	t.Parallel()
	port := start(t, libmodbus(t), "tcp", "0", "0")
	c := dial(t, new(Driver), peerDevice("modbus://127.0.0.1:"+port))
	tour(t, c)
	exchange(t, c)
	vals := readAll(t, c, pt("HR100", "float32 ABCD"), pt("HR102", "float32 CDAB"), pt("HR104", "float32 BADC"), pt("HR106", "float32 DCBA"))
	for i, v := range vals {
		if v.Value != tag.Float(float64(float32(123.456))) {
			t.Errorf("order %d reads %v", i, v.Value)
		}
	}
}

func TestLibmodbusOverASerialLine(t *testing.T) {
	t.Parallel()
	bin := libmodbus(t)
	near, far := serialPair(t)
	start(t, bin, "rtu", far, "3", "0")
	tour(t, dial(t, new(Driver), peerDevice("rtu://"+near+"?baud=19200&parity=N&unit=3")))
}

func TestLibmodbusBehindASerialServer(t *testing.T) {
	t.Parallel()
	bin := libmodbus(t)
	near, far := serialPair(t)
	start(t, bin, "rtu", far, "3", "0")
	tour(t, dial(t, new(Driver), peerDevice("rtu+tcp://"+serialServer(t, near)+"?unit=3")))
}

func TestPymodbusOverTCP(t *testing.T) {
	t.Parallel()
	pymodbus(t)
	c := dial(t, new(Driver), peerDevice("modbus://127.0.0.1:"+start(t, python, "testdata/peer/unit.py", "tcp")))
	tour(t, c)
	checkIdentity(t, c)
}

func TestPymodbusOverASerialLine(t *testing.T) {
	t.Parallel()
	pymodbus(t)
	for _, framing := range []string{"rtu", "ascii"} {
		t.Run(framing, func(t *testing.T) {
			t.Parallel()
			near, far := serialPair(t)
			start(t, python, "testdata/peer/unit.py", framing, far, "5")
			c := dial(t, new(Driver), peerDevice(fmt.Sprintf("%s://%s?baud=19200&parity=N&unit=5", framing, near)))
			tour(t, c)
			exchange(t, c)
			checkIdentity(t, c)
		})
	}
}

func checkIdentity(t *testing.T, c *conn) {
	t.Helper()
	id, err := c.identify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s := id.String(); !strings.Contains(s, "vendor: Penstock, product code: PT, revision: 1.2") || !strings.Contains(s, "model: TU-1") {
		t.Errorf("it says it is %s", s)
	}
}

// The ranges 500-509 and 1000-1003 are refused; tags stand all around them,
// and one inside.
func TestRefusedRangesAreLearntAndKept(t *testing.T) {
	t.Parallel()
	port := start(t, libmodbus(t), "tcp", "0", "0", "500", "509", "1000", "1003")
	dev := peerDevice("modbus://127.0.0.1:" + port)
	dev.Name = "lib"
	dir := t.TempDir()
	d := &Driver{Dir: dir}
	c := dial(t, d, dev)
	var points []drivers.Point
	for at := 380; at < 1120; at += 3 {
		if at+1 < 500 || at > 509 && at+1 < 1000 || at > 1003 {
			points = append(points, pt(fmt.Sprintf("HR%d", at), "uint32"))
		}
	}
	points = append(points, pt("HR1001", ""))
	requests := func() int64 { return c.line.counters.Requests.Load() }

	check := func(vals []tag.Value) {
		t.Helper()
		for i, v := range vals[:len(vals)-1] {
			if v.Quality != tag.Good {
				t.Errorf("%s: %v", points[i].Address, v.Quality)
			}
		}
		if q := vals[len(vals)-1].Quality; q != tag.BadConfigurationError {
			t.Errorf("the refused register: %v", q)
		}
	}
	before := requests()
	check(readAll(t, c, points...))
	first := requests() - before
	for range 3 { // a new plan for a measured cost may meet the other range only now
		check(readAll(t, c, points...))
	}
	learning := requests() - before - 4*8
	before = requests()
	check(readAll(t, c, points...))
	clean := requests() - before
	t.Logf("%d requests while learning, %d afterwards; refused: %s", first, clean, d.Refused("lib"))
	if clean > 8 || learning > 24 {
		t.Errorf("%d requests more than needed while learning, %d afterwards", learning, clean)
	}
	c.Close()

	again := dial(t, &Driver{Dir: dir}, dev)
	before = again.line.counters.Requests.Load()
	check(readAll(t, again, points...))
	if n := again.line.counters.Requests.Load() - before; n > clean+2 {
		t.Errorf("after a restart %d requests, want what was learnt to be kept (%d)", n, clean)
	}
}

// BenchmarkRequest measures our processor time for one request, by a unit on
// libmodbus in another process.
func BenchmarkRequest(b *testing.B) {
	bin := libmodbus(b)
	port := start(b, bin, "tcp", "0", "0")
	for _, depth := range []string{"1", "8"} {
		b.Run("depth "+depth, func(b *testing.B) {
			c := dial(b, new(Driver), drivers.Device{Name: "lib", Endpoint: "modbus://127.0.0.1:" + port, Options: map[string]string{"depth": depth, "max_read": "10"}})
			points := inARow(1000)
			vals := make([]tag.Value, len(points))
			requests, cpu := c.line.counters.Requests.Load(), processorTime()
			for b.Loop() {
				if err := c.Read(b.Context(), points, vals); err != nil {
					b.Fatal(err)
				}
			}
			n := float64(c.line.counters.Requests.Load() - requests)
			b.ReportMetric(float64((processorTime()-cpu).Microseconds())/n, "us-cpu/request")
			b.ReportMetric(n/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

func processorTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkScan reads a thousand random registers of a unit on libmodbus: as
// planned, one request a tag, and with the planner kept from bridging holes.
func BenchmarkScan(b *testing.B) {
	bin := libmodbus(b)
	port := start(b, bin, "tcp", "0", "0")
	points := untagged(randomRegisters(1000, time.Second))
	for name, options := range map[string]map[string]string{
		"planned":          {},
		"no holes":         {"holes": "never"},
		"one request each": {"max_read": "1"},
	} {
		b.Run(name, func(b *testing.B) {
			c := dial(b, new(Driver), drivers.Device{Name: "lib", Endpoint: "modbus://127.0.0.1:" + port, Options: options})
			vals := make([]tag.Value, len(points))
			requests := c.line.counters.Requests.Load()
			for b.Loop() {
				if err := c.Read(b.Context(), points, vals); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.line.counters.Requests.Load()-requests)/float64(b.N), "requests/op")
		})
	}
}

// layout makes n numbers of one, two and four registers: "uniform" anywhere, "plc"
// in blocks of 40 to 120 registers with small holes, as devices are built.
func layout(kind string, n int) (spans []plan.Span) {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	used := make([]bool, 65536)
	add := func(at int) int {
		w := []int{1, 1, 1, 2, 2, 2, 2, 4}[r.IntN(8)]
		if at+w > 65000 || slices.Contains(used[at:at+w], true) {
			return 1
		}
		for i := range w {
			used[at+i] = true
		}
		spans = append(spans, plan.Span{At: at, Len: w})
		return w
	}
	for kind == "uniform" && len(spans) < n {
		add(r.IntN(65000))
	}
	for base := 0; len(spans) < n; base = (base + 20 + r.IntN(300)) % 64000 {
		for end := base + 40 + r.IntN(80); base < end && len(spans) < n; {
			base += add(base)
			if r.IntN(6) == 0 {
				base += 1 + r.IntN(9)
			}
		}
	}
	return spans
}

// joined joins neighbours while the hole between them is at most gap, as most
// programs do; a negative gap joins nothing.
func joined(spans []plan.Span, gap int) (out []plan.Block) {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b plan.Span) int { return a.At - b.At })
	for _, x := range spans {
		if k := len(out) - 1; k >= 0 && gap >= 0 {
			b := &out[k]
			if end := max(b.At+b.Len, x.At+x.Len); x.At-b.At-b.Len <= gap && end-b.At <= 125 {
				b.Len = end - b.At
				continue
			}
		}
		out = append(out, plan.Block{At: x.At, Len: x.Len})
	}
	return out
}

// BenchmarkLayouts reads four layouts from a unit on libmodbus that thinks half
// a millisecond about each request: as planned, one request a number, and
// joined over holes of a fixed length.
func BenchmarkLayouts(b *testing.B) {
	port := start(b, libmodbus(b), "tcp", "0", "500")
	c := dial(b, new(Driver), drivers.Device{Name: "lib", Endpoint: "modbus://127.0.0.1:" + port})
	for _, l := range []struct {
		kind string
		n    int
	}{{"plc", 1000}, {"uniform", 1000}, {"plc", 10000}, {"uniform", 10000}} {
		spans := layout(l.kind, l.n)
		for _, way := range []struct {
			name   string
			blocks []plan.Block
		}{
			{"planned", plan.Blocks(spans, c.limits(reg.Holding, nil, c.meter.Cost()))},
			{"one each", joined(spans, -1)},
			{"gap 0", joined(spans, 0)},
			{"gap 50", joined(spans, 50)},
			{"gap 125", joined(spans, 125)},
		} {
			b.Run(fmt.Sprintf("%s %d/%s", l.kind, l.n, way.name), func(b *testing.B) {
				registers := 0
				for b.Loop() {
					registers = 0
					for _, block := range way.blocks {
						if _, err := c.lanes[0].once(b.Context(), polling, read(reg.Holding, block.At, block.Len)); err != nil {
							b.Fatal(err)
						}
						registers += block.Len
					}
				}
				b.ReportMetric(float64(len(way.blocks)), "requests")
				b.ReportMetric(float64(registers), "registers")
			})
		}
	}
}

// serialServer passes what comes over its newest connection on to a serial
// port, and back, as the boxes on the shelf do.
func serialServer(t *testing.T, tty string) (address string) {
	t.Helper()
	port, err := os.OpenFile(tty, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var newest net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 300)
		for {
			n, err := port.Read(buf)
			if err != nil {
				return
			}
			mu.Lock()
			if newest != nil {
				newest.Write(buf[:n])
			}
			mu.Unlock()
		}
	})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if newest != nil {
				newest.Close()
			}
			newest = c
			mu.Unlock()
			wg.Go(func() { io.Copy(port, c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		port.Close()
		mu.Lock()
		if newest != nil {
			newest.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// A unit on libmodbus behind a serial server.
func TestConformanceOverRTU(t *testing.T) {
	bin := libmodbus(t)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		near, far := serialPair(t)
		start(t, bin, "rtu", far, "1", "0", "500", "599")
		g := startGate(t, serialServer(t, near))
		h := harness("rtu+tcp://" + g.address + "?unit=1")
		h.Device.Options["guard"] = "50ms"
		h.Cut, h.Hang, h.Heal = g.cut, g.hang, g.heal
		return h
	})
}
