// Package symbol is the library of plant symbols, after ISA-101: what is
// normal is grey and quiet, colour belongs to alarms alone, and every
// condition that matters can be told without colour, by a shape, a letter, a
// hatch or a frame.
//
// A symbol is a plain struct that holds all it shows. Its Paint draws it into
// a box of any size; equal structs give equal pictures, so whoever shows
// symbols repaints one only when it differs from what it was.
package symbol

import (
	"image/color"

	"penstock/widgets/paint"
)

// Symbol is anything that can be drawn. Symbols are comparable with ==.
type Symbol interface {
	Paint(c *Canvas, b paint.Box)
}

// Margin is how far a symbol may draw outside its box, display units: frames
// and badges of alarms stand there.
const Margin = 16

// Canvas is what symbols are drawn on.
type Canvas struct {
	*paint.Painter
	*paint.Style
	Unit float32 // device pixels per display unit
	// Whether marks that flash are lit: fast for unacknowledged alarms, slow
	// for those that returned to normal before anybody looked.
	Fast, Slow bool

	// Wrote is told of all words that are written: their height in display
	// units, and whether there was no room for all of them; may be nil.
	Wrote func(words string, units float32, cut bool)

	pts     []paint.Pt // of the shape being made
	degrees float32    // what is being painted is turned by, clockwise
	pale    bool       // what is being painted is drawn as if it were far away
}

// Styled is a symbol that is turned by degrees, clockwise, or drawn pale. Its
// label and its marks stay upright.
type Styled struct {
	Symbol
	Degrees float32
	Pale    bool
}

// Paint draws the symbol.
func (s Styled) Paint(c *Canvas, b paint.Box) {
	c.degrees, c.pale = s.Degrees, s.Pale
	s.Symbol.Paint(c, b)
	c.degrees, c.pale = 0, false
	c.Upright()
}

// swing turns what follows around a point, as far as the symbol is turned.
func (c *Canvas) swing(at paint.Pt) {
	if c.degrees != 0 {
		c.Turn(at, c.degrees)
	}
}

// Px converts display units to device pixels.
func (c *Canvas) Px(units float32) float32 { return units * c.Unit }

// Ink is the width of an outline: never thinner than one pixel.
func (c *Canvas) Ink() float32 { return max(c.Px(1.5), 1) }

// Text sizes, display units.
const (
	labelSize = 15
	valueSize = 20
	chipSize  = 12
)

// font returns the regular face of a size in display units.
func (c *Canvas) font(units float32) *paint.Font { return c.Regular.Size(c.Px(units)) }
func (c *Canvas) bold(units float32) *paint.Font { return c.Bold.Size(c.Px(units)) }

// Text writes s into b, centred from top to bottom, cut where it is too long.
func (c *Canvas) write(f *paint.Font, b paint.Box, a paint.Align, s string, ink color.RGBA) {
	if s == "" {
		return
	}
	c.wrote(f, s, f.Width(s) > b.Rect().Dx())
	c.TextIn(f, b.Rect(), a, s, ink)
}

// capShare is the height of a capital in sizes of the text.
const capShare = 0.714

func (c *Canvas) wrote(f *paint.Font, s string, cut bool) {
	if c.Wrote != nil {
		c.Wrote(s, float32(f.Cap)/c.Unit/capShare, cut)
	}
}

// poly collects points for the next shape.
func (c *Canvas) poly(pts ...paint.Pt) []paint.Pt {
	c.pts = append(c.pts[:0], pts...)
	return c.pts
}

// solid fills and outlines a closed shape.
func (c *Canvas) solid(pts []paint.Pt, fill, ink color.RGBA) {
	c.FillPoly(pts, fill)
	c.Stroke(pts, c.Ink(), true, ink)
}

// Place says where a symbol's label stands.
type Place uint8

// The places of a label. The zero Place is below.
const (
	Below Place = iota
	Above
	LeftOf
	RightOf
	Nowhere
)

// body takes the label out of b, writes it, and returns what is left for the
// symbol, which may be turned from here on. Lines under the label are written in the same strip, smaller.
func (c *Canvas) body(b paint.Box, p Place, label, second string, ink color.RGBA) paint.Box {
	if (label == "" && second == "") || p == Nowhere {
		c.swing(b.Center())
		return b
	}
	f := c.font(labelSize)
	h := c.Px(labelSize * 1.3)
	lines := float32(0)
	for _, s := range [...]string{label, second} {
		if s != "" {
			lines++
		}
	}
	strip, rest, align := b, b, paint.Center
	switch p {
	case Below:
		strip.Y, strip.H = b.Bottom()-h*lines, h*lines
		rest.H = max(rest.H-h*lines, 0)
	case Above:
		strip.H = h * lines
		rest.Y, rest.H = b.Y+h*lines, max(rest.H-h*lines, 0)
	case LeftOf, RightOf:
		side := min(b.H, b.W)
		gap := c.Px(5)
		strip = paint.Box{X: b.X + side + gap, Y: b.Y + (b.H-h*lines)/2, W: max(b.W-side-gap, 0), H: h * lines}
		rest.W, align = side, paint.Left
		if p == LeftOf {
			strip.X, rest.X, align = b.X, b.Right()-side, paint.Right
		}
	}
	line := strip
	line.H = h
	if align == paint.Center { // a label may be wider than its symbol
		extra := max(float32(f.Width(label))-line.W, float32(f.Width(second))-line.W, 0)
		extra = min(extra+2, c.Px(4*Margin))
		line.X, line.W = line.X-extra/2, line.W+extra
	}
	if label != "" {
		c.write(f, line, align, label, c.Palette.Dim)
		line.Y += h
	}
	c.write(f, line, align, second, ink)
	c.swing(rest.Center())
	return rest
}
