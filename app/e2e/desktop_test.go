package e2e

import (
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// becomes waits until something is so, for patience at least.
func becomes(t *testing.T, within time.Duration, what string, is func() bool) {
	t.Helper()
	within = max(within, patience)
	for end := time.Now().Add(within); !is(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("within %v it did not come about that %s", within, what)
		}
	}
}

// until waits for something to come about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	becomes(t, patience, what, done)
}

// desktop is an X server without a screen, a person's hands at it, and the
// program under test in its window, on a demo plant of its own.
//
// What the person does next, the program does when it comes to it: a test
// looks for what must come of it, and never waits for a time instead.
type desktop struct {
	t       *testing.T
	display string
	window  string // of the program under test
	dir     string // where pictures go
	home    string // of the person
	data    string // of the station

	program, plant *process
	ua, mb         string // where the plant is
}

// seat starts the plant and the program, and waits for its window. env is
// given to the program as well as args.
func seat(t *testing.T, size string, plantArgs, env []string, args ...string) *desktop {
	t.Helper()
	binary := windowProgram(t)
	d := newDesktop(t, size)
	d.home = t.TempDir()
	d.data = filepath.Join(d.home, "data")
	d.plant, d.ua, d.mb = demoPlant(t, plantArgs...)
	began := time.Now()
	args = append(args, "--data", d.data, "--endpoint", "PLC1="+d.ua, "--endpoint", "RTU1="+d.mb)
	d.program = start(t, append(append(d.env(), "HOME="+d.home), env...), binary, args...)
	d.find("Penstock")
	t.Logf("the window was there %v after the start", time.Since(began).Round(10*time.Millisecond))
	return d
}

// windowProgram is the program built with its window; without it a test is
// left out.
func windowProgram(t *testing.T) string {
	t.Helper()
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	return binary
}

// leave ends the program as a system that shuts down does.
func (d *desktop) leave() {
	d.t.Helper()
	if err := d.program.stop(patience); err != nil {
		d.t.Errorf("the window on SIGTERM: %v", err)
	}
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
	// Without noreset it begins anew whenever its last client goes, such as the
	// tool that looks for the window, and lets nobody in meanwhile.
	cmd := exec.Command("Xvfb", "-noreset", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }) // it takes its lock and socket along
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
	until(d.t, "there is a window "+title, func() bool {
		cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", title)
		cmd.Env = append(os.Environ(), d.env()...)
		out, err := cmd.Output()
		if err != nil || len(out) == 0 {
			return false
		}
		d.window = strings.Fields(string(out))[0]
		return true
	})
	d.do("xdotool", "windowfocus", d.window)
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

// turns waits until the window looks different from a picture at n points.
func (d *desktop) turns(name string, from image.Image, n int) (now image.Image) {
	d.t.Helper()
	until(d.t, "the window shows "+name, func() bool {
		now = d.look(name)
		return differ(from, now) >= n
	})
	return now
}

// asks presses a key that opens a dialog, and waits until it is there with
// the focus: everything behind it is dimmed.
func (d *desktop) asks(name, key string) {
	d.t.Helper()
	before := d.look(name)
	d.key(key)
	d.turns(name, before, 100_000)
	d.look(name) // the focus comes a moment after the dialog
}

// told reports whether a line of the journal has all words.
func (d *desktop) told(kind string, words ...string) bool {
	d.t.Helper()
	for line := range strings.Lines(run(d.t, 0, "journal", "--data", d.data, "--kind", kind)) {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
			return true
		}
	}
	return false
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
