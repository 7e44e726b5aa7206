package figure

import (
	"cmp"
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"penstock/widgets/paint"
	"penstock/widgets/trend"
)

const (
	axisWide = vg.Length(40)
	laneTall = vg.Length(13)
	gap      = vg.Length(15)
)

// plot draws the areas, the lanes under them and the axis of time.
func (p *page) plot() {
	f := p.fig
	left := 1
	right := 0
	for _, a := range f.Areas {
		left = max(left, (len(a.Axes)+1)/2)
		right = max(right, len(a.Axes)/2)
	}
	r := vg.Rectangle{Min: vg.Point{X: margin + axisWide*vg.Length(left), Y: p.low + 26}, Max: vg.Point{X: pageWidth - margin - axisWide*vg.Length(right) - 14, Y: p.top - 12}}
	lanes := r
	lanes.Max.Y = lanes.Min.Y + laneTall*vg.Length(len(f.Lanes))
	if len(f.Lanes) > 0 {
		r.Min.Y = lanes.Max.Y + 4
	}
	if f.Across != nil {
		r.Min.Y += 44
	}
	for i, l := range f.Lanes {
		y := lanes.Max.Y - laneTall*vg.Length(i+1)
		p.lane(l, vg.Rectangle{Min: vg.Point{X: r.Min.X, Y: y + 1.5}, Max: vg.Point{X: r.Max.X, Y: y + laneTall}})
	}
	n := max(len(f.Areas), 1)
	tall := (r.Max.Y - r.Min.Y + gap) / vg.Length(n)
	foot := r.Min.Y
	if len(f.Lanes) > 0 {
		foot = lanes.Min.Y
	}
	for i, a := range f.Areas {
		b := r
		b.Max.Y = r.Max.Y - tall*vg.Length(i)
		b.Min.Y = b.Max.Y - tall + gap
		p.area(a, b, foot, i == 0)
	}
	if f.Across != nil {
		p.across(r)
		p.dots(r)
		p.times(r.Min.X, r.Max.X, r.Min.Y-36)
		return
	}
	p.times(r.Min.X, r.Max.X, foot)
}

func spot(r vg.Rectangle, x, y float64) vg.Point {
	return vg.Point{X: r.Min.X + (r.Max.X-r.Min.X)*vg.Length(x), Y: r.Min.Y + (r.Max.Y-r.Min.Y)*vg.Length(y)}
}

func (p *page) area(a trend.FigureArea, r vg.Rectangle, foot vg.Length, first bool) {
	f := p.fig
	for i, x := range a.Axes {
		p.axis(x, r, i, i == 0)
	}
	if f.Across == nil {
		for _, t := range f.Times {
			x := spot(r, t.At, 0).X
			p.line(grid, 0.4, vg.Point{X: x, Y: r.Min.Y}, vg.Point{X: x, Y: r.Max.Y})
		}
	}
	for _, l := range a.Levels {
		at := spot(r, 0, l.Y)
		p.dashes(l.Ink, r.Min.X, r.Max.X, at.Y)
		p.write(7, r.Min.X+2, at.Y+1.5, text.XLeft, l.Ink, l.Name)
	}
	if f.Across == nil {
		for _, m := range f.Marks {
			if m.Mark.Kind == trend.MarkAck {
				continue
			}
			x := spot(r, m.At, 0).X
			p.line(paint.Mix(color.RGBA{255, 255, 255, 255}, m.Ink, 0.5), 0.5, vg.Point{X: x, Y: r.Min.Y}, vg.Point{X: x, Y: r.Max.Y})
		}
	}
	var ends []end
	for _, l := range a.Lines {
		if y, ok := p.curve(l, r); ok && l.No > 0 {
			ends = append(ends, end{y, l})
		}
	}
	p.numbers(ends, r)
	p.line(frame, 0.6, r.Min, vg.Point{X: r.Max.X, Y: r.Min.Y}, r.Max, vg.Point{X: r.Min.X, Y: r.Max.Y}, r.Min)
	if first {
		for _, m := range f.Marks {
			p.sign(vg.Point{X: spot(r, m.At, 0).X, Y: r.Max.Y + 5}, m)
		}
	}
}

// end is where a line ends.
type end struct {
	y    vg.Length
	line trend.FigureLine
}

// numbers writes the numbers of the pens at the ends of their lines, from the
// top down and none upon another.
func (p *page) numbers(ends []end, r vg.Rectangle) {
	const size, high = 7, vg.Length(8)
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(b.y, a.y) })
	room := r.Max.Y
	for i := range ends {
		ends[i].y = min(ends[i].y, room)
		room = ends[i].y - high
	}
	floor := r.Min.Y
	for i := range slices.Backward(ends) { // pushed out at the foot they move up again
		ends[i].y = max(ends[i].y, floor)
		floor = ends[i].y + high
		p.write(size, r.Max.X+3, ends[i].y-2.5, text.XLeft, ends[i].line.Ink, strconv.Itoa(ends[i].line.No))
	}
}

