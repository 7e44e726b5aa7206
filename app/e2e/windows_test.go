package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The real window: the past is shown and marked, the way back leads back, a
// second window opens, and after a restart both stand where they were.
func TestWindowPastAndWorkspace(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	d := newDesktop(t, "1280x800")
	_, ua, mb := demoPlant(t)
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"--data", data, "--endpoint", "PLC1=" + ua, "--endpoint", "RTU1=" + mb}
	p := start(t, d.env(), binary, args...)
	d.find("Penstock")
	d.key("F2", "Next")
	second := d.look("mimic")
	d.key("F4", "alt+Left")
	if n := differ(second, d.look("mimic-again")); n > 20_000 {
		t.Errorf("the way back leads to another picture: %d points differ", n)
	}
	d.key("h")
	past := d.look("mimic-past")
	if n := differ(second, past); n < 10_000 {
		t.Errorf("the past looks like the present but for %d points", n)
	}
	d.key("F4")
	d.look("alarms-past")
	d.key("Escape", "F2", "ctrl+d", "ctrl+n")
	d.find(`\(2\)`)
	d.key("F3")
	d.look("second-window")
	time.Sleep(4 * time.Second) // longer than the workspace waits
	if err := p.stop(10 * time.Second); err != nil {
		t.Error(err)
	}
	for file, want := range map[string]string{"workspace.json": `"Trend"`, "favourites.json": `"Mimics"`} {
		if text, err := os.ReadFile(filepath.Join(data, file)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}

	p = start(t, d.env(), binary, args...)
	d.find(`\(2\)`)
	d.look("second-window-again")
	d.find("Waterworks$")
	d.do("xdotool", "windowraise", d.window)
	time.Sleep(3 * time.Second) // it is painted anew at the next second
	if n := differ(second, d.look("mimic-restarted")); n > 40_000 {
		t.Errorf("after a restart the main window shows something else: %d points differ", n)
	}
	if err := p.stop(10 * time.Second); err != nil {
		t.Error(err)
	}
}
