package screens

import (
	"fmt"
	"time"

	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// setBar shows what can be done and what is listed.
func (p *alarmsPage) setBar() {
	items := p.groupTools()
	if !p.grouped {
		items = items[:0]
		for _, d := range p.offered() {
			it := toolbar.Item{ID: d.id, Icon: d.icon, Text: d.text, Hint: d.key, Off: d.bar(p) != "", Gap: d == &deedTrend}
			if d == &deedPage {
				it.Text = fmt.Sprintf("Page (%d)", len(p.unacked(p.list.InSight())))
			}
			items = append(items, it)
		}
	}
	items = append(items,
		toolbar.Item{ID: "silence", Icon: toolbar.Bell, Text: "Silence", Hint: "F10", Off: p.s.horn.Sounding() == 0, Tail: true},
		toolbar.Item{ID: "sound", Text: "Test sound", Hint: "H"},
		toolbar.Item{ID: "kpi", Text: "Performance", Hint: "K"})
	p.bar.Set(items)
	lists := []toolbar.Item{p.groupsItem()}
	counts := p.counts()
	for i, s := range shelves {
		lists = append(lists, toolbar.Item{ID: s.id, Text: fmt.Sprintf("%s %d", s.text, counts[i]), On: p.which == s.id && !p.grouped})
	}
	p.lists.Set(append(lists, p.filterTools()...))
}

// do does what a button is for.
func (p *alarmsPage) do(id string) {
	for _, d := range p.offered() {
		if d.id == id {
			p.carryOut(d)
			return
		}
	}
	switch id {
	case "groups":
		p.showGroups(!p.grouped)
	case "group":
		p.openHeap(p.flood.at)
	case "silence":
		p.s.silence()
	case "sound":
		p.testSound()
	case "kpi":
		p.s.goTo(p.s.performance)
	case "area", "priority", "state", "sort":
		offerAt(p.lists, p.filters, id, p.offer(id))
	case "clear":
		p.unfilter()
	default:
		p.showList(id)
	}
}

// denied says why a button is off.
func (p *alarmsPage) denied(id string) {
	for _, d := range p.offered() {
		if d.id == id {
			p.carryOut(d)
		}
	}
	if id == "silence" {
		p.s.status.tell(p.s.opts.Now(), "Nothing sounds.", false)
	}
}

// keys of the alarm page that are not deeds.
var alarmKeys = map[string]string{"K": "kpi", "H": "sound", "G": "groups", "E": "area", "Y": "priority", "X": "state", "B": "sort", "N": "clear"}

// key is offered the keys the list leaves: each button has one.
func (p *alarmsPage) key(k view.Key) bool {
	if k.Mods != 0 {
		return false
	}
	if id, ok := alarmKeys[k.Name]; ok {
		p.do(id)
		return true
	}
	switch k.Name {
	case "F": // the field is told no letters before the key is over
		p.s.opts.Post(func() { p.s.win.Canvas().Focus(p.search) })
		return true
	case "L":
		p.nextList()
		return true
	case "0", "1", "2", "3", "4":
		p.only(int(k.Name[0] - '0'))
		return true
	}
	// What has no button now has its key all the same: it says why.
	for _, d := range append(p.offered(), &deedReset, &deedShelve, &deedUnshelve, &deedRemove) {
		switch {
		case d.key != k.Name:
			continue
		case p.grouped: // nothing is done to alarms that are not in sight
			p.s.status.tell(p.s.opts.Now(), "Alarms are answered in the list: open the group with Return.", true)
		default:
			p.carryOut(d)
		}
		return true
	}
	return false
}

// choices is the menu of the selected alarms.
func (p *alarmsPage) choices([]string) (out []view.Choice) {
	rows := p.selected()
	if len(rows) == 0 {
		return nil
	}
	for i, group := range [][]*deed{
		{&deedAck, &deedComment, &deedShelve, &deedUnshelve, &deedReset, &deedRemove, &deedRestore},
		{&deedPlate, &deedTrend, &deedMimic, &deedTry, &deedEvents}} {
		if i > 0 {
			out = append(out, view.Choice{})
		}
		for _, d := range group {
			text := d.text
			if d == &deedAck && len(rows) > 1 {
				text = "Acknowledge " + plural(len(p.unacked(idsOf(rows))), "alarm", "alarms")
			}
			if d.dots {
				text += " ..."
			}
			if d.key != "" { // where the window is small, the buttons do not show them
				text += "    " + d.key
			}
			out = append(out, view.Choice{Text: text, Do: func() { p.carryOut(d) }, Disabled: d.bar(p) != ""})
		}
	}
	return out
}

// countdown is how long something still lasts, to the second.
func countdown(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	s := int(d.Seconds())
	switch {
	case s >= 48*3600:
		return fmt.Sprintf("%d days", s/86400)
	case s >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
