package plan

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var (
	lan = Cost{Req: 1e-3, Place: 2e-6}
	// rtu is 19200 baud: 20 characters of 11 bits and 10 ms a request, 2 characters a register.
	rtu = Cost{Req: 20*11/19200.0 + 10e-3, Place: 2 * 11 / 19200.0}
)

// serves fails unless every span lies whole in exactly one block and no block
// breaks a limit it could keep.
func serves(t rapid.TB, spans []Span, lim Limits, blocks []Block) {
	t.Helper()
	seen := make([]int, len(spans))
	for _, b := range blocks {
		lo, hi := math.MaxInt, 0
		distinct := map[Span]bool{}
		for _, i := range b.Items {
			s := spans[i]
			seen[i]++
			distinct[s] = true
			lo, hi = min(lo, s.At), max(hi, s.end())
		}
		if len(b.Items) == 0 || b.At != lo || b.At+b.Len != hi {
			t.Fatalf("block %+v reads more or less than its items %d..%d", b, lo, hi)
		}
		if len(distinct) == 1 {
			continue
		}
		if b.Len > lim.Max {
			t.Fatalf("block %+v is longer than %d", b, lim.Max)
		}
		for _, h := range lim.Holes {
			if h.From < hi && h.To >= lo {
				t.Fatalf("block %+v reads into hole %+v", b, h)
			}
		}
		if lim.Adjacent {
			for at := lo; at < hi; at++ {
				if !slices.ContainsFunc(b.Items, func(i int) bool { return spans[i].At <= at && at < spans[i].end() }) {
					t.Fatalf("block %+v reads %d, which no item occupies", b, at)
				}
			}
		}
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("span %+v is in %d blocks", spans[i], n)
		}
	}
}

// tryAll tries every way to share spans out over requests.
func tryAll(spans []Span, lim Limits) float64 {
	best := math.Inf(1)
	var groups [][]int
	var place func(i int)
	place = func(i int) {
		if i == len(spans) {
			if c, ok := groupsCost(spans, lim, groups); ok {
				best = min(best, c)
			}
			return
		}
		for g := range groups {
			groups[g] = append(groups[g], i)
			place(i + 1)
			groups[g] = groups[g][:len(groups[g])-1]
		}
		groups = append(groups, []int{i})
		place(i + 1)
		groups = groups[:len(groups)-1]
	}
	place(0)
	return best
}

func groupsCost(spans []Span, lim Limits, groups [][]int) (total float64, ok bool) {
	for _, g := range groups {
		lo, hi, same := spans[g[0]].At, 0, true
		for _, i := range g {
			lo, hi = min(lo, spans[i].At), max(hi, spans[i].end())
			same = same && spans[i] == spans[g[0]]
		}
		if !same {
			if hi-lo > lim.Max {
				return 0, false
			}
			for _, h := range lim.Holes {
				if h.From < hi && h.To >= lo {
					return 0, false
				}
			}
			for at := lo; lim.Adjacent && at < hi; at++ {
				if !slices.ContainsFunc(g, func(i int) bool { return spans[i].At <= at && at < spans[i].end() }) {
					return 0, false
				}
			}
		}
		total += lim.Cost.Req + lim.Cost.Place*float64(hi-lo)
	}
	return total, true
}

func TestNoPlanIsCheaper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
			return Span{rapid.IntRange(0, 24).Draw(t, "at"), rapid.SampledFrom([]int{1, 1, 2, 4, 7}).Draw(t, "len")}
		}), 1, 7).Draw(t, "spans")
		lim := Limits{
			Max:      rapid.IntRange(7, 12).Draw(t, "max"),
			Adjacent: rapid.Bool().Draw(t, "adjacent"),
			Cost:     Cost{Req: rapid.Float64Range(0.1, 10).Draw(t, "req"), Place: rapid.Float64Range(0, 2).Draw(t, "place")},
			Holes: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hole {
				from := rapid.IntRange(0, 30).Draw(t, "from")
				return Hole{from, from + rapid.IntRange(0, 3).Draw(t, "more")}
			}), 0, 2).Draw(t, "holes"),
		}
		blocks := Blocks(spans, lim)
		serves(t, spans, lim, blocks)
		if have, best := Total(blocks, lim.Cost), tryAll(spans, lim); have > best+1e-9 {
			t.Fatalf("%d requests cost %g, and %g is possible: %+v", len(blocks), have, best, blocks)
		}
	})
}

