package paint

import (
	"image"
	"image/color"
)

// PriorityLetters are what stands in the mark of each alarm priority.
var PriorityLetters = [5]string{"", "1", "2", "3", "4"}

// Priority draws the mark of an alarm priority in the middle of r, size s: a
// shape, a letter and a colour, so that it is told by any of the three.
// 1 is a square, 2 a triangle, 3 a triangle on its tip, 4 a disc. A hollow
// mark is an alarm somebody has acknowledged.
func (p *Painter) Priority(f *Font, r image.Rectangle, s float32, level int, hollow bool, pal *Palette) {
	if level < 1 || level > 4 {
		return
	}
	cx, cy := float32(r.Min.X+r.Max.X)/2, float32(r.Min.Y+r.Max.Y)/2
	c := pal.Alarm[level]
	ink := Ink(c)
	if hollow {
		ink = c
	}
	h := s / 2
	var pts []Pt
	drop := float32(0) // of the letter, so that it sits in the wide part
	switch level {
	case 1:
		pts = []Pt{{cx - h*.88, cy - h*.88}, {cx + h*.88, cy - h*.88}, {cx + h*.88, cy + h*.88}, {cx - h*.88, cy + h*.88}}
	case 2:
		pts = []Pt{{cx, cy - h}, {cx + h*1.12, cy + h*.88}, {cx - h*1.12, cy + h*.88}}
		drop = h * .28
	case 3:
		pts = []Pt{{cx - h*1.12, cy - h*.88}, {cx + h*1.12, cy - h*.88}, {cx, cy + h}}
		drop = -h * .3
	case 4:
		if hollow {
			p.StrokeCircle(cx, cy, h, max(s/9, 1.2), c)
		} else {
			p.FillCircle(cx, cy, h, c)
		}
	}
	if level != 4 {
		if hollow {
			p.StrokePoly(pts, max(s/9, 1.2), c)
		} else {
			p.FillPoly(pts, c)
		}
	}
	if f != nil {
		p.letter(f, cx, cy+drop, PriorityLetters[level], ink)
	}
}

func (p *Painter) letter(f *Font, cx, cy float32, s string, c color.RGBA) {
	w := f.Width(s)
	p.Text(f, round(cx-float32(w)/2), round(cy+float32(f.Cap)/2), s, c)
}
