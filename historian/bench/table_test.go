package bench

import (
	"strings"
	"testing"
)

func TestTheTableTellsWhatWasReached(t *testing.T) {
	r := Report{Figures: []Figure{
		{Name: "ingest", Value: 0.2, Unit: "CPU s / M samples", Goal: 0.18, Judged: true, Rows: 11, Prometheus: 0.4},
		{Name: "commit p50", Value: 0.25, Unit: "ms"},
		{Name: "wrong of 12 samples", Judged: true},
	}}
	const want = `
                      seen                     goal  row table      Prometheus
ingest               0.200  CPU s / M samples  0.18  11 (55 times)  0.4 (2 times)  not reached
wrong of 12 samples      0                        0                                reached
commit p50           0.250  ms
`
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	if got := "\n" + b.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}
