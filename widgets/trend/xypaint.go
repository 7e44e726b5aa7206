package trend

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"penstock/widgets/paint"
)

// age is the colour of a moment of the window: from blue over green to orange,
// which people who see no red or no green tell apart too, and ever darker.
func (v *View) age(k float64) color.RGBA {
	pens := &v.Style.Palette.Pens
	if k < 0.5 {
		return paint.Mix(paint.Mix(v.Style.Palette.Sunken, pens[0], 0.75), pens[1], float32(max(k, 0)*2))
	}
	return paint.Mix(pens[1], pens[2], float32(min(k, 1)*2-1))
}

// paintXY draws the selected pen against the one along the bottom.
func (v *View) paintXY(p *paint.Painter, w Window) {
	a, b, ok := v.xyPens()
	v.xy.dots = v.xy.dots[:0]
	if !ok || len(v.group) == 0 {
		p.TextIn(v.text(), v.plot, paint.Center, "A pen against another needs two pens that are lines.", v.Style.Palette.Dim)
		return
	}
	v.rangeXY(v.pens[a])
	v.pair(w, v.pens[a], v.pens[b])
	v.gridXY(p)
	v.acrossTicks(p, a)
	before := p.SetClip(v.plot.Intersect(p.Clip()))
	share := func(t int64) float64 { return float64(t-w.From()) / float64(w.Span) }
	thin := max(v.scale, 1)
	var px, py float64
	for i, d := range v.xy.dots {
		x, y := v.spotXY(d)
		if d.joined && i > 0 && math.Abs(x-px)+math.Abs(y-py) < 4*float64(v.plot.Dx()) {
			c := paint.Mix(v.Style.Palette.Sunken, v.age(share(d.t)), 0.45)
			p.Line(paint.Pt{X: float32(px), Y: float32(py)}, paint.Pt{X: float32(x), Y: float32(y)}, thin, c)
		}
		px, py = x, y
	}
	s := max(v.px(4), 3)
	for _, d := range v.xy.dots {
		x, y := v.spotXY(d)
		at := image.Pt(int(x)-s/2, int(y)-s/2)
		p.FillRect(image.Rectangle{Min: at, Max: at.Add(image.Pt(s, s))}, v.age(share(d.t)))
	}
	v.markXY(p)
	p.SetClip(before)
	v.stripXY(p, w)
}

// gridXY draws the round values of both axes.
func (v *View) gridXY(p *paint.Painter) {
	pal, g := v.Style.Palette, &v.group[0]
	grid := paint.Mix(pal.Sunken, pal.Line, 0.55)
	at, _ := g.ax.ticks(v.ticksIn(g.r.Dy()))
	for _, val := range at {
		y := g.r.Min.Y + int(math.Round(g.ax.y(val, g.r.Dy())))
		p.FillRect(image.Rect(g.r.Min.X, y, g.r.Max.X, y+1).Intersect(g.r), grid)
	}
	at, _ = v.xy.ax.ticks(max(v.plot.Dx()/v.px(90), 2))
	for _, val := range at {
		x := v.acrossX(val)
		p.FillRect(image.Rect(x, v.plot.Min.Y, x+1, v.plot.Max.Y).Intersect(v.plot), grid)
	}
}

func (v *View) acrossX(val float64) int {
	return v.plot.Min.X + int(math.Round((val-v.xy.ax.lo)/(v.xy.ax.hi-v.xy.ax.lo)*float64(v.plot.Dx())))
}

// acrossTicks writes the values along the bottom, and whose they are.
func (v *View) acrossTicks(p *paint.Painter, a int) {
	f, c := v.small(), v.colour(a)
	at, digits := v.xy.ax.ticks(max(v.plot.Dx()/v.px(90), 2))
	y := v.plot.Max.Y
	p.FillRect(image.Rect(v.plot.Min.X, y, v.plot.Max.X, y+1), c)
	for _, val := range at {
		x, s := v.acrossX(val), number(val, digits)
		half := f.Width(s)/2 + 2
		p.FillRect(image.Rect(x, y, x+1, y+v.px(4)), c)
		p.TextIn(f, image.Rect(x-half, y+v.px(4), x+half, y+v.px(4)+f.Height()), paint.Center, s, c)
	}
	d := v.pens[a].Def
	say := string(d.ID) + "  " + d.Text
	if d.Unit != "" {
		say += "  (" + d.Unit + ")"
	}
	p.TextIn(v.Style.Bold.Size(11*v.scale), image.Rect(v.plot.Min.X, y+v.px(4)+f.Height(), v.plot.Max.X, y+v.px(5)+2*f.Height()), paint.Center, say, c)
}

// markXY rings the dots at the cursors and says how well the pens go together.
func (v *View) markXY(p *paint.Painter) {
	pal := v.Style.Palette
	for _, t := range []int64{v.hair.a, v.hair.b, v.hair.hover} {
		for _, d := range v.xy.dots {
			if t != 0 && d.t == t {
				x, y := v.spotXY(d)
				p.StrokeCircle(float32(x), float32(y), 6*v.scale, 1.6*v.scale, pal.Text)
			}
		}
	}
	if n := len(v.xy.dots); n > 0 { // where it is now
		x, y := v.spotXY(v.xy.dots[n-1])
		p.FillCircle(float32(x), float32(y), 4.5*v.scale, pal.Text)
		p.FillCircle(float32(x), float32(y), 3*v.scale, v.age(1))
	}
	say := fmt.Sprintf("%d points", len(v.xy.dots))
	if slope, offset, r, ok := v.xy.regression(); ok {
		say += fmt.Sprintf(", y = %.4g x %+.4g, r = %.3f", slope, offset, r)
	}
	f := v.small()
	box := image.Rect(v.plot.Max.X-f.Width(say)-v.px(16), v.plot.Min.Y+v.px(6), v.plot.Max.X-v.px(6), v.plot.Min.Y+v.px(10)+f.Height())
	p.FillRect(box, pal.Panel)
	p.TextIn(f, box, paint.Center, say, pal.Text)
}

// stripXY draws the colours of time over the axis of time.
func (v *View) stripXY(p *paint.Painter, w Window) {
	r := v.xy.strip
	for x := r.Min.X; x < r.Max.X; x++ {
		p.FillRect(image.Rect(x, r.Min.Y, x+1, r.Max.Y), v.age(float64(x-r.Min.X)/float64(max(r.Dx(), 1))))
	}
	for _, t := range []int64{v.hair.a, v.hair.b, v.hair.hover} {
		if x := v.x(w, t); t != 0 && x >= r.Min.X && x < r.Max.X {
			p.FillRect(image.Rect(x-1, r.Min.Y-v.px(3), x+1, r.Max.Y+v.px(3)), v.Style.Palette.Text)
		}
	}
}
