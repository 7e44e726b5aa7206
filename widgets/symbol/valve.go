package symbol

import (
	"strings"

	"penstock/widgets/paint"
)

// ValveKind is the sort of a valve, which is its picture.
type ValveKind uint8

// The valves.
const (
	OnOff ValveKind = iota
	Control
	ThreeWay
	Penstock // a sluice gate
	Check
)

// Travel is where a valve is. The zero Travel is not known.
type Travel uint8

// The states of a valve.
const (
	TravelUnknown Travel = iota
	Closed
	Opening
	Open
	Closing
	Partly
	Stuck
)

// TravelOf reads the state of a valve off the name of its tag's value.
func TravelOf(state string) Travel {
	switch s := strings.ToLower(state); {
	case s == "closed" || s == "shut" || s == "off":
		return Closed
	case s == "open" || s == "opened" || s == "on":
		return Open
	case s == "opening":
		return Opening
	case s == "closing":
		return Closing
	case strings.Contains(s, "part") || strings.Contains(s, "between") || strings.Contains(s, "travel"):
		return Partly
	case strings.Contains(s, "fault") || strings.Contains(s, "fail") || strings.Contains(s, "stuck"):
		return Stuck
	}
	return TravelUnknown
}

// Valve is light where water may pass, dark where it may not and grey between
// the two. A moving one is half and half with an arrow.
type Valve struct {
	Kind   ValveKind
	Label  string
	Second string // such as the position
	Place  Place
	Facing Facing
	Travel Travel
	Open   float32 // 0 to 1; -1: not known
	Mode   string
	Condition
}

// Paint draws the valve and its label.
func (s Valve) Paint(c *Canvas, b paint.Box) {
	k := c.inks(s.Condition)
	body := c.body(b, s.Place, s.Label, s.Second, k.text)
	open, half, shut := k.lit, k.fill, k.shut
	q := body.Square().Inset(c.Ink())
	if s.Kind == Penstock {
		s.penstock(c, q, k)
	} else {
		left, right := open, open
		switch s.Travel {
		case Closed:
			left, right = shut, shut
		case Opening, Closing:
			left, right = open, shut
		case TravelUnknown, Stuck, Partly:
			left, right = half, half
		}
		if s.Kind == Check {
			left, right = open, k.fill
		}
		c.solid(c.turned(q, s.Facing, -0.5, -0.27, 0, 0, -0.5, 0.27), left, k.line)
		c.solid(c.turned(q, s.Facing, 0.5, -0.27, 0, 0, 0.5, 0.27), right, k.line)
		switch s.Kind {
		case ThreeWay:
			c.solid(c.turned(q, s.Facing, -0.27, 0.5, 0, 0, 0.27, 0.5), right, k.line)
		case Control:
			s.actuator(c, q, k)
		case Check:
			a, z := turn(q, s.Facing, 0, -0.3), turn(q, s.Facing, 0, 0.3)
			c.Line(a, z, c.Ink()*1.6, k.line)
		}
	}
	if s.Travel == Opening || s.Travel == Closing {
		s.arrow(c, q)
	}
	if s.Travel == Stuck {
		c.crossed(q)
	}
	c.modeTag(q, s.Mode)
	c.decorate(q, s.Condition)
}

// actuator is the dome of a control valve on its stem.
func (s Valve) actuator(c *Canvas, q paint.Box, k inks) {
	a, z := turn(q, s.Facing, 0, 0), turn(q, s.Facing, 0, -0.26)
	c.Line(a, z, c.Ink(), k.line)
	c.pts = c.pts[:0]
	for i := range 13 {
		t := 0.5 + float32(i)/24
		c.pts = append(c.pts, turn(q, s.Facing, 0.26*cosTurn(t), -0.26+0.24*sinTurn(t)))
	}
	c.solid(c.pts, k.lit, k.line)
}

// penstock is a frame with a gate that goes up as it opens.
func (s Valve) penstock(c *Canvas, q paint.Box, k inks) {
	open := s.Open
	if open < 0 {
		open = 0.5
		switch s.Travel {
		case Open:
			open = 1
		case Closed:
			open = 0
		}
	}
	frame := paint.Box{X: q.X + q.W*0.12, Y: q.Y + q.H*0.42, W: q.W * 0.76, H: q.H * 0.58}.Snap()
	c.FillRect(frame.Rect(), k.lit)
	gate := frame
	gate.H = frame.H
	gate.Y -= open * frame.H * 0.92
	c.Line(paint.Pt{X: q.X + q.W/2, Y: q.Y}, paint.Pt{X: q.X + q.W/2, Y: gate.Y}, max(c.Px(2.5), 1.5), k.line)
	c.Line(paint.Pt{X: q.X + q.W*0.3, Y: q.Y + c.Px(2)}, paint.Pt{X: q.X + q.W*0.7, Y: q.Y + c.Px(2)}, max(c.Px(4), 2), k.line)
	c.FillRect(gate.Rect(), k.fill)
	c.StrokeRect(gate.Rect(), int(c.Ink()), k.line)
	c.Line(paint.Pt{X: gate.X, Y: gate.Y + gate.H*0.5}, paint.Pt{X: gate.Right(), Y: gate.Y + gate.H*0.5}, c.Ink(), k.line)
	w := max(c.Px(3), 2)
	c.FillRect(paint.Box{X: frame.X - w, Y: q.Y + q.H*0.1, W: w, H: frame.Bottom() - q.Y - q.H*0.1}.Rect(), k.line)
	c.FillRect(paint.Box{X: frame.Right(), Y: q.Y + q.H*0.1, W: w, H: frame.Bottom() - q.Y - q.H*0.1}.Rect(), k.line)
}

// arrow says which way a valve is moving: up is opening.
func (s Valve) arrow(c *Canvas, q paint.Box) {
	p, m, h := c.Palette, q.Center(), q.W*0.2
	d := float32(-1)
	if s.Travel == Closing {
		d = 1
	}
	x := q.Right() + h*0.2
	c.Line(paint.Pt{X: x, Y: m.Y - d*h*1.6}, paint.Pt{X: x, Y: m.Y + d*h*0.7}, max(c.Px(2), 1.5), p.Text)
	c.FillPoly(c.poly(paint.Pt{X: x - h*0.8, Y: m.Y + d*h*0.4}, paint.Pt{X: x + h*0.8, Y: m.Y + d*h*0.4}, paint.Pt{X: x, Y: m.Y + d*h*1.7}), p.Text)
}
