package screens

import (
	"fmt"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/widgets/toolbar"
)

// deed is something that can be done at the alarm list: a button, a key, and
// a line of the menu.
type deed struct {
	id, key, text string
	icon          toolbar.Icon
	dots          bool // it asks before it does something
	// bar says in a sentence why it cannot be done now; "" when it can.
	bar func(p *alarmsPage) string
	do  func(p *alarmsPage)
}

// The deeds, in the order of their buttons. Of some pairs only one is offered
// at a time; see alarmsPage.offered.
var (
	deedAck = deed{id: "ack", key: "A", text: "Acknowledge", icon: toolbar.Tick, bar: func(p *alarmsPage) string {
		return p.needs(auth.Ack, "acknowledge", func(a *alarm.Row) string {
			switch {
			case a.Phase.Hidden():
				return "It is " + a.Phase.String() + ", and not to be acknowledged now."
			case !a.Unacked:
				return "It is acknowledged already."
			}
			return ""
		})
	}, do: func(p *alarmsPage) { p.ackSelected() }}
	deedPage = deed{id: "ackpage", key: "P", icon: toolbar.Tick, bar: func(p *alarmsPage) string {
		if len(p.unacked(p.list.InSight())) == 0 {
			return "No alarm in sight waits to be acknowledged."
		}
		return ""
	}, do: func(p *alarmsPage) { p.ack(p.list.InSight(), "") }}
	deedComment = deed{id: "comment", key: "C", text: "Comment", dots: true, bar: func(p *alarmsPage) string {
		return p.needs(auth.Ack, "comment", nil)
	}, do: func(p *alarmsPage) { p.askComment() }}
	deedShelve = deed{id: "shelve", key: "S", text: "Shelve", dots: true, bar: func(p *alarmsPage) string {
		return p.needs(auth.Shelve, "shelve alarms", func(a *alarm.Row) string {
			switch {
			case a.Phase.Hidden():
				return "It is " + a.Phase.String() + " already."
			case a.Class.ShelveLimit() == 0:
				return sentence(alarm.ErrMayNotShelve)
			}
			return ""
		})
	}, do: func(p *alarmsPage) {
		rows := p.selected()
		p.s.askShelve(rows, func() { p.advance(idsOf(rows), nil) })
	}}
	deedUnshelve = deed{id: "unshelve", key: "U", text: "Unshelve", bar: func(p *alarmsPage) string {
		return p.needs(auth.Shelve, "shelve alarms", func(a *alarm.Row) string {
			if a.Facts.Shelved == alarm.NotShelved {
				return sentence(alarm.ErrNotShelved)
			}
			return ""
		})
	}, do: func(p *alarmsPage) { p.answer(auth.Shelve, alarm.Unshelve, "taken off the shelf") }}
	deedReset = deed{id: "reset", key: "R", text: "Reset", bar: func(p *alarmsPage) string {
		return p.needs(auth.Ack, "reset alarms", func(a *alarm.Row) string {
			switch {
			case a.Active:
				return sentence(alarm.ErrStillThere)
			case !a.Latched:
				return sentence(alarm.ErrNotLatched)
			case a.Unacked:
				return sentence(alarm.ErrAckFirst)
			}
			return ""
		})
	}, do: func(p *alarmsPage) { p.answer(auth.Ack, alarm.Reset, "reset") }}
	deedRemove = deed{id: "remove", key: "O", text: "Out of service", dots: true, bar: func(p *alarmsPage) string {
		return p.needs(auth.Suppress, "take alarms out of service", func(a *alarm.Row) string {
			if a.OutOfService {
				return sentence(alarm.ErrIsOut)
			}
			return ""
		})
	}, do: func(p *alarmsPage) {
		rows := p.selected()
		p.s.askRemove(rows, func() { p.advance(idsOf(rows), nil) })
	}}
	deedRestore = deed{id: "restore", key: "U", text: "Put into service", bar: func(p *alarmsPage) string {
		return p.needs(auth.Suppress, "put alarms into service", func(a *alarm.Row) string {
			if !a.OutOfService {
				return sentence(alarm.ErrNotOut)
			}
			return ""
		})
	}, do: func(p *alarmsPage) { p.answer(auth.Suppress, alarm.Restore, "put into service") }}
	deedTrend = deed{id: "trend", key: "T", text: "Trend", icon: toolbar.Lines, bar: func(p *alarmsPage) string { return p.needsTag() },
		do: func(p *alarmsPage) { a := p.selected()[0]; p.s.trendAround(a.Tag, a.Since()) }}
	deedMimic = deed{id: "mimic", key: "M", text: "Mimic", bar: func(p *alarmsPage) string {
		if why := p.needs("", "", nil); why != "" {
			return why
		}
		if a := p.selected()[0]; p.displayOf(a) == "" {
			return "No mimic shows " + a.Rule.ID + "."
		}
		return ""
	}, do: func(p *alarmsPage) { p.s.openDisplay(p.displayOf(p.selected()[0])) }}
	deedPlate = deed{id: "plate", key: "Return", text: "Faceplate", bar: func(p *alarmsPage) string { return p.needsTag() },
		do: func(p *alarmsPage) { p.openTag(p.selected()[0].Rule.ID) }}
	deedTry = deed{id: "whatif", key: "W", text: "What if", dots: true, bar: func(p *alarmsPage) string { return p.needs("", "", nil) },
		do: func(p *alarmsPage) { p.s.whatIf(p.selected()[0].Rule.ID) }}
	deedEvents = deed{id: "events", text: "Events of this alarm", bar: func(p *alarmsPage) string { return p.needs("", "", nil) },
		do: func(p *alarmsPage) { p.s.eventsOf(p.selected()[0].Rule.ID) }}
)

