package alarm

import (
	"math"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// drawRule draws a rule of any kind, with short delays so that they end.
func drawRule(t *rapid.T) Rule {
	seconds := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 4).Draw(t, name)) * time.Second
	}
	r := Rule{
		ID: "A", Tag: "T", Priority: 2, Kind: Kind(rapid.IntRange(1, int(NoUpdate)).Draw(t, "kind")),
		Limit: float64(rapid.IntRange(1, 5).Draw(t, "limit")), Deadband: Band{Size: float64(rapid.IntRange(0, 3).Draw(t, "band"))},
		OnDelay: seconds("on"), OffDelay: seconds("off"), ReAlarm: seconds("realarm"),
		Class: Class{Latched: rapid.Bool().Draw(t, "latched"), NoShelve: rapid.IntRange(0, 4).Draw(t, "noshelve") == 0, MaxShelve: 5 * time.Second},
	}
	if !r.Class.Latched {
		r.Class.NoAck = rapid.IntRange(0, 3).Draw(t, "noack") == 0
	}
	return r
}

// drawEvent draws anything that can happen, at or after a time.
func drawEvent(t *rapid.T, now int64) Event {
	e := Event{
		At:   now + int64(rapid.IntRange(0, 3000).Draw(t, "ms"))*1e6,
		What: What(rapid.IntRange(int(Time), int(Comment)).Draw(t, "what")),
		Note: rapid.SampledFrom([]string{"", "why"}).Draw(t, "note"), FirstOut: rapid.Bool().Draw(t, "first"),
		OneShot: rapid.Bool().Draw(t, "oneshot"), Notice: int64(rapid.IntRange(0, 2).Draw(t, "notice")),
	}
	if e.What.Personal() {
		e.Who = rapid.SampledFrom([]string{"", "anna", "bert"}).Draw(t, "who")
	}
	e.Until = e.At + int64(rapid.IntRange(-1, 6).Draw(t, "until"))*1e9
	if e.What == Observe {
		q := rapid.SampledFrom([]tag.Quality{tag.Good, tag.Good, tag.Good, tag.Uncertain, tag.Bad, tag.LastUsable, tag.NoData}).Draw(t, "quality")
		v := tag.Float(float64(rapid.IntRange(0, 8).Draw(t, "value")))
		if rapid.IntRange(0, 20).Draw(t, "odd") == 0 {
			v = rapid.SampledFrom([]tag.Scalar{{}, tag.Text("x"), tag.Float(math.NaN()), tag.Float(math.Inf(-1)), tag.Bool(true)}).Draw(t, "scalar")
		}
		e.Value = tag.Value{Source: e.At - 5e6, Received: e.At, Value: v, Quality: q}
	}
	return e
}

// allowed are the changes of displayed phase that STANDARDS names, by the
// number of its transition. Everything else is a fault.
var allowed = map[[2]Phase]string{
	{Normal, Unacked}: "T1", {Unacked, Acked}: "T2", {Acked, Normal}: "T3", {Unacked, Returned}: "T4", {Returned, Normal}: "T5", {Returned, Unacked}: "T6",
	{Acked, Unacked}: "T7", {Unacked, Normal}: "T8", {Unacked, LatchedUnacked}: "T9", {Acked, LatchedAcked}: "T9", {LatchedUnacked, LatchedAcked}: "T10",
	{LatchedAcked, Normal}: "T11", {LatchedUnacked, Unacked}: "T12", {LatchedAcked, Unacked}: "T12",
}

func isAllowed(from, to Phase) bool {
	if from == to || to.Hidden() || from.Hidden() {
		return true // T13 to T18; who and why is asked apart
	}
	return allowed[[2]Phase{from, to}] != ""
}

// TestProperties lets a machine attack one alarm.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRule(t)
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		var s State
		now := second(0)
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			e := drawEvent(t, now)
			// Time alone changes nothing before Due, and something at Due.
			for due := Due(&r, &s); due <= e.At; due = Due(&r, &s) {
				if due > now {
					if early := Step(&r, s, Event{At: due - 1}); !reflect.DeepEqual(early, s) {
						t.Fatalf("before its time, %d:\n%+v\n%+v", due, s, early)
					}
				}
				next := Step(&r, s, Event{At: due})
				if reflect.DeepEqual(next, s) {
					t.Fatalf("nothing happens when it is due: %+v", s)
				}
				check(t, &r, &s, &next, &Event{At: due})
				s = next
			}
			refused := Refuse(&r, &s, &e)
			next := Step(&r, s, e)
			if refused != nil && !reflect.DeepEqual(next, s) {
				t.Fatalf("refused (%v), and changed all the same", refused)
			}
			check(t, &r, &s, &next, &e)
			s, now = next, e.At
		}
	})
}

