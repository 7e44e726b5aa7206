package symbol

import (
	"image/color"

	"penstock/widgets/paint"
	"penstock/widgets/picture"
)

// Picture is a picture from a file: a photograph, or a drawing in the greys of
// the display.
type Picture struct {
	Label    string
	Place    Place
	Picture  *picture.Picture // nil: there is no such file
	Coloured bool             // in its own colours
	Condition
}

// Paint draws the picture.
func (s Picture) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	body := c.body(b, s.Place, s.Label, "", k.text)
	p := c.Palette
	if s.Picture == nil {
		c.DashedRect(body.Rect(), c.Ink(), c.Px(6), c.Px(4), p.Dim)
		c.Line(paint.Pt{X: body.X, Y: body.Y}, paint.Pt{X: body.Right(), Y: body.Bottom()}, c.Ink(), p.Dim)
		c.Line(paint.Pt{X: body.X, Y: body.Bottom()}, paint.Pt{X: body.Right(), Y: body.Y}, c.Ink(), p.Dim)
		c.decorate(body, s.Condition)
		return
	}
	body = s.Picture.Fit(body)
	if s.Coloured {
		s.Picture.Paint(c.Painter, body, nil)
		if c.pale || s.look().dim {
			c.FillRect(body.Rect(), paint.Fade(p.Window, 0x90))
		}
	} else {
		// Black is an outline and white is what is lit, by night too.
		s.Picture.Paint(c.Painter, body, func(own color.RGBA) color.RGBA {
			return paint.Mix(k.line, k.lit, paint.Luminance(own))
		})
	}
	c.decorate(body, s.Condition)
}
