package trend

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"sort"
	"time"

	"penstock/widgets/paint"
)

func (v *View) small() *paint.Font { return v.Style.Regular.Size(11 * v.scale) }
func (v *View) text() *paint.Font  { return v.Style.Regular.Size(12.5 * v.scale) }
func (v *View) bold() *paint.Font  { return v.Style.Bold.Size(12.5 * v.scale) }

// Paint paints what has changed.
func (v *View) Paint(p *paint.Painter) {
	if v.hasBar() {
		v.bar.Paint(p)
	}
	if !v.dirty && v.drawn {
		return
	}
	w := v.window.at(v.now)
	v.dirty, v.drawn, v.painted = false, true, w.End
	pal := v.Style.Palette
	body := image.Rectangle{Max: v.size}
	if v.hasBar() {
		body.Min.Y = v.bar.Bounds().Max.Y
	}
	p.FillRect(body, pal.Panel)
	p.FillRect(v.plot, pal.Sunken)
	for _, pn := range v.pens {
		if !pn.hidden && (!v.Small || v.fitted || !pn.Def.HasRange()) || !v.Small {
			pn.stats = pn.series.stats(w.From(), min(w.End, v.now))
		}
	}
	v.ranges()
	ticks := timeTicks(w.From(), w.End, max(v.plot.Dx()/v.px(88), 1), v.Zone)
	v.paintGrid(p, w, ticks)
	v.paintGhosts(p, w)
	v.paintPens(p, w)
	v.paintLimits(p)
	v.paintLanes(p, w)
	v.paintTimes(p, w, ticks)
	v.paintMarks(p, w)
	for g := range v.group {
		v.paintAxis(p, g)
	}
	v.paintHairs(p, w)
	v.paintBox(p)
	v.paintNotice(p)
	if !v.Small {
		v.paintTable(p, w)
	}
	if v.focused && !v.Small {
		p.StrokeRect(v.plot.Inset(-max(v.px(1), 1)), max(v.px(1), 1), pal.Focus)
	}
}

func (v *View) x(w Window, t int64) int {
	return v.plot.Min.X + int(math.Round(float64(t-w.From())/float64(w.Span)*float64(v.plot.Dx())))
}

func (v *View) timeAt(x int) int64 {
	w := v.window.at(v.now)
	return w.From() + int64(float64(x-v.plot.Min.X)/float64(max(v.plot.Dx(), 1))*float64(w.Span))
}

// bottom is where the plot and its lanes end.
func (v *View) bottom() int {
	if n := len(v.lanes); n > 0 {
		return v.lanes[n-1].r.Max.Y
	}
	return v.plot.Max.Y
}

// lead is the group whose ticks make the grid.
func (v *View) lead() int {
	if g := v.groupOf(v.selected); g >= 0 {
		return g
	}
	if len(v.group) > 0 {
		return 0
	}
	return -1
}

func (v *View) paintGrid(p *paint.Painter, w Window, ticks []tick) {
	pal := v.Style.Palette
	grid := paint.Mix(pal.Sunken, pal.Line, 0.55)
	if g := v.lead(); g >= 0 {
		at, _ := v.group[g].ax.ticks(max(v.plot.Dy()/v.px(44), 2))
		for _, val := range at {
			y := v.plot.Min.Y + int(math.Round(v.group[g].ax.y(val, v.plot.Dy())))
			p.FillRect(image.Rect(v.plot.Min.X, y, v.plot.Max.X, y+1).Intersect(v.plot), grid)
		}
	}
	for _, k := range ticks {
		x := v.x(w, k.at)
		c := grid
		if k.day != "" {
			c = pal.Line
		}
		p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), c)
	}
	if now := v.x(w, v.now); w.End > v.now && now < v.plot.Max.X { // what has not happened yet
		p.FillRect(image.Rect(now, v.plot.Min.Y, v.plot.Max.X, v.plot.Max.Y), paint.Mix(pal.Sunken, pal.Panel, 0.7))
	}
}