// offered are the deeds that stand as buttons.
func (p *alarmsPage) offered() []*deed {
	shelf, service := &deedShelve, &deedRemove
	switch p.which {
	case "shelved":
		shelf = &deedUnshelve
	case "out":
		service = &deedRestore
	}
	out := []*deed{&deedAck, &deedPage, &deedComment, shelf, service}
	for _, a := range p.selected() {
		if a.Latched {
			out = append(out, &deedReset)
			break
		}
	}
	return append(out, &deedTrend, &deedMimic, &deedPlate, &deedTry)
}

// selected are the alarms a deed is done to: those that are selected, else
// the one in focus.
func (p *alarmsPage) selected() []*alarm.Row { return p.rowsOf(p.list.Selected()) }

// needs says why nothing can be done to the selected alarms: none is
// selected, the person may not, or each of them is not in the state for it.
func (p *alarmsPage) needs(right, what string, each func(*alarm.Row) string) string {
	rows := p.selected()
	if len(rows) == 0 {
		switch {
		case p.list.Len() == 0:
			return "There is no alarm in this list."
		default:
			return "No alarm is selected. Choose one with the arrow keys or the mouse."
		}
	}
	if right != "" {
		for _, a := range rows {
			if why := p.s.lacks(right, a.Area, what); why != "" {
				return why
			}
		}
	}
	if each == nil {
		return ""
	}
	why := ""
	for _, a := range rows {
		w := each(a)
		if w == "" {
			return ""
		}
		if why == "" {
			why = w
		}
	}
	return why
}

func (p *alarmsPage) needsTag() string {
	if why := p.needs("", "", nil); why != "" {
		return why
	}
	if a := p.selected()[0]; p.s.room.Tags().Cell(a.Tag) == nil {
		return "The station has no tag " + string(a.Tag) + "; the alarm comes from the device itself."
	}
	return ""
}

// carryOut does a deed, or says why it cannot be done.
func (p *alarmsPage) carryOut(d *deed) {
	if why := d.bar(p); why != "" {
		p.s.status.tell(p.s.opts.Now(), why, true)
		return
	}
	d.do(p)
}

// answer lets the same happen to every selected alarm, where the person may.
func (p *alarmsPage) answer(right string, what alarm.What, done string) {
	rows := p.selected()
	for _, a := range rows {
		if !p.s.may(right, a.Area) {
			return
		}
	}
	p.advance(idsOf(rows), nil)
	p.s.answer(idsOf(rows), alarm.Event{What: what}, done)
}

// ackEvery is the shortest time between two acknowledgements by key: one that
// is held down must not run through alarms nobody has read.
const ackEvery = 300e6 // ns

// ackSelected acknowledges what is selected and goes on to the next alarm that
// waits: an operator works down the list with one key.
func (p *alarmsPage) ackSelected() {
	now := p.s.opts.Now()
	if d := now.Sub(p.acked); d >= 0 && d < ackEvery {
		p.s.status.tell(now, "One at a time: press A again for the next alarm.", false)
		p.acked = now
		return
	}
	ids := p.list.Selected()
	rows := p.rowsOf(p.unacked(ids))
	for _, a := range rows {
		if !p.s.may(auth.Ack, a.Area) {
			return
		}
	}
	p.acked = now
	p.advance(ids, func(a *alarm.Row) bool { return a.Unacked && !a.Phase.Hidden() })
	p.s.ack(rows, "")
}

// advance moves the selection to the first alarm below those that were just
// answered, or else above them, that wants something; nil: any. Where none
// does the selection stays.
func (p *alarmsPage) advance(done []string, wants func(*alarm.Row) bool) {
	gone := make(map[string]bool, len(done))
	for _, id := range done {
		gone[id] = true
	}
	keys := p.list.Keys()
	last := -1
	for i, id := range keys {
		if gone[id] {
			last = i
		}
	}
	fits := func(id string) bool {
		a := p.byID[id]
		return a != nil && !gone[id] && (wants == nil || wants(a))
	}
	for i := last + 1; i < len(keys); i++ {
		if fits(keys[i]) {
			p.list.Choose(keys[i])
			return
		}
	}
	for i := last - 1; i >= 0; i-- {
		if fits(keys[i]) {
			p.list.Choose(keys[i])
			return
		}
	}
}

// testSound plays the sound of one priority after the other.
func (p *alarmsPage) testSound() {
	p.tested = p.tested%alarm.Lowest + 1
	say := "This is the sound of priority " + fmt.Sprint(p.tested) + ", " + p.s.priority(p.tested) + "."
	if deaf := p.s.hearing(); deaf != "" {
		say = "It cannot be heard: " + deaf + "."
	}
	p.s.horn.Test(p.tested)
	p.s.status.tell(p.s.opts.Now(), say, p.s.hearing() != "")
}
