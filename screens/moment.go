package screens

import (
	"context"
	"fmt"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/screens/scene"
	"penstock/widgets/symbol"
)

// recallAtMost bounds the entries that are read of the stretch on the bar.
const recallAtMost = 200_000

// traceAtMost bounds the lines that are read of one alarm that stood already
// when the stretch begins: of one that chatters for days only the newest count.
const traceAtMost = 2000

// moment is the plant as it was at one time, read like the running one: the
// same display shows either. It belongs to the goroutine of its scene.
type moment struct {
	*live
	values map[tag.ID]tag.Value
	list   *alarm.Snapshot // never nil once something was remembered
	states map[tag.ID]symbol.Alarm
	worst  map[string]symbol.Alarm
	seq    uint64
	t      int64    // of the values, ns; 0: none yet
	ruled  timeSpan // when the rules ran that bounds are of
	bounds map[tag.ID]scene.Limits
	lines  map[search]*lines // of small trends; under live's mu
}

// memory is what was looked up of one moment.
type memory struct {
	t      int64
	values map[tag.ID]tag.Value
	list   *alarm.Snapshot
	rules  alarm.Regime
}

// chronicle is what the journal tells of a stretch of time.
type chronicle struct {
	timeSpan
	alarms *alarm.Chronicle
	told   []journal.Entry // of alarms, oldest first; it begins a little before the stretch
	events []journal.Entry // the rest that happened, oldest first
	begins int64           // when the journal does, ns; 0: it holds nothing
	theirs bool            // devices told of alarms of their own
}

// readChronicle reads the journal of a stretch, and of what stood when it
// begins, however long that did. Any goroutine may call it.
func readChronicle(ctx context.Context, room Room, in timeSpan) (*chronicle, error) {
	c := &chronicle{timeSpan: in}
	fail := func(err error) (*chronicle, error) { return nil, fmt.Errorf("read the journal: %w", err) }
	first, err := room.Entries(ctx, journal.Filter{OldestFirst: true, Limit: 1})
	if err != nil {
		return fail(err)
	}
	if len(first) > 0 {
		c.begins = first[0].At
	}
	// A flood counts what came in the minutes before.
	from := in.from - int64(alarm.UsualLimits.FloodSpan)
	entries, err := room.Entries(ctx, journal.Filter{From: from, To: in.to + 1, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true, Limit: recallAtMost})
	if err != nil {
		return fail(err)
	}
	if len(entries) == recallAtMost {
		return nil, fmt.Errorf("more than %d alarm events between %v and %v: choose a shorter bar", recallAtMost, nanos(from).Format(time.DateTime), nanos(in.to).Format(time.DateTime))
	}
	c.told = entries
	c.theirs = slices.ContainsFunc(entries, func(e journal.Entry) bool { return e.New == "" && e.On != alarm.FloodID })
	rules := room.RulesAt(from)
	ids := []string{alarm.FloodID}
	for i := range rules.Rules {
		ids = append(ids, rules.Rules[i].ID)
	}
	var before []journal.Entry
	of, n := "", 0
	err = room.Trace(ctx, journal.Alarm, from-1, ids, func(e *journal.Entry) bool {
		if e.On != of {
			of, n = e.On, 0
		}
		n++
		before = append(before, *e)
		return alarm.Earlier(e) && n < traceAtMost
	})
	if err != nil {
		return nil, err
	}
	if c.alarms, err = alarm.NewChronicle(before, entries); err != nil {
		return nil, err
	}
	kinds := []journal.Kind{journal.Command, journal.User, journal.Config, journal.System}
	if c.events, err = room.Entries(ctx, journal.Filter{From: in.from, To: in.to + 1, Kinds: kinds, OldestFirst: true, Limit: recallAtMost}); err != nil {
		return fail(err)
	}
	return c, nil
}

// recall looks up which alarms stood at t, ns UTC, under the rules that ran
// then, and what their tags and ids were worth. Any goroutine may call it.
func (c *chronicle) recall(ctx context.Context, room Room, rules alarm.Regime, ids []tag.ID, t int64) (memory, error) {
	if rules.Rules == nil || t < rules.From || t >= rules.Until {
		rules = room.RulesAt(t)
	}
	m := memory{t: t, list: c.alarms.Standing(t, &rules), rules: rules}
	want := map[tag.ID]bool{}
	db := room.Tags()
	var known []tag.ID
	take := func(id tag.ID) {
		if id != "" && !want[id] && db.Cell(id) != nil {
			want[id] = true
			known = append(known, id)
		}
	}
	for _, id := range ids {
		take(id)
	}
	for i := range m.list.Rows {
		take(m.list.Rows[i].Tag)
		take(m.list.Rows[i].Setpoint)
	}
	vals, err := room.At(ctx, t, known)
	if err != nil {
		return m, fmt.Errorf("read history at %v: %w", nanos(t), err)
	}
	m.values = make(map[tag.ID]tag.Value, len(known))
	for i, id := range known[:min(len(known), len(vals))] {
		m.values[id] = vals[i]
	}
	for i := range m.list.Rows { // a limit that moves with a set point
		if r := &m.list.Rows[i]; r.Setpoint != "" && levelName(r.Kind) != "" {
			if f, ok := m.values[r.Setpoint].Number(); ok {
				r.LimitNow = f + r.Limit
			}
		}
	}
	return m, nil
}

// doubt says, as a sentence, what is not sure about the alarms of a moment;
// empty where everything is.
func (c *chronicle) doubt(m *memory) string {
	switch {
	case c.begins == 0:
		return "The journal is empty: nothing is known of alarms."
	case m.t < c.begins:
		return "The journal begins " + nanos(c.begins).Format("2 Jan 2006 15:04") + ": nothing is known of alarms before."
	}
	if c.theirs && m.rules.Doubt == "" {
		return "Alarms that devices raise themselves are not listed."
	}
	return m.rules.Doubt
}

// remember shows what was looked up. It reports whether limits are others.
func (m *moment) remember(mem memory) (moved bool) {
	if r := mem.rules; r.From != m.ruled.from || r.Until != m.ruled.to {
		m.ruled, m.bounds, moved = timeSpan{r.From, r.Until}, LimitsOf(r.Rules), true
	}
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
	return moved
}

// Limits implements scene.Source: those of then.
func (m *moment) Limits(id tag.ID) scene.Limits {
	if lim, ok := m.bounds[id]; ok {
		return lim
	}
	return scene.NoLimits
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
