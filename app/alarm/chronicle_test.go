package alarm

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// tick is how often the plant lets time pass.
const tick = int64(100e6)

// chronicleOf makes a Chronicle of the lines after from, as a reader of the
// journal does.
func chronicleOf(t interface{ Fatal(...any) }, all []journal.Entry, from int64) *Chronicle {
	var before, in []journal.Entry
	done := map[string]bool{}
	for i := range slices.Backward(all) {
		switch e := &all[i]; {
		case e.At > from:
			in = append(in, *e)
		case !done[e.On]:
			before = append(before, *e)
			done[e.On] = !Earlier(e)
		}
	}
	slices.Reverse(in)
	c, err := NewChronicle(before, in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What the journal tells of a moment is what the engine showed then, from
// whatever moment on the journal is read.
func TestChronicleAgreesWithTheEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 4
		var rules []Rule
		for i := range n {
			r := drawRule(t)
			r.ID, r.Tag = string(rune('A'+i)), tag.ID(rune('a'+i))
			rules = append(rules, r)
		}
		// Lines of chattering alarms are told once a second only.
		e, err := NewEngine(rules, Options{Now: second(0), Limits: Limits{ChatterCount: -1}})
		if err != nil {
			t.Fatal(err)
		}
		var all []journal.Entry
		keep := func(ts []Transition) { all = append(all, entriesOf(ts)...) }
		shown := map[int64]*Snapshot{}
		now := second(0)
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			ev := drawEvent(t, now+1)
			id := rules[rapid.IntRange(0, n-1).Draw(t, "alarm")].ID
			for now += tick; now < ev.At; now += tick {
				keep(e.Tick(now))
			}
			now = ev.At
			switch {
			case ev.What.Personal():
				ts, _ := e.Do(id, ev)
				keep(ts)
			case ev.What == Observe:
				keep(e.Observe(ev.At, []tag.Sample{{ID: tag.ID(id[0] + 'a' - 'A'), Value: ev.Value}}))
			default:
				keep(e.Tick(ev.At))
			}
			shown[now] = e.Standing()
		}
		regime := &Regime{Rules: rules}
		from := second(float64(rapid.IntRange(0, 120).Draw(t, "from")))
		c := chronicleOf(t, all, from)
		for at, want := range shown {
			if at < from {
				continue
			}
			got := c.Standing(at, regime)
			if got.Unacked != want.Unacked || got.Active != want.Active || got.Latched != want.Latched || got.Shelved != want.Shelved || got.OutOfService != want.OutOfService {
				t.Fatalf("at %d the journal tells\n%+v\nshown was\n%+v", at, got.Rows, want.Rows)
			}
			for i := range want.Rows {
				w := &want.Rows[i]
				r := got.Row(w.ID)
				if r == nil {
					t.Fatalf("at %d %s is not there, was %v", at, w.ID, w.Phase)
				}
				g, gt := told1(r, w)
				is, wt := told1(w, w)
				soon := func(a, b int64) bool { return a >= b && a <= b+tick } // a line comes with the next tick
				if g != is || !slices.EqualFunc(gt, wt, soon) {
					t.Fatalf("at %d the journal tells of %s\n%s %v\nit was\n%s %v", at, r.ID, g, gt, is, wt)
				}
			}
			if i := slices.IndexFunc(got.Rows, func(r Row) bool { return want.Row(r.ID) == nil }); i >= 0 {
				t.Fatalf("at %d %s stands and was normal", at, got.Rows[i].ID)
			}
		}
	})
}

// told1 is what of a row the journal can tell: facts and times. Of what was
// never announced it tells no time, and it keeps whole seconds of what ends.
func told1(r, was *Row) (say string, at []int64) {
	say = fmt.Sprint(r.Facts, r.Phase)
	if r.Base() != Normal {
		at = append(at, r.ActiveAt)
		if !was.Quiet && was.Occurrence != 0 {
			say += fmt.Sprint(" ", r.State.FirstOut, r.AckedBy, r.AckedNote)
			at = append(at, r.AnnouncedAt, r.RaisedAt, r.AckedAt)
		}
	}
	if r.Base() == Returned {
		at = append(at, r.ReturnedAt)
	}
	if r.Shelved != NotShelved {
		say += fmt.Sprint(" ", r.ShelvedUntil/1e9, r.ShelvedBy, r.ShelvedWhy)
		at = append(at, r.ShelvedAt)
	}
	if r.OutOfService {
		say += fmt.Sprint(" ", r.OutUntil/1e9, r.OutBy, r.OutWhy)
		at = append(at, r.OutAt)
	}
	return say, at
}

