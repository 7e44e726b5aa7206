package screens

import (
	"context"
	"fmt"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/symbol"
)

// moment is the plant as it was at one time, read like the running one: the
// same display shows either. It does not change.
type moment struct {
	*live
	values map[tag.ID]tag.Value
	states map[tag.ID]symbol.Alarm
	worst  map[string]symbol.Alarm
}

// recall looks up what tags were worth and which alarms stood at t, ns UTC.
func recall(ctx context.Context, l *live, ids []tag.ID, t int64) (*moment, error) {
	m := &moment{live: l, values: map[tag.ID]tag.Value{}, states: map[tag.ID]symbol.Alarm{}, worst: map[string]symbol.Alarm{}}
	known := ids[:0:0]
	for _, id := range ids {
		if l.room.Tags().Cell(id) != nil {
			known = append(known, id)
		}
	}
	vals, err := l.room.At(ctx, t, known)
	if err != nil {
		return nil, fmt.Errorf("read history at %v: %w", nanos(t), err)
	}
	for i, id := range known[:min(len(known), len(vals))] {
		m.values[id] = vals[i]
	}
	facts, err := standingAt(ctx, l.room, t)
	if err != nil {
		return nil, err
	}
	rules := l.project.Alarms
	for i := range rules {
		f, ok := facts[rules[i].ID]
		if !ok {
			continue
		}
		a := symbol.Alarm{Priority: uint8(rules[i].Priority), Phase: phaseOf(f.Phase())}
		m.states[rules[i].Tag] = symbol.Worse(m.states[rules[i].Tag], a)
		if a.Phase == symbol.Silenced {
			continue
		}
		for _, n := range l.within[rules[i].Area] {
			m.worst[n] = symbol.Worse(m.worst[n], a)
		}
	}
	return m, nil
}

// recallSpan is how far back the journal is read for what stood at a moment:
// an alarm that has not moved for longer is not shown.
const recallSpan = int64(45 * 24 * 3600 * 1e9)

// standingAt works out from the journal alone where every alarm stood.
func standingAt(ctx context.Context, room Room, t int64) (map[string]alarm.Facts, error) {
	entries, err := room.Entries(ctx, journal.Filter{From: t - recallSpan, To: t + 1, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true, Limit: 200_000})
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return alarm.Rebuild(entries)
}

// Reading implements scene.Source.
func (m *moment) Reading(id tag.ID) (tag.Value, uint64) { return m.values[id], 1 }

// Alarm implements scene.Source.
func (m *moment) Alarm(id tag.ID) symbol.Alarm { return m.states[id] }

// AreaAlarm implements scene.Source.
func (m *moment) AreaAlarm(area string) symbol.Alarm { return m.worst[area] }

// AlarmSeq implements scene.Source.
func (m *moment) AlarmSeq() uint64 { return 1 }

// Past implements scene.Past: lines end now and not then, so there are none.
func (m *moment) Past(tag.ID, int64, int64, int) (low, high []float64, ok bool) {
	return nil, nil, false
}
