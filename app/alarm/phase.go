package alarm

import (
	"fmt"
	"strings"
)

// Phase is the name ISA-18.2 gives to where an alarm stands. It is computed
// from Facts, never stored.
type Phase uint8

// The phases. Unacked, Acked, Returned and the latched ones annunciate; the
// last three keep an alarm from the operator, each with who or what, why, and
// until when.
const (
	Normal         Phase = iota // A
	Unacked                     // B: there, nobody has acknowledged
	Acked                       // C: there, acknowledged
	Returned                    // D: gone, nobody has acknowledged
	LatchedUnacked              // LU: gone but held, nobody has acknowledged
	LatchedAcked                // LA: gone but held, acknowledged, waits for a reset
	Shelved                     // E: put aside by an operator for a time
	Suppressed                  // F: suppressed by design
	OutOfService                // G: taken out of service
)

var (
	phaseCodes = [...]string{"A", "B", "C", "D", "LU", "LA", "E", "F", "G"}
	phaseWords = [...]string{"normal", "unacknowledged", "acknowledged", "returned", "latched", "latched acknowledged", "shelved", "suppressed", "out of service"}
)

// Code is the letter of the standard's state diagram.
func (p Phase) Code() string { return phaseCodes[p] }

func (p Phase) String() string { return phaseWords[p] }

// Hidden reports whether an alarm of phase p is kept from the operator.
func (p Phase) Hidden() bool { return p >= Shelved }

// Flashes reports whether an alarm of phase p asks for attention.
func (p Phase) Flashes() bool { return p == Unacked || p == Returned || p == LatchedUnacked }

// Sounds reports whether an alarm of phase p sounds until it is silenced.
func (p Phase) Sounds() bool { return p == Unacked || p == LatchedUnacked }

// Shelf says how an alarm was put aside.
type Shelf uint8

// The shelves. Both have an end; a one-shot shelf also ends when the alarm
// returns.
const (
	NotShelved Shelf = iota
	Timed
	OneShot
)

// Facts are what is true of an alarm, each apart from the others. Latched and
// Active are never both true.
type Facts struct {
	Active       bool  `json:"active,omitempty"`  // the condition, once its delays have passed
	Unacked      bool  `json:"unacked,omitempty"` // annunciated, and nobody has acknowledged
	Latched      bool  `json:"latched,omitempty"` // the condition is gone and the alarm waits for a reset
	Shelved      Shelf `json:"shelved,omitempty"`
	Suppressed   bool  `json:"suppressed,omitempty"` // by design
	OutOfService bool  `json:"outOfService,omitempty"`
}

// Hidden reports whether the alarm is kept from the operator.
func (f Facts) Hidden() bool { return f.Shelved != NotShelved || f.Suppressed || f.OutOfService }

// Base is where the alarm stands apart from being shelved, suppressed or out
// of service.
func (f Facts) Base() Phase {
	switch {
	case f.Active && f.Unacked:
		return Unacked
	case f.Active:
		return Acked
	case f.Latched && f.Unacked:
		return LatchedUnacked
	case f.Latched:
		return LatchedAcked
	case f.Unacked:
		return Returned
	}
	return Normal
}

// Phase names the state an operator sees: out of service goes before
// suppressed, suppressed before shelved, shelved before the rest.
func (f Facts) Phase() Phase {
	switch {
	case f.OutOfService:
		return OutOfService
	case f.Suppressed:
		return Suppressed
	case f.Shelved != NotShelved:
		return Shelved
	}
	return f.Base()
}

const (
	wordShelved = "shelved"
	wordOneShot = "shelved once"
)

// String writes f in full, such as "returned, shelved, suppressed". It is
// what the journal keeps, and ParseFacts reads it back.
func (f Facts) String() string {
	b := f.Base().String()
	if !f.Hidden() {
		return b
	}
	switch f.Shelved {
	case Timed:
		b += ", " + wordShelved
	case OneShot:
		b += ", " + wordOneShot
	}
	if f.Suppressed {
		b += ", " + Suppressed.String()
	}
	if f.OutOfService {
		b += ", " + OutOfService.String()
	}
	return b
}

// ParseFacts reads what Facts.String wrote.
func ParseFacts(s string) (f Facts, err error) {
	words := strings.Split(s, ", ")
	switch words[0] {
	case Normal.String():
	case Unacked.String():
		f.Active, f.Unacked = true, true
	case Acked.String():
		f.Active = true
	case Returned.String():
		f.Unacked = true
	case LatchedUnacked.String():
		f.Latched, f.Unacked = true, true
	case LatchedAcked.String():
		f.Latched = true
	default:
		return f, fmt.Errorf("%q is not a state of an alarm", s)
	}
	for _, w := range words[1:] {
		switch w {
		case wordShelved:
			f.Shelved = Timed
		case wordOneShot:
			f.Shelved = OneShot
		case Suppressed.String():
			f.Suppressed = true
		case OutOfService.String():
			f.OutOfService = true
		default:
			return f, fmt.Errorf("%q is not a state of an alarm", s)
		}
	}
	return f, nil
}
