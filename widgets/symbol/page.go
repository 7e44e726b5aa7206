package symbol

import (
	"image/color"
	"slices"

	"penstock/widgets/paint"
)

// Tone is a colour by its meaning; there is none that stands for a state.
type Tone uint8

// The tones.
const (
	Normal Tone = iota
	Dim
	Strong
	PanelTone
	LineTone
	FillTone     // of a symbol at rest
	LightTone    // running, open
	DarkTone     // stopped, closed
	ContentsTone // of a tank
)

// ToneNamed is the tone that stands in a list of names in the order of the
// tones; Normal where there is none.
func ToneNamed(names []string, name string) Tone { return Tone(max(slices.Index(names, name), 0)) }

func (c *Canvas) tone(t Tone) color.RGBA { return t.In(c.Palette) }

// In is the colour a tone has in a palette.
func (t Tone) In(p *paint.Palette) color.RGBA {
	switch t {
	case Dim:
		return p.Dim
	case PanelTone:
		return p.Panel
	case LineTone:
		return p.Line
	case FillTone:
		return p.Fill
	case LightTone:
		return p.Running
	case DarkTone:
		return shut(p)
	case ContentsTone:
		return p.Level
	}
	return p.Text
}

// Text is words that do not change by themselves.
type Text struct {
	Words string
	Size  float32 // display units; 0 is 16
	Align paint.Align
	Tone  Tone
	Bold  bool
}

// Paint writes the words.
func (s Text) Paint(c *Canvas, b paint.Box) {
	size := s.Size
	if size == 0 {
		size = 16
	}
	c.swing(b.Center())
	f := c.font(size)
	if s.Bold || s.Tone == Strong {
		f = c.bold(size)
	}
	c.write(f, b, s.Align, s.Words, c.tone(s.Tone))
}

// Panel is a part of the display with its title.
type Panel struct {
	Title string
	Plain bool
	Tone  Tone // of its ground; Normal: that of a panel
}

// Paint draws the panel.
func (s Panel) Paint(c *Canvas, b paint.Box) {
	p, q := c.Palette, b.Snap()
	if !s.Plain {
		ground := paint.Mix(p.Panel, p.Window, 0.45)
		if s.Tone != Normal {
			ground = paint.Mix(c.tone(s.Tone), p.Window, 0.6)
		}
		c.FillRound(q, c.Px(4), ground)
		c.StrokeRound(q, c.Px(4), max(c.Px(1), 1), p.Line)
	}
	if s.Title != "" {
		c.write(c.bold(16), paint.Box{X: q.X + c.Px(12), Y: q.Y + c.Px(4), W: q.W - c.Px(24), H: c.Px(26)}, paint.Left, s.Title, p.Dim)
	}
}

// Nav is a button that leads to another display.
type Nav struct {
	Words string
	Alarm Alarm // the worst one there
	Here  bool  // it leads to the display one is on
}

// Paint draws the button.
func (s Nav) Paint(c *Canvas, b paint.Box) {
	p, q := c.Palette, b.Snap()
	back := p.Raised
	if s.Here {
		back = p.Sunken
	}
	c.FillRound(q, c.Px(4), back)
	c.StrokeRound(q, c.Px(4), max(c.Px(1), 1), p.Line)
	in := paint.Box{X: q.X + c.Px(12), Y: q.Y, W: q.W - c.Px(44), H: q.H}
	c.write(c.font(16), in, paint.Left, s.Words, p.Text)
	if s.Alarm.Phase != Quiet {
		z := min(c.Px(badgeSize), q.H*0.7)
		c.Badge(paint.Box{X: q.Right() - c.Px(34), Y: q.Y + (q.H-z)/2, W: z, H: z}, s.Alarm)
		return
	}
	m, t := paint.Pt{X: q.Right() - c.Px(20), Y: q.Y + q.H/2}, c.Px(5)
	c.Stroke(c.poly(paint.Pt{X: m.X - t*0.6, Y: m.Y - t}, paint.Pt{X: m.X + t*0.6, Y: m.Y}, paint.Pt{X: m.X - t*0.6, Y: m.Y + t}), c.Ink(), false, p.Dim)
}

// Button writes something when it is pressed.
type Button struct {
	Words    string
	Disabled bool
}

// Paint draws the button.
func (s Button) Paint(c *Canvas, b paint.Box) {
	p, q := c.Palette, b.Snap()
	c.FillRound(q, c.Px(4), p.Raised)
	c.StrokeRound(q, c.Px(4), max(c.Px(1.5), 1), p.Outline)
	ink := p.Text
	if s.Disabled {
		ink = p.Dim
	}
	c.write(c.font(16), q.Inset(c.Px(6)), paint.Center, s.Words, ink)
}

// Terminal is where a line leaves for another display or comes from one: a
// flag that points the way of the flow.
type Terminal struct {
	Words  string
	Facing Facing
	From   bool // the flow comes in here
}

// Paint draws the flag.
func (s Terminal) Paint(c *Canvas, b paint.Box) {
	p, q := c.Palette, b.Inset(c.Ink()).Snap()
	c.swing(q.Center())
	n := min(q.H*0.5, q.W*0.3)
	var pts []paint.Pt
	text := q
	if s.Facing == FaceLeft {
		pts = c.poly(paint.Pt{X: q.X, Y: q.Y + q.H/2}, paint.Pt{X: q.X + n, Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Bottom()}, paint.Pt{X: q.X + n, Y: q.Bottom()})
		text.X += n
	} else {
		pts = c.poly(paint.Pt{X: q.X, Y: q.Y}, paint.Pt{X: q.Right() - n, Y: q.Y}, paint.Pt{X: q.Right(), Y: q.Y + q.H/2}, paint.Pt{X: q.Right() - n, Y: q.Bottom()}, paint.Pt{X: q.X, Y: q.Bottom()})
	}
	text.W -= n
	c.solid(pts, p.Raised, p.Outline)
	c.write(c.font(15), text.Inset(c.Px(4)), paint.Center, s.Words, p.Text)
}
