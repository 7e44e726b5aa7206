package scene

import (
	"image"
	"math"

	"penstock/widgets/paint"
	"penstock/widgets/view"
)

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
	s.place()
	if s.pointer.over >= 0 { // something else is under the pointer now
		s.Hover(view.Pointer{At: s.pointer.at})
		s.dropTip()
	}
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
// and minus, and shows everything with Home or 0. See view.Keyer.
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
	case view.KeyHome, "0":
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
