package screens

import (
	"image"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/screens/edit"
	"penstock/screens/mimic"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// tagShelf lists the plant's tags for the editor: found as their name is
// typed, taken up by a tap, carried to the canvas by a drag.
type tagShelf struct {
	*rows.View[tag.ID]
	room    Room
	search  *searchEntry
	surface *widgets.Surface
	root    *fyne.Container
	// As of symbolPalette.
	Take, Put   func(*placing)
	Carry, Drop func(p *placing, at image.Point)

	db      *tagdb.DB
	width   int
	scale   float32
	carried *placing
	pulling bool // the drag is the list's own
	last    image.Point
}

func newTagShelf(s *Station, hot func(fyne.Shortcut) bool) *tagShelf {
	v := &tagShelf{room: s.room}
	v.View = rows.New[tag.ID](s.style, v, rows.Column{Title: "Tag", Width: 122}, rows.Column{Title: "Description"})
	v.Empty = "No tag matches."
	v.OnOpen = func(id tag.ID) {
		if p := v.placing(id); p != nil {
			v.Put(p)
		}
	}
	v.search = newSearchEntry(s.key, hot)
	v.search.SetPlaceHolder("find a tag by name or description")
	v.search.OnChanged = func(string) { v.match() }
	v.search.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown, view.KeyReturn:
			return v.View.Key(k)
		}
		return false
	}
	v.surface = s.surface(v)
	v.root = container.New(&upright{1}, v.search, v.surface)
	return v
}

// reload takes in the tags of a project that was exchanged.
func (v *tagShelf) reload() {
	if db := v.room.Tags(); db != v.db {
		v.db = db
		v.match()
	}
}

func (v *tagShelf) match() {
	v.SetOrder(matchTags(v.db, v.search.Text))
	v.Touch() // a row may be another tag now, in the same place
	v.ToTop()
	if v.search.Text != "" {
		v.Clear()
		v.View.Key(view.Key{Name: view.KeyHome})
	}
}

// matchTags lists the tags that have every word in their name or description;
// a name that begins with the first word comes first.
func matchTags(db *tagdb.DB, text string) []tag.ID {
	words := strings.Fields(strings.ToLower(text))
	var first, rest []tag.ID
next:
	for _, c := range db.Cells() {
		d := c.Def()
		id := strings.ToLower(string(d.ID))
		all := id + " " + strings.ToLower(d.Text)
		for _, w := range words {
			if !strings.Contains(all, w) {
				continue next
			}
		}
		if len(words) > 0 && strings.HasPrefix(id, words[0]) {
			first = append(first, d.ID)
		} else {
			rest = append(rest, d.ID)
		}
	}
	slices.Sort(first)
	slices.Sort(rest)
	return append(first, rest...)
}

// Row implements rows.Model.
func (v *tagShelf) Row(id tag.ID, r *rows.Row) bool {
	c := v.db.Cell(id)
	if c == nil {
		return false
	}
	r.Cells[0], r.Cells[1] = string(id), c.Def().Text
	return true
}

// placing is the right symbol for a tag.
func (v *tagShelf) placing(id tag.ID) *placing {
	c := v.db.Cell(id)
	if c == nil {
		return nil
	}
	p := edit.Propose(c.Def(), func(id tag.ID) bool { return v.db.Cell(id) != nil })
	return &placing{kind: mimic.KindOf(p.Kind), def: c.Def()}
}

// Layout: see view.View.
func (v *tagShelf) Layout(size image.Point, scale float32) {
	v.width, v.scale = size.X, scale
	v.View.Layout(size, scale)
}

// onRow reports whether a pixel is on a row and not on the heading or the
// scroll bar.
func (v *tagShelf) onRow(at image.Point) bool {
	return at.Y >= int(26*v.scale) && at.X < v.width-int(14*v.scale)
}

// Tap selects a tag and takes it up.
func (v *tagShelf) Tap(p view.Pointer) {
	v.View.Tap(p)
	if v.onRow(p.At) {
		v.Take(v.chosen())
	}
}

func (v *tagShelf) chosen() *placing {
	id, ok := v.Focused()
	if !ok {
		return nil
	}
	return v.placing(id)
}

// DragStart carries the tag under the pointer.
func (v *tagShelf) DragStart(p view.Pointer) {
	v.carried, v.pulling = nil, !v.onRow(p.At)
	if v.pulling {
		v.View.DragStart(p)
		return
	}
	v.View.Tap(view.Pointer{At: p.At, Button: view.Primary})
	v.carried = v.chosen()
}

// Drag: see view.Dragger.
func (v *tagShelf) Drag(p view.Pointer) {
	v.last = p.At
	switch {
	case v.pulling:
		v.View.Drag(p)
	case v.carried != nil:
		v.Carry(v.carried, p.At)
	}
}

// DragEnd: see view.Dragger.
func (v *tagShelf) DragEnd() {
	switch {
	case v.pulling:
		v.View.DragEnd()
	case v.carried != nil:
		v.Drop(v.carried, v.last)
	}
	v.carried, v.pulling = nil, false
}
