package screens

import (
	"fmt"
	"image"

	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

// Paint implements view.View.
func (v *areaCards) Paint(p *paint.Painter) {
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	if v.all {
		p.FillRect(image.Rectangle{Max: v.size}, pal.Window)
		if len(v.cards) == 0 {
			k.say(k.font(15), image.Rectangle{Max: v.size}, paint.Center, "The project has no areas and no displays.", pal.Dim)
		}
	}
	for _, c := range v.cards {
		if v.all {
			p.FillRect(c.r, pal.Panel)
			p.StrokeRect(c.r, 1, pal.Line)
		}
		if v.all || c.dirty {
			v.paintHead(&k, c)
		}
		for _, l := range c.lines {
			if (v.all || l.dirty) && !l.r.Empty() {
				v.paintLine(&k, l)
			}
			l.dirty = false
		}
		c.dirty = false
	}
	v.all = false
}

func (v *areaCards) paintHead(k *ink, c *card) {
	pal := k.pal()
	r := image.Rect(c.r.Min.X+1, c.r.Min.Y+1, c.r.Max.X-1, c.r.Min.Y+k.px(38))
	k.FillRect(r, pal.Raised)
	in := image.Rect(r.Min.X+k.px(11), r.Min.Y, r.Max.X-k.px(11), r.Max.Y)
	if h := &c.head; h.worst.Phase > symbol.Silenced {
		hollow := h.worst.Phase == symbol.Acked || h.worst.Phase == symbol.Returned || h.worst.Phase == symbol.Unacked && !v.phase
		say := fmt.Sprint(h.active)
		if h.unacked > 0 {
			say = fmt.Sprintf("%d new of %d", h.unacked, max(h.active, h.unacked))
		}
		f := k.bold(13)
		w := f.Width(say)
		k.say(f, in, paint.Right, say, pal.Text)
		mark := image.Rect(in.Max.X-w-k.px(34), in.Min.Y, in.Max.X-w-k.px(8), in.Max.Y)
		k.Priority(k.bold(12), mark, float32(k.px(21)), int(h.worst.Priority), hollow, pal)
		in.Max.X = mark.Min.X - k.px(6)
	}
	if c.head.of > 0 {
		say := fmt.Sprintf("%d of %d running", c.head.running, c.head.of)
		k.say(k.font(12.5), in, paint.Right, say, pal.Dim)
		in.Max.X -= k.font(12.5).Width(say) + k.px(10)
	}
	k.say(k.bold(15), in, paint.Left, c.text, pal.Text)
}

func (v *areaCards) paintLine(k *ink, l *cardLine) {
	pal, d := k.pal(), l.cell.Def()
	k.FillRect(l.r, pal.Panel)
	top := image.Rect(l.r.Min.X, l.r.Min.Y+k.px(3), l.r.Max.X, l.r.Min.Y+k.px(22))
	bar := image.Rect(l.r.Min.X, top.Max.Y+k.px(4), l.r.Max.X, min(top.Max.Y+k.px(14), l.r.Max.Y-k.px(3)))
	ink := pal.Live
	switch trust(l.read.Value) {
	case refused:
		ink = pal.Bad
	case doubted:
		ink = pal.Dim
	}
	face := k.bold(14)
	unit := k.font(12)
	uw := max(unit.Width(d.Unit), k.px(30))
	k.say(unit, image.Rect(top.Max.X-uw, top.Min.Y, top.Max.X, top.Max.Y), paint.Left, d.Unit, pal.Dim)
	text := valueText(d, l.read.Value)
	vw := max(face.Width(text), k.px(52))
	val := image.Rect(top.Max.X-uw-k.px(6)-vw, top.Min.Y, top.Max.X-uw-k.px(6), top.Max.Y)
	k.say(face, val, paint.Right, text, ink)
	name := image.Rect(top.Min.X, top.Min.Y, val.Min.X-k.px(6), top.Max.Y)
	if l.alarm != nil {
		mark := image.Rect(name.Min.X, name.Min.Y, name.Min.X+k.px(20), name.Max.Y)
		k.Priority(k.bold(10), mark, float32(k.px(16)), l.alarm.Priority, !l.alarm.Phase.Flashes() || !v.phase, pal)
		name.Min.X = mark.Max.X + k.px(5)
	}
	k.say(k.font(13), name, paint.Left, d.Text, pal.Text)
	if bar.Dy() >= k.px(5) {
		k.indicator(bar, d, l.rules, v.rows, l.read.Value)
	}
}
