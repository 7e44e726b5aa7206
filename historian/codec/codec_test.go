package codec

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// intColumns makes columns of the shapes that plants and adversaries have.
func intColumns() *rapid.Generator[[]int64] {
	return rapid.Custom(func(t *rapid.T) []int64 {
		n := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(200, 300), rapid.IntRange(4090, 4100), rapid.IntRange(8000, 13000)).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shape := rapid.IntRange(0, 7).Draw(t, "shape")
		wide := int64(1) << rapid.IntRange(0, 61).Draw(t, "wide")
		out, x := make([]int64, n), rapid.Int64().Draw(t, "start")
		for i := range out {
			switch shape {
			case 0: // any
				x = int64(r.Uint64())
			case 1: // walk
				x += r.Int64N(2*wide) - wide
			case 2: // one of two
				x = int64(r.IntN(2))
			case 3: // clock that slips
				x += wide
				if r.IntN(100) == 0 {
					x++
				}
			case 4: // noise
				x = int64(r.NormFloat64() * float64(wide))
			case 5: // steps
				if r.IntN(50) == 0 {
					x = int64(r.IntN(9))
				}
			case 6: // quiet, with a spike
				x = int64(r.IntN(3))
				if r.IntN(500) == 0 {
					x = wide
				}
			case 7: // line
				x += wide
			}
			out[i] = x
		}
		return out
	})
}

func readInts(t interface{ Fatalf(string, ...any) }, b []byte, n int) []int64 {
	var c Ints
	used, err := c.Open(b, n)
	if err != nil || used != len(b) {
		t.Fatalf("open: used %d of %d, %v", used, len(b), err)
	}
	out := make([]int64, n)
	for k := range Segments(n) {
		if err := c.Read(out[k*Segment:][:SegmentLen(n, k)], k); err != nil {
			t.Fatalf("segment %d: %v", k, err)
		}
		if f := c.First(k); f != out[k*Segment] {
			t.Fatalf("first of segment %d is %d, read %d", k, f, out[k*Segment])
		}
	}
	return out
}

func TestIntsRoundTrip(t *testing.T) {
	var e Encoder // one encoder for all: what is left in its buffers must not matter
	rapid.Check(t, func(t *rapid.T) {
		src := intColumns().Draw(t, "column")
		b := e.AppendInts([]byte("before"), src)[6:]
		if got := readInts(t, b, len(src)); !slices.Equal(got, src) {
			t.Fatalf("got %v, want %v", got, src)
		}
	})
}

func TestRunsAreTheColumn(t *testing.T) {
	var e Encoder
	rapid.Check(t, func(t *rapid.T) {
		src := intColumns().Draw(t, "column")
		var c Ints
		if _, err := c.Open(e.AppendInts(nil, src), len(src)); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if len(src) == 0 {
				return
			}
			k := rapid.IntRange(0, Segments(len(src))-1).Draw(t, "segment")
			n, most := SegmentLen(len(src), k), rapid.IntRange(1, 300).Draw(t, "most")
			runs, ok := c.Runs(nil, k, n, most)
			if !ok {
				continue
			}
			if len(runs) > most {
				t.Fatalf("%d runs, at most %d were wanted", len(runs), most)
			}
			var got []int64
			for _, r := range runs {
				for range r.N {
					got = append(got, r.Value)
				}
			}
			if want := src[k*Segment:][:n]; !slices.Equal(got, want) {
				t.Fatalf("runs of segment %d are %v, want %v", k, got, want)
			}
		}
	})
}

// Wrapping arithmetic must be the same on both sides, whatever the values.
func TestPredictorsAreUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := intColumns().Filter(func(s []int64) bool { return len(s) > 0 }).Draw(t, "column")
		step := rapid.Int64().Draw(t, "step")
		res, got := make([]uint64, len(src)), make([]int64, len(src))
		for p := range predictors {
			residuals(res, src, p, src[0], step)
			if restore(got, res, p, src[0], step); !slices.Equal(got, src) {
				t.Fatalf("predictor %d gives %v, want %v", p, got, src)
			}
		}
	})
}

func TestSegmentsAreReadInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	shapes := map[string]func(i int) int64{
		"runs":  func(i int) int64 { return int64(i / 777) },
		"noise": func(int) int64 { return r.Int64N(1000) },
		"line":  func(i int) int64 { return int64(i) * 1000 },
	}
	for name, f := range shapes {
		src := make([]int64, 5*Segment+17)
		for i := range src {
			src[i] = f(i)
		}
		var e Encoder
		var c Ints
		if _, err := c.Open(e.AppendInts(nil, src), len(src)); err != nil {
			t.Fatal(name, err)
		}
		for range 40 {
			k := r.IntN(Segments(len(src)))
			got := make([]int64, SegmentLen(len(src), k))
			if err := c.Read(got, k); err != nil || !slices.Equal(got, src[k*Segment:][:len(got)]) {
				t.Fatalf("%s: segment %d differs (%v)", name, k, err)
			}
		}
	}
}

func floatColumns() *rapid.Generator[[]uint64] {
	return rapid.Custom(func(t *rapid.T) []uint64 {
		n := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(4000, 9000)).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shape := rapid.IntRange(0, 6).Draw(t, "shape")
		digits := math.Pow10(rapid.IntRange(0, 12).Draw(t, "digits"))
		span, counts := float32(rapid.SampledFrom([]float64{1, 16, 100, 6000, 1e-3}).Draw(t, "span")), float32(rapid.SampledFrom([]float64{4095, 27648, 65535}).Draw(t, "counts"))
		x := 0.5
		out := make([]uint64, n)
		for i := range out {
			x = math.Min(1, math.Max(0, x+r.NormFloat64()*0.01))
			v := x
			switch shape {
			case 0: // any bits
				v = math.Float64frombits(r.Uint64())
			case 1: // decimals
				v = math.Round(x*100*digits) / digits
			case 2: // decimals of a float32
				v = float64(float32(math.Round(x*1000) / 10))
			case 3: // scaled counts
				v = float64(float32(math.Round(x*float64(counts)))/counts*span - span/4)
			case 4: // float32
				v = float64(float32(x))
			case 5: // full doubles
			case 6: // odd ones between whole ones
				v = []float64{1, 2, math.Inf(1), math.Copysign(0, -1), math.NaN(), 0, 5e-324}[r.IntN(7)]
			}
			out[i] = math.Float64bits(v)
		}
		return out
	})
}

func TestFloatsRoundTrip(t *testing.T) {
	var e Encoder
	var c Floats
	rapid.Check(t, func(t *rapid.T) {
		var h Hint // kept over columns that do not look alike
		for range 3 {
			src := floatColumns().Draw(t, "column")
			b := e.AppendFloats(nil, src, &h)
			used, err := c.Open(b, len(src))
			if err != nil || used != len(b) {
				t.Fatalf("open: used %d of %d, %v", used, len(b), err)
			}
			got := make([]uint64, len(src))
			for k := range Segments(len(src)) {
				if err := c.Read(got[k*Segment:][:SegmentLen(len(src), k)], k); err != nil {
					t.Fatalf("segment %d: %v", k, err)
				}
			}
			if !slices.Equal(got, src) {
				t.Fatalf("got %x, want %x", got, src)
			}
		}
	})
}

func TestTimesRoundTrip(t *testing.T) {
	var e Encoder
	var c Times
	rapid.Check(t, func(t *rapid.T) {
		src := intColumns().Draw(t, "column")
		if rapid.Bool().Draw(t, "sorted") {
			slices.Sort(src)
		}
		b := e.AppendTimes(nil, src)
		if used, err := c.Open(b, len(src)); err != nil || used != len(b) {
			t.Fatalf("open: used %d of %d, %v", used, len(b), err)
		}
		got := make([]int64, len(src))
		for k := range Segments(len(src)) {
			if err := c.Read(got[k*Segment:][:SegmentLen(len(src), k)], k); err != nil || c.First(k) != got[k*Segment] {
				t.Fatalf("segment %d: %v", k, err)
			}
		}
		if !slices.Equal(got, src) {
			t.Fatalf("got %v, want %v", got, src)
		}
	})
}

