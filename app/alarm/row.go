package alarm

import (
	"cmp"
	"slices"
)

// Row is one line of an alarm list: everything that is configured of the
// alarm, and everything that is remembered. The Rule is the engine's and is
// not to be changed; the rest is a copy.
type Row struct {
	*Rule
	State
	Phase      Phase
	Chattering bool
}

// Occurred is the id that joins this row to its lines in the journal.
func (r *Row) Occurred() string { return OccurrenceID(r.Rule.ID, r.State.Occurrence) }

// Since is when the alarm got into what the list shows, ns since 1970 UTC:
// shelved, suppressed or out of service since then, else first annunciated
// then.
func (r *Row) Since() int64 {
	switch r.Phase {
	case Shelved:
		return r.ShelvedAt
	case Suppressed:
		return r.SuppressedAt
	case OutOfService:
		return r.OutAt
	}
	return r.RaisedAt
}

// Snapshot is the alarm list at one moment. It is not changed once made, so
// any number of goroutines may read it.
type Snapshot struct {
	At    int64
	Rows  []Row // all but the normal ones, in the order of MoreUrgent
	Flood Flood

	Unacked      [Lowest + 1]int // visible, to be acknowledged, by priority; [0] is the sum
	Active       [Lowest + 1]int // visible and active, by priority; [0] is the sum
	Latched      int             // visible, waiting for a reset
	Shelved      int
	Suppressed   int
	OutOfService int
	Chattering   int
}

// Worst is the most urgent alarm that is to be acknowledged, or else the most
// urgent one that is visible; nil when there is none.
func (s *Snapshot) Worst() *Row {
	if len(s.Rows) > 0 && !s.Rows[0].Phase.Hidden() {
		return &s.Rows[0]
	}
	return nil
}

// Row returns the row of an alarm, or nil when it is normal.
func (s *Snapshot) Row(id string) *Row {
	for i := range s.Rows {
		if s.Rows[i].Rule.ID == id {
			return &s.Rows[i]
		}
	}
	return nil
}

// MoreUrgent orders rows as an operator should read them: what is to be
// acknowledged before what is not, hidden alarms last; then by priority, the
// newest first.
func MoreUrgent(a, b *Row) int {
	return a.key().compare(b.key())
}

func (r *Row) key() key {
	return key{urgency(r.Phase), int8(r.Priority), r.AnnouncedAt, r.Rule.ID}
}

func urgency(p Phase) int8 {
	switch {
	case p.Hidden():
		return 2
	case p.Flashes():
		return 0
	}
	return 1
}

// mark keeps the list of alarms that are not plainly normal.
func (e *Engine) mark(l *live) {
	e.changes++
	listed := l.state.Phase() != Normal || l.chatter.on
	switch {
	case listed && l.awayAt < 0:
		l.awayAt = len(e.away)
		e.away = append(e.away, l)
	case !listed && l.awayAt >= 0:
		last := len(e.away) - 1
		e.away[l.awayAt] = e.away[last]
		e.away[l.awayAt].awayAt = l.awayAt
		e.away = e.away[:last]
		l.awayAt = -1
	}
}

// Changes counts what would make a new Snapshot differ from one before.
func (e *Engine) Changes() int64 { return e.changes }

// Standing takes a Snapshot. The cost grows with the alarms that are not
// normal, not with those configured.
func (e *Engine) Standing() *Snapshot {
	s := &Snapshot{At: e.now, Rows: make([]Row, 0, len(e.away)), Flood: e.flood}
	// Rows are large: their keys are sorted, and each row is copied once.
	type keyed struct {
		key
		alarm *live
	}
	keys := make([]keyed, len(e.away))
	for i, l := range e.away {
		keys[i] = keyed{key{urgency(l.state.Phase()), int8(l.rule.Priority), l.state.AnnouncedAt, l.rule.ID}, l}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return a.compare(b.key) })
	for i := range keys {
		l := keys[i].alarm
		e.away[i], l.awayAt = l, i // nearly in order the next time, which sorts in one pass
		r := Row{Rule: l.rule, State: l.state, Phase: l.state.Phase(), Chattering: l.chatter.on}
		s.count(&r)
		if r.Phase != Normal {
			s.Rows = append(s.Rows, r)
		}
	}
	return s
}

// key is what the order of the list depends on.
type key struct {
	urgency, priority int8
	announced         int64
	id                string
}

func (a key) compare(b key) int {
	switch {
	case a.urgency != b.urgency:
		return int(a.urgency) - int(b.urgency)
	case a.priority != b.priority:
		return int(a.priority) - int(b.priority)
	case a.announced != b.announced:
		return cmp.Compare(b.announced, a.announced)
	}
	return cmp.Compare(a.id, b.id)
}

// With returns s with rows that come from elsewhere, sorted in and counted.
func (s *Snapshot) With(rows []Row) *Snapshot {
	if len(rows) == 0 {
		return s
	}
	out := *s
	out.Rows = slices.Concat(s.Rows, rows)
	for i := range rows {
		out.count(&rows[i])
	}
	slices.SortStableFunc(out.Rows, func(a, b Row) int { return MoreUrgent(&a, &b) })
	return &out
}

func (s *Snapshot) count(r *Row) {
	if r.Chattering {
		s.Chattering++
	}
	switch r.Phase {
	case Shelved:
		s.Shelved++
		return
	case Suppressed:
		s.Suppressed++
		return
	case OutOfService:
		s.OutOfService++
		return
	}
	if r.Latched {
		s.Latched++
	}
	if r.Active {
		s.Active[0]++
		s.Active[r.Priority]++
	}
	if r.Unacked {
		s.Unacked[0]++
		s.Unacked[r.Priority]++
	}
}
