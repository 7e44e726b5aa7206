package drivers

import (
	"context"
	"time"

	"penstock/app/tag"
)

// Alarmer is a Conn whose device raises alarms of its own. They stand in the
// operator's list beside ours, and the operator's answers go back to it.
type Alarmer interface {
	// Conditions starts to follow the device's alarms and returns once it has
	// accepted that. push is called from one goroutine. The first call, and
	// every one with all set, has everything that stands: what was known before
	// and is not in it is gone. Any other call has what changed. A Condition
	// that is no longer Retained has left the device's list. The slice is the
	// Conn's again when push returns. The channel gets one error when the
	// device has stopped telling, and then the Conn is to be closed.
	Conditions(ctx context.Context, push func(list []Condition, all bool)) (<-chan error, error)

	// Respond passes an operator's answer on and returns when the device has
	// taken it. ErrRefused and ErrUnknown mean what they mean for Write.
	Respond(ctx context.Context, r Response) error
}

// Condition is an alarm of a device as the device last reported it (OPC
// 10000-9). Its row in a list is that of ID and Branch.
type Condition struct {
	ID     string // address of the condition
	Branch string // an earlier occurrence that still waits for an answer; empty: the present one
	Event  string // names this very report; a Response refers to it

	Source     string // address of what it is about
	SourceName string
	Name       string // of the condition
	Kind       string // address of its type
	Message    string
	Severity   int    // 1 to 1000
	Level      string // of a limit alarm, such as "HighHigh"
	Time       int64  // when it happened, ns since 1970 UTC
	Quality    tag.Quality

	Retain       bool // it belongs into the list
	Enabled      bool
	Active       bool
	Acked        bool
	Confirmed    bool // also where the device asks for no confirmation
	Suppressed   bool
	OutOfService bool
	Shelved      bool
	ShelvedFor   time.Duration // what is left of it; 0 with Shelved: until it returns to normal

	Comment string // the newest, and who wrote it
	User    string
}

// Response is what an operator answers to a Condition.
type Response struct {
	Do       Answer
	ID       string // of the Condition
	Event    string // of the Condition as the operator saw it
	Comment  string
	Duration time.Duration // of ShelveFor
}

// Answer is a kind of Response.
type Answer uint8

// The answers.
const (
	Acknowledge Answer = iota + 1
	Confirm
	Comment
	ShelveFor
	ShelveOnce // until the condition has returned to normal
	Unshelve
)
