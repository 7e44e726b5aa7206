package trend

import (
	"image"
	"math"
	"slices"
	"time"

	"penstock/widgets/view"
)

func (v *View) centre() int64 {
	w := v.window.at(v.now)
	if w.Live {
		return v.now
	}
	return w.From() + w.Span/2
}

// shift pans by a share of the window.
func (v *View) shift(share float64) {
	v.remember()
	v.window = v.window.pan(int64(share*float64(v.window.Span)), v.now)
	v.dirty = true
}

// zoomAt zooms around t; notches of a wheel that follow each other quickly
// are one step of undo.
func (v *View) zoomAt(k float64, t int64) {
	v.rememberWheel()
	v.window = v.window.zoom(k, t, v.now)
	v.dirty = true
}

// rememberWheel remembers once for a turn of the wheel.
func (v *View) rememberWheel() {
	if v.now-v.wheeled > int64(800*time.Millisecond) {
		v.remember()
	}
	v.wheeled = v.now
}

// drag is what the pressed mouse is doing.
type drag struct {
	kind     dragKind
	from, at image.Point
	window   Window // when it began
	group    int
	ax       axis
	moved    bool
}

type dragKind uint8

const (
	noDrag dragKind = iota
	panDrag
	boxDrag
	axisDrag
)

func (d *drag) box() image.Rectangle {
	return image.Rectangle{Min: d.from, Max: d.at}.Canon()
}

// Tap selects a pen, pins a cursor, or presses a button.
func (v *View) Tap(at view.Pointer) {
	if v.hasBar() && v.bar.Has(at.At) {
		v.bar.Tap(at)
		return
	}
	v.dirty = true
	switch z := v.hit(at.At); z.kind {
	case rowZone:
		v.selected = z.i
		v.place()
	case eyeZone:
		v.pens[z.i].look.Hidden = !v.pens[z.i].look.Hidden
		v.place()
		v.told()
	case dropZone:
		v.drop(z.i)
	case axisZone:
		v.selected = v.group[z.i].pens[0]
		v.place()
	case plotZone:
		t := v.timeAt(at.At.X)
		v.hair.pin(t)
		v.hair.hover = t // the pointer has not moved from it
	case xyZone:
		if t := v.nearestXY(at.At); t != 0 {
			v.hair.pin(t)
		}
	}
}

// DoubleTap opens a pen's faceplate, or gives an axis its own range back.
func (v *View) DoubleTap(at view.Pointer) {
	switch z := v.hit(at.At); z.kind {
	case rowZone:
		if v.OnPick != nil {
			v.OnPick(v.pens[z.i].Def.ID)
		}
	case axisZone:
		v.remember()
		delete(v.axes, v.group[z.i].key)
		v.dirty = true
	}
}

func (v *View) drop(i int) {
	pens := make([]Pen, 0, len(v.pens))
	for k, p := range v.pens {
		if k != i {
			pens = append(pens, p.Pen)
		}
	}
	v.SetPens(pens)
	v.told()
}

func (v *View) told() {
	if v.OnPens != nil {
		v.OnPens()
	}
}

// Menu offers what can be done with a pen or the plot.
func (v *View) Menu(at view.Pointer) []view.Choice {
	switch z := v.hit(at.At); z.kind {
	case rowZone, eyeZone, dropZone:
		p := v.pens[z.i]
		show := "Hide"
		if p.look.Hidden {
			show = "Show"
		}
		return []view.Choice{
			{Text: show, Do: func() { p.look.Hidden = !p.look.Hidden; v.place(); v.told() }},
			{Text: "Line, colour and axis", Do: func() {
				if v.OnLook != nil {
					v.OnLook(p.Def.ID)
				}
			}, Disabled: v.OnLook == nil},
			{Text: "Put across, others against it", Do: func() { v.across(p.Def.ID) }, Disabled: p.Lane()},
			{Text: "Faceplate", Do: func() {
				if v.OnPick != nil {
					v.OnPick(p.Def.ID)
				}
			}},
			{Text: "Remove", Do: func() { v.drop(slices.Index(v.pens, p)) }},
		}
	case plotZone, axisZone, xyZone:
		t := v.hair.hover
		return []view.Choice{
			{Text: "Note at this moment", Do: func() {
				if v.OnNote != nil {
					v.OnNote(t)
				}
			}, Disabled: v.OnNote == nil || t == 0},
			{Text: "Undo zoom", Do: v.Undo, Disabled: len(v.undo) == 0},
			{Text: "Fit values", Do: func() { v.press("fit") }},
			{Text: "Jump to now", Do: func() { v.press("now") }, Disabled: v.window.Live},
			{Text: "Remove cursors", Do: func() { v.hair.reset(); v.dirty = true }},
		}
	}
	return nil
}

// Hover moves the cursor.
func (v *View) Hover(at view.Pointer) {
	if v.hasBar() {
		v.bar.Hover(at)
	}
	t := int64(0)
	v.hair.x = at.At.X
	v.hoverMark(at.At)
	if z := v.hit(at.At); z.kind == xyZone {
		t = v.nearestXY(at.At)
	} else if z.kind == plotZone && at.At.X >= v.plot.Min.X && at.At.X < v.plot.Max.X {
		t = v.timeAt(at.At.X)
	}
	if t != v.hair.hover {
		v.hair.hover, v.hair.moved, v.dirty = t, v.now, true
	}
}