// paintLimits draws the limits of the selected pen as dashes with their names.
func (v *View) paintLimits(p *paint.Painter) {
	g := v.groupOf(v.selected)
	if g < 0 {
		return
	}
	f, pal := v.small(), v.Style.Palette
	before := p.SetClip(v.plot.Intersect(p.Clip()))
	defer p.SetClip(before)
	for _, l := range v.pens[v.selected].Limits {
		y := v.group[g].ax.y(l.Value, v.plot.Dy())
		if y < 0 || y > float64(v.plot.Dy()) || math.IsNaN(y) {
			continue
		}
		c := pal.SetPt
		if l.Priority > 0 && l.Priority < len(pal.Alarm) {
			c = pal.Alarm[l.Priority]
		}
		yy := v.plot.Min.Y + int(y)
		for x := v.plot.Min.X; x < v.plot.Max.X; x += v.px(10) {
			p.FillRect(image.Rect(x, yy, x+v.px(6), yy+max(v.px(1), 1)), c)
		}
		tw := f.Width(l.Name) + v.px(8)
		box := image.Rect(v.plot.Min.X, yy-f.Height()/2, v.plot.Min.X+tw, yy+f.Height()/2+1)
		p.FillRect(box, c)
		p.TextIn(f, box, paint.Center, l.Name, paint.Ink(c))
	}
}

// lineEnd is until when the last value of a pen is held.
func (v *View) lineEnd(s *series, w Window) int64 {
	if w.Live && len(s.tail) > 0 {
		return min(v.now, w.End)
	}
	return min(v.now, w.End, s.to)
}

func (v *View) paintPens(p *paint.Painter, w Window) {
	var tips []tip
	order := make([]int, 0, len(v.pens))
	for i, pn := range v.pens {
		if i != v.selected && !pn.hidden && !pn.Lane() {
			order = append(order, i)
		}
	}
	if v.selected >= 0 && !v.pens[v.selected].hidden && !v.pens[v.selected].Lane() {
		order = append(order, v.selected)
	}
	for _, i := range order {
		pn := v.pens[i]
		g := v.groupOf(i)
		v.cols.steps, v.cols.joined = pn.steps(), pn.joined
		v.cols.start(v.plot.Dx(), v.plot.Dy(), w.From(), w.End, v.group[g].ax)
		end := v.lineEnd(&pn.series, w)
		pn.series.walk(w.From(), end, v.cols.add)
		v.cols.end(end)
		thick := 1.5 * v.scale
		if i == v.selected && len(v.pens) > 1 {
			thick = 2.3 * v.scale
		}
		if i == v.selected {
			v.paintGaps(p)
		}
		v.cols.ink(p.Image(), p.Clip(), v.plot, thick, v.colour(i))
		if v.cols.prev.ok && v.cols.begun {
			tips = append(tips, tip{i, v.plot.Min.Y + int(v.cols.y(v.cols.prev.v))})
		}
	}
	v.paintTips(p, tips)
}

// paintGaps hatches where the selected pen is known to have no usable value.
func (v *View) paintGaps(p *paint.Painter) {
	pal := v.Style.Palette
	start := -1
	for i := 0; i <= len(v.cols.cols); i++ {
		gap := i < len(v.cols.cols) && v.cols.cols[i].gap && !v.cols.cols[i].on
		if gap && start < 0 {
			start = i
		}
		if !gap && start >= 0 {
			hatch(p, image.Rect(v.plot.Min.X+start, v.plot.Min.Y, v.plot.Min.X+i, v.plot.Max.Y), v.px(14), paint.Mix(pal.Sunken, pal.Bad, 0.22))
			start = -1
		}
	}
}

func hatch(p *paint.Painter, r image.Rectangle, step int, c color.RGBA) {
	before := p.SetClip(r.Intersect(p.Clip()))
	defer p.SetClip(before)
	clip := p.Clip()
	if clip.Empty() {
		return
	}
	img := p.Image()
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		for x := clip.Min.X + int(mod(int64(-(clip.Min.X+y)), int64(step))); x < clip.Max.X; x += step {
			img.SetRGBA(x, y, c)
		}
	}
}

// tip is the number at the end of a line: lines can be told apart without
// their colours.
type tip struct{ pen, y int }

