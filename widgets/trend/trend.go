// Package trend draws pens over time: what the historian keeps and what is
// coming in now, on one axis. It knows no toolkit: a View is laid out, told
// what time it is, painted, and given what the mouse and the keyboard did.
//
// A View asks its Source from goroutines of its own and never waits for it:
// what has come is drawn, what is out of date is cancelled. Everything else
// of a View belongs to one goroutine. Times are ns since 1970 UTC.
package trend

import (
	"context"

	"penstock/app/tag"
)

// MaxPens is how many pens one trend holds: as many as there are pen colours
// that can be told apart.
const MaxPens = 8

// Source gives the recorded past. Its methods are called from several
// goroutines at once and must return soon after ctx has ended; the slices
// they return are the View's.
type Source interface {
	// Range returns what is known of one tag in from <= t < to, in at most n
	// buckets, oldest first, and the reading in force at from.
	Range(ctx context.Context, id tag.ID, from, to int64, n int) (Stretch, error)
	// At returns the reading of each tag in force at time t.
	At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error)
}

// Stretch is the answer to Range.
type Stretch struct {
	Held    tag.Value   // in force at the start; the zero Value when nothing is
	Buckets []Bucket    // times without any sample have none: the value before is held
	Texts   []tag.Value // of a text, instead of buckets: the samples, oldest first
	More    int64       // Texts goes on from this time, but there were too many; 0: it is whole
}

// Bucket is what one slice of time looks like: the first, smallest, largest
// and last usable value, so no spike hides. See historian.Bucket.
type Bucket struct {
	From, To                      int64
	First, Last, Min, Max         float64
	FirstAt, LastAt, MinAt, MaxAt int64
	Mean                          float64 // time-weighted over the usable stretches
	Count                         int     // usable samples; 0: the slice is known to be bad
	Bad                           int     // samples that must not be drawn through
	Good                          float64 // share of the time with a usable value, 0 to 1
	BadEnd                        bool    // nothing is held after LastAt
}

// Pen is one line, or one lane of a discrete tag.
type Pen struct {
	Def    *tag.Def
	Limits []Limit // drawn while the pen is selected
	Target *Target // drawn while the pen is selected; nil: it has none
}

// Target is what a pen is to follow: the tag of its set point, and how far
// below and above it the pen may be.
type Target struct {
	ID           tag.ID
	Below, Above float64 // engineering units; 0: no band on that side
}

// Look is how a person wants a pen to be drawn. The zero Look is what the tag
// suggests.
type Look struct {
	Colour int  `json:"colour,omitempty"` // 1 to MaxPens; 0: the first that is free
	Line   Line `json:"line,omitempty"`
	Own    bool `json:"own,omitempty"` // an axis of its own
	Hidden bool `json:"hidden,omitempty"`
}

// Line is how the points of a pen are joined.
type Line uint8

// The ways to join points. AsKind slopes between measurements and steps
// between counts and states.
const (
	AsKind Line = iota
	Slopes
	Steps
	Dots // not at all
)

// Limit is a level a pen's value is watched against.
type Limit struct {
	Value    float64
	Name     string // such as "HH"
	Priority int    // of the alarm it raises, 1 urgent to 4 low; 0: a target, not an alarm
}

// Lane reports whether the pen is drawn in a lane of its own with its states
// in words, and not as a line on the axes.
func (p *Pen) Lane() bool {
	return len(p.Def.States) > 0 || p.Def.Kind == tag.KindBool || p.Def.Kind == tag.KindText
}

// steps reports whether the value jumps from sample to sample.
func (p *pen) steps() bool {
	switch p.look.Line {
	case Slopes:
		return false
	case Steps:
		return true
	}
	return p.Lane() || p.Def.Kind == tag.KindInt
}

// Mark is something that happened at a moment: an alarm, an acknowledgement,
// an operator's write, a note.
type Mark struct {
	At       int64
	Kind     MarkKind
	Level    int    // alarm priority, 1 urgent to 4 low
	Priority string // the same in a word; may be empty
	Text     string // what happened
	Who      string // the person who did it; empty for the plant itself
	On       string // what it happened to
}

// MarkKind is the sort of a Mark.
type MarkKind uint8

// The sorts of mark.
const (
	MarkAlarm MarkKind = iota
	MarkAck
	MarkWrite
	MarkNote
)
