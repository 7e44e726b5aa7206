package alarm

import (
	"fmt"
	"strings"
	"time"

	"penstock/app/calc"
	"penstock/historian/journal"
)

// Swap makes the engine run other rules from now on, without losing what is
// remembered of the alarms that stay. A limit that moved acts at once, on the
// value last seen. An alarm that is no longer configured is told as Dropped.
// On an error nothing has changed. The slice returned is the engine's until
// the next call.
func (e *Engine) Swap(now int64, rules []Rule, scope calc.Scope) ([]Transition, error) {
	next, err := NewEngine(rules, Options{Now: max(e.now, now), Scope: scope, Limits: e.limits})
	if err != nil {
		return nil, err
	}
	out := append([]Transition(nil), e.Tick(now)...)
	for _, l := range e.order {
		n := next.all[l.rule.ID]
		if n == nil {
			out = append(out, Transition{Rule: l.rule, Action: Dropped, At: e.now, From: l.state.Facts, State: l.state, Event: Event{At: e.now}})
			continue
		}
		n.restored = l.restored
		n.adopt(l)
		if n.group != nil && n.state.Active {
			n.group.active++
		}
		if n.chatter.on {
			next.chatty = append(next.chatty, n)
		}
		next.schedule(n)
		next.mark(n)
	}
	for id := range next.byTag {
		if v, ok := e.last[id]; ok {
			next.last[id] = v
		}
	}
	next.flood, next.changes = e.flood, e.changes+1
	*e = *next
	e.begin(now)
	for _, l := range e.order {
		e.again(l)
	}
	return append(out, e.end()...), nil
}

// adopt takes over what is remembered of the alarm under its old rule.
func (l *live) adopt(old *live) {
	s := old.state
	if old.rule.Kind != l.rule.Kind || old.rule.Tag != l.rule.Tag || old.rule.Expression != l.rule.Expression {
		// What was measured for the other condition says nothing of this one.
		s.Ref, s.RefText, s.RefAt = 0, "", 0
	}
	l.state, l.chatter = s, old.chatter
}

// again holds an alarm against the values last seen.
func (e *Engine) again(l *live) {
	e.unsuppressed(l)
	if l.condition != nil || l.rule.Setpoint != "" || l.suppress != nil {
		if !l.dirty {
			l.dirty = true
			e.dirty = append(e.dirty, l)
		}
		e.settle()
		if l.condition != nil || l.rule.Setpoint != "" {
			return
		}
	}
	if v, ok := e.last[l.rule.Tag]; ok {
		e.step(l, &Event{At: e.now, What: Observe, Value: v})
	}
}

// Changes are the journal's lines for what differs between the alarms of two
// projects: one for each alarm that was added, removed or changed, with every
// column that differs, old and new.
func Changes(old, new []Rule, at int64, who, station string) (out []journal.Entry) {
	was := make(map[string]*Rule, len(old))
	for i := range old {
		was[old[i].ID] = &old[i]
	}
	entry := func(action string, r *Rule) journal.Entry {
		return journal.Entry{At: at, Kind: journal.Config, Action: action, On: r.ID, Area: r.Area, Who: who, Station: station, Level: r.Priority}
	}
	for i := range new {
		r := &new[i]
		o := was[r.ID]
		delete(was, r.ID)
		switch {
		case o == nil:
			e := entry("alarm added", r)
			e.New = describe(&Rule{}, r)
			out = append(out, e)
		case *o != *r:
			e := entry("alarm changed", r)
			e.Old, e.New = describe(r, o), describe(o, r)
			out = append(out, e)
		}
	}
	for i := range old {
		if r := &old[i]; was[r.ID] == r {
			e := entry("alarm removed", r)
			e.Old = describe(&Rule{}, r)
			out = append(out, e)
		}
	}
	return out
}

// describe names the columns in which r differs from other, with r's values.
func describe(other, r *Rule) string {
	var parts []string
	for i := range columns {
		c := &columns[i]
		if v := c.text(r); v != c.text(other) {
			parts = append(parts, c.name+"="+v)
		}
	}
	return strings.Join(parts, "; ")
}

// columns are the parts of a Rule by the names of alarms.csv.
var columns = []struct {
	name string
	text func(*Rule) string
}{
	{"tag", func(r *Rule) string { return string(r.Tag) }},
	{"kind", func(r *Rule) string { return r.Kind.String() }},
	{"limit", func(r *Rule) string { return fmt.Sprint(r.Limit) }},
	{"deadband", func(r *Rule) string { return r.Deadband.String() }},
	{"setpoint", func(r *Rule) string {
		if r.Setpoint != "" || r.SetpointValue == 0 {
			return string(r.Setpoint)
		}
		return fmt.Sprint(r.SetpointValue)
	}},
	{"expression", func(r *Rule) string { return r.Expression }},
	{"pattern", func(r *Rule) string { return r.Pattern }},
	{"more_tags", func(r *Rule) string { return r.MoreTags }},
	{"on_delay", func(r *Rule) string { return span(r.OnDelay) }},
	{"off_delay", func(r *Rule) string { return span(r.OffDelay) }},
	{"re_alarm", func(r *Rule) string { return span(r.ReAlarm) }},
	{"priority", func(r *Rule) string { return fmt.Sprint(r.Priority) }},
	{"class", func(r *Rule) string { return r.Class.String() }},
	{"suppress_when", func(r *Rule) string { return r.SuppressWhen }},
	{"first_out", func(r *Rule) string { return r.FirstOut }},
	{"area", func(r *Rule) string { return r.Area }},
	{"message", func(r *Rule) string { return r.Message }},
	{"cause", func(r *Rule) string { return r.Cause }},
	{"consequence", func(r *Rule) string { return r.Consequence }},
	{"response", func(r *Rule) string { return r.Response }},
	{"respond_within", func(r *Rule) string { return span(r.RespondWithin) }},
	{"verification", func(r *Rule) string { return r.Verification }},
	{"display", func(r *Rule) string { return r.Display }},
	{"rationalised_by", func(r *Rule) string { return r.RationalisedBy }},
	{"rationalised_on", func(r *Rule) string { return r.RationalisedOn }},
}

// String is the class with what it is, so that a class that was changed shows.
func (c Class) String() string {
	var parts []string
	add := func(on bool, s string) {
		if on {
			parts = append(parts, s)
		}
	}
	add(c.NoAck, "no acknowledgement")
	add(c.Latched, "latched")
	add(c.NoShelve, "not to be shelved")
	add(c.MaxShelve != 0, "shelved at most "+span(c.MaxShelve))
	if len(parts) == 0 {
		return c.Name
	}
	return strings.TrimSpace(c.Name + " (" + strings.Join(parts, ", ") + ")")
}

func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
