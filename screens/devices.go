package screens

import (
	"fmt"
	"image"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
)

// devicesPage shows how each device's link is doing: in words, in counts, and
// what went wrong last.
type devicesPage struct {
	s      *Station
	list   *rows.View[string]
	grid   *widgets.Surface
	detail *linkDetails
	side   *widgets.Surface
	root   *fyne.Container
	links  map[string]drivers.Status
	names  []string
	second int64
	now    time.Time
}

func newDevices(s *Station) *devicesPage {
	p := &devicesPage{s: s, links: map[string]drivers.Status{}}
	p.list = rows.New[string](s.style, p,
		rows.Column{Title: "Device", Width: 150},
		rows.Column{Title: "State", Width: 110},
		rows.Column{Title: "In words"},
		rows.Column{Title: "Driver", Width: 84, Rank: 4},
		rows.Column{Title: "Points", Width: 70, Align: paint.Right, Rank: 2},
		rows.Column{Title: "Bad", Width: 60, Align: paint.Right, Rank: 1},
		rows.Column{Title: "Last data", Width: 110, Rank: 1},
		rows.Column{Title: "Answer p99", Width: 96, Align: paint.Right, Rank: 3},
		rows.Column{Title: "Failed", Width: 80, Align: paint.Right, Rank: 3},
		rows.Column{Title: "Reconnects", Width: 96, Align: paint.Right, Rank: 5},
	)
	p.list.Empty = "The project has no devices."
	p.grid = s.surface(p.list)
	p.detail = &linkDetails{s: s}
	p.side = s.surface(p.detail)
	p.side.Least = fyne.NewSize(200, 300)
	p.root = container.New(&upright{}, p.grid, p.side)
	return p
}

func (p *devicesPage) object() fyne.CanvasObject { return p.root }
func (p *devicesPage) focus() fyne.Focusable     { return p.grid }
func (p *devicesPage) open()                     { p.second = 0 }

func (p *devicesPage) frame(now time.Time) {
	p.now = now
	if half := now.UnixMilli() / 500; half != p.second {
		p.second = half
		var names []string
		clear(p.links)
		for _, l := range p.s.room.Links() {
			names = append(names, l.Device)
			p.links[l.Device] = l
		}
		if !slices.Equal(names, p.names) {
			p.names = names
			p.list.SetOrder(slices.Clone(names))
			if _, ok := p.list.Focused(); !ok && len(names) > 0 {
				p.list.Choose(names[0])
			}
		}
		p.list.Touch()
		p.detail.dirty = true
	}
	p.grid.Frame(now)
	id, _ := p.list.Focused()
	if p.detail.device != id {
		p.detail.device, p.detail.dirty = id, true
	}
	p.detail.link, p.detail.now = p.links[id], now
	p.side.Frame(now)
}

// Row implements rows.Model.
func (p *devicesPage) Row(id string, r *rows.Row) bool {
	l, ok := p.links[id]
	if !ok {
		return false
	}
	switch l.State {
	case drivers.Up:
	case drivers.OffService:
		r.Tone = rows.Dim
	default:
		r.Tone = rows.Wrong
	}
	r.Cells[0], r.Cells[1], r.Cells[2], r.Cells[3] = l.Device, string(l.State), l.Words, l.Driver
	r.Cells[4], r.Cells[5] = fmt.Sprint(l.Points), fmt.Sprint(l.BadPoints)
	if !l.LastData.IsZero() {
		r.Cells[6] = clockTime(l.LastData.Local(), p.now)
	}
	if l.Latency.Count() > 0 {
		r.Cells[7] = l.Latency.Quantile(0.99).Round(time.Millisecond / 10).String()
	}
	r.Cells[8], r.Cells[9] = fmt.Sprint(l.Counters.Failed), fmt.Sprint(l.Counters.Reconnects)
	if l.Overloaded {
		r.Badge = "too slow"
	}
	return true
}

// linkDetails is one link in full.
type linkDetails struct {
	s      *Station
	size   image.Point
	scale  float32
	device string
	link   drivers.Status
	now    time.Time
	dirty  bool
}

// Layout implements view.View.
func (v *linkDetails) Layout(size image.Point, scale float32) {
	v.size, v.scale, v.dirty = size, scale, true
}

// Frame implements view.View.
func (v *linkDetails) Frame(time.Time) bool { return v.dirty }

// Paint implements view.View.
func (v *linkDetails) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	r := image.Rectangle{Max: v.size}
	p.FillRect(r, pal.Panel)
	p.FillRect(image.Rect(0, 0, r.Max.X, 1), pal.Line)
	if v.device == "" {
		return
	}
	r = r.Inset(k.px(14))
	l := &v.link
	w := k.say(k.bold(16), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, l.Device, pal.Text)
	k.say(k.font(13), image.Rect(r.Min.X+w+k.px(14), r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, l.Driver+"  "+l.Endpoint, pal.Dim)
	k.say(k.font(14), image.Rect(r.Min.X, r.Min.Y+k.px(26), r.Max.X, r.Min.Y+k.px(48)), paint.Left, l.Words, pal.Text)
	body := image.Rect(r.Min.X, r.Min.Y+k.px(58), r.Max.X, r.Max.Y)
	col := body.Dx() / 3
	v.counters(&k, image.Rect(body.Min.X, body.Min.Y, body.Min.X+col-k.px(24), body.Max.Y))
	v.cycles(&k, image.Rect(body.Min.X+col, body.Min.Y, body.Min.X+2*col-k.px(24), body.Max.Y))
	v.fault(&k, image.Rect(body.Min.X+2*col, body.Min.Y, body.Max.X, body.Max.Y))
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
		k.say(k.font(13), image.Rect(r.Min.X, y, r.Min.X+r.Dx()*3/5, y+h), paint.Left, l[0], pal.Dim)
		k.say(k.font(13), image.Rect(r.Min.X+r.Dx()*3/5, y, r.Max.X, y+h), paint.Right, l[1], pal.Text)
		y += h
	}
}

func (v *linkDetails) counters(k *ink, r image.Rectangle) {
	c := &v.link.Counters
	n := func(u uint64) string { return fmt.Sprint(u) }
	lines := [][2]string{
		{"Samples", n(c.Samples)}, {"of these bad", n(c.Bad)}, {"Requests", n(c.Requests)}, {"of these failed", n(c.Failed)},
		{"Connections tried", n(c.Dials)}, {"Reconnects", n(c.Reconnects)}, {"Outages", n(c.Outages)},
		{"Writes sent", n(c.Writes)}, {"Writes refused, link down", n(c.Refused)},
	}
	for cause, d := range c.Drops {
		lines = append(lines, [2]string{"Lost: " + cause, n(d)})
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
		add(fmt.Sprintf("Every %v: %s", c.Period, plural(c.Points, "point", "points")), fmt.Sprintf("%v, worst %v", c.Actual.Round(time.Millisecond), c.Worst.Round(time.Millisecond)))
		add("   one poll takes", c.Took.Round(time.Millisecond/10).String())
		if c.Missed > 0 {
			add("   left out", fmt.Sprint(c.Missed))
		}
	}
	if l.Latency.Count() > 0 {
		add("Answer, half within", l.Latency.Quantile(0.5).Round(time.Millisecond/10).String())
		add("Answer, 99 of 100 within", l.Latency.Quantile(0.99).Round(time.Millisecond/10).String())
		add("Answer, slowest", l.Latency.Max.Round(time.Millisecond/10).String())
	}
	if l.ClockOffset != 0 {
		add("Its clock is off by", l.ClockOffset.Round(time.Millisecond).String())
	}
	k.pairs(r, "Timing", lines)
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
