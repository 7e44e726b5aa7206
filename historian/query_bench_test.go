package historian

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"penstock/app/tag"
)

// benchStore is a store of some compacted days of three transmitters.
func benchStore(b *testing.B, days int) *Store {
	s := open(b, Options{Quiet: 100_000 * time.Hour})
	r := rand.New(rand.NewPCG(1, 2))
	ids := []tag.ID{"A", "B", "C"}
	var x [3]float64
	var batch []tag.Sample
	for d := range days {
		for i := range 86400 {
			at := t0 + int64(d)*day + int64(i)*second
			for k, id := range ids {
				x[k] = 0.999*x[k] + 0.0005*r.NormFloat64()
				count := math.Round((0.5 + x[k] + 0.0004*r.NormFloat64()) * 27648)
				batch = append(batch, sample(id, at, tag.Float(float64(float32(count)/27648*160)), tag.Good))
			}
			if len(batch) >= 9000 {
				s.Append(batch)
				flush(b, s)
				batch = batch[:0]
			}
		}
		s.Append(batch)
		flush(b, s)
		batch = batch[:0]
		if err := s.Seal(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Compact(b.Context(), time.Unix(0, t0+int64(d+1)*day)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkQueries(b *testing.B) {
	s := benchStore(b, 4)
	run := func(name string, samples float64, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
		})
	}
	run("hour raw", 3600, func() error {
		return s.Raw(b.Context(), "B", t0+day/2, t0+day/2+hour, func(tag.Value) bool { return true })
	})
	run("day in 2000", 86400, func() error { _, err := s.Buckets(b.Context(), "B", t0+day, t0+2*day, 2000); return err })
	run("4 days of minutes in 1000", 4*1440, func() error { _, err := s.Buckets(b.Context(), "B", t0, t0+4*day, 1000); return err })
	run("at", 1, func() error { _, err := s.At(b.Context(), t0+day+hour*7, []tag.ID{"B"}); return err })
}