func (v *View) paintTips(p *paint.Painter, tips []tip) {
	if v.Small || len(tips) == 0 {
		return
	}
	sort.Slice(tips, func(a, b int) bool { return tips[a].y < tips[b].y })
	f := v.Style.Bold.Size(11 * v.scale)
	h := f.Height()
	y := v.plot.Min.Y
	for i := range tips {
		tips[i].y = max(tips[i].y-h/2, y)
		y = tips[i].y + h + 1
	}
	if over := y - (v.plot.Max.Y + h/2); over > 0 {
		y = v.plot.Max.Y + h/2
		for i := len(tips) - 1; i >= 0; i-- {
			tips[i].y = min(tips[i].y, y-h-1)
			y = tips[i].y
		}
	}
	for _, t := range tips {
		c := v.colour(t.pen)
		r := image.Rect(v.plot.Max.X+v.px(3), t.y, v.plot.Max.X+v.px(tipWidth-2), t.y+h)
		p.FillRect(r, c)
		p.TextIn(f, r, paint.Center, fmt.Sprint(v.pens[t.pen].no), paint.Ink(c))
	}
}

func (v *View) paintLanes(p *paint.Painter, w Window) {
	pal, f := v.Style.Palette, v.small()
	for _, l := range v.lanes {
		pn := v.pens[l.pen]
		r := image.Rect(l.r.Min.X, l.r.Min.Y+v.px(2), l.r.Max.X, l.r.Max.Y)
		p.FillRect(r, pal.Sunken)
		name := image.Rect(v.px(edge), r.Min.Y, r.Min.X-v.px(6), r.Max.Y)
		p.TextIn(f, name, paint.Right, string(pn.Def.ID), v.colour(l.pen))
		end := v.lineEnd(&pn.series, w)
		var prev point
		begun := false
		bar := func(until int64) {
			a, b := max(v.x(w, prev.t), r.Min.X), min(v.x(w, until), r.Max.X)
			if b <= a {
				return
			}
			box := image.Rect(a, r.Min.Y, b, r.Max.Y)
			if !prev.ok {
				hatch(p, box, v.px(7), paint.Mix(pal.Sunken, pal.Bad, 0.5))
				return
			}
			c := paint.Mix(pal.Sunken, v.colour(l.pen), 0.18)
			if prev.v != 0 {
				c = paint.Mix(pal.Sunken, v.colour(l.pen), 0.6)
			}
			p.FillRect(box, c)
			p.FillRect(image.Rect(a, r.Min.Y, a+1, r.Max.Y), pal.Sunken)
			if s := pn.Def.Format(scalar(pn.Def, prev.v)); box.Dx() > f.Width(s)+v.px(6) {
				p.TextIn(f, box.Inset(v.px(3)), paint.Left, s, paint.Ink(c))
			}
		}
		pn.series.walk(w.From(), end, func(q point) {
			if begun && q.v == prev.v && q.ok == prev.ok {
				return
			}
			if begun {
				bar(q.t)
			}
			prev, begun = q, true
		})
		if begun {
			bar(end)
		}
	}
}

func (v *View) paintTimes(p *paint.Painter, w Window, ticks []tick) {
	pal, f := v.Style.Palette, v.small()
	y := v.bottom()
	line := f.Height()
	hours := image.Rect(0, y+v.px(3), v.size.X, y+v.px(3)+line)
	days := hours.Add(image.Pt(0, line-1))
	right := -1 << 30
	for _, k := range ticks {
		x := v.x(w, k.at)
		p.FillRect(image.Rect(x, y, x+1, y+v.px(4)), pal.Outline)
		half := f.Width(k.label)/2 + v.px(3)
		if x-half < right || x+half > v.size.X {
			continue
		}
		right = x + half
		p.TextIn(f, image.Rect(x-half, hours.Min.Y, x+half, hours.Max.Y), paint.Center, k.label, pal.Text)
	}
	// The date stands under the left edge and wherever a new day begins.
	first := time.Unix(0, w.From()).In(v.Zone)
	label := first.Format("Mon 2 Jan 2006") + "  " + zoneName(first)
	if v.Small {
		label = first.Format("Mon 2 Jan")
	}
	x := v.plot.Min.X
	p.TextIn(f, image.Rect(x, days.Min.Y, v.plot.Max.X, days.Max.Y), paint.Left, label, pal.Dim)
	right = x + f.Width(label) + v.px(8)
	for _, k := range ticks {
		if k.day == "" {
			continue
		}
		tw := f.Width(k.day)
		if x := v.x(w, k.at) - tw/2; x > right && x+tw < v.size.X {
			p.TextIn(f, image.Rect(x, days.Min.Y, x+tw, days.Max.Y), paint.Left, k.day, pal.Dim)
			right = x + tw + v.px(8)
		}
	}
}

