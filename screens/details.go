package screens

import (
	"image"

	"penstock/widgets/paint"
)

// details is what the views below a list share: they show one of its rows in
// full, and are painted again when it has changed.
type details struct {
	pane
	s *Station
}

// ground paints what everything stands on, and returns what to write with and
// where.
func (v *details) ground(p *paint.Painter) (k ink, r image.Rectangle) {
	v.dirty = false
	k = ink{p, v.s.style, v.scale}
	r = image.Rectangle{Max: v.size}
	p.FillRect(r, k.pal().Panel)
	p.FillRect(image.Rect(0, 0, r.Max.X, 1), k.pal().Line)
	return k, r
}
