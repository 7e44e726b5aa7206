package rows

import (
	"fmt"
	"image"
	"image/color"

	"penstock/widgets/paint"
)

// Paint paints the rows that changed.
func (v *View[K]) Paint(p *paint.Painter) {
	pal := v.Style.Palette
	body := image.Rect(0, v.head, v.size.X, v.size.Y)
	if v.all {
		v.paintHead(p)
	}
	before := p.SetClip(body.Intersect(p.Clip()))
	first := v.first()
	y0 := v.head - v.scroll%max(v.height, 1)
	for i := range v.slots {
		if v.all || v.slots[i].dirty {
			v.paintRow(p, first+i, &v.slots[i], image.Rect(0, y0+i*v.height, v.size.X, y0+(i+1)*v.height))
			v.slots[i].dirty = false
		}
	}
	if len(v.order) == 0 {
		p.FillRect(body, pal.Sunken)
		p.TextIn(v.Style.Regular.Size(13*v.scale), image.Rect(0, v.head, v.size.X, min(v.head+v.px(120), v.size.Y)), paint.Center, v.Empty, pal.Dim)
	}
	v.paintScroll(p)
	v.paintHeld(p)
	if v.focused { // rows that are painted alone have run over it
		p.StrokeRect(body, max(v.px(1), 1), pal.Focus)
	}
	p.SetClip(before)
	v.all = false
}

func (v *View[K]) paintHead(p *paint.Painter) {
	pal := v.Style.Palette
	f := v.Style.Bold.Size(11.5 * v.scale)
	p.FillRect(image.Rect(0, 0, v.size.X, v.head), pal.Panel)
	p.FillRect(image.Rect(0, v.head-1, v.size.X, v.head), pal.Line)
	for n, c := range v.columns {
		col := v.Columns[c.i]
		r := image.Rect(c.x, 0, c.x+c.w-v.px(8), v.head)
		if n > 0 {
			x := c.x - v.px(4)
			p.FillRect(image.Rect(x, v.px(6), x+1, v.head-v.px(6)), pal.Line)
		}
		ink := pal.Dim
		if col.ID != "" && col.ID == v.sortBy {
			ink = pal.Text
			x := float32(r.Max.X - v.px(4))
			if w := f.Width(col.Title); col.Align == paint.Left {
				x = float32(min(r.Min.X+w+v.px(9), r.Max.X-v.px(4)))
			}
			r.Max.X = max(r.Max.X-v.px(12), r.Min.X)
			s, y := 3.5*v.scale, float32(v.head)/2
			if v.down {
				p.FillPoly([]paint.Pt{{X: x - s, Y: y - s*.7}, {X: x + s, Y: y - s*.7}, {X: x, Y: y + s}}, ink)
			} else {
				p.FillPoly([]paint.Pt{{X: x - s, Y: y + s*.7}, {X: x + s, Y: y + s*.7}, {X: x, Y: y - s}}, ink)
			}
		}
		p.TextIn(f, r, col.Align, col.Title, ink)
	}
}

// lit reports whether a blinking mark is in its bright half.
func (v *View[K]) lit(r *Row) bool {
	if r.Fade {
		return v.phase < 2
	}
	return v.phase&1 == 0
}

