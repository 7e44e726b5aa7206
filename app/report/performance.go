// Package report prints what people hand around: pages of figures and charts
// as PDF. It is the only one that draws with gonum/plot, which is too slow for
// the screen and must not be called from the window's goroutine.
package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgpdf"

	"penstock/app/alarm/kpi"
)

// About is what a report is of, besides its figures.
type About struct {
	Plant    string
	Position string                 // the operating position; empty: the whole plant
	Made     time.Time              // its zone is that of all times in the report
	Message  func(id string) string // what an alarm tells the operator; may be nil
}

// drawing keeps reports apart: gonum/plot keeps what it made of fonts.
var drawing sync.Mutex

// Performance writes the performance of an alarm system as PDF: charts of the
// rate, the priorities and the most frequent alarms, each with its target and
// verdict, and the table of all figures. It may be called from any goroutine.
func Performance(w io.Writer, r *kpi.Report, about About) error {
	drawing.Lock()
	defer drawing.Unlock()
	c := vgpdf.New(pageWidth, pageHeight)
	p := &page{Canvas: draw.New(c), pdf: c}
	figures := map[string]kpi.Figure{}
	for _, f := range r.Figures() {
		figures[f.Name] = f
	}
	p.head(r, about)
	charts := []struct {
		title string
		note  []string // names of the figures that judge it
		tall  vg.Length
		draw  func(draw.Canvas) error
	}{
		{"Alarms in each 10 minutes", []string{"annunciated alarms in 10 minutes", "most alarms in 10 minutes", "time in flood"}, 138,
			func(c draw.Canvas) error {
				return rate(c, r.Buckets, r.BucketsFrom, 10*time.Minute, about.Made.Location(), line{10, "flood: more than 10"})
			}},
		{"Alarms in each hour", []string{"annunciated alarms an hour", "hours with more than 30 alarms"}, 138,
			func(c draw.Canvas) error {
				return rate(c, r.Hours, r.HoursFrom, time.Hour, about.Made.Location(), line{30, "hard to answer: more than 30"})
			}},
		{"Priorities", []string{r.Options.PriorityFigure(1), r.Options.PriorityFigure(2), r.Options.PriorityFigure(3)}, 118,
			func(c draw.Canvas) error { return priorities(c, r) }},
		{"The ten most frequent alarms", []string{"share of the 10 most frequent alarms", "chattering alarms"}, 158,
			func(c draw.Canvas) error { return top(c, r, about.Message) }},
	}
	for _, ch := range charts {
		p.say(bold, 11, left, ch.title)
		p.down(13)
		for _, name := range ch.note {
			p.say(plain, 8.5, left, judged(figures[name]))
			p.down(10.5)
		}
		if err := ch.draw(p.part(ch.tall)); err != nil {
			return fmt.Errorf("draw %q: %w", ch.title, err)
		}
		p.down(9)
	}
	p.next()
	p.table(r)
	_, err := c.WriteTo(w)
	return err
}

// judged is a figure with its target and verdict in a line.
func judged(f kpi.Figure) string {
	s := f.Name + ": " + number(f.Value)
	if math.IsNaN(f.Value) {
		s = f.Name + ": nothing to count"
	} else if f.Unit != "" {
		s += " " + f.Unit
	}
	switch {
	case math.IsNaN(f.Target):
	case math.IsNaN(f.Limit):
		s += "; acceptable up to " + number(f.Target)
	default:
		s += "; acceptable up to " + number(f.Target) + ", manageable up to " + number(f.Limit)
	}
	if f.Grade != kpi.NoGrade {
		s += "; " + strings.ToUpper(f.Grade.String())
	}
	return s
}

func number(f float64) string {
	switch {
	case math.IsNaN(f):
		return ""
	case math.Abs(f) >= 1000:
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}