func TestEverySpanIsReadOnceWhateverTheLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
			return Span{rapid.IntRange(0, 2000).Draw(t, "at"), rapid.IntRange(1, 125).Draw(t, "len")}
		}), 0, 200).Draw(t, "spans")
		lim := Limits{Max: rapid.IntRange(1, 125).Draw(t, "max"), Cost: lan, Adjacent: rapid.Bool().Draw(t, "adjacent")}
		serves(t, spans, lim, Blocks(spans, lim))
	})
}

func TestHalvesHoldTheSameItems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Span {
			return Span{rapid.IntRange(0, 40).Draw(t, "at"), rapid.IntRange(1, 4).Draw(t, "len")}
		}), 1, 20).Draw(t, "spans")
		for _, b := range Blocks(spans, Limits{Max: 125, Cost: lan}) {
			left, right, ok := Halve(spans, b)
			if !ok {
				for _, i := range b.Items {
					if spans[i] != spans[b.Items[0]] {
						t.Fatalf("block %+v can be halved", b)
					}
				}
				continue
			}
			if !slices.Equal(slices.Concat(left.Items, right.Items), b.Items) {
				t.Fatalf("%+v and %+v are not the halves of %+v", left, right, b)
			}
		}
	})
}

// A line through (places, seconds) is found again, whatever the noise.
func TestMeterFindsTheCost(t *testing.T) {
	for name, c := range map[string]Cost{"LAN": lan, "RTU": rtu, "gateway": {Req: 30e-3, Place: 2.3e-3}} {
		m := NewMeter(lan)
		r := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			n := 1 + r.IntN(125)
			m.Observe(n, (c.Req+c.Place*float64(n))*(0.95+0.1*r.Float64()))
		}
		got := m.Cost()
		if math.Abs(got.Req-c.Req) > 0.1*c.Req || math.Abs(got.Place-c.Place)*50 > 0.1*(c.Req+50*c.Place) {
			t.Errorf("%s: measured %+v, is %+v", name, got, c)
		}
	}
}

// Requests of one length say nothing about the cost of a place.
func TestMeterKeepsTheGuessForWhatItCannotKnow(t *testing.T) {
	m := NewMeter(rtu)
	for range 100 {
		m.Observe(10, 0.05)
	}
	if got := m.Cost(); math.Abs(got.Place/got.Req-rtu.Place/rtu.Req) > 1e-9 || math.Abs(got.Req+10*got.Place-0.05) > 1e-9 {
		t.Errorf("measured %+v", got)
	}
}

// A machine that stalls now and then must not make holes look dear.
func TestMeterPassesOverStalls(t *testing.T) {
	m := NewMeter(lan)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 200 {
		seconds := 50e-6
		if i%20 == 7 {
			seconds += 20e-3 * r.Float64()
		}
		m.Observe(1+r.IntN(125), seconds)
		if c := m.Cost(); 125*c.Place > 4*c.Req {
			t.Fatalf("after %d requests 125 places seem dearer than four requests: %+v", i+1, c)
		}
	}
}

func FuzzMeter(f *testing.F) {
	f.Add(uint8(1), 0.001, uint8(125), 0.002)
	f.Fuzz(func(t *testing.T, a uint8, x float64, b uint8, y float64) {
		if !(x > 0 && x < 100 && y > 0 && y < 100) {
			return
		}
		m := NewMeter(lan)
		for range 20 {
			m.Observe(int(a), x)
			m.Observe(int(b), y)
		}
		if c := m.Cost(); !(c.Req > 0) || !(c.Place > 0) || math.IsInf(c.Req, 0) || math.IsInf(c.Place, 0) {
			t.Errorf("cost %+v", c)
		}
	})
}