// A night of alarms that come and go, with a flood and one that chatters: the
// list and the flood of any moment, in a long stretch as in a short one.
func TestChronicleOfAFlood(t *testing.T) {
	var rules []Rule
	for i := range 20 {
		id := fmt.Sprint("A", i)
		rules = append(rules, Rule{ID: id, Tag: tag.ID(id), Kind: High, Limit: 5, Priority: 1 + i%4, Message: "Level high"})
	}
	e, err := NewEngine(rules, Options{Now: second(0)})
	if err != nil {
		t.Fatal(err)
	}
	var all []journal.Entry
	type view struct {
		at      int64
		snap    *Snapshot
		flooded Flood
	}
	var shown []view
	for i := range 9000 {
		at := second(float64(i))
		id, v := fmt.Sprint("A", i/7%20), float64(i*5%9)
		if i/2000%2 == 1 { // a quiet half hour
			id, v = "A3", float64(i/600%2*9)
		}
		all = append(all, entriesOf(e.Observe(at, []tag.Sample{sample(tag.ID(id), at, v)}))...)
		if i%11 == 0 {
			ts, _ := e.Do(id, Event{At: at, What: Ack, Who: "anna"})
			all = append(all, entriesOf(ts)...)
		}
		if i%37 == 0 {
			s := e.Standing()
			shown = append(shown, view{at, s, s.Flood})
		}
	}
	if len(all) < 3*stride {
		t.Fatalf("%d lines are too few to tell", len(all))
	}
	regime := &Regime{Rules: rules}
	for _, begin := range []float64{-1, 4000, 8999} {
		c := chronicleOf(t, all, second(begin))
		for _, w := range shown {
			if w.at < second(begin) {
				continue
			}
			got := c.Standing(w.at, regime)
			for i := range rules {
				g, s := got.Row(rules[i].ID), w.snap.Row(rules[i].ID)
				switch {
				case g == nil != (s == nil) && !(s != nil && s.Chattering || g != nil && g.Chattering):
					t.Fatalf("from %g at %d: %s is %+v, was %+v", begin, w.at, rules[i].ID, g, s)
				case g != nil && s != nil && !s.Chattering && !g.Chattering && (g.Facts != s.Facts || g.AckedBy != s.AckedBy || g.RaisedAt != s.RaisedAt || g.LimitNow != 5):
					t.Fatalf("from %g at %d: %s is %+v, was %+v", begin, w.at, rules[i].ID, g, s)
				}
			}
			if f := got.Flood; f.Active != w.flooded.Active || f.Since != w.flooded.Since || begin < 0 && max(f.Count-w.flooded.Count, w.flooded.Count-f.Count) > w.snap.Chattering {
				t.Fatalf("from %g at %d: flood %v since %d with %d, was %v since %d with %d", begin, w.at, f.Active, f.Since, f.Count, w.flooded.Active, w.flooded.Since, w.flooded.Count)
			}
		}
	}
	// Without the rules of then, what the lines say of themselves is shown.
	c := chronicleOf(t, all, second(-1))
	for _, w := range shown {
		got := c.Standing(w.at, &Regime{Rules: rules[:3], Doubt: "nobody kept them"})
		sure := c.Standing(w.at, regime)
		if len(got.Rows) != len(sure.Rows) || got.Active != sure.Active {
			t.Fatalf("at %d %d alarms stand, want %d", w.at, len(got.Rows), len(sure.Rows))
		}
		for i := range got.Rows {
			if r := &got.Rows[i]; r.Message != "Level high" || r.Priority != sure.Row(r.ID).Priority {
				t.Fatalf("%+v", r.Rule)
			}
		}
	}
}

// BenchmarkChronicle is the list of a moment in a stretch of 100,000 lines.
func BenchmarkChronicle(b *testing.B) {
	var all []journal.Entry
	var rules []Rule
	for i := range 1000 {
		rules = append(rules, Rule{ID: fmt.Sprint("A", i), Kind: High, Limit: 5, Priority: 1 + i%4})
	}
	for i := range 100_000 {
		r := &rules[i*31%len(rules)]
		e := journal.Entry{Seq: int64(i + 1), At: second(float64(i)), Kind: journal.Alarm, On: r.ID, Action: Annunciated.String(), Old: "normal", New: "unacknowledged", Note: "Level high (6, limit 5)"}
		if i%len(rules)/100 > 0 {
			e.Action, e.Old, e.New, e.Note = Went.String(), "acknowledged", "normal", ""
		}
		all = append(all, e)
	}
	c, err := NewChronicle(nil, all)
	if err != nil {
		b.Fatal(err)
	}
	regime := &Regime{Rules: rules}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if c.Standing(second(float64(i*7919%100_000)), regime) == nil {
			b.Fatal("no list")
		}
	}
}
