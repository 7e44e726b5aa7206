package scene

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/widgets/symbol"
)

func trendBox(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
	out := symbol.TrendBox{Title: label(e, ch)}
	var names []string
	if t := e.item.Props.Text("names", ""); t != "" {
		names = strings.Split(t, "|")
	}
	var values []seen
	slot := -1 // of the first pen
	for i := range e.inputs {
		in := &e.inputs[i]
		if len(in.role) != 1 || out.N == symbol.MaxPens {
			continue
		}
		v := s.see(in)
		if len(e.pasts) == out.N {
			e.pasts = append(e.pasts, newPast(&e.item, trendStretches))
		}
		s.follow(e.pasts[out.N], in.slot, v, v.cond.Usable())
		pen := &out.Pens[out.N]
		pen.Reading = v.reading(true)
		switch {
		case out.N < len(names):
			pen.Name = names[out.N]
		case v.def != nil:
			pen.Name = v.def.Text
		}
		if out.N == 0 {
			slot = in.slot
		}
		values = append(values, v)
		out.N++
	}
	if out.N == 0 {
		return out
	}
	if slices.ContainsFunc(e.pasts[:out.N], func(p *past) bool { return p.due(s.now) }) {
		s.drawPens(e, values)
	}
	for i := range out.N {
		out.Pens[i].Past = e.pasts[i].curve
	}
	out.Axes = e.axes
	out.BandLo, out.BandHi = s.limitBand(e.pasts[0], slot)
	return out
}

// drawPens draws all pens of a trend box anew, on the one scale that shows
// them, and its axes.
func (s *Scene) drawPens(e *element, values []seen) {
	lo, hi, least := math.Inf(1), math.Inf(-1), 0.0
	for i, v := range values {
		l, h := e.pasts[i].bounds()
		lo, hi, least = min(lo, l), max(hi, h), max(least, finest(v))
	}
	lo, hi = room(lo, hi, least)
	lo, hi = e.item.Props.Number("lo", lo), e.item.Props.Number("hi", hi)
	for i := range values {
		e.pasts[i].drawn = s.now
		e.pasts[i].draw(lo, hi)
	}
	span := time.Duration(e.item.Props.Number("span", 3600) * float64(time.Second))
	axes := &symbol.Axes{Up: valueTicks(lo, hi), Time: timeTicks(s.now, span)}
	if e.axes == nil || !slices.Equal(axes.Up, e.axes.Up) || !slices.Equal(axes.Time, e.axes.Time) {
		e.axes = axes
	}
}

// valueTicks are three to six round values between lo and hi.
func valueTicks(lo, hi float64) (out []symbol.Tick) {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/3)))
	for _, k := range []float64{5, 2} {
		if (hi-lo)/(step*k) >= 3 {
			step *= k
			break
		}
	}
	decimals := max(int(-math.Floor(math.Log10(step)+1e-9)), 0)
	for n := math.Ceil(lo / step); n*step <= hi+step*1e-9; n++ {
		v := n * step
		if n == 0 {
			v = 0 // never "-0"
		}
		out = append(out, symbol.Tick{At: float32((v - lo) / (hi - lo)), Text: strconv.FormatFloat(v, 'f', decimals, 64)})
	}
	return out
}

// timeSteps are the distances that marks of time may have.
var timeSteps = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
	30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour}

// timeTicks are two to five round moments of the span that ends now, in the
// time zone of now.
func timeTicks(now time.Time, span time.Duration) (out []symbol.Tick) {
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if span/s < 5 {
			step = s
			break
		}
	}
	form := "15:04"
	switch {
	case step < time.Minute:
		form = "15:04:05"
	case step >= 24*time.Hour:
		form = "Mon 2"
	}
	_, zone := now.Zone()
	shift := time.Duration(zone) * time.Second
	for t := now.Add(shift).Truncate(step).Add(-shift); now.Sub(t) < span; t = t.Add(-step) {
		out = append(out, symbol.Tick{At: float32(1 - float64(now.Sub(t))/float64(span)), Text: t.Format(form)})
	}
	return out
}
