package plant

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/drivers"
	"penstock/historian/journal"
)

// Alarms that a device raises of its own stand in the list beside those of the
// project. The device decides about them (OPC 10000-9): this station shows
// what it reports, passes people's answers on to it, and keeps no state of
// them, since the device tells everything again after every connect.

// theirs is one alarm of a device.
type theirs struct {
	row  alarm.Row
	cond drivers.Condition
	line *line
}

// foreign is all of them, by the id of their row. It belongs to the loop; what
// people's goroutines see is a copy.
type foreign struct {
	all     map[string]*theirs
	changes int64
}

// conditions takes what a device tells, and hands it to the loop.
func (p *Plant) conditions(l *line) func([]drivers.Condition, bool) {
	return func(list []drivers.Condition, all bool) {
		list = slices.Clone(list)
		select {
		case p.calls <- call{do: func(now int64) { p.reported(now, l, list, all) }}:
		case <-l.ctx.Done():
		}
	}
}

// reported takes over what a device tells of its alarms.
func (p *Plant) reported(now int64, l *line, list []drivers.Condition, all bool) {
	gone := map[string]bool{}
	if all {
		for id, t := range p.foreign.all {
			if t.line.dev.Name == l.dev.Name {
				gone[id] = true
			}
		}
	}
	for i := range list {
		c := &list[i]
		id := theirID(l.dev.Name, c)
		delete(gone, id)
		if was := p.foreign.all[id]; was != nil || c.Retain {
			p.took(now, l, id, c, was)
		}
	}
	for id := range gone {
		delete(p.foreign.all, id)
	}
	p.foreign.changes++
	seen := maps.Clone(p.foreign.all)
	p.theirsNow.Store(&seen)
	p.retry()
}

func theirID(device string, c *drivers.Condition) string {
	id := device + ":" + c.ID
	if c.Branch != "" {
		id += "#" + c.Branch
	}
	return id
}

// took makes the row of one report and journals what it changes.
func (p *Plant) took(now int64, l *line, id string, c *drivers.Condition, was *theirs) {
	t := &theirs{cond: *c, line: l}
	r := &t.row
	r.Rule = p.theirRule(l.dev.Name, id, c)
	if was != nil {
		r.State = was.row.State
	}
	before := r.Facts
	// An alarm that the device wants confirmed waits for it as ours wait for a
	// reset.
	r.Facts = alarm.Facts{Active: c.Active, Unacked: !c.Acked, Latched: !c.Active && c.Acked && !c.Confirmed, Suppressed: c.Suppressed, OutOfService: c.OutOfService}
	p.shelvedTheirs(now, l.dev.Name, c, r, before.Shelved)
	tell := func(a alarm.Action, who string) {
		p.unkept.entries = append(p.unkept.entries, journal.Entry{At: now, Source: c.Time, Kind: journal.Alarm, Action: a.String(), On: id, Area: r.Area,
			Who: who, Station: p.conf.Station, Note: c.Message, Level: r.Priority, Ref: alarm.OccurrenceID(id, r.Occurrence)})
	}
	if r.Active && !before.Active {
		r.Occurrence++
		r.Notice++
		r.ActiveAt, r.RaisedAt, r.AnnouncedAt, r.RaisedSource = now, now, now, c.Time
		r.AckedBy, r.AckedAt, r.AckedNote = "", 0, ""
		tell(alarm.Annunciated, "")
	}
	if !r.Active && before.Active {
		r.ReturnedAt = now
		tell(alarm.Went, "")
	}
	if before.Unacked && !r.Unacked {
		r.AckedAt, r.AckedBy, r.AckedNote = now, c.User, c.Comment
		if who, here := p.answeredHere(r, alarm.Ack); here {
			r.AckedBy = who // its line is written
		} else {
			tell(alarm.Acknowledged, c.User)
		}
	}
	if before.Latched && !r.Latched && !r.Active {
		if _, here := p.answeredHere(r, alarm.Reset); !here {
			tell(alarm.WasReset, c.User)
		}
	}
	r.Phase = r.State.Phase()
	if c.Retain && r.Phase != alarm.Normal {
		p.foreign.all[id] = t
	} else {
		delete(p.foreign.all, id)
	}
}