func zoneName(t time.Time) string {
	name, off := t.Zone()
	sign := '+'
	if off < 0 {
		sign, off = '-', -off
	}
	hm := fmt.Sprintf("UTC%c%d", sign, off/3600)
	if m := off / 60 % 60; m != 0 {
		hm += fmt.Sprintf(":%02d", m)
	}
	if off == 0 {
		return "UTC"
	}
	if name == "" || name[0] == '+' || name[0] == '-' {
		return hm
	}
	return name + " (" + hm + ")"
}

func (v *View) paintMarks(p *paint.Painter, w Window) {
	pal := v.Style.Palette
	s := float32(v.px(9))
	y := float32(v.plot.Min.Y) - s*0.7
	last := math.MinInt
	for _, m := range v.marks {
		if m.At < w.From() || m.At > w.End {
			continue
		}
		x := v.x(w, m.At)
		if x-last < v.px(4) {
			continue // as many as can be told apart
		}
		last = x
		fx := float32(x)
		switch m.Kind {
		case MarkAlarm:
			c := pal.Alarm[min(max(m.Level, 1), 4)]
			p.FillPoly([]paint.Pt{{X: fx - s/2, Y: y - s/2}, {X: fx + s/2, Y: y - s/2}, {X: fx, Y: y + s/2}}, c)
			p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), paint.Mix(pal.Sunken, c, 0.45))
		case MarkAck:
			p.Polyline([]paint.Pt{{X: fx - s/2, Y: y}, {X: fx - s/8, Y: y + s/2}, {X: fx + s/2, Y: y - s/2}}, s/6, pal.Text)
		case MarkWrite:
			p.FillPoly([]paint.Pt{{X: fx, Y: y - s/2}, {X: fx + s/2, Y: y}, {X: fx, Y: y + s/2}, {X: fx - s/2, Y: y}}, pal.SetPt)
			p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), paint.Mix(pal.Sunken, pal.SetPt, 0.3))
		default:
			p.FillRect(image.Rect(x-int(s/2), int(y-s/2), x+int(s/2), int(y+s/2)), pal.Dim)
		}
	}
}

func (v *View) paintAxis(p *paint.Painter, g int) {
	gr := &v.group[g]
	if gr.strip.Empty() {
		return
	}
	pal, f := v.Style.Palette, v.small()
	ink := pal.Text
	if len(gr.pens) == 1 {
		ink = v.colour(gr.pens[0])
	}
	at, digits := gr.ax.ticks(max(v.plot.Dy()/v.px(44), 2))
	h := f.Height()
	for _, val := range at {
		y := gr.strip.Min.Y + int(math.Round(gr.ax.y(val, v.plot.Dy())))
		box := image.Rect(gr.strip.Min.X, y-h/2, gr.strip.Max.X-v.px(7), y+h/2)
		tick := image.Rect(gr.strip.Max.X-v.px(5), y, gr.strip.Max.X-v.px(1), y+1)
		align := paint.Right
		if gr.right {
			box = image.Rect(gr.strip.Min.X+v.px(7), y-h/2, gr.strip.Max.X, y+h/2)
			tick = image.Rect(gr.strip.Min.X+v.px(1), y, gr.strip.Min.X+v.px(5), y+1)
			align = paint.Left
		}
		p.FillRect(tick, ink)
		p.TextIn(f, box, align, number(val, digits), ink)
	}
	line := image.Rect(gr.strip.Max.X-1, gr.strip.Min.Y, gr.strip.Max.X, gr.strip.Max.Y)
	title := image.Rect(gr.strip.Min.X, gr.strip.Min.Y-h-v.px(3), gr.strip.Max.X-v.px(4), gr.strip.Min.Y-v.px(3))
	align := paint.Right
	if gr.right {
		line = image.Rect(gr.strip.Min.X, gr.strip.Min.Y, gr.strip.Min.X+1, gr.strip.Max.Y)
		title, align = title.Add(image.Pt(v.px(6), 0)), paint.Left
	}
	p.FillRect(line, ink)
	p.TextIn(v.Style.Bold.Size(11*v.scale), title, align, gr.unit, ink)
}

