package tagdb_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/app/tagdb"
)

func TestEveryMistakeAtOnce(t *testing.T) {
	_, err := tagdb.New([]tag.Def{
		{ID: "A", Expr: "B + 1"}, {ID: "B", Expr: "A + 1"}, {ID: "C", Expr: "NOWHERE"}, {ID: "D"}, {ID: "D"}, {ID: "E", Expr: "1 +"},
	}, tagdb.Options{})
	for _, want := range []string{"D is defined twice", "expression of C", `no tag "NOWHERE"`, "expression of E", "A -> B -> A"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}

// Nothing vanishes: what came in went out, was a duplicate, or has no tag.
func TestSamplesAreAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, err := tagdb.New([]tag.Def{{ID: "A", DisplayBand: 1}, {ID: "B", Lo: 0, Hi: 5}, {ID: "C", Kind: tag.KindInt}}, tagdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		passed, now := 0, int64(1e9)
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			now += rapid.Int64Range(-1e9, 2e9).Draw(t, "step")
			batch := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tag.Sample {
				v := tag.Value{
					Source: rapid.SampledFrom([]int64{0, now, now - 5e8, 1}).Draw(t, "source"), Received: now,
					Quality: rapid.SampledFrom([]tag.Quality{tag.Good, tag.Uncertain, tag.BadCommunicationError}).Draw(t, "quality"),
					Flags:   rapid.SampledFrom([]tag.Flags{0, tag.Skewed, tag.Backfilled}).Draw(t, "flags"),
				}
				if v.Quality.Usable() {
					v.Value = tag.Float(rapid.SampledFrom([]float64{0, 1, 1.5, 9, math.NaN()}).Draw(t, "value"))
				}
				return tag.Sample{ID: tag.ID(rapid.SampledFrom([]string{"A", "B", "C", "X"}).Draw(t, "id")), Value: v}
			}), 0, 12).Draw(t, "batch")
			out := db.Apply(now, batch)
			passed += len(out)
			for _, s := range out {
				if s.Quality.Usable() == (s.Value.Value.Kind() == tag.None) {
					t.Fatalf("%v has value %v and quality %v", s.ID, s.Value.Value, s.Quality)
				}
				if f, ok := s.Value.Value.Float(); ok && math.IsNaN(f) {
					t.Fatal("a NaN was passed on")
				}
			}
			for _, c := range db.Cells() {
				if r := c.Load(); r.Quality.Usable() && r.Value.Value.Kind() == tag.None {
					t.Fatalf("%v shows nothing with quality %v", c.Def().ID, r.Quality)
				}
			}
		}
		c := db.Counts()
		if c.Passed != uint64(passed) || c.Samples != c.Passed+c.Duplicate+c.Unknown {
			t.Fatalf("%d were passed on, counted %+v", passed, c)
		}
	})
}

// Readers see whole readings, never the value of one with the time of another.
func TestReadersSeeWholeReadings(t *testing.T) {
	db, err := tagdb.New([]tag.Def{{ID: "A"}}, tagdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := db.Cell("A")
			for last := uint64(0); !done.Load(); {
				r := c.Load()
				if r.Seq < last {
					t.Errorf("count went back from %d to %d", last, r.Seq)
				}
				last = r.Seq
				if f, _ := r.Value.Value.Float(); r.Quality == tag.Good && int64(f) != r.Received {
					t.Errorf("value %v has time %d", f, r.Received)
				}
			}
		})
	}
	for i := int64(1); i < 20_000; i++ {
		db.Apply(i, []tag.Sample{{ID: "A", Value: tag.Value{Received: i, Value: tag.Float(float64(i)), Quality: tag.Good}}})
	}
	done.Store(true)
	wg.Wait()
}

// Samples a second through the table: 10,000 tags, in batches of 1,000, one
// computed tag for every hundred.
func BenchmarkApply(b *testing.B) {
	const n, size = 10_000, 1000
	var defs []tag.Def
	for i := range n {
		defs = append(defs, tag.Def{ID: tag.ID(fmt.Sprintf("T%05d", i)), Kind: tag.KindFloat, Lo: 0, Hi: 100, DisplayBand: 0.1,
			Scale: tag.Scale{RawLo: 0, RawHi: 27648, EngLo: 0, EngHi: 100}})
		if i%100 == 0 {
			defs = append(defs, tag.Def{ID: tag.ID(fmt.Sprintf("C%05d", i)), Expr: fmt.Sprintf("T%05d / 3.6", i)})
		}
	}
	db, err := tagdb.New(defs, tagdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var batches [n / size][]tag.Sample
	for i := range n {
		batches[i/size] = append(batches[i/size], tag.Sample{ID: tag.ID(fmt.Sprintf("T%05d", i))})
	}
	b.ReportAllocs()
	now := int64(0)
	for b.Loop() {
		now++
		batch := batches[now%int64(len(batches))]
		for i := range batch {
			batch[i].Value = tag.Value{Received: now, Value: tag.Int((now*37 + int64(i)) % 27648), Quality: tag.Good}
		}
		db.Apply(now, batch)
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "samples/s")
}

func BenchmarkLoad(b *testing.B) {
	db, err := tagdb.New([]tag.Def{{ID: "A"}}, tagdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := db.Cell("A")
	var seq uint64
	for b.Loop() {
		seq += c.Load().Seq
	}
}
