package screens

import (
	"context"
	"errors"

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

// At implements trend.Source.
func (p past) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	return p.room.At(ctx, t, ids)
}

// marksAtMost bounds the marks of one picture.
const marksAtMost = 400

// Marks implements trend.Marker: annunciations and acknowledgements of alarms
// on the pens' tags, and values written to them.
func (p past) Marks(ctx context.Context, ids []tag.ID, from, to int64) ([]trend.Mark, error) {
	pens := map[string]bool{}
	for _, id := range ids {
		pens[string(id)] = true
	}
	watched := map[string]bool{}
	for _, r := range p.room.Project().Alarms {
		watched[r.ID] = pens[string(r.Tag)]
	}
	alarms, err1 := p.room.Entries(ctx, journal.Filter{From: from, To: to, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true, Limit: 4000,
		Actions: []string{alarm.Annunciated.String(), alarm.ReAnnunciated.String(), alarm.Acknowledged.String()}})
	writes, err2 := p.room.Entries(ctx, journal.Filter{From: from, To: to, Kinds: []journal.Kind{journal.Command}, OldestFirst: true, Limit: 4000})
	var out []trend.Mark
	for _, e := range alarms {
		if !watched[e.On] {
			continue
		}
		m := trend.Mark{At: e.At, Kind: trend.MarkAlarm, Level: e.Level, Text: e.Note}
		if e.Action == alarm.Acknowledged.String() {
			m.Kind, m.Text = trend.MarkAck, e.Who
		}
		out = append(out, m)
	}
	for _, e := range writes {
		if pens[e.On] && (e.Outcome == command.Verified.String() || e.Outcome == command.Accepted.String()) {
			out = append(out, trend.Mark{At: e.At, Kind: trend.MarkWrite, Text: e.Who + ": " + e.Old + " to " + e.New})
		}
	}
	return out[:min(len(out), marksAtMost)], errors.Join(err1, err2)
}

// penOf makes a pen of a tag with the limits its alarms watch.
func penOf(d *tag.Def, rules []alarm.Rule) trend.Pen {
	p := trend.Pen{Def: d}
	for i := range rules {
		if r := &rules[i]; r.Tag == d.ID && r.Setpoint == "" {
			if name := levelName(r.Kind); name != "" {
				p.Limits = append(p.Limits, trend.Limit{Value: r.Limit, Name: name, Priority: r.Priority})
			}
		}
	}
	return p
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
