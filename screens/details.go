package screens

import (
	"image"
	"time"

	"penstock/widgets/paint"
)

// details is what the views below a list share: they show one of its rows in
// full, and are painted again when it has changed.
type details struct {
	s     *Station
	size  image.Point
	scale float32
	dirty bool
}

// Layout implements view.View.
func (v *details) Layout(size image.Point, scale float32) {
	v.size, v.scale, v.dirty = size, scale, true
}

// Frame implements view.View.
func (v *details) Frame(time.Time) bool { return v.dirty }

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
