package e2e

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"
)

// desktop is an X server without a screen, and a person's hands at it.
type desktop struct {
	t       *testing.T
	display string
	window  string // of the program under test
	dir     string // where pictures go
}

func newDesktop(t *testing.T, size string) *desktop {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	w.Close()
	number := make([]byte, 16)
	r.SetReadDeadline(time.Now().Add(patience))
	n, err := r.Read(number)
	if err != nil {
		t.Fatalf("Xvfb does not say its display: %v", err)
	}
	d := &desktop{t: t, display: ":" + strings.TrimSpace(string(number[:n])), dir: filepath.Join(root(t), "build", "window-test")}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desktop) env() []string { return []string{"DISPLAY=" + d.display, locale} }

// do runs a tool on the desktop and returns what it printed.
func (d *desktop) do(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), d.env()...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// find waits for the program's window.
func (d *desktop) find(title string) {
	d.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", title)
		cmd.Env = append(os.Environ(), d.env()...)
		if out, err := cmd.Output(); err == nil && len(out) > 0 {
			d.window = strings.Fields(string(out))[0]
			d.do("xdotool", "windowfocus", d.window)
			return
		}
	}
	d.t.Fatalf("no window %q within 30 s", title)
}

func (d *desktop) key(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.do("xdotool", "key", k)
		time.Sleep(350 * time.Millisecond)
	}
}

func (d *desktop) typed(text string) {
	d.t.Helper()
	d.do("xdotool", "type", "--delay", "60", text)
	time.Sleep(350 * time.Millisecond)
}

// look takes a picture and refuses an empty one: a page has many colours.
func (d *desktop) look(name string) image.Image {
	d.t.Helper()
	time.Sleep(700 * time.Millisecond)
	file := filepath.Join(d.dir, name+".png")
	d.do("import", "-silent", "-window", d.window, file)
	f, err := os.Open(file)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		d.t.Fatal(err)
	}
	seen := map[[3]uint32]int{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			r, g, bl, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, bl}]++
		}
	}
	if len(seen) < 20 {
		d.t.Errorf("%s shows %d colours; the page is empty", name, len(seen))
	}
	return img
}

// differ counts the points at which two pictures are not alike.
func differ(a, b image.Image) (n int) {
	r := a.Bounds().Intersect(b.Bounds())
	for y := r.Min.Y; y < r.Max.Y; y += 2 {
		for x := r.Min.X; x < r.Max.X; x += 2 {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}

// held asks the plant itself, past the program under test, what a signal is.
func held(t *testing.T, endpoint, node string) float64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, err := opcua.NewClient(endpoint, opcua.SecurityMode(ua.MessageSecurityModeNone), opcua.AutoReconnect(false))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	ns, err := c.FindNamespace(ctx, "urn:penstock:waterworks")
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Node(ua.NewStringNodeID(ns, node)).Value(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f, err := strconv.ParseFloat(fmt.Sprint(v.Value()), 64)
	if err != nil {
		t.Fatalf("%s is %v", node, v.Value())
	}
	return f
}

// The real window: every screen is opened, an alarm is acknowledged and a set
// point written with keys alone, and the plant then holds it.
func TestWindow(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	d := newDesktop(t, "1920x1080")
	_, ua, mb := demoPlant(t, "--scenario", "sensor-fault@6s")
	data := filepath.Join(t.TempDir(), "data")
	began := time.Now()
	p := start(t, d.env(), binary, "--data", data, "--endpoint", "PLC1="+ua, "--endpoint", "RTU1="+mb)
	d.find("Penstock")
	t.Logf("the window was there %v after the start", time.Since(began).Round(10*time.Millisecond))

	pages := []string{"overview", "mimics", "trend", "alarms", "devices", "events", "tags"}
	var last image.Image
	for i, name := range pages {
		d.key(fmt.Sprintf("F%d", i+1))
		img := d.look(name)
		if last != nil {
			if n := differ(last, img); n < 2000 {
				t.Errorf("%s differs from the page before at %d points", name, n)
			}
		}
		last = img
	}

	// Acknowledge the alarm of the failed transmitter.
	for end := time.Now().Add(60 * time.Second); !strings.Contains(run(t, 0, "alarms", "--data", data), "unacknowledged"); time.Sleep(time.Second) {
		if time.Now().After(end) {
			t.Fatal("the failed transmitter raised no alarm within a minute")
		}
	}
	d.key("F4", "Home")
	d.look("alarms-unacknowledged")
	d.key("a")
	time.Sleep(2 * time.Second)
	d.look("alarms-acknowledged")
	if got := run(t, 0, "journal", "--data", data, "--kind", "alarm"); !strings.Contains(got, "acknowledged") || !strings.Contains(got, "operator") {
		t.Errorf("the journal has no acknowledgement by the operator:\n%s", got)
	}

	// Write a set point.
	before := held(t, ua, "HL.PIC601.SP")
	d.key("ctrl+k")
	d.typed("HL.PIC601.SP")
	d.key("Return")
	d.look("faceplate")
	d.typed("4.9")
	d.key("Return")
	d.look("faceplate-confirm")
	d.key("Return")
	time.Sleep(2 * time.Second)
	d.look("faceplate-done")
	if after := held(t, ua, "HL.PIC601.SP"); after != 4.9 || before == after {
		t.Errorf("the plant held %g, now %g, want 4.9", before, after)
	}
	if got := run(t, 0, "journal", "--data", data, "--kind", "command"); strings.Count(got, "HL.PIC601.SP") != 2 || !strings.Contains(got, "done") {
		t.Errorf("the journal tells of the set point:\n%s", got)
	}

	d.key("Escape", "F9")
	d.look("night")
	d.key("F2")
	d.look("mimics-night")

	if err := p.stop(5 * time.Second); err != nil {
		t.Errorf("the window on SIGTERM: %v", err)
	}
	if got := run(t, 0, "journal", "--data", data, "--kind", "system"); !strings.Contains(got, "station stopped") {
		t.Errorf("the journal says\n%s", got)
	}
}

func TestNoDisplayIsSaid(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	cmd := exec.Command(binary, "--data", t.TempDir(), "--endpoint", "PLC1=opc.tcp://127.0.0.1:1", "--endpoint", "RTU1=modbus://127.0.0.1:1?unit=1")
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "DISPLAY=") && !strings.HasPrefix(e, "WAYLAND_DISPLAY=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(string(out), "there is no display here") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

const exitFailed = 1
