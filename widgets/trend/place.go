package trend

import (
	"image"
	"image/color"
	"slices"

	"penstock/widgets/toolbar"
)

// Sizes in units of design.
const (
	axisWidth   = 56 // one axis of values with its labels
	timeHeight  = 34 // the axis of time: hours, and dates under them
	laneHeight  = 22
	stripHeight = 16 // over lanes without a plot
	rowHeight   = 21 // of the table
	edge        = 8
	tipWidth    = 20 // the numbers at the ends of the lines
	maxAxes     = 6
	stackGap    = 10 // between axes that are stacked
)

// group is the pens that share an axis.
type group struct {
	key   string
	unit  string
	pens  []int
	ax    axis
	r     image.Rectangle // where its lines are: the plot, or its part of it
	strip image.Rectangle // where its labels stand; empty when there is no room
	right bool
}

// spread is how the axes are arranged.
type spread uint8

const (
	shared  spread = iota // pens of one unit on one axis
	own                   // an axis for each pen, all over the whole plot
	stacked               // an axis for each pen, one above the other
)

func (s spread) String() string { return [...]string{"shared", "own", "stacked"}[s] }

// lane is where a discrete pen is drawn.
type lane struct {
	pen int
	r   image.Rectangle
}

// zone is something in the picture that can be clicked.
type zone struct {
	r    image.Rectangle
	kind zoneKind
	i    int
}

type zoneKind uint8

const (
	noZone zoneKind = iota
	rowZone
	eyeZone
	dropZone
	axisZone
	plotZone
	xyZone // the plot of a pen against another
)

// place lays the parts out: toolbar, plot with its axes, lanes, table.
func (v *View) place() {
	v.dirty = true
	if v.size.X == 0 {
		return
	}
	r := image.Rectangle{Max: v.size}
	v.zones = v.zones[:0]
	if v.hasBar() {
		h := toolbar.Height(v.plain) // whoever presses it is near
		v.bar.Place(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+h), v.plain)
		r.Min.Y += h
	}
	if !v.Small {
		th := v.px(rowHeight)*(max(len(v.pens), 1)+1) + v.px(6)
		th = min(th, r.Dy()/2)
		v.table = image.Rect(r.Min.X, r.Max.Y-th, r.Max.X, r.Max.Y)
		r.Max.Y -= th
	}
	v.placeGroups()
	left, right := v.px(edge), v.px(edge)
	room := min(max(r.Dx()/v.px(190), 1), maxAxes)
	if v.Small {
		room = 1
	}
	shown := v.shownGroups(room)
	for k, g := range shown {
		w := v.px(axisWidth)
		switch v.group[g].right = v.spread != stacked && k >= (len(shown)+1)/2 && len(shown) > 1; {
		case v.group[g].right:
			right += w
		case v.spread != stacked || k == 0:
			left += w
		}
	}
	if len(shown) == 0 && !v.alone() {
		left += v.px(axisWidth)
	}
	r.Min.X += left
	r.Max.X -= right + v.px(tipWidth)
	r.Min.Y += v.px(edge + 10)
	r.Max.Y -= v.px(timeHeight)
	kind := plotZone
	if _, _, ok := v.xyPens(); ok {
		kind = xyZone
		v.lanes = v.lanes[:0]
		v.placeXY(&r)
	} else {
		v.placeLanes(&r)
	}
	v.plot = r
	v.placeStrips(shown)
	v.zones = append(v.zones, zone{r: v.plot, kind: kind})
}

// alike is how many times as long as another a range may be and still share
// its axis: on a longer one the line would lie flat.
const alike = 5

// shares reports whether a pen reads well on the axis of another.
func (v *View) shares(g *group, p *pen) bool {
	q := v.pens[g.pens[0]]
	a, b := q.Def, p.Def
	if q.look.Own || p.look.Own || a.Unit != b.Unit || a.HasRange() != b.HasRange() {
		return false
	}
	x, y := a.Hi-a.Lo, b.Hi-b.Lo
	return !a.HasRange() || x <= alike*y && y <= alike*x
}

// placeGroups puts pens of one unit and like ranges on one axis, or each on
// its own.
func (v *View) placeGroups() {
	v.group = v.group[:0]
	_, across, xy := v.xyPens()
	for i, p := range v.pens {
		if p.Lane() || xy && i != across {
			continue
		}
		g := slices.IndexFunc(v.group, func(g group) bool { return v.spread == shared && v.shares(&g, p) })
		if g < 0 {
			v.group = append(v.group, group{key: string(p.Def.ID), unit: p.Def.Unit})
			g = len(v.group) - 1
		}
		v.group[g].pens = append(v.group[g].pens, i)
	}
	// Hidden pens go last, so that an axis keeps its name and its range.
	hidden := func(i int) bool { return v.pens[i].look.Hidden }
	for g := range v.group {
		v.group[g].pens = slices.DeleteFunc(v.group[g].pens, hidden)
	}
	v.group = slices.DeleteFunc(v.group, func(g group) bool { return len(g.pens) == 0 })
}

