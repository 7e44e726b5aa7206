package alarm

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
)

// trace is a signal by "second value" pairs.
func trace(id tag.ID, points ...float64) iter.Seq[tag.Sample] {
	return func(yield func(tag.Sample) bool) {
		for i := 0; i < len(points); i += 2 {
			if !yield(sample(id, second(points[i]), points[i+1])) {
				return
			}
		}
	}
}

func spans(ss []Span) (out string) {
	for _, s := range ss {
		out += fmt.Sprintf("%g..%g", float64(s.From-base)/1e9, float64(s.To-base)/1e9)
		if s.Open {
			out += "+"
		}
		if !math.IsNaN(s.Peak) {
			out += fmt.Sprintf("^%g", s.Peak)
		}
		out += " "
	}
	return out
}

func TestReplay(t *testing.T) {
	signal := []float64{-10, 85, -5, 10, 0, 10, 10, 81, 20, 79, 30, 90, 35, 95, 40, 70, 41, 82, 42, 10, 100, 88}
	for _, c := range []struct {
		name  string
		alter func(*Rule)
		want  string
	}{
		{"as it is", func(r *Rule) {}, "10..20^81 30..40^95 41..42^82 100..120+^88 "},
		{"deadband", func(r *Rule) { r.Deadband.Size = 5 }, "10..40^95 41..42^82 100..120+^88 "},
		{"on-delay", func(r *Rule) { r.OnDelay = 3 * time.Second }, "13..20^81 33..40^95 103..120+^88 "},
		{"off-delay", func(r *Rule) { r.OffDelay = 3 * time.Second }, "10..23^81 30..45^95 100..120+^88 "},
		{"higher", func(r *Rule) { r.Limit = 86 }, "30..40^95 100..120+^88 "},
		{"latched", func(r *Rule) { r.Class.Latched = true }, "10..20^81 30..40^95 41..42^82 100..120+^88 "},
		{"low", func(r *Rule) { r.Kind, r.Limit = Low, 10 }, "0..10^10 42..100^10 "},
	} {
		r := high("A", "T", 80)
		c.alter(&r)
		out, err := Replay([]Rule{r}, anyTag, second(0), second(120), trace("T", append(slices.Clone(signal), 130, 10)...))
		if err != nil {
			t.Fatal(err)
		}
		if got := spans(out.Spans["A"]); got != c.want || out.Samples != 11 {
			t.Errorf("%s: %s(%d samples), want %s", c.name, got, out.Samples, c.want)
		}
	}
}

func TestReplayCountsFloods(t *testing.T) {
	var rules []Rule
	var streams []iter.Seq[tag.Sample]
	for i := range 12 {
		id := tag.ID(fmt.Sprint("T", i))
		rules = append(rules, high(fmt.Sprint("A", i), id, 80))
		streams = append(streams, trace(id, 0, 0, float64(10+i), 90, 2000, 10))
	}
	out, err := Replay(rules, anyTag, second(0), second(3000), Merge(streams...))
	if err != nil {
		t.Fatal(err)
	}
	// Begins with the eleventh at 20 s. At 618 s those of 19, 20 and 21 s are
	// left, and the replay looks at 620 s.
	if out.Floods != 1 || out.Flooded != 600*time.Second {
		t.Errorf("%d floods, %v", out.Floods, out.Flooded)
	}
}

func TestCompare(t *testing.T) {
	before := &Replayed{Spans: map[string][]Span{
		"A":    {{From: 0, To: 10}, {From: 20, To: 25}, {From: 40, To: 90}, {From: 100, To: 110}},
		"GONE": {{From: 5, To: 6}},
	}}
	after := &Replayed{Spans: map[string][]Span{
		"A":   {{From: 3, To: 9}, {From: 12, To: 14}, {From: 101, To: 120}},
		"NEW": {{From: 7, To: 8}},
	}}
	got := Compare(before, after)
	if len(got) != 3 || got[0].Alarm != "A" || got[1].Alarm != "GONE" || got[2].Alarm != "NEW" {
		t.Fatalf("%+v", got)
	}
	a := got[0]
	if a.Before != 4 || a.After != 3 || !slices.Equal(a.Missed, []Span{{From: 20, To: 25}, {From: 40, To: 90}}) ||
		!slices.Equal(a.Added, []Span{{From: 12, To: 14}}) || a.Longest != (Span{From: 40, To: 90}) || a.Late != 3 {
		t.Errorf("%+v", a)
	}
	// Spans that meet at one moment touch.
	meet := Compare(&Replayed{Spans: map[string][]Span{"A": {{From: 10, To: 20}}}}, &Replayed{Spans: map[string][]Span{"A": {{From: 20, To: 30}}}})
	if len(meet[0].Missed) != 0 || meet[0].Late != 10 {
		t.Errorf("%+v", meet)
	}
	if len(got[1].Missed) != 1 || len(got[2].Added) != 1 {
		t.Errorf("%+v", got)
	}
}

