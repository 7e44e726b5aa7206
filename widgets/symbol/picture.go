package symbol

import (
	"image"

	"golang.org/x/image/draw"

	"penstock/widgets/paint"
)

// Picture is an image from a file. Where it is missing its frame and name
// stand in its place.
type Picture struct {
	Name  string
	Image image.Image // nil: missing; not changed while shown
}

// Paint scales the picture into the box.
func (s Picture) Paint(c *Canvas, b paint.Box) {
	p, r := c.Palette, b.Rect()
	if s.Image == nil {
		c.FillRect(r, p.Sunken)
		c.StrokeRect(r, int(c.Ink()), p.Line)
		c.write(c.font(labelSize), b, paint.Center, s.Name, p.Dim)
		return
	}
	part := r.Intersect(c.Clip())
	if part.Empty() {
		return
	}
	// Scale only what is visible, into a picture of its own: the painter's
	// clip is not the scaler's.
	out := image.NewRGBA(part)
	draw.BiLinear.Scale(out, r, s.Image, s.Image.Bounds(), draw.Src, nil)
	draw.Draw(c.Image(), part, out, part.Min, draw.Over)
}
