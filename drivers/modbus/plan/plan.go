// Package plan decides which requests read a set of Modbus items in the least
// time. It is pure: costs and limits go in, requests come out.
package plan

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Span is what one item occupies in a table: places [At, At+Len). It is
// never split over two requests.
type Span struct{ At, Len int }

func (s Span) end() int { return s.At + s.Len }

// Block is one request: the places [At, At+Len), and which of the given
// spans it serves, by index.
type Block struct {
	At, Len int
	Items   []int
}

// Hole is a run of places, both ends included, that no request that joins
// items may touch.
type Hole struct{ From, To int }

// Cost of a request is Req plus Place for every place it reads, in any one
// unit of time.
type Cost struct {
	Req   float64 `json:"request"`
	Place float64 `json:"place"`
}

// Limits of a unit.
type Limits struct {
	Max      int    // most places in one request
	Holes    []Hole // in any order, may overlap
	Adjacent bool   // never read a place that no item occupies
	Cost     Cost
}

// Blocks returns the requests of least total cost that read every span, in
// order of address. It is exact: a dynamic programme over the spans sorted by
// address, f(i) = min over j of f(j) + cost of one request for spans j..i.
// Some best plan always serves runs of that order: where two requests cross,
// handing the nested span to the other one changes neither. It takes time in
// the order of spans times spans within Max places.
//
// A span that is longer than Max or lies in a hole gets a request of its own,
// shared only with spans of the very same places; keeping such items away is
// the caller's business.
func Blocks(spans []Span, lim Limits) []Block {
	holes := merge(slices.SortedFunc(slices.Values(lim.Holes), func(a, b Hole) int { return cmp.Compare(a.From, b.From) }))
	var joined, alone []int
	for i, s := range spans {
		if s.Len > lim.Max || hits(holes, s.At, s.end()) {
			alone = append(alone, i)
		} else {
			joined = append(joined, i)
		}
	}
	byPlace := func(a, b int) int {
		x, y := spans[a], spans[b]
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(y.Len, x.Len), cmp.Compare(a, b))
	}
	slices.SortFunc(joined, byPlace)
	slices.SortFunc(alone, byPlace)
	out := cheapest(spans, joined, holes, lim)
	for i, j := 0, 0; i < len(alone); i = j {
		for j = i; j < len(alone) && spans[alone[j]] == spans[alone[i]]; j++ {
		}
		out = append(out, block(spans, alone[i:j]))
	}
	slices.SortFunc(out, func(a, b Block) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Len, b.Len)) })
	return out
}

// cheapest is the dynamic programme over spans in order.
func cheapest(spans []Span, order []int, holes []Hole, lim Limits) []Block {
	n := len(order)
	best := make([]float64, n+1)
	from := make([]int, n+1)
	for i := 1; i <= n; i++ {
		best[i] = math.Inf(1)
	}
	for j := range n {
		at, end := spans[order[j]].At, 0
		for i := j; i < n; i++ {
			s := spans[order[i]]
			if i > j && lim.Adjacent && s.At > end {
				break
			}
			end = max(end, s.end())
			if end-at > lim.Max || hits(holes, at, end) {
				break // later spans begin later: the request would only grow
			}
			if c := best[j] + lim.Cost.Req + lim.Cost.Place*float64(end-at); c < best[i+1] {
				best[i+1], from[i+1] = c, j
			}
		}
	}
	var out []Block
	for i := n; i > 0; i = from[i] {
		out = append(out, block(spans, order[from[i]:i]))
	}
	return out
}

func block(spans []Span, items []int) Block {
	b := Block{At: spans[items[0]].At, Items: slices.Clone(items)}
	for _, i := range items {
		b.Len = max(b.Len, spans[i].end()-b.At)
	}
	return b
}

// Halve splits a block of several items in two at an item boundary near its
// middle; ok is false when all its items occupy the same places.
func Halve(spans []Span, b Block) (left, right Block, ok bool) {
	for d := range len(b.Items) {
		for _, m := range [2]int{len(b.Items)/2 - d, len(b.Items)/2 + d} {
			if m > 0 && m < len(b.Items) && spans[b.Items[m]] != spans[b.Items[m-1]] {
				return block(spans, b.Items[:m]), block(spans, b.Items[m:]), true
			}
		}
	}
	return Block{}, Block{}, false
}

// merge joins sorted holes that overlap or touch.
func merge(holes []Hole) []Hole {
	out := holes[:0:0]
	for _, h := range holes {
		if k := len(out) - 1; k >= 0 && h.From <= out[k].To+1 {
			out[k].To = max(out[k].To, h.To)
			continue
		}
		out = append(out, h)
	}
	return out
}

// hits reports whether any of the merged holes touches [at, end).
func hits(holes []Hole, at, end int) bool {
	i := sort.Search(len(holes), func(i int) bool { return holes[i].To >= at })
	return i < len(holes) && holes[i].From < end
}

// Total is what the blocks cost.
func Total(blocks []Block, c Cost) float64 {
	t := 0.0
	for _, b := range blocks {
		t += c.Req + c.Place*float64(b.Len)
	}
	return t
}
