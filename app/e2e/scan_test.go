package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// An engineer with a unit and no papers: a table of what is there, and which
// register the number on the display is.
func TestScanFindsARegisterOfTheDemoPlant(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the plant")
	}
	_, _, unit := demoPlant(t)

	var rows []struct {
		Address string `json:"address"`
		Float   string `json:"float32_CDAB"`
	}
	out := output(t, "", "scan", unit, "--table", "input", "--count", "40", "--every", "5ms", "--json")
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	if rows[0].Address != "300001" || rows[0].Float == "" {
		t.Fatalf("the first row is %+v", rows[0])
	}
	var flow float64
	if _, err := fmt.Sscan(rows[0].Float, &flow); err != nil {
		t.Fatal(err)
	}

	// The display shows the coagulant flow with one decimal.
	out = output(t, "\n", "scan", unit, "--table", "input", "--count", "40", "--every", "5ms", "--show", fmt.Sprintf("%.0f", flow))
	if !strings.Contains(strings.Join(strings.Fields(out), " "), "300001 IR0 float32 CDAB 1 ") {
		t.Errorf("the coagulant flow, %.0f, is not found:\n%s", flow, out)
	}
	for name, c := range map[string]struct {
		code int
		say  string
		args []string
	}{
		"no unit":         {2, "name the unit", []string{"scan"}},
		"no such scheme":  {2, "no such scheme", []string{"scan", "http://127.0.0.1"}},
		"no such table":   {2, "holding, input, coil, discrete", []string{"scan", unit, "--table", "coils"}},
		"nobody there":    {1, "no server answers", []string{"scan", "modbus://127.0.0.1:1"}},
		"asked who it is": {1, "does not know the function", []string{"scan", unit, "--identify"}},
		"help":            {0, "usage: penstock scan", []string{"scan", "--help"}},
	} {
		if got := run(t, c.code, c.args...); !strings.Contains(got, c.say) {
			t.Errorf("%s: said %q, want %q", name, got, c.say)
		}
	}
}

// An engineer sees in which requests his tags are read, and where each is on the
// wire, before anything is connected.
func TestTheRequestsOfAProjectAreShown(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	demo := copyDemo(t)
	text := run(t, 0, "check", "--project", demo, "--plan", "RTU1")
	for _, part := range []string{"every 1s: 65 tags in 6 requests", "FC4 IR0-35: 36 registers, 24 of them nobody's", "300001 = IR0 = 0x0000, 2 registers: input register, FC4, float32 CDAB"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	var plan struct {
		Tags    []string `json:"tags"`
		Classes []struct {
			Requests []struct{ Points []struct{ Point int } }
		} `json:"classes"`
	}
	if err := json.Unmarshal([]byte(output(t, "", "check", "--project", demo, "--plan", "RTU1", "--json")), &plan); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, c := range plan.Classes {
		for _, r := range c.Requests {
			for _, p := range r.Points {
				seen[p.Point] = true
			}
		}
	}
	if len(seen) != len(plan.Tags) || len(seen) == 0 {
		t.Errorf("%d of %d tags are in a request", len(seen), len(plan.Tags))
	}
	for device, say := range map[string]string{"NONE": "no device", "PLC1": "only those of modbus"} {
		if got := run(t, 2, "check", "--project", demo, "--plan", device); !strings.Contains(got, say) {
			t.Errorf("%s: %s", device, got)
		}
	}
}

// output runs one command with typed input and returns what it printed.
func output(t *testing.T, typed string, args ...string) string {
	t.Helper()
	cmd := exec.Command(penstock(t), args...)
	cmd.Env = append(os.Environ(), locale)
	cmd.Stdin = strings.NewReader(typed)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("penstock %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
