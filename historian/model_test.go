package historian

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"penstock/app/tag"

	"pgregory.net/rapid"
)

// model is the store as anyone would write it: what was said last about each
// instant of each tag.
type model map[tag.ID]map[int64]tag.Value

func (m model) put(s tag.Sample) {
	if m[s.ID] == nil {
		m[s.ID] = map[int64]tag.Value{}
	}
	v := s.Value
	v.Source, v.Received = v.At(), v.At()
	m[s.ID][v.Source] = v
}

func (m model) sorted(id tag.ID) []tag.Value {
	out := slices.Collect(maps.Values(m[id]))
	slices.SortFunc(out, func(a, b tag.Value) int { return int(a.At() - b.At()) })
	return out
}

var (
	loners = []tag.ID{"LONE.FLOAT", "LONE.TEXT", "LONE.MIX"}
	scan   = func() (out []tag.ID) {
		for i := range 12 {
			out = append(out, tag.ID(fmt.Sprintf("SCAN.%02d", i)))
		}
		return out
	}()
)

// plantValue is what a tag could say at a time.
func plantValue(r *rand.Rand, id tag.ID) (tag.Scalar, tag.Quality) {
	q := tag.Good
	switch r.IntN(12) {
	case 0:
		q = tag.FromStatus(uint32(r.Uint64()))
	case 1:
		return tag.Scalar{}, tag.BadCommunicationError
	}
	switch {
	case id == "LONE.TEXT":
		return tag.Text([]string{"IDLE", "FILLING", "", "läuft"}[r.IntN(4)]), q
	case id == "LONE.MIX":
		return []tag.Scalar{tag.Int(int64(r.Uint64())), tag.Float(r.NormFloat64()), tag.Text("x"), tag.Bool(true), {}}[r.IntN(5)], q
	case id < "SCAN.03":
		return tag.Bool(r.IntN(2) == 0), q
	case id < "SCAN.06":
		return tag.Int(int64(r.IntN(1000))), q
	}
	return tag.Float(float64(float32(r.IntN(4096)) / 4095 * 160)), q
}

// TestStoreAgreesWithModel appends, delays, corrects, seals, compacts and
// restarts at random, and asks the same of the store and of the model.
func TestStoreAgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := testDir()
		opts := Options{Dir: dir, Linger: time.Microsecond, Slots: 8, Quiet: 100_000 * time.Hour, seamless: true}
		s, err := Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { s.Close() }()
		m := model{}
		now := t0
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		give := func(batch []tag.Sample) {
			s.Append(batch)
			for _, b := range batch {
				m.put(b)
			}
		}
		draw := func(id tag.ID, at int64) tag.Sample {
			v, q := plantValue(r, id)
			return sample(id, at, v, q)
		}
		scans := func(t *rapid.T) {
			step := rapid.SampledFrom([]int64{second, 60 * second, 3600 * second}).Draw(t, "step")
			for range rapid.IntRange(1, 60).Draw(t, "scans") {
				now += step
				var batch []tag.Sample
				for _, id := range scan {
					batch = append(batch, draw(id, now))
				}
				give(batch)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"scans": scans,
			"lone": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "samples") {
					now += r.Int64N(100 * second)
					give([]tag.Sample{draw(loners[r.IntN(len(loners))], now)})
				}
			},
			"late": func(t *rapid.T) {
				id := slices.Concat(loners, scan)[r.IntN(len(loners)+len(scan))]
				for range rapid.IntRange(1, 20).Draw(t, "samples") {
					give([]tag.Sample{draw(id, now-r.Int64N(3*day))})
				}
			},
			"corrected": func(t *rapid.T) {
				id := scan[r.IntN(len(scan))]
				if had := m.sorted(id); len(had) > 0 {
					give([]tag.Sample{draw(id, had[r.IntN(len(had))].At())})
				}
			},
			"seal": func(t *rapid.T) {
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
				if err := s.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(t *rapid.T) {
				if err := s.Compact(t.Context(), time.Unix(0, now)); err != nil {
					t.Fatal(err)
				}
			},
			"late into what is compacted": func(t *rapid.T) { // and was read: what is remembered of it is old
				batch := []tag.Sample{draw(scan[r.IntN(len(scan))], now-r.Int64N(2*day))}
				give(batch)
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
				if err := s.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := s.Compact(t.Context(), time.Unix(0, now).Add(48*time.Hour)); err != nil {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = Open(opts); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
				for _, id := range slices.Sorted(maps.Keys(m)) {
					from, to := now-r.Int64N(5*day), now+1-r.Int64N(day)
					if r.IntN(4) == 0 {
						from, to = math.MinInt64, math.MaxInt64
					}
					checkRaw(t, s, m, id, from, to)
					checkAt(t, s, m, id, now-r.Int64N(4*day))
					if id != "LONE.TEXT" && id != "LONE.MIX" {
						from = now - r.Int64N(5*day) - second
						checkBuckets(t, s, m, id, from, now, 1+r.IntN(300))
					}
				}
			},
		})
	})
}

