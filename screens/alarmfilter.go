package screens

import (
	"fmt"
	"slices"
	"strings"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// alarmFilter is what of a list is shown. The zero filter shows all.
type alarmFilter struct {
	priority int    // 0: all
	area     string // with what is in it; empty: all
	state    string // one of alarmStates; empty: all
	text     string // in lower case
	heap     heap   // a group of the flood view; zero: all
}

// alarmStates are the states a list can be cut down to.
var alarmStates = []struct {
	name string
	is   func(*alarm.Row) bool
}{
	{"unacknowledged", func(r *alarm.Row) bool { return r.Phase == alarm.Unacked || r.Phase == alarm.LatchedUnacked }},
	{"acknowledged", func(r *alarm.Row) bool { return r.Phase == alarm.Acked || r.Phase == alarm.LatchedAcked }},
	{"returned", func(r *alarm.Row) bool { return r.Phase == alarm.Returned }},
	{"latched", func(r *alarm.Row) bool { return r.Latched }},
	{"chattering", func(r *alarm.Row) bool { return r.Chattering }},
	{"first out", func(r *alarm.Row) bool { return r.State.FirstOut }},
	{"value lost", func(r *alarm.Row) bool { return r.Frozen }},
}

// passes reports whether an alarm is shown. within says for each area the
// areas it lies in, itself among them.
func (f *alarmFilter) passes(r *alarm.Row, within map[string][]string) bool {
	if f.priority != 0 && r.Priority != f.priority || !f.heap.holds(r) {
		return false
	}
	if f.area != "" && r.Area != f.area && !slices.Contains(within[r.Area], f.area) {
		return false
	}
	for _, s := range alarmStates {
		if s.name == f.state && !s.is(r) {
			return false
		}
	}
	return f.text == "" || strings.Contains(strings.ToLower(r.Message+" "+string(r.Tag)+" "+r.Area+" "+r.Rule.ID), f.text)
}

// areasWithin says for each area of a project the areas it lies in, itself
// among them.
func areasWithin(areas []project.Area) map[string][]string {
	parent := make(map[string]string, len(areas))
	for _, a := range areas {
		parent[a.Name] = a.Parent
	}
	out := make(map[string][]string, len(areas))
	for _, a := range areas {
		for at := a.Name; at != "" && !slices.Contains(out[a.Name], at); at = parent[at] {
			out[a.Name] = append(out[a.Name], at)
		}
	}
	return out
}

// filterTools are the buttons of the filters; one that hides something is
// pressed in.
func (p *alarmsPage) filterTools() []toolbar.Item {
	area, priority, state := "all", "all", "all"
	if p.filter.area != "" {
		area = p.filter.area
	}
	if p.filter.priority > 0 {
		priority = p.s.priority(p.filter.priority)
	}
	if p.filter.state != "" {
		state = p.filter.state
	}
	out := []toolbar.Item{
		{ID: "area", Text: "Area: " + area, Hint: "E", On: p.filter.area != "", Gap: true},
		{ID: "priority", Text: "Priority: " + priority, Hint: "Y", On: p.filter.priority > 0},
		{ID: "state", Text: "State: " + state, Hint: "X", On: p.filter.state != ""},
		{ID: "sort", Text: "Sort", Hint: "B"},
	}
	if p.filter != (alarmFilter{}) && !p.grouped {
		say := fmt.Sprintf("Filter hides %d", p.hiding)
		if p.filter.heap != (heap{}) {
			say = "Only " + p.filter.heap.String()
		}
		out = append(out, toolbar.Item{ID: "clear", Icon: toolbar.Cross, Text: say, Hint: "N", On: true, Gap: true})
	}
	return out
}

// offer is the menu of a filter.
func (p *alarmsPage) offer(id string) (out []view.Choice) {
	set := func(on bool, text string, do func()) {
		if on {
			text += "  (now)"
		}
		out = append(out, view.Choice{Text: text, Do: func() { p.showGroups(false); do(); p.order() }})
	}
	switch id {
	case "area":
		set(p.filter.area == "", "All areas", func() { p.filter.area = "" })
		for _, a := range p.s.room.Project().Areas {
			set(p.filter.area == a.Name, strings.TrimSpace(a.Name+"  "+a.Text), func() { p.filter.area = a.Name })
		}
	case "priority":
		for pr := 0; pr <= alarm.Lowest; pr++ {
			text := "All priorities    0"
			if pr > 0 {
				text = fmt.Sprintf("%s    %d", p.s.priority(pr), pr)
			}
			set(p.filter.priority == pr, text, func() { p.filter.priority = pr })
		}
	case "state":
		set(p.filter.state == "", "All states", func() { p.filter.state = "" })
		for _, s := range alarmStates {
			set(p.filter.state == s.name, s.name, func() { p.filter.state = s.name })
		}
	case "sort":
		set(p.sortBy == "", "Most urgent first", func() { p.sort("", false) })
		for _, c := range p.list.Columns {
			name := strings.ToLower(c.Title)
			if c.ID == "priority" {
				name = c.ID // its column is narrow
			}
			if p.sortBy == c.ID {
				out = append(out, view.Choice{Text: "By " + name + ", the other way round", Do: func() { p.sort(c.ID, !p.down); p.order() }})
				continue
			}
			set(false, "By "+name, func() { p.sort(c.ID, false) })
		}
	}
	return out
}

func (p *alarmsPage) sort(by string, down bool) {
	p.sortBy, p.down = by, down
	p.list.SetSort(by, down)
}

// unfilter shows everything that is on the list.
func (p *alarmsPage) unfilter() {
	p.filter = alarmFilter{}
	p.search.SetText("")
	p.order()
}

// priority is what the plant calls an alarm priority.
func (s *Station) priority(p int) string { return s.room.Project().Alarming.Priorities.Word(p) }

// only lists one priority; 0 lists all.
func (p *alarmsPage) only(priority int) {
	p.showGroups(false)
	p.filter.priority = priority
	p.order()
}

// showList shows one of the shelves.
func (p *alarmsPage) showList(id string) {
	if !slices.ContainsFunc(shelves, func(s shelf) bool { return s.id == id }) {
		return
	}
	p.showGroups(false)
	p.which = id
	p.list.SetOrder(nil)
	p.list.Clear()
	p.order()
}

// nextList shows the list after the one that is shown.
func (p *alarmsPage) nextList() {
	i := slices.IndexFunc(shelves, func(s shelf) bool { return s.id == p.which })
	p.showList(shelves[(i+1)%len(shelves)].id)
	p.s.focusPage()
}

// reveal lists all that stands and goes to one alarm.
func (p *alarmsPage) reveal(id string) {
	p.showGroups(false)
	p.which = "standing"
	p.unfilter()
	if p.snap == nil {
		p.take(p.s.machine.standing())
	}
	p.list.Choose(id)
}