// curve draws a pen's line, and tells where it ends.
func (p *page) curve(l trend.FigureLine, r vg.Rectangle) (y vg.Length, ok bool) {
	for _, part := range l.Parts {
		pts := make([]vg.Point, len(part))
		for i, s := range part {
			pts[i] = spot(r, s.X, s.Y)
			if l.Dots || len(part) == 1 {
				p.fill(vg.Rectangle{Min: vg.Point{X: pts[i].X - 0.8, Y: pts[i].Y - 0.8}, Max: vg.Point{X: pts[i].X + 0.8, Y: pts[i].Y + 0.8}}, l.Ink)
			}
		}
		if len(pts) > 1 && !l.Dots {
			p.line(l.Ink, vg.Length(0.9*l.Thick), pts...)
		}
		y, ok = pts[len(pts)-1].Y, true
	}
	return y, ok
}

// axis draws the k-th axis of values: the odd ones at the right.
func (p *page) axis(a trend.FigureAxis, r vg.Rectangle, k int, withGrid bool) {
	x, out, align := r.Min.X-axisWide*vg.Length(k/2), vg.Length(-1), text.XRight
	if k%2 == 1 {
		x, out, align = r.Max.X+14+axisWide*vg.Length(k/2), 1, text.XLeft
	}
	if k > 0 {
		p.line(a.Ink, 0.6, vg.Point{X: x, Y: r.Min.Y}, vg.Point{X: x, Y: r.Max.Y})
	}
	for _, t := range a.Ticks {
		y := spot(r, 0, t.At).Y
		if withGrid {
			p.line(grid, 0.4, vg.Point{X: r.Min.X, Y: y}, vg.Point{X: r.Max.X, Y: y})
		}
		p.line(a.Ink, 0.6, vg.Point{X: x, Y: y}, vg.Point{X: x + out*3, Y: y})
		p.write(7.5, x+out*5, y-2.6, align, a.Ink, t.Label)
	}
	p.write(7.5, x+out*5, r.Max.Y+5, align, a.Ink, a.Title)
}

func (p *page) times(x0, x1, y vg.Length) {
	right := vg.Length(-1)
	day := vg.Length(-1)
	for _, t := range p.fig.Times {
		x := x0 + (x1-x0)*vg.Length(t.At)
		p.line(frame, 0.6, vg.Point{X: x, Y: y}, vg.Point{X: x, Y: y - 3})
		if w := wide(7.5, t.Label); x-w/2 > right {
			p.write(7.5, x, y-11, text.XCenter, black, t.Label)
			right = x + w/2 + 3
		}
		if w := wide(7.5, t.Day); t.Day != "" && x-w/2 > day {
			p.write(7.5, x, y-20, text.XCenter, dark, t.Day)
			day = x + w/2 + 3
		}
	}
}

func (p *page) lane(l trend.FigureLane, r vg.Rectangle) {
	p.write(7, r.Min.X-4, r.Min.Y+3, text.XRight, l.Ink, fit(7, l.Name, r.Min.X-margin-4))
	for _, b := range l.Bars {
		box := vg.Rectangle{Min: spot(r, b.From, 0), Max: spot(r, b.To, 1)}
		paper := color.RGBA{255, 255, 255, 255}
		c := paint.Mix(paper, l.Ink, 0.18)
		switch {
		case b.Bad:
			p.dashes(frame, box.Min.X, box.Max.X, (box.Min.Y+box.Max.Y)/2)
			continue
		case b.On:
			c = paint.Mix(paper, l.Ink, 0.6)
		}
		p.fill(box, c)
		if room := box.Max.X - box.Min.X - 4; room > 14 {
			p.write(7, box.Min.X+2, box.Min.Y+3, text.XLeft, paint.Ink(c), fit(7, b.Text, room))
		}
	}
}

// across draws the axis of a pen that others are drawn against.
func (p *page) across(r vg.Rectangle) {
	a := p.fig.Across
	for _, t := range a.Ticks {
		at := spot(r, t.At, 0)
		p.line(grid, 0.4, at, vg.Point{X: at.X, Y: r.Max.Y})
		p.line(a.Ink, 0.6, at, vg.Point{X: at.X, Y: at.Y - 3})
		p.write(7.5, at.X, at.Y-11, text.XCenter, a.Ink, t.Label)
	}
	p.write(8, (r.Min.X+r.Max.X)/2, r.Min.Y-22, text.XCenter, a.Ink, a.Title)
}

func (p *page) dots(r vg.Rectangle) {
	f := p.fig
	for i, d := range f.Dots {
		at := spot(r, d.X, d.Y)
		if d.Joined && i > 0 {
			before := f.Dots[i-1]
			p.line(paint.Mix(color.RGBA{255, 255, 255, 255}, d.Ink, 0.45), 0.5, spot(r, before.X, before.Y), at)
		}
	}
	for _, d := range f.Dots {
		at := spot(r, d.X, d.Y)
		p.fill(vg.Rectangle{Min: vg.Point{X: at.X - 1.2, Y: at.Y - 1.2}, Max: vg.Point{X: at.X + 1.2, Y: at.Y + 1.2}}, d.Ink)
	}
	if n := len(f.Dots); n > 1 { // the colours of time
		y := r.Min.Y - 34
		for i, d := range f.Dots {
			x := spot(r, float64(i)/float64(n), 0).X
			p.fill(vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: spot(r, float64(i+1)/float64(n), 0).X, Y: y + 5}}, d.Ink)
		}
	}
}
