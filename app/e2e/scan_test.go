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
		"no such table":   {2, "holding, input or both", []string{"scan", unit, "--table", "coils"}},
		"nobody there":    {1, "no server answers", []string{"scan", "modbus://127.0.0.1:1"}},
		"asked who it is": {1, "does not know the function", []string{"scan", unit, "--identify"}},
		"help":            {0, "usage: penstock scan", []string{"scan", "--help"}},
	} {
		if got := run(t, c.code, c.args...); !strings.Contains(got, c.say) {
			t.Errorf("%s: said %q, want %q", name, got, c.say)
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