// Known columns must stay small: the historian's size on disk is here.
func TestColumnsStaySmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 86400
	mean, walk := make([]int64, n), make([]uint64, n)
	x := 30000.0
	for i := range mean {
		x += 0.001*(30000-x) + 20*r.NormFloat64()
		mean[i] = int64(x + 20*r.NormFloat64())
		walk[i] = math.Float64bits(float64(float32(mean[i]) / 65535 * 160))
	}
	regular := make([]int64, n)
	for i := range regular {
		regular[i] = 1_780_000_000_000_000_000 + int64(i)*1e9
	}
	var e Encoder
	for name, c := range map[string]struct {
		b    []byte
		most int
	}{
		"slow process under noise": {e.AppendInts(nil, mean), n * 73 / 80}, // its entropy is 7.06 bits
		"the same, scaled":         {e.AppendFloats(nil, walk, nil), n * 73 / 80},
		"exact clock":              {e.AppendTimes(nil, regular), 32},
	} {
		if len(c.b) > c.most {
			t.Errorf("%s: %d bytes, want at most %d", name, len(c.b), c.most)
		}
	}
}

func FuzzDecoders(f *testing.F) {
	var e Encoder
	for _, n := range []int{3, 300, 5000} {
		src, bits := make([]int64, n), make([]uint64, n)
		for i := range src {
			src[i] = int64(i*i%97) << (i % 9)
			bits[i] = math.Float64bits(float64(float32(i%89) / 4095 * 160))
		}
		f.Add(uint16(n), e.AppendInts(nil, src))
		f.Add(uint16(n), e.AppendFloats(nil, bits, nil))
		f.Add(uint16(n), e.AppendTimes(nil, src))
	}
	f.Fuzz(func(t *testing.T, n16 uint16, b []byte) {
		n := int(n16)
		buf := make([]int64, Segment)
		var c Ints
		if _, err := c.Open(b, n); err == nil {
			for k := range Segments(n) {
				_ = c.Read(buf[:SegmentLen(n, k)], k)
				c.First(k)
			}
		}
		var w Times
		if _, err := w.Open(b, n); err == nil {
			for k := range Segments(n) {
				_ = w.Read(buf[:SegmentLen(n, k)], k)
			}
		}
		var v Floats
		if _, err := v.Open(b, n); err == nil {
			v.Const()
			for k := range Segments(n) {
				_ = v.Read(make([]uint64, SegmentLen(n, k)), k)
			}
		}
		// Whatever the bytes say as numbers must survive the round trip.
		src := make([]int64, len(b)/8)
		for i := range src {
			src[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
		if got := readInts(t, new(Encoder).AppendInts(nil, src), len(src)); !slices.Equal(got, src) {
			t.Fatalf("got %v, want %v", got, src)
		}
	})
}

func BenchmarkFloats(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	src := make([]uint64, 86400)
	x := 0.5
	for i := range src {
		x += 0.001*(0.5-x) + 0.0003*r.NormFloat64()
		src[i] = math.Float64bits(float64(float32(math.Round((x+0.0003*r.NormFloat64())*27648)) / 27648 * 160))
	}
	var e Encoder
	var h Hint
	body := e.AppendFloats(nil, src, &h)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			body = e.AppendFloats(body[:0], src, &h)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)), "ns/sample")
		b.ReportMetric(float64(len(body))/float64(len(src)), "B/sample")
	})
	b.Run("decode", func(b *testing.B) {
		var c Floats
		dst := make([]uint64, Segment)
		for b.Loop() {
			if _, err := c.Open(body, len(src)); err != nil {
				b.Fatal(err)
			}
			for k := range Segments(len(src)) {
				if err := c.Read(dst[:SegmentLen(len(src), k)], k); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)), "ns/sample")
	})
}
