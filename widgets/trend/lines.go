package trend

import (
	"fmt"
	"image"
	"image/color"
	"sort"

	"penstock/widgets/paint"
)

// lineEnd is until when the last value of a pen is held.
func (v *View) lineEnd(s *series, w Window) int64 {
	if w.Live && len(s.tail) > 0 {
		return min(v.now, w.End)
	}
	return min(v.now, w.End, s.to)
}

func (v *View) paintPens(p *paint.Painter, w Window) {
	var tips []tip
	order := make([]int, 0, len(v.pens))
	for i, pn := range v.pens {
		if i != v.selected && !pn.look.Hidden && !pn.Lane() {
			order = append(order, i)
		}
	}
	if v.selected >= 0 && !v.pens[v.selected].look.Hidden && !v.pens[v.selected].Lane() {
		order = append(order, v.selected)
	}
	for _, i := range order {
		pn := v.pens[i]
		g := v.groupOf(i)
		r := v.group[g].r
		v.cols.steps, v.cols.joined = pn.steps(), pn.joined
		v.cols.start(r.Dx(), r.Dy(), w.From(), w.End, v.group[g].ax)
		end := v.lineEnd(&pn.series, w)
		pn.series.walk(w.From(), end, v.cols.add)
		v.cols.end(end)
		thick := 1.5 * v.scale
		if i == v.selected && len(v.pens) > 1 {
			thick = 2.3 * v.scale
		}
		if i == v.selected {
			v.paintGaps(p, r)
		}
		if pn.look.Line != Dots {
			v.cols.ink(p.Image(), p.Clip(), r, thick, v.colour(i))
		}
		if pn.look.Line == Dots || v.cols.sparse() {
			v.cols.dots(p, r, max(v.px(3), 2), v.colour(i))
		}
		if v.cols.prev.ok && v.cols.begun {
			tips = append(tips, tip{i, r.Min.Y + int(v.cols.y(v.cols.prev.v))})
		}
	}
	v.paintTips(p, tips)
}

// paintGaps hatches where the selected pen is known to have no usable value.
func (v *View) paintGaps(p *paint.Painter, r image.Rectangle) {
	pal := v.Style.Palette
	start := -1
	for i := 0; i <= len(v.cols.cols); i++ {
		gap := i < len(v.cols.cols) && v.cols.cols[i].gap && !v.cols.cols[i].on
		if gap && start < 0 {
			start = i
		}
		if !gap && start >= 0 {
			hatch(p, image.Rect(r.Min.X+start, r.Min.Y, r.Min.X+i, r.Max.Y), v.px(14), paint.Mix(pal.Sunken, pal.Bad, 0.22))
			start = -1
		}
	}
}

func hatch(p *paint.Painter, r image.Rectangle, step int, c color.RGBA) {
	before := p.SetClip(r.Intersect(p.Clip()))
	defer p.SetClip(before)
	clip := p.Clip()
	if clip.Empty() {
		return
	}
	img := p.Image()
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		for x := clip.Min.X + int(mod(int64(-(clip.Min.X+y)), int64(step))); x < clip.Max.X; x += step {
			img.SetRGBA(x, y, c)
		}
	}
}

// tip is the number at the end of a line: lines can be told apart without
// their colours.
type tip struct{ pen, y int }

func (v *View) paintTips(p *paint.Painter, tips []tip) {
	if v.Small || len(tips) == 0 {
		return
	}
	sort.Slice(tips, func(a, b int) bool { return tips[a].y < tips[b].y })
	f := v.Style.Bold.Size(11 * v.scale)
	h := f.Height()
	y := v.plot.Min.Y
	for i := range tips {
		tips[i].y = max(tips[i].y-h/2, y)
		y = tips[i].y + h + 1
	}
	if over := y - (v.plot.Max.Y + h/2); over > 0 {
		y = v.plot.Max.Y + h/2
		for i := len(tips) - 1; i >= 0; i-- {
			tips[i].y = min(tips[i].y, y-h-1)
			y = tips[i].y
		}
	}
	for _, t := range tips {
		c := v.colour(t.pen)
		r := image.Rect(v.plot.Max.X+v.px(3), t.y, v.plot.Max.X+v.px(tipWidth-2), t.y+h)
		p.FillRect(r, c)
		p.TextIn(f, r, paint.Center, fmt.Sprint(v.pens[t.pen].no), paint.Ink(c))
	}
}
