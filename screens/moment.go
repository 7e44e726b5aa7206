package screens

import (
	"context"
	"fmt"
	"sort"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/symbol"
)

// recallSpan is how far back the journal is read for what stood at a moment:
// an alarm that has not moved for longer is not shown.
const recallSpan = int64(45 * 24 * 3600 * 1e9)

// recallAtMost bounds the entries that are read; where there are more, they
// are read from a later time on, so that the newest are never missing.
const recallAtMost = 200_000

// moment is the plant as it was at one time, read like the running one: the
// same display shows either. It belongs to the goroutine of its scene.
type moment struct {
	*live
	values map[tag.ID]tag.Value
	list   *alarm.Snapshot // never nil once something was remembered
	states map[tag.ID]symbol.Alarm
	worst  map[string]symbol.Alarm
	seq    uint64
	t      int64             // of the values, ns; 0: none yet
	lines  map[search]*lines // of small trends; under live's mu
}

// memory is what was looked up of one moment.
type memory struct {
	t      int64
	values map[tag.ID]tag.Value
	list   *alarm.Snapshot
}

// alarmsBefore reads the alarms' entries that tell where each stood at any
// time from from to to, oldest first.
func alarmsBefore(ctx context.Context, room Room, from, to int64) ([]journal.Entry, error) {
	for back := recallSpan; ; back /= 2 {
		entries, err := room.Entries(ctx, journal.Filter{From: from - back, To: to + 1, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true, Limit: recallAtMost})
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the journal: %w", err)
		case len(entries) < recallAtMost:
			return entries, nil
		case back < int64(time.Minute):
			return nil, fmt.Errorf("more than %d alarm events between %v and %v: choose a shorter bar", recallAtMost, nanos(from).Format(time.DateTime), nanos(to).Format(time.DateTime))
		}
	}
}

// eventsIn reads what happened besides alarms, oldest first.
func eventsIn(ctx context.Context, room Room, in timeSpan) ([]journal.Entry, error) {
	kinds := []journal.Kind{journal.Command, journal.User, journal.Config, journal.System}
	entries, err := room.Entries(ctx, journal.Filter{From: in.from, To: in.to + 1, Kinds: kinds, OldestFirst: true, Limit: recallAtMost})
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return entries, nil
}

// recall looks up which alarms stood at t, ns UTC, from the journal's
// entries, and what their tags and ids were worth. Any goroutine may call it.
func recall(ctx context.Context, room Room, entries []journal.Entry, ids []tag.ID, t int64) (memory, error) {
	m := memory{t: t}
	var err error
	n := sort.Search(len(entries), func(i int) bool { return entries[i].At > t })
	if m.list, err = standingThen(entries[:n], room.Project().Alarms, t); err != nil {
		return m, err
	}
	want := map[tag.ID]bool{}
	db := room.Tags()
	var known []tag.ID
	take := func(id tag.ID) {
		if !want[id] && db.Cell(id) != nil {
			want[id] = true
			known = append(known, id)
		}
	}
	for _, id := range ids {
		take(id)
	}
	for i := range m.list.Rows {
		take(m.list.Rows[i].Tag)
	}
	vals, err := room.At(ctx, t, known)
	if err != nil {
		return m, fmt.Errorf("read history at %v: %w", nanos(t), err)
	}
	m.values = make(map[tag.ID]tag.Value, len(known))
	for i, id := range known[:min(len(known), len(vals))] {
		m.values[id] = vals[i]
	}
	return m, nil
}

// standingThen works out of the journal's entries, oldest first, the alarm
// list after the last of them. The rules are those of now: an alarm that is
// configured no longer is left out.
func standingThen(entries []journal.Entry, rules []alarm.Rule, t int64) (*alarm.Snapshot, error) {
	facts, err := alarm.Rebuild(entries)
	if err != nil {
		return nil, err
	}
	states := make(map[string]*alarm.State, len(facts))
	for i := range entries {
		e := &entries[i]
		if f, ok := facts[e.On]; !ok || f.Phase() == alarm.Normal {
			continue
		}
		s := states[e.On]
		if s == nil {
			s = &alarm.State{}
			states[e.On] = s
		}
		happened(s, e)
	}
	out := &alarm.Snapshot{At: t}
	var rows []alarm.Row
	for i := range rules {
		r := &rules[i]
		s := states[r.ID]
		if s == nil {
			continue
		}
		s.Facts, s.LimitNow = facts[r.ID], r.Limit
		rows = append(rows, alarm.Row{Rule: r, State: *s, Phase: s.Facts.Phase()})
	}
	return out.With(rows), nil
}

