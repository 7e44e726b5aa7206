package trend

import (
	"image"
	"math"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// pen is a Pen in a View.
type pen struct {
	Pen
	no     int // 1 to 8: its colour, and the number beside its line
	look   Look
	series series

	answered int   // buckets of the newest answer to the question that stands
	err      error // of it
	stats    Stats // over the window, as painted
	joined   int64 // ns between points that are still joined by a slope
}

// View is a trend.
type View struct {
	Style  *paint.Style
	Read   func(tag.ID) tag.Value // the newest reading; pulled once a frame
	Zone   *time.Location         // of the labels
	OnPens func()                 // called when the person removed or hid a pen
	OnPick func(tag.ID)           // called when the person wants a pen's faceplate
	OnLook func(tag.ID)           // called when the person wants to change how a pen is drawn
	OnNote func(int64)            // called when the person wants to note something at a moment
	OnCopy func()                 // called when the person wants the statistics on the clipboard
	Small  bool                   // a trend beside other things: no toolbar, no table
	Bare   bool                   // no toolbar: nobody can press it

	pens     []*pen
	selected int // index of the pen whose limits are drawn; -1: none
	marks    []Mark
	standing []spike // the marks as painted
	pointed  int     // at which of them the pointer is; -1: at none
	fetch    fetcher

	now    int64
	window Window
	axes   map[string]axis // that a person chose, by group
	fitted bool            // axes follow the data, not the configured range
	spread spread          // how the axes are arranged
	xy     xy              // a pen against another instead of against time
	undo   []state

	size  image.Point
	plain float32 // the scale as it was told
	large float32 // times as large as that
	scale float32 // both
	bar   *toolbar.Bar
	plot  image.Rectangle
	lanes []lane
	table image.Rectangle
	group []group
	cols  columns
	zones []zone

	ghost   ghost
	target  target
	hair    hair
	measure measure
	drag    drag
	boxing  bool // drags zoom into a box, not pan
	wheeled int64

	dirty   bool  // the plot and the table
	painted int64 // right edge as painted
	drawn   bool  // painted once since Layout
	focused bool
}

// state is what undo goes back to.
type state struct {
	window Window
	axes   map[string]axis
	fitted bool
}

// New makes an empty trend of the last ten minutes that asks src.
func New(style *paint.Style, src Source) *View {
	v := &View{Style: style, Zone: time.Local, selected: -1, pointed: -1, axes: map[string]axis{}, scale: 1, plain: 1, large: 1, dirty: true}
	v.fetch.src, v.ghost.fetch.src, v.target.fetch.src = src, src, src
	v.window = Window{Span: int64(10 * time.Minute), Live: true}
	v.bar = toolbar.New(style, v.press)
	v.hair.reset()
	return v
}

// Close cancels what is still being asked. The view must not be used after.
func (v *View) Close() {
	v.fetch.close()
	v.ghost.fetch.close()
	v.target.fetch.close()
	v.measure.end()
	v.measure.running.Wait()
}

// SetPens shows these pens, at most MaxPens of them. A pen that was shown
// before keeps what is known of it and its colour.
func (v *View) SetPens(pens []Pen) {
	old := v.pens
	v.pens = nil
	used := [MaxPens + 1]bool{}
	for _, p := range pens[:min(len(pens), MaxPens)] {
		if slices.ContainsFunc(v.pens, func(q *pen) bool { return q.Def.ID == p.Def.ID }) {
			continue
		}
		q := &pen{}
		if i := slices.IndexFunc(old, func(o *pen) bool { return o.Def.ID == p.Def.ID }); i >= 0 {
			q = old[i]
			used[q.no] = true
		}
		q.Pen = p
		q.joined = max(4*int64(p.Def.Period), int64(5*time.Second))
		v.pens = append(v.pens, q)
	}
	for _, q := range v.pens {
		for n := 1; q.no == 0; n++ {
			if !used[n] {
				q.no, used[n] = n, true
			}
		}
	}
	v.selected = min(max(v.selected, 0), len(v.pens)-1)
	v.fetch.asked, v.ghost.fetch.asked = question{}, question{}
	v.hair.forget()
	v.place()
}

// LookOf is how a pen is drawn.
func (v *View) LookOf(id tag.ID) Look {
	for _, p := range v.pens {
		if p.Def.ID == id {
			p.look.Colour = p.no
			return p.look
		}
	}
	return Look{}
}

// SetLook changes how a pen is drawn. A colour that another pen has is
// exchanged with it: no two pens look alike.
func (v *View) SetLook(id tag.ID, l Look) {
	i := slices.IndexFunc(v.pens, func(p *pen) bool { return p.Def.ID == id })
	if i < 0 {
		return
	}
	p := v.pens[i]
	if l.Colour >= 1 && l.Colour <= MaxPens {
		if k := slices.IndexFunc(v.pens, func(q *pen) bool { return q.no == l.Colour }); k >= 0 {
			v.pens[k].no = p.no
		}
		p.no = l.Colour
	}
	p.look = l
	v.place()
}

// Axis is the range of the axis a pen is drawn on; ok is false when it has
// none, as a lane.
func (v *View) Axis(id tag.ID) (lo, hi float64, ok bool) {
	g := v.groupOf(slices.IndexFunc(v.pens, func(p *pen) bool { return p.Def.ID == id }))
	if g < 0 {
		return 0, 0, false
	}
	return v.group[g].ax.lo, v.group[g].ax.hi, true
}

// SetAxis chooses the range of the axis a pen is drawn on; lo must be below hi.
func (v *View) SetAxis(id tag.ID, lo, hi float64) {
	g := v.groupOf(slices.IndexFunc(v.pens, func(p *pen) bool { return p.Def.ID == id }))
	if g >= 0 && lo < hi {
		v.remember()
		v.axes[v.group[g].key], v.dirty = axis{lo, hi}, true
	}
}

// Pens returns the ids of the pens shown, in order.
func (v *View) Pens() []tag.ID {
	ids := make([]tag.ID, len(v.pens))
	for i, p := range v.pens {
		ids[i] = p.Def.ID
	}
	return ids
}

// Selected is the selected pen.
func (v *View) Selected() (id tag.ID, ok bool) {
	if v.selected < 0 || v.selected >= len(v.pens) {
		return "", false
	}
	return v.pens[v.selected].Def.ID, true
}

// Moment is the time at the cursor; 0 when there is none.
func (v *View) Moment() int64 { return v.hair.at() }

// Samples is about how many samples the window holds, as far as it is read.
func (v *View) Samples() (n int) {
	w := v.window.at(v.now)
	for _, p := range v.pens {
		n += len(p.series.texts)
		for i := range p.series.buckets {
			if b := &p.series.buckets[i]; b.To > w.From() && b.From < w.End {
				n += b.Count + b.Bad
			}
		}
	}
	return n
}

// Again asks the source anew, because something new is known of the past.
func (v *View) Again() { v.fetch.asked = question{} }

// Enlarge writes and draws everything k times as large, to be read from afar;
// 1 is as usual.
func (v *View) Enlarge(k float32) {
	if k == v.large || k <= 0 {
		return
	}
	v.large = k
	v.scale = v.plain * k
	v.place()
	v.drawn = false
}

// Enlarged is how many times as large as usual everything is.
func (v *View) Enlarged() float32 { return v.large }

// Fit makes the axes follow the values, or shows the configured ranges.
func (v *View) Fit(on bool) {
	v.fitted, v.axes, v.dirty = on, map[string]axis{}, true
}

// Plot is where the lines are, in pixels of the view: what stands above or
// below it can share its axis of time.
func (v *View) Plot() image.Rectangle { return v.plot }

// Window is the stretch of time in view.
func (v *View) Window() Window { return v.window.at(v.now) }

// Show goes to a window; one that ends in the future follows now.
func (v *View) Show(from, to int64) {
	v.remember()
	v.window = between(from, to, v.now)
	v.dirty = true
}

// Span shows the last d, live.
func (v *View) Span(d time.Duration) {
	v.remember()
	v.window = Window{Span: min(max(int64(d), minSpan), maxSpan), Live: true}
	v.dirty = true
}

// Loading reports whether the source still owes an answer for what is shown.
func (v *View) Loading() bool {
	return v.fetch.busy() || v.needs() || v.ghost.back != 0 && v.ghost.fetch.busy()
}

// Layout is called by whoever shows the view.
func (v *View) Layout(size image.Point, scale float32) {
	v.size, v.plain = size, scale
	v.scale = scale * v.large
	v.place()
	v.drawn = false
}

func (v *View) hasBar() bool { return !v.Small && !v.Bare }

func (v *View) px(u float32) int { return int(u*v.scale + 0.5) }

// Frame takes in what came and reports whether there is something to paint.
func (v *View) Frame(now time.Time) bool {
	v.now = now.UnixNano()
	v.takeAnswers()
	v.takeLive()
	if v.needs() {
		v.question()
	}
	v.followHover()
	v.hairQuestion()
	v.frameMeasure()
	v.frameGhost()
	v.frameTarget()
	v.setBar()
	w := v.window.at(v.now)
	if v.window.Live && v.plot.Dx() > 0 && (w.End-v.painted)*int64(v.plot.Dx()) >= w.Span {
		v.dirty = true
	}
	return v.dirty || v.hasBar() && v.bar.Dirty()
}

func (v *View) takeLive() {
	if v.Read == nil {
		return
	}
	for _, p := range v.pens {
		if p.series.add(v.Read(p.Def.ID)) && v.window.Live {
			v.dirty = true
		}
	}
}

func (v *View) takeAnswers() {
	for _, a := range v.fetch.take() {
		v.dirty = true
		switch a.kind {
		case markAnswer:
			if a.err == nil {
				v.marks = a.marks
			}
		case atAnswer:
			v.hair.exact(a)
		case rangeAnswer:
			i := slices.IndexFunc(v.pens, func(p *pen) bool { return p.Def.ID == a.id })
			if i < 0 {
				continue
			}
			pn := v.pens[i]
			if a.n < pn.answered {
				continue // the rough answer came after the fine one
			}
			if pn.err = a.err; a.err == nil {
				pn.answered = a.n
				pn.series.take(v.fetch.asked, a.stretch)
			}
		}
	}
}

// take replaces the recorded stretch and drops the part of the tail that it
// now holds.
func (s *series) take(q question, st Stretch) {
	f, ok := st.Held.Number()
	s.held = point{q.from, f, ok && !math.IsNaN(f)}
	s.buckets, s.from, s.to = st.Buckets, q.from, q.to
	s.word = wordOf(st.Held)
	s.word.t = q.from
	s.texts, s.more = s.texts[:0], st.More
	for _, v := range st.Texts {
		s.texts = append(s.texts, wordOf(v))
	}
}

// margin is the share of the window asked for on each side, so that a small
// pan needs no new answer.
const margin = 0.3

// refreshEvery is how long live readings alone extend a recorded stretch.
func (v *View) refreshEvery() int64 {
	w := int64(max(v.plot.Dx(), 1))
	return min(max(v.window.Span/w*20, int64(10*time.Second)), int64(5*time.Minute))
}

// needs reports whether the newest question does not cover the window at its
// resolution.
func (v *View) needs() bool {
	if v.plot.Dx() <= 0 || len(v.pens) == 0 || v.now == 0 {
		return false
	}
	w := v.window.at(v.now)
	return !v.fetch.asked.covers(w, min(w.End, v.now-v.refreshEvery()), len(v.pens), v.plot.Dx())
}

// covers reports whether the answer to q shows a window until end, for so many
// pens, at about a bucket a pixel.
func (q *question) covers(w Window, end int64, pens, width int) bool {
	if q.n == 0 || len(q.ids) != pens || w.From() < q.from || end > q.to {
		return false
	}
	have, want := (q.to-q.from)/int64(q.n), w.Span/int64(width)
	return have <= want+want/8+1 && have >= want/3
}

// roughFrom is the span from which on a rough answer comes first: a shorter
// stretch is few samples.
const roughFrom = int64(6 * time.Hour)

// question asks for the window. Where nothing is known of most of it, a rough
// answer comes first: there is something to see while the rest is read.
func (v *View) question() {
	w := v.window.at(v.now)
	q := ask(w, v.now, v.plot.Dx(), v.Pens())
	for _, p := range v.pens {
		p.answered = 0
		known := min(w.End, p.series.to) - max(w.From(), p.series.from)
		q.coarse = q.coarse || w.Span >= roughFrom && known < w.Span/2
	}
	v.fetch.ask(q)
}

// ask makes the question for a window and a margin, in buckets of one pixel
// that start at multiples of their length, so that a pan does not change them.
func ask(w Window, now int64, pixels int, ids []tag.ID) question {
	width := max(w.Span/int64(pixels), 1)
	side := int64(float64(w.Span) * margin)
	from := w.From() - side
	to := min(w.End+side, now+width)
	from -= mod(from, width)
	to += width - mod(to, width)
	return question{ids: ids, from: from, to: to, n: int((to - from) / width)}
}

// remember keeps the state for undo.
func (v *View) remember() {
	const steps = 100
	s := state{window: v.window, fitted: v.fitted, axes: map[string]axis{}}
	for k, a := range v.axes {
		s.axes[k] = a
	}
	if len(v.undo) >= steps {
		v.undo = slices.Delete(v.undo, 0, 1)
	}
	v.undo = append(v.undo, s)
}

// Undo goes back to what was shown before the last zoom or pan.
func (v *View) Undo() {
	n := len(v.undo)
	if n == 0 {
		return
	}
	s := v.undo[n-1]
	v.undo = v.undo[:n-1]
	v.window, v.axes, v.fitted, v.dirty = s.window, s.axes, s.fitted, true
}

// Picture paints the trend at a size, without its toolbar. Whoever shows it
// lays it out anew after.
func (v *View) Picture(width, height int, scale float32, now time.Time) *image.RGBA {
	bare := v.Bare
	v.Bare = true
	defer func() { v.Bare = bare }()
	return view.Picture(v, image.Pt(width, height), scale, now)
}

// Pause holds the window where it is; Resume goes back to now.
func (v *View) Pause() {
	v.window = v.window.at(v.now)
	v.window.Live, v.dirty = false, true
}

// Resume follows now again.
func (v *View) Resume() {
	v.window = Window{Span: v.window.Span, Live: true}
	v.dirty = true
}
