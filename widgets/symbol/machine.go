package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// Run is whether a machine runs. The zero Run is not known.
type Run uint8

// The running states.
const (
	RunUnknown Run = iota
	Stopped
	Running
	Tripped
)

// Facing is where the flow leaves a machine.
type Facing uint8

// The directions.
const (
	FaceRight Facing = iota
	FaceDown
	FaceLeft
	FaceUp
)

// MachineKind is the sort of a machine, which is its picture.
type MachineKind uint8

// The machines.
const (
	Pump MachineKind = iota
	Doser
	Motor
	Mixer
	Fan
	Blower
	Compressor
	RakedScreen
	Conveyor
)

// Machine is anything that runs or stands: running is light, stopped is dark,
// tripped is crossed out.
type Machine struct {
	Kind   MachineKind
	Label  string
	Second string // a line under the label, such as the speed
	Place  Place
	Facing Facing
	Run    Run
	Mode   string // name of the selector's state
	Condition
}

// Paint draws the machine and its label.
func (s Machine) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	second := k.text
	body := c.body(b, s.Place, s.Label, s.Second, second)
	fill := k.fill
	if s.Run == Running {
		fill = k.lit
	}
	if s.Run == RunUnknown {
		fill = c.Palette.Window
	}
	var frame paint.Box
	switch s.Kind {
	case Pump:
		frame = c.pump(body, s.Facing, fill, k)
	case Doser:
		frame = c.doser(body, s.Facing, fill, k)
	case Motor:
		frame = c.motor(body, fill, k)
	case Mixer:
		frame = c.mixer(body, fill, k)
	case Fan:
		frame = c.fan(body, s.Facing, fill, k)
	case Blower:
		frame = c.blower(body, s.Facing, fill, k)
	case Compressor:
		frame = c.compressor(body, s.Facing, fill, k)
	case RakedScreen:
		frame = c.rakedScreen(body, fill, k)
	case Conveyor:
		frame = c.conveyor(body, fill, k)
	}
	if s.Run == Tripped {
		c.crossed(frame)
	}
	c.modeTag(frame, s.Mode)
	c.decorate(frame, s.Condition)
}

// crossed draws the sign of a tripped machine: a cross that is dark on light
// and light on dark, so it shows on every fill.
func (c *Canvas) crossed(b paint.Box) {
	p, w := c.Palette, max(c.Px(3.2), 2)
	in := b.Square().Inset(b.Square().W * 0.18)
	a, z := paint.Pt{X: in.X, Y: in.Y}, paint.Pt{X: in.Right(), Y: in.Bottom()}
	d, e := paint.Pt{X: in.X, Y: in.Bottom()}, paint.Pt{X: in.Right(), Y: in.Y}
	c.Line(a, z, w*1.9, p.Window)
	c.Line(d, e, w*1.9, p.Window)
	c.Line(a, z, w, p.Text)
	c.Line(d, e, w, p.Text)
}

// turn maps a point of a picture that faces right to the way it faces: x and y
// are shares of the square, from the middle.
func turn(q paint.Box, f Facing, x, y float32) paint.Pt {
	switch f {
	case FaceDown:
		x, y = -y, x
	case FaceLeft:
		x = -x
	case FaceUp:
		x, y = y, -x
	}
	m := q.Center()
	return paint.Pt{X: m.X + x*q.W, Y: m.Y + y*q.H}
}

func (c *Canvas) turned(q paint.Box, f Facing, xy ...float32) []paint.Pt {
	c.pts = c.pts[:0]
	for i := 0; i+1 < len(xy); i += 2 {
		c.pts = append(c.pts, turn(q, f, xy[i], xy[i+1]))
	}
	return c.pts
}

func (c *Canvas) disc(m paint.Pt, r float32, fill, ink color.RGBA) {
	c.FillCircle(m.X, m.Y, r, fill)
	c.StrokeCircle(m.X, m.Y, r, c.Ink(), ink)
}

// pump is the casing of a centrifugal pump with its outlet at the top and an
// arrowhead in the way it pumps.
func (c *Canvas) pump(b paint.Box, f Facing, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	m, r := q.Center(), q.W*0.46
	// foot
	c.solid(c.poly(paint.Pt{X: m.X - r*0.55, Y: m.Y + r*0.6}, paint.Pt{X: m.X + r*0.55, Y: m.Y + r*0.6}, paint.Pt{X: m.X + r*0.85, Y: q.Bottom()}, paint.Pt{X: m.X - r*0.85, Y: q.Bottom()}), k.fill, k.line)
	// outlet, tangential
	c.solid(c.turned(q, f, 0, -0.46, 0.5, -0.46, 0.5, -0.22, 0, -0.22), fill, k.line)
	c.disc(m, r, fill, k.line)
	head := c.turned(q, f, -0.17, -0.27, 0.31, 0, -0.17, 0.27)
	c.Stroke(head, c.Ink(), true, k.line)
	return q
}

func (c *Canvas) doser(b paint.Box, f Facing, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	c.solid(c.turned(q, f, -0.46, 0.18, 0.46, 0.18, 0.46, 0.48, -0.46, 0.48), k.fill, k.line)
	m := turn(q, f, 0, -0.08)
	r := q.W * 0.38
	c.disc(m, r, fill, k.line)
	// the diaphragm, and the way it pumps
	c.Stroke(c.turned(q, f, -0.12, -0.30, 0.26, -0.08, -0.12, 0.14), c.Ink(), true, k.line)
	a, z := turn(q, f, -0.18, -0.36), turn(q, f, -0.18, 0.20)
	c.Line(a, z, c.Ink(), k.line)
	return q
}

