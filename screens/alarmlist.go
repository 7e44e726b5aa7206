package screens

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
)

// shelf is a list an alarm can be on.
type shelf struct{ id, text string }

var shelves = []shelf{{"standing", "Standing"}, {"new", "Unacknowledged"}, {"shelved", "Shelved"}, {"suppressed", "Suppressed"}, {"out", "Out of service"}}

// newList makes the list itself.
func (p *alarmsPage) newList() *rows.View[string] {
	l := rows.New[string](p.s.style, p,
		rows.Column{ID: "priority", Title: "Pri", Width: 58, Mark: true},
		rows.Column{ID: "time", Title: "Time", Width: 116},
		rows.Column{ID: "state", Title: "State", Width: 128},
		rows.Column{ID: "message", Title: "Message"},
		rows.Column{ID: "tag", Title: "Tag", Width: 148, Rank: 1},
		rows.Column{ID: "value", Title: "Value", Width: 96, Align: paint.Right, Rank: 2},
		rows.Column{ID: "limit", Title: "Limit", Width: 112, Align: paint.Right, Rank: 4},
		rows.Column{ID: "area", Title: "Area", Width: 110, Rank: 3},
		rows.Column{ID: "duration", Title: "Duration", Width: 100, Align: paint.Right, Rank: 5},
	)
	l.Empty = "No alarms."
	return l
}

// take lists a newer snapshot.
func (p *alarmsPage) take(snap *alarm.Snapshot) {
	p.snap = snap
	clear(p.byID)
	for i := range snap.Rows {
		p.byID[snap.Rows[i].Rule.ID] = &snap.Rows[i]
	}
	p.order()
	p.list.Touch()
}

// order works out which alarms are listed and in what order.
func (p *alarmsPage) order() {
	if p.snap == nil {
		return
	}
	if now := p.s.room.Project(); now != p.project {
		p.project, p.within = now, areasWithin(now.Areas)
	}
	p.hiding = 0
	picked := make([]*alarm.Row, 0, len(p.snap.Rows))
	for i := range p.snap.Rows {
		switch r := &p.snap.Rows[i]; {
		case !p.listed(r):
		case p.filter.passes(r, p.within):
			picked = append(picked, r)
		default:
			p.hiding++
		}
	}
	p.list.Empty = "No alarms."
	if p.hiding > 0 {
		p.list.Empty = "No alarm passes the filter. It hides " + fmt.Sprint(p.hiding) + "; N shows them."
	}
	if p.sortBy != "" {
		slices.SortStableFunc(picked, func(a, b *alarm.Row) int {
			c := p.compare(a, b)
			if p.down {
				return -c
			}
			return c
		})
	}
	ids := make([]string, len(picked))
	for i, r := range picked {
		ids[i] = r.Rule.ID
	}
	p.list.SetOrder(ids)
}

func (p *alarmsPage) listed(r *alarm.Row) bool {
	switch p.which {
	case "new":
		return r.Phase.Flashes()
	case "shelved":
		return r.Phase == alarm.Shelved
	case "suppressed":
		return r.Phase == alarm.Suppressed
	case "out":
		return r.Phase == alarm.OutOfService
	}
	return !r.Phase.Hidden()
}

func (p *alarmsPage) compare(a, b *alarm.Row) int {
	switch p.sortBy {
	case "priority":
		return cmp.Compare(a.Priority, b.Priority)
	case "time":
		return cmp.Compare(a.Since(), b.Since())
	case "duration":
		if p.which == "shelved" || p.which == "out" {
			return cmp.Compare(endOf(a), endOf(b))
		}
		return cmp.Compare(b.Since(), a.Since())
	case "state":
		return cmp.Compare(a.Phase, b.Phase)
	case "tag":
		return cmp.Compare(a.Tag, b.Tag)
	case "area":
		return cmp.Compare(a.Area, b.Area)
	case "limit":
		return cmp.Compare(a.LimitNow, b.LimitNow)
	case "value":
		return cmp.Compare(p.valueOf(a), p.valueOf(b))
	}
	return cmp.Compare(a.Message, b.Message)
}

// valueOf is what the alarm's tag is worth now; NaN, which sorts first, where
// that is no number.
func (p *alarmsPage) valueOf(a *alarm.Row) float64 {
	if c := p.s.room.Tags().Cell(a.Tag); c != nil {
		if f, ok := p.s.reading(c.Def().ID).Number(); ok {
			return f
		}
	}
	return math.NaN()
}

// endOf is when an alarm comes back by itself, ns since 1970 UTC.
func endOf(a *alarm.Row) int64 {
	if a.Phase == alarm.OutOfService {
		return a.OutUntil
	}
	return a.ShelvedUntil
}

// Row implements rows.Model.
func (p *alarmsPage) Row(id string, r *rows.Row) bool {
	a := p.byID[id]
	if a == nil {
		return false
	}
	r.Mark = a.Priority
	r.Flash = a.Phase.Flashes()
	r.Fade = a.Phase == alarm.Returned
	r.Hollow = a.Phase == alarm.Acked || a.Phase == alarm.LatchedAcked || a.Phase.Hidden()
	if a.Phase.Hidden() {
		r.Tone = rows.Dim
	} else if a.Phase == alarm.Unacked {
		r.Tone = rows.Strong
	}
	switch {
	case a.Chattering:
		r.Badge = "chattering"
	case a.State.FirstOut:
		r.Badge = "first out"
	case a.Frozen:
		r.Badge = "value lost"
	}
	r.Cells[1] = clockTime(nanos(a.Since()), p.now)
	r.Cells[2] = a.Phase.String()
	r.Cells[3] = a.Message
	r.Cells[4] = string(a.Tag)
	if c := p.s.room.Tags().Cell(a.Tag); c != nil {
		r.Cells[5] = withUnit(valueText(c.Def(), p.s.reading(a.Tag)), c.Def().Unit)
		r.Cells[6] = limitText(c.Def(), a)
	}
	r.Cells[7] = a.Area
	r.Cells[8] = ago(p.now.Sub(nanos(a.Since())))
	if end := endOf(a); end != 0 && (a.Phase == alarm.Shelved || a.Phase == alarm.OutOfService) {
		r.Cells[8] = countdown(nanos(end).Sub(p.now)) + " left"
	}
	return true
}

// limitText is what the value was held against.
func limitText(d *tag.Def, a *alarm.Row) string {
	switch {
	case a.Kind == alarm.Expression:
		return "expression"
	case !a.Kind.NeedsLimit(), a.Kind == alarm.Discrete:
		return ruleWords(d, a.Rule)
	}
	name := levelName(a.Kind)
	if name != "" {
		name += " "
	}
	return name + d.Format(tag.Float(a.LimitNow))
}

// counts are how many alarms stand on each of the shelves.
func (p *alarmsPage) counts() (n [5]int) {
	if p.snap == nil {
		return n
	}
	n[2], n[3], n[4] = p.snap.Shelved, p.snap.Suppressed, p.snap.OutOfService
	n[0] = len(p.snap.Rows) - n[2] - n[3] - n[4]
	n[1] = p.snap.Unacked[0]
	return n
}

// unacked keeps those of ids that can be acknowledged.
func (p *alarmsPage) unacked(ids []string) (out []string) {
	for _, id := range ids {
		if r := p.byID[id]; r != nil && r.Unacked && !r.Phase.Hidden() {
			out = append(out, id)
		}
	}
	return out
}

func (p *alarmsPage) rowsOf(ids []string) (out []*alarm.Row) {
	for _, id := range ids {
		if r := p.byID[id]; r != nil {
			out = append(out, r)
		}
	}
	return out
}
