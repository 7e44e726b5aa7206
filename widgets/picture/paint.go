package picture

import (
	"image/color"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"penstock/widgets/paint"
)

// Greys turns a colour of a drawing into one of the display's.
type Greys func(color.RGBA) color.RGBA

// Paint paints the picture into the middle of b, as large as it fits; ink is
// nil for its own colours. A photograph without them is grey.
func (p *Picture) Paint(to *paint.Painter, b paint.Box, ink Greys) {
	b = p.Fit(b)
	if b.W < 1 || b.H < 1 {
		return
	}
	if !p.Drawn() {
		p.photograph(to, b, ink)
		return
	}
	k := b.W / float32(p.W)
	at := func(q paint.Pt) paint.Pt { return paint.Pt{X: b.X + q.X*k, Y: b.Y + q.Y*k} }
	var flat []paint.Pt
	cut, before := -1, to.SetMask(nil)
	defer to.SetMask(before)
	for i := range p.shapes {
		s := &p.shapes[i]
		if s.clip != cut {
			if cut = s.clip; cut < 0 {
				to.SetMask(nil)
			} else {
				to.SetMask(p.mask(to, cut, at))
			}
		}
		flat = flat[:0]
		var paths [][]paint.Pt
		for _, line := range s.lines {
			from := len(flat)
			for _, q := range line.pts {
				flat = append(flat, at(q))
			}
			paths = append(paths, flat[from:len(flat):len(flat)])
		}
		if s.fill.A > 0 {
			to.FillPaths(inked(s.fill, ink), paths...)
		}
		if s.stroke.A == 0 {
			continue
		}
		w := max(s.width*k, 1)
		for j, line := range s.lines {
			switch {
			case s.dash > 0:
				pts := paths[j]
				if line.closed {
					pts = append(pts, pts[0])
				}
				to.Dashed(pts, w, max(s.dash*k, 1), max(s.gap*k, 1), inked(s.stroke, ink))
			default:
				to.Stroke(paths[j], w, line.closed && len(line.pts) > 2, inked(s.stroke, ink))
			}
		}
	}
}

// inked is the premultiplied colour that is painted for one of a drawing.
func inked(c color.NRGBA, ink Greys) color.RGBA {
	full := color.RGBA{c.R, c.G, c.B, 255}
	if ink != nil {
		full = ink(full)
	}
	return paint.Fade(full, c.A)
}

// photograph paints pixels, turned as the painter is.
func (p *Picture) photograph(to *paint.Painter, b paint.Box, ink Greys) {
	copies := p.coloured
	if ink != nil {
		copies = p.grey
	}
	src := copies[0]
	for _, half := range copies[1:] {
		if float32(half.Rect.Dx()) < b.W {
			break
		}
		src = half
	}
	// Where three corners go says how all of it lies.
	o, x, y := to.Where(paint.Pt{X: b.X, Y: b.Y}), to.Where(paint.Pt{X: b.Right(), Y: b.Y}), to.Where(paint.Pt{X: b.X, Y: b.Bottom()})
	w, h := float64(src.Rect.Dx()), float64(src.Rect.Dy())
	m := f64.Aff3{
		float64(x.X-o.X) / w, float64(y.X-o.X) / h, float64(o.X),
		float64(x.Y-o.Y) / w, float64(y.Y-o.Y) / h, float64(o.Y),
	}
	clip := to.Clip()
	if clip.Empty() {
		return
	}
	draw.ApproxBiLinear.Transform(to.Image().SubImage(clip).(draw.Image), m, src, src.Rect, draw.Over, nil)
}
