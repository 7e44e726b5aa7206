package screens

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
)

// Reviewer is a Room whose alarms can be tuned otherwise.
type Reviewer interface {
	// Retune changes one alarm of the project and has the plant run it. It
	// blocks until that is durable or the context ends. An error may be a list
	// of problems, one a line; then nothing has changed.
	Retune(ctx context.Context, s Session, r Review) error
	// Untunable says why no alarm can be changed here at all, and what to do
	// about it; nil where one can. It returns at once.
	Untunable() error
}

// Review is another tuning of an alarm, and why it is a better one.
type Review struct {
	Alarm   string
	Was, Is alarm.Tuning // refused where the alarm is not as it Was
	Why     string
}

// errNoHistory is why nothing can be tried out at a station that keeps none.
var errNoHistory = errors.New("this station keeps no history to try it on")

// trialSpans are how much of history is offered to try a tuning on.
var trialSpans = [...]struct {
	text string
	d    time.Duration
}{{"24 h", 24 * time.Hour}, {"7 days", 7 * 24 * time.Hour}, {"30 days", 30 * 24 * time.Hour}}

// trial is one alarm as it is and as it might be, over the same history.
type trial struct {
	rule     alarm.Rule // as it is
	tried    alarm.Tuning
	from, to int64
	since    int64 // the first sample there is; 0: none
	was, is  *alarm.Replayed
	diff     alarm.Difference
	missed   map[alarm.Span]bool // of was
	added    map[alarm.Span]bool // of is
}

// try replays stored history through both tunings of a rule. It is called on
// a goroutine of its own.
func try(ctx context.Context, room Room, rule alarm.Rule, tried alarm.Tuning, from, to int64) (*trial, error) {
	history, ok := room.(Samples)
	if !ok {
		return nil, errNoHistory
	}
	db := room.Tags()
	scope := func(id tag.ID) (tag.Kind, bool) {
		c := db.Cell(id)
		if c == nil {
			return tag.None, false
		}
		return c.Def().Kind, true
	}
	t := &trial{rule: rule, tried: tried, from: from, to: to, missed: map[alarm.Span]bool{}, added: map[alarm.Span]bool{}}
	past := &asked{room, history, 0}
	for _, r := range room.Project().RunningAlarms() { // as a lost link suppresses it
		if r.ID == rule.ID && rule.SuppressWhen == "" {
			rule.SuppressWhen = r.SuppressWhen
		}
	}
	var err error
	if t.was, err = alarm.ReplayHistory(ctx, []alarm.Rule{rule}, scope, from, to, past); err != nil {
		return nil, err
	}
	if t.is, err = alarm.ReplayHistory(ctx, []alarm.Rule{rule.Tuned(tried)}, scope, from, to, past); err != nil {
		return nil, err
	}
	t.since = past.since
	t.compare()
	return t, nil
}

// asked is a room's past that remembers where it began.
type asked struct {
	History
	samples Samples
	since   int64 // the first sample there was; 0: none
}

// Raw implements alarm.Past.
func (a *asked) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	return a.samples.Raw(ctx, id, from, to, func(v tag.Value) bool {
		if a.since == 0 || v.At() < a.since {
			a.since = v.At()
		}
		return yield(v)
	})
}

func (t *trial) compare() {
	for _, d := range alarm.Compare(t.was, t.is) {
		t.diff = d // of the only alarm
	}
	// A span is told by where it lies: its peak may be a NaN, which is not
	// equal to itself.
	for _, s := range t.diff.Missed {
		t.missed[place(s)] = true
	}
	for _, s := range t.diff.Added {
		t.added[place(s)] = true
	}
}

func place(s alarm.Span) alarm.Span { return alarm.Span{From: s.From, To: s.To} }

// spans are the times the alarm was there.
func (t *trial) spans(r *alarm.Replayed) []alarm.Span { return r.Spans[t.rule.ID] }

// days is how much history there was to look at.
func (t *trial) days() float64 {
	return float64(t.to-max(t.from, t.since)) / float64(24*time.Hour)
}

// longest is the longest time of all, and their sum.
func longest(spans []alarm.Span) (most, sum time.Duration) {
	for _, s := range spans {
		most, sum = max(most, s.Length()), sum+s.Length()
	}
	return most, sum
}

// verdict is what a person should know of a trial before it is applied.
func (t *trial) verdict(unit string, now time.Time) string {
	d := &t.diff
	var say []string
	switch n := len(d.Missed); {
	case t.was.Samples == 0 && t.is.Samples == 0:
		return "There is no history of " + orWord(string(t.rule.Tag), "its tags") + " in this time."
	case t.tried == t.rule.Tuning():
		return "This is how it is. Change a field and replay."
	case n == 0:
		say = append(say, "Nothing would have been missed.")
	default:
		word := fmt.Sprintf("%s would have been missed, the longest %s at %s", plural(n, "time", "times"), lasting(d.Longest.Length()), clockTime(nanos(d.Longest.From), now))
		if p := d.Longest.Peak; p == p {
			word += ", up to " + withUnit(strconv.FormatFloat(p, 'g', 4, 64), unit)
		}
		say = append(say, word+".")
	}
	if n := len(d.Added); n > 0 {
		say = append(say, fmt.Sprintf("%s would have been told that was not.", plural(n, "time", "times")))
	}
	if d.Late > 0 {
		say = append(say, "Others would have come up to "+lasting(d.Late)+" later.")
	}
	return strings.Join(say, " ")
}

// lasting writes how long something took.
func lasting(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 2*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
	}
	return ago(d)
}

func orWord(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// tunable says which fields mean something for a kind of alarm.
func tunable(k alarm.Kind) (limit, deadband bool) {
	level := levelName(k) != ""
	return level || k == alarm.Deviation || k == alarm.Rate || k == alarm.NoUpdate, level || k == alarm.Deviation || k == alarm.Rate
}

// readTuning reads what a person typed. The error is a sentence.
func readTuning(rule *alarm.Rule, def *tag.Def, limit, deadband, on, off string) (t alarm.Tuning, err error) {
	t = rule.Tuning()
	hasLimit, hasBand := tunable(rule.Kind)
	if hasLimit {
		if t.Limit, err = strconv.ParseFloat(strings.TrimSpace(limit), 64); err != nil {
			return t, fmt.Errorf("limit: %q is not a number like 12.5", limit)
		}
	}
	if hasBand {
		if t.Deadband, err = alarm.ParseBand(strings.TrimSpace(deadband), *def); err != nil {
			return t, fmt.Errorf("deadband: %w", err)
		}
	}
	if t.OnDelay, err = readDelay(on); err != nil {
		return t, fmt.Errorf("on delay: %w", err)
	}
	if t.OffDelay, err = readDelay(off); err != nil {
		return t, fmt.Errorf("off delay: %w", err)
	}
	tuned := rule.Tuned(t)
	return t, tuned.Validate()
}

// readDelay reads "90s", "1m30s", or seconds.
func readDelay(text string) (time.Duration, error) {
	text = strings.ReplaceAll(text, " ", "")
	if text == "" {
		return 0, nil
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e7 {
		return time.Duration(s * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a time like 90s or 5m", text)
	}
	return d, nil
}

// delayWord writes a delay as readDelay reads it.
func delayWord(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
