package plantserver

import (
	"encoding/json"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/drivers/sim/waterworks"
)

// lacking ends a test whose peer is not installed: quietly, unless the peers
// were asked for.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PENSTOCK_PEERS") == "1" {
		t.Fatal(what + " is missing; app/test installs it")
	}
	t.Skip(what + " is missing")
}

// said runs a peer and reads the line in which it says what it saw.
func said(t *testing.T, into any, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(line, "SAID "); ok {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("%v\n%s", err, out)
}

// node-opcua and the plant understand each other.
func TestNodeOPCUASeesThePlant(t *testing.T) {
	t.Parallel()
	home := os.Getenv("PENSTOCK_OPCUA_PEER")
	if home == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			if all, _ := filepath.Glob(filepath.Join(cache, "penstock", "opcua-peer-*")); len(all) > 0 {
				home = all[len(all)-1]
			}
		}
	}
	if _, err := os.Stat(filepath.Join(home, "node_modules", "node-opcua")); home == "" || err != nil {
		lacking(t, "node-opcua")
	}
	if _, err := exec.LookPath("node"); err != nil {
		lacking(t, "Node.js")
	}
	s := start(t, Options{})
	var saw struct {
		Variables, Methods, States []string
		Range                      []float64
		Unit                       []any
		Heard                      map[string]int
		Writes, Calls              []string
		Bad, Uncertain             string
		Setpoint                   float64
	}
	said(t, &saw, []string{"NODE_PATH=" + filepath.Join(home, "node_modules")}, "node", filepath.Join("testdata", "client.js"), s.OPCUAEndpoint())
	want := 0
	for _, d := range waterworks.Signals() {
		if d.Device != waterworks.PLC {
			continue
		}
		want++
		if !slices.Contains(saw.Variables, string(d.ID)) {
			t.Errorf("%s was not found", d.ID)
		}
		if saw.Heard[string(d.ID)] == 0 {
			t.Errorf("%s was not heard", d.ID)
		}
	}
	if len(saw.Variables) != want {
		t.Errorf("%d variables were found, want %d", len(saw.Variables), want)
	}
	if n := saw.Heard["HL.FT601"]; n < 5 {
		t.Errorf("a fast signal was heard %d times", n)
	}
	if !slices.Equal(saw.Methods, []string{"Rehearsal.Start", "Rehearsal.Stop"}) || !slices.Equal(saw.States, []string{"Off", "Hand", "Auto"}) {
		t.Errorf("methods %v, states %v", saw.Methods, saw.States)
	}
	if !slices.Equal(saw.Range, []float64{0, 10}) || saw.Unit[0] != "bar" || saw.Unit[1] != 4342098.0 {
		t.Errorf("range %v, unit %v", saw.Range, saw.Unit)
	}
	if !slices.Equal(saw.Writes, []string{"Good", "BadOutOfRange", "BadTypeMismatch", "BadNotWritable", "Good", "BadNodeIdUnknown"}) {
		t.Errorf("writes: %v", saw.Writes)
	}
	if !slices.Equal(saw.Calls, []string{"Good", "BadInvalidArgument", "Good"}) {
		t.Errorf("calls: %v", saw.Calls)
	}
	if saw.Bad != "BadSensorFailure" || saw.Uncertain != "UncertainSensorNotAccurate" || saw.Setpoint != 4.25 {
		t.Errorf("%s, %s, set point %g", saw.Bad, saw.Uncertain, saw.Setpoint)
	}
}

// pymodbus and the plant understand each other, in every word order.
func TestPymodbusSeesThePlant(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import pymodbus").Run() != nil {
		lacking(t, "pymodbus")
	}
	s := start(t, Options{})
	var saw struct {
		Flows, Wash, Power, Energy, Info, Turbidity, Age, Dose []uint16
		Inputs, Coils                                          []bool
		Outside, Across, Half, Range                           struct{ Exception int }
		Write                                                  bool
	}
	u, err := url.Parse(s.ModbusEndpoint())
	if err != nil {
		t.Fatal(err)
	}
	said(t, &saw, nil, python, filepath.Join("testdata", "client.py"), u.Port())
	f32 := func(a, b uint16) float64 { return float64(math.Float32frombits(uint32(a)<<16 | uint32(b))) }
	turn := func(w uint16) uint16 { return w<<8 | w>>8 }
	within := func(what string, v, lo, hi float64) {
		t.Helper()
		if !(v >= lo && v <= hi) {
			t.Errorf("%s is %g, want %g to %g", what, v, lo, hi)
		}
	}
	within("coagulant flow, CDAB", f32(saw.Flows[1], saw.Flows[0]), 5, 60)
	within("wash water flow, BADC", f32(turn(saw.Wash[0]), turn(saw.Wash[1])), 0, 700)
	within("raw-water power, DCBA", f32(turn(saw.Power[1]), turn(saw.Power[0])), 10, 70)
	within("energy, int64", float64(saw.Energy[2])*65536+float64(saw.Energy[3]), 1_204_881, 1_300_000)
	within("filter turbidity, ABCD", f32(saw.Turbidity[0], saw.Turbidity[1]), 0.01, 0.5)
	within("filter age, decimal-coded", float64(saw.Age[0]>>4&15)*10+float64(saw.Age[0]&15), 0, 99)
	var info strings.Builder
	for _, w := range saw.Info {
		info.WriteByte(byte(w >> 8))
		info.WriteByte(byte(w))
	}
	if info.String() != "DOSATRON 4 v2.18" {
		t.Errorf("the controller is called %q", info.String())
	}
	if len(saw.Inputs) != 4 || len(saw.Coils) != 4 || !saw.Write {
		t.Errorf("inputs %v, coils %v, write %v", saw.Inputs, saw.Coils, saw.Write)
	}
	if v := f32(saw.Dose[1], saw.Dose[0]); v != 33 {
		t.Errorf("the dose is %g after the write", v)
	}
	if saw.Outside.Exception != 2 || saw.Across.Exception != 2 || saw.Half.Exception != 2 || saw.Range.Exception != 3 {
		t.Errorf("exceptions %d %d %d %d", saw.Outside.Exception, saw.Across.Exception, saw.Half.Exception, saw.Range.Exception)
	}
}
