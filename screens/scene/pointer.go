package scene

import (
	"image"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

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
	s.quiet()
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
		s.quiet()
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
		pad := s.tipPad()
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