// layout makes n spans of 1, 2 and 4 registers: "uniform" anywhere, "plc" in
// blocks of 40 to 120 registers with small holes, as devices are built.
func layout(kind string, n int) []Span {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	used := make([]bool, 65536)
	var out []Span
	add := func(at int) int {
		w := []int{1, 1, 1, 2, 2, 2, 2, 4}[r.IntN(8)]
		if at+w > 65000 || slices.Contains(used[at:at+w], true) {
			return 0
		}
		for i := range w {
			used[at+i] = true
		}
		out = append(out, Span{at, w})
		return w
	}
	if kind == "uniform" {
		for len(out) < n {
			add(r.IntN(65000))
		}
		return out
	}
	for base := 0; len(out) < n; {
		size := 40 + r.IntN(80)
		for at := base; at < base+size && len(out) < n; {
			at += max(1, add(at))
			if r.IntN(6) == 0 {
				at += 1 + r.IntN(9)
			}
		}
		base += size + 20 + r.IntN(300)
		if base > 64000 {
			base = r.IntN(500)
		}
	}
	return out
}

// fixedGap joins neighbours while the hole between them is at most gap, as
// most programs do; a negative gap joins nothing.
func fixedGap(spans []Span, gap int) []Block {
	s := slices.Clone(spans)
	slices.SortFunc(s, func(a, b Span) int { return a.At - b.At })
	var out []Block
	for _, x := range s {
		if k := len(out) - 1; k >= 0 && gap >= 0 {
			b := &out[k]
			if end := max(b.At+b.Len, x.end()); x.At-b.At-b.Len <= gap && end-b.At <= 125 {
				b.Len = end - b.At
				continue
			}
		}
		out = append(out, Block{At: x.At, Len: x.Len})
	}
	return out
}

// fewest is the least number of requests there can be: filling each from the
// first item not yet read is optimal when only requests count.
func fewest(spans []Span) int { return len(fixedGap(spans, 1<<20)) }

var layouts = []struct {
	kind string
	n    int
}{{"plc", 1000}, {"uniform", 1000}, {"plc", 10000}, {"uniform", 10000}}

func TestOnALANTheFewestRequestsAreMade(t *testing.T) {
	for _, l := range layouts {
		spans := layout(l.kind, l.n)
		blocks := Blocks(spans, Limits{Max: 125, Cost: Cost{Req: 1, Place: 1e-9}})
		serves(t, spans, Limits{Max: 125}, blocks)
		if want := fewest(spans); len(blocks) != want {
			t.Errorf("%s %d: %d requests, %d are enough", l.kind, l.n, len(blocks), want)
		}
	}
}

// No fixed gap is right for every line; the plan is at least as quick as each.
func TestNoFixedGapIsQuicker(t *testing.T) {
	for _, l := range layouts {
		spans := layout(l.kind, l.n)
		for name, c := range map[string]Cost{"LAN": lan, "RTU": rtu} {
			have := Total(Blocks(spans, Limits{Max: 125, Cost: c}), c)
			for _, gap := range []int{-1, 0, 10, 50, 125} {
				if other := Total(fixedGap(spans, gap), c); have > other+1e-9 {
					t.Errorf("%s %d over %s: %.3f s, gap %d needs %.3f s", l.kind, l.n, name, have, gap, other)
				}
			}
		}
	}
}

// BenchmarkBlocks plans the four layouts; beside the time it reports
// requests and the time a scan takes, against one request a tag and fixed
// gaps.
func BenchmarkBlocks(b *testing.B) {
	for _, l := range layouts {
		spans := layout(l.kind, l.n)
		for _, line := range []struct {
			name string
			cost Cost
		}{{"LAN", lan}, {"RTU", rtu}} {
			b.Run(l.kind+"-"+map[int]string{1000: "1k", 10000: "10k"}[l.n]+"-"+line.name, func(b *testing.B) {
				var blocks []Block
				for b.Loop() {
					blocks = Blocks(spans, Limits{Max: 125, Cost: line.cost})
				}
				b.ReportMetric(float64(len(blocks)), "requests")
				b.ReportMetric(Total(blocks, line.cost), "s/scan")
				b.ReportMetric(Total(fixedGap(spans, -1), line.cost), "s/scan-per-tag")
				b.ReportMetric(Total(fixedGap(spans, 0), line.cost), "s/scan-gap0")
				b.ReportMetric(Total(fixedGap(spans, 50), line.cost), "s/scan-gap50")
				b.ReportMetric(Total(fixedGap(spans, 125), line.cost), "s/scan-gap125")
			})
		}
	}
}
