package block

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"penstock/app/tag"
	"penstock/historian/codec"

	"pgregory.net/rapid"
)

// series makes the samples of a tag, of one kind or of all.
func series() *rapid.Generator[*Series] {
	return rapid.Custom(func(t *rapid.T) *Series {
		n := rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(4000, 9000)).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		kind := tag.Kind(rapid.IntRange(0, 5).Draw(t, "kind")) // 5: any
		oddQ, oddFlags := rapid.Bool().Draw(t, "qualities"), rapid.Bool().Draw(t, "flags")
		s, at := &Series{}, r.Int64N(1<<60)
		for range n {
			at += 1 + r.Int64N(2e9)
			p := Point{At: at, Q: tag.Good}
			k := kind
			if kind == 5 {
				k = tag.Kind(r.IntN(5))
			}
			flags := tag.Flags(0)
			if oddFlags && r.IntN(9) == 0 {
				flags = tag.Flags(r.IntN(16))
			}
			if oddQ && r.IntN(5) == 0 {
				p.Q = tag.FromStatus(uint32(r.Uint64()))
			}
			p.Mark = MarkOf(k, flags)
			switch k {
			case tag.KindFloat:
				p.Bits = math.Float64bits(float64(r.IntN(1000)) / 10)
			case tag.KindInt:
				p.Bits = r.Uint64()
			case tag.KindBool:
				p.Bits = uint64(r.IntN(2))
			case tag.KindText:
				p.Text = string(rune('a' + r.IntN(200)))
			}
			s.Add(&p)
		}
		return s
	})
}

func same(t *rapid.T, got, want *Series) {
	if !slices.Equal(got.At, want.At) {
		t.Fatalf("%d samples, want %d", got.Len(), want.Len())
	}
	for i := range want.At {
		if got.Value(i) != want.Value(i) {
			t.Fatalf("sample %d is %v, want %v", i, got.Value(i), want.Value(i))
		}
	}
}

func TestChunkRoundTrip(t *testing.T) {
	var e Encoder
	var c Chunk
	var h codec.Hint
	rapid.Check(t, func(t *rapid.T) {
		s := series().Draw(t, "series")
		shared := e.AppendTimes(nil, s.At)
		for _, id := range []int64{0, 7} {
			b := e.AppendChunk(nil, s, id, &h)
			open := func() {
				if err := c.Open(b, func(int64) ([]byte, error) { return shared, nil }); err != nil {
					t.Fatalf("open: %v", err)
				}
			}
			open()
			var got Series
			if err := c.Each(math.MinInt64, math.MaxInt64, func(v *Series) error { got.AddSeries(v, 0, v.Len()); return nil }); err != nil {
				t.Fatal(err)
			}
			same(t, &got, s)
			// As places on a line, where there is one.
			got = Series{}
			open()
			c.Places = true
			err := c.Each(math.MinInt64, math.MaxInt64, func(v *Series) error {
				if v.Places == nil {
					got.AddSeries(v, 0, v.Len())
					return nil
				}
				for i, k := range v.Places {
					p := Point{At: v.At[i], Bits: uint64(k), Q: tag.Good, Mark: v.Mark}
					f := v.Line.Value(k)
					if v.Mark.Kind() == tag.KindFloat {
						p.Bits = math.Float64bits(f)
					}
					if about := v.Line.Base + v.Line.Step*float64(k); math.Abs(about-f) > 1e-6*math.Abs(f) {
						t.Fatalf("place %d is %v, and about %v", k, f, about)
					}
					got.Add(&p)
				}
				return nil
			})
			if c.Places = false; err != nil {
				t.Fatal(err)
			}
			same(t, &got, s)
			// A part of it, and the newest sample at a time.
			i, j := rapid.IntRange(0, s.Len()-1).Draw(t, "i"), rapid.IntRange(0, s.Len()-1).Draw(t, "j")
			want := s.View(min(i, j), max(i, j))
			got = Series{}
			open()
			if err := c.Each(s.At[min(i, j)], s.At[max(i, j)], func(v *Series) error { got.AddSeries(v, 0, v.Len()); return nil }); err != nil {
				t.Fatal(err)
			}
			same(t, &got, &want)
			open()
			p, ok, err := c.Before(3, s.At[i])
			if err != nil || !ok || p.Value() != s.Value(i) {
				t.Fatalf("before %d: %v %v %v, want %v", s.At[i], p, ok, err, s.Value(i))
			}
			if first, last, times, err := Bounds(b); err != nil || first != s.At[0] || last != s.At[s.Len()-1] || times != id {
				t.Fatalf("bounds %d %d %d %v", first, last, times, err)
			}
		}
	})
}

func TestPointsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := series().Draw(t, "series")
		var want []Point
		for i := range min(s.Len(), 200) {
			p := s.Point(uint32(i*i%977), i)
			p.At -= p.At % 3e9 // some share a time
			want = append(want, p)
		}
		c := Read(AppendPoints(nil, want))
		got, err := c.Points(nil)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %v %v, want %v", got, err, want)
		}
	})
}

func TestOrderKeepsTheLatestWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := series().Draw(t, "series")
		r := rand.New(rand.NewPCG(1, uint64(s.Len())))
		want := map[int64]tag.Value{}
		var mixed Series
		for range s.Len() {
			i := r.IntN(s.Len())
			p := s.Point(1, r.IntN(s.Len()))
			p.At = s.At[i]
			mixed.Add(&p)
			want[p.At] = p.Value()
		}
		mixed.Order()
		if !mixed.Ordered() || mixed.Len() != len(want) {
			t.Fatalf("%d samples, want %d in order", mixed.Len(), len(want))
		}
		for i, at := range mixed.At {
			if mixed.Value(i) != want[at] {
				t.Fatalf("at %d: %v, want %v", at, mixed.Value(i), want[at])
			}
		}
	})
}

func TestRollsRoundTrip(t *testing.T) {
	const minute = int64(60e9)
	var e Encoder
	var dec RollDecoder
	var d Rolls
	var shared Frame
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		step := rapid.SampledFrom([]float64{0.1, 1, 1.0 / 3}).Draw(t, "step")
		var h codec.Hint
		column := make([]uint64, 500)
		for i := range column {
			column[i] = math.Float64bits(float64(float32(float64(r.IntN(4000)) * step)))
		}
		new(codec.Encoder).AppendFloats(nil, column, &h)
		var rolls []Roll
		start := int64(0)
		for range rapid.IntRange(0, 1500).Draw(t, "n") {
			start += minute * (1 + r.Int64N(2)*r.Int64N(5))
			p := Roll{Start: start, Bad: r.IntN(2) * r.IntN(4), Count: r.IntN(61), Begin: start + r.Int64N(20_000)*1e6}
			p.BadEnd = p.Bad > 0 && r.IntN(2) == 0 || p.Count == 0
			if p.Count > 0 {
				p.FirstAt, p.LastAt = p.Begin, p.Begin+r.Int64N(10_000)*1e6
				p.MinAt, p.MaxAt = p.FirstAt, p.LastAt
				v := func() float64 { return math.Float64frombits(column[r.IntN(len(column))]) }
				p.First, p.Last = v(), v()
				p.Min, p.Max = min(p.First, p.Last), max(p.First, p.Last)
				p.Mean = p.Min + (p.Max-p.Min)*r.Float64()
				p.Usable = start + minute - p.Begin
			}
			rolls = append(rolls, p)
		}
		var frame []byte
		share := func(b []byte) int64 { frame = slices.Clone(b); return 5 }
		if rapid.Bool().Draw(t, "alone") {
			share = nil
		}
		b := e.AppendRolls(nil, rolls, minute, &h, share)
		err := dec.Read(&d, b, minute, func(_ int64, n int) (*Frame, error) { return &shared, dec.Frame(&shared, frame, n) })
		if err != nil || d.Len() != len(rolls) {
			t.Fatalf("%d rolls %v, want %d", d.Len(), err, len(rolls))
		}
		for i, w := range rolls {
			g := d.At(i)
			if g.Start != w.Start || g.Count != w.Count || g.Bad != w.Bad || g.BadEnd != w.BadEnd || g.Begin != w.Begin || g.Usable != w.Usable {
				t.Fatalf("roll %d is %+v, want %+v", i, g, w)
			}
			if w.Count == 0 {
				continue
			}
			within := step/32 + 1e-9
			for _, c := range [][2]float64{{g.First, w.First}, {g.Last, w.Last}, {g.Min, w.Min}, {g.Max, w.Max}, {g.Mean, w.Mean}} {
				if math.Abs(c[0]-c[1]) > within+math.Abs(w.Max)*1e-6 {
					t.Fatalf("roll %d is %+v, want %+v", i, g, w)
				}
			}
			if g.FirstAt != w.FirstAt || g.LastAt != w.LastAt {
				t.Fatalf("roll %d is %+v, want %+v", i, g, w)
			}
		}
	})
}