type testing_T interface {
	Fatalf(string, ...any)
	Helper()
}

func checkRaw(t testing_T, s *Store, m model, id tag.ID, from, to int64) {
	t.Helper()
	var want, got []tag.Value
	for _, v := range m.sorted(id) {
		if v.At() >= from && v.At() < to {
			want = append(want, v)
		}
	}
	err := s.Raw(context.Background(), id, from, to, func(v tag.Value) bool {
		got = append(got, v)
		return true
	})
	if err != nil {
		t.Fatalf("raw %s: %v", id, err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("raw %s from %d to %d: %d samples, want %d\ngot  %v\nwant %v", id, from-t0, to-t0, len(got), len(want), got, want)
	}
}

func checkAt(t testing_T, s *Store, m model, id tag.ID, at int64) {
	t.Helper()
	var want tag.Value
	for _, v := range m.sorted(id) {
		if v.At() <= at {
			want = v
		}
	}
	got, err := s.At(context.Background(), at, []tag.ID{id})
	if err != nil || got[0] != want {
		t.Fatalf("%s at %d: %v %v, want %v", id, at-t0, got, err, want)
	}
}

// checkBuckets compares buckets with sums over the model's samples.
func checkBuckets(t testing_T, s *Store, m model, id tag.ID, from, to int64, n int) {
	t.Helper()
	if from >= to {
		return
	}
	got, err := s.Buckets(context.Background(), id, from, to, n)
	if err != nil {
		t.Fatalf("buckets of %s: %v", id, err)
	}
	if len(got) > n {
		t.Fatalf("%d buckets, want at most %d", len(got), n)
	}
	all := m.sorted(id)
	horizon := s.newest()
	counted := 0
	for i, b := range got {
		if i > 0 && b.From < got[i-1].To {
			t.Fatalf("buckets overlap: %+v %+v", got[i-1], b)
		}
		want := oracle(all, b.From, b.To, horizon)
		counted += want.Count + want.Bad
		if want.Count != b.Count || want.Bad != b.Bad || want.BadEnd != b.BadEnd {
			t.Fatalf("%s: bucket %+v\nwant %+v", id, b, want)
		}
		for _, c := range [][2]float64{{b.First, want.First}, {b.Last, want.Last}, {b.Min, want.Min}, {b.Max, want.Max}} {
			// Rolls of scaled counts are true to a controller's rounding.
			if !near(c[0], c[1], 1.6e-4) {
				t.Fatalf("%s: bucket %+v\nwant %+v", id, b, want)
			}
		}
		if b.To > horizon && b.To-b.From >= 2*minute {
			continue // a roll holds to the end of its minute, the oracle to the newest sample
		}
		// A roll's mean is true to 1/128 of a step (0.04), its times to 1 ms
		// in each minute of the bucket.
		if !near(b.Mean, want.Mean, 0.003*math.Max(1, math.Abs(want.Max))) || !near(b.Good, want.Good, 1e-3) {
			t.Fatalf("%s: bucket %+v\nwant %+v", id, b, want)
		}
	}
	if len(got) > 0 {
		inside := 0
		for _, v := range all {
			if v.At() >= max(from, got[0].From) && v.At() < max(to, got[len(got)-1].To) {
				inside++
			}
		}
		if counted < inside {
			t.Fatalf("%s: buckets hold %d samples of %d", id, counted, inside)
		}
	}
}

func near(a, b, within float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= within
}

// oracle sums up the samples of one bucket, the slow way.
func oracle(all []tag.Value, from, to, horizon int64) Bucket {
	nan := math.NaN()
	b := Bucket{From: from, To: to, First: nan, Last: nan, Min: nan, Max: nan, Mean: nan}
	end := min(to, max(horizon, from))
	integral, usable := 0.0, 0.0
	for i, v := range all {
		f, ok := v.Number()
		ok = ok && f == f
		until := end
		if i+1 < len(all) {
			until = min(until, all[i+1].At())
		}
		if held := float64(until - max(v.At(), from)); ok && held > 0 {
			integral += f * held
			usable += held
		}
		if v.At() < from || v.At() >= to {
			continue
		}
		b.BadEnd = !ok
		if !ok {
			b.Bad++
			continue
		}
		if b.Count == 0 {
			b.First, b.Min, b.Max = f, f, f
		}
		b.Last, b.Min, b.Max = f, math.Min(b.Min, f), math.Max(b.Max, f)
		b.Count++
	}
	if b.Count > 0 {
		b.Mean = b.Last
		if usable > 0 {
			b.Mean = integral / usable
		}
	}
	if end > from {
		b.Good = usable / float64(end-from)
	} else if b.Count > 0 {
		b.Good = 1
	}
	return b
}

var testDir func() string

func TestMain(m *testing.M) { mainOfTests(m) }
