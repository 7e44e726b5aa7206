// Package hot holds the samples that are in the log but not yet in a sealed
// file. It has no locks, goroutines or clock: the store keeps one Generation
// that it adds to, and for a while one that it seals and only reads.
package hot

import (
	"math"
	"slices"

	"penstock/historian/internal/block"
)

// Generation is what was committed between two seals.
type Generation struct {
	shape  shape
	groups []*group
	heads  []*head // by tag number; nil: none
	n      int
	spare  [][]uint64 // slabs to use again

	// First and Last bound the times of all samples; First > Last: none.
	First, Last int64
}

// head is the samples of one tag that did not come as part of a group, in the
// order of their arrival.
type head struct {
	block.Series
	newest  int64 // largest time
	ordered bool
}

// New makes an empty generation that expects the scans which prev saw last;
// prev may be nil.
func New(prev *Generation) *Generation {
	g := &Generation{First: math.MaxInt64, Last: math.MinInt64}
	if prev == nil {
		return g
	}
	for _, p := range prev.groups {
		if len(p.at) > 0 { // else the scan was reconfigured
			g.adopt(p.next())
		}
	}
	g.heads = make([]*head, len(prev.heads))
	return g
}

// slabCells is the cells of a slab, 64 KiB.
const slabCells = 8192

// slab returns a slab of n cells, which may hold anything.
func (g *Generation) slab(n int) []uint64 {
	if last := len(g.spare) - 1; last >= 0 && n <= slabCells {
		s := g.spare[last]
		g.spare = g.spare[:last]
		return s[:n]
	}
	return make([]uint64, n, max(n, slabCells))
}

// mostSpare is how many slabs are kept, 8 MiB.
const mostSpare = 128

// Reuse takes over the memory of a generation that nobody reads any more.
func (g *Generation) Reuse(old *Generation) {
	g.spare = append(g.spare, old.spare...)
	for _, gr := range old.groups {
		for _, s := range gr.slabs {
			if cap(s) == slabCells && len(g.spare) < mostSpare {
				g.spare = append(g.spare, s)
			}
		}
		gr.slabs, gr.at = nil, nil
	}
	old.spare = nil
}

// Len is the number of samples added.
func (g *Generation) Len() int { return g.n }

// Add takes the points of one commit in their order.
func (g *Generation) Add(points []block.Point) {
	for i := 0; i < len(points); {
		j := i + 1
		for j < len(points) && points[j].At == points[i].At {
			j++
		}
		run := points[i:j]
		g.First, g.Last = min(g.First, run[0].At), max(g.Last, run[0].At)
		if !g.addRow(run) {
			for k := range run {
				g.addOne(&run[k])
			}
		}
		i = j
	}
	g.n += len(points)
}

func (g *Generation) addOne(p *block.Point) {
	h := g.head(p.Num)
	if h == nil {
		if n := int(p.Num) + 1 - len(g.heads); n > 0 {
			g.heads = append(g.heads, make([]*head, n)...)
		}
		h = &head{ordered: true, newest: math.MinInt64}
		g.heads[p.Num] = h
	}
	h.ordered = h.ordered && p.At > h.newest
	h.newest = max(h.newest, p.At)
	h.Add(p)
	if gr, _ := g.group(p.Num); gr != nil {
		// A row at or before this time would come before this sample when
		// the two are read together, though it arrived after it.
		gr.newest = max(gr.newest, p.At)
	}
}

func (g *Generation) head(num uint32) *head {
	if int(num) < len(g.heads) {
		return g.heads[num]
	}
	return nil
}

// Append adds the samples of a tag in [from, to) to out, in the order of their
// arrival where that matters: of two with one time the later one corrects.
func (g *Generation) Append(out *block.Series, num uint32, from, to int64) {
	if from > g.Last || to <= g.First {
		return
	}
	if gr, col := g.group(num); gr != nil {
		gr.appendColumn(out, col, gr.search(from), gr.search(to))
	}
	h := g.head(num)
	if h == nil {
		return
	}
	if h.ordered {
		out.AddSeries(&h.Series, h.Search(from), h.Search(to))
		return
	}
	for i, t := range h.At {
		if t >= from && t < to {
			p := h.Point(num, i)
			out.Add(&p)
		}
	}
}

// Before finds the newest sample of a tag at or before t.
func (g *Generation) Before(num uint32, t int64) (p block.Point, ok bool) {
	if t < g.First {
		return p, false
	}
	if gr, col := g.group(num); gr != nil {
		if i := gr.search(t + 1); i > 0 {
			p, ok = gr.point(col, i-1), true
		}
	}
	if h := g.head(num); h != nil {
		if h.ordered {
			if i := h.Search(t + 1); i > 0 && (!ok || h.At[i-1] >= p.At) {
				return h.Point(num, i-1), true
			}
			return p, ok
		}
		for i, at := range h.At {
			if at <= t && (!ok || at >= p.At) {
				p, ok = h.Point(num, i), true
			}
		}
	}
	return p, ok
}

// Tags lists the numbers of all tags with samples, rising.
func (g *Generation) Tags() []uint32 {
	var out []uint32
	for _, gr := range g.groups {
		if len(gr.at) > 0 {
			out = append(out, gr.nums...)
		}
	}
	for num, h := range g.heads {
		if h != nil && h.Len() > 0 {
			out = append(out, uint32(num))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Ordered fills out with all samples of a tag, in order, each time once, and
// reports the times of a group's rows when they are exactly out's: tags of one
// scan then return the same slice.
func (g *Generation) Ordered(out *block.Series, num uint32) (shared []int64) {
	g.Append(out, num, math.MinInt64, math.MaxInt64)
	h := g.head(num)
	if h != nil && h.Len() > 0 {
		out.Order()
		return nil
	}
	gr, _ := g.group(num)
	return gr.at
}
