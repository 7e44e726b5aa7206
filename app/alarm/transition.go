package alarm

import "strconv"

// Action says what a Transition is a change of: the verb of a journal line.
type Action uint8

// The actions. Each changes the facts of an alarm, but for Froze, Thawed,
// StillThere, Commented and the flood.
const (
	NoAction      Action = iota
	Annunciated          // came, and the operator is told
	ReAnnunciated        // the same occurrence is told once more
	CameHidden           // came while it was hidden: the operator is not told
	Went                 // the condition is gone
	Acknowledged
	WasReset
	WasShelved
	WasUnshelved
	WasSuppressed
	WasUnsuppressed
	WasRemoved // from service
	WasRestored
	Commented
	Froze      // the value cannot be used; the alarm stays as it was
	Thawed     // the value can be used again
	StillThere // the first value after a restart finds it as it was
	Chattered  // came and went Count times since the last line
	Dropped    // the alarm is no longer configured
	FloodBegan
	FloodEnded
)

var actionNames = [...]string{"", "annunciated", "annunciated again", "came hidden", "returned", "acknowledged", "reset", "shelved", "unshelved",
	"suppressed", "unsuppressed", "taken out of service", "put into service", "commented", "value lost", "value back", "still there after restart",
	"chattered", "no longer configured", "flood began", "flood ended"}

func (a Action) String() string { return actionNames[a] }

// ParseAction reads the word that String writes.
func ParseAction(s string) (a Action, ok bool) {
	for i, n := range actionNames {
		if i > 0 && s == n {
			return Action(i), true
		}
	}
	return NoAction, false
}

// Tells reports whether a calls for the operator's attention: what alarm
// rates are counted of.
func (a Action) Tells() bool { return a == Annunciated || a == ReAnnunciated }

// Transition is one change of one alarm: one line of the journal, and the
// state that follows from it.
type Transition struct {
	Rule   *Rule
	Action Action
	At     int64 // when this station knew, ns since 1970 UTC
	From   Facts
	State  State // after the change
	Event  Event // what it came from
	Count  int   // Chattered: annunciations this line stands for; floods: how many in the window
}

// To is what is true of the alarm after the change.
func (t *Transition) To() Facts { return t.State.Facts }

// OccurrenceID joins all lines of one occurrence of an alarm.
func OccurrenceID(rule string, occurrence int64) string {
	return rule + "#" + strconv.FormatInt(occurrence, 10)
}

// between names what changed from one state to the next, in the order it is
// told. Several things can change at one instant: a shelf that ends brings an
// alarm back, which annunciates it.
func between(was, is *State, e *Event) (out [6]Action, n int) {
	add := func(a Action) { out[n] = a; n++ }
	if was.Active && !is.Active {
		add(Went)
	}
	if a := hiding(was, is); a != NoAction {
		add(a)
	}
	switch {
	case is.Occurrence > was.Occurrence:
		add(Annunciated)
	case is.Notice > was.Notice:
		add(ReAnnunciated)
	case is.Activations > was.Activations:
		add(CameHidden)
	}
	switch {
	case e.What == Ack && was.Unacked && !is.Unacked:
		add(Acknowledged)
	case e.What == Reset && was.Latched && !is.Latched:
		add(WasReset)
	}
	if is.Base() != Normal && is.Frozen != was.Frozen {
		if is.Frozen {
			add(Froze)
		} else {
			add(Thawed)
		}
	}
	return out, n
}

// hiding names the change of shelf, suppression or service. One event makes
// at most one of them.
func hiding(was, is *State) Action {
	switch {
	case was.Shelved == NotShelved && is.Shelved != NotShelved:
		return WasShelved
	case was.Shelved != NotShelved && is.Shelved == NotShelved:
		return WasUnshelved
	case !was.Suppressed && is.Suppressed:
		return WasSuppressed
	case was.Suppressed && !is.Suppressed:
		return WasUnsuppressed
	case !was.OutOfService && is.OutOfService:
		return WasRemoved
	case was.OutOfService && !is.OutOfService:
		return WasRestored
	}
	return NoAction
}
