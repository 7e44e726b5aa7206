package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The window for as long as PENSTOCK_SOAK says, such as 30m: pages are turned,
// displays called up, the past is looked at, windows are opened and closed;
// its memory stays flat.
func TestWindowSoak(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	length, err := time.ParseDuration(os.Getenv("PENSTOCK_SOAK"))
	if binary == "" || err != nil {
		t.Skip("set PENSTOCK_SOAK to a time such as 30m, and PENSTOCK_WINDOW to the program built with its window")
	}
	d := newDesktop(t, "1280x800")
	_, ua, mb := demoPlant(t, "--scenario", "burst-main@60s")
	p := start(t, d.env(), binary, "--data", filepath.Join(t.TempDir(), "data"), "--endpoint", "PLC1="+ua, "--endpoint", "RTU1="+mb)
	d.find("Penstock")
	began := time.Now()
	settled := 0 // after a fifth of the time, MiB
	for turn := 0; time.Since(began) < length; turn++ {
		d.key("F1", "F2", "Next", "Next", "Next", "alt+Left", "F3", "F4", "F5", "F6", "F7", "F8")
		switch turn % 4 {
		case 0: // another window, and away with it
			d.key("ctrl+n")
			time.Sleep(2 * time.Second)
			d.find(`\(2\)`)
			d.key("F4", "ctrl+w")
			time.Sleep(time.Second)
			d.find("Penstock")
		case 1:
			d.key("F2", "h", "Left", "Left", "F4", "Escape")
		case 2:
			d.key("F9")
		case 3:
			d.key("ctrl+k")
			d.typed("HL.PT601")
			d.key("Return", "Escape")
		}
		now := resident(t, p.cmd.Process.Pid)
		t.Logf("after %v: %d MiB", time.Since(began).Round(time.Second), now)
		if settled == 0 && time.Since(began) > length/5 {
			settled = now
		}
	}
	d.look("soak")
	end := resident(t, p.cmd.Process.Pid)
	if limit := settled + settled/5 + 20; settled > 0 && end > limit {
		t.Errorf("it grew from %d MiB to %d MiB", settled, end)
	}
	if err := p.stop(20 * time.Second); err != nil {
		t.Error(err)
	}
}

// resident is the memory a process holds, MiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	t.Fatal("the process has no VmRSS")
	return 0
}
