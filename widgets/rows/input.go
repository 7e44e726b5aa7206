package rows

import (
	"image"
	"time"

	"penstock/widgets/view"
)

// Choice is a line of a context menu.
type Choice = view.Choice

// dragging is what the pressed mouse is doing.
type dragging uint8

const (
	noDrag dragging = iota
	scrollDrag
	widthDrag
	rangeDrag
)

// pulling is where a drag began.
type pulling struct {
	from   image.Point
	scroll int
	column int // index in columns
	width  float32
}

func (v *View[K]) rowAt(y int) int {
	if y < v.head || v.height == 0 {
		return -1
	}
	if i := (y - v.head + v.scroll) / v.height; i < len(v.order) {
		return i
	}
	return -1
}

// edgeAt is the column whose right edge is at x in the heading.
func (v *View[K]) edgeAt(at image.Point) int {
	if at.Y >= v.head {
		return -1
	}
	for i, c := range v.columns {
		if d := at.X - (c.x + c.w - v.px(4)); d >= -v.px(4) && d <= v.px(4) && v.Columns[c.i].Width > 0 {
			return i
		}
	}
	return -1
}

// Tap selects a row, or sorts by a heading. Ctrl adds and takes away, Shift
// selects the range.
func (v *View[K]) Tap(at view.Pointer) {
	if at.At.Y < v.head {
		v.tapHead(at.At)
		return
	}
	if track, handle := v.track(); at.At.In(track) && !handle.Empty() {
		if at.At.Y < handle.Min.Y {
			v.scrollBy(-v.page() * v.height)
		} else if at.At.Y >= handle.Max.Y {
			v.scrollBy(v.page() * v.height)
		}
		return
	}
	i := v.rowAt(at.At.Y)
	switch {
	case i < 0:
		v.Clear()
		return
	case at.Mods&view.Ctrl != 0:
		k := v.order[i]
		if _, ok := v.chosen[k]; ok {
			delete(v.chosen, k)
		} else {
			v.chosen[k] = struct{}{}
		}
		v.at, v.anchor = i, i
	case at.Mods&view.Shift != 0 && v.anchor >= 0:
		v.at = i
		v.rangeTo(i)
	default:
		clear(v.chosen)
		v.chosen[v.order[i]] = struct{}{}
		v.at, v.anchor = i, i
	}
	v.all = true
	v.told()
}

func (v *View[K]) tapHead(at image.Point) {
	if v.edgeAt(at) >= 0 {
		return
	}
	for _, c := range v.columns {
		id := v.Columns[c.i].ID
		if id == "" || at.X < c.x || at.X >= c.x+c.w {
			continue
		}
		v.down = id == v.sortBy && !v.down
		v.sortBy, v.all = id, true
		if v.OnSort != nil {
			v.moved = time.Time{} // the order that was asked for does not wait for the pointer
			v.OnSort(v.sortBy, v.down)
		}
	}
}

// rangeTo selects from the anchor to i.
func (v *View[K]) rangeTo(i int) {
	clear(v.chosen)
	a, b := min(v.anchor, i), max(v.anchor, i)
	for _, k := range v.order[max(a, 0) : b+1] {
		v.chosen[k] = struct{}{}
	}
}

// DoubleTap opens a row.
func (v *View[K]) DoubleTap(at view.Pointer) {
	if i := v.rowAt(at.At.Y); i >= 0 && v.OnOpen != nil {
		v.OnOpen(v.order[i])
	}
}

// Menu offers what can be done with the selected rows. A row outside the
// selection is selected first.
func (v *View[K]) Menu(at view.Pointer) []Choice {
	i := v.rowAt(at.At.Y)
	if i < 0 || v.Choices == nil {
		return nil
	}
	if _, ok := v.chosen[v.order[i]]; !ok {
		v.Tap(view.Pointer{At: at.At})
	}
	return v.Choices(v.Selected())
}

// Hover lights the row under the pointer and holds the order.
func (v *View[K]) Hover(at view.Pointer) {
	v.inside, v.moved = true, v.now
	if i := v.rowAt(at.At.Y); i != v.hover {
		v.dirtyRow(v.hover)
		v.hover = i
		v.dirtyRow(i)
	}
	v.pull.from = at.At
}

// Leave lets the order go.
func (v *View[K]) Leave() {
	v.dirtyRow(v.hover)
	v.hover, v.inside = -1, false
}

func (v *View[K]) dirtyRow(i int) {
	if k := i - v.first(); i >= 0 && k >= 0 && k < len(v.slots) {
		v.slots[k].dirty = true
	}
}

