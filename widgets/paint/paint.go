// Package paint is the rasteriser under every live picture: opaque fast
// paths, antialiased paths by x/image/vector, and text from cached glyph
// masks. It knows no toolkit and needs no display, so the window, snapshots,
// reports and golden pictures share it.
//
// Coordinates are device pixels. A Painter and its Fonts belong to one
// goroutine at a time.
package paint

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// Pt is a point in device pixels.
type Pt struct{ X, Y float32 }

// Painter paints into one picture, only inside its clip.
type Painter struct {
	dst   *image.RGBA
	clip  image.Rectangle
	ras   vector.Rasterizer
	uni   image.Uniform
	quad  [64]Pt
	shape []Pt // of the shape being made
	turn  turn
	bent  []Pt   // turned points
	paths [][]Pt // turned shapes
	mask  *image.Alpha
	mould *image.Alpha // the shape that is cut by the mask
}

// Reset points p at a picture and a clip inside it.
func (p *Painter) Reset(dst *image.RGBA, clip image.Rectangle) {
	p.dst, p.clip, p.mask = dst, clip.Intersect(dst.Rect), nil
}

// Image returns the picture p paints into.
func (p *Painter) Image() *image.RGBA { return p.dst }

// Clip returns the rectangle p paints inside.
func (p *Painter) Clip() image.Rectangle { return p.clip }

// SetClip narrows p to r inside the picture and returns the clip before.
func (p *Painter) SetClip(r image.Rectangle) (before image.Rectangle) {
	before = p.clip
	p.clip = r.Intersect(p.dst.Rect)
	return before
}

// FillRect fills r with c, which is alpha-premultiplied.
func (p *Painter) FillRect(r image.Rectangle, c color.RGBA) {
	if p.turn.on() || p.mask != nil {
		p.turnedRect(r, c)
		return
	}
	r = r.Intersect(p.clip)
	if r.Empty() || c.A == 0 {
		return
	}
	if c.A == 255 {
		p.fillOpaque(r, c)
		return
	}
	d, w, ia := p.dst, r.Dx()*4, 255-uint32(c.A)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		o := d.PixOffset(r.Min.X, y)
		row := d.Pix[o : o+w]
		for i := 0; i+3 < len(row); i += 4 {
			row[i] = uint8(uint32(c.R) + uint32(row[i])*ia/255)
			row[i+1] = uint8(uint32(c.G) + uint32(row[i+1])*ia/255)
			row[i+2] = uint8(uint32(c.B) + uint32(row[i+2])*ia/255)
			row[i+3] = uint8(uint32(c.A) + uint32(row[i+3])*ia/255)
		}
	}
}

// fillOpaque writes one row by doubling and copies it down.
func (p *Painter) fillOpaque(r image.Rectangle, c color.RGBA) {
	d, w := p.dst, r.Dx()*4
	first := d.PixOffset(r.Min.X, r.Min.Y)
	row := d.Pix[first : first+w : first+w]
	row[0], row[1], row[2], row[3] = c.R, c.G, c.B, 255
	for n := 4; n < w; n *= 2 {
		copy(row[n:], row[:n])
	}
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		o := d.PixOffset(r.Min.X, y)
		copy(d.Pix[o:o+w], row)
	}
}

// StrokeRect draws a frame of width w just inside r.
func (p *Painter) StrokeRect(r image.Rectangle, w int, c color.RGBA) {
	p.FillRect(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+w), c)
	p.FillRect(image.Rect(r.Min.X, r.Max.Y-w, r.Max.X, r.Max.Y), c)
	p.FillRect(image.Rect(r.Min.X, r.Min.Y+w, r.Min.X+w, r.Max.Y-w), c)
	p.FillRect(image.Rect(r.Max.X-w, r.Min.Y+w, r.Max.X, r.Max.Y-w), c)
}

// FillPoly fills a closed polygon, antialiased, by the non-zero rule.
func (p *Painter) FillPoly(pts []Pt, c color.RGBA) { p.FillPaths(c, pts) }

// FillPaths fills several closed polygons as one shape: one that runs the
// other way round cuts a hole.
func (p *Painter) FillPaths(c color.RGBA, paths ...[]Pt) {
	if p.turn.on() {
		paths = p.turned(paths)
	}
	vis := bounds(paths).Intersect(p.clip)
	if p.mask != nil {
		vis = vis.Intersect(p.mask.Rect)
	}
	if vis.Empty() {
		return
	}
	p.trace(vis, paths)
	p.uni.C = c
	if p.mask != nil {
		p.fillMasked(vis)
		return
	}
	p.ras.DrawOp = draw.Over
	p.ras.Draw(p.dst, vis, &p.uni, image.Point{})
}