func (v *View) paintHairs(p *paint.Painter, w Window) {
	pal := v.Style.Palette
	a, b, both := v.hair.pair()
	if both && !v.Small {
		r := image.Rect(v.x(w, a), v.plot.Min.Y, v.x(w, b), v.plot.Max.Y).Intersect(v.plot)
		p.FillRect(r, color.RGBA{pal.Focus.R / 9, pal.Focus.G / 9, pal.Focus.B / 9, 28})
	}
	for _, t := range []int64{v.hair.a, v.hair.b, v.hair.hover} {
		if t != 0 {
			v.paintHair(p, w, t)
		}
	}
}

func (v *View) paintHair(p *paint.Painter, w Window, t int64) {
	x := v.x(w, t)
	if x < v.plot.Min.X || x >= v.plot.Max.X {
		return
	}
	pal, f := v.Style.Palette, v.small()
	p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.bottom()), pal.Text)
	for i, pn := range v.pens {
		g := v.groupOf(i)
		if g < 0 || pn.hidden {
			continue
		}
		q := pn.series.at(t)
		if k := pn.series.tailAt(t); k != nil {
			q = k.point
		}
		if !q.ok {
			continue
		}
		y := min(max(v.group[g].ax.y(q.v, v.plot.Dy()), 0), float64(v.plot.Dy()))
		p.FillCircle(float32(x)+0.5, float32(v.plot.Min.Y)+float32(y), 3.2*v.scale, v.colour(i))
	}
	label := clock(t, w.Span, v.Zone)
	tw := f.Width(label) + v.px(10)
	left := min(max(x-tw/2, 0), v.size.X-tw)
	y := v.bottom()
	box := image.Rect(left, y+v.px(2), left+tw, y+v.px(4)+f.Height())
	p.FillRect(box, pal.Text)
	p.TextIn(f, box, paint.Center, label, paint.Ink(pal.Text))
}

// clock writes a time as finely as the window makes sense of.
func clock(t, span int64, loc *time.Location) string {
	w := time.Unix(0, t).In(loc)
	switch {
	case span < int64(time.Minute):
		return w.Format("15:04:05.000")
	case span < int64(36*time.Hour):
		return w.Format("15:04:05")
	}
	return w.Format("Mon 2 Jan 15:04:05")
}

func (v *View) paintBox(p *paint.Painter) {
	if v.drag.kind != boxDrag {
		return
	}
	r := v.drag.box().Intersect(v.plot)
	pal := v.Style.Palette
	p.FillRect(r, color.RGBA{pal.Focus.R / 6, pal.Focus.G / 6, pal.Focus.B / 6, 42})
	p.StrokeRect(r, max(v.px(1), 1), pal.Focus)
}

// paintNotice says in the plot why it is empty.
func (v *View) paintNotice(p *paint.Painter) {
	pal := v.Style.Palette
	say := ""
	switch i := slices.IndexFunc(v.pens, func(q *pen) bool { return q.err != nil }); {
	case len(v.pens) == 0:
		say = "No pens. Choose tags with \"Add pen\", or open a tag's trend from its faceplate."
	case i >= 0:
		say = fmt.Sprintf("The history of %s cannot be read: %v", v.pens[i].Def.ID, v.pens[i].err)
	case v.fetch.busy() && v.pens[0].series.to == 0:
		say = "Reading history ..."
	default:
		return
	}
	f := v.text()
	box := image.Rect(v.plot.Min.X, v.plot.Min.Y+v.px(6), v.plot.Max.X, v.plot.Min.Y+v.px(10)+f.Height())
	if len(v.pens) == 0 {
		box = v.plot
	}
	p.TextIn(f, box, paint.Center, say, pal.Dim)
}
