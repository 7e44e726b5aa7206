package trend

import (
	"image"

	"penstock/widgets/paint"
)

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
