package paint

import (
	"image"
	"image/color"
	"math"
)

// turn maps what is painted around a point; the zero turn is upright.
type turn struct {
	at       Pt
	sin, cos float32 // both 0: upright
}

func (t turn) on() bool { return t.sin != 0 || t.cos != 0 }

// to maps a point as it is meant to where it is painted.
func (t turn) to(q Pt) Pt {
	x, y := q.X-t.at.X, q.Y-t.at.Y
	return Pt{t.at.X + x*t.cos - y*t.sin, t.at.Y + x*t.sin + y*t.cos}
}

// from maps a painted point back.
func (t turn) from(q Pt) Pt {
	x, y := q.X-t.at.X, q.Y-t.at.Y
	return Pt{t.at.X + x*t.cos + y*t.sin, t.at.Y - x*t.sin + y*t.cos}
}

// Turn has everything painted from now on turned around a point by degrees,
// clockwise. The clip stays as it is.
func (p *Painter) Turn(at Pt, degrees float32) {
	sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
	p.turn = turn{at, float32(sin), float32(cos)}
}

// Upright ends a Turn.
func (p *Painter) Upright() { p.turn = turn{} }

// TurnedBox is the smallest upright box around b turned by degrees around at.
func TurnedBox(b Box, at Pt, degrees float32) Box {
	sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
	t := turn{at, float32(sin), float32(cos)}
	lo, hi := Pt{math.MaxFloat32, math.MaxFloat32}, Pt{-math.MaxFloat32, -math.MaxFloat32}
	for _, q := range [...]Pt{{b.X, b.Y}, {b.Right(), b.Y}, {b.X, b.Bottom()}, {b.Right(), b.Bottom()}} {
		q = t.to(q)
		lo.X, hi.X = min(lo.X, q.X), max(hi.X, q.X)
		lo.Y, hi.Y = min(lo.Y, q.Y), max(hi.Y, q.Y)
	}
	return Box{lo.X, lo.Y, hi.X - lo.X, hi.Y - lo.Y}
}

// turned maps paths into a scratch of the painter's own.
func (p *Painter) turned(paths [][]Pt) [][]Pt {
	n := 0
	for _, path := range paths {
		n += len(path)
	}
	if cap(p.bent) < n {
		p.bent = make([]Pt, n)
	}
	buf := p.bent[:0]
	p.paths = p.paths[:0]
	for _, path := range paths {
		from := len(buf)
		for _, q := range path {
			buf = append(buf, p.turn.to(q))
		}
		p.paths = append(p.paths, buf[from:len(buf):len(buf)])
	}
	return p.paths
}

// turnedRect fills a rectangle that does not stand upright.
func (p *Painter) turnedRect(r image.Rectangle, c color.RGBA) {
	b := BoxOf(r)
	p.FillPoly([]Pt{{b.X, b.Y}, {b.Right(), b.Y}, {b.Right(), b.Bottom()}, {b.X, b.Bottom()}}, c)
}

// turnedBlit draws a glyph mask that does not stand upright: each pixel takes
// what lies under it, between four of the mask's.
func (p *Painter) turnedBlit(m *image.Alpha, x, y int, c color.RGBA) {
	b := Box{float32(x), float32(y), float32(m.Rect.Dx()), float32(m.Rect.Dy())}
	r := bounds([][]Pt{{p.turn.to(Pt{b.X, b.Y}), p.turn.to(Pt{b.Right(), b.Y}), p.turn.to(Pt{b.X, b.Bottom()}), p.turn.to(Pt{b.Right(), b.Bottom()})}}).Intersect(p.clip)
	at := func(i, j int) float32 {
		if i < 0 || j < 0 || i >= m.Rect.Dx() || j >= m.Rect.Dy() {
			return 0
		}
		return float32(m.Pix[j*m.Stride+i])
	}
	for yy := r.Min.Y; yy < r.Max.Y; yy++ {
		for xx := r.Min.X; xx < r.Max.X; xx++ {
			q := p.turn.from(Pt{float32(xx) + 0.5, float32(yy) + 0.5})
			u, v := q.X-b.X-0.5, q.Y-b.Y-0.5
			i, j := floor(u), floor(v)
			fu, fv := u-float32(i), v-float32(j)
			a := (at(i, j)*(1-fu)+at(i+1, j)*fu)*(1-fv) + (at(i, j+1)*(1-fu)+at(i+1, j+1)*fu)*fv
			if ma := uint32(a + 0.5); ma > 0 {
				blend(p.dst.Pix[p.dst.PixOffset(xx, yy):], ma, c)
			}
		}
	}
}

// Where is where a point is painted.
func (p *Painter) Where(q Pt) Pt {
	if !p.turn.on() {
		return q
	}
	return p.turn.to(q)
}
