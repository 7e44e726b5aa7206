package symbol

import (
	"image/color"
	"math"

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

// Flow is what is known of the flow in a pipe. The zero Flow is that of a pipe
// nobody measures.
type Flow uint8

// The flows. Each can be told without colour: a pipe that flows is full and its
// arrow solid, one that stands is hollow with a hollow arrow, one that flows
// against its way has two heads that point back, and of one that is not known
// the walls are broken and a question mark stands in it.
const (
	Unmeasured Flow = iota // drawn as flowing
	Flowing
	Standing
	Reversed
	FlowUnknown
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
	c.pipe(s, pts)
}

// pipe draws a line that something flows in.
func (c *Canvas) pipe(s Line, pts []paint.Pt) {
	p := c.Palette
	flow := s.Flow
	if !s.Usable() {
		flow = FlowUnknown
	}
	ink := p.Pipe
	if s.Tone != Normal {
		ink = c.tone(s.Tone)
	}
	if c.pale {
		ink = paint.Mix(ink, p.Window, 0.5)
	}
	idle := flow == Standing || flow == FlowUnknown
	if idle {
		ink = paint.Mix(p.Pipe, p.Window, 0.55)
	}
	thick := s.Medium == Water || s.Medium == Sludge
	w := float32(2.5)
	if thick {
		w = 6
	}
	w = max(c.Px(orDefault(s.Width, w)), 1)
	switch s.Medium {
	case Air:
		c.Painter.Dashed(pts, w, c.Px(14), c.Px(4), ink)
	case Signal:
		c.Painter.Dashed(pts, w, c.Px(4), c.Px(4), ink)
	default:
		if thick && flow == FlowUnknown { // nobody knows what is between the walls
			c.Painter.Dashed(pts, w, c.Px(9), c.Px(6), ink)
		} else {
			c.Stroke(pts, w, false, ink)
		}
		if idle { // an empty pipe is hollow
			c.Stroke(pts, max(w-2*c.Ink(), 1), false, paint.Mix(p.Window, ink, 0.25))
		}
		if s.Medium == Sludge {
			c.Painter.Dashed(pts, max(w*0.3, 1), max(w*0.35, 1), c.Px(7), p.Window)
		}
	}
	at, tail, length := s.stretch(pts)
	unusual := (flow == Reversed || flow == FlowUnknown) && (s.Arrow != NoArrow || length >= c.Px(longStretch))
	if s.Arrow == NoArrow && !unusual {
		return
	}
	ux, uy := direction(tail, at)
	l := max(w*1.9, c.Px(11))
	if s.Arrow != AtEnd { // it is the middle of the arrow that stands in the middle
		at.X, at.Y = at.X+ux*l/2, at.Y+uy*l/2
	}
	switch flow {
	case FlowUnknown:
		z := c.Px(chipSize + 3)
		mid := paint.Pt{X: at.X - ux*l/2, Y: at.Y - uy*l/2}
		c.chip(paint.Box{X: mid.X - z/2, Y: mid.Y - z/2, W: z, H: z}.Snap(), question)
	case Reversed:
		back := paint.Pt{X: at.X - ux*l, Y: at.Y - uy*l}
		further := paint.Pt{X: back.X - ux*l*0.8, Y: back.Y - uy*l*0.8}
		c.head(back, -ux, -uy, l, p.Text, p.Text)
		c.head(further, -ux, -uy, l, p.Text, p.Text)
	case Standing:
		c.head(at, ux, uy, l, p.Window, paint.Mix(ink, p.Text, 0.35))
	default:
		c.head(at, ux, uy, l, ink, paint.Mix(ink, p.Text, 0.35))
	}
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

// longStretch is how long a stretch without an arrow must be to carry a mark,
// display units: of many short pieces of one pipe not each is to have one.
const longStretch = 60

// stretch finds where a pipe shows the way of its flow: the tip of the arrow,
// where the stretch with it begins, and how long that is. The longest stretch
// carries it, so that it never sits on a corner.
func (s Line) stretch(pts []paint.Pt) (tip, tail paint.Pt, length float32) {
	best, at := float32(-1), 1
	if s.Arrow == AtEnd {
		at = len(pts) - 1
	} else {
		for i := 1; i < len(pts); i++ {
			if l := distance(pts[i-1], pts[i]); l > best {
				best, at = l, i
			}
		}
	}
	tail, tip = pts[at-1], pts[at]
	length = distance(tail, tip)
	if s.Arrow != AtEnd {
		tip = paint.Pt{X: (tail.X + tip.X) / 2, Y: (tail.Y + tip.Y) / 2}
	}
	return tip, tail, length
}

func distance(a, b paint.Pt) float32 {
	return float32(math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
}

// head draws the head of an arrow that points along ux, uy.
func (c *Canvas) head(tip paint.Pt, ux, uy, l float32, fill, edge color.RGBA) {
	h := l * 0.55
	back := paint.Pt{X: tip.X - ux*l, Y: tip.Y - uy*l}
	pts := [3]paint.Pt{{X: tip.X, Y: tip.Y}, {X: back.X - uy*h, Y: back.Y + ux*h}, {X: back.X + uy*h, Y: back.Y - ux*h}}
	c.FillPoly(pts[:], fill)
	c.Stroke(pts[:], c.Ink(), true, edge)
}

func orDefault(v, def float32) float32 {
	if v == 0 {
		return def
	}
	return v
}
