package plant

import (
	"context"
	"errors"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/historian/journal"
)

// ErrStopped is returned for what is asked of a plant that has stopped.
var ErrStopped = errors.New("the plant has stopped")

// ErrWatching is returned for what is asked of a plant that is only watched.
var ErrWatching = errors.New("this station only looks")

// The rights people need for what they do to alarms.
const (
	RightAck     = "ack"
	RightShelve  = "shelve"
	RightService = "suppress"
)

func rightFor(w alarm.What) string {
	switch w {
	case alarm.Shelve, alarm.Unshelve:
		return RightShelve
	case alarm.Remove, alarm.Restore:
		return RightService
	}
	return RightAck
}

// Answer is what a person does to one alarm. At, Who and Station of the event
// are filled in by the plant.
type Answer struct {
	Alarm string
	Event alarm.Event
}

// Answer lets each event happen to its alarm, all in one step of the loop and
// at most one transaction of the journal, and returns when that is durable. The errors
// stand in the order of the answers, nil where it happened.
func (p *Plant) Answer(ctx context.Context, s command.Session, answers []Answer) []error {
	errs := make([]error, len(answers))
	if p.watch {
		for i := range errs {
			errs[i] = ErrWatching
		}
		return errs
	}
	var foreign map[string]*theirs
	if all := p.theirsNow.Load(); all != nil {
		foreign = *all
	}
	a := &answering{s: s, answers: answers, errs: errs, done: make(chan struct{})}
	for i := range answers {
		if t := foreign[answers[i].Alarm]; t != nil {
			errs[i] = p.answerTheirs(ctx, s, t, answers[i].Event)
		} else {
			a.ours = append(a.ours, i)
		}
	}
	if len(a.ours) == 0 {
		return errs
	}
	select {
	case p.calls <- call{answer: a}:
		<-a.done
	case <-ctx.Done():
		a.fail(ctx.Err())
	case <-p.ctx.Done():
		a.fail(ErrStopped)
	}
	return errs
}

// answering is one call of Answer on its way through the loop.
type answering struct {
	s       command.Session
	answers []Answer
	ours    []int // indexes of those to alarms of the project
	errs    []error
	ts      []alarm.Transition
	done    chan struct{}
}

func (a *answering) fail(err error) {
	for _, i := range a.ours {
		a.errs[i] = errors.Join(a.errs[i], err)
	}
}

// answer lets the events happen.
func (p *Plant) answer(a *answering) {
	now := p.clock.ns()
	for _, i := range a.ours {
		ev := a.answers[i].Event
		ev.At, ev.Who, ev.Station = now, a.s.User(), p.conf.Station
		r := p.alarms.Rule(a.answers[i].Alarm)
		switch {
		case r == nil:
			a.errs[i] = alarm.ErrUnknown
		case !a.s.May(rightFor(ev.What), r.Area):
			a.errs[i] = command.ErrNotAllowed
		default:
			var ts []alarm.Transition
			ts, a.errs[i] = p.alarms.Do(r.ID, ev)
			a.ts = append(a.ts, ts...) // copied: the engine uses its slice again
		}
	}
}

// settle makes answers durable and lets those who wait for them go on.
func (p *Plant) settle(all []*answering) {
	var ts []alarm.Transition
	for _, a := range all {
		ts = append(ts, a.ts...)
	}
	if len(all) == 0 {
		return
	}
	err := p.keepAnswer(ts)
	for _, a := range all {
		if err != nil {
			a.fail(err)
		}
		close(a.done)
	}
}

// tagNow is the desk's view of a tag.
func (p *Plant) tagNow(id tag.ID) (def tag.Def, v tag.Value, ok bool) {
	c := p.Tags().Cell(id)
	if c == nil {
		return def, v, false
	}
	return *c.Def(), c.Load().Value, true
}

// send is the desk's way to the device.
func (p *Plant) send(ctx context.Context, id tag.ID, raw tag.Scalar) command.Outcome {
	r := p.running.Load()
	c := r.tags.Cell(id)
	if c == nil {
		return command.Outcome{Stage: command.Refused, Detail: command.ErrNoTag.Error(), Err: command.ErrNoTag}
	}
	l := r.line(c.Def().Device)
	if l == nil {
		return command.Outcome{Stage: command.Refused, Detail: "the tag has no device", Err: command.ErrReadOnly}
	}
	res, err := l.Write(ctx, id, raw)
	out := command.Outcome{Stage: stages[res.Stage], Read: res.ReadBack.Value, Err: err}
	switch out.Stage {
	case command.Mismatch:
		out.Err = errors.Join(err, command.ErrMismatch)
		out.Detail = "it reads " + c.Def().Format(res.ReadBack.Value)
	case command.Unknown:
		out.Err = errors.Join(err, command.ErrUnproven)
	}
	if out.Detail == "" {
		out.Detail = drivers.Words(err)
	}
	return out
}

var stages = map[drivers.Stage]command.Stage{
	drivers.NotSent:  command.Refused,
	drivers.Refused:  command.Rejected,
	drivers.Unknown:  command.Unknown,
	drivers.Accepted: command.Accepted,
	drivers.Verified: command.Verified,
	drivers.Mismatch: command.Mismatch,
}

// recordCommand keeps the desk's lines.
func (p *Plant) recordCommand(ctx context.Context, e command.Entry) error {
	if p.watch {
		return ErrWatching
	}
	return p.Journal.Record(ctx, []journal.Entry{{At: e.At.UnixNano(), Kind: journal.Command, Action: e.Action, On: string(e.On), Area: e.Area,
		Who: e.Who, Station: p.conf.Station, Old: e.Old, New: e.New, Outcome: e.Outcome, Note: e.Note, Ref: e.Ref}}, nil)
}
