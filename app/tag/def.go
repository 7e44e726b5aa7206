package tag

import (
	"math"
	"strconv"
	"time"
)

// Def is a tag as an engineer configures it: one row of tags.csv.
type Def struct {
	ID   ID
	Text string // what the operator reads, such as "Clear-water tank level"
	Area string // the plant area it belongs to; a name of the project

	Device  string // name of the device in the project; empty for a computed tag
	Address string // in the words of that device's driver
	Type    string // raw type in the words of that device's driver, such as "float32 CDAB"; empty: the device knows
	Expr    string // a computed tag's expression; empty for a tag of a device

	Kind     Kind    // what the value is after scaling; None: as it comes
	Unit     string  // engineering unit, such as "m3/h"
	Lo, Hi   float64 // engineering range; none when equal
	Decimals int     // digits after the point shown to people
	States   []State // names of a discrete tag's values, in order of Value
	Scale    Scale

	Scan    string        // name of the scan class
	Period  time.Duration // of the scan class
	StaleIn time.Duration // quiet for so long is stale; 0: never

	DisplayBand float64 // smallest change worth showing, engineering units
	StoreBand   float64 // smallest change worth storing, engineering units
	Store       StoreClass
	RawDays     int // how long the historian keeps samples, days; 0: as long as the plant's
	MinuteDays  int // and the rolls of minutes

	Writable         bool
	WriteLo, WriteHi float64 // what an operator may write, engineering units; none when equal
	Confirm          Confirm

	Related []ID // interlocks, permissives and what else is to be seen beside it
}

// State names one value of a discrete tag.
type State struct {
	Value int64
	Text  string
}

// StoreClass says which samples of a tag the historian keeps.
type StoreClass uint8

// The store classes. The zero class keeps every sample.
const (
	StoreAll          StoreClass = iota // every sample as it came
	StoreChange                         // a sample that differs from the one before
	StoreDeadband                       // a sample that differs by more than StoreBand
	StoreSwingingDoor                   // what is needed to draw the rest within StoreBand
	StoreSampled                        // the newest sample, once a scan period
	StoreOff                            // none
)

var storeNames = [...]string{"all", "change", "deadband", "swinging-door", "sampled", "off"}

func (c StoreClass) String() string { return storeNames[c] }

// ParseStoreClass reads the word that String writes. The empty word is "all".
func ParseStoreClass(s string) (c StoreClass, ok bool) {
	if s == "" {
		return StoreAll, true
	}
	for i, n := range storeNames {
		if s == n {
			return StoreClass(i), true
		}
	}
	return 0, false
}

// StoreClassNames lists the words ParseStoreClass knows.
func StoreClassNames() []string { return storeNames[:] }

// Confirm says what a write to a tag asks of the person before it is sent.
type Confirm uint8

// The kinds of confirmation. The zero Confirm asks.
const (
	ConfirmAsk  Confirm = iota // show old and new value and ask
	ConfirmNone                // write at once
	ConfirmSign                // ask for the password again
)

var confirmNames = [...]string{"ask", "none", "sign"}

func (c Confirm) String() string { return confirmNames[c] }

// ParseConfirm reads the word that String writes. The empty word is "ask".
func ParseConfirm(s string) (c Confirm, ok bool) {
	if s == "" {
		return ConfirmAsk, true
	}
	for i, n := range confirmNames {
		if s == n {
			return Confirm(i), true
		}
	}
	return 0, false
}

// HasRange reports whether an engineering range is configured.
func (d *Def) HasRange() bool { return d.Lo < d.Hi }

// StateText names the value v of a discrete tag.
func (d *Def) StateText(v int64) (string, bool) {
	for _, s := range d.States {
		if s.Value == v {
			return s.Text, true
		}
	}
	return "", false
}

// Format writes a value of the tag as people read it, without its unit and
// without regard to quality: the state's name, or the number with the tag's
// decimals, or the text. No value is "---".
func (d *Def) Format(s Scalar) string {
	if len(d.States) > 0 {
		if i, ok := s.Int(); ok {
			if t, ok := d.StateText(i); ok {
				return t
			}
			return strconv.FormatInt(i, 10)
		}
	}
	switch s.Kind() {
	case KindFloat:
		f, _ := s.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "---"
		}
		out := strconv.FormatFloat(f, 'f', d.Decimals, 64)
		if isNegativeZero(out) {
			return out[1:]
		}
		return out
	case KindBool:
		if b, _ := s.Truth(); b {
			return "on"
		}
		return "off"
	case None:
		return "---"
	}
	return s.String()
}

func isNegativeZero(s string) bool {
	if s == "" || s[0] != '-' {
		return false
	}
	for _, c := range s[1:] {
		if c != '0' && c != '.' {
			return false
		}
	}
	return true
}
