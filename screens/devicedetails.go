package screens

import (
	"fmt"
	"image"
	"maps"
	"math"
	"slices"
	"time"

	"penstock/drivers"
	"penstock/widgets/paint"
)

// linkDetails is one link in full.
type linkDetails struct {
	details
	device string
	link   drivers.Status
	now    time.Time
}

// Paint implements view.View.
func (v *linkDetails) Paint(p *paint.Painter) {
	k, r := v.ground(p)
	pal := k.pal()
	if v.device == "" {
		return
	}
	r = r.Inset(k.px(14))
	l := &v.link
	w := k.say(k.bold(16), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, l.Device, pal.Text)
	k.say(k.font(13), image.Rect(r.Min.X+w+k.px(14), r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, l.Driver+"  "+l.Endpoint, pal.Dim)
	words := l.Words
	if l.Alarms != "" {
		words += "    Its own alarms: " + l.Alarms
	}
	f := k.font(14)
	if f.Width(words) > r.Dx() { // a server's reason may be long
		f = k.font(12)
	}
	end := k.paragraph(f, image.Rect(r.Min.X, r.Min.Y+k.px(26), r.Max.X, r.Min.Y+k.px(74)), words, pal.Text)
	body := image.Rect(r.Min.X, max(end+k.px(6), r.Min.Y+k.px(58)), r.Max.X, r.Max.Y)
	col := body.Dx() / 4
	for i, part := range []func(*ink, image.Rectangle){v.counters, v.cycles, v.answers, v.fault} {
		part(&k, image.Rect(body.Min.X+i*col, body.Min.Y, body.Min.X+(i+1)*col-k.px(20), body.Max.Y))
	}
}

// pairs writes names and values in two columns.
func (k *ink) pairs(r image.Rectangle, head string, lines [][2]string) {
	pal := k.pal()
	k.say(k.bold(12), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(20)), paint.Left, head, pal.Dim)
	y, h := r.Min.Y+k.px(22), k.px(19)
	for _, l := range lines {
		if y+h > r.Max.Y {
			return
		}
		w := min(k.font(13).Width(l[1]), r.Dx()*3/5)
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Max.X-w-k.px(6), y+h), paint.Left, l[0], pal.Dim)
		k.say(k.font(13), image.Rect(r.Max.X-w, y, r.Max.X, y+h), paint.Right, l[1], pal.Text)
		y += h
	}
}

// counters are what went over the line since the station started. What came
// and was not handed on stands below with its cause.
func (v *linkDetails) counters(k *ink, r image.Rectangle) {
	c := &v.link.Counters
	n := func(u uint64) string { return fmt.Sprint(u) }
	lines := [][2]string{
		{"Samples", n(c.Samples)}, {"  of these bad", n(c.Bad)}, {"Requests", n(c.Requests)}, {"  of these failed", n(c.Failed)},
		{"Connections tried", n(c.Dials)}, {"  of these again", n(c.Retries)}, {"Reconnects", n(c.Reconnects)}, {"Outages", n(c.Outages)},
		{"Writes sent", n(c.Writes)}, {"  refused, link down", n(c.Refused)},
	}
	var lost uint64
	for _, cause := range slices.Sorted(maps.Keys(c.Drops)) {
		lines = append(lines, [2]string{"Lost: " + cause, n(c.Drops[cause])})
		lost += c.Drops[cause]
	}
	if lost == 0 {
		lines = append(lines, [2]string{"Lost", "none"})
	}
	if c.Skewed > 0 {
		lines = append(lines, [2]string{"Time not believed", n(c.Skewed)})
	}
	if c.Backfilled > 0 {
		lines = append(lines, [2]string{"From its history", n(c.Backfilled)})
	}
	k.pairs(r, "Counters", lines)
}

func (v *linkDetails) cycles(k *ink, r image.Rectangle) {
	l := &v.link
	var lines [][2]string
	add := func(a, b string) { lines = append(lines, [2]string{a, b}) }
	if l.Mode != "" {
		add("Mode", l.Mode)
	}
	for _, c := range l.Cycles {
		add("Every "+took(c.Period), plural(c.Points, "point", "points"))
		add("  is every", took(c.Actual))
		add("  at worst", took(c.Worst))
		add("  one poll takes", took(c.Took))
		if c.Missed > 0 {
			add("  left out", plural(int(c.Missed), "poll", "polls"))
		}
	}
	if l.Probed {
		add("Signs of life between", plural(int(l.Counters.Probes), "request", "requests"))
	}
	if l.Overloaded {
		add("Load", "too slow for the period")
	}
	if l.ClockOffset != 0 {
		add("Its clock is off by", took(l.ClockOffset))
	}
	k.pairs(r, "Timing", lines)
}

