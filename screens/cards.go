package screens

import (
	"fmt"
	"image"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// rowsPerCard is how many indicators an area shows; more are a level below.
const rowsPerCard = 7

// areaCards is an overview for projects that draw none: a card for each area
// with its worst alarm, what runs, and its most important values on their
// ranges.
type areaCards struct {
	s     *Station
	src   *live
	size  image.Point
	scale float32
	cards []*card
	snap  *alarm.Snapshot
	rows  map[string]*alarm.Row
	db    *tagdb.DB
	phase bool
	over  bool
	all   bool
}

type card struct {
	name, text string
	r          image.Rectangle
	lines      []*cardLine
	discrete   []*tagdb.Cell // tags with a state called running
	head       cardHead
	dirty      bool
}

type cardHead struct {
	worst           symbol.Alarm
	unacked, active int
	running, of     int
}

type cardLine struct {
	cell  *tagdb.Cell
	rules []*alarm.Rule
	r     image.Rectangle
	read  tagdb.Reading
	alarm *alarm.Row
	dirty bool
}

func newAreaCards(s *Station, src *live) *areaCards {
	v := &areaCards{s: s, src: src, rows: map[string]*alarm.Row{}}
	v.gather()
	return v
}

// gather chooses what each card shows: first the values that alarms watch,
// then others with a range.
func (v *areaCards) gather() {
	v.db, v.cards, v.all = v.s.room.Tags(), nil, true
	p := v.s.room.Project()
	rules := map[tag.ID][]*alarm.Rule{}
	for i := range p.Alarms {
		rules[p.Alarms[i].Tag] = append(rules[p.Alarms[i].Tag], &p.Alarms[i])
	}
	parent := map[string]string{}
	byArea := map[string]*card{}
	for _, a := range p.Areas {
		parent[a.Name] = a.Parent
		if a.Parent == "" {
			c := &card{name: a.Name, text: a.Text}
			byArea[a.Name] = c
			v.cards = append(v.cards, c)
		}
	}
	for _, watched := range []bool{true, false} {
		for _, cell := range v.db.Cells() {
			d := cell.Def()
			area := d.Area
			for parent[area] != "" {
				area = parent[area]
			}
			c := byArea[area]
			if c == nil {
				c = &card{name: area, text: area}
				byArea[area] = c
				v.cards = append(v.cards, c)
			}
			if watched && len(d.States) > 0 {
				for _, st := range d.States {
					if st.Text == "Running" {
						c.discrete = append(c.discrete, cell)
					}
				}
			}
			level := false
			for _, r := range rules[d.ID] {
				level = level || levelName(r.Kind) != ""
			}
			if d.HasRange() && len(d.States) == 0 && !d.Writable && level == watched && len(c.lines) < rowsPerCard {
				c.lines = append(c.lines, &cardLine{cell: cell, rules: rules[d.ID]})
			}
		}
	}
}

// Layout implements view.View.
func (v *areaCards) Layout(size image.Point, scale float32) {
	v.size, v.scale, v.all = size, scale, true
	px := func(u float32) int { return int(u*scale + 0.5) }
	n := len(v.cards)
	if n == 0 {
		return
	}
	cols := columnsFor(n, size, px(330), px(400))
	gap := px(10)
	w := (size.X - gap*(cols+1)) / cols
	depth := (n + cols - 1) / cols
	h := min((size.Y-gap*(depth+1))/depth, px(48+rowsPerCard*60))
	for i, c := range v.cards {
		x, y := gap+(i%cols)*(w+gap), gap+(i/cols)*(h+gap)
		c.r = image.Rect(x, y, x+w, y+h)
		ly := y + px(42)
		lh := max(min((h-px(48))/max(len(c.lines), 1), px(60)), px(24))
		for _, l := range c.lines {
			l.r = image.Rect(x+px(12), ly, x+w-px(12), ly+lh)
			if l.r.Max.Y > c.r.Max.Y-px(2) {
				l.r = image.Rectangle{}
			}
			ly += lh
		}
	}
}

// columnsFor chooses how many columns n cards stand in: as many as have room,
// but no more than leave the rows about even.
func columnsFor(n int, size image.Point, least, tall int) int {
	cols := min(max(size.X/least, 1), n)
	depth := (n + cols - 1) / cols
	for cols > 1 && (n+cols-2)/(cols-1) == depth {
		cols--
	}
	for cols > 1 && (n+cols-2)/(cols-1) <= size.Y/tall {
		cols--
	}
	return cols
}

// Frame implements view.View.
func (v *areaCards) Frame(now time.Time) bool {
	if v.db != v.s.room.Tags() {
		v.gather()
		v.Layout(v.size, v.scale)
	}
	snap := v.s.room.Alarms()
	if snap != v.snap {
		v.snap = snap
		clear(v.rows)
		for i := range snap.Rows {
			v.rows[snap.Rows[i].Rule.ID] = &snap.Rows[i]
		}
	}
	phase := now.UnixMilli()/500%2 == 0
	turned := phase != v.phase
	v.phase = phase
	dirty := v.all
	for _, c := range v.cards {
		if h := v.lookHead(c); h != c.head || turned && h.unacked > 0 {
			c.head, c.dirty = h, true
		}
		for _, l := range c.lines {
			worst := v.worstOf(l)
			if r := l.cell.Load(); r != l.read || worst != l.alarm || turned && worst != nil && worst.Phase.Flashes() {
				l.read, l.alarm, l.dirty = r, worst, true
			}
			dirty = dirty || l.dirty
		}
		dirty = dirty || c.dirty
	}
	return dirty
}

func (v *areaCards) worstOf(l *cardLine) (worst *alarm.Row) {
	for _, rule := range l.rules {
		if r := v.rows[rule.ID]; r != nil && !r.Phase.Hidden() && (worst == nil || alarm.MoreUrgent(r, worst) < 0) {
			worst = r
		}
	}
	return worst
}

func (v *areaCards) lookHead(c *card) (h cardHead) {
	h.worst = v.src.AreaAlarm(c.name)
	for i := range v.snap.Rows {
		r := &v.snap.Rows[i]
		if r.Phase.Hidden() {
			continue
		}
		for _, a := range v.src.within[r.Area] {
			if a == c.name {
				if r.Unacked {
					h.unacked++
				}
				if r.Active {
					h.active++
				}
			}
		}
	}
	for _, cell := range c.discrete {
		h.of++
		if val := cell.Load(); val.Quality.Usable() {
			if i, ok := val.Value.Value.Int(); ok {
				if t, _ := cell.Def().StateText(i); t == "Running" {
					h.running++
				}
			}
		}
	}
	return h
}

// Paint implements view.View.
func (v *areaCards) Paint(p *paint.Painter) {
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	if v.all {
		p.FillRect(image.Rectangle{Max: v.size}, pal.Window)
		if len(v.cards) == 0 {
			k.say(k.font(15), image.Rectangle{Max: v.size}, paint.Center, "The project has no areas and no displays.", pal.Dim)
		}
	}
	for _, c := range v.cards {
		if v.all {
			p.FillRect(c.r, pal.Panel)
			p.StrokeRect(c.r, 1, pal.Line)
		}
		if v.all || c.dirty {
			v.paintHead(&k, c)
		}
		for _, l := range c.lines {
			if (v.all || l.dirty) && !l.r.Empty() {
				v.paintLine(&k, l)
			}
			l.dirty = false
		}
		c.dirty = false
	}
	v.all = false
}

func (v *areaCards) paintHead(k *ink, c *card) {
	pal := k.pal()
	r := image.Rect(c.r.Min.X+1, c.r.Min.Y+1, c.r.Max.X-1, c.r.Min.Y+k.px(38))
	k.FillRect(r, pal.Raised)
	in := image.Rect(r.Min.X+k.px(11), r.Min.Y, r.Max.X-k.px(11), r.Max.Y)
	if h := &c.head; h.worst.Phase > symbol.Silenced {
		hollow := h.worst.Phase == symbol.Acked || h.worst.Phase == symbol.Returned || h.worst.Phase == symbol.Unacked && !v.phase
		say := fmt.Sprint(h.active)
		if h.unacked > 0 {
			say = fmt.Sprintf("%d new of %d", h.unacked, max(h.active, h.unacked))
		}
		f := k.bold(13)
		w := f.Width(say)
		k.say(f, in, paint.Right, say, pal.Text)
		mark := image.Rect(in.Max.X-w-k.px(34), in.Min.Y, in.Max.X-w-k.px(8), in.Max.Y)
		k.Priority(k.bold(12), mark, float32(k.px(21)), int(h.worst.Priority), hollow, pal)
		in.Max.X = mark.Min.X - k.px(6)
	}
	if c.head.of > 0 {
		say := fmt.Sprintf("%d of %d running", c.head.running, c.head.of)
		k.say(k.font(12.5), in, paint.Right, say, pal.Dim)
		in.Max.X -= k.font(12.5).Width(say) + k.px(10)
	}
	k.say(k.bold(15), in, paint.Left, c.text, pal.Text)
}

func (v *areaCards) paintLine(k *ink, l *cardLine) {
	pal, d := k.pal(), l.cell.Def()
	k.FillRect(l.r, pal.Panel)
	top := image.Rect(l.r.Min.X, l.r.Min.Y+k.px(3), l.r.Max.X, l.r.Min.Y+k.px(22))
	bar := image.Rect(l.r.Min.X, top.Max.Y+k.px(4), l.r.Max.X, min(top.Max.Y+k.px(14), l.r.Max.Y-k.px(3)))
	ink := pal.Live
	switch trust(l.read.Value) {
	case refused:
		ink = pal.Bad
	case doubted:
		ink = pal.Dim
	}
	face := k.bold(14)
	unit := k.font(12)
	uw := max(unit.Width(d.Unit), k.px(30))
	k.say(unit, image.Rect(top.Max.X-uw, top.Min.Y, top.Max.X, top.Max.Y), paint.Left, d.Unit, pal.Dim)
	text := valueText(d, l.read.Value)
	vw := max(face.Width(text), k.px(52))
	val := image.Rect(top.Max.X-uw-k.px(6)-vw, top.Min.Y, top.Max.X-uw-k.px(6), top.Max.Y)
	k.say(face, val, paint.Right, text, ink)
	name := image.Rect(top.Min.X, top.Min.Y, val.Min.X-k.px(6), top.Max.Y)
	if l.alarm != nil {
		mark := image.Rect(name.Min.X, name.Min.Y, name.Min.X+k.px(20), name.Max.Y)
		k.Priority(k.bold(10), mark, float32(k.px(16)), l.alarm.Priority, !l.alarm.Phase.Flashes() || !v.phase, pal)
		name.Min.X = mark.Max.X + k.px(5)
	}
	k.say(k.font(13), name, paint.Left, d.Text, pal.Text)
	if bar.Dy() >= k.px(5) {
		k.indicator(bar, d, l.rules, v.rows, l.read.Value)
	}
}

// Tap implements view.Tapper.
func (v *areaCards) Tap(at view.Pointer) {
	for _, c := range v.cards {
		for _, l := range c.lines {
			if at.At.In(l.r) {
				v.s.OpenTag(l.cell.Def().ID)
				return
			}
		}
		if at.At.In(c.r) {
			p := v.s.pages[alarmPage].(*alarmsPage)
			v.s.goTo(alarmPage)
			p.search.SetText(c.name)
			return
		}
	}
}

// Hover implements view.Hoverer.
func (v *areaCards) Hover(at view.Pointer) {
	v.over = false
	for _, c := range v.cards {
		v.over = v.over || at.At.In(c.r)
	}
}

// Leave implements view.Hoverer.
func (v *areaCards) Leave() { v.over = false }

// Cursor implements view.Cursorer.
func (v *areaCards) Cursor() view.Cursor {
	if v.over {
		return view.Hand
	}
	return view.Arrow
}