func (c *Canvas) motor(b paint.Box, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	c.disc(q.Center(), q.W/2, fill, k.line)
	c.write(c.Bold.Size(q.W*0.5), q, paint.Center, "M", readable(fill))
	return q
}

func (c *Canvas) mixer(b paint.Box, fill color.RGBA, k inks) paint.Box {
	q := b.Inset(c.Ink())
	w := min(q.W*0.5, q.H*0.3)
	head := paint.Box{X: q.X + (q.W-w)/2, Y: q.Y, W: w, H: w}.Snap()
	mid := head.X + head.W/2
	c.Line(paint.Pt{X: mid, Y: head.Bottom()}, paint.Pt{X: mid, Y: q.Bottom() - q.H*0.1}, max(c.Px(3), 2), k.line)
	y, h, bl := q.Bottom()-q.H*0.1, q.H*0.07, q.W*0.42
	c.solid(c.poly(paint.Pt{X: mid - bl, Y: y - h}, paint.Pt{X: mid + bl, Y: y + h}, paint.Pt{X: mid + bl, Y: y - h}, paint.Pt{X: mid - bl, Y: y + h}), fill, k.line)
	c.FillRound(head, c.Px(3), fill)
	c.StrokeRound(head, c.Px(3), c.Ink(), k.line)
	c.write(c.Bold.Size(head.W*0.62), head, paint.Center, "M", readable(fill))
	return q
}

func (c *Canvas) fan(b paint.Box, f Facing, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	m, r := q.Center(), q.W*0.46
	c.disc(m, r, fill, k.line)
	for _, a := range [...]float32{0.08, 0.58} {
		lobe := paint.Pt{X: m.X + r*0.45*cosTurn(a), Y: m.Y + r*0.45*sinTurn(a)}
		c.pts = paint.Arc(c.pts[:0], lobe.X, lobe.Y, r*0.42, r*0.2, 0, 1)
		c.solid(c.pts, k.fill, k.line)
	}
	c.Stroke(c.turned(q, f, 0.3, -0.5, 0.5, -0.5, 0.5, -0.3), c.Ink(), false, k.line)
	return q
}

// blower is a rotary lobe blower: two lobes in an oval.
func (c *Canvas) blower(b paint.Box, f Facing, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	m := q.Center()
	c.solid(c.turned(q, f, 0, -0.12, 0.5, -0.2, 0.5, 0.2, 0, 0.12), fill, k.line)
	c.pts = paint.Arc(c.pts[:0], m.X, m.Y, q.W*0.36, q.H*0.46, 0, 1)
	c.solid(c.pts, fill, k.line)
	for _, y := range [...]float32{-0.2, 0.2} {
		e := paint.Pt{X: m.X, Y: m.Y + y*q.H}
		rx, ry := q.W*0.22, q.H*0.09
		if y > 0 {
			rx, ry = q.W*0.09, q.H*0.19
		}
		c.pts = paint.Arc(c.pts[:0], e.X, e.Y, rx, ry, 0, 1)
		c.Stroke(c.pts, c.Ink(), true, k.line)
	}
	return q
}

func (c *Canvas) compressor(b paint.Box, f Facing, fill color.RGBA, k inks) paint.Box {
	q := b.Square().Inset(c.Ink())
	m := q.Center()
	c.disc(m, q.W*0.46, fill, k.line)
	for _, side := range [...]float32{-1, 1} { // two lines that come together the way it presses
		a, z := turn(q, f, -0.3, side*0.34), turn(q, f, 0.42, side*0.16)
		c.Line(a, z, c.Ink(), k.line)
	}
	return q
}

// rakedScreen is a bar screen seen from the side of the flow, with its rake.
func (c *Canvas) rakedScreen(b paint.Box, fill color.RGBA, k inks) paint.Box {
	q := b.Inset(c.Ink()).Snap()
	head := paint.Box{X: q.X, Y: q.Y, W: q.W, H: min(q.H*0.22, q.W*0.4)}.Snap()
	in := paint.Box{X: q.X, Y: head.Bottom(), W: q.W, H: q.Bottom() - head.Bottom()}
	c.FillRect(in.Rect(), k.fill)
	for i := 1; i < 8; i++ {
		x := in.X + in.W*float32(i)/8
		c.Line(paint.Pt{X: x, Y: in.Y}, paint.Pt{X: x, Y: in.Bottom()}, c.Ink(), k.line)
	}
	rake := paint.Box{X: q.X, Y: in.Y + in.H*0.45, W: q.W, H: max(c.Px(6), 3)}
	c.FillRect(rake.Rect(), fill)
	c.StrokeRect(rake.Rect(), int(c.Ink()), k.line)
	c.StrokeRect(in.Rect(), int(c.Ink()), k.line)
	c.FillRect(head.Rect(), fill)
	c.StrokeRect(head.Rect(), int(c.Ink()), k.line)
	c.write(c.Bold.Size(head.H*0.72), head, paint.Center, "M", readable(fill))
	return q
}

func (c *Canvas) conveyor(b paint.Box, fill color.RGBA, k inks) paint.Box {
	q := b.Inset(c.Ink())
	r := min(q.H*0.3, q.W*0.12)
	y := q.Y + q.H/2
	c.FillRound(paint.Box{X: q.X, Y: y - r, W: q.W, H: 2 * r}, r, fill)
	c.StrokeRound(paint.Box{X: q.X, Y: y - r, W: q.W, H: 2 * r}, r, c.Ink(), k.line)
	for _, x := range [...]float32{q.X + r, q.Right() - r} {
		c.disc(paint.Pt{X: x, Y: y}, r*0.7, k.fill, k.line)
	}
	return q
}
