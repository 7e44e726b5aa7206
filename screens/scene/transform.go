package scene

import (
	"image"
	"math"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

// transform maps display units to device pixels.
type transform struct {
	unit   float32 // pixels per display unit
	dx, dy float32 // where the display's origin is, pixels
	zoom   float32 // 1 fits the display into the view; 0 is not set yet
}

const maxZoom = 8

// within keeps the zoom and fits the rest to a view.
func (t transform) within(size image.Point, d *mimic.Display) transform {
	if t.zoom == 0 {
		t.zoom = 1
	}
	mid := paint.Pt{X: float32(d.W) / 2, Y: float32(d.H) / 2}
	if t.unit > 0 && t.zoom > 1 { // what is in the middle stays there
		mid = t.units(image.Pt(size.X/2, size.Y/2))
	}
	fit := min(float32(size.X)/float32(d.W), float32(size.Y)/float32(d.H))
	t.unit = max(fit*t.zoom, 1e-3)
	t.dx, t.dy = float32(size.X)/2-mid.X*t.unit, float32(size.Y)/2-mid.Y*t.unit
	return t.held(size, d)
}

// held keeps the display inside the view, in the middle where it is smaller.
func (t transform) held(size image.Point, d *mimic.Display) transform {
	hold := func(at, length, room float32) float32 {
		if length <= room {
			return (room - length) / 2
		}
		return min(max(at, room-length), 0)
	}
	t.dx = round(hold(t.dx, float32(d.W)*t.unit, float32(size.X)))
	t.dy = round(hold(t.dy, float32(d.H)*t.unit, float32(size.Y)))
	return t
}

// Whole pixels keep what is crisp crisp while one pans.
func round(f float32) float32 { return float32(math.Round(float64(f))) }

// zoomed changes the zoom by a factor around a pixel.
func (t transform) zoomed(by float32, at image.Point, size image.Point, d *mimic.Display) transform {
	z := min(max(t.zoom*by, 1), maxZoom)
	k := z / t.zoom
	t.dx = float32(at.X) - (float32(at.X)-t.dx)*k
	t.dy = float32(at.Y) - (float32(at.Y)-t.dy)*k
	t.unit, t.zoom = t.unit*k, z
	return t.held(size, d)
}

func (t transform) box(b mimic.Box) paint.Box {
	return paint.Box{X: t.dx + float32(b.X)*t.unit, Y: t.dy + float32(b.Y)*t.unit, W: float32(b.W) * t.unit, H: float32(b.H) * t.unit}
}

// units maps a pixel back to display units.
func (t transform) units(p image.Point) paint.Pt {
	return paint.Pt{X: (float32(p.X) - t.dx) / t.unit, Y: (float32(p.Y) - t.dy) / t.unit}
}

// Units maps a pixel of the view to display units.
func (s *Scene) Units(p image.Point) mimic.Point {
	u := s.at.units(p)
	return mimic.Point{X: float64(u.X), Y: float64(u.Y)}
}

// Pixels maps a box of the display to pixels of the view.
func (s *Scene) Pixels(b mimic.Box) paint.Box { return s.at.box(b) }

// mostReach is how far around its box a symbol is taken to reach, display
// units: its label may be wider than the symbol.
const mostReach = 22

// Reach maps a box of the display to pixels of the view as Pixels does, with
// what the symbol in it paints around it, its label above all.
func (s *Scene) Reach(b mimic.Box) paint.Box {
	box := s.at.box(b)
	for i := range s.elements {
		if e := &s.elements[i]; e.item.Box == b && len(e.item.Points) == 0 {
			x, _ := e.overhang()
			x = min(x, mostReach) * s.at.unit
			return paint.Box{X: box.X - x, Y: box.Y, W: box.W + 2*x, H: box.H}
		}
	}
	return box
}

// Unit is how many pixels a display unit has.
func (s *Scene) Unit() float32 { return s.at.unit }
