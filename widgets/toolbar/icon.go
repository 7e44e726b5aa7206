package toolbar

import (
	"image"
	"image/color"
	"math"

	"penstock/widgets/paint"
)

// Icon is a small sign in front of a button's words. The typeface has no
// arrows, so they are painted.
type Icon uint8

// The icons. NoIcon is the zero one.
const (
	NoIcon Icon = iota
	Left
	Right
	Up
	Down
	Pause
	ToEnd // a triangle against a bar
	Cross
	Plus
	Minus
	Back // a hook to the left: undo
	Tick
	Lines
	Bell
	Again // a hook to the right: redo
	Star
	Starred // a full star
)

// Draw paints an icon into the middle of r, s pixels large.
func Draw(p *paint.Painter, r image.Rectangle, i Icon, s float32, c color.RGBA) {
	cx, cy := float32(r.Min.X+r.Max.X)/2, float32(r.Min.Y+r.Max.Y)/2
	h := s / 2
	w := max(s/7, 1.4)
	at := func(x, y float32) paint.Pt { return paint.Pt{X: cx + x*h, Y: cy + y*h} }
	switch i {
	case Left:
		p.FillPoly([]paint.Pt{at(.6, -.9), at(.6, .9), at(-.8, 0)}, c)
	case Right:
		p.FillPoly([]paint.Pt{at(-.6, -.9), at(.8, 0), at(-.6, .9)}, c)
	case Up:
		p.FillPoly([]paint.Pt{at(-.9, .6), at(0, -.8), at(.9, .6)}, c)
	case Down:
		p.FillPoly([]paint.Pt{at(-.9, -.6), at(.9, -.6), at(0, .8)}, c)
	case Pause:
		p.FillPoly([]paint.Pt{at(-.7, -.9), at(-.2, -.9), at(-.2, .9), at(-.7, .9)}, c)
		p.FillPoly([]paint.Pt{at(.2, -.9), at(.7, -.9), at(.7, .9), at(.2, .9)}, c)
	case ToEnd:
		p.FillPoly([]paint.Pt{at(-.8, -.9), at(.5, 0), at(-.8, .9)}, c)
		p.FillPoly([]paint.Pt{at(.5, -.9), at(.9, -.9), at(.9, .9), at(.5, .9)}, c)
	case Cross:
		p.Line(at(-.7, -.7), at(.7, .7), w, c)
		p.Line(at(-.7, .7), at(.7, -.7), w, c)
	case Plus:
		p.Line(at(-.9, 0), at(.9, 0), w, c)
		p.Line(at(0, -.9), at(0, .9), w, c)
	case Minus:
		p.Line(at(-.9, 0), at(.9, 0), w, c)
	case Back:
		p.FillPoly([]paint.Pt{at(-1, -.2), at(-.2, -.9), at(-.2, .5)}, c)
		p.Polyline([]paint.Pt{at(-.3, -.2), at(.5, -.2), at(.9, .25), at(.5, .75), at(-.3, .75)}, w, c)
	case Again:
		p.FillPoly([]paint.Pt{at(1, -.2), at(.2, -.9), at(.2, .5)}, c)
		p.Polyline([]paint.Pt{at(.3, -.2), at(-.5, -.2), at(-.9, .25), at(-.5, .75), at(.3, .75)}, w, c)
	case Tick:
		p.Polyline([]paint.Pt{at(-.9, 0), at(-.3, .65), at(.9, -.7)}, w*1.2, c)
	case Lines:
		for _, y := range [...]float32{-.7, 0, .7} {
			p.Line(at(-.9, y), at(.9, y), w, c)
		}
	case Star, Starred:
		// Ten corners, in turn on the outer and on the inner circle.
		pts := make([]paint.Pt, 0, 11)
		for k := range 11 {
			r, a := float32(1), math.Pi*(float64(k)/5-0.5)
			if k%2 == 1 {
				r = 0.42
			}
			pts = append(pts, at(r*float32(math.Cos(a)), 0.1+r*float32(math.Sin(a))))
		}
		if i == Starred {
			p.FillPoly(pts[:10], c)
		} else {
			p.Polyline(pts, max(s/11, 1.2), c)
		}
	case Bell:
		p.FillPoly([]paint.Pt{at(-.9, .55), at(-.6, .2), at(-.6, -.3), at(-.3, -.8), at(.3, -.8), at(.6, -.3), at(.6, .2), at(.9, .55)}, c)
		p.FillCircle(cx, cy+.75*h, .2*h, c)
	}
}
