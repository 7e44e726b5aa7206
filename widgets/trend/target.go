package trend

import (
	"image"
	"math"

	"penstock/widgets/paint"
)

// target is the set point of the selected pen over the window.
type target struct {
	fetch fetcher
	of    *Target
	line  series
}

// frameTarget follows the set point of the selected pen.
func (v *View) frameTarget() {
	g := &v.target
	var of *Target
	if v.selected >= 0 && v.selected < len(v.pens) && !v.Small {
		of = v.pens[v.selected].Target
	}
	if of == nil || g.of == nil || of.ID != g.of.ID {
		g.line, g.fetch.asked = series{}, question{}
	}
	if g.of = of; of == nil || v.plot.Dx() <= 0 {
		return
	}
	if v.Read != nil && g.line.add(v.Read(of.ID)) && v.window.Live {
		v.dirty = true
	}
	for _, a := range g.fetch.take() {
		if a.kind == rangeAnswer && a.err == nil {
			g.line.take(g.fetch.asked, a.stretch)
			v.dirty = true
		}
	}
	w := v.window.at(v.now)
	if !g.fetch.asked.covers(w, min(w.End, v.now-v.refreshEvery()), 1, v.plot.Dx()) {
		g.fetch.asked = ask(w, v.now, v.plot.Dx(), nil)
		g.fetch.asked.ids = append(g.fetch.asked.ids, of.ID)
		g.fetch.ask(g.fetch.asked)
	}
}

// paintTarget draws the set point as a step line, and the band around it.
func (v *View) paintTarget(p *paint.Painter, w Window) {
	g := v.groupOf(v.selected)
	of := v.target.of
	if g < 0 || of == nil {
		return
	}
	gr, pal := &v.group[g], v.Style.Palette
	v.cols.steps, v.cols.joined = true, 0
	v.cols.start(gr.r.Dx(), gr.r.Dy(), w.From(), w.End, gr.ax)
	end := v.lineEnd(&v.target.line, w)
	v.target.line.walk(w.From(), end, v.cols.add)
	v.cols.end(end)
	k := float64(gr.r.Dy()) / (gr.ax.hi - gr.ax.lo)
	above, below := float32(of.Above*k), float32(of.Below*k)
	if above > 0 || below > 0 {
		c := paint.Mix(pal.Sunken, pal.SetPt, 0.12)
		for i, o := range v.cols.cols {
			if !o.on {
				continue
			}
			lo, hi := gr.r.Min.Y+int(math.Round(float64(o.lo-above))), gr.r.Min.Y+int(math.Round(float64(o.hi+below)))
			p.FillRect(image.Rect(gr.r.Min.X+i, lo, gr.r.Min.X+i+1, hi).Intersect(gr.r), c)
		}
	}
	v.cols.ink(p.Image(), p.Clip(), gr.r, 1.3*v.scale, pal.SetPt)
}
