package symbol

import (
	"image/color"
	"math"

	"penstock/widgets/paint"
)

// Curve is the recent past of a value: shares of its scale from old to new,
// each the lowest and highest of an equal stretch of time; NaN is a gap. It is
// not changed once it is shown.
type Curve struct{ Low, High []float32 }

// Spark is the recent past as a small line without axes: rising, falling,
// steady or wild, at a glance.
type Spark struct {
	Label            string
	Past             *Curve
	BandLo, BandHi   float32 // normal band, as shares; none when equal
	Reading          Reading
	WithoutTheNumber bool
}

// Paint draws the line, the band, and the value at its end.
func (s Spark) Paint(c *Canvas, b paint.Box) {
	p, frame := c.Palette, b
	if s.Label != "" {
		f := c.font(labelSize)
		h, in := c.Px(labelSize*1.3), c.indent(s.Reading.Alarm)
		c.write(f, paint.Box{X: b.X + in, Y: b.Y, W: b.W - in, H: h}, paint.Left, s.Label, p.Dim)
		b.Y, b.H = b.Y+h, b.H-h
	}
	plot := b
	if !s.WithoutTheNumber {
		vw := c.Px(78)
		plot.W = max(b.W-vw, 0)
		v := Value{Reading: s.Reading, Align: paint.Right, Size: 16}
		v.Reading.Alarm = Alarm{}
		v.Paint(c, paint.Box{X: plot.Right(), Y: b.Y, W: vw, H: b.H})
	}
	plot = plot.Snap()
	c.FillRect(plot.Rect(), paint.Mix(p.Sunken, p.Window, 0.4))
	in := plot.Inset(2)
	if s.BandLo < s.BandHi {
		lo, hi := in.Bottom()-s.BandLo*in.H, in.Bottom()-s.BandHi*in.H
		c.FillRect(paint.Box{X: plot.X, Y: hi, W: plot.W, H: lo - hi}.Rect(), paint.Mix(p.Level, p.Sunken, 0.75))
	}
	if s.Past != nil {
		if end, now := c.curve(in, s.Past, max(c.Px(1.4), 1), p.Live, false); now {
			c.FillCircle(end.X, end.Y, max(c.Px(2.5), 1.5), p.Text)
		}
	}
	c.announce(frame, s.Reading.Alarm)
}

// curve draws the past of a value into in. It returns where the line ends, and
// whether it reaches up to now.
func (c *Canvas) curve(in paint.Box, past *Curve, w float32, ink color.RGBA, dashed bool) (end paint.Pt, now bool) {
	n := len(past.High)
	if n < 2 {
		return end, false
	}
	step := in.W / float32(n-1)
	at := func(v float32) float32 { return in.Bottom() - min(max(v, 0), 1)*in.H }
	pts := c.pts[:0]
	flush := func() {
		if len(pts) > 1 && dashed {
			c.Painter.Dashed(pts, w, c.Px(7), c.Px(4), ink)
		} else if len(pts) > 1 {
			c.Polyline(pts, w, ink)
		} else if len(pts) == 1 {
			c.FillCircle(pts[0].X, pts[0].Y, w, ink)
		}
		pts = pts[:0]
	}
	for i, hi := range past.High {
		lo := past.Low[i]
		if nan32(hi) || nan32(lo) {
			flush()
			now = false
			continue
		}
		x := in.X + float32(i)*step
		end, now = paint.Pt{X: x, Y: at((hi + lo) / 2)}, true
		pts = append(pts, end)
		if at(lo)-at(hi) > w { // what swung within the stretch is not smoothed away
			c.Line(paint.Pt{X: x, Y: at(hi)}, paint.Pt{X: x, Y: at(lo)}, 1, ink)
		}
	}
	flush()
	c.pts = pts
	return end, now
}

func nan32(f float32) bool { return math.IsNaN(float64(f)) }

// Spoke is one value of a star: how far it is from its target, in widths of
// the normal band: 0 on target, 1 at the edge of the band.
type Spoke struct {
	Off float32
	Condition
}

// maxOff is how many band widths a star shows.
const maxOff = 2

// Star shows many deviations as one figure: a regular polygon is a healthy
// unit, a dent or a spike is the value to look at.
type Star struct {
	Label  string
	Spokes [12]Spoke
	N      int // spokes in use
}

// Paint draws the star.
func (s Star) Paint(c *Canvas, b paint.Box) {
	p := c.Palette
	q := c.body(b, Below, s.Label, "", p.Text).Square().Inset(c.Px(4))
	mid, r := q.Center(), q.W/2
	if s.N < 3 {
		return
	}
	at := func(i int, share float32) paint.Pt {
		sin, cos := math.Sincos(2*math.Pi*float64(i)/float64(s.N) - math.Pi/2)
		return paint.Pt{X: mid.X + float32(cos)*r*share, Y: mid.Y + float32(sin)*r*share}
	}
	ring := func(share float32) []paint.Pt {
		c.pts = c.pts[:0]
		for i := range s.N {
			c.pts = append(c.pts, at(i, share))
		}
		return c.pts
	}
	// The middle ring is the target: below it inwards, above it outwards.
	const inner, outer = 0.5 - 0.5/maxOff, 0.5 + 0.5/maxOff
	c.FillPoly(ring(outer), paint.Mix(p.Level, p.Window, 0.65))
	c.FillPoly(ring(inner), p.Window)
	c.Stroke(ring(0.5), 1, true, p.Line)
	for i := range s.N {
		c.Line(mid, at(i, 1), 1, p.Line)
	}
	worst := Fine
	c.pts = c.pts[:0]
	for i := range s.N {
		off := min(max(s.Spokes[i].Off, -maxOff), maxOff)
		if !s.Spokes[i].Usable() {
			off = 0
		}
		c.pts = append(c.pts, at(i, 0.5+0.5*off/maxOff))
		worst = worst.And(s.Spokes[i].Condition)
	}
	c.Stroke(c.pts, c.Px(2), true, p.Live)
	for i := range s.N {
		sp := s.Spokes[i]
		if a := sp.Alarm; a.Phase != Quiet {
			e, sz := at(i, 0.94), c.Px(badgeSize*0.8)
			c.Badge(paint.Box{X: e.X - sz/2, Y: e.Y - sz/2, W: sz, H: sz}, a)
		}
		if m := sp.look().chips[0]; m != noMark {
			e, sz := at(i, 0.78), c.Px(chipSize+2)
			c.chip(paint.Box{X: e.X - sz/2, Y: e.Y - sz/2, W: sz, H: sz}, m)
		}
	}
}
