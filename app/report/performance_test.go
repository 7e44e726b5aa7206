package report

import (
	"bytes"
	"flag"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/alarm/kpi"
)

var keep = flag.String("keep", "", "file to keep the report in")

// busyMonth is thirty days with one flood.
func busyMonth() *kpi.Report {
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := &kpi.Report{Options: kpi.Options{From: from.UnixNano(), To: from.AddDate(0, 0, 30).UnixNano(), ChatterCount: 3, ChatterSpan: time.Minute, Fleeting: time.Minute, Stale: 24 * time.Hour},
		Days: 30, Buckets: make([]int, 30*144), Hours: make([]int, 30*24), BucketsFrom: from.UnixNano(), HoursFrom: from.UnixNano(), Flooded: 20 * time.Minute}
	for i := range r.Buckets {
		r.Buckets[i] = i * 7 % 3
		if i == 1000 {
			r.Buckets[i] = 41
		}
		r.Hours[i/6] += r.Buckets[i]
		r.Annunciated += r.Buckets[i]
	}
	r.ByPriority = [5]int{1: 40, 2: 300, 3: 1000, 4: r.Annunciated - 1340}
	for i := range 12 {
		r.Counts = append(r.Counts, kpi.Count{Alarm: "HL.PT601." + strings.Repeat("H", i+1), N: 400 - 30*i, Share: float64(400-30*i) / float64(r.Annunciated)})
	}
	return r
}

func TestPerformanceIsAPDF(t *testing.T) {
	about := About{Plant: "Weir Lane \u2013 Waterworks", Made: time.Date(2026, 3, 31, 8, 0, 0, 0, time.UTC), Message: func(string) string { return "High lift: pressure very high" }}
	var wg sync.WaitGroup
	for _, r := range []*kpi.Report{busyMonth(), {Days: 1, Options: kpi.Options{To: int64(24 * time.Hour)}}} {
		wg.Go(func() { // from several goroutines at once, as windows do
			var out bytes.Buffer
			if err := Performance(&out, r, about); err != nil {
				t.Error(err)
			}
			text := out.Bytes()
			if !bytes.HasPrefix(text, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(text), []byte("%%EOF")) || bytes.Count(text, []byte("/Type /Page\n")) != 2 {
				t.Errorf("%d bytes that begin with %q and have %d pages", len(text), text[:min(len(text), 8)], bytes.Count(text, []byte("/Type /Page\n")))
			}
			if *keep != "" && r.Days == 30 {
				if err := os.WriteFile(*keep, text, 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoPeakHides(t *testing.T) {
	counts := make([]int, 4320)
	counts[1000] = 41
	got, each := squeeze(counts, barsAtMost)
	if len(got) > barsAtMost || each != 10 || slices.Max(got) != 41 || got[100] != 41 {
		t.Errorf("%d bars of %d slices, the most %d", len(got), each, slices.Max(got))
	}
	if got, each := squeeze([]int{3, 1}, barsAtMost); each != 1 || !slices.Equal(got, []int{3, 1}) {
		t.Errorf("%v of %d", got, each)
	}
}

func TestPrintable(t *testing.T) {
	if got := printable("5 \u00b0C \u2013 \u03b1\n"); got != "5 \xb0C \x96 ??" {
		t.Errorf("%q", got)
	}
}

func TestJudged(t *testing.T) {
	none := math.NaN()
	for want, f := range map[string]kpi.Figure{
		"most alarms in 10 minutes: 41; acceptable up to 10; TOO MUCH":       {Name: "most alarms in 10 minutes", Value: 41, Target: 10, Limit: none, Grade: kpi.TooMuch},
		"time in flood: 0.5 %; acceptable up to 1; ACCEPTABLE":               {Name: "time in flood", Value: 0.5, Unit: "%", Target: 1, Limit: none, Grade: kpi.Acceptable},
		"a day: 200; acceptable up to 144, manageable up to 288; MANAGEABLE": {Name: "a day", Value: 200, Target: 144, Limit: 288, Grade: kpi.Manageable},
		"share: nothing to count; acceptable up to 1":                        {Name: "share", Value: none, Target: 1, Limit: none},
	} {
		if got := judged(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
