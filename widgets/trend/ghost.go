package trend

import (
	"math"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
)

// ghost is the same pens some time earlier, drawn behind the ones of now to
// compare a day with the day or the week before, or a batch with another.
type ghost struct {
	days  int   // how many days earlier on the calendar: a day may have 23 or 25 hours
	back  int64 // how much earlier, ns, in the window shown; 0: nothing is compared
	fetch fetcher
	lines map[tag.ID]*series
}

// CompareDays draws the pens so many days earlier behind them, at the same
// time of the clock; 0 ends it.
func (v *View) CompareDays(n int) {
	v.compare(n, 0)
	v.ghost.settle(v.window.at(v.now), v.Zone)
}

// CompareWith draws the stretch that begins at start behind the one shown:
// another batch, or the same shift of another week.
func (v *View) CompareWith(start int64) {
	v.compare(0, v.window.at(v.now).From()-start)
}

func (v *View) compare(days int, back int64) {
	v.ghost.days, v.ghost.back = days, back
	v.ghost.lines = map[tag.ID]*series{}
	v.ghost.fetch.asked = question{}
	v.dirty = true
	v.place()
}

// Compared is the beginning of the stretch that is compared with; ok is false
// when none is.
func (v *View) Compared() (from int64, ok bool) {
	return v.window.at(v.now).From() - v.ghost.back, v.ghost.back != 0
}

// settle works out how many ns the days before a window are.
func (g *ghost) settle(w Window, zone *time.Location) {
	if g.days != 0 {
		from := time.Unix(0, w.From()).In(zone)
		g.back = int64(from.Sub(from.AddDate(0, 0, -g.days)))
	}
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
	g.settle(w, v.Zone)
	w.Live = false
	w.End -= g.back
	if !g.fetch.asked.covers(w, w.End, len(v.pens), v.plot.Dx()) {
		g.fetch.ask(ask(w, v.now, v.plot.Dx(), v.Pens()))
	}
}

// ghostRange is from where to where a pen went in the stretch that is compared
// with; NaN where nothing is or nothing is known.
func (v *View) ghostRange(p *pen) (lo, hi float64) {
	s := v.ghost.lines[p.Def.ID]
	if v.ghost.back == 0 || s == nil || v.xy.on {
		return math.NaN(), math.NaN()
	}
	w := v.window.at(v.now)
	st := s.stats(w.From()-v.ghost.back, min(w.End-v.ghost.back, s.to))
	return st.Min, st.Max
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
		r := v.group[g].r
		v.cols.steps, v.cols.joined = pn.steps(), pn.joined
		v.cols.start(r.Dx(), r.Dy(), from, w.End-v.ghost.back, v.group[g].ax)
		s.walk(from, to, v.cols.add)
		v.cols.end(min(to, s.to))
		v.cols.ink(p.Image(), p.Clip(), r, 1.2*v.scale, paint.Mix(v.Style.Palette.Sunken, v.colour(i), 0.42))
	}
}
