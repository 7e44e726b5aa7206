package scene

import (
	"fmt"
	"image"
	"math"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// tipAfter is how long the pointer rests on an item before its tip comes.
const tipAfter = 500 * time.Millisecond

// Hit is what was tapped or pointed at.
type Hit struct {
	Item  *mimic.Item
	Tag   tag.ID   // what the item is mainly about; empty for one without tags
	Tags  []tag.ID // all it shows and watches
	Go    string   // display it leads to; empty for none
	Write *float64 // value a button writes to Tag; nil for other items
	At    image.Point
	Box   image.Rectangle // where the item stands, pixels of the view
}

// pointing is where mouse and keyboard are.
type pointing struct {
	over    int // element under the pointer; -1 for none
	since   time.Time
	at      image.Point
	tip     image.Rectangle // where the tip is; empty for none
	lines   []string
	focus   int // element the keyboard is on; -1 for none
	focused bool
	from    transform // where a drag began
	drag    image.Point
	marked  map[int]bool // elements pointed out by Mark
}

// interactive reports whether something happens when an item is tapped.
func (e *element) interactive() bool {
	return e.visible && (e.item.Go != "" || len(e.inputs) > 0) && e.item.Kind != "pipe"
}

// Hit returns what is at a pixel: the item in front.
func (s *Scene) Hit(at image.Point) (Hit, bool) {
	i := s.hit(at)
	if i < 0 {
		return Hit{At: at}, false
	}
	return s.hitOf(i, at), true
}

func (s *Scene) hit(at image.Point) int {
	best := -1
	s.found = s.grid.query(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))}, s.found[:0])
	for _, i := range s.found {
		e := &s.elements[i]
		if int(i) > best && e.interactive() && at.In(e.box.Inset(-2).Outer()) {
			best = int(i)
		}
	}
	return best
}

func (s *Scene) hitOf(i int, at image.Point) Hit {
	e := &s.elements[i]
	h := Hit{Item: &e.item, Go: e.item.Go, At: at, Box: e.box.Rect()}
	add := func(n int) {
		if id := s.slots[n].id; s.slots[n].def != nil {
			for _, have := range h.Tags {
				if have == id {
					return
				}
			}
			h.Tags = append(h.Tags, id)
		}
	}
	for _, in := range e.inputs {
		if in.slot >= 0 {
			add(in.slot)
		}
		for _, a := range in.args {
			add(a)
		}
	}
	for _, w := range e.watch {
		add(w)
	}
	if len(h.Tags) > 0 {
		h.Tag = h.Tags[0]
	}
	if e.item.Kind == "button" && e.item.Props.Has("write") {
		v := e.item.Props.Number("write", 0)
		h.Write = &v
	}
	return h
}

// Tap is called for a click. See view.Tapper.
func (s *Scene) Tap(p view.Pointer) {
	i := s.hit(p.At)
	s.setFocus(i)
	if i >= 0 && s.opts.OnTap != nil {
		s.opts.OnTap(s.hitOf(i, p.At))
	}
}

// DoubleTap is called for a double click. See view.DoubleTapper.
func (s *Scene) DoubleTap(p view.Pointer) {
	if i := s.hit(p.At); i >= 0 && s.opts.OnDouble != nil {
		s.opts.OnDouble(s.hitOf(i, p.At))
	}
}

// Menu is called for a right click. See view.Menuer.
func (s *Scene) Menu(p view.Pointer) []view.Choice {
	if i := s.hit(p.At); i >= 0 && s.opts.Menu != nil {
		s.setFocus(i)
		return s.opts.Menu(s.hitOf(i, p.At))
	}
	return nil
}

// Hover follows the pointer. See view.Hoverer.
func (s *Scene) Hover(p view.Pointer) {
	s.pointer.at = p.At
	i := s.hit(p.At)
	if i == s.pointer.over {
		return
	}
	s.soilOutline(s.pointer.over)
	s.pointer.over, s.pointer.since = i, s.now
	s.soilOutline(i)
	s.dropTip()
}

// Leave is called when the pointer goes. See view.Hoverer.
func (s *Scene) Leave() {
	s.soilOutline(s.pointer.over)
	s.pointer.over = -1
	s.dropTip()
}

// Cursor is a hand over what can be tapped.
func (s *Scene) Cursor() view.Cursor {
	if s.pointer.over >= 0 {
		return view.Hand
	}
	return view.Arrow
}

