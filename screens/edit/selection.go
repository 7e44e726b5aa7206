package edit

import (
	"slices"

	"penstock/screens/mimic"
)

// Selection lists the selected items' ids from back to front.
func (doc *Document) Selection() (out []string) {
	for i := range doc.d.Items {
		if id := doc.d.Items[i].ID; doc.selected[id] {
			out = append(out, id)
		}
	}
	return out
}

// Selected reports whether an item is selected.
func (doc *Document) Selected(id string) bool { return doc.selected[id] }

// Select selects these items and the groups they belong to, and nothing else.
func (doc *Document) Select(ids ...string) {
	doc.setSelection(ids)
	doc.wholeGroups()
}

func (doc *Document) setSelection(ids []string) {
	clear(doc.selected)
	for _, id := range ids {
		if doc.d.Item(id) != nil {
			doc.selected[id] = true
		}
	}
}

// Toggle adds an item and its group to the selection, or takes it out.
func (doc *Document) Toggle(id string) {
	it := doc.d.Item(id)
	if it == nil {
		return
	}
	on := !doc.selected[id]
	for i := range doc.d.Items {
		if o := &doc.d.Items[i]; o.ID == id || (it.Group != "" && o.Group == it.Group) {
			if on {
				doc.selected[o.ID] = true
			} else {
				delete(doc.selected, o.ID)
			}
		}
	}
}

// SelectAll selects everything.
func (doc *Document) SelectAll() {
	for i := range doc.d.Items {
		doc.selected[doc.d.Items[i].ID] = true
	}
}

// SelectIn selects what lies wholly in a box; with add, besides what is
// selected already.
func (doc *Document) SelectIn(b mimic.Box, add bool) {
	if !add {
		clear(doc.selected)
	}
	for i := range doc.d.Items {
		it := &doc.d.Items[i]
		if x := it.Box; x.X >= b.X && x.Y >= b.Y && x.X+x.W <= b.X+b.W && x.Y+x.H <= b.Y+b.H {
			doc.selected[it.ID] = true
		}
	}
	doc.wholeGroups()
}

// wholeGroups adds the rest of each group that is selected in part.
func (doc *Document) wholeGroups() {
	groups := map[string]bool{}
	for i := range doc.d.Items {
		if it := &doc.d.Items[i]; it.Group != "" && doc.selected[it.ID] {
			groups[it.Group] = true
		}
	}
	for i := range doc.d.Items {
		if it := &doc.d.Items[i]; groups[it.Group] {
			doc.selected[it.ID] = true
		}
	}
}

func (doc *Document) dropGone() {
	for id := range doc.selected {
		if doc.d.Item(id) == nil {
			delete(doc.selected, id)
		}
	}
}

// Hull is the box around the selection; ok is false when nothing is selected.
func (doc *Document) Hull() (b mimic.Box, ok bool) {
	var corners []mimic.Point
	for i := range doc.d.Items {
		if it := &doc.d.Items[i]; doc.selected[it.ID] {
			corners = append(corners, mimic.Point{X: it.Box.X, Y: it.Box.Y}, mimic.Point{X: it.Box.X + it.Box.W, Y: it.Box.Y + it.Box.H})
		}
	}
	return mimic.Hull(corners), len(corners) > 0
}

// At returns the frontmost item at a point, or "". Panels and other large
// things behind are found only where nothing is in front of them.
func (doc *Document) At(p mimic.Point, reach float64) string {
	for i := len(doc.d.Items) - 1; i >= 0; i-- {
		it := &doc.d.Items[i]
		if len(it.Points) > 0 {
			if nearLine(it.Points, p, reach+it.Props.Number("width", 2)/2) {
				return it.ID
			}
			continue
		}
		if b := it.Box; p.X >= b.X-reach/2 && p.Y >= b.Y-reach/2 && p.X <= b.X+b.W+reach/2 && p.Y <= b.Y+b.H+reach/2 {
			return it.ID
		}
	}
	return ""
}

func nearLine(pts []mimic.Point, p mimic.Point, reach float64) bool {
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		dx, dy := b.X-a.X, b.Y-a.Y
		l2 := dx*dx + dy*dy
		t := 0.0
		if l2 > 0 {
			t = min(max(((p.X-a.X)*dx+(p.Y-a.Y)*dy)/l2, 0), 1)
		}
		ex, ey := p.X-a.X-t*dx, p.Y-a.Y-t*dy
		if ex*ex+ey*ey <= reach*reach {
			return true
		}
	}
	return false
}

// each changes every selected item of d.
func (doc *Document) each(d *mimic.Display, f func(it *mimic.Item)) {
	for i := range d.Items {
		if doc.selected[d.Items[i].ID] {
			it := d.Items[i].Clone()
			it.Line = 0
			f(&it)
			d.Items[i] = it
		}
	}
}

// Copy returns copies of the selected items, from back to front.
func (doc *Document) Copy() (out []mimic.Item) {
	for i := range doc.d.Items {
		if doc.selected[doc.d.Items[i].ID] {
			out = append(out, doc.d.Items[i].Clone())
		}
	}
	return out
}

// CopyText writes the selected items as a display of their own, for the
// clipboard: it can be pasted into any display, and read by people.
func (doc *Document) CopyText() string {
	part := mimic.Display{Title: "copied", Level: 1, W: doc.d.W, H: doc.d.H, Items: doc.Copy()}
	return string(part.Text())
}

// PasteText inserts what CopyText wrote, moved by dx and dy.
func (doc *Document) PasteText(text string, dx, dy float64) error {
	d, err := mimic.Parse("clipboard", []byte(text))
	if err != nil {
		return errNotItems
	}
	return doc.Insert(d.Items, dx, dy)
}

func (doc *Document) ids() map[string]bool {
	out := make(map[string]bool, len(doc.d.Items))
	for i := range doc.d.Items {
		out[doc.d.Items[i].ID] = true
	}
	return out
}

func (doc *Document) groups() (out []string) {
	for i := range doc.d.Items {
		if g := doc.d.Items[i].Group; g != "" && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}