// Cursor shows where a column can be made wider.
func (v *View[K]) Cursor() view.Cursor {
	if v.inside && v.edgeAt(v.pull.from) >= 0 {
		return view.ResizeLevel
	}
	return view.Arrow
}

// DragStart takes the scroll bar, a column's edge, or the first row of a range.
func (v *View[K]) DragStart(at view.Pointer) {
	v.pull = pulling{from: at.At, scroll: v.scroll}
	track, handle := v.track()
	switch e := v.edgeAt(at.At); {
	case e >= 0:
		v.drag, v.pull.column = widthDrag, e
		v.pull.width = float32(v.columns[e].w) / v.scale
	case at.At.In(track) && !handle.Empty():
		v.drag = scrollDrag
	default:
		if i := v.rowAt(at.At.Y); i >= 0 {
			v.drag, v.anchor, v.at = rangeDrag, i, i
			v.rangeTo(i)
		}
	}
	v.all = true
}

// Drag follows the pointer.
func (v *View[K]) Drag(at view.Pointer) {
	d := at.At.Sub(v.pull.from)
	switch v.drag {
	case scrollDrag:
		track, handle := v.track()
		if free := track.Dy() - handle.Dy(); free > 0 {
			v.scroll = v.pull.scroll + int(int64(d.Y)*int64(len(v.order)*v.height-track.Dy())/int64(free))
			v.clamp()
		}
	case widthDrag:
		c := v.columns[v.pull.column]
		v.widths[v.Columns[c.i].Title] = max(v.pull.width+float32(d.X)/v.scale, 30)
		v.place()
	case rangeDrag:
		if i := v.rowAt(min(max(at.At.Y, v.head), v.size.Y-1)); i >= 0 {
			v.at = i
			v.rangeTo(i)
			v.reveal()
		}
	}
	v.all = true
}

// DragEnd lets go.
func (v *View[K]) DragEnd() {
	if v.drag == rangeDrag {
		v.told()
	}
	v.drag, v.all = noDrag, true
}

// Wheel scrolls three rows a notch.
func (v *View[K]) Wheel(_ view.Pointer, _, dy float32) {
	v.scrollBy(int(-dy * 3 * float32(v.height)))
	v.moved = v.now
}

func (v *View[K]) scrollBy(d int) {
	before := v.scroll
	v.scroll += d
	v.clamp()
	v.all = v.all || v.scroll != before
}

// Focus shows whether keys come here.
func (v *View[K]) Focus(on bool) {
	v.focused, v.all = on, true
	if on && v.at < 0 && v.lost < 0 && len(v.order) > 0 && v.hover < 0 {
		v.at, v.anchor = 0, 0
	}
}

// Key moves the row in focus; Shift selects on the way, Ctrl+A selects the
// page in sight.
func (v *View[K]) Key(k view.Key) bool {
	if k.Mods&view.Ctrl != 0 && k.Name == "A" {
		clear(v.chosen)
		for _, key := range v.InSight() {
			v.chosen[key] = struct{}{}
		}
		v.all = true
		v.told()
		return true
	}
	if k.Mods&(view.Ctrl|view.Alt|view.Super) != 0 || len(v.order) == 0 {
		return false
	}
	i := v.at
	if gone := v.at < 0 && v.lost >= 0; gone {
		i = v.lost
		if k.Name == view.KeyDown {
			i-- // the next row stands there now
		}
	}
	switch k.Name {
	case view.KeyUp:
		i--
	case view.KeyDown:
		i++
	case view.KeyPageUp:
		i -= v.page() - 1
	case view.KeyPageDown:
		i += v.page() - 1
	case view.KeyHome:
		i = 0
	case view.KeyEnd:
		i = len(v.order) - 1
	case view.KeySpace:
		if v.at >= 0 {
			v.Tap(view.Pointer{At: image.Pt(0, v.head+v.at*v.height-v.scroll+1), Mods: view.Ctrl})
		}
		return true
	case view.KeyReturn:
		if v.at >= 0 && v.OnOpen != nil {
			v.OnOpen(v.order[v.at])
		}
		return true
	case view.KeyEscape:
		if len(v.chosen) < 2 {
			return false
		}
		i = v.at
	default:
		return false
	}
	i = min(max(i, 0), len(v.order)-1)
	v.at = i
	if k.Mods&view.Shift != 0 && v.anchor >= 0 {
		v.rangeTo(i)
	} else {
		clear(v.chosen)
		v.chosen[v.order[i]] = struct{}{}
		v.anchor = i
	}
	v.reveal()
	v.told()
	return true
}
