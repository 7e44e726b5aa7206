package edit

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"penstock/screens/mimic"
)

var (
	errNotItems = errors.New("the clipboard holds no items of a display")
	errNotLine  = errors.New("a line has two corners or more")
)

// leastSize is how small an item can be made, display units.
const leastSize = 4

func (doc *Document) snap(v float64) float64 {
	if doc.Grid <= 0 {
		return v
	}
	return math.Round(v/doc.Grid) * doc.Grid
}

// shift moves an item.
func shift(it *mimic.Item, dx, dy float64) {
	it.Box.X, it.Box.Y = it.Box.X+dx, it.Box.Y+dy
	for i := range it.Points {
		it.Points[i].X, it.Points[i].Y = it.Points[i].X+dx, it.Points[i].Y+dy
	}
}

// freeID makes an id from a stem that is not taken.
func freeID(taken map[string]bool, stem string) string {
	stem = strings.TrimRight(stem, "0123456789")
	if stem == "" {
		stem = "item"
	}
	for n := 1; ; n++ {
		if id := fmt.Sprint(stem, n); !taken[id] {
			taken[id] = true
			return id
		}
	}
}

// Add puts a new item of a kind at a point, selects it and returns its id.
// Tags may be nil where the kind needs none.
func (doc *Document) Add(kind string, at mimic.Point, props mimic.Props, tags map[string]string) (id string, err error) {
	k := mimic.KindOf(kind)
	if k == nil {
		return "", fmt.Errorf("there is no kind %q", kind)
	}
	it := mimic.Item{Kind: kind, Props: maps.Clone(props), Tags: maps.Clone(tags)}
	x, y := doc.snap(at.X), doc.snap(at.Y)
	if k.Lined {
		it.Points = []mimic.Point{{X: x, Y: y}, {X: x + 120, Y: y}}
		it.Box = mimic.Hull(it.Points)
	} else {
		it.Box = mimic.Box{X: x, Y: y, W: k.W, H: k.H}
	}
	it.ID = freeID(doc.ids(), kind)
	if err := doc.change("add "+kind, func(d *mimic.Display) { d.Items = append(d.Items, it) }); err != nil {
		return "", err
	}
	doc.setSelection([]string{it.ID})
	doc.selectedNow()
	return it.ID, nil
}

// selectedNow keeps the selection of the last step up to date.
func (doc *Document) selectedNow() {
	if n := len(doc.done); n > 0 && doc.gesture == nil {
		doc.done[n-1].selection = doc.Selection()
	}
}

// Insert puts copies of items in front of everything, moved by dx and dy, and
// selects them. Ids that are taken are replaced; groups become groups of their
// own.
func (doc *Document) Insert(items []mimic.Item, dx, dy float64) error {
	if len(items) == 0 {
		return ErrNothing
	}
	taken, groups, ids := doc.ids(), map[string]string{}, []string{}
	known := map[string]bool{}
	for _, g := range doc.groups() {
		known[g] = true
	}
	var fresh []mimic.Item
	for i := range items {
		it := items[i].Clone()
		it.Line = 0
		if taken[it.ID] {
			it.ID = freeID(taken, it.ID)
		}
		taken[it.ID] = true
		if it.Group != "" {
			if groups[it.Group] == "" {
				groups[it.Group] = freeID(known, it.Group)
			}
			it.Group = groups[it.Group]
		}
		shift(&it, dx, dy)
		fresh = append(fresh, it)
		ids = append(ids, it.ID)
	}
	if err := doc.change("paste", func(d *mimic.Display) { d.Items = append(d.Items, fresh...) }); err != nil {
		return err
	}
	doc.setSelection(ids)
	doc.selectedNow()
	return nil
}

// Duplicate copies the selection beside itself.
func (doc *Document) Duplicate() error {
	d := max(doc.Grid, 10) * 2
	return doc.Insert(doc.Copy(), d, d)
}

// Delete removes the selection.
func (doc *Document) Delete() error {
	if len(doc.selected) == 0 {
		return ErrNothing
	}
	return doc.change("delete", func(d *mimic.Display) {
		d.Items = slices.DeleteFunc(d.Items, func(it mimic.Item) bool { return doc.selected[it.ID] })
	})
}

// Move moves the selection by a distance, onto the grid where there is one:
// the upper left corner of the whole comes to stand on it.
func (doc *Document) Move(dx, dy float64) error {
	h, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	return doc.nudge(doc.snap(h.X+dx)-h.X, doc.snap(h.Y+dy)-h.Y)
}

// Nudge moves the selection by exactly a distance.
func (doc *Document) Nudge(dx, dy float64) error { return doc.nudge(dx, dy) }

func (doc *Document) nudge(dx, dy float64) error {
	return doc.change("move", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) { shift(it, dx, dy) })
	})
}

// Handle is a corner or side that is pulled: -1, 0 or 1 each way.
type Handle struct{ X, Y int }

// Resize pulls a handle of the selection's hull by a distance: everything in
// it grows or shrinks alike.
func (doc *Document) Resize(h Handle, dx, dy float64) error {
	from, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	return doc.fit(from, pulled(from, h, dx, dy, doc.snap, doc.snap))
}

// pulled is a box after one of its handles was pulled by a distance; acrossTo
// and downTo say where a side may come to stand.
func pulled(b mimic.Box, h Handle, dx, dy float64, acrossTo, downTo func(float64) float64) mimic.Box {
	pull := func(side int, at, size *float64, d float64, onto func(float64) float64) {
		switch side {
		case -1:
			end := *at + *size
			*at = min(onto(*at+d), end-leastSize)
			*size = end - *at
		case 1:
			*size = max(onto(*at+*size+d)-*at, leastSize)
		}
	}
	pull(h.X, &b.X, &b.W, dx, acrossTo)
	pull(h.Y, &b.Y, &b.H, dy, downTo)
	return b
}

// fit maps the selection from one hull to another.
func (doc *Document) fit(from, to mimic.Box) error {
	scale := func(v, f0, fl, t0, tl float64) float64 {
		if fl == 0 {
			return t0 + (v - f0)
		}
		return t0 + (v-f0)*tl/fl
	}
	round := round3
	return doc.change("resize", func(d *mimic.Display) {
		doc.each(d, func(it *mimic.Item) {
			for i, p := range it.Points {
				it.Points[i] = mimic.Point{X: round(scale(p.X, from.X, from.W, to.X, to.W)), Y: round(scale(p.Y, from.Y, from.H, to.Y, to.H))}
			}
			if len(it.Points) > 0 {
				it.Box = mimic.Hull(it.Points)
				return
			}
			x0, y0 := scale(it.Box.X, from.X, from.W, to.X, to.W), scale(it.Box.Y, from.Y, from.H, to.Y, to.H)
			x1, y1 := scale(it.Box.X+it.Box.W, from.X, from.W, to.X, to.W), scale(it.Box.Y+it.Box.H, from.Y, from.H, to.Y, to.H)
			it.Box = mimic.Box{X: round(x0), Y: round(y0), W: max(round(x1-x0), 1), H: max(round(y1-y0), 1)}
		})
	})
}

// Place gives the one selected item a box of its own.
func (doc *Document) Place(b mimic.Box) error {
	from, ok := doc.Hull()
	if !ok {
		return ErrNothing
	}
	return doc.fit(from, b)
}
