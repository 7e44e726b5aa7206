package alarm

import "time"

// Limits say when an alarm chatters and when a plant is in flood.
type Limits struct {
	ChatterCount int           // an alarm chatters when it came so often (below 0: never) ...
	ChatterSpan  time.Duration // ... in so long; it no longer does after as long without coming
	FloodIn      int           // a flood begins with more than so many annunciations ...
	FloodSpan    time.Duration // ... in so long
	FloodOut     int           // it ends with fewer than so many in as long
}

// UsualLimits are those of EEMUA 191 for floods. For chatter the standards
// have no number; 3 in a minute is the common reading.
var UsualLimits = Limits{ChatterCount: 3, ChatterSpan: time.Minute, FloodIn: 10, FloodSpan: 10 * time.Minute, FloodOut: 5}

func (l Limits) orUsual() Limits {
	if l.ChatterCount >= 0 && (l.ChatterCount < 2 || l.ChatterSpan <= 0) {
		l.ChatterCount, l.ChatterSpan = UsualLimits.ChatterCount, UsualLimits.ChatterSpan
	}
	if l.FloodIn <= 0 || l.FloodSpan <= 0 || l.FloodOut <= 0 {
		l.FloodIn, l.FloodSpan, l.FloodOut = UsualLimits.FloodIn, UsualLimits.FloodSpan, UsualLimits.FloodOut
	}
	return l
}

// floodSlots is how finely the window slides: a six-hundredth of its span.
const floodSlots = 600

// Flood counts annunciations over a sliding window, and says with hysteresis
// whether there are more than a person can answer.
type Flood struct {
	Active bool
	Since  int64 // when it last began or ended, ns since 1970 UTC; 0: never
	Count  int   // annunciations in the window
	Total  int   // annunciations since the flood began

	limits Limits
	slots  [floodSlots]int
	slot   int64 // number of the newest slot since 1970
}

// count takes one annunciation at now.
func (f *Flood) count(now int64) {
	f.slide(now)
	f.slots[f.slot%floodSlots]++
	f.Count++
	f.Total++
}

// slide moves the window on to now.
func (f *Flood) slide(now int64) {
	to := now / (int64(f.limits.FloodSpan) / floodSlots)
	if to-f.slot >= floodSlots {
		f.slots, f.Count = [floodSlots]int{}, 0
		f.slot = to
	}
	for f.slot < to {
		f.slot++
		f.Count -= f.slots[f.slot%floodSlots]
		f.slots[f.slot%floodSlots] = 0
	}
}

// turn reports whether a flood begins or ends at now.
func (f *Flood) turn(now int64) Action {
	f.slide(now)
	switch {
	case !f.Active && f.Count > f.limits.FloodIn:
		f.Active, f.Since, f.Total = true, now, f.Count
		return FloodBegan
	case f.Active && f.Count < f.limits.FloodOut:
		f.Active, f.Since = false, now
		return FloodEnded
	}
	return NoAction
}

// floodRule stands in the journal for the plant as a whole.
var floodRule = &Rule{ID: FloodID, Message: "More alarms than a person can answer", Priority: Urgent}

func (e *Engine) tellFlood() {
	if a := e.flood.turn(e.now); a != NoAction {
		n := e.flood.Count
		if a == FloodEnded {
			n = e.flood.Total
		}
		e.put(Transition{Rule: floodRule, Action: a, At: e.now, Count: n, Event: Event{At: e.now}})
		e.changes++
	}
}
