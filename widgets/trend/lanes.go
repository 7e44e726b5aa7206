package trend

import (
	"image"

	"penstock/app/tag"
	"penstock/widgets/paint"
)

// laneBar is what a lane shows of one stretch of time.
type laneBar struct {
	from, to int64
	text     string
	on       bool // the stronger of two shades
	bad      bool // nothing usable is known
}

// bars hands over what the lane of a pen shows from left to right.
func (v *View) bars(pn *pen, w Window, emit func(laneBar)) {
	end := v.lineEnd(&pn.series, w)
	if pn.Def.Kind == tag.KindText {
		v.wordBars(pn, w, end, emit)
		return
	}
	var prev point
	begun := false
	close := func(until int64) {
		b := laneBar{from: max(prev.t, w.From()), to: until, bad: !prev.ok, on: prev.v != 0}
		if prev.ok {
			b.text = pn.Def.Format(scalar(pn.Def, prev.v))
		}
		emit(b)
	}
	pn.series.walk(w.From(), end, func(q point) {
		if begun && q.v == prev.v && q.ok == prev.ok {
			return
		}
		if begun {
			close(q.t)
		}
		prev, begun = q, true
	})
	if begun {
		close(end)
	}
}

// wordBars is bars of a text: every other one is shaded.
func (v *View) wordBars(pn *pen, w Window, end int64, emit func(laneBar)) {
	var prev word
	begun, odd := false, false
	close := func(until int64) {
		emit(laneBar{from: max(prev.t, w.From()), to: until, text: prev.text, bad: !prev.ok, on: odd})
		odd = !odd
	}
	pn.series.words(w.From(), end, func(k word) {
		if begun && k.text == prev.text && k.ok == prev.ok {
			return
		}
		if begun {
			close(k.t)
		}
		prev, begun = k, true
	})
	if begun {
		if m := pn.series.more; m != 0 && m < end { // from there on too many to read
			close(m)
			emit(laneBar{from: m, to: end, text: "more than can be shown, zoom in", on: odd})
			return
		}
		close(end)
	}
}

func (v *View) paintLanes(p *paint.Painter, w Window) {
	pal, f := v.Style.Palette, v.small()
	for _, l := range v.lanes {
		pn := v.pens[l.pen]
		r := image.Rect(l.r.Min.X, l.r.Min.Y+v.px(2), l.r.Max.X, l.r.Max.Y)
		p.FillRect(r, pal.Sunken)
		if !v.alone() {
			name := image.Rect(v.px(edge), r.Min.Y, r.Min.X-v.px(6), r.Max.Y)
			p.TextIn(f, name, paint.Right, string(pn.Def.ID), v.colour(l.pen))
		}
		v.bars(pn, w, func(b laneBar) {
			x0, x1 := max(v.x(w, b.from), r.Min.X), min(v.x(w, b.to), r.Max.X)
			if x1 <= x0 {
				return
			}
			box := image.Rect(x0, r.Min.Y, x1, r.Max.Y)
			if b.bad {
				hatch(p, box, v.px(7), paint.Mix(pal.Sunken, pal.Bad, 0.5))
				return
			}
			c := paint.Mix(pal.Sunken, v.colour(l.pen), 0.18)
			if b.on {
				c = paint.Mix(pal.Sunken, v.colour(l.pen), 0.6)
			}
			p.FillRect(box, c)
			p.FillRect(image.Rect(x0, r.Min.Y, x0+1, r.Max.Y), pal.Sunken)
			if box.Dx() > f.Width(b.text)+v.px(6) || pn.Def.Kind == tag.KindText && box.Dx() > v.px(36) {
				p.TextIn(f, box.Inset(v.px(3)), paint.Left, b.text, paint.Ink(c))
			}
		})
	}
}
