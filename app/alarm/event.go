package alarm

import (
	"errors"
	"fmt"
	"time"

	"penstock/app/tag"
)

// What says what an Event is.
type What uint8

// The events. The first four come from the plant, the others from a person,
// who is named in Who. A zero Event is time passing.
const (
	Time       What = iota // time has passed
	Observe                // Value was read; Setpoint is the present set point
	Suppress               // the suppression logic became true; Note says by what
	Unsuppress             // the suppression logic became false

	Ack      // acknowledge annunciation Notice, or whichever is there where Notice is 0
	Reset    // let go of a latched alarm
	Shelve   // put aside until Until, Note says why; OneShot: or until it returns
	Unshelve // take off the shelf
	Remove   // take out of service until Until, Note has permit and reason
	Restore  // put back into service
	Comment  // say something about it, in Note
)

var whatNames = [...]string{"time", "observe", "suppress", "unsuppress", "acknowledge", "reset", "shelve", "unshelve", "take out of service", "put into service", "comment"}

func (w What) String() string { return whatNames[w] }

// Personal reports whether only a person can do w.
func (w What) Personal() bool { return w >= Ack }

// Event is one thing that can happen to an alarm.
type Event struct {
	At   int64 // when it happens, ns since 1970 UTC
	What What

	Value    tag.Value // Observe
	Setpoint tag.Value // Observe, where the rule has a set point tag
	FirstOut bool      // Observe and Time: no other alarm of the group is active

	Who     string // the person
	Station string // the computer the person sits at
	Note    string // comment, reason, permit, or what made the logic true
	Until   int64  // Shelve and Remove
	OneShot bool   // Shelve
	Notice  int64  // Ack: the annunciation the person saw; 0 for whichever is there
}

// Why a person's event is refused.
var (
	ErrUnknown      = errors.New("there is no such alarm")
	ErrNobody       = errors.New("only a named person can do this")
	ErrNotPersonal  = errors.New("this is not for a person to do")
	ErrNotUnacked   = errors.New("there is nothing to acknowledge")
	ErrStale        = errors.New("the alarm has come again since; look at it anew")
	ErrNotLatched   = errors.New("the alarm is not latched")
	ErrStillThere   = errors.New("the condition is still there")
	ErrAckFirst     = errors.New("the alarm must be acknowledged first")
	ErrNoReason     = errors.New("a reason is needed")
	ErrNoPermit     = errors.New("a permit or reason is needed")
	ErrMayNotShelve = errors.New("alarms of this class may not be shelved")
	ErrUntil        = errors.New("the end must be in the future")
	ErrTooLong      = errors.New("the class does not allow it for so long")
	ErrIsShelved    = errors.New("the alarm is shelved already")
	ErrNotShelved   = errors.New("the alarm is not shelved")
	ErrIsOut        = errors.New("the alarm is out of service already")
	ErrNotOut       = errors.New("the alarm is in service")
	ErrNoComment    = errors.New("there is no comment")
)

// AckedError says that somebody else was faster.
type AckedError struct {
	By, From string
	At       int64 // ns since 1970 UTC
}

func (e *AckedError) Error() string {
	at := time.Unix(0, e.At).UTC().Format("15:04:05")
	if e.From != "" {
		return fmt.Sprintf("already acknowledged by %s at %s on %s", e.By, at, e.From)
	}
	return fmt.Sprintf("already acknowledged by %s at %s", e.By, at)
}

// Is makes an AckedError an ErrNotUnacked.
func (e *AckedError) Is(target error) bool { return target == ErrNotUnacked }

// Refuse says why e cannot happen to an alarm in state s, or nil. Step leaves
// a state alone when its event is refused.
func Refuse(r *Rule, s *State, e *Event) error {
	if e.What.Personal() && e.Who == "" {
		return ErrNobody
	}
	switch e.What {
	case Ack:
		switch {
		case !s.Unacked && s.AckedBy != "":
			return &AckedError{By: s.AckedBy, From: s.AckedFrom, At: s.AckedAt}
		case !s.Unacked:
			return ErrNotUnacked
		case e.Notice != 0 && e.Notice != s.Notice:
			return ErrStale
		}
	case Reset:
		switch {
		case s.Active:
			return ErrStillThere
		case !s.Latched:
			return ErrNotLatched
		case s.Unacked:
			return ErrAckFirst
		case s.Cond:
			return ErrStillThere
		}
	case Shelve:
		switch limit := r.Class.ShelveLimit(); {
		case limit == 0:
			return ErrMayNotShelve
		case s.Shelved != NotShelved:
			return ErrIsShelved
		case e.Note == "":
			return ErrNoReason
		case e.Until <= e.At:
			return ErrUntil
		case e.Until-e.At > int64(limit):
			return fmt.Errorf("%w: at most %v", ErrTooLong, limit)
		}
	case Unshelve:
		if s.Shelved == NotShelved {
			return ErrNotShelved
		}
	case Remove:
		switch {
		case s.OutOfService:
			return ErrIsOut
		case e.Note == "":
			return ErrNoPermit
		case e.Until <= e.At:
			return ErrUntil
		}
	case Restore:
		if !s.OutOfService {
			return ErrNotOut
		}
	case Comment:
		if e.Note == "" {
			return ErrNoComment
		}
	}
	return nil
}
