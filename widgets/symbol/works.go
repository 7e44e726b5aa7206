package symbol

import (
	"penstock/widgets/paint"
)

// Filter is a gravity filter: water over a bed of sand on gravel.
type Filter struct {
	Label string
	Place Place
	Level float32 // over the bed, 0 to 1 of the whole height; -1: not known
	State string  // what it is doing, in words
	Busy  bool    // it is doing something other than filtering or standing by
	Mode  string
	Condition
}

// Paint draws the filter.
func (s Filter) Paint(c *Canvas, b paint.Box) {
	k, p := c.inks(s.Condition), c.Palette
	q := c.body(b, s.Place, s.Label, "", p.Text).Snap()
	q.H -= max(c.Px(4), 2)
	bed := q.H * 0.34
	top := paint.Box{X: q.X, Y: q.Y, W: q.W, H: q.H - bed}
	c.FillRect(q.Rect(), paint.Mix(k.fill, p.Window, 0.45))
	if s.Level > 0 {
		h := top.H * min(s.Level, 1)
		w := paint.Box{X: q.X, Y: top.Bottom() - h, W: q.W, H: h}
		c.FillRect(w.Rect(), k.level)
		c.Line(paint.Pt{X: q.X, Y: w.Y}, paint.Pt{X: q.Right(), Y: w.Y}, max(c.Px(2), 1.5), paint.Mix(k.level, p.Text, 0.55))
	}
	sand := paint.Box{X: q.X, Y: top.Bottom(), W: q.W, H: bed * 0.72}
	gravel := paint.Box{X: q.X, Y: sand.Bottom(), W: q.W, H: bed * 0.28}
	sandInk := paint.Mix(k.line, p.Window, 0.45)
	c.FillRect(sand.Rect(), sandInk)
	c.speckle(sand, paint.Mix(sandInk, p.Text, 0.35))
	c.FillRect(gravel.Rect(), paint.Mix(k.line, p.Window, 0.2))
	c.Line(paint.Pt{X: q.X, Y: sand.Y}, paint.Pt{X: q.Right(), Y: sand.Y}, c.Ink(), k.line)
	wall := max(c.Px(4), 2)
	c.FillRect(paint.Box{X: q.X - wall, Y: q.Y - c.Px(5), W: wall, H: q.H + c.Px(5) + wall}.Rect(), k.line)
	c.FillRect(paint.Box{X: q.Right(), Y: q.Y - c.Px(5), W: wall, H: q.H + c.Px(5) + wall}.Rect(), k.line)
	c.FillRect(paint.Box{X: q.X - wall, Y: q.Bottom(), W: q.W + 2*wall, H: wall}.Rect(), k.line)
	if s.State != "" && s.Usable() {
		f := c.font(labelSize)
		h := c.Px(labelSize * 1.5)
		w := min(float32(f.Width(s.State))+c.Px(14), q.W-c.Px(6))
		plate := paint.Box{X: q.X + (q.W-w)/2, Y: sand.Y - h*1.35, W: w, H: h}.Snap()
		back, ink := p.Panel, p.Text
		if s.Busy {
			back, ink = p.Text, p.Panel // somebody should know
		}
		c.FillRound(plate, c.Px(3), back)
		c.write(f, plate, paint.Center, s.State, ink)
	}
	c.modeTag(q, s.Mode)
	c.decorate(q, s.Condition)
}

// Settler is a settling tank with a hopper, a scraper and a sludge blanket.
type Settler struct {
	Label   string
	Place   Place
	Level   float32 // 0 to 1; -1: not known
	Blanket float32
	Scraper Run
	Mode    string
	Condition
}

