package symbol

import (
	"penstock/widgets/paint"
)

// Form is the outline of a Plain shape.
type Form uint8

// The forms.
const (
	Rectangle Form = iota
	Rounded
	Ellipse
	Diamond
	Triangle
	Hexagon
)

// Plain is a shape without a meaning of its own, for what the library has no
// symbol for. It can be filled from the bottom like a tank.
type Plain struct {
	Form    Form
	Label   string
	Place   Place
	Filled  bool
	Fill    Tone    // of its ground, where it is Filled
	Outline Tone    // Normal: that of symbols
	Width   float32 // of the outline, display units; 0 is that of symbols
	Level   float32 // how full it is, 0 to 1; -1: not at all
	Condition
}

// Paint draws the shape.
func (s Plain) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	body := c.body(b, s.Place, s.Label, "", k.text)
	ink := k.line
	if s.Outline != Normal {
		ink = c.tone(s.Outline)
	}
	w := c.Ink()
	if s.Width > 0 {
		w = max(c.Px(s.Width), 1)
	}
	pts := s.points(c, body.Inset(w/2))
	if s.Filled {
		ground := c.tone(s.Fill)
		if c.pale || s.look().dim {
			ground = paint.Mix(ground, c.Palette.Window, 0.5)
		}
		c.FillPoly(pts, ground)
	}
	if s.Level > 0 {
		full := paint.Box{X: body.X - body.H, Y: body.Bottom() - s.Level*body.H, W: body.W + 2*body.H, H: s.Level*body.H + 1}
		before := c.SetClip(full.Rect().Intersect(c.Clip()))
		c.FillPoly(pts, k.level)
		c.SetClip(before)
	}
	c.Stroke(pts, w, true, ink)
	c.decorate(body, s.Condition)
}

func (s Plain) points(c *Canvas, b paint.Box) []paint.Pt {
	m := b.Center()
	switch s.Form {
	case Rounded:
		c.pts = paint.Rounded(c.pts[:0], b, min(b.W, b.H)*0.2)
	case Ellipse:
		c.pts = paint.Arc(c.pts[:0], m.X, m.Y, b.W/2, b.H/2, 0, 1)
		c.pts = c.pts[:len(c.pts)-1] // the end is the beginning
	case Diamond:
		return c.poly(paint.Pt{X: m.X, Y: b.Y}, paint.Pt{X: b.Right(), Y: m.Y}, paint.Pt{X: m.X, Y: b.Bottom()}, paint.Pt{X: b.X, Y: m.Y})
	case Triangle:
		return c.poly(paint.Pt{X: m.X, Y: b.Y}, paint.Pt{X: b.Right(), Y: b.Bottom()}, paint.Pt{X: b.X, Y: b.Bottom()})
	case Hexagon:
		q := min(b.W/4, b.H/2)
		return c.poly(paint.Pt{X: b.X + q, Y: b.Y}, paint.Pt{X: b.Right() - q, Y: b.Y}, paint.Pt{X: b.Right(), Y: m.Y},
			paint.Pt{X: b.Right() - q, Y: b.Bottom()}, paint.Pt{X: b.X + q, Y: b.Bottom()}, paint.Pt{X: b.X, Y: m.Y})
	default:
		b = b.Snap()
		return c.poly(paint.Pt{X: b.X, Y: b.Y}, paint.Pt{X: b.Right(), Y: b.Y}, paint.Pt{X: b.Right(), Y: b.Bottom()}, paint.Pt{X: b.X, Y: b.Bottom()})
	}
	return c.pts
}
