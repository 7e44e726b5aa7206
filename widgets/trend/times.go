package trend

import (
	"fmt"
	"image"
	"time"

	"penstock/widgets/paint"
)

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

// paintCompared says what the paler lines are.
func (v *View) paintCompared(p *paint.Painter) {
	from, ok := v.Compared()
	if !ok || v.Small || v.xy.on {
		return
	}
	f, pal := v.small(), v.Style.Palette
	say := "paler: from " + time.Unix(0, from).In(v.Zone).Format("Mon 2 Jan 2006 15:04:05")
	box := image.Rect(v.plot.Max.X-f.Width(say)-v.px(16), v.plot.Max.Y-f.Height()-v.px(10), v.plot.Max.X-v.px(6), v.plot.Max.Y-v.px(6))
	p.FillRect(box, pal.Panel)
	p.TextIn(f, box, paint.Center, say, pal.Text)
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
