package historian

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// stored gives a store with the samples in the log, in sealed files, and
// compacted: every answer must be the same from each.
func stored(t *testing.T, samples []tag.Sample, check func(t *testing.T, s *Store)) {
	s := open(t, Options{Quiet: 100_000 * time.Hour})
	s.Append(samples)
	flush(t, s)
	t.Run("in the log", func(t *testing.T) { check(t, s) })
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("sealed", func(t *testing.T) { check(t, s) })
	if err := s.Compact(t.Context(), time.Unix(0, samples[len(samples)-1].At()).AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	t.Run("compacted", func(t *testing.T) { check(t, s) })
}

// TestAggregatesByHand runs the tables of testdata/aggregates: lines
// "sample SECOND VALUE [bad]" and "want FROM TO count=.. min=.. ...", worked
// out by hand.
func TestAggregatesByHand(t *testing.T) {
	files, err := filepath.Glob("testdata/aggregates/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var samples []tag.Sample
			var wants [][]string
			for line := range strings.Lines(string(text)) {
				line, _, _ = strings.Cut(line, "#")
				f := strings.Fields(line)
				switch {
				case len(f) == 0:
				case f[0] == "sample":
					q := tag.Good
					if len(f) > 3 {
						q = tag.BadCommunicationError
					}
					samples = append(samples, sample("X", t0+seconds(t, f[1]), scalar(f[2]), q))
				case f[0] == "want":
					wants = append(wants, f[1:])
				default:
					t.Fatalf("what is %q?", line)
				}
			}
			stored(t, samples, func(t *testing.T, s *Store) {
				for _, w := range wants {
					checkAggregate(t, s, w)
				}
			})
		})
	}
}

func checkAggregate(t *testing.T, s *Store, want []string) {
	t.Helper()
	from, to := t0+seconds(t, want[0]), t0+seconds(t, want[1])
	got, err := s.Aggregates(t.Context(), "X", []int64{from, to})
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	a := got[0]
	for _, w := range want[2:] {
		key, text, _ := strings.Cut(w, "=")
		have := map[string]float64{
			"count": float64(a.Count), "bad": float64(a.Bad), "min": a.Min, "max": a.Max, "mean": a.Mean, "integral": a.Integral,
			"sum": a.Sum, "stddev": a.StdDev, "usable": a.Usable.Seconds(), "good": a.Good,
		}
		v, known := have[key]
		if name, ok := strings.CutPrefix(key, "in:"); ok {
			known, v = true, 0
			for _, st := range a.States {
				if st.Value.String() == name {
					v = st.For.Seconds()
				}
			}
		}
		if name, ok := strings.CutPrefix(key, "starts:"); ok {
			known, v = true, 0
			for _, st := range a.States {
				if st.Value.String() == name {
					v = float64(st.Starts)
				}
			}
		}
		f, err := strconv.ParseFloat(text, 64)
		if !known || err != nil {
			t.Fatalf("what is %q?", w)
		}
		if !near(v, f, 1e-9*math.Max(1, math.Abs(f))) {
			t.Errorf("%s to %s: %s is %v, want %v", want[0], want[1], key, v, f)
		}
	}
}

func seconds(t *testing.T, s string) int64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(f * 1e9)
}

func scalar(s string) tag.Scalar {
	if s == "on" || s == "off" {
		return tag.Bool(s == "on")
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return tag.Float(f)
	}
	return tag.Text(s)
}

// A sampled sine has known integrals: over whole periods the mean is the
// offset, the deviation amplitude/sqrt(2).
func TestAggregatesOfASine(t *testing.T) {
	var samples []tag.Sample
	const period = 600
	for i := range 4 * period {
		samples = append(samples, sample("X", t0+int64(i)*second, tag.Float(50+10*math.Sin(2*math.Pi*float64(i)/period)), tag.Good))
	}
	samples = append(samples, sample("X", t0+4*period*second, tag.Float(50), tag.Good))
	stored(t, samples, func(t *testing.T, s *Store) {
		got, err := s.Aggregates(t.Context(), "X", []int64{t0, t0 + 2*period*second, t0 + 4*period*second})
		if err != nil || len(got) != 2 {
			t.Fatal(got, err)
		}
		for _, a := range got {
			if !near(a.Mean, 50, 1e-9) || !near(a.StdDev, 10/math.Sqrt2, 1e-9) || !near(a.Max, 60, 1e-9) || !near(a.Min, 40, 1e-9) ||
				!near(a.Integral, 50*2*period, 1e-6) || a.Count != 2*period || a.Good != 1 {
				t.Errorf("%+v", a)
			}
		}
	})
}

// Local days have 23 and 25 hours when the clocks change; a value of 1 summed
// up over a day is its length.
func TestAggregatesOfDaysWithClockChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	var samples []tag.Sample
	begin := time.Date(2026, 3, 27, 0, 0, 0, 0, berlin)
	for at := begin.UnixNano(); at < begin.AddDate(0, 0, 5).UnixNano(); at += 600 * second {
		samples = append(samples, sample("X", at, tag.Float(1), tag.Good))
	}
	stored(t, samples, func(t *testing.T, s *Store) {
		var bounds []int64
		for d := range 5 {
			bounds = append(bounds, begin.AddDate(0, 0, d).UnixNano())
		}
		got, err := s.Aggregates(t.Context(), "X", bounds)
		if err != nil {
			t.Fatal(err)
		}
		for i, hours := range []float64{24, 24, 23, 24} {
			if got[i].Integral != hours*3600 {
				t.Errorf("day %d: %v h, want %v", i, got[i].Integral/3600, hours)
			}
		}
	})
}

func TestInterpolate(t *testing.T) {
	samples := []tag.Sample{
		sample("X", t0, tag.Float(10), tag.Good), sample("X", t0+10*second, tag.Float(20), tag.Uncertain),
		sample("X", t0+20*second, tag.Float(0), tag.Bad), sample("X", t0+30*second, tag.Float(40), tag.Good),
	}
	stored(t, samples, func(t *testing.T, s *Store) {
		for _, c := range []struct {
			at   int64
			want float64
			q    tag.Class
		}{{0, 10, tag.ClassGood}, {5, 15, tag.ClassUncertain}, {10, 20, tag.ClassUncertain}, {15, 20, tag.ClassUncertain}, {25, 0, tag.ClassBad}, {30, 40, tag.ClassGood}, {99, 40, tag.ClassUncertain}} {
			got, err := s.Interpolate(t.Context(), "X", []int64{t0 + c.at*second})
			if f, _ := got[0].Value.Float(); err != nil || f != c.want || got[0].Quality.Class() != c.q {
				t.Errorf("at %d: %v %v, want %v %v", c.at, got, err, c.want, c.q)
			}
		}
	})
}