// Rolls that are joined must be what one gets by adding them one by one.
func TestJoinedRollsAreTheirSum(t *testing.T) {
	const minute = int64(60e9)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		h := codec.WholeHint()
		far := rapid.SampledFrom([]int64{0, 5, 1 << 45}).Draw(t, "far")
		if rapid.Bool().Draw(t, "floats") {
			h = new(codec.Hint)
		}
		span := rapid.SampledFrom([]int64{2, 1000, 1 << 40}).Draw(t, "span")
		clock := rapid.IntRange(0, 2).Draw(t, "clock") // steady, late, or with holes
		bad := rapid.SampledFrom([]int{0, 0, 40, 2}).Draw(t, "bad")
		var rolls []Roll
		start := int64(0)
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			start += minute
			p := Roll{Start: start, Begin: start, Count: 60, Usable: minute, SampleMean: math.NaN(), StdDev: math.NaN()}
			if clock > 0 {
				p.Begin += r.Int64N(900) * 1e6
				p.Usable = start + minute - p.Begin
			}
			if clock == 2 && r.IntN(20) == 0 {
				start += minute * 7
			}
			if bad > 0 && r.IntN(bad) == 0 {
				p.Bad, p.BadEnd, p.Usable = 3, r.IntN(2) == 0, p.Usable/2
				if r.IntN(2) == 0 {
					p.Count, p.Usable, p.BadEnd = 0, 0, true
				}
			}
			p.FirstAt, p.LastAt = p.Begin, p.Begin+50e9
			v := func() float64 { return float64(far + r.Int64N(span)) }
			p.First, p.Last = v(), v()
			p.Min, p.Max = min(p.First, p.Last, v()), max(p.First, p.Last, v())
			p.Mean = p.Min + (p.Max-p.Min)*r.Float64()
			rolls = append(rolls, p)
		}
		var d Rolls
		if err := new(RollDecoder).Read(&d, new(Encoder).AppendRolls(nil, rolls, minute, h, nil), minute, nil); err != nil {
			t.Fatal(err)
		}
		i := r.IntN(d.Len())
		j := i + 1 + r.IntN(d.Len()-i)
		got, want := d.Join(i, j), d.At(i)
		for k := i + 1; k < j; k++ {
			next := d.At(k)
			want.extend(&next, d.At(k-1).Start+minute)
		}
		within := 1e-9 * float64(far+span)
		if math.Abs(got.Mean-want.Mean) > within || (got.Mean != got.Mean) != (want.Mean != want.Mean) {
			t.Fatalf("the mean of %d to %d is %v, want %v", i, j, got.Mean, want.Mean)
		}
		got.Mean, want.Mean = 0, 0
		got.SampleMean, got.StdDev, want.SampleMean, want.StdDev = 0, 0, 0, 0
		if want.Count == 0 {
			got.First, got.Last, got.Min, got.Max = 0, 0, 0, 0
			want.First, want.Last, want.Min, want.Max = 0, 0, 0, 0
		}
		if got != want {
			t.Fatalf("rolls %d to %d joined are\n%+v, want\n%+v", i, j, got, want)
		}
	})
}

func TestABodyIsItsRowsAlone(t *testing.T) {
	b := Finish(append(Begin(nil), "payload"...), 0, Chunks, 42)
	if p, err := Payload(b, Chunks, 42); err != nil || string(p) != "payload" {
		t.Fatal(p, err)
	}
	for _, c := range []struct {
		table Table
		id    int64
	}{{Chunks, 43}, {Times, 42}} {
		if _, err := Payload(b, c.table, c.id); err != ErrDamaged {
			t.Errorf("it passes as row %d of table %d", c.id, c.table)
		}
	}
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			if _, err := Payload(b, Chunks, 42); err != ErrDamaged {
				t.Errorf("bit %d of byte %d may flip", bit, i)
			}
			b[i] ^= 1 << bit
		}
	}
}

func FuzzBodies(f *testing.F) {
	var e Encoder
	s := &Series{}
	for i := range 5000 {
		s.Add(&Point{At: int64(i) * 1e9, Bits: math.Float64bits(float64(i % 91)), Q: tag.Good, Mark: MarkOf(tag.KindFloat, 0)})
	}
	f.Add(e.AppendChunk(nil, s, 0, new(codec.Hint)))
	mixed := &Series{}
	for i := range 60 {
		p := Point{At: int64(i) * 1e9, Bits: uint64(i), Q: tag.Quality(i), Mark: MarkOf(tag.Kind(i%5), tag.Flags(i%3))}
		if i%5 == int(tag.KindText) {
			p.Text = "word"
		}
		mixed.Add(&p)
	}
	f.Add(e.AppendChunk(nil, mixed, 0, new(codec.Hint)))
	rolls := e.AppendRolls(nil, []Roll{{Count: 1, First: 1, Last: 2, Min: 1, Max: 2, Mean: 1.5}, {Start: 60e9, Bad: 1}}, 60e9, codec.WholeHint(), nil)
	f.Add(rolls)
	f.Add(AppendPoints(nil, []Point{mixed.Point(1, 3), mixed.Point(9, 4), s.Point(2, 7)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Chunk
		if c.Open(b, func(int64) ([]byte, error) { return b, nil }) == nil {
			c.Each(math.MinInt64, math.MaxInt64, func(v *Series) error {
				for i := range v.At {
					v.Value(i)
				}
				return nil
			})
			c.Before(1, 1e18)
			c.Places = true
			c.Each(0, math.MaxInt64, func(v *Series) error {
				for _, k := range v.Places {
					v.Line.Value(k)
				}
				return nil
			})
		}
		var d Rolls
		var shared Frame
		dec := new(RollDecoder)
		if dec.Read(&d, b, 60e9, func(_ int64, n int) (*Frame, error) { return &shared, dec.Frame(&shared, b[len(b)/2:], n) }) == nil && d.Len() > 0 {
			d.Join(0, d.Len())
			d.Search(d.Start(d.Len() / 2))
		}
		r := Read(b)
		r.Points(nil)
		Bounds(b)
	})
}
