package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// Shape is the outline of a tank.
type Shape uint8

// The shapes of tanks.
const (
	ClosedTank Shape = iota
	OpenTank
	Basin     // open, of concrete
	RoundTank // with domed ends: a pressure vessel
)

// basinWall is how thick concrete is drawn, display units.
const basinWall = 5

// Tank holds something: its contents are drawn to scale.
type Tank struct {
	Label   string
	Place   Place
	Shape   Shape
	Level   float32 // 0 to 1; -1: not known
	Blanket float32 // height of a layer on the bottom, 0 to 1; -1: none
	Condition
}

// Paint draws the tank and its contents.
func (s Tank) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	q := c.body(b, s.Place, s.Label, "", c.Palette.Text).Snap()
	if s.Shape == Basin { // its floor is inside the box too
		q.H -= basinWall * c.Unit
	}
	c.contents(q, s.Shape, s.Level, s.Blanket, k)
	c.decorate(q, s.Condition)
}

func (c *Canvas) contents(q paint.Box, shape Shape, level, blanket float32, k inks) {
	p := c.Palette
	back := paint.Mix(k.fill, p.Window, 0.45)
	dome := float32(0)
	if shape == RoundTank {
		dome = min(q.H*0.22, q.W*0.3)
	}
	outline := func() []paint.Pt {
		if dome == 0 {
			return c.poly(paint.Pt{X: q.X, Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Bottom()}, paint.Pt{X: q.X, Y: q.Bottom()})
		}
		c.pts = paint.Arc(c.pts[:0], q.X+q.W/2, q.Y+dome, q.W/2, dome, 0.5, 1)
		c.pts = paint.Arc(c.pts, q.X+q.W/2, q.Bottom()-dome, q.W/2, dome, 0, 0.5)
		return c.pts
	}
	c.FillPoly(outline(), back)
	clipTo := func(from, to float32) func() {
		y0, y1 := q.Bottom()-to*q.H, q.Bottom()-from*q.H
		before := c.SetClip(paint.Box{X: q.X, Y: y0, W: q.W, H: y1 - y0}.Rect().Intersect(c.Clip()))
		return func() { c.SetClip(before) }
	}
	if level > 0 {
		restore := clipTo(0, level)
		c.FillPoly(outline(), k.level)
		restore()
	}
	if blanket > 0 {
		restore := clipTo(0, blanket)
		c.FillPoly(outline(), k.thick)
		c.speckle(paint.Box{X: q.X, Y: q.Bottom() - blanket*q.H, W: q.W, H: blanket * q.H}, paint.Mix(k.thick, p.Window, 0.3))
		restore()
	}
	if level >= 0 {
		y := q.Bottom() - level*q.H
		inset := float32(0)
		if dome > 0 && (level < 0.1 || level > 0.9) {
			inset = q.W * 0.12
		}
		c.Line(paint.Pt{X: q.X + inset, Y: y}, paint.Pt{X: q.Right() - inset, Y: y}, max(c.Px(2), 1.5), paint.Mix(k.level, p.Text, 0.55))
	}
	switch shape {
	case Basin:
		wall := max(c.Px(basinWall), 2)
		c.FillRect(paint.Box{X: q.X - wall, Y: q.Y - c.Px(6), W: wall, H: q.H + c.Px(6) + wall}.Rect(), k.line)
		c.FillRect(paint.Box{X: q.Right(), Y: q.Y - c.Px(6), W: wall, H: q.H + c.Px(6) + wall}.Rect(), k.line)
		c.FillRect(paint.Box{X: q.X - wall, Y: q.Bottom(), W: q.W + 2*wall, H: wall}.Rect(), k.line)
	case OpenTank:
		c.Stroke(c.poly(paint.Pt{X: q.X, Y: q.Y - c.Px(6)}, paint.Pt{X: q.X, Y: q.Bottom()}, paint.Pt{X: q.Right(), Y: q.Bottom()}, paint.Pt{X: q.Right(), Y: q.Y - c.Px(6)}), max(c.Px(2), 1.5), false, k.line)
	default:
		c.Stroke(outline(), max(c.Px(2), 1.5), true, k.line)
	}
}

// speckle marks what is thick: sludge, sand, gravel.
func (c *Canvas) speckle(b paint.Box, ink color.RGBA) {
	step := max(c.Px(9), 5)
	d := max(c.Px(2), 1)
	row := 0
	for y := b.Bottom() - step*0.6; y > b.Y; y -= step * 0.8 {
		x := b.X + step*0.5
		if row%2 == 1 {
			x += step / 2
		}
		for ; x < b.Right(); x += step {
			c.FillRect(paint.Box{X: x, Y: y, W: d, H: d}.Outer(), ink)
		}
		row++
	}
}
