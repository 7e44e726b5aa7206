package screens

import (
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// listing is what figures were counted from, as it is listed beside them.
type listing struct {
	id, text string
	columns  []rows.Column
}

var countColumns = []rows.Column{{Title: "Alarm", Mark: true, Width: 210}, {Title: ""},
	{Title: "Times", Width: 70, Align: paint.Right}, {Title: "Share", Width: 70, Align: paint.Right}}

var occurrenceColumns = []rows.Column{{Title: "Alarm", Mark: true, Width: 180}, {Title: "Came", Width: 130}, {Title: "Lasted", Width: 80, Align: paint.Right},
	{Title: "Acknowledged"}, {Title: "Times", Width: 60, Align: paint.Right, Rank: 1}}

// listings are offered in this order.
var listings = [...]listing{
	{"most", "Most frequent", countColumns},
	{"chattering", "Chattering", countColumns},
	{"fleeting", "Fleeting", countColumns},
	{"stale", "Stale", occurrenceColumns},
	{"floods", "Floods", []rows.Column{{Title: "Flood began", Width: 140}, {Title: "Lasted", Width: 80, Align: paint.Right}, {Title: "", Width: 1},
		{Title: "Alarms", Width: 70, Align: paint.Right}, {Title: "Most in 10 minutes"}}},
	{"occurrences", "Occurrences", occurrenceColumns},
}

// drill is what is listed: one of listings, and of the occurrences some.
type drill struct {
	id  string
	say string                     // which occurrences; "" for all
	of  func(*kpi.Occurrence) bool // nil: all
}

// drillOf is what a figure was counted from.
func drillOf(figure string, o *kpi.Options) drill {
	switch {
	case strings.HasPrefix(figure, "share of"):
		return drill{id: "most"}
	case strings.HasPrefix(figure, "chattering"):
		return drill{id: "chattering"}
	case strings.HasPrefix(figure, "fleeting"):
		return drill{id: "fleeting"}
	case strings.Contains(figure, "stale"):
		return drill{id: "stale"}
	case strings.Contains(figure, "flood"), strings.Contains(figure, "more than"), strings.HasPrefix(figure, "most alarms"):
		return drill{id: "floods"}
	case figure == "never acknowledged":
		return drill{"occurrences", figure, func(o *kpi.Occurrence) bool { return o.Acked == 0 && !o.NoAck }}
	case figure == "standing now":
		return drill{"occurrences", figure, func(o *kpi.Occurrence) bool { return o.Gone == 0 }}
	}
	for pr := alarm.Urgent; pr <= alarm.Lowest; pr++ {
		if figure == o.PriorityFigure(pr) {
			return drill{"occurrences", "priority " + o.Priorities.Word(pr), func(o *kpi.Occurrence) bool { return o.Priority == pr }}
		}
	}
	return drill{id: "occurrences"}
}

// show lists what was counted.
func (p *performancePage) show(d drill) {
	p.drill = d
	if p.report == nil {
		return
	}
	for _, l := range listings {
		if l.id == d.id {
			p.tops.Columns = slices.Clone(l.columns)
		}
	}
	p.tops.Empty = "There is none in this time."
	clear(p.counts)
	clear(p.occurred)
	var keys []string
	r := p.report
	switch d.id {
	case "most", "chattering", "fleeting":
		for _, c := range map[string][]kpi.Count{"most": r.Counts, "chattering": r.Chattering, "fleeting": r.Fleeting}[d.id] {
			keys = append(keys, c.Alarm)
			p.counts[c.Alarm] = c
		}
	case "floods":
		for i := range r.Floods {
			keys = append(keys, strconv.Itoa(i))
		}
	default:
		all := r.Occurrences
		if d.id == "stale" {
			all = r.Stale
		}
		for i := len(all) - 1; i >= 0; i-- { // the latest first
			if o := &all[i]; d.of == nil || d.of(o) {
				keys = append(keys, o.Ref)
				p.occurred[o.Ref] = o
			}
		}
	}
	p.tops.SetOrder(keys)
	p.most.Repaint()
}

// nextList shows the list after the one that is shown.
func (p *performancePage) nextList() {
	i := slices.IndexFunc(listings[:], func(l listing) bool { return l.id == p.drill.id })
	p.show(drill{id: listings[(i+1)%len(listings)].id})
}

// openTop leads from what was counted to what it was counted from.
func (p *performancePage) openTop(key string) {
	if o := p.occurred[key]; o != nil {
		p.s.eventsOf(o.Alarm)
		return
	}
	if _, ok := p.counts[key]; ok {
		p.show(drill{"occurrences", key, func(o *kpi.Occurrence) bool { return o.Alarm == key }})
		return
	}
	if i, err := strconv.Atoi(key); err == nil && i < len(p.report.Floods) {
		p.between("flood", p.report.Floods[i].From, p.report.Floods[i].To)
	}
}

// between lists what came from <= t < to.
func (p *performancePage) between(what string, from, to int64) {
	p.show(drill{"occurrences", what + " of " + nanos(from).Format("2 Jan 15:04"), func(o *kpi.Occurrence) bool { return o.At >= from && o.At < to }})
}

// alarmOf is the alarm that a row is about; "" for none.
func (p *performancePage) alarmOf(key string) string {
	if o := p.occurred[key]; o != nil {
		return o.Alarm
	}
	return p.counts[key].Alarm
}

// listTools choose what is listed.
func (p *performancePage) listTools() (out []toolbar.Item) {
	for i, l := range listings {
		out = append(out, toolbar.Item{ID: "list " + l.id, Text: l.text, On: p.drill.id == l.id, Off: p.report == nil})
		if i == 0 {
			out[0].Hint = "L"
		}
	}
	if p.drill.say != "" {
		out = append(out, toolbar.Item{Text: "Only " + p.drill.say})
	}
	return out
}

// areaChoices offer the operating positions: the plant, and each of its areas
// with everything that is part of it.
func (p *performancePage) areaChoices() []view.Choice {
	set := func(text, area string) view.Choice {
		if area == p.area {
			text += "  (now)"
		}
		return view.Choice{Text: text, Do: func() { p.area = area; p.compute() }}
	}
	out := []view.Choice{set("The whole plant", "")}
	for _, a := range p.s.room.Project().Areas {
		out = append(out, set(strings.TrimSpace(a.Name+"  "+a.Text), a.Name))
	}
	return out
}

// position says which areas belong to the operating position; nil for all.
func (p *performancePage) position() func(string) bool {
	if p.area == "" {
		return nil
	}
	within, whole := areasWithin(p.s.room.Project().Areas), p.area
	return func(area string) bool { return slices.Contains(within[area], whole) }
}

// topRows lists what figures were counted from.
type topRows struct{ p *performancePage }

// Row implements rows.Model.
func (m topRows) Row(key string, r *rows.Row) bool {
	p := m.p
	if o := p.occurred[key]; o != nil {
		p.occurrence(o, r)
		return true
	}
	if c, ok := p.counts[key]; ok {
		r.Cells[0], r.Cells[2], r.Cells[3] = key, fmt.Sprint(c.N), fmt.Sprintf("%.0f %%", c.Share*100)
		if a := p.rule(key); a != nil {
			r.Mark, r.Hollow, r.Cells[1] = a.Priority, true, a.Message
		}
		return true
	}
	i, err := strconv.Atoi(key)
	if err != nil || p.drill.id != "floods" || i >= len(p.report.Floods) {
		return false
	}
	f := p.report.Floods[i]
	r.Cells[0], r.Cells[1] = nanos(f.From).Format("2 Jan 15:04:05"), lasting(time.Duration(f.To-f.From))
	r.Cells[3], r.Cells[4] = fmt.Sprint(f.N), fmt.Sprint(f.Peak)
	return true
}

func (p *performancePage) occurrence(o *kpi.Occurrence, r *rows.Row) {
	r.Mark, r.Hollow = o.Priority, true
	r.Cells[0], r.Cells[1], r.Cells[2] = o.Alarm, nanos(o.At).Format("2 Jan 15:04:05"), lasting(o.Active)
	switch {
	case o.Acked != 0:
		r.Cells[3] = "after " + lasting(time.Duration(o.Acked-o.At)) + " by " + o.AckedBy
	case o.NoAck:
		r.Cells[3] = "not asked for"
	default:
		r.Cells[3], r.Tone = "never", rows.Strong
	}
	r.Cells[4] = fmt.Sprint(o.Times)
}

// Tap lists what came in the ten minutes of a bar.
func (v *rateChart) Tap(at view.Pointer) {
	r := v.p.report
	plot := v.plot()
	if r == nil || len(r.Buckets) == 0 || plot.Empty() || !image.Pt(at.At.X, at.At.Y).In(plot) {
		return
	}
	t := r.Options.From + int64(float64(r.Options.To-r.Options.From)*float64(at.At.X-plot.Min.X)/float64(plot.Dx()))
	i := (t - r.BucketsFrom) / int64(10*time.Minute)
	from := r.BucketsFrom + i*int64(10*time.Minute)
	v.p.between("ten minutes", from, from+int64(10*time.Minute))
}
