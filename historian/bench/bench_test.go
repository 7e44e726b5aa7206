package bench

import (
	"os"
	"strings"
	"testing"
)

// The whole bench, small: every step must run and everything read back must
// be right.
func TestBenchRuns(t *testing.T) {
	o := Options{Dir: t.TempDir(), Tags: 100, Seconds: 300, Days: 1, Rows: 20}
	if os.Getenv("PENSTOCK_BENCH") != "" {
		o = Options{Dir: t.TempDir(), Out: os.Stdout}
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	checked := false
	for _, f := range r.Figures {
		if strings.HasPrefix(f.Name, "wrong of") {
			checked = true
			if f.Value != 0 {
				t.Error(f)
			}
		}
	}
	if !checked {
		t.Error("nothing was read back")
	}
}