// trace gives the rasteriser the closed paths.
func (p *Painter) trace(vis image.Rectangle, paths [][]Pt) {
	// The rasteriser works on the visible box alone, so a large shape that
	// is mostly outside costs little.
	ox, oy := float32(vis.Min.X), float32(vis.Min.Y)
	p.ras.Reset(vis.Dx(), vis.Dy())
	for _, pts := range paths {
		if len(pts) < 3 {
			continue
		}
		p.ras.MoveTo(pts[0].X-ox, pts[0].Y-oy)
		for _, q := range pts[1:] {
			p.ras.LineTo(q.X-ox, q.Y-oy)
		}
		p.ras.ClosePath()
	}
}

func bounds(paths [][]Pt) image.Rectangle {
	lo := Pt{math.MaxFloat32, math.MaxFloat32}
	hi := Pt{-math.MaxFloat32, -math.MaxFloat32}
	for _, pts := range paths {
		for _, q := range pts {
			lo.X, hi.X = min(lo.X, q.X), max(hi.X, q.X)
			lo.Y, hi.Y = min(lo.Y, q.Y), max(hi.Y, q.Y)
		}
	}
	if lo.X > hi.X {
		return image.Rectangle{}
	}
	return image.Rect(floor(lo.X), floor(lo.Y), floor(hi.X)+2, floor(hi.Y)+2)
}

func floor(f float32) int { return int(math.Floor(float64(f))) }
func round(f float32) int { return int(math.Round(float64(f))) }

// Line strokes the segment from a to b, w wide. Upright and level lines are
// sharp; others are antialiased.
func (p *Painter) Line(a, b Pt, w float32, c color.RGBA) {
	if (a.X == b.X || a.Y == b.Y) && !p.turn.on() {
		h := w / 2
		r := image.Rect(round(min(a.X, b.X)), round(min(a.Y, b.Y)), round(max(a.X, b.X)), round(max(a.Y, b.Y)))
		if a.X == b.X {
			r.Min.X, r.Max.X = round(a.X-h), round(a.X-h)+max(round(w), 1)
		} else {
			r.Min.Y, r.Max.Y = round(a.Y-h), round(a.Y-h)+max(round(w), 1)
		}
		p.FillRect(r, c)
		return
	}
	dx, dy := b.X-a.X, b.Y-a.Y
	l := float32(math.Hypot(float64(dx), float64(dy)))
	nx, ny := -dy/l*w/2, dx/l*w/2
	q := p.quad[:4]
	q[0], q[1], q[2], q[3] = Pt{a.X + nx, a.Y + ny}, Pt{b.X + nx, b.Y + ny}, Pt{b.X - nx, b.Y - ny}, Pt{a.X - nx, a.Y - ny}
	p.FillPoly(q, c)
}

// Polyline strokes the open line through pts.
func (p *Painter) Polyline(pts []Pt, w float32, c color.RGBA) {
	for i := 1; i < len(pts); i++ {
		p.Line(pts[i-1], pts[i], w, c)
	}
}

// StrokePoly strokes the closed line through pts.
func (p *Painter) StrokePoly(pts []Pt, w float32, c color.RGBA) {
	p.Polyline(pts, w, c)
	if n := len(pts); n > 2 {
		p.Line(pts[n-1], pts[0], w, c)
	}
}

// FillCircle fills a disc.
func (p *Painter) FillCircle(cx, cy, r float32, c color.RGBA) {
	p.FillPoly(p.arc(p.quad[:], cx, cy, r), c)
}

// StrokeCircle draws a ring of width w just inside radius r.
func (p *Painter) StrokeCircle(cx, cy, r, w float32, c color.RGBA) {
	var inner [64]Pt
	in := p.arc(inner[:], cx, cy, max(r-w, 0))
	for i, j := 0, len(in)-1; i < j; i, j = i+1, j-1 {
		in[i], in[j] = in[j], in[i] // the other way round: a hole
	}
	p.FillPaths(c, p.arc(p.quad[:], cx, cy, r), in)
}

func (p *Painter) arc(buf []Pt, cx, cy, r float32) []Pt {
	n := min(max(int(r*2), 12), len(buf))
	for i := range buf[:n] {
		s, co := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		buf[i] = Pt{cx + r*float32(co), cy + r*float32(s)}
	}
	return buf[:n]
}
