package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// decorate draws what a condition adds to a symbol that fills b: hatch, broken
// frame, chips, alarm frame and badge. They stand upright.
func (c *Canvas) decorate(b paint.Box, cond Condition) {
	c.Upright()
	l, p := cond.look(), c.Palette
	r := b.Rect()
	if l.hatch {
		c.Hatch(r, c.Px(11), max(c.Px(1.2), 1), paint.Fade(p.Bad, 0xa0))
	}
	if l.broken {
		c.DashedRect(r, c.Ink(), c.Px(6), c.Px(4), p.Dim)
	}
	if a := cond.Alarm; a.Phase >= Returned {
		c.alarmFrame(b, a)
	}
	c.chips(b, l)
	c.badgeAt(b, cond.Alarm, 0.6, 0.6)
}

// announce frames what is in alarm, its label with it, and puts the badge above
// it, where it covers no letter of the label nor of what stands beside it.
func (c *Canvas) announce(b paint.Box, a Alarm) {
	if a.Phase >= Returned {
		c.alarmFrame(b, a)
	}
	c.badgeAt(b, a, 0.3, 0.8)
}

// announceBefore is announce with the badge before the words, as high as they
// stand.
func (c *Canvas) announceBefore(b paint.Box, a Alarm) {
	z := min(c.Px(badgeSize), b.H)
	if a.Phase >= Returned {
		c.alarmFrame(b, a)
	}
	if a.Phase != Quiet {
		c.Badge(paint.Box{X: b.X - z - c.Px(5), Y: b.Y + (b.H-z)/2, W: z, H: z}, a)
	}
}

// badgeAt puts the badge on the upper left corner, shares of it outside to the
// left and above.
func (c *Canvas) badgeAt(b paint.Box, a Alarm, left, up float32) {
	if a.Phase != Quiet {
		s := c.Px(badgeSize)
		c.Badge(paint.Box{X: b.X - s*left, Y: b.Y - s*up, W: s, H: s}, a)
	}
}

// indent is how far a label in an alarm's frame stands from its side.
func (c *Canvas) indent(a Alarm) float32 {
	if a.Phase == Quiet {
		return 0
	}
	return c.Px(5)
}

// alarmFrame is thick and closed while the alarm stands, thin once it has
// returned.
func (c *Canvas) alarmFrame(b paint.Box, a Alarm) {
	w := max(c.Px(3), 2)
	if a.Phase == Returned {
		w = max(c.Px(1.5), 1)
	}
	ink := c.Palette.Alarm[min(a.Priority, 4)]
	if a.Phase == Unacked && !c.Fast {
		ink = paint.Mix(ink, c.Palette.Window, 0.55)
	}
	c.StrokeRound(b.Inset(-w).Snap(), c.Px(3), w, ink)
}

// chips draws small signs along the upper right corner of b.
func (c *Canvas) chips(b paint.Box, l look) {
	s := c.Px(chipSize + 3)
	x := b.Right() - s*0.6
	for _, m := range l.chips {
		if m == noMark {
			return
		}
		c.chip(paint.Box{X: x, Y: b.Y - s*0.4, W: s, H: s}.Snap(), m)
		x -= s + 1
	}
}

func (c *Canvas) chip(b paint.Box, m mark) {
	p := c.Palette
	ink, back := p.Text, p.Panel
	switch m {
	case cross, unlinked:
		ink, back = p.Panel, p.Bad
	}
	c.FillRound(b, c.Px(2), back)
	c.StrokeRound(b, c.Px(2), max(c.Px(1), 1), mixInk(ink, back))
	in, w := b.Inset(b.W*0.24), max(c.Px(1.6), 1)
	mid := b.Center()
	switch m {
	case waiting:
		for i := float32(-1); i <= 1; i++ {
			c.FillCircle(mid.X+i*b.W*0.23, mid.Y, max(b.W*0.08, 0.8), ink)
		}
	case cross:
		c.Line(paint.Pt{X: in.X, Y: in.Y}, paint.Pt{X: in.Right(), Y: in.Bottom()}, w, ink)
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, paint.Pt{X: in.Right(), Y: in.Y}, w, ink)
	case unlinked:
		c.Line(paint.Pt{X: b.X + b.W*0.15, Y: mid.Y}, paint.Pt{X: mid.X - b.W*0.14, Y: mid.Y}, w, ink)
		c.Line(paint.Pt{X: mid.X + b.W*0.14, Y: mid.Y}, paint.Pt{X: b.Right() - b.W*0.15, Y: mid.Y}, w, ink)
		c.Line(paint.Pt{X: mid.X - b.W*0.10, Y: in.Bottom()}, paint.Pt{X: mid.X + b.W*0.10, Y: in.Y}, w, ink)
	case stopSign:
		c.StrokeCircle(mid.X, mid.Y, in.W*0.62, w, ink)
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, paint.Pt{X: in.Right(), Y: in.Y}, w, ink)
	case spanner:
		c.Line(paint.Pt{X: in.X, Y: in.Bottom()}, mid, w*1.3, ink)
		c.StrokeCircle(mid.X+in.W*0.2, mid.Y-in.H*0.2, in.W*0.42, w, ink)
		c.FillRect(paint.Box{X: mid.X + in.W*0.25, Y: in.Y - 1, W: in.W*0.3 + 1, H: in.H*0.3 + 1}.Rect(), back)
	case clock:
		c.StrokeCircle(mid.X, mid.Y, in.W*0.7, max(w*0.8, 1), ink)
		c.Line(mid, paint.Pt{X: mid.X, Y: mid.Y - in.H*0.45}, w, ink)
		c.Line(mid, paint.Pt{X: mid.X + in.W*0.35, Y: mid.Y}, w, ink)
	case question:
		c.write(c.bold(chipSize), b, paint.Center, "?", ink)
	case hand:
		c.write(c.bold(chipSize-1), b, paint.Center, "M", ink)
	case simul:
		c.write(c.bold(chipSize-1), b, paint.Center, "S", ink)
	}
}

func mixInk(ink, back color.RGBA) color.RGBA { return paint.Mix(back, ink, 0.6) }
