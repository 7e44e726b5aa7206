package screens

import (
	"image"

	"fyne.io/fyne/v2"

	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/paint"
)

// change shows, large, what a command would do: from this to that.
type change struct {
	pane
	s        *Station
	def      *tag.Def
	from, to string
	doubt    string // why the present value is not believed; empty when it is
}

func newChange(s *Station, d *tag.Def, from, to, doubt string) *widgets.Surface {
	f := widgets.NewSurface(&change{s: s, def: d, from: from, to: to, doubt: doubt})
	f.Least = fyne.NewSize(420, 136)
	return f
}

// Paint implements view.View.
func (v *change) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	r := image.Rectangle{Max: v.size}
	p.FillRect(r, pal.Panel)
	k.say(k.bold(15), image.Rect(0, 0, r.Max.X, k.px(22)), paint.Left, string(v.def.ID), pal.Text)
	k.say(k.font(13), image.Rect(0, k.px(22), r.Max.X, k.px(42)), paint.Left, v.def.Text, pal.Text)
	half := r.Dx() / 2
	was := image.Rect(0, k.px(50), half-k.px(22), k.px(110))
	becomes := image.Rect(half+k.px(22), k.px(50), r.Max.X, k.px(110))
	v.box(&k, was, "now", v.from, false)
	v.box(&k, becomes, "set to", v.to, true)
	cx, cy := float32(half), float32(was.Min.Y+was.Max.Y)/2
	w, h := float32(k.px(11)), float32(k.px(11))
	k.FillPoly([]paint.Pt{{X: cx - w, Y: cy - h/3}, {X: cx, Y: cy - h/3}, {X: cx, Y: cy - h}, {X: cx + w, Y: cy}, {X: cx, Y: cy + h}, {X: cx, Y: cy + h/3}, {X: cx - w, Y: cy + h/3}}, pal.Dim)
	if v.doubt != "" {
		k.say(k.bold(13), image.Rect(0, k.px(114), r.Max.X, k.px(136)), paint.Left, "The present value is not known: "+v.doubt+".", pal.Text)
	}
}

func (v *change) box(k *ink, r image.Rectangle, head, text string, strong bool) {
	pal := k.pal()
	k.FillRect(r, pal.Sunken)
	frame, ink := pal.Line, pal.Dim
	if strong {
		frame, ink = pal.Focus, pal.Text
	}
	k.StrokeRect(r, max(k.px(2), 1), frame)
	k.say(k.font(11), image.Rect(r.Min.X+k.px(10), r.Min.Y+k.px(4), r.Max.X, r.Min.Y+k.px(20)), paint.Left, head, pal.Dim)
	size := float32(22)
	for size > 12 && k.bold(size).Width(text) > r.Dx()-k.px(20) {
		size--
	}
	k.say(k.bold(size), image.Rect(r.Min.X+k.px(10), r.Min.Y+k.px(20), r.Max.X-k.px(10), r.Max.Y-k.px(4)), paint.Right, text, ink)
}
