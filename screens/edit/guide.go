package edit

import (
	"math"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

// guideReach is how near an edge or the middle of what is dragged must come to
// one of another item to be drawn into line with it, pixels.
const guideReach = 5

// A guide is a line on which something that is being dragged and something
// that stays have an edge or their middle.
type guide struct {
	upright  bool
	at       float64 // display units, as all
	from, to float64
}

// mark is an edge or the middle of an item along one axis, and what the item
// takes along the other.
type mark struct{ at, from, to float64 }

// marksOf are the edges and the middle of a box along an axis.
func marksOf(b mimic.Box, upright bool) [3]mark {
	if upright {
		return [3]mark{{b.X, b.Y, b.Y + b.H}, {b.X + b.W/2, b.Y, b.Y + b.H}, {b.X + b.W, b.Y, b.Y + b.H}}
	}
	return [3]mark{{b.Y, b.X, b.X + b.W}, {b.Y + b.H/2, b.X, b.X + b.W}, {b.Y + b.H, b.X, b.X + b.W}}
}

// others are the marks of everything that is not selected. Lines lie across
// the picture and would draw everything to themselves; only their corners
// count.
func (doc *Document) others(upright bool) (out []mark) {
	for i := range doc.d.Items {
		it := &doc.d.Items[i]
		if doc.selected[it.ID] {
			continue
		}
		if len(it.Points) == 0 {
			m := marksOf(it.Box, upright)
			out = append(out, m[:]...)
			continue
		}
		for _, p := range it.Points {
			m := marksOf(mimic.Box{X: p.X, Y: p.Y}, upright)
			out = append(out, m[0])
		}
	}
	return out
}

// drawn is how far v has to go to be in line with the nearest mark, where one
// is in reach.
func drawn(v float64, marks []mark, reach float64) (by float64, ok bool) {
	best := reach
	for _, m := range marks {
		if d := m.at - v; math.Abs(d) <= best && (!ok || math.Abs(d) < best) {
			by, best, ok = d, math.Abs(d), true
		}
	}
	return by, ok
}

// moveInLine moves the selection by a distance: to where an edge or its middle
// is in line with something else within reach, display units, and onto the
// grid where nothing is.
func (doc *Document) moveInLine(dx, dy, reach float64) error {
	h, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	along := func(at, by float64, upright bool) float64 {
		to, best, found := doc.snap(at+by)-at, reach, false
		others := doc.others(upright)
		for _, m := range marksOf(h, upright) {
			if d, ok := drawn(m.at+by, others, best); ok && (!found || math.Abs(d) < best) {
				to, best, found = by+d, math.Abs(d), true
			}
		}
		return to
	}
	return doc.nudge(round3(along(h.X, dx, true)), round3(along(h.Y, dy, false)))
}

// resizeInLine pulls a handle as Resize does, to where the side that is pulled
// is in line with something else within reach.
func (doc *Document) resizeInLine(h Handle, dx, dy, reach float64) error {
	from, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	onto := func(upright bool) func(float64) float64 {
		others := doc.others(upright)
		return func(v float64) float64 {
			if d, ok := drawn(v, others, reach); ok {
				return round3(v + d)
			}
			return doc.snap(v)
		}
	}
	return doc.fit(from, pulled(from, h, dx, dy, onto(true), onto(false)))
}

// bendInLine moves a corner of a line as MovePoint does, to where it is in line
// with something else within reach: a pipe meets the middle of its pump.
func (doc *Document) bendInLine(id string, i int, p mimic.Point, reach float64) error {
	along := func(v float64, upright bool) float64 {
		if d, ok := drawn(v, doc.others(upright), reach); ok {
			return round3(v + d)
		}
		return doc.snap(v)
	}
	return doc.setPoint(id, i, mimic.Point{X: along(p.X, true), Y: along(p.Y, false)})
}

func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

// guides are the lines that a box is in line along with what is not selected:
// that of its middle, or else those of its edges, since of things of one size
// the middle says enough.
func (doc *Document) guides(h mimic.Box) (out []guide) {
	for _, upright := range [...]bool{true, false} {
		others := doc.others(upright)
		lies := func(m mark) (g guide, met bool) {
			g = guide{upright, m.at, m.from, m.to}
			for _, o := range others {
				if math.Abs(o.at-m.at) < 0.01 {
					g.from, g.to, met = min(g.from, o.from), max(g.to, o.to), true
				}
			}
			return g, met
		}
		marks := marksOf(h, upright)
		if g, met := lies(marks[1]); met {
			out = append(out, g)
			continue
		}
		for _, m := range [...]mark{marks[0], marks[2]} {
			if g, met := lies(m); met {
				out = append(out, g)
			}
		}
	}
	return out
}

// guideOver is how far a guide goes on past what it joins, pixels.
const guideOver = 8

func (c *Canvas) paintGuides(p *paint.Painter) {
	h, ok := c.Doc.Hull()
	switch it := c.line(); {
	case c.mode == bending && it != nil && c.corner < len(it.Points):
		h = mimic.Box{X: it.Points[c.corner].X, Y: it.Points[c.corner].Y}
	case c.mode != moving && c.mode != resizing || !ok:
		return
	}
	for _, g := range c.Doc.guides(h) {
		b := mimic.Box{X: g.from, Y: g.at, W: g.to - g.from}
		if g.upright {
			b = mimic.Box{X: g.at, Y: g.from, H: g.to - g.from}
		}
		r := c.scene.Pixels(b)
		ends := []paint.Pt{{X: r.X - guideOver, Y: r.Y}, {X: r.Right() + guideOver, Y: r.Y}}
		if g.upright {
			ends = []paint.Pt{{X: r.X, Y: r.Y - guideOver}, {X: r.X, Y: r.Bottom() + guideOver}}
		}
		p.Dashed(ends, 1.5, 7, 4, c.style.Palette.Focus)
	}
}
