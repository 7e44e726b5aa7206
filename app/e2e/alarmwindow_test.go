package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"

	"penstock/screens/horn"
)

// goesWrong lets something go wrong at the plant.
func goesWrong(t *testing.T, endpoint, scenario string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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
	sound := filepath.Join(t.TempDir(), "horn.wav")
	// A plant that runs thirty times as fast goes through a burst main in seconds.
	d := seat(t, "1600x900", []string{"--speed", "30"}, []string{"PENSTOCK_SOUND=" + sound})
	overview := d.look("alarm-overview")
	d.key("F4")
	calm := d.turns("alarm-list", overview, 2000)

	goesWrong(t, d.ua, "sensor-fault")
	until(t, "the failed transmitter raises its alarm", func() bool { return d.told("alarm", "CW.LT701.BAD", "annunciated") })
	raised := d.turns("alarm-raised", calm, 2000)
	var heard []int
	until(t, "the horn has sounded twice", func() bool {
		var err error
		if heard, err = horn.Heard(sound); err != nil {
			t.Log(err) // it is being written at this moment
		}
		return err == nil && len(heard) > 1
	})
	if heard[0] != 3 && heard[0] != 4 { // the transmitter's, or that of the rehearsal
		t.Errorf("heard were %v", heard)
	}

	d.key("Home", "a")
	until(t, "an alarm is acknowledged by the operator", func() bool { return d.told("alarm", ",acknowledged,", "operator") })
	d.turns("alarm-acknowledged", raised, 300)

	d.key("Home")
	d.asks("alarm-shelve", "s")
	d.typed("transmitter is being replaced")
	d.look("alarm-shelve")
	d.key("Return")
	until(t, "an alarm is shelved with its reason", func() bool {
		return d.told("alarm", ",shelved,", "operator", "transmitter is being replaced")
	})
	d.key("l", "l", "Home")
	d.look("alarm-shelved")
	d.key("l", "l", "l") // past what is suppressed and out of service, to what stands

	goesWrong(t, d.ua, "burst-main")
	goesWrong(t, d.ua, "pump-trip")
	until(t, "there are more than ten alarms", func() bool {
		return strings.Count(run(t, 0, "journal", "--data", d.data, "--kind", "alarm"), "annunciated") > 10
	})
	list := d.look("alarm-flood-list")
	d.key("g")
	d.turns("alarm-flood", list, 5000)
	d.key("F10")
	d.look("alarm-silenced")
	d.leave()
}
