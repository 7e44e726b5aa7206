package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/gopcua/opcua"
	"github.com/gopcua/opcua/ua"
)

// held asks the plant itself, past the program under test, what a signal is.
func held(t *testing.T, endpoint, node string) float64 {
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
	d := seat(t, "1920x1080", []string{"--scenario", "sensor-fault@6s"}, nil)
	last := d.look("overview")
	for i, name := range []string{"mimics", "trend", "alarms", "devices", "events", "tags"} {
		d.key(fmt.Sprintf("F%d", i+2))
		last = d.turns(name, last, 2000)
	}

	// Acknowledge the alarm of the failed transmitter.
	until(t, "the failed transmitter raises an alarm", func() bool {
		return strings.Contains(run(t, 0, "alarms", "--data", d.data), "unacknowledged")
	})
	d.key("F4")
	d.turns("alarms-unacknowledged", last, 2000)
	d.key("Home", "a")
	until(t, "an alarm is acknowledged by the operator", func() bool { return d.told("alarm", ",acknowledged,", "operator") })
	d.look("alarms-acknowledged")

	// Write a set point.
	before := held(t, d.ua, "HL.PIC601.SP")
	if before == 4.9 {
		t.Fatal("the set point is already what is to be written")
	}
	d.asks("find", "ctrl+k")
	d.typed("HL.PIC601.SP")
	found := d.look("find-typed")
	d.key("Return")
	d.turns("faceplate", found, 20_000)
	d.look("faceplate")
	d.typed("4.9")
	d.asks("faceplate-confirm", "Return")
	d.key("Return")
	until(t, "the plant holds the set point", func() bool { return held(t, d.ua, "HL.PIC601.SP") == 4.9 })
	until(t, "the journal tells that it is done", func() bool { return d.told("command", "HL.PIC601.SP", "done") })
	if got := run(t, 0, "journal", "--data", d.data, "--kind", "command"); strings.Count(got, "HL.PIC601.SP") != 2 {
		t.Errorf("the journal tells of the set point:\n%s", got)
	}
	day := d.look("faceplate-done")

	d.key("Escape", "F9")
	night := d.turns("night", day, 100_000)
	d.key("F2")
	d.turns("mimics-night", night, 2000)

	d.leave()
	if !d.told("system", "station stopped") {
		t.Error("the journal does not tell that the station stopped")
	}
}

func TestNoDisplayIsSaid(t *testing.T) {
	binary := windowProgram(t)
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
