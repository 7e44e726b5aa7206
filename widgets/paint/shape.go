package paint

import (
	"image"
	"image/color"
	"math"
)

// Fade returns c made transparent: a of 255 leaves it as it is.
func Fade(c color.RGBA, a uint8) color.RGBA {
	m := func(v uint8) uint8 { return uint8(uint32(v) * uint32(a) / 255) }
	return color.RGBA{m(c.R), m(c.G), m(c.B), m(c.A)}
}

// Arc appends the points of an elliptic arc to pts: angles in turns from the
// right, clockwise on the screen.
func Arc(pts []Pt, cx, cy, rx, ry, from, to float32) []Pt {
	span := math.Abs(float64(to - from))
	n := max(int(float64(max(rx, ry))*span*4), 3)
	n = min(n, 96)
	for i := 0; i <= n; i++ {
		s, c := math.Sincos(2 * math.Pi * (float64(from) + float64(to-from)*float64(i)/float64(n)))
		pts = append(pts, Pt{cx + rx*float32(c), cy + ry*float32(s)})
	}
	return pts
}

// Rounded appends the outline of b with corners of radius r.
func Rounded(pts []Pt, b Box, r float32) []Pt {
	r = min(r, b.W/2, b.H/2)
	pts = Arc(pts, b.X+r, b.Y+r, r, r, 0.5, 0.75)
	pts = Arc(pts, b.Right()-r, b.Y+r, r, r, 0.75, 1)
	pts = Arc(pts, b.Right()-r, b.Bottom()-r, r, r, 0, 0.25)
	return Arc(pts, b.X+r, b.Bottom()-r, r, r, 0.25, 0.5)
}

// FillRound fills b with rounded corners.
func (p *Painter) FillRound(b Box, r float32, c color.RGBA) {
	p.shape = Rounded(p.shape[:0], b, r)
	p.FillPoly(p.shape, c)
}

// StrokeRound draws a frame w wide just inside b with rounded corners.
func (p *Painter) StrokeRound(b Box, r, w float32, c color.RGBA) {
	p.shape = Rounded(p.shape[:0], b, r)
	n := len(p.shape)
	p.shape = Rounded(p.shape, b.Inset(w), max(r-w, 0))
	inner := p.shape[n:]
	reverse(inner)
	p.FillPaths(c, p.shape[:n], inner)
}

func reverse(pts []Pt) {
	for i, j := 0, len(pts)-1; i < j; i, j = i+1, j-1 {
		pts[i], pts[j] = pts[j], pts[i]
	}
}

// maxMitre is how far a corner may stick out, in widths; sharper ones are cut.
const maxMitre = 2

// Stroke draws the line through pts, w wide, as one shape with mitred
// corners, so that a transparent colour does not double where parts meet.
func (p *Painter) Stroke(pts []Pt, w float32, closed bool, c color.RGBA) {
	n := len(pts)
	if n < 2 {
		return
	}
	if n == 2 {
		p.Line(pts[0], pts[1], w, c)
		return
	}
	out := p.shape[:0]
	for i := range pts {
		out = append(out, corner(pts, i, w/2, closed))
	}
	m := len(out)
	for i := range pts {
		out = append(out, corner(pts, i, -w/2, closed))
	}
	reverse(out[m:])
	p.shape = out
	if closed {
		p.FillPaths(c, out[:m], out[m:])
		return
	}
	p.FillPoly(out, c)
}

// corner is point i of the line that runs d to the left of pts.
func corner(pts []Pt, i int, d float32, closed bool) Pt {
	n := len(pts)
	at := pts[i]
	before, after := at, at
	if i > 0 || closed {
		before = pts[(i+n-1)%n]
	}
	if i < n-1 || closed {
		after = pts[(i+1)%n]
	}
	a, b := unit(before, at), unit(at, after)
	if a == (Pt{}) {
		a = b
	}
	if b == (Pt{}) {
		b = a
	}
	na, nb := Pt{a.Y, -a.X}, Pt{b.Y, -b.X}
	m := Pt{na.X + nb.X, na.Y + nb.Y}
	l2 := m.X*m.X + m.Y*m.Y
	if l2 < 1e-6 { // a turn on the spot
		return Pt{at.X + na.X*d, at.Y + na.Y*d}
	}
	k := min(2/l2, maxMitre/float32(math.Sqrt(float64(l2))))
	return Pt{at.X + m.X*k*d, at.Y + m.Y*k*d}
}

func unit(a, b Pt) Pt {
	dx, dy := b.X-a.X, b.Y-a.Y
	l := float32(math.Hypot(float64(dx), float64(dy)))
	if l == 0 {
		return Pt{}
	}
	return Pt{dx / l, dy / l}
}

// Dashed draws the open line through pts in strokes of on with gaps of off.
func (p *Painter) Dashed(pts []Pt, w, on, off float32, c color.RGBA) {
	left, draw := on, true
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		u := unit(a, b)
		rest := float32(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
		for rest > 0 {
			step := min(rest, left)
			e := Pt{a.X + u.X*step, a.Y + u.Y*step}
			if draw {
				p.Line(a, e, w, c)
			}
			a, rest, left = e, rest-step, left-step
			if left <= 0 {
				draw = !draw
				if left = off; draw {
					left = on
				}
			}
		}
	}
}

// DashedRect draws a broken frame w wide just inside r.
func (p *Painter) DashedRect(r image.Rectangle, w, on, off float32, c color.RGBA) {
	b := BoxOf(r).Inset(w / 2)
	p.Dashed([]Pt{{b.X, b.Y}, {b.Right(), b.Y}, {b.Right(), b.Bottom()}, {b.X, b.Bottom()}, {b.X, b.Y}}, w, on, off, c)
}

// Hatch fills r with slanted lines w wide, step apart. The lines of touching
// rectangles meet, and repainting a part of r gives the same pixels.
func (p *Painter) Hatch(r image.Rectangle, step, w float32, c color.RGBA) {
	before := p.SetClip(r.Intersect(p.clip))
	defer p.SetClip(before)
	if p.clip.Empty() {
		return
	}
	step = max(step, 2)
	lo := float32(p.clip.Min.X + p.clip.Min.Y)
	hi := float32(p.clip.Max.X + p.clip.Max.Y)
	for k := float32(math.Floor(float64(lo/step))) * step; k <= hi+step; k += step {
		// x + y = k, from the top of r to its bottom
		t, b := float32(r.Min.Y), float32(r.Max.Y)
		p.Line(Pt{k - t, t}, Pt{k - b, b}, w, c)
	}
}
