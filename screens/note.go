package screens

import (
	"image"

	"fyne.io/fyne/v2"

	"penstock/widgets"
	"penstock/widgets/paint"
)

// note is a painted part of a dialog: what it is about, something to be read
// character by character, and what it means.
type note struct {
	pane
	s                *Station
	head, code, text string
}

func newNote(s *Station, head, code, text string) *widgets.Surface {
	f := widgets.NewSurface(&note{s: s, head: head, code: code, text: text})
	f.Least = fyne.NewSize(420, 128)
	return f
}

// Paint implements view.View.
func (v *note) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	r := image.Rectangle{Max: v.size}
	p.FillRect(r, pal.Panel)
	y := k.paragraph(k.font(13.5), r, v.head, pal.Text) + k.px(6)
	box := image.Rect(0, y, r.Max.X, y+k.px(36))
	if v.code != "" {
		k.FillRect(box, pal.Sunken)
		k.StrokeRect(box, max(k.px(1), 1), pal.Line)
		f := k.bold(16)
		for size := float32(16); size > 9 && f.Width(v.code) > box.Dx()-k.px(16); size-- {
			f = k.bold(size)
		}
		k.say(f, box.Inset(k.px(8)), paint.Center, v.code, pal.Live)
		y = box.Max.Y + k.px(8)
	}
	k.paragraph(k.font(13), image.Rect(0, y, r.Max.X, r.Max.Y), v.text, pal.Text)
}
