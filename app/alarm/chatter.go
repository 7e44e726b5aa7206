package alarm

import "time"

// chatter follows how often one alarm comes. While it chatters, its coming and
// going is counted and told once a second; every annunciation is in a count,
// and none is ever acknowledged by being counted.
type chatter struct {
	on      bool
	recent  []int64 // the last comings, at most Limits.ChatterCount
	next    int     // index in recent of the oldest
	toldAt  int64
	untold  int   // annunciations since the last line
	from    Facts // before the first of them
	waiting bool  // something happened since the last line
}

const tellChatterEvery = int64(time.Second)

// came takes one coming at now and reports whether the alarm chatters.
func (c *chatter) came(now int64, l Limits) bool {
	if len(c.recent) < l.ChatterCount {
		c.recent = append(c.recent, now)
		c.next = 0
	} else {
		c.recent[c.next] = now
		c.next = (c.next + 1) % len(c.recent)
	}
	oldest := c.recent[c.next]
	return len(c.recent) == l.ChatterCount && now-oldest <= int64(l.ChatterSpan)
}

// newest is when the alarm last came.
func (c *chatter) newest() int64 {
	if len(c.recent) == 0 {
		return 0
	}
	return c.recent[(c.next+len(c.recent)-1)%len(c.recent)]
}

// swallow reports whether a is counted rather than told. What an operator
// must answer is always told: an annunciation of an alarm that nobody owed an
// answer for, and everything a person did.
func (e *Engine) swallow(l *live, a Action, was *State, ev *Event) bool {
	c := &l.chatter
	if e.limits.ChatterCount < 0 {
		return false
	}
	switch a {
	case Annunciated, ReAnnunciated, CameHidden:
		if l.state.Activations == was.Activations {
			return e.toldApart(l, was) // it did not come: it was brought back, or told again
		}
		if c.came(e.now, e.limits) && !c.on {
			c.on, c.toldAt = true, e.now
			e.chatty = append(e.chatty, l)
			return false
		}
	case Went:
	default:
		return e.toldApart(l, was)
	}
	if !c.on || ev.What.Personal() {
		return false
	}
	if a == Annunciated && !was.Unacked && !l.rule.Class.NoAck {
		return e.toldApart(l, was)
	}
	if !c.waiting {
		c.waiting, c.from = true, was.Facts
	}
	if a.Tells() {
		c.untold++
	}
	return true
}

// toldApart tells what was counted before a line that is told by itself, so
// that lines stay in their order. It returns false, for swallow.
func (e *Engine) toldApart(l *live, was *State) bool {
	if l.chatter.waiting {
		e.tellOne(l, was)
	}
	return false
}

// tellOne tells what was counted of l, up to state s.
func (e *Engine) tellOne(l *live, s *State) {
	c := &l.chatter
	e.put(Transition{Rule: l.rule, Action: Chattered, At: e.now, From: c.from, State: *s, Event: Event{At: e.now}, Count: c.untold})
	c.untold, c.waiting, c.toldAt = 0, false, e.now
}

// Flush tells at once what is counted of chattering alarms, so that a station
// that stops keeps every count. The slice returned is the engine's until the
// next call.
func (e *Engine) Flush(now int64) []Transition {
	e.begin(now)
	for _, l := range e.chatty {
		if l.chatter.waiting {
			e.tellOne(l, &l.state)
		}
	}
	return e.end()
}

// tellChatter tells, once a second, what was counted, and lets an alarm go
// that has been quiet for long enough.
func (e *Engine) tellChatter() {
	kept := e.chatty[:0]
	for _, l := range e.chatty {
		c := &l.chatter
		quiet := e.now-c.newest() > int64(e.limits.ChatterSpan)
		if c.waiting && (quiet || e.now-c.toldAt >= tellChatterEvery) {
			e.tellOne(l, &l.state)
		}
		if quiet {
			c.on = false
			e.mark(l)
			continue
		}
		kept = append(kept, l)
	}
	e.chatty = kept
}
