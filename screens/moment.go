package screens

import (
	"context"
	"fmt"
	"sort"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/symbol"
)

// recallSpan is how far back the journal is read for what stood at a moment:
// an alarm that has not moved for longer is not shown.
const recallSpan = int64(45 * 24 * 3600 * 1e9)

// recallAtMost bounds the entries that are read.
const recallAtMost = 200_000

// moment is the plant as it was at one time, read like the running one: the
// same display shows either. It belongs to the goroutine of its scene.
type moment struct {
	*live
	values map[tag.ID]tag.Value
	states map[tag.ID]symbol.Alarm
	worst  map[string]symbol.Alarm
	seq    uint64
}

// memory is what was looked up of one moment.
type memory struct {
	t      int64
	values map[tag.ID]tag.Value
	facts  map[string]alarm.Facts
}

// alarmsBefore reads the alarms' entries that tell where each stood at any
// time from from to to, oldest first.
func alarmsBefore(ctx context.Context, room Room, from, to int64) ([]journal.Entry, error) {
	entries, err := room.Entries(ctx, journal.Filter{From: from - recallSpan, To: to + 1, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true, Limit: recallAtMost})
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return entries, nil
}

// recall looks up what tags were worth and, from the journal's entries, which
// alarms stood at t, ns UTC. Any goroutine may call it.
func recall(ctx context.Context, room Room, entries []journal.Entry, ids []tag.ID, t int64) (memory, error) {
	m := memory{t: t, values: make(map[tag.ID]tag.Value, len(ids))}
	db := room.Tags()
	known := make([]tag.ID, 0, len(ids))
	for _, id := range ids {
		if db.Cell(id) != nil {
			known = append(known, id)
		}
	}
	vals, err := room.At(ctx, t, known)
	if err != nil {
		return m, fmt.Errorf("read history at %v: %w", nanos(t), err)
	}
	for i, id := range known[:min(len(known), len(vals))] {
		m.values[id] = vals[i]
	}
	n := sort.Search(len(entries), func(i int) bool { return entries[i].At > t })
	m.facts, err = alarm.Rebuild(entries[:n])
	return m, err
}

// remember shows what was looked up.
func (m *moment) remember(mem memory) {
	m.seq++
	m.values, m.states, m.worst = mem.values, map[tag.ID]symbol.Alarm{}, map[string]symbol.Alarm{}
	rules := m.project.Alarms
	for i := range rules {
		f, ok := mem.facts[rules[i].ID]
		if !ok {
			continue
		}
		a := symbol.Alarm{Priority: uint8(rules[i].Priority), Phase: phaseOf(f.Phase())}
		m.states[rules[i].Tag] = symbol.Worse(m.states[rules[i].Tag], a)
		if a.Phase == symbol.Silenced {
			continue
		}
		for _, n := range m.within[rules[i].Area] {
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

// Past implements scene.Past: small lines end now and not then, so there are
// none.
func (m *moment) Past(tag.ID, int64, int64, int) (low, high []float64, ok bool) {
	return nil, nil, false
}