// happened brings the times and the people of a state up to an entry.
func happened(s *alarm.State, e *journal.Entry) {
	a, _ := alarm.ParseAction(e.Action)
	switch a {
	case alarm.Annunciated:
		s.RaisedAt, s.AnnouncedAt, s.ActiveAt = e.At, e.At, e.At
		s.AckedAt, s.AckedBy, s.AckedNote = 0, "", ""
	case alarm.ReAnnunciated:
		s.AnnouncedAt = e.At
	case alarm.CameHidden:
		s.RaisedAt, s.ActiveAt = e.At, e.At
	case alarm.Went:
		s.ReturnedAt = e.At
	case alarm.Acknowledged:
		s.AckedAt, s.AckedBy, s.AckedFrom, s.AckedNote = e.At, e.Who, e.Station, e.Note
	case alarm.WasShelved:
		s.ShelvedAt, s.ShelvedBy, s.ShelvedWhy = e.At, e.Who, e.Note
	case alarm.WasSuppressed:
		s.SuppressedAt, s.SuppressedBy = e.At, e.Note
	case alarm.WasRemoved:
		s.OutAt, s.OutBy, s.OutWhy = e.At, e.Who, e.Note
	}
}

// remember shows what was looked up.
func (m *moment) remember(mem memory) {
	m.seq++
	m.t = mem.t
	m.values, m.list, m.states, m.worst = mem.values, mem.list, map[tag.ID]symbol.Alarm{}, map[string]symbol.Alarm{}
	if m.list == nil {
		m.list = &alarm.Snapshot{At: mem.t}
	}
	for i := range m.list.Rows {
		r := &m.list.Rows[i]
		a := symbol.Alarm{Priority: uint8(r.Priority), Phase: phaseOf(r.Phase)}
		m.states[r.Tag] = symbol.Worse(m.states[r.Tag], a)
		if a.Phase == symbol.Silenced {
			continue
		}
		for _, n := range m.within[r.Area] {
			m.worst[n] = symbol.Worse(m.worst[n], a)
		}
	}
}

// Reading implements scene.Source.
func (m *moment) Reading(id tag.ID) (tag.Value, uint64) { return m.values[id], m.seq }

// Alarm implements scene.Source.
func (m *moment) Alarm(id tag.ID) symbol.Alarm { return m.states[id] }

// AreaAlarm implements scene.Source.
func (m *moment) AreaAlarm(area string) symbol.Alarm { return m.worst[area] }

// AlarmSeq implements scene.Source.
func (m *moment) AlarmSeq() uint64 { return m.seq }

// Moment implements scene.Replay.
func (m *moment) Moment() int64 { return m.t }

// Past implements scene.Past: one search at a time for each line. When the
// moment has moved on meanwhile, what was found is handed over with ok false,
// so that a past that is played shows where it was.
func (m *moment) Past(id tag.ID, from, to int64, n int) (low, high []float64, ok bool) {
	if m.room.Tags().Cell(id) == nil {
		return nil, nil, true
	}
	s := search{id, to - from, n}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.lines[s]
	switch {
	case a != nil && !a.ready:
		return nil, nil, false
	case a != nil && a.to == to:
		return a.low, a.high, true
	case a != nil:
		low, high = a.low, a.high
	}
	if m.lines == nil {
		m.lines = map[search]*lines{}
	}
	a = &lines{to: to}
	m.lines[s] = a
	go m.search(s, a)
	return low, high, false
}

// waiting reports whether a line is still being looked for.
func (m *moment) waiting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return looking(m.lines)
}