func (v *View[K]) paintRow(p *paint.Painter, i int, s *slot[K], r image.Rectangle) {
	pal := v.Style.Palette
	ground := pal.Sunken
	if i&1 == 1 {
		ground = paint.Mix(pal.Sunken, pal.Panel, 0.55)
	}
	if !s.used || i >= len(v.order) {
		p.FillRect(r, pal.Sunken)
		return
	}
	row := &s.row
	ink, face := pal.Text, v.Style.Regular
	switch row.Tone {
	case Dim:
		ink = pal.Dim
	case Strong:
		face = v.Style.Bold
	case Wrong:
		ink = pal.Bad
	}
	if s.gone {
		ink = pal.Line
	}
	if _, chosen := v.chosen[s.key]; chosen {
		ground = paint.Mix(ground, pal.Focus, 0.32)
	} else if i == v.hover {
		ground = paint.Mix(ground, pal.Text, 0.07)
	}
	if row.Flash && v.lit(row) && row.Mark > 0 && !s.gone {
		ground = paint.Mix(ground, pal.Alarm[row.Mark], 0.28)
	}
	p.FillRect(r, ground)
	p.FillRect(image.Rect(r.Min.X, r.Max.Y-1, r.Max.X, r.Max.Y), paint.Mix(ground, pal.Line, 0.5))
	if row.Mark > 0 && row.Mark <= 4 && !s.gone {
		bar := pal.Alarm[row.Mark]
		if row.Hollow {
			bar = paint.Mix(ground, bar, 0.55)
		}
		p.FillRect(image.Rect(0, r.Min.Y, v.px(4), r.Max.Y-1), bar)
	}
	if v.focused && i == v.at {
		p.StrokeRect(image.Rect(r.Min.X, r.Min.Y, r.Max.X-v.px(12), r.Max.Y-1), max(v.px(1.4), 1), pal.Focus)
	}
	f := face.Size(13 * v.scale)
	badge := row.Badge
	for _, c := range v.columns {
		col := v.Columns[c.i]
		box := image.Rect(c.x+v.px(3), r.Min.Y, c.x+c.w-v.px(8), r.Max.Y-1)
		if col.Mark {
			if row.Mark > 0 && !s.gone {
				mark := image.Rect(box.Min.X, box.Min.Y, box.Min.X+v.px(22), box.Max.Y)
				hollow := row.Hollow || row.Flash && !v.lit(row)
				p.Priority(v.Style.Bold.Size(10*v.scale), mark, 17*v.scale, row.Mark, hollow, pal)
				box.Min.X = mark.Max.X + v.px(6)
			}
		} else if badge != "" && col.Width == 0 {
			box.Min.X = v.badge(p, box, badge, ground)
			badge = ""
		}
		if c.i < len(row.Cells) {
			p.TextIn(f, box, col.Align, row.Cells[c.i], ink)
		}
	}
}

// badge draws a word in a box and returns where the text after it starts.
func (v *View[K]) badge(p *paint.Painter, box image.Rectangle, word string, ground color.RGBA) int {
	pal := v.Style.Palette
	f := v.Style.Regular.Size(11 * v.scale)
	w := f.Width(word) + v.px(10)
	r := image.Rect(box.Min.X, box.Min.Y+v.px(4), box.Min.X+w, box.Max.Y-v.px(3))
	p.FillRect(r, paint.Mix(ground, pal.Text, 0.1))
	p.StrokeRect(r, max(v.px(1), 1), pal.Dim)
	p.TextIn(f, r, paint.Center, word, pal.Text)
	return r.Max.X + v.px(6)
}

// track is where the scroll bar runs, and its handle.
func (v *View[K]) track() (track, handle image.Rectangle) {
	track = image.Rect(v.size.X-v.px(11), v.head, v.size.X, v.size.Y)
	total := len(v.order) * v.height
	if total <= track.Dy() || track.Dy() <= 0 {
		return track, image.Rectangle{}
	}
	h := max(track.Dy()*track.Dy()/total, v.px(24))
	y := track.Min.Y + int(int64(v.scroll)*int64(track.Dy()-h)/int64(total-track.Dy()))
	return track, image.Rect(track.Min.X+v.px(2), y, track.Max.X-v.px(2), y+h)
}

func (v *View[K]) paintScroll(p *paint.Painter) {
	track, handle := v.track()
	if handle.Empty() {
		return
	}
	pal := v.Style.Palette
	p.FillRect(track, paint.Mix(pal.Panel, pal.Sunken, 0.4))
	c := pal.Line
	if v.drag == scrollDrag {
		c = pal.Dim
	}
	p.FillRect(handle, c)
}

// paintHeld says at the foot that a newer order waits.
func (v *View[K]) paintHeld(p *paint.Painter) {
	if v.waiting == nil {
		return
	}
	say := "order held while you point"
	if v.news == 1 {
		say = "1 new row, " + say
	} else if v.news > 1 {
		say = fmt.Sprintf("%d new rows, %s", v.news, say)
	}
	pal := v.Style.Palette
	f := v.Style.Regular.Size(12 * v.scale)
	w := f.Width(say) + v.px(24)
	x := (v.size.X - w) / 2
	r := image.Rect(x, v.size.Y-v.px(32), x+w, v.size.Y-v.px(8))
	p.FillRect(r, pal.Text)
	p.TextIn(f, r, paint.Center, say, paint.Ink(pal.Text))
}
