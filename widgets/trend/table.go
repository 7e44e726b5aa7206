package trend

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
)

// A field is one column of the table under the plot.
type field struct {
	title string
	width float32 // units of design; 0 takes what is left
	align paint.Align
	rank  int // the higher, the sooner it gives way in a narrow view
	pair  int // the same while two cursors measure
	say   func(*View, *pen, reading) string
}

var fields = []field{
	{"Tag", 150, paint.Left, 0, 0, func(_ *View, p *pen, _ reading) string { return string(p.Def.ID) }},
	{"", 0, paint.Left, 1, 8, func(v *View, p *pen, _ reading) string { return p.Def.Text + v.roleXY(p) }},
	{"Value", 92, paint.Right, 0, 0, func(_ *View, p *pen, r reading) string {
		if !r.ok {
			return "---"
		}
		return r.text
	}},
	{"", 48, paint.Left, 0, 0, func(_ *View, p *pen, _ reading) string { return p.Def.Unit }},
	{"Quality", 136, paint.Left, 2, 9, func(_ *View, p *pen, r reading) string {
		switch { // of the past it is known only whether there was a value to use
		case r.q == tag.NoData: // nothing was ever received before that moment
			return "no data"
		case r.known:
			return r.q.String()
		case r.ok:
			return "usable"
		}
		return "no data"
	}},
	{"Time", 118, paint.Left, 3, 10, func(v *View, _ *pen, r reading) string {
		if r.at == 0 {
			return ""
		}
		t := time.Unix(0, r.at).In(v.Zone)
		if t.Format("2 Jan 2006") != time.Unix(0, v.now).In(v.Zone).Format("2 Jan 2006") {
			return t.Format("2 Jan 15:04:05")
		}
		return t.Format("15:04:05.000")
	}},
	{"Min", 76, paint.Right, 4, 4, func(v *View, p *pen, _ reading) string { return v.stat(p, func(s Stats) float64 { return s.Min }) }},
	{"Mean", 76, paint.Right, 4, 3, func(v *View, p *pen, _ reading) string { return v.stat(p, func(s Stats) float64 { return s.Mean }) }},
	{"Max", 76, paint.Right, 4, 4, func(v *View, p *pen, _ reading) string { return v.stat(p, func(s Stats) float64 { return s.Max }) }},
	{"Integral (h)", 96, paint.Right, 8, 6, func(v *View, p *pen, _ reading) string { return v.stat(p, func(s Stats) float64 { return s.Integral }) }},
	{"Then", 84, paint.Right, 3, 7, func(v *View, p *pen, _ reading) string { return v.then(p) }},
	{"Good", 62, paint.Right, 5, 5, func(v *View, p *pen, _ reading) string {
		g := math.Floor(v.statsOf(p).Good*1000) / 10
		if math.IsNaN(g) {
			return ""
		}
		return fmt.Sprintf("%.1f %%", g)
	}},
	{"Change", 84, paint.Right, 6, 1, func(v *View, p *pen, _ reading) string { return v.change(p, false) }},
	{"per min", 84, paint.Right, 7, 2, func(v *View, p *pen, _ reading) string { return v.change(p, true) }},
}

// statsOf is what a pen did between the cursors, or in the window.
func (v *View) statsOf(p *pen) Stats {
	if a, b, ok := v.hair.pair(); ok {
		return v.between(p, a, b)
	}
	return p.stats
}

// statsIn is what a pen did in a stretch of the window.
func (v *View) statsIn(p *pen, from, to int64) Stats {
	s := p.series.stats(from, to)
	if p.Def.Kind == tag.KindText {
		s.Good = p.series.wordsGood(from, to)
	}
	return s
}

func (v *View) stat(p *pen, pick func(Stats) float64) string {
	f := pick(v.statsOf(p))
	if math.IsNaN(f) || p.Lane() {
		return ""
	}
	return number(f, min(p.Def.Decimals+1, 9))
}

// change is the difference between the two cursors, or its slope.
func (v *View) change(p *pen, perMinute bool) string {
	a, b, ok := v.hair.pair()
	if !ok || p.Lane() {
		return ""
	}
	from, to := v.valueAt(p, a), v.valueAt(p, b)
	if !from.ok || !to.ok {
		return ""
	}
	d := to.v - from.v
	if perMinute {
		d /= time.Duration(b - a).Minutes()
	}
	say := number(d, min(p.Def.Decimals+1, 9))
	if d > 0 && strings.Trim(say, "0.") != "" {
		say = "+" + say
	}
	return say
}

// then is what a pen was in the stretch that is compared with, at the time of
// the reading.
func (v *View) then(p *pen) string {
	s := v.ghost.lines[p.Def.ID]
	if s == nil || p.Def.Kind == tag.KindText {
		return ""
	}
	t := v.hair.at()
	if t == 0 {
		t = min(v.window.at(v.now).End, v.now)
	}
	q := s.at(t - v.ghost.back)
	if !q.ok {
		return "---"
	}
	return p.Def.Format(scalar(p.Def, q.v))
}

