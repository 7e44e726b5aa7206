package alarm

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"penstock/app/tag"
)

// Kind is what a Rule watches for.
type Kind uint8

// The kinds. The zero Kind watches for nothing and is refused.
const (
	NoKind     Kind = iota
	HighHigh        // value at or above the limit
	High            // value at or above the limit
	Low             // value at or below the limit
	LowLow          // value at or below the limit
	Discrete        // value equal to the limit
	BadQuality      // value not to be used: sensor, device or link has failed
	Deviation       // value away from the set point by the limit or more, either way
	Rate            // value moving by the limit or more a minute: up where the limit is above 0, down where it is below
	Change          // value other than it was
	NoUpdate        // value stale, or silent for limit seconds where the limit is above 0
	Expression      // expression true
	Pattern         // several discrete values as the pattern says
)

var kindNames = [...]string{"", "high-high", "high", "low", "low-low", "discrete", "bad-quality", "deviation", "rate", "change", "no-update", "expression", "pattern"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// KindNames lists the words ParseKind knows.
func KindNames() []string { return kindNames[1:] }

// ParseKind reads the word that String writes.
func ParseKind(s string) (k Kind, ok bool) {
	for i, n := range kindNames {
		if i > 0 && s == n {
			return Kind(i), true
		}
	}
	return NoKind, false
}

// level reports whether k compares the value with a limit that has a
// deadband on one side.
func (k Kind) level() bool { return k >= HighHigh && k <= LowLow }

// NeedsLimit reports whether a rule of kind k is nothing without a limit.
func (k Kind) NeedsLimit() bool {
	return k.level() || k == Discrete || k == Deviation || k == Rate
}

// NeedsTag reports whether a rule of kind k watches one tag.
func (k Kind) NeedsTag() bool { return k != Expression && k != NoKind }

// Priorities run from Urgent to Lowest.
const (
	Urgent = 1
	Lowest = 4
)

// Rule is an alarm as an engineer configures it: one row of alarms.csv. A
// Rule is not changed once an Engine has it.
type Rule struct {
	ID   string // unique in the project
	Tag  tag.ID // the tag it watches, and where a person goes from the alarm; may be empty for an expression
	Area string // plant area; a name of the project

	Kind     Kind
	Limit    float64 // engineering units; a state's number for discrete; units a minute for rate; seconds for no-update
	Deadband Band    // how far the value must come back

	// Setpoint is the tag a deviation is measured from. With the level kinds
	// it makes a moving limit: the limit counts from the value of that tag.
	// Where the tag is empty, SetpointValue is used.
	Setpoint      tag.ID
	SetpointValue float64
	Expression    string // of kind Expression
	Pattern       string // of kind Pattern: 0, 1 and x over Tag and MoreTags, or over the bits of Tag
	MoreTags      string // of kind Pattern: the tags after Tag, with spaces between

	OnDelay  time.Duration // how long the condition must hold
	OffDelay time.Duration // how long it must be gone
	ReAlarm  time.Duration // acknowledged and still there after this is annunciated again; 0: never

	Priority int // 1 urgent to 4 low
	Class    Class
	FirstOut string // group in which the first alarm is marked; may be empty

	SuppressWhen string // expression: while it is true the alarm is suppressed by design

	Message       string        // what the operator reads
	Cause         string        // the likely cause
	Consequence   string        // what happens if nobody acts
	Response      string        // what the operator is to do
	RespondWithin time.Duration // time there is to do it
	Verification  string        // how the operator sees that it worked
	Display       string        // the display to go to

	RationalisedBy string
	RationalisedOn string // a date, 2006-01-02
}

// Band is a deadband in engineering units, or in percent of the tag's span.
type Band struct {
	Size    float64
	Percent bool
	Span    float64 // of the tag's engineering range, needed where Percent
}

// Units is the band in engineering units.
func (b Band) Units() float64 {
	if b.Percent {
		return b.Size * b.Span / 100
	}
	return b.Size
}

// String writes b as ParseBand reads it.
func (b Band) String() string {
	s := strconv.FormatFloat(b.Size, 'g', -1, 64)
	if b.Percent {
		return s + "%"
	}
	return s
}

// ParseBand reads "0.5" as engineering units and "2%" as percent of the span
// of the engineering range of def. The empty text is no deadband.
func ParseBand(text string, def tag.Def) (b Band, err error) {
	num, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	if text == "" {
		return Band{}, nil
	}
	b.Size, err = strconv.ParseFloat(strings.TrimSpace(num), 64)
	switch {
	case err != nil || b.Size != b.Size:
		return Band{}, fmt.Errorf("%q is neither a number nor a percentage such as 2%%", text)
	case b.Size < 0 || b.Size > 1e300:
		return Band{}, fmt.Errorf("a deadband of %s cannot be", text)
	case percent && !def.HasRange():
		return Band{}, fmt.Errorf("%s of the span: tag %s has no range", text, def.ID)
	}
	if percent {
		b.Percent, b.Span = true, def.Hi-def.Lo
	}
	return b, nil
}

// Class is what the alarms of one class have in common. The zero Class must
// be acknowledged, does not latch, and may be shelved for DefaultShelve.
type Class struct {
	Name      string
	NoAck     bool          // goes by itself when the condition is gone; a word to the log rather than to a person
	Latched   bool          // stays until it is reset
	NoShelve  bool          // highly managed: may not be shelved
	MaxShelve time.Duration // longest time on the shelf; 0: DefaultShelve
}

// DefaultShelve is the longest time on the shelf where a class says nothing.
const DefaultShelve = 8 * time.Hour

// ShelveLimit is the longest time an alarm of the class may be shelved; 0
// when it may not be at all.
func (c Class) ShelveLimit() time.Duration {
	switch {
	case c.NoShelve:
		return 0
	case c.MaxShelve == 0:
		return DefaultShelve
	}
	return c.MaxShelve
}

// Validate reports the first thing that makes r impossible to run.
func (r *Rule) Validate() error {
	switch {
	case r.ID == "":
		return fmt.Errorf("an alarm has no id")
	case r.Kind == NoKind || int(r.Kind) >= len(kindNames):
		return fmt.Errorf("alarm %s watches for nothing: its kind is missing", r.ID)
	case r.Kind.NeedsTag() && r.Tag == "":
		return fmt.Errorf("alarm %s has no tag", r.ID)
	case r.Kind == Expression && r.Expression == "":
		return fmt.Errorf("alarm %s has no expression", r.ID)
	case r.Kind == Pattern && r.checkPattern() != nil:
		return r.checkPattern()
	case r.Priority < Urgent || r.Priority > Lowest:
		return fmt.Errorf("alarm %s has priority %d; priorities are %d to %d", r.ID, r.Priority, Urgent, Lowest)
	case r.Limit != r.Limit || r.Limit-r.Limit != 0:
		return fmt.Errorf("alarm %s has a limit that is no number", r.ID)
	case r.Kind == Deviation && r.Limit <= 0:
		return fmt.Errorf("alarm %s: a deviation of %g cannot be; it is measured both ways, so it is above 0", r.ID, r.Limit)
	case r.Kind == Rate && r.Limit == 0:
		return fmt.Errorf("alarm %s: a rate of 0 a minute is always there", r.ID)
	case r.Kind == NoUpdate && r.Limit < 0:
		return fmt.Errorf("alarm %s: %g seconds without a value cannot be", r.ID, r.Limit)
	case r.OnDelay < 0 || r.OffDelay < 0 || r.ReAlarm < 0 || r.Class.MaxShelve < 0:
		return fmt.Errorf("alarm %s has a time below 0", r.ID)
	case r.Deadband.Size < 0 || (r.Deadband.Percent && r.Deadband.Span <= 0):
		return fmt.Errorf("alarm %s has a deadband of %v of a span of %g", r.ID, r.Deadband, r.Deadband.Span)
	}
	return nil
}
