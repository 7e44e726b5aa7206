package scene

import "image"

// cell is the side of a square of the grid, pixels.
const cell = 128

// grid finds the elements in a rectangle without asking all of them.
type grid struct {
	cols, rows int
	cells      [][]int32
	stamp      []uint32 // by element: the query that found it last
	round      uint32
}

// index puts the elements into the grid anew.
func (s *Scene) index() {
	g := &s.grid
	g.cols, g.rows = s.size.X/cell+1, s.size.Y/cell+1
	if n := g.cols * g.rows; len(g.cells) != n {
		g.cells = make([][]int32, n)
	}
	for i := range g.cells {
		g.cells[i] = g.cells[i][:0]
	}
	if len(g.stamp) != len(s.elements) {
		g.stamp, g.round = make([]uint32, len(s.elements)), 0
	}
	for i := range s.elements {
		g.each(s.elements[i].reach, func(c int) { g.cells[c] = append(g.cells[c], int32(i)) })
	}
}

func (g *grid) each(r image.Rectangle, f func(c int)) {
	r = r.Intersect(image.Rect(0, 0, g.cols*cell, g.rows*cell))
	if r.Empty() {
		return
	}
	for y := r.Min.Y / cell; y <= (r.Max.Y-1)/cell; y++ {
		for x := r.Min.X / cell; x <= (r.Max.X-1)/cell; x++ {
			f(y*g.cols + x)
		}
	}
}

// query appends the elements whose cells r touches, each once.
func (g *grid) query(r image.Rectangle, out []int32) []int32 {
	if g.round++; g.round == 0 { // the counter has come round
		clear(g.stamp)
		g.round = 1
	}
	g.each(r, func(c int) {
		for _, i := range g.cells[c] {
			if g.stamp[i] != g.round {
				g.stamp[i] = g.round
				out = append(out, i)
			}
		}
	})
	return out
}
