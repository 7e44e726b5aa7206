package report

import (
	"fmt"
	"image/color"
	"math"
	"time"

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

func fill(c draw.Canvas, x0, y0, x1, y1 vg.Length, col color.Color) {
	c.FillPolygon(col, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// frame draws the two axes of a chart, with numbers at the upright one, and
// returns where the bars stand and how tall one is.
func frame(c draw.Canvas, top float64) (plot vg.Rectangle, y func(float64) vg.Length) {
	plot = vg.Rectangle{Min: vg.Point{X: c.Min.X + 26, Y: c.Min.Y + 14}, Max: vg.Point{X: c.Max.X, Y: c.Max.Y - 4}}
	y = func(v float64) vg.Length { return plot.Min.Y + (plot.Max.Y-plot.Min.Y)*vg.Length(v/top) }
	step := math.Pow(10, math.Floor(math.Log10(top)))
	for _, s := range []float64{0.2, 0.5, 1} {
		if top/(step*s) <= 5 {
			step *= s
			break
		}
	}
	for v := 0.0; v <= top; v += max(step, 1) {
		c.StrokeLine2(draw.LineStyle{Color: pale, Width: 0.4}, plot.Min.X, y(v), plot.Max.X, y(v))
		write(c, plain, 7.5, plot.Min.X-4, y(v)-2.5, text.XRight, number(v))
	}
	c.StrokeLine2(draw.LineStyle{Color: black, Width: 0.6}, plot.Min.X, plot.Min.Y, plot.Max.X, plot.Min.Y)
	return plot, y
}

// rate draws counts over time, those above the level in black.
func rate(c draw.Canvas, counts []int, from int64, slice time.Duration, zone *time.Location, level line) {
	vals, each := squeeze(counts, barsAtMost)
	most := level.at
	for _, v := range vals {
		most = max(most, float64(v))
	}
	plot, y := frame(c, most*1.15)
	n := vg.Length(max(len(vals), 1))
	wide := plot.Max.X - plot.Min.X
	for i, v := range vals {
		col := color.Color(grey)
		if float64(v) > level.at {
			col = black
		}
		if v > 0 {
			x := plot.Min.X + wide*vg.Length(i)/n
			fill(c, x, plot.Min.Y, x+max(wide/n*0.9, 0.6), y(float64(v)), col)
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: black, Width: 0.6, Dashes: []vg.Length{3, 2}}, plot.Min.X, y(level.at), plot.Max.X, y(level.at))
	write(c, plain, 7.5, plot.Min.X+3, y(level.at)+2, text.XLeft, level.text)
	for _, m := range moments(from, slice*time.Duration(len(counts)), zone) {
		x := plot.Min.X + wide*vg.Length(m.share)
		c.StrokeLine2(draw.LineStyle{Color: black, Width: 0.6}, x, plot.Min.Y-3, x, plot.Min.Y)
		write(c, plain, 7.5, x+2, plot.Min.Y-9, text.XLeft, m.text)
	}
	if each > 1 {
		write(c, plain, 7.5, plot.Max.X, plot.Max.Y-4, text.XRight, fmt.Sprintf("each bar is the most of %d", each))
	}
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
func priorities(c draw.Canvas, r *kpi.Report) {
	plot, y := frame(c, 105)
	wide := (plot.Max.X - plot.Min.X) / alarm.Lowest
	for i, name := range []string{"urgent", "high", "medium", "low"} {
		pr := i + 1
		share := 100 * float64(r.ByPriority[pr]) / float64(max(r.Annunciated, 1))
		x := plot.Min.X + wide*vg.Length(i)
		fill(c, x+wide*0.3, plot.Min.Y, x+wide*0.7, y(share), grey)
		c.StrokeLine2(draw.LineStyle{Color: black, Width: 1.2}, x+wide*0.08, y(recommended[pr]), x+wide*0.8, y(recommended[pr]))
		write(c, plain, 7.5, x+wide*0.08, y(recommended[pr])+2.5, text.XLeft, fmt.Sprintf("about %g %%", recommended[pr]))
		write(c, plain, 8, x+wide/2, plot.Min.Y-10, text.XCenter, fmt.Sprintf("%d %s: %d, %.3g %%", pr, name, r.ByPriority[pr], share))
	}
}

// top draws the ten most frequent alarms, the first at the top.
func top(c draw.Canvas, r *kpi.Report, message func(string) string) {
	n := min(len(r.Counts), 10)
	if n == 0 {
		write(c, plain, 9, c.Min.X, c.Max.Y-14, text.XLeft, "No alarm came in this time.")
		return
	}
	const words, tail = vg.Length(250), vg.Length(70)
	tall := (c.Max.Y - c.Min.Y) / 10
	most := float64(max(r.Counts[0].N, 1))
	for i, k := range r.Counts[:n] {
		y := c.Max.Y - tall*vg.Length(i+1)
		name := k.Alarm
		if message != nil && message(k.Alarm) != "" {
			name += "  " + message(k.Alarm)
		}
		write(c, plain, 8, c.Min.X, y+3, text.XLeft, short(name, 56))
		end := c.Min.X + words + (c.Max.X-c.Min.X-words-tail)*vg.Length(float64(k.N)/most)
		fill(c, c.Min.X+words, y+1.5, end, y+tall-1.5, grey)
		write(c, bold, 8, end+4, y+3, text.XLeft, fmt.Sprintf("%d, %.3g %%", k.N, 100*k.Share))
	}
}

// short cuts a text to at most n characters.
func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-3]) + "..."
	}
	return s
}
