package edit

import (
	"errors"
	"math"
	"slices"

	"penstock/screens/mimic"
)

// Side is what items are aligned by.
type Side uint8

// The sides.
const (
	Left Side = iota
	Center
	Right
	Top
	Middle
	Bottom
)

// Align moves each selected item so that all have one side in common.
func (doc *Document) Align(s Side) error {
	h, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	return doc.change("align", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			b := it.Box
			switch s {
			case Left:
				shift(it, h.X-b.X, 0)
			case Center:
				shift(it, h.X+h.W/2-b.X-b.W/2, 0)
			case Right:
				shift(it, h.X+h.W-b.X-b.W, 0)
			case Top:
				shift(it, 0, h.Y-b.Y)
			case Middle:
				shift(it, 0, h.Y+h.H/2-b.Y-b.H/2)
			case Bottom:
				shift(it, 0, h.Y+h.H-b.Y-b.H)
			}
		})
	})
}

// DistributeAcross makes the gaps between the selected items alike from left
// to right, DistributeDown from top to bottom.
func (doc *Document) DistributeAcross() error {
	return doc.distribute(func(b mimic.Box) (float64, float64) { return b.X, b.W }, func(it *mimic.Item, d float64) { shift(it, d, 0) })
}

// DistributeDown: see DistributeAcross.
func (doc *Document) DistributeDown() error {
	return doc.distribute(func(b mimic.Box) (float64, float64) { return b.Y, b.H }, func(it *mimic.Item, d float64) { shift(it, 0, d) })
}

func (doc *Document) distribute(span func(mimic.Box) (at, size float64), move func(it *mimic.Item, d float64)) error {
	items := doc.Copy()
	if len(items) < 3 {
		return errors.New("select three items or more")
	}
	slices.SortStableFunc(items, func(a, b mimic.Item) int {
		x, _ := span(a.Box)
		y, _ := span(b.Box)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	first, _ := span(items[0].Box)
	lastAt, lastSize := span(items[len(items)-1].Box)
	room := lastAt + lastSize - first
	for _, it := range items {
		_, size := span(it.Box)
		room -= size
	}
	gap := room / float64(len(items)-1)
	to := map[string]float64{}
	at := first
	for _, it := range items {
		_, size := span(it.Box)
		to[it.ID] = math.Round(at*1000) / 1000
		at += size + gap
	}
	return doc.change("distribute", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			now, _ := span(it.Box)
			move(it, to[it.ID]-now)
		})
	})
}

// ToFront and ToBack put the selection before or behind everything, Raise and
// Lower past the next item.
func (doc *Document) ToFront() error {
	return doc.reorder("to front", func(in, out []mimic.Item) []mimic.Item { return slices.Concat(out, in) })
}

// ToBack: see ToFront.
func (doc *Document) ToBack() error {
	return doc.reorder("to back", func(in, out []mimic.Item) []mimic.Item { return slices.Concat(in, out) })
}

func (doc *Document) reorder(label string, join func(in, out []mimic.Item) []mimic.Item) error {
	if len(doc.selected) == 0 {
		return ErrNothing
	}
	return doc.change(label, func(d *mimic.Display) {
		var in, out []mimic.Item
		for _, it := range d.Items {
			if doc.selected[it.ID] {
				in = append(in, it)
			} else {
				out = append(out, it)
			}
		}
		d.Items = join(in, out)
	})
}

// Raise: see ToFront.
func (doc *Document) Raise() error {
	return doc.change("raise", func(d *mimic.Display) {
		for i := len(d.Items) - 2; i >= 0; i-- {
			if doc.selected[d.Items[i].ID] && !doc.selected[d.Items[i+1].ID] {
				d.Items[i], d.Items[i+1] = d.Items[i+1], d.Items[i]
			}
		}
	})
}

// Lower: see ToFront.
func (doc *Document) Lower() error {
	return doc.change("lower", func(d *mimic.Display) {
		for i := 1; i < len(d.Items); i++ {
			if doc.selected[d.Items[i].ID] && !doc.selected[d.Items[i-1].ID] {
				d.Items[i], d.Items[i-1] = d.Items[i-1], d.Items[i]
			}
		}
	})
}

// Group makes the selection one group, Ungroup takes its groups apart.
func (doc *Document) Group() error {
	if len(doc.selected) < 2 {
		return errors.New("select two items or more")
	}
	known := map[string]bool{}
	for _, g := range doc.groups() {
		known[g] = true
	}
	name := freeID(known, "group")
	return doc.change("group", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) { it.Group = name })
	})
}

// Ungroup: see Group.
func (doc *Document) Ungroup() error {
	return doc.change("ungroup", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) { it.Group = "" })
	})
}

// Rotate turns the selection by degrees, clockwise, around its middle: what has
// an angle turns, lines turn, and everything else keeps upright and only goes
// round.
func (doc *Document) Rotate(degrees float64) error {
	h, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	if math.IsNaN(degrees) || math.IsInf(degrees, 0) {
		return errors.New("this is no angle")
	}
	cx, cy := h.X+h.W/2, h.Y+h.H/2
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	round := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	turned := func(x, y float64) (float64, float64) {
		return round(cx + (x-cx)*cos - (y-cy)*sin), round(cy + (x-cx)*sin + (y-cy)*cos)
	}
	return doc.change("rotate", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			for i, p := range it.Points {
				it.Points[i].X, it.Points[i].Y = turned(p.X, p.Y)
			}
			if len(it.Points) > 0 {
				it.Box = mimic.Hull(it.Points)
				return
			}
			x, y := turned(it.Box.X+it.Box.W/2, it.Box.Y+it.Box.H/2)
			it.Box.X, it.Box.Y = round(x-it.Box.W/2), round(y-it.Box.H/2)
			if k := mimic.KindOf(it.Kind); k != nil && k.Prop("angle") != nil {
				turnBy(it, degrees)
			}
		})
	})
}

// turnBy adds to the angle of an item, which stays between -180 and 180.
func turnBy(it *mimic.Item, degrees float64) {
	angle := math.Mod(it.Props.Number("angle", 0)+degrees, 360)
	switch {
	case angle > 180:
		angle -= 360
	case angle <= -180:
		angle += 360
	}
	angle = math.Round(angle*100) / 100
	if angle == 0 {
		delete(it.Props, "angle")
		if len(it.Props) == 0 {
			it.Props = nil
		}
		return
	}
	if it.Props == nil {
		it.Props = mimic.Props{}
	}
	it.Props["angle"] = angle
}

// Turn turns the selected items by a quarter, clockwise: machines face the
// next way, lines turn around their middle.
func (doc *Document) Turn() error {
	next := map[string]string{"": "down", "right": "down", "down": "left", "left": "up", "up": "right"}
	return doc.change("turn", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			if k := mimic.KindOf(it.Kind); k != nil && k.Prop("facing") != nil {
				if it.Props == nil {
					it.Props = mimic.Props{}
				}
				it.Props["facing"] = next[it.Props.Text("facing", "")]
			}
			cx, cy := it.Box.X+it.Box.W/2, it.Box.Y+it.Box.H/2
			for i, p := range it.Points {
				it.Points[i] = mimic.Point{X: cx - (p.Y - cy), Y: cy + (p.X - cx)}
			}
			if len(it.Points) > 0 {
				it.Box = mimic.Hull(it.Points)
			}
		})
	})
}