// check holds one step against what must hold of all.
func check(t *rapid.T, r *Rule, was, is *State, e *Event) {
	from, to := was.Phase(), is.Phase()
	if !isAllowed(from, to) {
		t.Fatalf("%s -> %s on %v is no transition of the standard\n%+v\n%+v", from.Code(), to.Code(), e.What, was, is)
	}
	if was.Unacked && !is.Unacked {
		byPerson := e.What == Ack && e.Who != "" && is.AckedBy == e.Who && is.AckedAt == e.At
		byClass := r.Class.NoAck && was.Active && !is.Active
		if !byPerson && !byClass {
			t.Fatalf("acknowledged by nobody on %v\n%+v\n%+v", e.What, was, is)
		}
	}
	if is.Active && is.Latched {
		t.Fatalf("active and latched: %+v", is)
	}
	if !from.Hidden() && to.Hidden() {
		switch {
		case to == Shelved && (is.ShelvedBy == "" || is.ShelvedWhy == "" || is.ShelvedUntil-e.At > int64(r.Class.ShelveLimit()) || is.ShelvedUntil <= e.At),
			to == OutOfService && (is.OutBy == "" || is.OutWhy == "" || is.OutUntil <= e.At),
			to == Suppressed && e.What != Suppress:
			t.Fatalf("hidden without who, why or until: %+v", is)
		}
	}
	if from.Hidden() && !to.Hidden() && is.Active && !is.Unacked {
		t.Fatalf("came out of hiding and was not annunciated: %+v", is)
	}
	if e.What == Observe && !usable(&e.Value) && r.Kind != BadQuality && r.Kind != NoUpdate && was.Facts != is.Facts {
		t.Fatalf("data that cannot be used changed %v to %v", was.Facts, is.Facts)
	}
	if is.Unacked && !was.Unacked && is.Notice != was.Notice+1 {
		t.Fatalf("annunciated without a number: %+v", is)
	}
	if back, err := ParseFacts(is.Facts.String()); err != nil || back != is.Facts {
		t.Fatalf("%q reads as %+v (%v)", is.Facts.String(), back, err)
	}
	if back, err := FromDoc(Doc("A", *is)); err != nil || !reflect.DeepEqual(back, *is) {
		t.Fatalf("kept and read (%v):\n%+v\n%+v", err, back, *is)
	}
}

// TestEngineAgreesWithStep runs many alarms through the engine and each alone
// through Step, and compares the states, the journal, and the list.
func TestEngineAgreesWithStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 4
		var rules []Rule
		alone := make([]State, n)
		for i := range n {
			r := drawRule(t)
			r.ID, r.Tag = string(rune('A'+i)), tag.ID(rune('a'+i))
			if r.Kind == NoUpdate {
				alone[i].Seen = second(0)
			}
			rules = append(rules, r)
		}
		e, err := NewEngine(rules, Options{Now: second(0)})
		if err != nil {
			t.Fatal(err)
		}
		var journaled []Transition
		annunciated := map[string]int{}
		now := second(0)
		keep := func(ts []Transition) {
			for _, tr := range ts {
				if tr.Rule == floodRule {
					continue
				}
				journaled = append(journaled, tr)
				if tr.Action.Tells() {
					annunciated[tr.Rule.ID]++
				}
				annunciated[tr.Rule.ID] += tr.Count
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "events") {
			i := rapid.IntRange(0, n-1).Draw(t, "alarm")
			ev := drawEvent(t, now)
			now = ev.At
			switch {
			case ev.What.Personal():
				ts, _ := e.Do(rules[i].ID, ev)
				keep(ts)
			case ev.What == Observe:
				keep(e.Observe(ev.At, []tag.Sample{{ID: rules[i].Tag, Value: ev.Value}}))
			default:
				ev = Event{At: ev.At}
				keep(e.Tick(ev.At))
			}
			for k := range n {
				kev := Event{At: ev.At}
				if k == i {
					kev = ev
				}
				kev.FirstOut = false
				alone[k] = Step(&rules[k], alone[k], kev)
			}
		}
		now += 10e9 // what chatters is told
		for range 70 {
			now += 1e9
			keep(e.Tick(now))
		}
		var entries = entriesOf(journaled)
		facts, err := Rebuild(entries)
		if err != nil {
			t.Fatal(err)
		}
		snap := e.Standing()
		for k, r := range rules {
			alone[k] = Step(&rules[k], alone[k], Event{At: now})
			have, _ := e.State(r.ID)
			if !reflect.DeepEqual(have, alone[k]) {
				t.Fatalf("alarm %s: the engine has\n%+v\nStep alone\n%+v", r.ID, have, alone[k])
			}
			if facts[r.ID] != have.Facts {
				t.Fatalf("alarm %s: the journal says %v, the state %v", r.ID, facts[r.ID], have.Facts)
			}
			if int64(annunciated[r.ID]) != have.Notice {
				t.Fatalf("alarm %s: %d annunciations are journalled, there were %d", r.ID, annunciated[r.ID], have.Notice)
			}
			if listed := snap.Row(r.ID) != nil; listed != (have.Phase() != Normal) {
				t.Fatalf("alarm %s is %v, listed: %v", r.ID, have.Facts, listed)
			}
		}
		// The documents are the states.
		_, docs := Record(journaled)
		kept, err := FromDocs(docs)
		if err != nil {
			t.Fatal(err)
		}
		for id, s := range kept {
			if have, _ := e.State(id); s.Facts != have.Facts || s.Notice != have.Notice || s.AckedBy != have.AckedBy || s.ShelvedUntil != have.ShelvedUntil {
				t.Fatalf("alarm %s is kept as\n%+v, it is\n%+v", id, s, have)
			}
		}
	})
}

func TestTimersComeInOrder(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	var h timers
	var all []*live
	for i := range 300 {
		all = append(all, &live{rule: &Rule{ID: string(rune('a'+i%26)) + string(rune('a'+i/26))}, timer: -1})
	}
	at := map[*live]int64{}
	for range 5000 {
		l := all[rnd.Intn(len(all))]
		at[l] = rnd.Int63n(1000)
		if rnd.Intn(4) == 0 {
			at[l] = Never
		}
		h.set(l, at[l])
	}
	var want, got []int64
	for _, v := range at {
		if v != Never {
			want = append(want, v)
		}
	}
	slices.Sort(want)
	for {
		l := h.first(Never - 1)
		if l == nil {
			break
		}
		got = append(got, at[l])
		h.set(l, Never)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d timers came out of order or were lost (%d)", len(got), len(want))
	}
}

func entriesOf(ts []Transition) (out []journal.Entry) {
	out, _ = Record(ts)
	return out
}