// answers draws how long answers took: a bar for each power of two of a
// millisecond.
func (v *linkDetails) answers(k *ink, r image.Rectangle) {
	pal, h := k.pal(), v.link.Answers()
	k.say(k.bold(12), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(20)), paint.Left, "Time to answer", pal.Dim)
	y := r.Min.Y + k.px(22)
	all := h.Count()
	if all == 0 {
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Max.X, y+k.px(19)), paint.Left, "nothing was asked yet", pal.Dim)
		return
	}
	say := fmt.Sprintf("half within %s, 99 %% within %s, slowest %s", took(h.Quantile(0.5)), took(h.Quantile(0.99)), took(h.Max))
	y = k.paragraph(k.font(12), image.Rect(r.Min.X, y, r.Max.X, y+k.px(40)), say, pal.Text) + k.px(6)
	first, last := latencySpan(h)
	most := slices.Max(h.Counts[:])
	foot := k.px(16)
	plot := image.Rect(r.Min.X, y, r.Max.X, r.Max.Y-foot)
	if plot.Dy() < k.px(20) {
		return
	}
	n := last - first + 1
	k.FillRect(image.Rect(plot.Min.X, plot.Max.Y-1, plot.Max.X, plot.Max.Y), pal.Line)
	for i := range n {
		c := h.Counts[first+i]
		x0, x1 := plot.Min.X+plot.Dx()*i/n, plot.Min.X+plot.Dx()*(i+1)/n
		if c > 0 { // the rare slow one is what one looks for: it is never too low to be seen
			top := max(int(math.Sqrt(float64(c)/float64(most))*float64(plot.Dy())), k.px(3))
			k.FillRect(image.Rect(x0+k.px(1), plot.Max.Y-top, x1-k.px(1), plot.Max.Y), pal.Live)
		}
		if k.font(10).Width(latencyMark(first+i))+k.px(4) <= x1-x0 || i%2 == 0 {
			k.say(k.font(10), image.Rect(x0-k.px(10), plot.Max.Y+k.px(1), x1+k.px(10), r.Max.Y), paint.Center, latencyMark(first+i), pal.Dim)
		}
	}
}

// latencySpan is which slots are drawn: those in use, and at least six.
func latencySpan(h *drivers.Histogram) (first, last int) {
	first, last = len(h.Counts)-1, 0
	for i, c := range h.Counts {
		if c > 0 {
			first, last = min(first, i), max(last, i)
		}
	}
	for last-first < 5 {
		if last < len(h.Counts)-1 {
			last++
		} else {
			first--
		}
	}
	return first, last
}

// latencyMark is the upper end of a slot.
func latencyMark(i int) string {
	if i == len(drivers.Histogram{}.Counts)-1 {
		return "more"
	}
	if d := time.Millisecond << i; d < time.Second {
		return fmt.Sprint(d.Milliseconds())
	}
	return fmt.Sprintf("%.0f s", (time.Millisecond << i).Seconds())
}

func (v *linkDetails) fault(k *ink, r image.Rectangle) {
	pal, l := k.pal(), &v.link
	k.say(k.bold(12), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(20)), paint.Left, "Last fault", pal.Dim)
	y := r.Min.Y + k.px(22)
	if l.Error == "" && l.Detail == "" {
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Max.X, y+k.px(19)), paint.Left, "none since the station started", pal.Dim)
		return
	}
	if !l.ErrorAt.IsZero() {
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Max.X, y+k.px(19)), paint.Left, clockTime(l.ErrorAt.Local(), v.now)+", "+ago(v.now.Sub(l.ErrorAt))+" ago", pal.Dim)
		y += k.px(20)
	}
	y = k.paragraph(k.bold(13), image.Rect(r.Min.X, y, r.Max.X, r.Max.Y), l.Error, pal.Text)
	k.paragraph(k.font(12), image.Rect(r.Min.X, y+k.px(6), r.Max.X, r.Max.Y), l.Detail, pal.Dim)
}
