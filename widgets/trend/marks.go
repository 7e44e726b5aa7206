package trend

import (
	"image"
	"math"

	"penstock/widgets/paint"
)

func (v *View) paintMarks(p *paint.Painter, w Window) {
	pal := v.Style.Palette
	s := float32(v.px(9))
	y := float32(v.plot.Min.Y) - s*0.7
	last := math.MinInt
	for _, m := range v.marks {
		if m.At < w.From() || m.At > w.End {
			continue
		}
		x := v.x(w, m.At)
		if x-last < v.px(4) {
			continue // as many as can be told apart
		}
		last = x
		fx := float32(x)
		switch m.Kind {
		case MarkAlarm:
			c := pal.Alarm[min(max(m.Level, 1), 4)]
			p.FillPoly([]paint.Pt{{X: fx - s/2, Y: y - s/2}, {X: fx + s/2, Y: y - s/2}, {X: fx, Y: y + s/2}}, c)
			p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), paint.Mix(pal.Sunken, c, 0.45))
		case MarkAck:
			p.Polyline([]paint.Pt{{X: fx - s/2, Y: y}, {X: fx - s/8, Y: y + s/2}, {X: fx + s/2, Y: y - s/2}}, s/6, pal.Text)
		case MarkWrite:
			p.FillPoly([]paint.Pt{{X: fx, Y: y - s/2}, {X: fx + s/2, Y: y}, {X: fx, Y: y + s/2}, {X: fx - s/2, Y: y}}, pal.SetPt)
			p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y), paint.Mix(pal.Sunken, pal.SetPt, 0.3))
		default:
			p.FillRect(image.Rect(x-int(s/2), int(y-s/2), x+int(s/2), int(y+s/2)), pal.Dim)
		}
	}
}
