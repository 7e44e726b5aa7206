package alarm

import (
	"math"
	"time"

	"penstock/app/tag"
)

const (
	rateSpan = int64(10 * time.Second) // a rate of change is measured over at least so long
	rateHold = 3 * rateSpan            // without a new value for so long, the value is not moving
)

// observe updates the bare condition of s from a reading. A reading that
// cannot be used freezes the condition where it is: bad data neither raises
// an alarm nor lets one return.
func observe(r *Rule, s *State, e *Event) {
	s.Seen = e.At
	cond, known := r.holds(s, e)
	if !known {
		s.Frozen = true
		return
	}
	thawed := s.Frozen
	s.Frozen = false
	switch {
	case cond != s.Cond, r.Kind == Change && cond:
		s.Cond, s.CondAt, s.CondSource = cond, e.At, source(e.Value)
	case thawed && s.Cond != s.Active:
		// The delay that was running must be served with values that can be
		// used; the clock of the frozen time does not count.
		s.CondAt = e.At
	}
	if cond && !s.Active {
		s.Raised = e.Value
	}
}

// source is the source's own time of a reading, 0 where it is not believed.
func source(v tag.Value) int64 {
	if v.Flags&tag.Skewed != 0 {
		return 0
	}
	return v.Source
}

// usable reports whether an alarm may judge by v. A stale value is the old
// value once more; it tells nothing new.
func usable(v *tag.Value) bool {
	return v.Quality.Usable() && !isStale(v.Quality)
}

func isStale(q tag.Quality) bool {
	return q.Status()&0xFFFF0000 == tag.LastUsable.Status()
}

// holds reports whether the condition of r is true for the reading in e;
// known is false when the reading cannot tell. An alarm that is there stays
// until the value is past the limit by more than the deadband.
func (r *Rule) holds(s *State, e *Event) (cond, known bool) {
	v := &e.Value
	switch r.Kind {
	case BadQuality:
		return !v.Quality.Usable(), v.Quality != tag.NoData
	case NoUpdate:
		return isStale(v.Quality), true
	}
	if !usable(v) {
		return false, false
	}
	switch r.Kind {
	case Expression:
		return v.Value.Truth()
	case Pattern:
		return r.matches(v.Value.Str()), v.Value.Kind() == tag.KindText
	case Change:
		return r.changed(s, v)
	}
	f, ok := v.Value.Float()
	if !ok || !finite(f) {
		return false, false
	}
	if r.Kind == Rate {
		return r.moves(s, v, f)
	}
	base := r.SetpointValue
	if r.Setpoint != "" {
		if base, ok = e.Setpoint.Value.Float(); !ok || !usable(&e.Setpoint) || !finite(base+r.Limit) {
			return false, false
		}
	}
	band := 0.0
	if s.Cond {
		band = r.Deadband.Units()
	}
	switch r.Kind {
	case HighHigh, High:
		s.LimitNow = base + r.Limit
		return f >= s.LimitNow-band, true
	case Low, LowLow:
		s.LimitNow = base + r.Limit
		return f <= s.LimitNow+band, true
	case Deviation:
		s.LimitNow = r.Limit
		return math.Abs(f-base) >= r.Limit-band, true
	case Discrete:
		s.LimitNow = r.Limit
		return f == r.Limit, true
	}
	return false, false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// changed compares with the reading before. The first reading is no change.
func (r *Rule) changed(s *State, v *tag.Value) (cond, known bool) {
	f, number := v.Value.Float()
	text := v.Value.Str()
	if v.Value.Kind() == tag.None || number && !finite(f) {
		return false, false
	}
	first := s.RefAt == 0
	same := s.Ref == f && s.RefText == text
	s.Ref, s.RefText, s.RefAt = f, text, max(v.At(), 1)
	if first {
		return false, true
	}
	if same {
		return s.Cond, true // runs out by time
	}
	return true, true
}

// moves compares with a reading at least rateSpan ago.
func (r *Rule) moves(s *State, v *tag.Value, f float64) (cond, known bool) {
	at := v.At()
	if s.RefAt == 0 || at < s.RefAt {
		s.Ref, s.RefAt = f, max(at, 1)
		return s.Cond, !s.Frozen
	}
	dt := at - s.RefAt
	if dt < rateSpan {
		return s.Cond, true
	}
	perMinute := (f - s.Ref) * float64(time.Minute) / float64(dt)
	s.Ref, s.RefAt = f, at
	limit := r.Limit
	if limit < 0 {
		limit, perMinute = -limit, -perMinute
	}
	s.LimitNow = r.Limit
	if s.Cond {
		limit -= r.Deadband.Units()
	}
	return perMinute >= limit, true
}
