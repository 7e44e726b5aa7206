package screens

import (
	"image"
	"time"

	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// paintHead writes whose faceplate it is, with the ways to pin and to close
// it. One takes it there to move it.
func (v *plateFace) paintHead(k *ink, r image.Rectangle) int {
	pal := k.pal()
	line := image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24))
	cross := image.Rect(line.Max.X-k.px(18), line.Min.Y, line.Max.X, line.Max.Y)
	v.zone(k, cross, plateZone{open: func() { v.s.plates.hide(v.plate) }})
	toolbar.Draw(k.Painter, cross, toolbar.Cross, float32(k.px(12)), pal.Text)
	word := "Pin"
	if v.plate.pinned() {
		word = "Unpin"
	}
	f := k.font(12.5)
	pin := cross
	pin.Max.X = cross.Min.X - k.px(14)
	pin.Min.X = pin.Max.X - f.Width(word) - k.px(20)
	v.zone(k, pin, plateZone{open: func() { v.s.plates.pin(v.plate) }})
	paintPin(k, image.Rect(pin.Min.X, pin.Min.Y, pin.Min.X+k.px(16), pin.Max.Y), v.plate.pinned())
	k.say(f, pin, paint.Right, word, pal.Text)

	size, name := float32(17), string(v.def.ID)
	room := pin.Min.X - k.px(10) - line.Min.X
	for size > 12 && k.bold(size).Width(name) > room {
		size--
	}
	k.say(k.bold(size), image.Rect(line.Min.X, line.Min.Y, line.Min.X+room, line.Max.Y), paint.Left, name, pal.Text)
	y := k.paragraph(k.font(13.5), image.Rect(r.Min.X, r.Min.Y+k.px(26), r.Max.X, r.Min.Y+k.px(70)), v.def.Text, pal.Text)
	v.head = y
	return y
}

// paintPin draws a pin from the side, upright in the board when it holds.
func paintPin(k *ink, r image.Rectangle, holds bool) {
	c := paint.Pt{X: float32(r.Min.X+r.Max.X) / 2, Y: float32(r.Min.Y+r.Max.Y) / 2}
	u := float32(k.px(10)) / 10
	if !holds {
		k.Turn(c, 45)
		defer k.Upright()
	}
	at := func(x, y float32) paint.Pt { return paint.Pt{X: c.X + x*u, Y: c.Y + y*u} }
	ink := k.pal().Text
	k.FillPoly([]paint.Pt{at(-2.5, -6), at(2.5, -6), at(2.2, -1), at(4, 1), at(-4, 1), at(-2.2, -1)}, ink)
	k.Line(at(0, 1), at(0, 6), max(u*1.2, 1), ink)
}

// measure is how high the content without the origin is at a width, pixels.
func (v *plateFace) measure(width int, scale float32, now time.Time) float32 {
	v.Layout(image.Pt(width, 1), scale)
	v.Frame(now)
	var p paint.Painter // it has no picture: nothing is painted
	p.Reset(image.NewRGBA(image.Rectangle{}), image.Rectangle{})
	v.Paint(&p)
	v.scroll = 0
	return float32(v.brief)
}

// Press implements view.Presser.
func (v *plateFace) Press(view.Pointer) { v.s.plates.raise(v.plate) }

// Release implements view.Presser.
func (v *plateFace) Release(view.Pointer) {}

// DragStart takes the faceplate by its head.
func (v *plateFace) DragStart(at view.Pointer) {
	if v.taken = at.At.Y+v.scroll < v.head && v.hit(at.At) < 0; v.taken {
		v.s.plates.float(v.plate)
		v.from, v.plate.grabbed = at.At, v.plate.panel.Position()
	}
}

// Drag moves it inside the page. Where it was pressed counts: Fyne says where
// the pointer is as if the faceplate had stayed.
func (v *plateFace) Drag(at view.Pointer) {
	if v.taken {
		d := at.At.Sub(v.from)
		v.plate.at = v.plate.grabbed.AddXY(float32(d.X)/v.scale, float32(d.Y)/v.scale)
		v.s.plates.layer.Refresh()
	}
}

// DragEnd leaves it where it is.
func (v *plateFace) DragEnd() {
	if v.taken {
		v.taken = false
		v.plate.at = v.plate.panel.Position()
	}
}

// Cursor implements view.Cursorer.
func (v *plateFace) Cursor() view.Cursor {
	if v.over >= 0 {
		return view.Hand
	}
	return view.Arrow
}
