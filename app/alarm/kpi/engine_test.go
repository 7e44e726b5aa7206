package kpi

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
)

// What the engine told and the journal kept is what is counted, chatter and
// all, wherever the span is cut.
func TestFiguresAgreeWithTheEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 4
		var rules []alarm.Rule
		for i := range n {
			rules = append(rules, alarm.Rule{ID: fmt.Sprint("A", i), Tag: tag.ID(fmt.Sprint("T", i)), Kind: alarm.High, Limit: 5, Priority: 1 + i,
				Class: alarm.Class{NoAck: i == 0, Latched: i == 1}})
		}
		e, err := alarm.NewEngine(rules, alarm.Options{Now: day0})
		if err != nil {
			t.Fatal(err)
		}
		var entries []journal.Entry
		keep := func(ts []alarm.Transition) {
			es, _ := alarm.Record(ts)
			entries = append(entries, es...)
		}
		now := day0
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			now += int64(rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, time.Minute, 20 * time.Minute}).Draw(t, "later"))
			i := rapid.IntRange(0, n-1).Draw(t, "alarm")
			what := rapid.SampledFrom([]alarm.What{alarm.Observe, alarm.Observe, alarm.Observe, alarm.Ack, alarm.Shelve, alarm.Unshelve, alarm.Reset}).Draw(t, "what")
			if what == alarm.Observe {
				v := tag.Float(float64(rapid.IntRange(0, 1).Draw(t, "value") * 9))
				keep(e.Observe(now, []tag.Sample{{ID: rules[i].Tag, Value: tag.Value{Source: now, Received: now, Value: v, Quality: tag.Good}}}))
				continue
			}
			ts, _ := e.Do(rules[i].ID, alarm.Event{At: now, What: what, Who: "anna", Note: "why", Until: now + int64(time.Minute)})
			keep(ts)
		}
		for range 70 {
			now += int64(time.Second)
			keep(e.Tick(now))
		}
		notices, occurrences, standing := 0, 0, 0
		for _, s := range e.States() {
			notices += int(s.Notice)
			occurrences += int(s.Occurrence)
			if p := s.Phase(); p != alarm.Normal && !p.Hidden() {
				standing++
			}
		}
		r := Compute(slices.Values(entries), Options{From: day0, To: now + 1})
		if r.Annunciated != notices || len(r.Occurrences) != occurrences || r.StandingNow != standing {
			t.Fatalf("%d annunciations, %d occurrences, %d standing; the engine has %d, %d, %d", r.Annunciated, len(r.Occurrences), r.StandingNow, notices, occurrences, standing)
		}
		sum := func(in []int) (n int) {
			for _, v := range in {
				n += v
			}
			return n
		}
		times, counts := 0, 0
		for _, o := range r.Occurrences {
			times += o.Times
		}
		for _, c := range r.Counts {
			counts += c.N
		}
		if sum(r.Buckets) != notices || sum(r.Hours) != notices || sum(r.ByPriority[:]) != notices || times != notices || counts != notices {
			t.Fatalf("%d annunciations; by bucket %d, hour %d, priority %d, occurrence %d, alarm %d", notices, sum(r.Buckets), sum(r.Hours), sum(r.ByPriority[:]), times, counts)
		}
		// Two spans that touch have together what the whole has.
		cut := day0 + rapid.Int64Range(0, now-day0).Draw(t, "cut")
		a := Compute(slices.Values(entries), Options{From: day0, To: cut})
		b := Compute(slices.Values(entries), Options{From: cut, To: now + 1})
		if a.Annunciated+b.Annunciated != notices || a.Shelvings+b.Shelvings != r.Shelvings || len(a.AckTimes)+len(b.AckTimes) != len(r.AckTimes) {
			t.Fatalf("cut in two: %d and %d of %d annunciations, %d and %d of %d acknowledgements", a.Annunciated, b.Annunciated, notices, len(a.AckTimes), len(b.AckTimes), len(r.AckTimes))
		}
	})
}
