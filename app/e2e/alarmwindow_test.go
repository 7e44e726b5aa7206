package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/screens/horn"
)

// becomes waits until something is so.
func becomes(t *testing.T, within time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("within %v it did not come about that %s", within, what)
		}
	}
}

// The operator's round at the real window: an alarm comes and is seen and
// heard, is acknowledged, another is shelved, and then there are too many.
// Pictures of each are in build/window-test; the sound is in a recording.
func TestWindowAlarms(t *testing.T) {
	binary := os.Getenv("PENSTOCK_WINDOW")
	if binary == "" {
		t.Skip("set PENSTOCK_WINDOW to the program built with its window; app/test window does")
	}
	d := newDesktop(t, "1600x900")
	// A plant that runs thirty times as fast goes through a burst main in seconds.
	_, ua, mb := demoPlant(t, "--speed", "30", "--scenario", "sensor-fault@1s", "--scenario", "burst-main@18s", "--scenario", "pump-trip@18s")
	data, sound := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "horn.wav")
	p := start(t, append(d.env(), "PENSTOCK_SOUND="+sound), binary, "--data", data, "--endpoint", "PLC1="+ua, "--endpoint", "RTU1="+mb)
	d.find("Penstock")
	d.key("F4")
	calm := d.look("alarm-list")
	journal := func(words ...string) bool {
		for line := range strings.Lines(run(t, 0, "journal", "--data", data, "--kind", "alarm")) {
			all := true
			for _, w := range words {
				all = all && strings.Contains(line, w)
			}
			if all {
				return true
			}
		}
		return false
	}

	becomes(t, time.Minute, "the failed transmitter raises its alarm", func() bool { return journal("CW.LT701.BAD", "annunciated") })
	raised := d.look("alarm-raised")
	if n := differ(calm, raised); n < 2000 {
		t.Errorf("with an alarm the list differs at %d points", n)
	}
	becomes(t, time.Minute, "the horn has sounded twice", func() bool {
		heard, err := horn.Heard(sound)
		if err != nil {
			t.Log(err) // it is being written at this moment
		}
		return len(heard) > 1
	})
	heard, err := horn.Heard(sound)
	if err != nil || heard[0] != 3 && heard[0] != 4 { // the transmitter's, or that of the rehearsal
		t.Errorf("heard were %v, %v", heard, err)
	}

	d.key("Home", "a")
	becomes(t, 20*time.Second, "an alarm is acknowledged by the operator", func() bool { return journal("acknowledged", "operator") })
	if n := differ(raised, d.look("alarm-acknowledged")); n < 300 {
		t.Errorf("an acknowledged alarm looks different at %d points", n)
	}

	d.key("Home", "s")
	d.typed("transmitter is being replaced")
	d.look("alarm-shelve")
	d.key("Return")
	becomes(t, 20*time.Second, "an alarm is shelved with its reason", func() bool { return journal("shelved", "operator", "transmitter is being replaced") })
	d.key("l", "l", "Home")
	d.look("alarm-shelved")
	d.key("l", "l", "l") // past what is suppressed and out of service, to what stands

	becomes(t, 2*time.Minute, "there are more than ten alarms", func() bool {
		return strings.Count(run(t, 0, "journal", "--data", data, "--kind", "alarm"), "annunciated") > 10
	})
	d.look("alarm-flood-list")
	d.key("g")
	if n := differ(raised, d.look("alarm-flood")); n < 5000 {
		t.Errorf("the groups of a flood differ from the list at %d points", n)
	}
	d.key("F10")
	d.look("alarm-silenced")
	if err := p.stop(5 * time.Second); err != nil {
		t.Errorf("the window on SIGTERM: %v", err)
	}
}
