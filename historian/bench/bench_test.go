package bench

import (
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	"penstock/app/tag"
	"penstock/historian"
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
	wide := o.Tags * o.Seconds
	var read []int
	for _, f := range r.Figures {
		var n int
		if k, _ := fmt.Sscanf(f.Name, "wrong of %d samples", &n); k == 1 {
			read = append(read, n)
			if f.Value != 0 {
				t.Error(f)
			}
		}
	}
	if os.Getenv("PENSTOCK_BENCH") != "" {
		return // the counts are those of the small bench
	}
	if want := []int{wide, wide, wide, longTags * 24 * 3600, (31 + 30) * 144}; !slices.Equal(read, want) {
		t.Errorf("read back %v samples, want %v", read, want)
	}
}

// What is not as it was written is found.
func TestWhatIsReadBackIsCompared(t *testing.T) {
	const tags, seconds = 20, 40
	change := func(f func(i int, v *tag.Sample) bool) float64 {
		s, err := historian.Open(historian.Options{Dir: t.TempDir(), Now: plantClock})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		i := 0
		newPlant(tags, 42).each(seconds, func(batch []tag.Sample) {
			for k := range batch {
				if v := batch[k]; f(i, &v) {
					s.Append([]tag.Sample{v})
				}
				i++
			}
		})
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		b := &run{Options: Options{Out: io.Discard}, ctx: t.Context()}
		if err := b.verify(s, "test", tags, seconds); err != nil {
			t.Fatal(err)
		}
		return b.report.Figures[0].Value
	}
	for _, c := range []struct {
		what string
		f    func(int, *tag.Sample) bool
		want float64
	}{
		{"nothing", func(int, *tag.Sample) bool { return true }, 0},
		{"a quality", func(i int, v *tag.Sample) bool {
			if i == 123 {
				v.Quality = tag.Uncertain
			}
			return true
		}, 1},
		{"the last sample", func(i int, v *tag.Sample) bool { return i != tags*seconds-1 }, 1},
		{"all of a tag", func(i int, v *tag.Sample) bool { return v.ID != newPlant(tags, 42).devices[1].tags[3].id }, seconds},
	} {
		if got := change(c.f); got != c.want {
			t.Errorf("%s changed: %v wrong, want %v", c.what, got, c.want)
		}
	}
}
