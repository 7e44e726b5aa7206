package trend

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"penstock/widgets/paint"
)

func (v *View) paintHairs(p *paint.Painter, w Window) {
	pal := v.Style.Palette
	a, b, both := v.hair.pair()
	if both && !v.Small {
		r := image.Rect(v.x(w, a), v.plot.Min.Y, v.x(w, b), v.plot.Max.Y).Intersect(v.plot)
		p.FillRect(r, color.RGBA{pal.Focus.R / 9, pal.Focus.G / 9, pal.Focus.B / 9, 28})
		f, say := v.small(), lasting(b-a)
		wide, mid := f.Width(say)+v.px(12), (r.Min.X+r.Max.X)/2
		left := min(max(mid-wide/2, v.plot.Min.X), max(v.plot.Max.X-wide, v.plot.Min.X))
		box := image.Rect(left, v.plot.Max.Y-f.Height()-v.px(8), left+wide, v.plot.Max.Y-v.px(4))
		p.FillRect(box, pal.Panel)
		p.TextIn(f, box, paint.Center, say, pal.Text)
	}
	for i, t := range [...]int64{v.hair.a, v.hair.b, v.hair.hover} {
		if t != 0 {
			v.paintHair(p, w, t, [...]string{"A  ", "B  ", ""}[i])
		}
	}
}

// lasting writes how long a stretch between two cursors is.
func lasting(d int64) string {
	t := time.Duration(d)
	switch {
	case t < 10*time.Second:
		return t.Round(time.Millisecond).String()
	case t < 48*time.Hour:
		h, m, s := int(t.Hours()), int(t.Minutes())%60, int(t.Seconds())%60
		if h > 0 {
			return fmt.Sprintf("%d h %02d min %02d s", h, m, s)
		}
		return fmt.Sprintf("%d min %02d s", m, s)
	}
	return fmt.Sprintf("%d d %d h %02d min", int(t.Hours())/24, int(t.Hours())%24, int(t.Minutes())%60)
}

func (v *View) paintHair(p *paint.Painter, w Window, t int64, name string) {
	x := v.x(w, t)
	if x < v.plot.Min.X || x >= v.plot.Max.X {
		return
	}
	pal, f := v.Style.Palette, v.small()
	p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.bottom()), pal.Text)
	for i, pn := range v.pens {
		g := v.groupOf(i)
		if g < 0 || pn.look.Hidden {
			continue
		}
		q := v.valueAt(pn, t)
		if !q.ok {
			continue
		}
		r := v.group[g].r
		y := min(max(v.group[g].ax.y(q.v, r.Dy()), 0), float64(r.Dy()))
		p.FillCircle(float32(x)+0.5, float32(r.Min.Y)+float32(y), 3.2*v.scale, v.colour(i))
	}
	label := name + clock(t, w.Span, v.Zone)
	tw := f.Width(label) + v.px(10)
	left := min(max(x-tw/2, 0), v.size.X-tw)
	y := v.bottom()
	box := image.Rect(left, y+v.px(2), left+tw, y+v.px(4)+f.Height())
	p.FillRect(box, pal.Text)
	p.TextIn(f, box, paint.Center, label, paint.Ink(pal.Text))
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
