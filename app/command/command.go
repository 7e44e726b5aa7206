// Package command is the one door for everything a person does to the plant:
// each command is allowed, checked, journalled as asked, done, read back, and
// journalled with its outcome. Screens, schedules and other stations all come
// through it; there is no other way to write.
package command

import (
	"context"
	"errors"
	"time"

	"penstock/app/tag"
)

// Why a command was not carried out. Screens say these in words of their own.
var (
	ErrNoTag      = errors.New("there is no such tag")
	ErrNotAllowed = errors.New("you do not have the right for this")
	ErrReadOnly   = errors.New("the tag is read only")
	ErrRange      = errors.New("the value is out of range")
	ErrType       = errors.New("the value does not fit the tag")
	ErrChanged    = errors.New("the value has changed meanwhile")
	ErrNotUsable  = errors.New("the present value is not known")
	ErrBusy       = errors.New("another command to this tag is under way")
	ErrTooSoon    = errors.New("the same command was given a moment ago")
	ErrJournal    = errors.New("the journal cannot be written, so nothing was sent")
	ErrUnproven   = errors.New("the outcome is not known; look at the value")
	ErrMismatch   = errors.New("the device reads another value")
)

// Session is who gives a command, and what they may do in which area.
type Session interface {
	User() string
	May(right, area string) bool
}

// RightWrite is the right a session needs to set a tag.
const RightWrite = "write"

// Request asks for one value to be written, in engineering units.
type Request struct {
	Tag    tag.ID
	Value  tag.Scalar
	Reason string

	// Shown, where it is not None, is what the person saw as the present
	// value: the command is refused when the tag is no longer there.
	Shown tag.Scalar
	// Blind allows the write although the present value is not usable.
	Blind bool
}

// Stage is how far a command got.
type Stage uint8

// The stages. Only Verified says that the plant now has the value.
const (
	Refused  Stage = iota // nothing was sent
	Rejected              // the device answered no
	Unknown               // sent, and no answer came: look at the value
	Accepted              // the device said yes; the value could not be read back
	Mismatch              // the device said yes, and reads another value
	Verified              // the device said yes, and reads the value
)

var stageWords = [...]string{"refused", "rejected by the device", "not confirmed", "accepted, not read back", "accepted, but reads otherwise", "done"}

func (s Stage) String() string { return stageWords[s] }

// Outcome is what became of a command. Err is nil only for Accepted and
// Verified.
type Outcome struct {
	Stage  Stage
	Detail string     // in words; may be empty
	Read   tag.Scalar // what was read back; None when nothing was
	Err    error
}

// String is the line a person reads and the journal keeps.
func (o Outcome) String() string {
	if o.Detail == "" {
		return o.Stage.String()
	}
	return o.Stage.String() + ": " + o.Detail
}

// Entry is one line a command leaves in the journal. A command that is let
// through has two that share Ref: "asked" and its outcome.
type Entry struct {
	At       time.Time
	Ref      string
	Who      string
	Action   string
	On       tag.ID
	Area     string
	Old, New string
	Outcome  string
	Note     string
}

// Desk carries out commands. Its methods may be called from any goroutine;
// they block until the outcome is known. All fields are set before use.
type Desk struct {
	// Look returns a tag's definition and its present value.
	Look func(tag.ID) (tag.Def, tag.Value, bool)
	// Send writes a raw value to the tag's device and reads it back, both raw.
	Send func(ctx context.Context, id tag.ID, raw tag.Scalar) Outcome
	// Record journals; it returns when the entry is durable.
	Record func(ctx context.Context, e Entry) error
	// Now is the clock of the journal and of the double-click guard.
	Now func() time.Time

	guard guard
}

// Set writes a value to a tag: checks, journals, sends, reads back, journals.
// A command that is refused leaves one entry, a command that is sent two. Once
// sent, the command is followed to its outcome even when ctx ends.
func (d *Desk) Set(ctx context.Context, s Session, r Request) Outcome {
	now := d.Now()
	def, present, ok := d.Look(r.Tag)
	e := Entry{At: now, Ref: d.guard.ref(now), Who: s.User(), Action: "set", On: r.Tag, Area: def.Area,
		Old: def.Format(present.Value), New: def.Format(r.Value), Note: r.Reason}
	if !ok {
		return d.refuse(ctx, e, ErrNoTag)
	}
	raw, err := check(s, def, present, r)
	if err == nil {
		err = d.guard.take(r.Tag, r.Value, now)
	}
	if err != nil {
		return d.refuse(ctx, e, err)
	}
	defer func() { d.guard.release(r.Tag, d.Now()) }()
	e.Outcome = "asked"
	if err := d.Record(ctx, e); err != nil {
		return Outcome{Stage: Refused, Detail: ErrJournal.Error(), Err: errors.Join(ErrJournal, err)}
	}
	out := d.Send(ctx, r.Tag, raw)
	out.Read = toEng(def, out.Read)
	e.At, e.Outcome = d.Now(), out.String()
	// The person may have gone; the plant was moved all the same.
	if err := d.Record(context.WithoutCancel(ctx), e); err != nil {
		out.Err = errors.Join(out.Err, ErrJournal, err)
		out.Detail += "; the outcome could not be journalled"
	}
	return out
}

func (d *Desk) refuse(ctx context.Context, e Entry, err error) Outcome {
	out := Outcome{Stage: Refused, Detail: err.Error(), Err: err}
	e.Outcome = out.String()
	if jerr := d.Record(ctx, e); jerr != nil {
		out.Err = errors.Join(err, jerr)
	}
	return out
}
