package trend

import (
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
)

// ghost is the same pens some time earlier, drawn behind the ones of now to
// compare a day with the day or the week before.
type ghost struct {
	back  int64 // how much earlier, ns; 0: nothing is compared
	fetch fetcher
	lines map[tag.ID]*series
}

// Compare draws the pens d earlier behind them; 0 ends it.
func (v *View) Compare(d time.Duration) {
	v.ghost.back = int64(d)
	v.ghost.lines = map[tag.ID]*series{}
	v.ghost.fetch.asked = question{}
	v.dirty = true
}

// frameGhost takes in what came of the earlier time and asks for what is missing.
func (v *View) frameGhost() {
	g := &v.ghost
	if g.back == 0 || v.plot.Dx() <= 0 || len(v.pens) == 0 {
		return
	}
	for _, a := range g.fetch.take() {
		if a.kind != rangeAnswer || a.err != nil {
			continue // without it there is nothing to compare with
		}
		s := &series{}
		s.take(g.fetch.asked, a.stretch)
		g.lines[a.id] = s
		v.dirty = true
	}
	w := v.window.at(v.now)
	w.Live = false
	w.End -= g.back
	if !g.fetch.asked.covers(w, w.End, len(v.pens), v.plot.Dx()) {
		g.fetch.ask(ask(w, v.now, v.plot.Dx(), v.Pens()))
	}
}

// paintGhosts draws the earlier lines, paler, before those of the window.
func (v *View) paintGhosts(p *paint.Painter, w Window) {
	if v.ghost.back == 0 {
		return
	}
	from, to := w.From()-v.ghost.back, min(w.End-v.ghost.back, v.now)
	for i, pn := range v.pens {
		s := v.ghost.lines[pn.Def.ID]
		g := v.groupOf(i)
		if s == nil || g < 0 {
			continue
		}
		v.cols.steps, v.cols.joined = pn.steps(), pn.joined
		v.cols.start(v.plot.Dx(), v.plot.Dy(), from, w.End-v.ghost.back, v.group[g].ax)
		s.walk(from, to, v.cols.add)
		v.cols.end(min(to, s.to))
		v.cols.ink(p.Image(), p.Clip(), v.plot, 1.2*v.scale, paint.Mix(v.Style.Palette.Sunken, v.colour(i), 0.42))
	}
}
