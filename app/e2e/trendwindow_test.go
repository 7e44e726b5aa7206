package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An operator's quarter of an hour at the trends of the real window: zooms
// and undoes, measures between two cursors, compares with the day before, puts
// one pen against another, lists the samples, notes what was seen, and takes
// a page and a table home.
func TestTrendsAtTheWindow(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	d := newDesktop(t, "1280x800")
	_, ua, mb := demoPlant(t)
	home := t.TempDir()
	data := filepath.Join(home, "data")
	p := start(t, append(d.env(), "HOME="+home), binary, "--full-screen", "--data", data, "--endpoint", "PLC1="+ua, "--endpoint", "RTU1="+mb)
	d.find("Penstock")
	d.key("F3")
	d.do("xdotool", "mousemove", "--window", d.window, "500", "300")
	last := d.look("trend-live")
	for _, step := range []struct{ name, keys string }{
		{"trend-zoomed", "plus plus"}, {"trend-undone", "BackSpace BackSpace"}, {"trend-stacked", "a a"}, {"trend-shared", "a"},
		{"trend-day-before", "d"}, {"trend-xy", "d x"}, {"trend-large", "x z"}, {"trend-table", "z t"}, {"trend-back", "Escape"},
	} {
		d.key(strings.Fields(step.keys)...)
		img := d.look(step.name)
		if n := differ(last, img); n < 1000 {
			t.Errorf("%s differs from the picture before at %d points", step.name, n)
		}
		last = img
	}
	for _, x := range []string{"400", "900"} { // two cursors
		d.do("xdotool", "mousemove", "--window", d.window, x, "300", "click", "1")
		time.Sleep(300 * time.Millisecond)
	}
	if n := differ(last, d.look("trend-cursors")); n < 1000 {
		t.Errorf("two cursors change %d points", n)
	}

	d.key("n")
	d.typed("filter two was backwashed by hand")
	d.key("Return")
	noted := func() string { return run(t, 0, "journal", "--data", data, "--kind", "user") }
	until(t, "the note is in the journal", func() bool {
		got := noted()
		return strings.Contains(got, "filter two was backwashed by hand") && strings.Contains(got, "operator")
	})
	d.look("trend-note")

	for _, c := range []struct{ ending, begins string }{{"pdf", "%PDF-"}, {"svg", "<?xml"}, {"xlsx", "PK"}, {"csv", "time,tag,"}} {
		file := filepath.Join(home, "taken."+c.ending)
		d.key("e", "ctrl+a")
		d.typed(file)
		d.key("Return")
		until(t, file+" is written", func() bool {
			text, err := os.ReadFile(file)
			return err == nil && bytes.HasPrefix(text, []byte(c.begins)) && len(text) > 500
		})
	}
	if err := p.stop(5 * time.Second); err != nil {
		t.Errorf("the window on SIGTERM: %v", err)
	}
}

// until waits for something to come about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !done(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came about that %s", what)
		}
	}
}
