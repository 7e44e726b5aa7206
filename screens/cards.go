package screens

import (
	"image"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
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
