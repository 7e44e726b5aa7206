package trend

import (
	"fmt"
	"image"
	"math"
	"slices"

	"penstock/widgets/paint"
)

func (v *View) small() *paint.Font { return v.Style.Regular.Size(11 * v.scale) }

func (v *View) text() *paint.Font { return v.Style.Regular.Size(12.5 * v.scale) }

func (v *View) bold() *paint.Font { return v.Style.Bold.Size(12.5 * v.scale) }

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
		if !pn.look.Hidden && (!v.Small || v.fitted || !pn.Def.HasRange()) || !v.Small {
			pn.stats = v.statsIn(pn, w.From(), min(w.End, v.now))
		}
	}
	v.ranges()
	ticks := timeTicks(w.From(), w.End, max(v.plot.Dx()/v.px(88), 1), v.Zone)
	if v.xy.on {
		v.paintXY(p, w)
	} else {
		v.paintGrid(p, w, ticks)
		v.paintTarget(p, w)
		v.paintGhosts(p, w)
		v.paintPens(p, w)
		v.paintLimits(p)
		v.paintLanes(p, w)
		v.paintMarks(p, w)
	}
	v.paintTimes(p, w, ticks)
	if !v.xy.on {
		v.paintHairs(p, w)
	}
	for g := range v.group {
		v.paintAxis(p, g)
	}
	v.paintBox(p)
	v.paintCompared(p)
	v.paintNotice(p)
	v.paintMarkTip(p)
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
	if v.xy.on {
		return v.xy.strip.Max.Y
	}
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

// ticksIn is how many values an axis of h pixels is marked with.
func (v *View) ticksIn(h int) int {
	if v.spread == stacked {
		return max(h/v.px(28), 3)
	}
	return max(h/v.px(44), 2)
}

func (v *View) paintGrid(p *paint.Painter, w Window, ticks []tick) {
	pal := v.Style.Palette
	grid := paint.Mix(pal.Sunken, pal.Line, 0.55)
	for g := range v.group {
		gr := &v.group[g]
		if v.spread != stacked && g != v.lead() {
			continue
		}
		if gr.r.Min.Y > v.plot.Min.Y { // between one and the next
			p.FillRect(image.Rect(gr.r.Min.X, gr.r.Min.Y-v.px(stackGap), gr.r.Max.X, gr.r.Min.Y), pal.Panel)
		}
		at, _ := gr.ax.ticks(v.ticksIn(gr.r.Dy()))
		for _, val := range at {
			y := gr.r.Min.Y + int(math.Round(gr.ax.y(val, gr.r.Dy())))
			p.FillRect(image.Rect(gr.r.Min.X, y, gr.r.Max.X, y+1).Intersect(gr.r), grid)
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
	r := v.group[g].r
	before := p.SetClip(r.Intersect(p.Clip()))
	defer p.SetClip(before)
	for _, l := range v.pens[v.selected].Limits {
		y := v.group[g].ax.y(l.Value, r.Dy())
		if y < 0 || y > float64(r.Dy()) || math.IsNaN(y) {
			continue
		}
		c := pal.SetPt
		if l.Priority > 0 && l.Priority < len(pal.Alarm) {
			c = pal.Alarm[l.Priority]
		}
		yy := r.Min.Y + int(y)
		for x := v.plot.Min.X; x < v.plot.Max.X; x += v.px(10) {
			p.FillRect(image.Rect(x, yy, x+v.px(6), yy+max(v.px(1), 1)), c)
		}
		tw := f.Width(l.Name) + v.px(8)
		box := image.Rect(v.plot.Min.X, yy-f.Height()/2, v.plot.Min.X+tw, yy+f.Height()/2+1)
		p.FillRect(box, c)
		p.TextIn(f, box, paint.Center, l.Name, paint.Ink(c))
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
	at, digits := gr.ax.ticks(v.ticksIn(gr.r.Dy()))
	h := f.Height()
	for _, val := range at {
		y := gr.r.Min.Y + int(math.Round(gr.ax.y(val, gr.r.Dy())))
		if v.spread == stacked && (y-h/2 < gr.r.Min.Y+h-v.px(4) || y+h/2 > gr.r.Max.Y+v.px(2)) {
			continue // the unit stands there, or the next axis
		}
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
	if v.spread == stacked {
		title = title.Add(image.Pt(0, h))
	}
	if gr.right {
		line = image.Rect(gr.strip.Min.X, gr.strip.Min.Y, gr.strip.Min.X+1, gr.strip.Max.Y)
		title, align = title.Add(image.Pt(v.px(6), 0)), paint.Left
	}
	p.FillRect(line, ink)
	p.TextIn(v.Style.Bold.Size(11*v.scale), title, align, gr.unit, ink)
}

// paintNotice says in the plot why it is empty.
func (v *View) paintNotice(p *paint.Painter) {
	pal := v.Style.Palette
	say, wrong := "", false
	switch i := slices.IndexFunc(v.pens, func(q *pen) bool { return q.err != nil }); {
	case len(v.pens) == 0:
		say = "No pens. Choose tags with \"Add pen\", or open a tag's trend from its faceplate."
	case i >= 0:
		wrong = true
		say = fmt.Sprintf("The history of %s cannot be read: %v", v.pens[i].Def.ID, v.pens[i].err)
	case v.fetch.busy() && v.pens[0].series.to == 0:
		say = "Reading history ..."
	default:
		return
	}
	f, c := v.text(), pal.Dim
	box := v.plot
	if len(v.pens) > 0 {
		wide := min(f.Width(say)+v.px(20), v.plot.Dx())
		left := v.plot.Min.X + (v.plot.Dx()-wide)/2
		box = image.Rect(left, v.plot.Min.Y+v.px(6), left+wide, v.plot.Min.Y+v.px(12)+f.Height())
		p.FillRect(box, pal.Panel)
		if wrong {
			p.StrokeRect(box, max(v.px(1), 1), pal.Bad)
			c = pal.Bad
		}
	}
	p.TextIn(f, box, paint.Center, say, c)
}
