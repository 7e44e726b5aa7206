package alarm

import "math"

// Never is the Due of a state that time alone does not change.
const Never = math.MaxInt64

// Step returns the state that follows s when e happens to an alarm under r.
// It is total and pure: an event that is refused (see Refuse) leaves s as time
// alone would. Delays, shelves and re-alarms that end at or before e.At happen
// before e does, each at its own time. r is not changed.
//
// Step lets as much time pass as e says; a caller that must see every change
// of phase steps to each Due first.
func Step(r *Rule, s State, e Event) State {
	step(r, &s, &e)
	return s
}

// step is Step in place.
func step(r *Rule, s *State, e *Event) {
	pass(r, s, e)
	if e.What == Time || Refuse(r, s, e) != nil {
		return
	}
	switch e.What {
	case Observe:
		observe(r, s, e)
	case Suppress:
		if !s.Suppressed {
			s.Suppressed, s.SuppressedAt = true, e.At
		}
		s.SuppressedBy = e.Note
	case Unsuppress:
		if s.Suppressed {
			s.Suppressed = false
			uncover(s, e, e.At)
		}
	case Ack:
		s.Unacked = false
		s.AckedAt, s.AckedBy, s.AckedFrom, s.AckedNote = e.At, e.Who, e.Station, e.Note
	case Reset:
		s.Latched = false
	case Shelve:
		s.Shelved = Timed
		if e.OneShot {
			s.Shelved = OneShot
		}
		s.ShelvedAt, s.ShelvedUntil, s.ShelvedBy, s.ShelvedWhy = e.At, e.Until, e.Who, e.Note
	case Unshelve:
		unshelve(s, e, e.At)
	case Remove:
		s.OutOfService = true
		s.OutAt, s.OutUntil, s.OutBy, s.OutWhy = e.At, e.Until, e.Who, e.Note
	case Restore:
		restore(s, e, e.At)
	case Comment:
		s.CommentAt, s.CommentBy, s.Comment = e.At, e.Who, e.Note
	}
	pass(r, s, e)
}

// Due is the next time at which time alone changes s, or Never. A Step to any
// earlier time leaves s alone.
func Due(r *Rule, s *State) int64 {
	at, _ := due(r, s)
	return at
}

// timeout is what a State waits for.
type timeout uint8

const (
	nothing timeout = iota
	shelfEnds
	serviceEnds
	condEnds  // of a kind whose condition passes by itself
	condComes // of a kind whose condition is silence
	onDelay
	offDelay
	reAlarm
)

// due finds the earliest timeout of s. Of several at the same time the first
// in the order above happens first.
func due(r *Rule, s *State) (at int64, what timeout) {
	at = Never
	want := func(t int64, w timeout) {
		if t < at {
			at, what = t, w
		}
	}
	if s.Shelved != NotShelved {
		want(s.ShelvedUntil, shelfEnds)
	}
	if s.OutOfService {
		want(s.OutUntil, serviceEnds)
	}
	switch r.Kind {
	case Change:
		if s.Cond {
			want(s.CondAt+max(int64(r.OffDelay), int64(r.OnDelay), 1), condEnds)
		}
	case Rate:
		if s.Cond && !s.Frozen {
			want(s.Seen+rateHold, condEnds)
		}
	case NoUpdate:
		if !s.Cond && r.Limit > 0 && s.Seen != 0 {
			want(s.Seen+int64(r.Limit*1e9), condComes)
		}
	}
	switch {
	case s.Frozen:
		// Bad data ends no delay, neither that of coming nor of going.
	case s.Cond && !s.Active:
		want(s.CondAt+int64(r.OnDelay), onDelay)
	case !s.Cond && s.Active:
		off := int64(r.OffDelay)
		if r.Kind == Change {
			off = 0 // the condition itself lasted that long
		}
		want(s.CondAt+off, offDelay)
	}
	if r.ReAlarm > 0 && s.Active && !s.Unacked && !s.Hidden() && s.AckedAt != 0 {
		want(s.AckedAt+int64(r.ReAlarm), reAlarm)
	}
	return at, what
}

// pass lets time run to e.At.
func pass(r *Rule, s *State, e *Event) {
	for {
		at, what := due(r, s)
		if at > e.At || what == nothing {
			return
		}
		switch what {
		case shelfEnds:
			unshelve(s, e, at)
		case serviceEnds:
			restore(s, e, at)
		case condEnds:
			s.Cond, s.CondAt, s.CondSource = false, at, 0
		case condComes:
			s.Cond, s.CondAt, s.CondSource = true, at, 0
		case onDelay:
			raise(s, e, at)
		case offDelay:
			clear(r, s, e, at)
		case reAlarm:
			announce(s, e, at, true)
		}
	}
}

// raise makes the condition an alarm. While the alarm is hidden the operator
// is not told; a latched alarm that comes again is the same occurrence.
func raise(s *State, e *Event, at int64) {
	chain := s.Unacked || s.Latched
	s.Active, s.ActiveAt = true, at
	s.Activations++
	if s.Hidden() {
		s.Quiet = !s.Latched
		s.Latched = false
		return
	}
	s.Latched = false
	announce(s, e, at, chain)
}

// announce brings an alarm that is there to the operator: for the first time,
// or again in the chain of the same occurrence.
func announce(s *State, e *Event, at int64, chain bool) {
	if chain {
		s.ReAlarms++
	} else {
		s.Occurrence++
		s.ReAlarms = 0
		s.RaisedAt, s.RaisedSource = at, s.CondSource
		s.FirstOut = e.FirstOut
		s.CommentAt, s.CommentBy, s.Comment = 0, "", ""
	}
	s.Unacked, s.Quiet = true, false
	s.Notice++
	s.AnnouncedAt = at
	s.AckedAt, s.AckedBy, s.AckedFrom, s.AckedNote = 0, "", "", ""
}

// clear lets the alarm go when its condition has gone.
func clear(r *Rule, s *State, e *Event, at int64) {
	s.Active, s.ReturnedAt = false, at
	switch {
	case s.Quiet:
		s.Quiet = false // nobody was told, so there is nothing to hold
	case r.Class.Latched:
		s.Latched = true
	case r.Class.NoAck:
		s.Unacked = false
	}
	if s.Shelved == OneShot {
		unshelve(s, e, at)
	}
}

func unshelve(s *State, e *Event, at int64) {
	s.Shelved, s.ShelvedAt, s.ShelvedUntil, s.ShelvedBy, s.ShelvedWhy = NotShelved, 0, 0, "", ""
	uncover(s, e, at)
}

func restore(s *State, e *Event, at int64) {
	s.OutOfService, s.OutAt, s.OutUntil, s.OutBy, s.OutWhy = false, 0, 0, "", ""
	uncover(s, e, at)
}

// uncover brings an alarm back before the operator. One that is there is
// annunciated anew. One that went meanwhile and was never acknowledged still
// waits for that: being hidden acknowledges nothing.
func uncover(s *State, e *Event, at int64) {
	if !s.Suppressed {
		s.SuppressedAt, s.SuppressedBy = 0, ""
	}
	if !s.Hidden() && s.Active {
		announce(s, e, at, !s.Quiet || s.Unacked)
	}
}
