package report

import (
	"fmt"
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
)

func timeOf(ns int64, zone *time.Location) time.Time { return time.Unix(0, ns).In(zone) }

// line is a level that counts are held against.
type line struct {
	at   float64
	text string
}

// barsAtMost is how many bars a chart has: each is a point wide then.
const barsAtMost = 460

// squeeze puts slices together so that there are at most most of them, and
// keeps the largest of each: no peak hides. each is how many went into one.
func squeeze(counts []int, most int) (out []int, each int) {
	each = max((len(counts)+most-1)/most, 1)
	for i := 0; i < len(counts); i += each {
		v := 0
		for _, n := range counts[i:min(i+each, len(counts))] {
			v = max(v, n)
		}
		out = append(out, v)
	}
	return out, each
}

// chartFont is the typeface in a chart.
var chartFont = font.Font{Typeface: typeface, Size: vg.Points(7.5)}

// newPlot is an empty chart in the typeface of the page.
func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor, p.TextHandler = nil, text.Plain{Fonts: fonts()}
	for _, s := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font, s.Handler = chartFont, p.TextHandler
	}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding, a.LineStyle.Width, a.Tick.LineStyle.Width, a.Tick.Length = 0, 0.6, 0.6, 3
	}
	return p
}

// bars adds a bar for each value, wide points wide, from the value 0 on.
func bars(p *plot.Plot, values plotter.Values, wide vg.Length, col color.Color, lying bool) error {
	b, err := plotter.NewBarChart(values, wide)
	if err != nil {
		return err
	}
	b.Color, b.LineStyle.Width, b.Horizontal = col, 0, lying
	p.Add(b)
	return nil
}

// words adds texts to the right of points, so much above them.
func words(p *plot.Plot, f face, up vg.Length, at plotter.XYs, labels []string) error {
	for i := range labels {
		labels[i] = printable(labels[i])
	}
	l, err := plotter.NewLabels(plotter.XYLabels{XYs: at, Labels: labels})
	if err != nil {
		return err
	}
	for i := range l.TextStyle {
		l.TextStyle[i] = text.Style{Color: black, Font: chartFont, YAlign: text.YCenter, Handler: p.TextHandler}
	}
	l.Offset = vg.Point{X: 3, Y: up}
	p.Add(l)
	if f == bold { // see face
		thick := *l
		thick.Offset.X += vg.Points(0.25)
		p.Add(&thick)
	}
	return nil
}

// level adds a line across, broken, with what it means.
func level(p *plot.Plot, from, to, at float64, says string) error {
	l, err := plotter.NewLine(plotter.XYs{{X: from, Y: at}, {X: to, Y: at}})
	if err != nil {
		return err
	}
	l.LineStyle = draw.LineStyle{Color: black, Width: 0.6, Dashes: []vg.Length{3, 2}}
	p.Add(l)
	return words(p, plain, 8, plotter.XYs{{X: from, Y: at}}, []string{says})
}

// counted puts the axis of counts from 0 to most, with whole numbers at it and
// pale lines across.
func counted(p *plot.Plot, most float64) {
	p.Y.Min, p.Y.Max = 0, most
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, s := range []float64{0.2, 0.5, 1} {
		if most/(step*s) <= 5 {
			step *= s
			break
		}
	}
	var marks plot.ConstantTicks
	for v := 0.0; v <= most; v += max(step, 1) {
		marks = append(marks, plot.Tick{Value: v, Label: number(v)})
	}
	marks[0].Label = "0"
	p.Y.Tick.Marker = marks
	g := plotter.NewGrid()
	g.Vertical.Color = nil
	g.Horizontal = draw.LineStyle{Color: pale, Width: 0.4}
	p.Add(g)
}

