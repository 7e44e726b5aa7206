package e2e

import (
	"context"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

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

// turns waits until the window looks different from a picture at n points:
// on a busy computer a dialog takes its time.
func (d *desktop) turns(name string, from image.Image, n int) (now image.Image) {
	d.t.Helper()
	becomes(d.t, 30*time.Second, "the window shows "+name, func() bool {
		now = d.look(name)
		return differ(from, now) >= n
	})
	return now
}

// goesWrong lets something go wrong at the plant.
func goesWrong(t *testing.T, endpoint, scenario string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
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
	r, err := c.Call(ctx, &ua.CallMethodRequest{ObjectID: ua.NewStringNodeID(ns, "Rehearsal"), MethodID: ua.NewStringNodeID(ns, "Rehearsal.Start"),
		InputArguments: []*ua.Variant{ua.MustVariant(scenario)}})
	if err != nil || r.StatusCode != ua.StatusOK {
		t.Fatalf("the rehearsal of %s: %v, %v", scenario, r, err)
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
	_, plc, mb := demoPlant(t, "--speed", "30")
	data, sound := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "horn.wav")
	p := start(t, append(d.env(), "PENSTOCK_SOUND="+sound), binary, "--data", data, "--endpoint", "PLC1="+plc, "--endpoint", "RTU1="+mb)
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

	goesWrong(t, plc, "sensor-fault")
	becomes(t, time.Minute, "the failed transmitter raises its alarm", func() bool { return journal("CW.LT701.BAD", "annunciated") })
	raised := d.turns("alarm-raised", calm, 2000)
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
	becomes(t, 30*time.Second, "an alarm is acknowledged by the operator", func() bool { return journal("acknowledged", "operator") })
	acked := d.turns("alarm-acknowledged", raised, 300)

	d.key("Home", "s")
	d.turns("alarm-shelve", acked, 100_000) // everything behind the dialog is dimmed
	time.Sleep(time.Second)                 // it has the focus a moment after it is there
	d.typed("transmitter is being replaced")
	d.look("alarm-shelve")
	d.key("Return")
	becomes(t, 30*time.Second, "an alarm is shelved with its reason", func() bool { return journal("shelved", "operator", "transmitter is being replaced") })
	d.key("l", "l", "Home")
	d.look("alarm-shelved")
	d.key("l", "l", "l") // past what is suppressed and out of service, to what stands

	goesWrong(t, plc, "burst-main")
	goesWrong(t, plc, "pump-trip")
	becomes(t, 2*time.Minute, "there are more than ten alarms", func() bool {
		return strings.Count(run(t, 0, "journal", "--data", data, "--kind", "alarm"), "annunciated") > 10
	})
	list := d.look("alarm-flood-list")
	d.key("g")
	d.turns("alarm-flood", list, 5000)
	d.key("F10")
	d.look("alarm-silenced")
	if err := p.stop(5 * time.Second); err != nil {
		t.Errorf("the window on SIGTERM: %v", err)
	}
}
