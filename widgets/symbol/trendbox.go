package symbol

import (
	"image/color"
	"strconv"

	"penstock/widgets/paint"
)

// MaxPens is how many lines a TrendBox holds.
const MaxPens = 4

// Tick is a mark on an axis: where it is, 0 to 1, and what is written there.
type Tick struct {
	At   float32
	Text string
}

// Axes are the marks of a TrendBox. They are not changed once they are shown.
type Axes struct {
	Up   []Tick // values, from the bottom
	Time []Tick // from the left
}

// Pen is one line of a TrendBox.
type Pen struct {
	Name string
	Past *Curve // nil: nothing is known yet
	Reading
}

// TrendBox is a small trend with its axes: the values of the last minutes or
// hours on one scale. Pens are told apart by their number at the line's end, by
// brightness and by dashes: colour is for alarms.
type TrendBox struct {
	Title          string
	Pens           [MaxPens]Pen
	N              int
	Axes           *Axes
	BandLo, BandHi float32 // normal band of the first pen, as shares; none when equal
}

// Text sizes, display units.
const (
	tickSize   = 13
	legendSize = 14
)

// Paint draws the plot, its axes, and the legend under it.
func (s TrendBox) Paint(c *Canvas, b paint.Box) {
	p, frame := c.Palette, b
	worst := Alarm{}
	for i := range s.N {
		worst = Worse(worst, s.Pens[i].Alarm)
	}
	if s.Title != "" {
		h, in := c.Px(labelSize*1.5), c.indent(worst)
		c.write(c.bold(labelSize), paint.Box{X: b.X + in, Y: b.Y, W: b.W - in, H: h}, paint.Left, s.Title, p.Dim)
		b.Y, b.H = b.Y+h, b.H-h
	}
	row := c.Px(legendSize * 1.5)
	legend := paint.Box{X: b.X, Y: b.Bottom() - row*float32(s.N), W: b.W, H: row}
	plot := b
	plot.H = max(b.H-row*float32(s.N), 0)
	if s.Axes != nil {
		plot = s.axes(c, plot)
	}
	plot = plot.Snap()
	c.FillRect(plot.Rect(), p.Sunken)
	if s.BandLo < s.BandHi {
		lo, hi := plot.Bottom()-s.BandLo*plot.H, plot.Bottom()-s.BandHi*plot.H
		c.FillRect(paint.Box{X: plot.X, Y: hi, W: plot.W, H: lo - hi}.Rect(), paint.Mix(p.Level, p.Sunken, 0.75))
	}
	s.grid(c, plot)
	for i := s.N - 1; i >= 0; i-- {
		if s.Pens[i].Past != nil {
			s.line(c, plot, i)
		}
	}
	c.StrokeRect(plot.Rect(), 1, p.Line)
	for i := range s.N {
		s.legend(c, legend, i)
		legend.Y += row
	}
	c.announce(frame, worst)
}

// axes writes what stands at the axes and returns what they leave of b.
func (s TrendBox) axes(c *Canvas, b paint.Box) paint.Box {
	f := c.font(tickSize)
	wide := 0
	for _, t := range s.Axes.Up {
		wide = max(wide, f.Width(t.Text))
	}
	left, h := float32(wide)+c.Px(6), c.Px(tickSize*1.4)
	plot := paint.Box{X: b.X + left, Y: b.Y + h/2, W: max(b.W-left, 0), H: max(b.H-1.5*h, 0)}
	for _, t := range s.Axes.Up {
		y := plot.Bottom() - t.At*plot.H
		c.write(f, paint.Box{X: b.X, Y: y - h/2, W: left - c.Px(6), H: h}, paint.Right, t.Text, c.Palette.Dim)
	}
	for _, t := range s.Axes.Time {
		w := float32(f.Width(t.Text)) + 2
		x := min(max(plot.X+t.At*plot.W-w/2, b.X), b.Right()-w)
		c.write(f, paint.Box{X: x, Y: plot.Bottom() + 1, W: w, H: h}, paint.Center, t.Text, c.Palette.Dim)
	}
	return plot
}

func (s TrendBox) grid(c *Canvas, plot paint.Box) {
	if s.Axes == nil {
		return
	}
	ink := paint.Mix(c.Palette.Line, c.Palette.Sunken, 0.5)
	for _, t := range s.Axes.Up {
		y := plot.Bottom() - t.At*plot.H
		c.Line(paint.Pt{X: plot.X, Y: y}, paint.Pt{X: plot.Right(), Y: y}, 1, ink)
	}
	for _, t := range s.Axes.Time {
		x := plot.X + t.At*plot.W
		c.Line(paint.Pt{X: x, Y: plot.Y}, paint.Pt{X: x, Y: plot.Bottom()}, 1, ink)
	}
}

func (c *Canvas) penInk(i int) color.RGBA {
	p := c.Palette
	return [MaxPens]color.RGBA{p.Live, p.Text, paint.Mix(p.Dim, p.Sunken, 0.3), p.Text}[i]
}

// line draws pen i, and its number where it ends.
func (s TrendBox) line(c *Canvas, plot paint.Box, i int) {
	ink := c.penInk(i)
	end, _ := c.curve(plot.Inset(1), s.Pens[i].Past, max(c.Px(1.6), 1), ink, i == MaxPens-1)
	if end == (paint.Pt{}) || s.N == 1 {
		return
	}
	z := c.Px(tickSize + 2)
	q := paint.Box{X: min(end.X, plot.Right()-z), Y: min(max(end.Y-z/2, plot.Y), plot.Bottom()-z), W: z, H: z}.Snap()
	c.FillRect(q.Rect(), c.Palette.Sunken)
	c.write(c.bold(tickSize), q, paint.Center, strconv.Itoa(i+1), ink)
}

// legend writes the name of pen i and its value.
func (s TrendBox) legend(c *Canvas, row paint.Box, i int) {
	pen, p := &s.Pens[i], c.Palette
	x := row.X
	if s.N > 1 {
		c.write(c.bold(tickSize), paint.Box{X: x, Y: row.Y, W: c.Px(14), H: row.H}, paint.Left, strconv.Itoa(i+1), c.penInk(i))
		x += c.Px(14)
	}
	f := c.font(legendSize)
	most := float32(c.bold(legendSize).Width("? 00000.000")) + float32(f.Width(pen.Unit))
	v := Value{Reading: pen.Reading, Align: paint.Right, Size: legendSize}
	v.Reading.Alarm = Alarm{}
	wide := min(most, row.W*0.6)
	c.write(f, paint.Box{X: x, Y: row.Y, W: max(row.Right()-x-wide, 0), H: row.H}, paint.Left, pen.Name, p.Dim)
	v.Paint(c, paint.Box{X: row.Right() - wide, Y: row.Y, W: wide, H: row.H})
}