// rate draws counts over time, those above the level in black.
func rate(c draw.Canvas, counts []int, from int64, slice time.Duration, zone *time.Location, limit line) error {
	vals, each := squeeze(counts, barsAtMost)
	usual, above := make(plotter.Values, max(len(vals), 1)), make(plotter.Values, max(len(vals), 1))
	most := limit.at
	for i, v := range vals {
		if most = max(most, float64(v)); float64(v) > limit.at {
			above[i] = float64(v)
		} else {
			usual[i] = float64(v)
		}
	}
	p, n := newPlot(), float64(len(usual))
	counted(p, most*1.15)
	p.X.Min, p.X.Max = -0.5, n-0.5
	var marks plot.ConstantTicks
	for _, m := range moments(from, slice*time.Duration(len(counts)), zone) {
		marks = append(marks, plot.Tick{Value: m.share*n - 0.5, Label: m.text})
	}
	p.X.Tick.Marker = marks
	p.X.Tick.Label.XAlign = text.XLeft
	wide := max((c.Max.X-c.Min.X-26)/vg.Length(n)*0.9, 0.6)
	if err := bars(p, usual, wide, grey, false); err != nil {
		return err
	}
	if err := bars(p, above, wide, black, false); err != nil {
		return err
	}
	if err := level(p, p.X.Min, p.X.Max, limit.at, limit.text); err != nil {
		return err
	}
	if each > 1 {
		if err := words(p, plain, 0, plotter.XYs{{X: p.X.Min + n*0.8, Y: p.Y.Max * 0.96}}, []string{fmt.Sprintf("each bar is the most of %d", each)}); err != nil {
			return err
		}
	}
	p.Draw(c)
	return nil
}

// moment is a mark of time below a chart.
type moment struct {
	share float64 // of the way from left to right
	text  string
}

// moments marks eight times of the span.
func moments(from int64, span time.Duration, zone *time.Location) (out []moment) {
	format := "15:04"
	if span > 36*time.Hour {
		format = "2 Jan 15:04"
	}
	const marks = 8
	for i := range marks {
		out = append(out, moment{float64(i) / marks, timeOf(from+int64(span)*int64(i)/marks, zone).Format(format)})
	}
	return out
}

// recommended is the mix of priorities of ISA-18.2, percent of all.
var recommended = [alarm.Lowest + 1]float64{1: 1, 2: 5, 3: 15, 4: 80}

// priorities draws the share of each priority, and what is recommended as a
// line across.
func priorities(c draw.Canvas, r *kpi.Report) error {
	p := newPlot()
	counted(p, 105)
	names, shares := make([]string, alarm.Lowest), make(plotter.Values, alarm.Lowest)
	for i := range names {
		n := r.ByPriority[i+1]
		shares[i] = 100 * float64(n) / float64(max(r.Annunciated, 1))
		names[i] = fmt.Sprintf("%d %s: %d, %.3g %%", i+1, r.Options.Priorities.Word(i+1), n, shares[i])
	}
	p.NominalX(names...)
	p.X.Tick.Length = 0
	p.X.Min, p.X.Max = -0.5, alarm.Lowest-0.5
	if err := bars(p, shares, (c.Max.X-c.Min.X)/alarm.Lowest*0.4, grey, false); err != nil {
		return err
	}
	for i := range names {
		x, want := float64(i), recommended[i+1]
		if err := level(p, x-0.4, x+0.4, want, fmt.Sprintf("about %g %%", want)); err != nil {
			return err
		}
	}
	p.Draw(c)
	return nil
}

// top draws the ten most frequent alarms, the first at the top.
func top(c draw.Canvas, r *kpi.Report, message func(string) string) error {
	n := min(len(r.Counts), 10)
	if n == 0 {
		write(c, plain, 9, c.Min.X, c.Max.Y-14, text.XLeft, "No alarm came in this time.")
		return nil
	}
	names, times, ends, say := make([]string, n), make(plotter.Values, n), make(plotter.XYs, n), make([]string, n)
	for i, k := range r.Counts[:n] {
		row := n - 1 - i
		names[row] = k.Alarm
		if message != nil && message(k.Alarm) != "" {
			names[row] += "  " + message(k.Alarm)
		}
		names[row] = printable(short(names[row], 56))
		times[row] = float64(k.N)
		ends[row] = plotter.XY{X: float64(k.N), Y: float64(row)}
		say[row] = fmt.Sprintf("%d, %.3g %%", k.N, 100*k.Share)
	}
	p := newPlot()
	p.NominalY(names...)
	p.HideX()
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	p.X.Min, p.X.Max = 0, times[n-1]*1.25 // the words beside the longest bar
	tall := (c.Max.Y - c.Min.Y) / 10
	c.Min.Y = c.Max.Y - tall*vg.Length(n)
	if err := bars(p, times, tall*0.75, grey, true); err != nil {
		return err
	}
	if err := words(p, bold, 2, ends, say); err != nil {
		return err
	}
	p.Draw(c)
	return nil
}

// short cuts a text to at most n characters.
func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-3]) + "..."
	}
	return s
}
