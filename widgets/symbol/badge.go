package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// badgeSize is the side of an alarm badge, display units.
const badgeSize = 20

var digits = [...]string{"", "1", "2", "3", "4"}

// Badge draws the sign of an alarm: each priority has its own shape, number
// and colour. Unacknowledged it flashes inside a ring, acknowledged it is
// steady, returned it is hollow, shelved or suppressed it is a grey outline
// with a bar.
func (c *Canvas) Badge(b paint.Box, a Alarm) {
	if a.Phase == Quiet || a.Priority == 0 {
		return
	}
	pr := min(a.Priority, 4)
	p := c.Palette
	colour := p.Alarm[pr]
	fill, ink := colour, readable(colour)
	hollow := false
	switch a.Phase {
	case Unacked:
		hollow = !c.Fast
	case Returned:
		hollow = true
		if !c.Slow {
			colour = paint.Mix(colour, p.Window, 0.5)
		}
	case Silenced:
		hollow, colour = true, p.Dim
	}
	if hollow {
		fill, ink = p.Panel, p.Text
	}
	if a.Phase == Unacked {
		c.FillPoly(c.badgeShape(b, pr), colour)
		c.FillPoly(c.badgeShape(b.Inset(b.W*0.09), pr), p.Panel)
		b = b.Inset(b.W * 0.09)
		c.FillPoly(c.badgeShape(b.Inset(b.W*0.08), pr), colour)
		if hollow {
			c.FillPoly(c.badgeShape(b.Inset(b.W*0.17), pr), fill)
		}
	} else {
		c.FillPoly(c.badgeShape(b, pr), colour)
		if hollow {
			c.FillPoly(c.badgeShape(b.Inset(max(b.W*0.11, 1)), pr), fill)
		}
	}
	c.Stroke(c.badgeShape(b, pr), max(b.W*0.06, 1), true, paint.Mix(colour, black, 0.4))
	t := b
	switch pr { // the middle of a triangle is not the middle of its box
	case 2:
		t.Y += b.H * 0.14
	case 3:
		t.Y -= b.H * 0.14
	}
	f := c.Bold.Size(b.H * 0.62)
	c.write(f, t, paint.Center, digits[pr], ink)
	if a.Phase == Silenced {
		c.Line(paint.Pt{X: b.X, Y: b.Bottom()}, paint.Pt{X: b.Right(), Y: b.Y}, max(b.W*0.08, 1), colour)
	}
}

// badgeShape is the outline of a priority: square, triangle, inverted
// triangle, circle.
func (c *Canvas) badgeShape(b paint.Box, priority uint8) []paint.Pt {
	switch priority {
	case 1:
		return c.poly(paint.Pt{X: b.X, Y: b.Y}, paint.Pt{X: b.Right(), Y: b.Y}, paint.Pt{X: b.Right(), Y: b.Bottom()}, paint.Pt{X: b.X, Y: b.Bottom()})
	case 2:
		return c.poly(paint.Pt{X: b.X + b.W/2, Y: b.Y - b.H*0.06}, paint.Pt{X: b.Right() + b.W*0.08, Y: b.Bottom()}, paint.Pt{X: b.X - b.W*0.08, Y: b.Bottom()})
	case 3:
		return c.poly(paint.Pt{X: b.X - b.W*0.08, Y: b.Y}, paint.Pt{X: b.Right() + b.W*0.08, Y: b.Y}, paint.Pt{X: b.X + b.W/2, Y: b.Bottom() + b.H*0.06})
	}
	m := b.Center()
	c.pts = paint.Arc(c.pts[:0], m.X, m.Y, b.W/2, b.H/2, 0, 1)
	return c.pts
}

// readable is black or white, whichever can be read on c.
func readable(c color.RGBA) color.RGBA {
	if white := (color.RGBA{255, 255, 255, 255}); paint.Contrast(white, c) > paint.Contrast(black, c) {
		return white
	}
	return black
}

// Badge is an alarm sign on its own.
type Badge struct{ Alarm Alarm }

// Paint draws the badge as large as the box.
func (s Badge) Paint(c *Canvas, b paint.Box) {
	q := b.Square()
	c.Badge(q.Inset(q.W*0.08), s.Alarm)
}
