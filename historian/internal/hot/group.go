package hot

import (
	"slices"
	"sort"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// minRow is the smallest scan worth a group.
const minRow = 8

// A group is a set of tags that keep arriving together with one time: a scan
// of one device, a publish of one server. Its samples lie row after row, so
// adding a scan is one sequential copy, and the times are there once. The rows
// are in slabs, of which there are as many as are filled.
type group struct {
	nums   []uint32
	marks  []block.Mark // what each column normally holds
	at     []int64
	slabs  [][]uint64        // the rows of at, each len(nums) cells
	rows   int               // in a slab
	odd    [][]oddCell       // by column, rising rows: cells that are not as usual; nil: none
	texts  []string          // what cells of text columns index
	word   map[string]uint64 // where a text is in texts
	newest int64             // a row must be newer than that
}

// oddCell is what a cell differs in from its column's mark and good quality.
type oddCell struct {
	row  int32
	mark block.Mark
	q    tag.Quality
}

// shape says which tag is in which column of which group.
type shape struct{ place []place }

type place struct{ group, col int32 } // group 0: none; else index+1

func (s *shape) of(num uint32) place {
	if int(num) < len(s.place) {
		return s.place[num]
	}
	return place{}
}

func (g *Generation) group(num uint32) (*group, int) {
	p := g.shape.of(num)
	// The shape may have grown in a later generation.
	if p.group == 0 || int(p.group) > len(g.groups) {
		return nil, 0
	}
	return g.groups[p.group-1], int(p.col)
}

// addRow adds points of one time to their group, and reports whether they are
// one. Points that look like a group for the first time make one.
func (g *Generation) addRow(run []block.Point) bool {
	if len(run) < minRow {
		return false
	}
	gr, col := g.group(run[0].Num)
	if gr == nil {
		if gr = g.newGroup(run); gr == nil {
			return false
		}
	}
	if col != 0 || len(run) != len(gr.nums) || run[0].At <= gr.newest {
		return false
	}
	for i := range run {
		if run[i].Num != gr.nums[i] {
			return false
		}
	}
	row := len(gr.at)
	gr.at = append(gr.at, run[0].At)
	gr.newest = run[0].At
	if row == len(gr.slabs)*gr.rows {
		gr.slabs = append(gr.slabs, g.slab(gr.rows*len(gr.nums)))
	}
	cells := gr.row(row)
	for i := range run {
		p := &run[i]
		cells[i] = p.Bits
		if p.Mark != gr.marks[i] || p.Q != tag.Good {
			gr.setOdd(i, oddCell{int32(row), p.Mark, p.Q})
		}
		if p.Mark.Kind() == tag.KindText {
			cells[i] = gr.intern(p.Text)
		}
	}
	return true
}

// newGroup makes a group of the tags of run; nil when one of them is in
// another group, twice in run, or has newer samples.
func (g *Generation) newGroup(run []block.Point) *group {
	seen := make(map[uint32]bool, len(run))
	for i := range run {
		num := run[i].Num
		if h := g.head(num); seen[num] || g.shape.of(num).group != 0 || h != nil && h.newest >= run[i].At {
			return nil
		}
		seen[num] = true
	}
	gr := &group{newest: run[0].At - 1, rows: max(slabCells/len(run), 1)}
	for i := range run {
		gr.nums = append(gr.nums, run[i].Num)
		gr.marks = append(gr.marks, run[i].Mark)
	}
	g.adopt(gr)
	return gr
}

// adopt adds an empty group and notes the places of its tags.
func (g *Generation) adopt(gr *group) {
	g.groups = append(g.groups, gr)
	for col, num := range gr.nums {
		if n := int(num) + 1 - len(g.shape.place); n > 0 {
			g.shape.place = append(g.shape.place, make([]place, n)...)
		}
		g.shape.place[num] = place{int32(len(g.groups)), int32(col)}
	}
}

// next is an empty group for the same scan. A column that was mostly odd
// expects next what it held last.
func (gr *group) next() *group {
	out := &group{
		nums: gr.nums, marks: slices.Clone(gr.marks), newest: gr.newest, rows: gr.rows,
		at: make([]int64, 0, len(gr.at)+len(gr.at)/8),
	}
	for col, odd := range gr.odd {
		if len(odd) > len(gr.at)/2 {
			out.marks[col] = odd[len(odd)-1].mark
		}
	}
	return out
}

// row is the cells of row i.
func (gr *group) row(i int) []uint64 {
	n := len(gr.nums)
	return gr.slabs[i/gr.rows][i%gr.rows*n:][:n:n]
}

func (gr *group) setOdd(col int, c oddCell) {
	if gr.odd == nil {
		gr.odd = make([][]oddCell, len(gr.nums))
	}
	gr.odd[col] = append(gr.odd[col], c)
}

func (gr *group) intern(t string) uint64 {
	if i, ok := gr.word[t]; ok {
		return i
	}
	if gr.word == nil {
		gr.word = map[string]uint64{}
	}
	i := uint64(len(gr.texts))
	gr.texts = append(gr.texts, t)
	gr.word[t] = i
	return i
}

// search returns the first row at or after t.
func (gr *group) search(t int64) int {
	return sort.Search(len(gr.at), func(i int) bool { return gr.at[i] >= t })
}

func (gr *group) point(col, row int) block.Point {
	p := block.Point{At: gr.at[row], Num: gr.nums[col], Bits: gr.row(row)[col], Mark: gr.marks[col], Q: tag.Good}
	if gr.odd != nil {
		odd := gr.odd[col]
		if i := sort.Search(len(odd), func(i int) bool { return int(odd[i].row) >= row }); i < len(odd) && int(odd[i].row) == row {
			p.Mark, p.Q = odd[i].mark, odd[i].q
		}
	}
	if p.Mark.Kind() == tag.KindText {
		p.Text, p.Bits = gr.texts[p.Bits], 0
	}
	return p
}

// appendColumn adds rows i to j-1 of a column to out.
func (gr *group) appendColumn(out *block.Series, col, i, j int) {
	if i >= j {
		return
	}
	if gr.marks[col].Kind() == tag.KindText {
		gr.appendPoints(out, col, i, j)
		return
	}
	if gr.odd != nil {
		odd := gr.odd[col]
		for k := sort.Search(len(odd), func(k int) bool { return int(odd[k].row) >= i }); k < len(odd) && int(odd[k].row) < j; k++ {
			row := int(odd[k].row)
			gr.appendCells(out, col, i, row)
			gr.appendPoints(out, col, row, row+1)
			i = row + 1
		}
	}
	gr.appendCells(out, col, i, j)
}

// appendPoints adds cells of a column one by one.
func (gr *group) appendPoints(out *block.Series, col, i, j int) {
	for ; i < j; i++ {
		p := gr.point(col, i)
		out.Add(&p)
	}
}

// appendCells adds cells of a column that are as its cells usually are.
func (gr *group) appendCells(out *block.Series, col, i, j int) {
	for i < j {
		n := min(j-i, gr.rows-i%gr.rows) // of this slab
		out.AddColumn(gr.at[i:i+n], gr.slabs[i/gr.rows][i%gr.rows*len(gr.nums)+col:], len(gr.nums), gr.marks[col])
		i += n
	}
}
