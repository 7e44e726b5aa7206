package screens

import (
	"fmt"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

func (p *alarmsPage) setBar() {
	n := len(p.unacked(p.list.Selected()))
	page := len(p.unacked(p.list.InSight()))
	one := len(p.list.Selected()) > 0
	items := []toolbar.Item{
		{ID: "ack", Icon: toolbar.Tick, Text: "Acknowledge", Hint: "A", Off: n == 0},
		{ID: "ackpage", Icon: toolbar.Tick, Text: fmt.Sprintf("Page (%d)", page), Hint: "P", Off: page == 0},
		{ID: "comment", Text: "Comment", Hint: "C", Off: !one},
		{ID: "shelve", Text: "Shelve", Hint: "S", Off: !one},
		{ID: "trend", Text: "Trend", Hint: "T", Off: !one},
		{ID: "plate", Text: "Faceplate", Hint: "Return", Off: !one},
		{ID: "whatif", Text: "What if", Hint: "W", Off: !one},
	}
	switch a := p.focused(); {
	case p.which == "shelved":
		items[3] = toolbar.Item{ID: "unshelve", Text: "Unshelve", Hint: "U", Off: !one}
	case p.which == "hidden":
		items[3] = toolbar.Item{ID: "restore", Text: "Put into service", Hint: "U", Off: a == nil || !a.OutOfService}
	}
	if a := p.focused(); a != nil && a.Latched {
		items = append(items, toolbar.Item{ID: "reset", Text: "Reset", Hint: "R", Off: a.Unacked})
	}
	items = append(items, toolbar.Item{ID: "remove", Text: "Out of service", Hint: "O", Off: !one || p.which == "hidden"})
	if p.grouped {
		items = p.groupTools()
	}
	p.bar.Set(items)
	counts := p.counts()
	lists := []toolbar.Item{p.groupsItem()}
	for i, s := range shelves {
		lists = append(lists, toolbar.Item{ID: s.id, Text: fmt.Sprintf("%s %d", s.text, counts[i]), On: p.which == s.id && !p.grouped})
	}
	if p.heap != (heap{}) {
		lists = append(lists, toolbar.Item{ID: "allheaps", Icon: toolbar.Cross, Text: p.heap.String(), On: true, Gap: true})
	}
	if p.priority != 0 {
		lists = append(lists, toolbar.Item{ID: "allpri", Icon: toolbar.Cross, Text: "only priority " + fmt.Sprint(p.priority), On: true, Gap: true})
	}
	if p.text != "" {
		lists = append(lists, toolbar.Item{ID: "alltext", Icon: toolbar.Cross, Text: "only \"" + p.text + "\"", On: true, Gap: true})
	}
	lists = append(lists, toolbar.Item{ID: "kpi", Text: "Performance", Hint: "K", Tail: true}, toolbar.Item{ID: "sound", Icon: toolbar.Bell, Text: "Test sound"})
	p.lists.Set(lists)
}

// testSound plays the sound of one priority after the other.
func (p *alarmsPage) testSound() {
	p.tested = p.tested%alarm.Lowest + 1
	say := "This is the sound of priority " + fmt.Sprint(p.tested) + ", " + paint.PriorityWords[p.tested] + "."
	if deaf := p.s.hearing(); deaf != "" {
		say = "It cannot be heard: " + deaf + "."
	}
	p.s.horn.Test(p.tested)
	p.s.status.tell(p.s.opts.Now(), say, p.s.hearing() != "")
}

func (p *alarmsPage) do(id string) {
	switch id {
	case "ack":
		p.ack(p.list.Selected(), "")
	case "ackpage":
		p.ack(p.list.InSight(), "")
	case "comment":
		p.askComment()
	case "shelve":
		p.s.askShelve(p.rowsOf(p.list.Selected()))
	case "unshelve":
		if a := p.focused(); a != nil && p.s.may(auth.Shelve, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Unshelve}, "taken off the shelf")
		}
	case "reset":
		if a := p.focused(); a != nil && p.s.may(auth.Ack, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Reset}, "reset")
		}
	case "remove":
		p.s.askRemove(p.rowsOf(p.list.Selected()))
	case "restore":
		if a := p.focused(); a != nil && p.s.may(auth.Suppress, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Restore}, "put into service")
		}
	case "trend":
		if a := p.focused(); a != nil {
			p.s.trendAround(a.Tag, a.Since())
		}
	case "plate":
		if a := p.focused(); a != nil {
			p.openTag(a.Rule.ID)
		}
	case "groups":
		p.showGroups(!p.grouped)
	case "group":
		p.openHeap(p.flood.at)
	case "allheaps":
		p.heap = heap{}
		p.order()
	case "whatif":
		if a := p.focused(); a != nil {
			p.s.whatIf(a.Rule.ID)
		}
	case "kpi":
		p.s.goTo(p.s.performance)
	case "sound":
		p.testSound()
	case "allpri":
		p.only(0)
	case "alltext":
		p.search.SetText("")
	default:
		p.showGroups(false)
		p.which = id
		p.list.SetOrder(nil)
		p.order()
	}
}

// key is offered the keys the list leaves: each button has one.
func (p *alarmsPage) key(k view.Key) bool {
	id, ok := map[string]string{"A": "ack", "P": "ackpage", "C": "comment", "S": "shelve", "U": "unshelve", "T": "trend", "R": "reset", "O": "remove", "K": "kpi", "W": "whatif", "G": "groups"}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	if p.grouped && id != "kpi" && id != "groups" {
		return false // nothing is done to alarms that are not in sight
	}
	if id == "unshelve" && p.which == "hidden" {
		id = "restore"
	}
	p.do(id)
	return true
}

func (p *alarmsPage) choices(ids []string) []view.Choice {
	a := p.byID[ids[0]]
	if a == nil {
		return nil
	}
	un := len(p.unacked(ids))
	return []view.Choice{
		{Text: fmt.Sprintf("Acknowledge %s", plural(un, "alarm", "alarms")), Do: func() { p.ack(ids, "") }, Disabled: un == 0},
		{Text: "Comment ...", Do: p.askComment},
		{Text: "Shelve ...", Do: func() { p.s.askShelve(p.rowsOf(ids)) }, Disabled: a.Phase.Hidden()},
		{Text: "Unshelve", Do: func() { p.do("unshelve") }, Disabled: a.Phase != alarm.Shelved},
		{Text: "Reset", Do: func() { p.do("reset") }, Disabled: a.Phase != alarm.LatchedAcked},
		{Text: "Take out of service ...", Do: func() { p.s.askRemove(p.rowsOf(ids)) }, Disabled: a.OutOfService},
		{Text: "Put into service", Do: func() { p.do("restore") }, Disabled: !a.OutOfService},
		{},
		{Text: "Faceplate", Do: func() { p.openTag(a.Rule.ID) }},
		{Text: "Trend around the moment", Do: func() { p.s.trendAround(a.Tag, a.Since()) }},
		{Text: "Mimic", Do: func() { p.s.openDisplay(a.Display) }, Disabled: a.Display == ""},
		{Text: "What if ...", Do: func() { p.s.whatIf(a.Rule.ID) }},
		{Text: "Events of this alarm", Do: func() { p.s.eventsOf(a.Rule.ID) }},
	}
}