// shelvedTheirs takes over whether the device has an alarm on its shelf. One that
// is there until it returns to normal has no end.
func (p *Plant) shelvedTheirs(now int64, device string, c *drivers.Condition, r *alarm.Row, before alarm.Shelf) {
	if !c.Shelved {
		r.ShelvedAt, r.ShelvedUntil, r.ShelvedBy, r.ShelvedWhy = 0, 0, "", ""
		return
	}
	if r.Shelved, r.ShelvedUntil = alarm.Timed, now+int64(c.ShelvedFor); c.ShelvedFor == 0 {
		r.Shelved, r.ShelvedUntil = alarm.OneShot, 0
	}
	if before == alarm.NotShelved {
		r.ShelvedAt, r.ShelvedBy, r.ShelvedWhy = now, device, "it does not say why"
	}
	if g, ok := p.answered.LoadAndDelete(given{r.ID, alarm.Shelve}); ok {
		by := g.(givenBy)
		r.ShelvedBy, r.ShelvedWhy = by.who, by.note
	}
}

// given is an answer of this station that the device has not reported yet. Its
// report is another event than the one that was answered, so it is known by
// the occurrence.
type given struct {
	alarm string
	what  alarm.What
}

type givenBy struct {
	who, note  string
	occurrence int64
}

// answeredHere reports who at this station gave the answer that the device
// reports.
func (p *Plant) answeredHere(r *alarm.Row, w alarm.What) (who string, here bool) {
	if g, ok := p.answered.LoadAndDelete(given{r.ID, w}); ok {
		by := g.(givenBy)
		return by.who, by.occurrence == r.Occurrence
	}
	return "", false
}

// theirRule is the configuration this station shows of a device's alarm.
func (p *Plant) theirRule(device, id string, c *drivers.Condition) *alarm.Rule {
	r := &alarm.Rule{ID: id, Kind: alarm.Discrete, Priority: priorityOf(c.Severity), Message: c.Message, Cause: "Reported by " + device + " itself",
		Class: alarm.Class{Name: "device"}}
	if r.Message == "" {
		r.Message = c.Name
	}
	for _, cell := range p.Tags().Cells() {
		if d := cell.Def(); d.Device == device && d.Address == c.Source {
			r.Tag, r.Area = d.ID, d.Area
			break
		}
	}
	return r
}

// priorityOf sorts the severities of OPC UA, 1 to 1000, into priorities.
func priorityOf(severity int) int {
	switch {
	case severity > 750:
		return 1
	case severity > 500:
		return 2
	case severity > 250:
		return 3
	}
	return 4
}

// theirAnswers are what a person can do to an alarm of a device.
var theirAnswers = map[alarm.What]drivers.Answer{alarm.Ack: drivers.Acknowledge, alarm.Comment: drivers.Comment, alarm.Shelve: drivers.ShelveFor, alarm.Unshelve: drivers.Unshelve, alarm.Reset: drivers.Confirm}

// answerTheirs passes an answer on to the device and journals it when the
// device has taken it. The row changes when the device says so.
func (p *Plant) answerTheirs(ctx context.Context, s command.Session, t *theirs, ev alarm.Event) error {
	do, ok := theirAnswers[ev.What]
	switch {
	case !s.May(rightFor(ev.What), t.row.Area):
		return command.ErrNotAllowed
	case !ok:
		return fmt.Errorf("%s decides about its own alarms and cannot do this", t.line.dev.Name)
	case ev.What == alarm.Ack && ev.Notice != 0 && ev.Notice != t.row.Notice:
		return alarm.ErrStale
	}
	key := given{t.row.ID, ev.What}
	if ev.What == alarm.Shelve && ev.OneShot { // the device keeps no time of it
		do = drivers.ShelveOnce
	}
	if ev.What == alarm.Ack || ev.What == alarm.Reset || ev.What == alarm.Shelve {
		p.answered.Store(key, givenBy{s.User(), ev.Note, t.row.Occurrence})
	}
	now := p.clock.ns()
	err := t.line.Respond(ctx, drivers.Response{Do: do, ID: t.cond.ID, Event: t.cond.Event, Comment: ev.Note, Duration: time.Duration(max(ev.Until-now, 0))})
	if err != nil {
		p.answered.Delete(key)
		return err
	}
	return p.Journal.Record(ctx, []journal.Entry{{At: now, Kind: journal.Alarm, Action: theirActions[ev.What].String(), On: t.row.Rule.ID, Area: t.row.Area, Who: s.User(),
		Station: p.conf.Station, Note: ev.Note, Level: t.row.Priority, Ref: alarm.OccurrenceID(t.row.Rule.ID, t.row.Occurrence)}}, nil)
}

var theirActions = map[alarm.What]alarm.Action{alarm.Ack: alarm.Acknowledged, alarm.Comment: alarm.Commented, alarm.Shelve: alarm.WasShelved, alarm.Unshelve: alarm.WasUnshelved, alarm.Reset: alarm.WasReset}

// theirRows are the rows of all devices' alarms.
func (p *Plant) theirRows() []alarm.Row {
	out := make([]alarm.Row, 0, len(p.foreign.all))
	for _, t := range p.foreign.all {
		out = append(out, t.row)
	}
	return out
}
