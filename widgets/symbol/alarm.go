package symbol

// Phase is what an alarm asks for.
type Phase uint8

// The phases of an alarm as a symbol shows them.
const (
	Quiet    Phase = iota // no alarm
	Silenced              // shelved, suppressed or out of service
	Returned              // normal again, but nobody has acknowledged it
	Acked                 // standing, acknowledged
	Unacked               // standing, not acknowledged
)

// Alarm is the worst alarm of what a symbol shows. The zero Alarm is none.
type Alarm struct {
	Priority uint8 // 1 urgent .. 4 low
	Phase    Phase
}

// Worse returns the one of two alarms to be shown: what asks for somebody
// first, then by priority.
func Worse(a, b Alarm) Alarm {
	ra, rb := a.rank(), b.rank()
	if rb > ra {
		return b
	}
	return a
}

func (a Alarm) rank() int {
	if a.Phase == Quiet || a.Priority == 0 {
		return 0
	}
	r := 10 * (5 - int(min(a.Priority, 4)))
	switch a.Phase {
	case Silenced:
		return 1
	case Returned:
		r += 100
	case Acked:
		r += 200
	case Unacked:
		r += 200 + 5 // within one priority the unacknowledged one first
	}
	return r
}