// A replay says of each alarm what the plant's engine said at the time.
func TestReplayAgreesWithTheEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRule(t)
		r.ReAlarm = 0
		var all []tag.Sample
		e, err := NewEngine([]Rule{r}, Options{Limits: Limits{ChatterCount: -1}})
		if err != nil {
			t.Fatal(err)
		}
		came := 0
		now := second(0)
		count := func(ts []Transition) {
			for _, tr := range ts {
				if tr.Action.Tells() {
					came++
				}
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			now += int64(rapid.IntRange(1, 3000).Draw(t, "ms")) * 1e6
			s := sample("T", now, float64(rapid.IntRange(0, 8).Draw(t, "value")))
			all = append(all, s)
			count(e.Observe(now, []tag.Sample{s}))
			if rapid.Bool().Draw(t, "tick") {
				now += int64(rapid.IntRange(1, 3000).Draw(t, "ms")) * 1e6
				count(e.Tick(now))
			}
		}
		end := now + 1
		count(e.Tick(end))
		out, err := Replay([]Rule{r}, nil, second(0), end, slices.Values(all))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(out.Spans["A"]); got != came {
			t.Fatalf("replayed %d times (%s), it came %d times", got, spans(out.Spans["A"]), came)
		}
		for i, s := range out.Spans["A"] {
			if s.To < s.From || i > 0 && s.From < out.Spans["A"][i-1].To {
				t.Fatalf("spans out of order: %s", spans(out.Spans["A"]))
			}
		}
	})
}

func TestInputsAndMerge(t *testing.T) {
	ids, err := Inputs([]Rule{{ID: "X", Kind: Expression, Expression: "A > B", Priority: 1, SuppressWhen: "C > 0"}, {ID: "D", Tag: "PV", Kind: Deviation, Limit: 1, Setpoint: "SP", Priority: 1}}, anyTag)
	if err != nil || fmt.Sprint(ids) != "[A B C PV SP]" {
		t.Errorf("%v %v", ids, err)
	}
	var got string
	for s := range Merge(trace("A", 0, 1, 2, 1, 4, 1), trace("B", 0, 1, 1, 1, 5, 1), trace("C")) {
		got += fmt.Sprintf("%s%d ", s.ID, (s.At()-base)/1e9)
	}
	if got != "A0 B0 B1 A2 A4 B5 " {
		t.Error(got)
	}
	for range Merge(trace("A", 0, 1, 2, 1)) {
		break // the streams are closed
	}
}

// past is stored history in memory, oldest first.
type past map[tag.ID][]tag.Value

func (p past) Raw(_ context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	for _, v := range p[id] {
		if v.At() >= from && v.At() < to && !yield(v) {
			return nil
		}
	}
	return nil
}

func (p past) At(_ context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	out := make([]tag.Value, len(ids))
	for i, id := range ids {
		for _, v := range p[id] {
			if v.At() <= t {
				out[i] = v
			}
		}
	}
	return out, nil
}

// What has not changed since long before the span counts all the same: a set
// point that was set last week, a link that was up and is lost.
func TestReplayOfWhatWasStoredBefore(t *testing.T) {
	at := func(s float64, v float64) tag.Value { return sample("", second(s), v).Value }
	gone := func(s float64) tag.Value { return bad("", second(s)).Value }
	week := -7 * 24 * 3600.0
	p := past{
		"SP": {at(week, 50)},
		"PV": {at(-10, 50), at(10, 58), at(20, 51)},
		"S":  {at(week, 1), gone(30), at(40, 1), gone(60), at(70, 1)},
		"UP": {at(week, 1), at(29, 0), at(41, 1)}, // the first loss was of the link, the second of the sensor
	}
	rules := []Rule{
		{ID: "DEV", Tag: "PV", Setpoint: "SP", Kind: Deviation, Limit: 5, Priority: 2},
		{ID: "BAD", Tag: "S", Kind: BadQuality, Priority: 3, SuppressWhen: "UP == 0"},
	}
	out, err := ReplayHistory(t.Context(), rules, anyTag, second(0), second(100), p)
	if err != nil {
		t.Fatal(err)
	}
	if got := spans(out.Spans["DEV"]); got != "10..20 " {
		t.Errorf("the deviation was there %s", got)
	}
	if got := spans(out.Spans["BAD"]); got != "60..70 " {
		t.Errorf("the sensor was bad %s: a lost link is not one", got)
	}
}
