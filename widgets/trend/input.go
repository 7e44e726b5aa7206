package trend

import (
	"fmt"
	"image"
	"math"
	"slices"
	"time"

	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// spans are the lengths offered on the toolbar and by the keys 1 to 6.
var spans = [...]struct {
	text string
	d    time.Duration
}{{"10 min", 10 * time.Minute}, {"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}, {"30 d", 30 * 24 * time.Hour}}

// setBar shows the toolbar as things are.
func (v *View) setBar() {
	if !v.hasBar() {
		return
	}
	items := make([]toolbar.Item, 0, 20)
	for i, s := range spans {
		items = append(items, toolbar.Item{ID: "span " + s.text, Text: s.text, Hint: fmt.Sprint(i + 1), On: v.window.Span == int64(s.d)})
	}
	items = append(items,
		toolbar.Item{ID: "back", Icon: toolbar.Left, Gap: true},
		toolbar.Item{ID: "on", Icon: toolbar.Right, Off: v.window.Live},
		toolbar.Item{ID: "in", Icon: toolbar.Plus},
		toolbar.Item{ID: "out", Icon: toolbar.Minus},
		toolbar.Item{ID: "box", Text: "Box", Hint: "B", On: v.boxing},
		toolbar.Item{ID: "fit", Text: "Fit", Hint: "F", On: v.fitted},
		toolbar.Item{ID: "own", Text: "Own axes", Hint: "A", On: v.own},
		toolbar.Item{ID: "day", Text: "Day before", Hint: "D", On: v.ghost.back == int64(day)},
		toolbar.Item{ID: "week", Text: "Week before", Hint: "W", On: v.ghost.back == int64(7*day)},
		toolbar.Item{ID: "undo", Icon: toolbar.Back, Text: "Undo", Off: len(v.undo) == 0})
	if v.window.Live {
		items = append(items, toolbar.Item{ID: "pause", Icon: toolbar.Pause, Text: "Pause", Hint: "Space", Gap: true},
			toolbar.Item{Text: "live"})
	} else {
		items = append(items, toolbar.Item{ID: "now", Icon: toolbar.ToEnd, Text: "Now", Hint: "End", On: true, Gap: true},
			toolbar.Item{Text: behind(v.now - v.window.End)})
	}
	v.bar.Set(items)
}

// behind says how far a window that does not follow now is behind it.
func behind(d int64) string {
	if d < int64(time.Second) {
		return "paused"
	}
	return "paused, ends " + ago(d) + " ago"
}

// ago writes how far behind now something is, ever more coarsely.
func ago(d int64) string {
	s := d / int64(time.Second)
	switch {
	case s < 120:
		return fmt.Sprintf("%d s", s)
	case s < 120*60:
		return fmt.Sprintf("%d min", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%d h %02d min", s/3600, s/60%60)
	}
	return fmt.Sprintf("%d days", s/86400)
}

// press does what a button of the toolbar says.
func (v *View) press(id string) {
	switch id {
	case "back":
		v.shift(-0.5)
	case "on":
		v.shift(0.5)
	case "in":
		v.zoomAt(0.5, v.centre())
	case "out":
		v.zoomAt(2, v.centre())
	case "box":
		v.boxing = !v.boxing
	case "fit":
		v.remember()
		v.fitted = !v.fitted
		v.axes = map[string]axis{}
	case "own":
		v.own = !v.own
		v.axes = map[string]axis{}
		v.place()
	case "day":
		v.toggleCompare(day)
	case "week":
		v.toggleCompare(7 * day)
	case "undo":
		v.Undo()
	case "pause":
		v.Pause()
	case "now":
		v.remember()
		v.Resume()
	}
	for _, s := range spans {
		if id == "span "+s.text {
			v.remember()
			v.window = v.window.spanTo(int64(s.d), v.now)
		}
	}
	v.dirty = true
}

const day = 24 * time.Hour

func (v *View) toggleCompare(d time.Duration) {
	if v.ghost.back == int64(d) {
		d = 0
	}
	v.Compare(d)
}

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
	if v.now-v.wheeled > int64(800*time.Millisecond) {
		v.remember()
	}
	v.wheeled = v.now
	v.window = v.window.zoom(k, t, v.now)
	v.dirty = true
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
		v.pens[z.i].hidden = !v.pens[z.i].hidden
		v.place()
		v.told()
	case dropZone:
		v.drop(z.i)
	case axisZone:
		v.selected = v.group[z.i].pens[0]
		v.place()
	case plotZone:
		v.hair.pin(v.timeAt(at.At.X))
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
		if p.hidden {
			show = "Show"
		}
		return []view.Choice{
			{Text: show, Do: func() { p.hidden = !p.hidden; v.place(); v.told() }},
			{Text: "Faceplate", Do: func() {
				if v.OnPick != nil {
					v.OnPick(p.Def.ID)
				}
			}},
			{Text: "Remove", Do: func() { v.drop(slices.Index(v.pens, p)) }},
		}
	case plotZone, axisZone:
		return []view.Choice{
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
	if v.hit(at.At).kind == plotZone && at.At.X >= v.plot.Min.X && at.At.X < v.plot.Max.X {
		t = v.timeAt(at.At.X)
	}
	if t != v.hair.hover {
		v.hair.hover, v.hair.moved, v.dirty = t, v.now, true
	}
}

// Leave takes the cursor away.
func (v *View) Leave() {
	v.bar.Leave()
	if v.hair.hover != 0 {
		v.hair.hover, v.dirty = 0, true
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
			a := v.drag.ax
			v.axes[v.group[v.drag.group].key] = a.shift(float64(d.Y) / float64(max(v.plot.Dy(), 1)) * (a.hi - a.lo))
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
	from, to := v.timeAt(r.Min.X), v.timeAt(r.Max.X)
	if r.Dy() >= v.px(6) {
		h := v.plot.Dy()
		for g := range v.group {
			a := v.group[g].ax
			v.axes[v.group[g].key] = axis{a.at(float64(r.Max.Y-v.plot.Min.Y), h), a.at(float64(r.Min.Y-v.plot.Min.Y), h)}
		}
	}
	v.window = between(from, to, v.now)
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
	case z.kind == plotZone && at.Mods&view.Ctrl != 0:
		g = v.lead()
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
	if v.now-v.wheeled > int64(800*time.Millisecond) {
		v.remember()
	}
	v.wheeled, v.dirty = v.now, true
	a := v.group[g].ax
	v.axes[v.group[g].key] = a.zoom(k, a.at(float64(at.At.Y-v.plot.Min.Y), v.plot.Dy()))
}

// Focus shows whether keys come here.
func (v *View) Focus(on bool) { v.focused, v.dirty = on, true }

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

// Key pans, zooms, moves the cursor and selects pens.
func (v *View) Key(k view.Key) bool {
	if k.Mods&view.Ctrl != 0 && k.Name == "Z" {
		v.Undo()
		return true
	}
	if k.Mods&(view.Ctrl|view.Alt|view.Super) != 0 {
		return false
	}
	if k.Mods&view.Shift != 0 {
		return v.hairKey(k)
	}
	switch k.Name {
	case view.KeyLeft:
		v.shift(-0.1)
	case view.KeyRight:
		v.shift(0.1)
	case view.KeyPageUp:
		v.shift(-1)
	case view.KeyPageDown:
		v.shift(1)
	case view.KeyEnd:
		v.press("now")
	case view.KeyPlus, "=":
		v.zoomAt(0.5, v.centre())
	case view.KeyMinus:
		v.zoomAt(2, v.centre())
	case view.KeySpace:
		if v.window.Live {
			v.Pause()
		} else {
			v.press("now")
		}
	case view.KeyBackspace:
		v.Undo()
	case view.KeyUp:
		v.pick(-1)
	case view.KeyDown:
		v.pick(1)
	case view.KeyReturn:
		if v.selected >= 0 && v.OnPick != nil {
			v.OnPick(v.pens[v.selected].Def.ID)
		}
	case "H":
		if v.selected >= 0 {
			p := v.pens[v.selected]
			p.hidden = !p.hidden
			v.place()
			v.told()
		}
	case view.KeyDelete:
		if v.selected >= 0 {
			v.drop(v.selected)
		}
	case "F":
		v.press("fit")
	case "A":
		v.press("own")
	case "B":
		v.press("box")
	case "D":
		v.press("day")
	case "W":
		v.press("week")
	case view.KeyEscape:
		if v.hair.a == 0 && v.hair.b == 0 {
			return false
		}
		v.hair.reset()
	default:
		if len(k.Name) == 1 && k.Name[0] >= '1' && int(k.Name[0]-'1') < len(spans) {
			v.press("span " + spans[k.Name[0]-'1'].text)
			break
		}
		return false
	}
	v.dirty = true
	return true
}

// hairKey moves the first cursor with Shift and the arrows.
func (v *View) hairKey(k view.Key) bool {
	w := v.window.at(v.now)
	step := w.Span / int64(max(v.plot.Dx(), 1))
	switch k.Name {
	case view.KeyLeft, view.KeyRight:
		if v.hair.a == 0 {
			v.hair.a = min(w.From()+w.Span/2, v.now)
		}
		d := step * 4
		if k.Name == view.KeyLeft {
			d = -d
		}
		v.hair.a = min(max(v.hair.a+d, w.From()), w.End)
		v.hair.moved = v.now
	default:
		return false
	}
	v.dirty = true
	return true
}

func (v *View) pick(d int) {
	if len(v.pens) > 0 {
		v.selected = (v.selected + d + len(v.pens)) % len(v.pens)
		v.place()
	}
}
