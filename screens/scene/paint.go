package scene

import (
	"image"
	"slices"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

// maxDirty is how many rectangles are painted one by one before one is made of all.
const maxDirty = 200

// soil has r painted again.
func (s *Scene) soil(r image.Rectangle) {
	r = r.Intersect(image.Rectangle{Max: s.size})
	if r.Empty() || s.all {
		return
	}
	for i, d := range s.dirty {
		if r.In(d) {
			return
		}
		// Rectangles that lie on each other become one, so that nothing is
		// painted twice for long.
		if u := d.Union(r); area(u) <= area(d)+area(r) {
			s.dirty[i] = u
			return
		}
	}
	s.dirty = append(s.dirty, r)
	sum := 0
	for _, d := range s.dirty {
		sum += area(d)
	}
	if len(s.dirty) > maxDirty || sum > s.size.X*s.size.Y/2 {
		s.all = true
	}
}

// Words is something that an item writes.
type Words struct {
	Item  *mimic.Item
	Text  string
	Units float32 // height of the letters, display units
	Cut   bool    // there is no room for all of it
}

// Words lists what is written on the display at the moment, as it was painted
// last.
func (s *Scene) Words() (out []Words) {
	if s.canvas.Painter == nil {
		return nil
	}
	before := s.canvas.SetClip(image.Rectangle{}) // it is only asked, not painted
	for i := range s.elements {
		e := &s.elements[i]
		if !e.visible || e.sym == nil {
			continue
		}
		s.canvas.Wrote = func(text string, units float32, cut bool) { out = append(out, Words{&e.item, text, units, cut}) }
		e.sym.Paint(&s.canvas, e.box)
	}
	s.canvas.Wrote = nil
	s.canvas.SetClip(before)
	return out
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// Paint paints what is dirty. See view.View.
func (s *Scene) Paint(p *paint.Painter) {
	whole := image.Rectangle{Max: s.size}
	if s.all {
		s.dirty = append(s.dirty[:0], whole)
		s.all = false
	}
	before := p.Clip()
	s.canvas.Painter = p
	for _, d := range s.dirty {
		clip := d.Intersect(before)
		p.SetClip(clip)
		p.FillRect(d, s.style.Palette.Window)
		s.found = s.grid.query(d, s.found[:0])
		slices.Sort(s.found) // the order of the display is the order from back to front
		for _, i := range s.found {
			e := &s.elements[i]
			if part := clip.Intersect(e.bounds); e.visible && e.sym != nil && !part.Empty() {
				// What stands outside is cut off: else it would stay behind
				// when the element changes.
				p.SetClip(part)
				e.sym.Paint(&s.canvas, e.box)
			}
		}
		p.SetClip(clip)
		s.paintPointer()
	}
	p.SetClip(before)
	s.dirty = s.dirty[:0]
}
