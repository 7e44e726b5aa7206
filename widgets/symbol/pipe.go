package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// Medium is what a pipe carries, told apart by the line and not by colour.
type Medium uint8

// The media.
const (
	Water    Medium = iota // thick
	Sludge                 // thick, with dots
	Chemical               // thin
	Air                    // thin, long dashes
	Signal                 // thin, short dashes
)

// Arrow says where a pipe shows the way of its flow.
type Arrow uint8

// The places of an arrow.
const (
	NoArrow Arrow = iota
	AtEnd
	InMiddle
)

// Flow is whether something flows. The zero Flow is not known, and drawn as
// flowing.
type Flow uint8

// The flows.
const (
	FlowUnknown Flow = iota
	Flowing
	Still
)

// Line is a pipe or a plain line. Its points are in device pixels, relative to
// the box it is painted in.
type Line struct {
	Points *[]paint.Pt // not changed while shown
	Width  float32     // display units; 0: as the medium has it
	Pipe   bool
	Medium Medium
	Arrow  Arrow
	Flow   Flow
	Tone   Tone // Normal: of a pipe, as pipes are
	Dashed bool
	Condition
}

// Paint draws the line.
func (s Line) Paint(c *Canvas, b paint.Box) {
	if s.Points == nil || len(*s.Points) < 2 {
		return
	}
	pts := c.pts[:0]
	for _, q := range *s.Points {
		pts = append(pts, paint.Pt{X: b.X + q.X, Y: b.Y + q.Y})
	}
	c.pts = pts
	c.swing(pts[0])
	p := c.Palette
	if !s.Pipe {
		w, ink := max(c.Px(orDefault(s.Width, 1.5)), 1), c.tone(s.Tone)
		if c.pale || !s.Usable() {
			ink = paint.Mix(ink, p.Window, 0.5)
		}
		if s.Dashed || !s.Usable() { // a needle that knows not where to point is broken
			c.Painter.Dashed(pts, w, c.Px(8), c.Px(5), ink)
		} else {
			c.Stroke(pts, w, false, ink)
		}
		if s.Condition != Fine {
			c.decorate(c.around(pts), s.Condition)
		}
		return
	}
	ink := p.Pipe
	if s.Tone != Normal {
		ink = c.tone(s.Tone)
	}
	if c.pale {
		ink = paint.Mix(ink, p.Window, 0.5)
	}
	if s.Flow == Still || !s.Usable() {
		ink = paint.Mix(p.Pipe, p.Window, 0.55)
	}
	w := float32(2.5)
	if s.Medium == Water || s.Medium == Sludge {
		w = 6
	}
	w = max(c.Px(orDefault(s.Width, w)), 1)
	switch s.Medium {
	case Air:
		c.Painter.Dashed(pts, w, c.Px(14), c.Px(4), ink)
	case Signal:
		c.Painter.Dashed(pts, w, c.Px(4), c.Px(4), ink)
	default:
		c.Stroke(pts, w, false, ink)
		if s.Flow == Still || !s.Usable() { // an empty pipe is hollow
			c.Stroke(pts, max(w-2*c.Ink(), 1), false, paint.Mix(p.Window, ink, 0.25))
		}
		if s.Medium == Sludge {
			c.Painter.Dashed(pts, max(w*0.3, 1), max(w*0.35, 1), c.Px(7), p.Window)
		}
	}
	s.arrows(c, pts, w, ink)
}

// around is the box around a line as it is turned, and a little more.
func (c *Canvas) around(pts []paint.Pt) paint.Box {
	lo := c.Where(pts[0])
	hi := lo
	for _, q := range pts[1:] {
		q = c.Where(q)
		lo, hi = paint.Pt{X: min(lo.X, q.X), Y: min(lo.Y, q.Y)}, paint.Pt{X: max(hi.X, q.X), Y: max(hi.Y, q.Y)}
	}
	return paint.Box{X: lo.X, Y: lo.Y, W: hi.X - lo.X, H: hi.Y - lo.Y}.Inset(-c.Px(4))
}

func (s Line) arrows(c *Canvas, pts []paint.Pt, w float32, ink color.RGBA) {
	if s.Arrow == NoArrow {
		return
	}
	// the longest stretch carries the arrow, so that it never sits on a corner
	best, at := float32(-1), 1
	if s.Arrow == AtEnd {
		at = len(pts) - 1
	} else {
		for i := 1; i < len(pts); i++ {
			dx, dy := pts[i].X-pts[i-1].X, pts[i].Y-pts[i-1].Y
			if l := dx*dx + dy*dy; l > best {
				best, at = l, i
			}
		}
	}
	a, z := pts[at-1], pts[at]
	tip := z
	if s.Arrow == InMiddle {
		tip = paint.Pt{X: (a.X + z.X) / 2, Y: (a.Y + z.Y) / 2}
	}
	ux, uy := direction(a, z)
	l := max(w*1.9, c.Px(11))
	h := l * 0.55
	if s.Arrow == InMiddle {
		tip.X, tip.Y = tip.X+ux*l/2, tip.Y+uy*l/2
	}
	back := paint.Pt{X: tip.X - ux*l, Y: tip.Y - uy*l}
	head := [3]paint.Pt{{X: tip.X, Y: tip.Y}, {X: back.X - uy*h, Y: back.Y + ux*h}, {X: back.X + uy*h, Y: back.Y - ux*h}}
	c.FillPoly(head[:], ink)
	c.Stroke(head[:], c.Ink(), true, paint.Mix(ink, c.Palette.Text, 0.35))
}

func orDefault(v, def float32) float32 {
	if v == 0 {
		return def
	}
	return v
}
