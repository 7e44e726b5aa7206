package screens

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/trend"
)

// past is a Room's history as trends ask for it.
type past struct{ room Room }

// Range implements trend.Source.
func (p past) Range(ctx context.Context, id tag.ID, from, to int64, n int) (trend.Stretch, error) {
	held, err := p.room.At(ctx, from, []tag.ID{id})
	if err != nil {
		return trend.Stretch{}, err
	}
	if raw, ok := p.room.(Samples); ok {
		if c := p.room.Tags().Cell(id); c != nil && c.Def().Kind == tag.KindText {
			return texts(ctx, raw, id, from, to, held)
		}
	}
	buckets, err := p.room.Buckets(ctx, id, from, to, n)
	if err != nil {
		return trend.Stretch{}, err
	}
	s := trend.Stretch{Buckets: make([]trend.Bucket, len(buckets))}
	if len(held) == 1 {
		s.Held = held[0]
	}
	for i := range buckets {
		s.Buckets[i] = trend.Bucket(buckets[i])
	}
	return s, nil
}

// textsAtMost bounds the texts of one picture.
const textsAtMost = 4000

// texts reads what a text said.
func texts(ctx context.Context, raw Samples, id tag.ID, from, to int64, held []tag.Value) (s trend.Stretch, err error) {
	if len(held) == 1 {
		s.Held = held[0]
	}
	err = raw.Raw(ctx, id, from, to, func(v tag.Value) bool {
		if len(s.Texts) == textsAtMost {
			s.More = v.At()
			return false
		}
		s.Texts = append(s.Texts, v)
		return true
	})
	return s, err
}

// At implements trend.Source.
func (p past) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	return p.room.At(ctx, t, ids)
}

// Measure implements trend.Measurer, by every sample where that is possible.
func (p past) Measure(ctx context.Context, id tag.ID, from, to int64) (trend.Stats, error) {
	nan := math.NaN()
	s := trend.Stats{Min: nan, Max: nan, Mean: nan, Integral: nan}
	all, err := p.room.Aggregates(ctx, id, []int64{from, to})
	if err != nil || len(all) != 1 {
		return s, err
	}
	a := &all[0]
	s.Min, s.Max, s.Mean, s.Good = a.Min, a.Max, a.Mean, a.Good
	if a.Usable > 0 {
		s.Integral = a.Integral / time.Hour.Seconds()
	}
	return s, nil
}

// marksAtMost bounds the marks of one picture.
const marksAtMost = 400

// Noted is the action of a journal entry that is a person's note. The moment
// it is about is the entry's Source; On is empty for a note about the plant.
const Noted = "noted"

// Marks implements trend.Marker: annunciations and acknowledgements of alarms
// on the pens' tags, values written to them and to their set points, and notes on them and the plant.
func (p past) Marks(ctx context.Context, ids []tag.ID, from, to int64) ([]trend.Mark, error) {
	pens := map[string]bool{}
	for _, id := range ids {
		pens[string(id)] = true
	}
	watched, written := map[string]bool{}, maps.Clone(pens)
	rules := p.room.Project().Alarms
	if then := p.room.RulesAt(from); then.Until != alarm.Never { // an alarm may have gone since
		rules = slices.Concat(then.Rules, rules)
	}
	for _, r := range rules {
		watched[r.ID] = watched[r.ID] || pens[string(r.Tag)]
		if pens[string(r.Tag)] && r.Setpoint != "" { // a step of the set point explains one of the pen
			written[string(r.Setpoint)] = true
		}
	}
	alarms, err1 := p.room.Entries(ctx, journal.Filter{From: from, To: to, Kinds: []journal.Kind{journal.Alarm}, Limit: 4000,
		Actions: []string{alarm.Annunciated.String(), alarm.ReAnnunciated.String(), alarm.Acknowledged.String()}})
	writes, err2 := p.room.Entries(ctx, journal.Filter{From: from, To: to, Kinds: []journal.Kind{journal.Command}, Limit: 4000})
	var out []trend.Mark
	for _, e := range alarms {
		if !watched[e.On] {
			continue
		}
		m := trend.Mark{At: e.At, Kind: trend.MarkAlarm, Level: e.Level, Priority: p.room.Project().Alarming.Priorities.Word(e.Level), On: e.On, Text: e.Note}
		if e.Action == alarm.Acknowledged.String() {
			m.Kind, m.Who = trend.MarkAck, e.Who
		}
		out = append(out, m)
	}
	for _, e := range writes {
		if written[e.On] && (e.Outcome == command.Verified.String() || e.Outcome == command.Accepted.String()) {
			out = append(out, trend.Mark{At: e.At, Kind: trend.MarkWrite, On: e.On, Text: e.Old + " to " + e.New, Who: e.Who})
		}
	}
	notes, err3 := p.notes(ctx, pens, from, to)
	out = append(out[:min(len(out), marksAtMost)], notes...)
	slices.SortStableFunc(out, func(a, b trend.Mark) int { return cmp.Compare(a.At, b.At) })
	return out, errors.Join(err1, err2, err3)
}

// notes are what people noted about moments of a stretch. A note is written
// after its moment, perhaps years after.
func (p past) notes(ctx context.Context, pens map[string]bool, from, to int64) (out []trend.Mark, err error) {
	entries, err := p.room.Entries(ctx, journal.Filter{From: from, Kinds: []journal.Kind{journal.User}, Actions: []string{Noted}, OldestFirst: true, Limit: 4000})
	for _, e := range entries {
		if (e.On == "" || pens[e.On]) && e.Source >= from && e.Source < to {
			out = append(out, trend.Mark{At: e.Source, Kind: trend.MarkNote, On: e.On, Text: e.Note, Who: e.Who})
		}
	}
	return out[:min(len(out), marksAtMost)], err
}

// penOf makes a pen of a tag with the limits its alarms watch.
func penOf(d *tag.Def, rules []alarm.Rule) trend.Pen {
	p := trend.Pen{Def: d}
	for i := range rules {
		r := &rules[i]
		switch {
		case r.Tag != d.ID:
		case r.Setpoint != "":
			follow(&p, r)
		default:
			if name := levelName(r.Kind); name != "" {
				p.Limits = append(p.Limits, trend.Limit{Value: r.Limit, Name: name, Priority: r.Priority})
			}
		}
	}
	return p
}

// follow gives a pen the set point that a rule measures from, and narrows its
// band to where the rule comes.
func follow(p *trend.Pen, r *alarm.Rule) {
	if p.Target == nil {
		p.Target = &trend.Target{ID: r.Setpoint}
	}
	if p.Target.ID != r.Setpoint {
		return
	}
	near := func(have *float64, d float64) {
		if d > 0 && (*have == 0 || d < *have) {
			*have = d
		}
	}
	switch r.Kind {
	case alarm.Deviation:
		near(&p.Target.Above, r.Limit)
		near(&p.Target.Below, r.Limit)
	case alarm.High, alarm.HighHigh:
		near(&p.Target.Above, r.Limit)
	case alarm.Low, alarm.LowLow:
		near(&p.Target.Below, -r.Limit)
	}
}

// levelName is the short name of an absolute limit; "" for any other kind.
func levelName(k alarm.Kind) string {
	switch k {
	case alarm.HighHigh:
		return "HH"
	case alarm.High:
		return "H"
	case alarm.Low:
		return "L"
	case alarm.LowLow:
		return "LL"
	}
	return ""
}