// Paint draws the tank from the side.
func (s Settler) Paint(c *Canvas, b paint.Box) {
	k, p := c.inks(s.Condition), c.Palette
	full := c.body(b, s.Place, s.Label, "", p.Text)
	motor := min(full.H*0.2, c.Px(28))
	q := paint.Box{X: full.X, Y: full.Y + motor, W: full.W, H: full.H - motor}.Snap()
	slope := q.H * 0.3
	outline := func() []paint.Pt {
		return c.poly(paint.Pt{X: q.X, Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Bottom() - slope},
			paint.Pt{X: q.X + q.W*0.58, Y: q.Bottom()}, paint.Pt{X: q.X + q.W*0.42, Y: q.Bottom()}, paint.Pt{X: q.X, Y: q.Bottom() - slope})
	}
	c.FillPoly(outline(), paint.Mix(k.fill, p.Window, 0.45))
	layer := func(share float32, draw func()) {
		if share <= 0 {
			return
		}
		r := paint.Box{X: q.X, Y: q.Bottom() - min(share, 1)*q.H, W: q.W, H: min(share, 1) * q.H}.Rect()
		before := c.SetClip(r.Intersect(c.Clip()))
		draw()
		c.SetClip(before)
	}
	layer(s.Level, func() { c.FillPoly(outline(), k.level) })
	layer(s.Blanket, func() { c.FillPoly(outline(), k.thick) })
	if s.Level >= 0 {
		y := q.Bottom() - s.Level*q.H
		c.Line(paint.Pt{X: q.X, Y: y}, paint.Pt{X: q.Right(), Y: y}, max(c.Px(2), 1.5), paint.Mix(k.level, p.Text, 0.55))
	}
	// scraper: shaft, arms along the slope, motor on the bridge
	mid := q.X + q.W/2
	c.Line(paint.Pt{X: mid, Y: q.Y}, paint.Pt{X: mid, Y: q.Bottom() - q.H*0.06}, max(c.Px(3), 1.5), k.line)
	for _, side := range [...]float32{-1, 1} {
		c.Line(paint.Pt{X: mid, Y: q.Bottom() - q.H*0.12}, paint.Pt{X: mid + side*q.W*0.46, Y: q.Bottom() - slope - q.H*0.04}, max(c.Px(2), 1), k.line)
	}
	c.Stroke(outline(), max(c.Px(3), 2), true, k.line)
	fill := k.fill
	if s.Scraper == Running {
		fill = k.lit
	}
	m := paint.Box{X: mid - motor*0.75, Y: full.Y, W: motor * 1.5, H: motor}.Snap()
	c.FillRound(m, c.Px(3), fill)
	c.StrokeRound(m, c.Px(3), c.Ink(), k.line)
	c.write(c.Bold.Size(m.H*0.66), m, paint.Center, "M", readable(fill))
	if s.Scraper == Tripped {
		c.crossed(m)
	}
	c.modeTag(m, s.Mode)
	c.decorate(q, s.Condition)
}

// Exchanger is a heat exchanger.
type Exchanger struct {
	Label  string
	Place  Place
	Facing Facing
	Condition
}

// Paint draws a circle with the zigzag of the second medium.
func (s Exchanger) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	q := c.body(b, s.Place, s.Label, "", c.Palette.Text).Square().Inset(c.Ink())
	c.disc(q.Center(), q.W*0.46, k.fill, k.line)
	c.Stroke(c.turned(q, s.Facing, -0.5, 0, -0.22, 0, -0.08, -0.24, 0.08, 0.24, 0.22, 0, 0.5, 0), c.Ink(), false, k.line)
	c.decorate(q, s.Condition)
}

// Surround is what stands around an instrument's circle (ISA-5.1).
type Surround uint8

// The surrounds.
const (
	Field    Surround = iota // the circle alone
	PanelSet                 // a line across
	Shared                   // a square around
	Computer                 // a hexagon
	PLC                      // a diamond
)

// Bubble is an instrument as a P&ID shows it.
type Bubble struct {
	Letters, Loop string
	Where         Surround
	Condition
}

// Paint draws the bubble.
func (s Bubble) Paint(c *Canvas, b paint.Box) {
	k, p := c.inks(s.Condition), c.Palette
	q := b.Square().Inset(c.Ink())
	m, r := q.Center(), q.W/2
	switch s.Where {
	case Shared:
		c.FillRect(q.Rect(), p.Panel)
		c.StrokeRect(q.Rect(), int(c.Ink()), k.line)
	case Computer:
		c.pts = c.pts[:0]
		for i := range 6 {
			c.pts = append(c.pts, paint.Pt{X: m.X + r*1.1*cosTurn(float32(i)/6), Y: m.Y + r*1.1*sinTurn(float32(i)/6)})
		}
		c.solid(c.pts, p.Panel, k.line)
	case PLC:
		c.solid(c.poly(paint.Pt{X: m.X, Y: m.Y - r*1.35}, paint.Pt{X: m.X + r*1.35, Y: m.Y}, paint.Pt{X: m.X, Y: m.Y + r*1.35}, paint.Pt{X: m.X - r*1.35, Y: m.Y}), p.Panel, k.line)
	}
	c.disc(m, r, p.Panel, k.line)
	if s.Where == PanelSet {
		c.Line(paint.Pt{X: q.X, Y: m.Y}, paint.Pt{X: q.Right(), Y: m.Y}, c.Ink(), k.line)
	}
	up, down := q, q
	up.H, down.H = q.H*0.52, q.H*0.40
	up.Y += q.H * 0.08
	down.Y = m.Y + q.H*0.02
	f := c.Regular.Size(q.H * 0.30)
	c.write(f, up.Inset(1), paint.Center, s.Letters, p.Text)
	c.write(f, down, paint.Center, s.Loop, p.Text)
	c.decorate(q, s.Condition)
}
