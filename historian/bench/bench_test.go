package bench

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The whole bench, small: every step must run and everything read back must
// be right.
func TestBenchRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing runs here that the tests of the historian do not")
	}
	o := Options{Dir: t.TempDir(), Tags: 100, Seconds: 300, Days: 1, Rows: 20, Months: 2}
	if size := os.Getenv("PENSTOCK_BENCH"); size != "" { // such as 1000x7200: tags and seconds
		o = Options{Dir: t.TempDir(), Out: os.Stdout}
		fmt.Sscanf(size, "%dx%d", &o.Tags, &o.Seconds)
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
