package trend

import (
	"fmt"
	"image/color"
	"math"
	"time"

	"penstock/widgets/paint"
)

// Figure is a trend as it is shown, for paper: where everything stands, in
// shares of the plot from its left and its foot, and what is written beside
// it. It holds no pixels and shares nothing with its View.
type Figure struct {
	From, To int64          // ns since 1970 UTC
	Zone     *time.Location // of every time that is written
	Note     string         // what else is to be known, such as what is compared with

	Times  []FigureTick // along the foot
	Areas  []FigureArea // one, or several from the top to the foot that share the plot evenly
	Lanes  []FigureLane // under the plot
	Marks  []FigureMark
	Dots   []FigureDot // of a pen against another
	Across *FigureAxis // of a pen against another: along the foot

	Head  []string   // of the table
	Table [][]string // a row a pen
	Inks  []color.RGBA
}

// FigureTick is a marked place of an axis.
type FigureTick struct {
	At    float64
	Label string
	Day   string // the date, where one begins
}

// FigureAxis is an axis of values.
type FigureAxis struct {
	Title string
	Ink   color.RGBA
	Ticks []FigureTick
}

// FigureArea is a plot with its axes; the grid is that of the first.
type FigureArea struct {
	Axes   []FigureAxis
	Lines  []FigureLine
	Levels []FigureLevel
}

// FigureLine is a pen's line. Between its parts nothing is known.
type FigureLine struct {
	Ink   color.RGBA
	Thick float64 // 1 is a line as usual
	Dots  bool    // points are not joined
	Parts [][]FigureSpot
	No    int // the pen's number, 1 to 8; 0: none is written
}

// FigureSpot is a point of a line.
type FigureSpot struct{ X, Y float64 }

// FigureLevel is a limit.
type FigureLevel struct {
	Y    float64
	Name string
	Ink  color.RGBA
}

// FigureLane is a discrete pen or a text.
type FigureLane struct {
	Name string
	Ink  color.RGBA
	Bars []FigureBar
}

// FigureBar is what a lane shows of a stretch.
type FigureBar struct {
	From, To float64
	Text     string
	On, Bad  bool
}

// FigureMark is something that happened.
type FigureMark struct {
	At   float64
	Ink  color.RGBA
	Mark Mark
}

// FigureDot is a moment of a pen against another.
type FigureDot struct {
	X, Y   float64
	Ink    color.RGBA
	Joined bool // to the dot before
}

// Figure is what the view shows now, in the colours of a palette. The view
// must have been laid out and been given a Frame; what its source has not
// answered yet is missing.
func (v *View) Figure(pal *paint.Palette) *Figure {
	before := v.Style
	v.Style = &paint.Style{Palette: pal, Faces: before.Faces}
	defer func() { v.Style = before }()
	w := v.window.at(v.now)
	for _, pn := range v.pens {
		pn.stats = v.statsIn(pn, w.From(), min(w.End, v.now))
	}
	v.ranges()
	f := &Figure{From: w.From(), To: w.End, Zone: v.Zone}
	for _, k := range timeTicks(w.From(), w.End, 9, v.Zone) {
		f.Times = append(f.Times, FigureTick{w.share(k.at), k.label, k.day})
	}
	f.Head, f.Table = v.Statistics()
	for i := range v.pens {
		f.Inks = append(f.Inks, v.colour(i))
	}
	if v.xy.on {
		v.figureXY(f, w)
		return f
	}
	if from, ok := v.Compared(); ok {
		f.Note = "paler lines: from " + time.Unix(0, from).In(v.Zone).Format("Mon 2 Jan 2006 15:04:05")
	}
	f.Areas = make([]FigureArea, 1)
	if v.spread == stacked && len(v.group) > 0 {
		f.Areas = make([]FigureArea, len(v.group))
	}
	for g := range v.group {
		a := &f.Areas[min(g, len(f.Areas)-1)]
		a.Axes = append(a.Axes, v.figureAxis(g))
		for _, i := range v.group[g].pens {
			v.figurePen(a, g, i, w)
		}
	}
	for i, pn := range v.pens {
		if !pn.Lane() || pn.look.Hidden {
			continue
		}
		l := FigureLane{Name: string(pn.Def.ID), Ink: v.colour(i)}
		v.bars(pn, w, func(b laneBar) {
			if to := min(w.share(b.to), 1); to > w.share(b.from) {
				l.Bars = append(l.Bars, FigureBar{max(w.share(b.from), 0), to, b.text, b.on, b.bad})
			}
		})
		f.Lanes = append(f.Lanes, l)
	}
	for _, s := range v.spikes(w) {
		for _, m := range s.marks {
			f.Marks = append(f.Marks, FigureMark{w.share(m.At), v.markColour(m), m})
		}
	}
	return f
}

// share is where a time stands in the window, 0 to 1.
func (w Window) share(t int64) float64 { return float64(t-w.From()) / float64(w.Span) }

// share is where a value stands on the axis, 0 to 1.
func (a axis) share(v float64) float64 { return min(max((v-a.lo)/(a.hi-a.lo), 0), 1) }

func (a axis) figure(title string, ink color.RGBA) FigureAxis {
	out := FigureAxis{Title: title, Ink: ink}
	at, digits := a.ticks(8)
	for _, val := range at {
		out.Ticks = append(out.Ticks, FigureTick{At: a.share(val), Label: number(val, digits)})
	}
	return out
}

func (v *View) figureAxis(g int) FigureAxis {
	gr, ink := &v.group[g], v.Style.Palette.Text
	if len(gr.pens) == 1 {
		ink = v.colour(gr.pens[0])
	}
	return gr.ax.figure(gr.unit, ink)
}

