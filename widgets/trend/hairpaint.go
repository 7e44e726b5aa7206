package trend

import (
	"image"
	"image/color"

	"penstock/widgets/paint"
)

func (v *View) paintHairs(p *paint.Painter, w Window) {
	pal := v.Style.Palette
	a, b, both := v.hair.pair()
	if both && !v.Small {
		r := image.Rect(v.x(w, a), v.plot.Min.Y, v.x(w, b), v.plot.Max.Y).Intersect(v.plot)
		p.FillRect(r, color.RGBA{pal.Focus.R / 9, pal.Focus.G / 9, pal.Focus.B / 9, 28})
	}
	for i, t := range [...]int64{v.hair.a, v.hair.b, v.hair.hover} {
		if t != 0 {
			v.paintHair(p, w, t, [...]string{"A  ", "B  ", ""}[i])
		}
	}
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
