package figure

import (
	"image/color"
	"strings"
	"time"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"penstock/widgets/trend"
)

var (
	white = color.Gray{Y: 0xff}
	black = color.Gray{}
	dark  = color.Gray{Y: 0x50}
	grid  = color.Gray{Y: 0xe0}
	frame = color.Gray{Y: 0x70}
)

// page is a sheet while it is drawn. What is written from the top moves top
// down, what is written from the foot moves low up; the plot takes the rest.
type page struct {
	draw.Canvas
	fig      *trend.Figure
	top, low vg.Length
}

func (p *page) write(size float64, x, y vg.Length, a text.XAlignment, c color.Color, s string) {
	if s == "" {
		return
	}
	p.FillText(text.Style{Color: c, Font: font.Font{Typeface: typeface, Size: vg.Points(size)}, XAlign: a, Handler: text.Plain{Fonts: fonts()}}, vg.Point{X: x, Y: y}, printable(s))
}

// wide is how wide s is when it is written.
func wide(size float64, s string) vg.Length {
	st := text.Style{Font: font.Font{Typeface: typeface, Size: vg.Points(size)}, Handler: text.Plain{Fonts: fonts()}}
	return st.Width(printable(s))
}

// fit cuts s so that it is at most w wide.
func fit(size float64, s string, w vg.Length) string {
	if wide(size, s) <= w {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && wide(size, string(r)+"...") > w {
		r = r[:len(r)-1]
	}
	return string(r) + "..."
}

// printable keeps what the typeface and the canvases can write on one line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (p *page) fill(r vg.Rectangle, c color.Color) {
	p.FillPolygon(c, []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}})
}

func (p *page) line(c color.Color, w vg.Length, pts ...vg.Point) {
	p.StrokeLines(draw.LineStyle{Color: c, Width: w}, pts)
}

func (p *page) dashes(c color.Color, x0, x1, y vg.Length) {
	p.StrokeLines(draw.LineStyle{Color: c, Width: 0.7, Dashes: []vg.Length{4, 3}}, []vg.Point{{X: x0, Y: y}, {X: x1, Y: y}})
}

func (p *page) head(about About) {
	f := p.fig
	y := pageHeight - margin - 12
	p.write(14, margin, y, text.XLeft, black, about.Title)
	made := "made " + about.Made.In(f.Zone).Format("2 Jan 2006 15:04")
	if about.By != "" {
		made += " by " + about.By
	}
	p.write(8.5, pageWidth-margin, y, text.XRight, dark, made)
	y -= 14
	from, to := time.Unix(0, f.From).In(f.Zone), time.Unix(0, f.To).In(f.Zone)
	zone := from.Format("MST (UTC-07:00)")
	if z := to.Format("MST (UTC-07:00)"); z != zone {
		zone += " to " + z
	}
	p.write(9, margin, y, text.XLeft, black, from.Format("Mon 2 Jan 2006 15:04:05")+"  to  "+to.Format("Mon 2 Jan 2006 15:04:05")+"   "+zone)
	p.write(9, pageWidth-margin, y, text.XRight, black, f.Note)
	p.top = y - 12
}

// columns of the table: which of the statistics, how wide, and on which side.
var columns = []struct {
	i     int
	w     vg.Length
	right bool
}{{0, 92, false}, {1, 176, false}, {2, 38, false}, {5, 56, true}, {6, 56, true}, {7, 56, true}, {9, 56, true}, {10, 56, true}, {11, 56, true}, {12, 66, true}, {13, 50, true}}

// marksTold is how many of the things that happened are written out.
const marksTold = 8

// foot writes the table and what happened, from the foot up.
func (p *page) foot() {
	f := p.fig
	const row = vg.Length(11)
	told := f.Marks[:min(len(f.Marks), marksTold)]
	tall := row * vg.Length(len(f.Table)+1)
	if len(told) > 0 {
		tall += 5 + row*vg.Length(len(told))
	}
	y := margin + tall
	p.low = y + 6
	cells := func(cells []string, ink color.Color) {
		x := margin + 16
		for _, c := range columns {
			if c.i >= len(cells) {
				continue
			}
			if c.right {
				p.write(7.8, x+c.w-6, y, text.XRight, ink, cells[c.i])
			} else {
				p.write(7.8, x, y, text.XLeft, ink, fit(7.8, cells[c.i], c.w-4))
			}
			x += c.w
		}
	}
	y -= row - 3
	cells(f.Head, dark)
	p.line(frame, 0.4, vg.Point{X: margin, Y: y - 2.5}, vg.Point{X: pageWidth - margin, Y: y - 2.5})
	for i, r := range f.Table {
		y -= row
		p.fill(vg.Rectangle{Min: vg.Point{X: margin, Y: y - 1}, Max: vg.Point{X: margin + 11, Y: y + 7.5}}, f.Inks[i])
		cells(r, black)
	}
	if len(told) == 0 {
		return
	}
	y -= 5
	for i, m := range told {
		y -= row
		say := m.Mark.Tell(f.Zone)
		if left := len(f.Marks) - i; i == marksTold-1 && left > 1 {
			say = "and others that happened in this time"
		}
		p.sign(vg.Point{X: margin + 5, Y: y + 3}, m)
		p.write(7.8, margin+16, y, text.XLeft, black, fit(7.8, say, pageWidth-2*margin-16))
	}
}

// sign is the shape of what happened, as on the screen.
func (p *page) sign(at vg.Point, m trend.FigureMark) {
	const s = vg.Length(3.2)
	pt := func(x, y vg.Length) vg.Point { return vg.Point{X: at.X + x*s, Y: at.Y + y*s} }
	switch m.Mark.Kind {
	case trend.MarkAlarm:
		p.FillPolygon(m.Ink, []vg.Point{pt(-1, 1), pt(1, 1), pt(0, -1)})
	case trend.MarkAck:
		p.line(m.Ink, 1, pt(-1, 0), pt(-0.25, -1), pt(1, 1))
	case trend.MarkWrite:
		p.FillPolygon(m.Ink, []vg.Point{pt(0, 1), pt(1, 0), pt(0, -1), pt(-1, 0)})
	default:
		p.FillPolygon(m.Ink, []vg.Point{pt(-1, 1), pt(0.4, 1), pt(1, 0.4), pt(1, -1), pt(-1, -1)})
	}
}