func (v *View) figurePen(a *FigureArea, g, i int, w Window) {
	pn, ax := v.pens[i], v.group[g].ax
	l := FigureLine{Ink: v.colour(i), Thick: 1, Dots: pn.look.Line == Dots, No: pn.no}
	if i == v.selected && len(v.pens) > 1 {
		l.Thick = 1.5
		for _, k := range pn.Limits {
			c := v.Style.Palette.SetPt
			if k.Priority > 0 && k.Priority < len(v.Style.Palette.Alarm) {
				c = v.Style.Palette.Alarm[k.Priority]
			}
			if k.Value >= ax.lo && k.Value <= ax.hi {
				a.Levels = append(a.Levels, FigureLevel{ax.share(k.Value), k.Name, c})
			}
		}
	}
	l.Parts = v.parts(pn, &pn.series, ax, w, 0, v.lineEnd(&pn.series, w))
	if s := v.ghost.lines[pn.Def.ID]; v.ghost.back != 0 && s != nil {
		pale := FigureLine{Ink: paint.Mix(color.RGBA{255, 255, 255, 255}, v.colour(i), 0.42), Thick: 0.8, Dots: l.Dots}
		pale.Parts = v.parts(pn, s, ax, w, v.ghost.back, min(w.End-v.ghost.back, s.to, v.now))
		a.Lines = append([]FigureLine{pale}, a.Lines...)
	}
	a.Lines = append(a.Lines, l)
}

// parts is a line joined as it is on the screen.
func (v *View) parts(pn *pen, s *series, ax axis, w Window, back, end int64) (out [][]FigureSpot) {
	var prev point
	var part []FigureSpot
	put := func(t int64, val float64) {
		part = append(part, FigureSpot{max(w.share(t+back), 0), ax.share(val)})
	}
	done := func() {
		if len(part) > 0 {
			out = append(out, part)
		}
		part = nil
	}
	begun := false
	s.walk(w.From()-back, end, func(q point) {
		step := pn.steps() || !q.ok || q.t-prev.t > pn.joined
		switch {
		case begun && prev.ok && step:
			put(q.t, prev.v)
		case begun && prev.ok && prev.t+back < w.From(): // comes in from the left
			part = part[:0]
			k := float64(w.From()-back-prev.t) / float64(max(q.t-prev.t, 1))
			put(w.From()-back, prev.v+(q.v-prev.v)*k)
		}
		if q.ok {
			put(q.t, q.v)
		} else {
			done()
		}
		prev, begun = q, true
	})
	if begun && prev.ok && end > prev.t {
		put(end, prev.v)
	}
	done()
	return out
}

func (v *View) figureXY(f *Figure, w Window) {
	a, b, ok := v.xyPens()
	if !ok || len(v.group) == 0 {
		return
	}
	v.rangeXY(v.pens[a])
	v.pair(w, v.pens[a], v.pens[b])
	d := v.pens[a].Def
	across := v.xy.ax.figure(fmt.Sprintf("%s  %s  (%s)", d.ID, d.Text, d.Unit), v.colour(a))
	f.Across = &across
	f.Areas = []FigureArea{{Axes: []FigureAxis{v.figureAxis(0)}}}
	y := v.group[0].ax
	for _, d := range v.xy.dots {
		if k := (d.x - v.xy.ax.lo) / (v.xy.ax.hi - v.xy.ax.lo); k >= 0 && k <= 1 && d.y >= y.lo && d.y <= y.hi {
			f.Dots = append(f.Dots, FigureDot{k, y.share(d.y), v.age(w.share(d.t)), d.joined})
		}
	}
	f.Note = fmt.Sprintf("%d points, coloured by time", len(v.xy.dots))
	if slope, offset, r, ok := v.xy.regression(); ok {
		f.Note += fmt.Sprintf("; y = %.4g x %+.4g, r = %.3f", slope, offset, r)
	}
}

// Statistics are what the pens did between the cursors, or in the window: a
// heading and a row a pen. Means are weighted by time; Good is the percentage
// of the time with a usable value.
func (v *View) Statistics() (head []string, rows [][]string) {
	w := v.window.at(v.now)
	from, to, both := v.hair.pair()
	if !both {
		from, to = w.From(), min(w.End, v.now)
	}
	head = []string{"Tag", "Description", "Unit", "From", "To", "First", "Last", "Change", "Change per minute", "Min", "Mean", "Max", "Integral (h)", "Good %"}
	clock := func(t int64) string { return time.Unix(0, t).In(v.Zone).Format("2006-01-02T15:04:05.000Z07:00") }
	for _, p := range v.pens {
		s := v.between(p, from, to)
		num := func(f float64) string {
			if p.Lane() || math.IsNaN(f) {
				return ""
			}
			return number(f, min(p.Def.Decimals+2, 9))
		}
		row := []string{string(p.Def.ID), p.Def.Text, p.Def.Unit, clock(from), clock(to), "", "", "", ""}
		a, b := v.valueAt(p, from), v.valueAt(p, to)
		if a.ok {
			row[5] = num(a.v)
		}
		if b.ok {
			row[6] = num(b.v)
		}
		if a.ok && b.ok {
			row[7], row[8] = num(b.v-a.v), num((b.v-a.v)/time.Duration(to-from).Minutes())
		}
		rows = append(rows, append(row, num(s.Min), num(s.Mean), num(s.Max), num(s.Integral), percent(s.Good)))
	}
	return head, rows
}

// percent writes a share to hundredths of a percent, rounded down: what was not
// all good is not 100; empty where nothing is known.
func percent(share float64) string {
	if math.IsNaN(share) {
		return ""
	}
	return number(math.Floor(share*10000)/100, 2)
}