func (s *Scene) soilOutline(i int) {
	if i >= 0 && i < len(s.elements) {
		s.soil(s.elements[i].reach)
	}
}

func (s *Scene) dropTip() {
	if !s.pointer.tip.Empty() {
		s.soil(s.pointer.tip)
		s.pointer.tip, s.pointer.lines = image.Rectangle{}, nil
	}
}

// tip brings the tip up when the pointer has rested, and keeps it up to date.
func (s *Scene) tip(now time.Time) {
	i := s.pointer.over
	if i < 0 || now.Sub(s.pointer.since) < tipAfter {
		return
	}
	lines := s.tipLines(&s.elements[i], now)
	if len(lines) == 0 || equal(lines, s.pointer.lines) {
		return
	}
	s.soil(s.pointer.tip)
	f := s.tipFont()
	w := 0
	for _, l := range lines {
		w = max(w, f.Width(l))
	}
	pad := int(s.canvas.Px(6)) + 2
	size := image.Pt(w+2*pad, len(lines)*f.Height()+2*pad)
	at := s.pointer.at.Add(image.Pt(14, 18))
	if at.X+size.X > s.size.X {
		at.X = max(s.pointer.at.X-size.X-8, 0)
	}
	if at.Y+size.Y > s.size.Y {
		at.Y = max(s.pointer.at.Y-size.Y-8, 0)
	}
	s.pointer.tip, s.pointer.lines = image.Rectangle{Min: at, Max: at.Add(size)}, lines
	s.soil(s.pointer.tip)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (s *Scene) tipFont() *paint.Font { return s.style.Regular.Size(max(s.canvas.Px(14), 12)) }

// tipLines say what an item is about: each tag with its description, value
// and, when it is not good, its quality and age.
func (s *Scene) tipLines(e *element, now time.Time) (out []string) {
	const most = 8
	for _, id := range s.hitOf(s.pointer.over, s.pointer.at).Tags {
		if len(out) == most {
			return append(out, "...")
		}
		sl := &s.slots[s.slotOf[id]]
		line := fmt.Sprintf("%s  %s: %s %s", id, sl.def.Text, sl.def.Format(sl.value.Value), sl.def.Unit)
		if symbol.TrustOf(sl.value.Quality) != symbol.Sound {
			line += "  (" + sl.value.Quality.String()
			if at := sl.value.At(); at != 0 {
				line += ", " + age(now.UnixNano()-at) + " old"
			}
			line += ")"
		}
		out = append(out, line)
	}
	if len(out) == 0 && e.item.Go != "" {
		if d := s.opts.Find(e.item.Go); d != nil && d.Title != e.item.Props.Text("text", "") {
			out = append(out, "Opens "+d.Title)
		}
	}
	return out
}

// age writes a length of time as people say it.
func age(ns int64) string {
	switch d := time.Duration(max(ns, 0)); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// paintPointer draws what mouse and keyboard point at, over everything.
func (s *Scene) paintPointer() {
	p, pal := s.canvas.Painter, s.style.Palette
	outline := func(i int, w float32, c func(r image.Rectangle)) {
		if i >= 0 && s.elements[i].visible {
			c(s.elements[i].box.Inset(-s.canvas.Px(w)).Rect())
		}
	}
	for i := range s.pointer.marked {
		outline(i, 8, func(r image.Rectangle) { p.StrokeRect(r, 3, pal.Focus) })
	}
	if s.pointer.focused {
		outline(s.pointer.focus, 5, func(r image.Rectangle) { p.StrokeRect(r, 2, pal.Focus) })
	}
	outline(s.pointer.over, 4, func(r image.Rectangle) { p.StrokeRect(r, 1, paint.Fade(pal.Text, 0x70)) })
	if t := s.pointer.tip; !t.Empty() {
		p.FillRect(t, pal.Panel)
		p.StrokeRect(t, 1, pal.Outline)
		f := s.tipFont()
		pad := int(s.canvas.Px(6)) + 2
		for i, l := range s.pointer.lines {
			p.Text(f, t.Min.X+pad, t.Min.Y+pad+i*f.Height()+f.Ascent, l, pal.Text)
		}
	}
}

// Mark points out every item that shows a tag, for example the one an alarm
// led here; no tag takes the marks away. It reports how many there are.
func (s *Scene) Mark(ids ...tag.ID) int {
	for i := range s.pointer.marked {
		s.soilOutline(i)
	}
	s.pointer.marked = map[int]bool{}
	for _, id := range ids {
		n, ok := s.slotOf[id]
		if !ok {
			continue
		}
		for _, u := range s.slots[n].users {
			if s.elements[u].item.Kind != "pipe" {
				s.pointer.marked[int(u)] = true
				s.soilOutline(int(u))
			}
		}
	}
	return len(s.pointer.marked)
}

// Wheel zooms around the pointer. See view.Wheeler.
func (s *Scene) Wheel(p view.Pointer, _, dy float32) {
	s.move(s.at.zoomed(float32(math.Pow(1.2, float64(dy))), p.At, s.size, s.display))
}

// DragStart begins to pan. See view.Dragger.
func (s *Scene) DragStart(p view.Pointer) { s.pointer.from, s.pointer.drag = s.at, p.At }

// Drag pans what has been zoomed.
func (s *Scene) Drag(p view.Pointer) {
	t := s.pointer.from
	if t.unit != s.at.unit {
		return
	}
	t.dx += float32(p.At.X - s.pointer.drag.X)
	t.dy += float32(p.At.Y - s.pointer.drag.Y)
	s.move(t.held(s.size, s.display))
}

// DragEnd ends a pan.
func (s *Scene) DragEnd() {}

// Fit shows the whole display.
func (s *Scene) Fit() { s.move(transform{}.within(s.size, s.display)) }

// Zoom returns how far the display is zoomed in: 1 is all of it.
func (s *Scene) Zoom() float32 { return s.at.zoom }

func (s *Scene) move(t transform) {
	if t == s.at {
		return
	}
	s.at = t
	s.dropTip()
	s.place()
}

// Focus is told when the scene gets or loses the keyboard. See view.Focuser.
func (s *Scene) Focus(on bool) {
	s.pointer.focused = on
	s.soilOutline(s.pointer.focus)
}

func (s *Scene) setFocus(i int) {
	s.soilOutline(s.pointer.focus)
	s.pointer.focus = i
	s.soilOutline(i)
}

// Key moves between items with the arrows, opens with Return, zooms with plus
// and minus, and shows everything with Home. See view.Keyer.
func (s *Scene) Key(k view.Key) bool {
	mid := image.Pt(s.size.X/2, s.size.Y/2)
	if k.Mods&(view.Ctrl|view.Alt|view.Super) != 0 {
		return false
	}
	switch k.Name {
	case view.KeyPlus, "=":
		s.move(s.at.zoomed(1.25, mid, s.size, s.display))
	case view.KeyMinus:
		s.move(s.at.zoomed(0.8, mid, s.size, s.display))
	case view.KeyHome:
		s.Fit()
	case view.KeyLeft:
		s.step(-1, 0)
	case view.KeyRight:
		s.step(1, 0)
	case view.KeyUp:
		s.step(0, -1)
	case view.KeyDown:
		s.step(0, 1)
	case view.KeyReturn, view.KeySpace:
		i := s.pointer.focus
		if i < 0 || !s.elements[i].interactive() || s.opts.OnTap == nil {
			return false
		}
		c := s.elements[i].box.Center()
		s.opts.OnTap(s.hitOf(i, image.Pt(int(c.X), int(c.Y))))
	default:
		return false
	}
	return true
}

// step moves the keyboard to the nearest item that way.
func (s *Scene) step(dx, dy float32) {
	from := paint.Pt{X: -1e4 * dx, Y: -1e4 * dy} // nothing yet: from outside
	if i := s.pointer.focus; i >= 0 {
		from = s.elements[i].box.Center()
	} else if dx != 0 {
		from.Y = 0
	} else {
		from.X = 0
	}
	best, at := float32(math.MaxFloat32), -1
	for i := range s.elements {
		e := &s.elements[i]
		if i == s.pointer.focus || !e.interactive() {
			continue
		}
		c := e.box.Center()
		along := (c.X-from.X)*dx + (c.Y-from.Y)*dy
		across := (c.X-from.X)*dy - (c.Y-from.Y)*dx
		if along <= 0.5 {
			continue
		}
		// What is straight ahead comes before what is nearer but aside.
		if d := along + 2.5*max(across, -across); d < best {
			best, at = d, i
		}
	}
	if at >= 0 {
		s.setFocus(at)
	}
}