// shownGroups chooses the groups whose labels are shown: the selected pen's
// first, then in order.
func (v *View) shownGroups(room int) (out []int) {
	if v.spread == stacked {
		for g := range v.group {
			out = append(out, g)
		}
		return out
	}
	sel := v.groupOf(v.selected)
	for g := range v.group {
		if g != sel && len(out) < room-1 {
			out = append(out, g)
		} else if g == sel {
			out = append(out, g)
		}
	}
	if sel < 0 && len(v.group) > len(out) && len(out) < room {
		out = append(out, len(out))
	}
	return out
}

// groupOf is the group of a pen; -1 when it has none.
func (v *View) groupOf(i int) int {
	for g := range v.group {
		for _, k := range v.group[g].pens {
			if k == i {
				return g
			}
		}
	}
	return -1
}

// alone reports whether a small view shows one lane, which needs no name: who
// shows it says what it is.
func (v *View) alone() bool { return v.Small && len(v.pens) == 1 && v.pens[0].Lane() }

func (v *View) placeLanes(r *image.Rectangle) {
	v.lanes = v.lanes[:0]
	n := 0
	for _, p := range v.pens {
		if p.Lane() && !p.look.Hidden {
			n++
		}
	}
	if n == 0 {
		return
	}
	h := v.px(laneHeight)
	var y int
	if len(v.group) > 0 {
		n = min(n, max(r.Dy()/2/h, 1))
		y = r.Max.Y - n*h
		r.Max.Y = y - v.px(6)
	} else { // nothing but lanes: they have the room, under a strip for marks
		y = r.Min.Y + v.px(stripHeight)
		h = min(max((r.Max.Y-y)/n, h), v.px(72))
		n = min(n, max((r.Max.Y-y)/h, 1))
		r.Max.Y = y
	}
	for i, p := range v.pens {
		if p.Lane() && !p.look.Hidden && len(v.lanes) < n {
			v.lanes = append(v.lanes, lane{i, image.Rect(r.Min.X, y, r.Max.X, y+h)})
			y += h
		}
	}
}

func (v *View) placeStrips(shown []int) {
	w := v.px(axisWidth)
	x, rx := v.plot.Min.X-w, v.plot.Max.X+v.px(tipWidth)
	for g := range v.group {
		v.group[g].r = v.plot
		if n := len(v.group); v.spread == stacked && n > 1 {
			gap := v.px(stackGap)
			h := v.plot.Dy() + gap
			v.group[g].r.Min.Y = v.plot.Min.Y + h*g/n
			v.group[g].r.Max.Y = v.plot.Min.Y + h*(g+1)/n - gap
		}
	}
	for _, g := range shown {
		gr := &v.group[g]
		if v.spread == stacked {
			gr.strip = image.Rect(x, gr.r.Min.Y, x+w, gr.r.Max.Y)
		} else if gr.right {
			gr.strip = image.Rect(rx, v.plot.Min.Y, rx+w, v.plot.Max.Y)
			rx += w
		} else {
			gr.strip = image.Rect(x, v.plot.Min.Y, x+w, v.plot.Max.Y)
			x -= w
		}
		v.zones = append(v.zones, zone{r: gr.strip, kind: axisZone, i: g})
	}
}

// ranges works out the range of each group for the window being painted.
func (v *View) ranges() {
	for g := range v.group {
		gr := &v.group[g]
		if a, ok := v.axes[gr.key]; ok {
			gr.ax = a
			continue
		}
		lo, hi, known := 0.0, 0.0, false
		add := func(a, b float64) {
			if !(a <= b) {
				return
			}
			if !known {
				lo, hi, known = a, b, true
				return
			}
			lo, hi = min(lo, a), max(hi, b)
		}
		configured := true
		for _, i := range gr.pens {
			configured = configured && v.pens[i].Def.HasRange()
		}
		for _, i := range gr.pens {
			if d := v.pens[i].Def; configured && !v.fitted && !v.xy.on {
				add(d.Lo, d.Hi)
			} else {
				add(v.pens[i].stats.Min, v.pens[i].stats.Max)
				add(v.ghostRange(v.pens[i]))
			}
		}
		switch {
		case !known:
			gr.ax = axis{0, 1}
			if d := v.pens[gr.pens[0]].Def; d.HasRange() {
				gr.ax = axis{d.Lo, d.Hi}
			}
		case configured && !v.fitted && !v.xy.on:
			gr.ax = axis{lo, hi}
		default:
			gr.ax = fit(lo, hi)
		}
	}
}

func (v *View) colour(i int) color.RGBA { return v.Style.Palette.Pens[v.pens[i].no-1] }

func (v *View) hit(at image.Point) zone {
	for i := len(v.zones) - 1; i >= 0; i-- {
		if at.In(v.zones[i].r) {
			return v.zones[i]
		}
	}
	for i := range v.lanes {
		if at.In(v.lanes[i].r) {
			return zone{r: v.lanes[i].r, kind: plotZone}
		}
	}
	return zone{}
}