// shownFields drops columns until the rest has room.
func (v *View) shownFields(room int) []field {
	out := slices.Clone(fields)
	if v.ghost.back == 0 {
		out = slices.DeleteFunc(out, func(f field) bool { return f.title == "Then" })
	}
	_, _, pair := v.hair.pair()
	for i := range out {
		if pair {
			out[i].rank = out[i].pair
		}
	}
	if !pair {
		out = slices.DeleteFunc(out, func(f field) bool { return f.rank >= 6 })
	}
	for {
		need, worst := v.px(40), 0
		for _, f := range out {
			need += v.px(f.width)
			if f.width == 0 {
				need += v.px(130)
			}
			worst = max(worst, f.rank)
		}
		if need <= room || worst == 0 {
			return out
		}
		out = slices.DeleteFunc(out, func(f field) bool { return f.rank == worst })
	}
}

func (v *View) paintTable(p *paint.Painter, w Window) {
	pal, f, small := v.Style.Palette, v.text(), v.small()
	r := v.table
	p.FillRect(r, pal.Panel)
	p.FillRect(image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+1), pal.Line)
	v.zones = slices.DeleteFunc(v.zones, func(z zone) bool { return z.kind == rowZone || z.kind == eyeZone || z.kind == dropZone })
	h := v.px(rowHeight)
	lead, tail := v.px(edge+48), v.px(edge+22)
	cols := v.shownFields(r.Dx() - lead - tail)
	flex := r.Dx() - lead - tail
	for _, c := range cols {
		flex -= v.px(c.width)
	}
	row := image.Rect(r.Min.X, r.Min.Y+v.px(3), r.Max.X, r.Min.Y+v.px(3)+h)
	v.eachField(row, lead, flex, cols, func(c field, box image.Rectangle) {
		p.TextIn(small, box, c.align, c.title, pal.Dim)
	})
	for i, pn := range v.pens {
		row = row.Add(image.Pt(0, h))
		if row.Max.Y > r.Max.Y {
			break
		}
		v.zones = append(v.zones, zone{r: row, kind: rowZone, i: i})
		if i == v.selected {
			p.FillRect(row, pal.Raised)
		}
		c := v.colour(i)
		chip := image.Rect(row.Min.X+v.px(edge), row.Min.Y+v.px(3), row.Min.X+v.px(edge+16), row.Max.Y-v.px(3))
		ink := pal.Text
		if pn.look.Hidden {
			p.StrokeRect(chip, max(v.px(1), 1), c)
			p.TextIn(v.Style.Bold.Size(11*v.scale), chip, paint.Center, fmt.Sprint(pn.no), c)
			ink = pal.Dim
		} else {
			p.FillRect(chip, c)
			p.TextIn(v.Style.Bold.Size(11*v.scale), chip, paint.Center, fmt.Sprint(pn.no), paint.Ink(c))
		}
		eye := image.Rect(chip.Max.X+v.px(4), row.Min.Y, chip.Max.X+v.px(28), row.Max.Y)
		v.zones = append(v.zones, zone{r: chip.Union(eye), kind: eyeZone, i: i})
		paintEye(p, eye, !pn.look.Hidden, v.scale, ink, pal.Dim)
		read := v.look(pn)
		v.eachField(row, lead, flex, cols, func(c field, box image.Rectangle) {
			col, face := ink, f
			switch c.title {
			case "Value":
				face = v.bold()
				if !read.ok {
					col = pal.Bad
				} else if read.q.Class() == tag.ClassUncertain {
					col = pal.Dim
				}
			case "Quality":
				if !read.ok {
					col = pal.Bad
				} else {
					col = pal.Dim
				}
			}
			p.TextIn(face, box, c.align, c.say(v, pn, read), col)
		})
		drop := image.Rect(row.Max.X-tail, row.Min.Y, row.Max.X, row.Max.Y)
		v.zones = append(v.zones, zone{r: drop, kind: dropZone, i: i})
		toolbar.Draw(p, drop, toolbar.Cross, 8*v.scale, pal.Dim)
	}
}

func (v *View) eachField(row image.Rectangle, lead, flex int, cols []field, each func(field, image.Rectangle)) {
	x := row.Min.X + lead
	for _, c := range cols {
		w := v.px(c.width)
		if c.width == 0 {
			w = max(flex, 0)
		}
		each(c, image.Rect(x, row.Min.Y, x+w-v.px(8), row.Max.Y))
		x += w
	}
}

// paintEye draws whether a pen is shown: an open or a crossed-out eye.
func paintEye(p *paint.Painter, r image.Rectangle, open bool, scale float32, on, off color.RGBA) {
	cx, cy := float32(r.Min.X+r.Max.X)/2, float32(r.Min.Y+r.Max.Y)/2
	w, h := 6.5*scale, 3.6*scale
	c := on
	if !open {
		c = off
	}
	pts := []paint.Pt{{X: cx - w, Y: cy}, {X: cx - w/2, Y: cy - h}, {X: cx + w/2, Y: cy - h}, {X: cx + w, Y: cy}, {X: cx + w/2, Y: cy + h}, {X: cx - w/2, Y: cy + h}}
	p.StrokePoly(pts, 1.1*scale, c)
	if open {
		p.FillCircle(cx, cy, 2*scale, c)
	} else {
		p.Line(paint.Pt{X: cx - w, Y: cy + h + 1}, paint.Pt{X: cx + w, Y: cy - h - 1}, 1.3*scale, c)
	}
}