// Leave takes the cursor away.
func (v *View) Leave() {
	v.bar.Leave()
	if v.hair.hover != 0 || v.pointed >= 0 {
		v.hair.hover, v.pointed, v.dirty = 0, -1, true
	}
}

// Press shows a button go down.
func (v *View) Press(at view.Pointer) { v.bar.Press(at) }

// Release shows it come up.
func (v *View) Release(at view.Pointer) { v.bar.Release(at) }

// DragStart begins a pan, a box with Shift or the box tool, or a pull on an axis.
func (v *View) DragStart(at view.Pointer) {
	v.drag = drag{from: at.At, at: at.At, window: v.window.at(v.now)}
	switch z := v.hit(at.At); z.kind {
	case plotZone:
		if v.drag.kind = panDrag; v.boxing || at.Mods&view.Shift != 0 {
			v.drag.kind = boxDrag
		}
	case xyZone:
		v.drag.kind = boxDrag
	case axisZone:
		v.drag.kind, v.drag.group, v.drag.ax = axisDrag, z.i, v.group[z.i].ax
	default:
		return
	}
	v.remember()
}

// Drag follows the mouse.
func (v *View) Drag(at view.Pointer) {
	v.drag.at = at.At
	d := at.At.Sub(v.drag.from)
	v.drag.moved = v.drag.moved || d != image.Point{}
	switch v.drag.kind {
	case panDrag:
		dt := -int64(float64(d.X) / float64(max(v.plot.Dx(), 1)) * float64(v.drag.window.Span))
		w := v.drag.window
		w.Live = false
		v.window = w.pan(dt, v.now)
	case axisDrag:
		if v.drag.group < len(v.group) {
			a, g := v.drag.ax, &v.group[v.drag.group]
			v.axes[g.key] = a.shift(float64(d.Y) / float64(max(g.r.Dy(), 1)) * (a.hi - a.lo))
		}
	case boxDrag:
	default:
		return
	}
	v.dirty = true
}

// DragEnd zooms into the box that was drawn.
func (v *View) DragEnd() {
	if v.drag.kind == boxDrag {
		v.zoomBox(v.drag.box().Intersect(v.plot))
	}
	v.drag.kind, v.dirty = noDrag, true
}

func (v *View) zoomBox(r image.Rectangle) {
	if r.Dx() < v.px(6) {
		return
	}
	if v.xy.on {
		v.boxXY(r)
		return
	}
	from, to := v.timeAt(r.Min.X), v.timeAt(r.Max.X)
	if r.Dy() >= v.px(6) {
		for g := range v.group {
			gr := &v.group[g]
			if box := r.Intersect(gr.r); box.Dy() >= v.px(6) {
				top, h := gr.r.Min.Y, gr.r.Dy()
				v.axes[gr.key] = axis{gr.ax.at(float64(box.Max.Y-top), h), gr.ax.at(float64(box.Min.Y-top), h)}
			}
		}
	}
	v.window = between(from, to, v.now)
}

// groupAt is the group whose part of the plot a point is in.
func (v *View) groupAt(at image.Point) int {
	return slices.IndexFunc(v.group, func(g group) bool { return at.In(g.r) })
}

// Wheel zooms time around the pointer, the values of the axis under it, or
// with Ctrl those of the selected pen; level movement pans.
func (v *View) Wheel(at view.Pointer, dx, dy float32) {
	z := v.hit(at.At)
	k := math.Pow(0.8, float64(dy))
	g := -1
	switch {
	case z.kind == axisZone:
		g = z.i
	case z.kind == xyZone:
		v.wheelXY(at.At, k)
		return
	case z.kind == plotZone && at.Mods&view.Ctrl != 0:
		if g = v.lead(); v.spread == stacked {
			g = v.groupAt(at.At)
		}
	case z.kind == plotZone && (at.Mods&view.Shift != 0 || dx != 0):
		v.window = v.window.pan(-int64(float64(dx+dy)*0.1*float64(v.window.Span)), v.now)
		v.dirty = true
		return
	case z.kind == plotZone:
		t := v.timeAt(at.At.X)
		if v.window.Live && at.At.X > v.plot.Max.X-v.plot.Dx()/10 {
			t = v.now
		}
		v.zoomAt(k, t)
		return
	}
	if g < 0 {
		return
	}
	v.rememberWheel()
	v.dirty = true
	gr := &v.group[g]
	v.axes[gr.key] = gr.ax.zoom(k, gr.ax.at(float64(at.At.Y-gr.r.Min.Y), gr.r.Dy()))
}

// Cursor is a cross over the plot.
func (v *View) Cursor() view.Cursor {
	if v.hair.hover != 0 {
		return view.Cross
	}
	if v.hasBar() {
		return v.bar.Cursor()
	}
	return view.Arrow
}
