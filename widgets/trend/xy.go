package trend

import (
	"image"
	"math"
	"slices"

	"penstock/app/tag"
)

// xyMost is how many points a pen against another is drawn with at most.
const xyMost = 1500

// xyAxis is the key of the axis along the bottom among those a person chose.
const xyAxis = "(across)"

// xy is a pen against another. The same slices of time give both values, and
// the time is told by colour: an operating curve shows where it was and when.
type xy struct {
	on     bool
	across tag.ID // the pen along the bottom
	ax     axis
	strip  image.Rectangle // the colours of time
	dots   []xyDot
}

// xyDot is what both pens were in one slice of time. Where either was not
// usable the line is broken: joined is false after it.
type xyDot struct {
	t      int64 // the middle of the slice
	x, y   float64
	joined bool // to the dot before
}

// xyPens are the indexes of the pen along the bottom and of the one against
// it; ok is false when the view is not one, or has no two pens that are lines.
func (v *View) xyPens() (x, y int, ok bool) {
	if !v.xy.on {
		return -1, -1, false
	}
	isLine := func(p *pen) bool { return !p.Lane() && !p.look.Hidden }
	x = slices.IndexFunc(v.pens, func(p *pen) bool { return isLine(p) && p.Def.ID == v.xy.across })
	if x < 0 {
		x = slices.IndexFunc(v.pens, isLine)
	}
	y = v.selected
	if y < 0 || y >= len(v.pens) || y == x || !isLine(v.pens[y]) {
		y = slices.IndexFunc(v.pens, func(p *pen) bool { return isLine(p) && (x < 0 || p != v.pens[x]) })
	}
	return x, y, x >= 0 && y >= 0
}

// toggleXY goes to one pen against another and back. The selected pen is the
// one along the bottom.
func (v *View) toggleXY() {
	v.xy.on = !v.xy.on
	if v.xy.on && v.xy.across == "" && v.selected >= 0 && !v.pens[v.selected].Lane() {
		v.xy.across = v.pens[v.selected].Def.ID
	}
	delete(v.axes, xyAxis)
	v.place()
}

// across puts a pen along the bottom.
func (v *View) across(id tag.ID) {
	v.xy.on, v.xy.across = true, id
	delete(v.axes, xyAxis)
	v.place()
}

// placeXY leaves room for the values along the bottom and the colours of time.
func (v *View) placeXY(r *image.Rectangle) {
	r.Max.Y -= v.px(44)
	v.xy.strip = image.Rect(r.Min.X, r.Max.Y+v.px(36), r.Max.X, r.Max.Y+v.px(44))
	v.zones = append(v.zones, zone{r: v.xy.strip.Inset(-v.px(6)), kind: plotZone})
}

// pair works the dots out: the means of both pens over the same slices.
func (v *View) pair(w Window, a, b *pen) {
	x := &v.xy
	x.dots = x.dots[:0]
	to := min(w.End, v.now)
	width := max((to-w.From())/xyMost, int64(a.Def.Period), int64(b.Def.Period), 1)
	broken := true
	for t := w.From() - mod(w.From(), width); t < to; t += width {
		p, q := a.series.stats(t, min(t+width, to)), b.series.stats(t, min(t+width, to))
		if math.IsNaN(p.Mean) || math.IsNaN(q.Mean) {
			broken = true
			continue
		}
		x.dots = append(x.dots, xyDot{t: t + width/2, x: p.Mean, y: q.Mean, joined: !broken})
		broken = false
	}
}

// roleXY says in the table which way a pen is drawn.
func (v *View) roleXY(p *pen) string {
	a, b, ok := v.xyPens()
	switch {
	case ok && p == v.pens[a]:
		return "  (across)"
	case ok && p == v.pens[b]:
		return "  (upward)"
	}
	return ""
}

// rangeXY is the range along the bottom: of the values, because it is their
// curve that is looked at.
func (v *View) rangeXY(p *pen) {
	a, ok := v.axes[xyAxis]
	if !ok {
		a = fit(p.stats.Min, p.stats.Max)
	}
	v.xy.ax = a
}

// spotXY is where a dot stands in the plot, pixels of the view.
func (v *View) spotXY(d xyDot) (x, y float64) {
	g := &v.group[0]
	k := (d.x - v.xy.ax.lo) / (v.xy.ax.hi - v.xy.ax.lo)
	return float64(g.r.Min.X) + k*float64(g.r.Dx()), float64(g.r.Min.Y) + g.ax.y(d.y, g.r.Dy())
}

// nearestXY is the time of the dot nearest to a point; 0 when none is near.
func (v *View) nearestXY(at image.Point) (t int64) {
	if len(v.group) == 0 {
		return 0
	}
	best := float64(v.px(40))
	for _, d := range v.xy.dots {
		x, y := v.spotXY(d)
		if far := math.Hypot(x-float64(at.X), y-float64(at.Y)); far < best {
			best, t = far, d.t
		}
	}
	return t
}

// wheelXY zooms both values around a point.
func (v *View) wheelXY(at image.Point, k float64) {
	if len(v.group) == 0 {
		return
	}
	v.rememberWheel()
	g := &v.group[0]
	v.axes[g.key] = g.ax.zoom(k, g.ax.at(float64(at.Y-g.r.Min.Y), g.r.Dy()))
	v.axes[xyAxis] = v.xy.ax.zoom(k, v.acrossAt(at.X))
	v.dirty = true
}

// boxXY zooms both values into a box.
func (v *View) boxXY(r image.Rectangle) {
	if r.Dy() < v.px(6) || len(v.group) == 0 {
		return
	}
	g := &v.group[0]
	top, h := g.r.Min.Y, g.r.Dy()
	v.axes[g.key] = axis{g.ax.at(float64(r.Max.Y-top), h), g.ax.at(float64(r.Min.Y-top), h)}
	v.axes[xyAxis] = axis{v.acrossAt(r.Min.X), v.acrossAt(r.Max.X)}
}

// acrossAt is the value that stands at x along the bottom.
func (v *View) acrossAt(x int) float64 {
	a := v.xy.ax
	return a.lo + float64(x-v.plot.Min.X)/float64(max(v.plot.Dx(), 1))*(a.hi-a.lo)
}

// regression is the straight line nearest to the dots, and how well it fits.
// ok is false below three dots, or where a pen stood still.
func (x *xy) regression() (slope, offset, r float64, ok bool) {
	n := float64(len(x.dots))
	if n < 3 {
		return 0, 0, 0, false
	}
	var mx, my float64
	for _, d := range x.dots {
		mx, my = mx+d.x/n, my+d.y/n
	}
	var sxx, sxy, syy float64
	for _, d := range x.dots {
		sxx, sxy, syy = sxx+(d.x-mx)*(d.x-mx), sxy+(d.x-mx)*(d.y-my), syy+(d.y-my)*(d.y-my)
	}
	if sxx == 0 || syy == 0 {
		return 0, 0, 0, false
	}
	slope = sxy / sxx
	return slope, my - slope*mx, sxy / math.Sqrt(sxx*syy), true
}
