package historian

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"penstock/app/tag"
)

// Buckets of samples are those of every sample looked at in turn: the first,
// last, smallest and largest with the times at which they were first there,
// whatever way their values are kept.
func TestBucketsOfSamplesAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	walk := 0.0
	values := map[tag.ID]func() tag.Scalar{
		"COUNTS":   func() tag.Scalar { return tag.Float(float64(float32(math.Round(2000+walk*100)/4095*16 - 4))) },
		"DECIMALS": func() tag.Scalar { return tag.Float(math.Round(walk*100) / 100) },
		"TENTHS":   func() tag.Scalar { return tag.Float(float64(float32(math.Round(walk*10) / 10))) },
		"WHOLE":    func() tag.Scalar { return tag.Int(int64(walk * 50)) },
		"FAR":      func() tag.Scalar { return tag.Int(int64(walk*50) * (1 << 53)) },
		"ANY":      func() tag.Scalar { return tag.Float(walk) },
		"STEPS":    func() tag.Scalar { return tag.Float(math.Round(walk / 3)) },
		"SWITCH":   func() tag.Scalar { return tag.Bool(walk > 0) },
		"ODD": func() tag.Scalar {
			return tag.Float([]float64{walk, math.NaN(), math.Inf(1), math.Copysign(0, -1)}[max(r.IntN(40)-36, 0)])
		},
	}
	var samples []tag.Sample
	for _, clock := range []string{"STEADY", "LATE"} {
		at := t0
		for i := range 5_000 {
			walk = 0.999*walk + r.NormFloat64()*0.1
			if i%2900 == 77 {
				walk += 40
			}
			q := tag.Good
			if i%5000 > 4990 || i%999 == 0 {
				q = tag.BadDeviceFailure
			}
			for id, next := range values {
				v := at
				if clock == "LATE" {
					v += r.Int64N(second / 2)
				}
				samples = append(samples, sample(tag.ID(clock)+"."+id, v, next(), q))
			}
			at += second
		}
	}
	byTag := model{}
	for _, v := range samples {
		byTag.put(v)
	}
	s := open(t, Options{Quiet: 100_000 * time.Hour, seamless: true})
	s.Append(samples)
	flush(t, s)
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context(), time.Unix(0, t0+3*day)); err != nil {
		t.Fatal(err)
	}
	for id := range byTag {
		all := byTag.sorted(id)
		for _, n := range []int{1, 7, 300, 2000} {
			from, to := t0+100*second, t0+4900*second
			if n == 1 {
				to = from + 119*second
			} else if n == 7 {
				to = from + 800*second
			}
			got, err := s.Buckets(t.Context(), id, from, to, n)
			if err != nil || len(got) == 0 {
				t.Fatal(id, got, err)
			}
			for _, b := range got {
				want := Bucket{MinAt: -1}
				first := sort.Search(len(all), func(i int) bool { return all[i].At() >= b.From })
				for _, v := range all[first:] {
					if v.At() >= b.To {
						break
					}
					f, ok := v.Value.Float()
					if !ok || f != f || !v.Quality.Usable() {
						continue
					}
					if want.Count == 0 {
						want.First, want.FirstAt, want.Min, want.MinAt, want.Max, want.MaxAt = f, v.At(), f, v.At(), f, v.At()
					}
					if f < want.Min {
						want.Min, want.MinAt = f, v.At()
					}
					if f > want.Max {
						want.Max, want.MaxAt = f, v.At()
					}
					want.Last, want.LastAt = f, v.At()
					want.Count++
				}
				if want.Count == 0 && b.Count == 0 {
					continue
				}
				if b.Count != want.Count || b.First != want.First || b.Last != want.Last || b.Min != want.Min || b.Max != want.Max ||
					b.FirstAt != want.FirstAt || b.LastAt != want.LastAt || b.MinAt != want.MinAt || b.MaxAt != want.MaxAt {
					t.Fatalf("%s in %d buckets:\n%+v, want\n%+v", id, n, b, want)
				}
			}
		}
	}
}
