// Package screens is the window of the control room: the station with its
// header, pages and faceplates. It pulls what it shows from a Room, ten times
// a second, and only what is in sight; what people do goes back through the
// same Room. Nothing pushes into a screen.
package screens

import (
	"context"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/drivers"
	"penstock/historian"
	"penstock/historian/journal"
)

// Room is the running plant as a station sees it. Every method may be called
// from any goroutine; those without a context return at once.
type Room interface {
	// Project is what is running now; another one after it was exchanged.
	Project() *project.Project
	// Tags is the live table; another one after the project was exchanged.
	Tags() *tagdb.DB
	// Alarms is the newest alarm list; never nil.
	Alarms() *alarm.Snapshot
	// Links says how each device's link is doing, in the order of the project.
	Links() []drivers.Status
	// Worries are what is not well with the station itself, the worst first.
	Worries() []Worry
	// Explain says in one line where a tag's value comes from, such as
	// "RTU1: 300001 = IR0 = 0x0000, ... FC4, float32 CDAB"; "" for no such tag.
	// Call it when somebody looks, not every frame.
	Explain(id tag.ID) string

	History
	Journal
	Desk
	Gate
}

// Worry is something that is not well with the station itself: a full disk,
// a clock that was set, samples that were lost. Links and alarms are not
// among them.
type Worry struct {
	Text   string // one line, such as "history: 1,204 samples lost, the disk is too slow"
	Remedy string // what to do about it
	Since  time.Time
}

// History is the recorded past. It is asked from goroutines of the screens'.
type History interface {
	// Buckets: see historian.Store.
	Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]historian.Bucket, error)
	// At returns the reading of each tag in force at t.
	At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error)
	// Aggregates: see historian.Store. An errors.ErrUnsupported says that what
	// is here is not all of the past.
	Aggregates(ctx context.Context, id tag.ID, bounds []int64) ([]historian.Aggregate, error)
}

// Journal is what happened and who did it.
type Journal interface {
	// Entries: see journal.Journal.Query.
	Entries(ctx context.Context, f journal.Filter) ([]journal.Entry, error)
	// Trace: see journal.Journal.Trace.
	Trace(ctx context.Context, kind journal.Kind, t int64, subjects []string, do func(*journal.Entry) (more bool)) error
	// RulesAt returns the alarm rules that ran at t, ns; it may read files.
	RulesAt(t int64) alarm.Regime
}

// Desk takes what people do. Its methods block until the outcome is durable
// or the context ends; screens call them from goroutines of their own.
type Desk interface {
	// Set writes a value to a tag.
	Set(ctx context.Context, s Session, r command.Request) command.Outcome
	// Answer lets each event happen to its alarm. The errors stand in the
	// order of the answers, nil where it happened.
	Answer(ctx context.Context, s Session, answers []Answer) []error
}

// Answer is what a person does to one alarm. At, Who and Station of the event
// are the Desk's to fill in.
type Answer struct {
	Alarm string
	Event alarm.Event
}

// Gate lets people in and out.
type Gate interface {
	// Login checks name, password and, where the person has them, a one-time
	// code. The error is a sentence for the person; auth.ErrCode asks for the
	// code.
	Login(ctx context.Context, name, password, code string) (Session, error)
	// Logout ends a session; it is over even when that could not be journalled.
	Logout(ctx context.Context, s Session) error
	// Sign asks the person of a session for the password once more, and the
	// one-time code where the person has them, and journals that they meant it.
	// auth.ErrCode asks for the code.
	Sign(ctx context.Context, s Session, password, code, meaning, what string) error
}

// Session is a person who has logged in. A nil Session may look at everything
// and do nothing.
type Session interface {
	command.Session
	// Ended reports whether the session is over, by logout, time or an
	// administrator; any goroutine may ask.
	Ended() bool
}

// Workshop is a Room whose displays can be changed. Its methods block until
// the plant shows the change or the context ends; screens call them from
// goroutines of their own. An error may be a list of problems, one a line;
// then nothing has changed.
type Workshop interface {
	// SaveDisplay writes a display of the project, a new one or one that is
	// there, and has the plant run the project with it.
	SaveDisplay(ctx context.Context, s Session, name string, text []byte) error
	// DeleteDisplay takes a display out of the project.
	DeleteDisplay(ctx context.Context, s Session, name string) error
	// RenameDisplay gives a display or template another name, and has all that
	// leads to it or shows it follow.
	RenameDisplay(ctx context.Context, s Session, from, to string) error
	// SavePicture writes a picture that displays can show; its name ends in
	// .png, .jpg or .svg.
	SavePicture(ctx context.Context, s Session, name string, data []byte) error
	// Fixed says why no display can be saved here at all, and what to do
	// about it; nil where one can. It returns at once.
	Fixed() error
}
