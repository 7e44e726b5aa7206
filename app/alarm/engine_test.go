package alarm

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian/journal"
)

func anyTag(tag.ID) (tag.Kind, bool) { return tag.KindFloat, true }

func newEngine(t testing.TB, rules []Rule, states map[string]State) *Engine {
	t.Helper()
	e, err := NewEngine(rules, Options{Now: second(0), States: states, Scope: anyTag})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sample(id tag.ID, at int64, v float64) tag.Sample {
	return tag.Sample{ID: id, Value: tag.Value{Source: at, Received: at, Value: tag.Float(v), Quality: tag.Good}}
}

func bad(id tag.ID, at int64) tag.Sample {
	return tag.Sample{ID: id, Value: tag.Value{Received: at, Quality: tag.BadCommunicationError}}
}

// told writes transitions in short, such as "HI annunciated".
func told(ts []Transition) string {
	var out []string
	for _, t := range ts {
		s := t.Rule.ID + " " + t.Action.String()
		if t.Action == Chattered || t.Action == FloodBegan || t.Action == FloodEnded {
			s += fmt.Sprint(" ", t.Count)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func want(t *testing.T, ts []Transition, want string) {
	t.Helper()
	if got := told(ts); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func high(id string, tagID tag.ID, limit float64) Rule {
	return Rule{ID: id, Tag: tagID, Kind: High, Limit: limit, Priority: 2, Message: id + " is high"}
}

func act(w What, at float64) Event {
	return Event{At: second(at), What: w, Who: "anna", Station: "desk 1", Note: "because", Until: second(at + 60)}
}

func TestOneEventNeverHidesTwoChanges(t *testing.T) {
	r := high("HI", "T", 80)
	r.OffDelay = 5 * time.Second
	e := newEngine(t, []Rule{r}, nil)
	want(t, e.Observe(second(0), []tag.Sample{sample("T", second(0), 90)}), "HI annunciated")
	want(t, e.Observe(second(1), []tag.Sample{sample("T", second(1), 10)}), "")
	// The off-delay runs out at the instant of the acknowledgement.
	ts, err := e.Do("HI", act(Ack, 6))
	want(t, ts, "HI returned, HI acknowledged")
	if err != nil {
		t.Error(err)
	}
}

func TestDelaysEndAtTheirOwnTime(t *testing.T) {
	r := high("HI", "T", 80)
	r.OnDelay = 10 * time.Second
	e := newEngine(t, []Rule{r}, nil)
	e.Observe(second(0), []tag.Sample{sample("T", second(-2), 90)})
	ts := slices.Clone(e.Tick(second(60))) // the station was busy
	want(t, ts, "HI annunciated")
	s := ts[0].State
	if s.RaisedAt != second(10) || s.RaisedSource != second(-2) || ts[0].At != second(60) {
		t.Errorf("raised at %d, by its source at %d, known at %d", s.RaisedAt-base, s.RaisedSource-base, ts[0].At-base)
	}
}

func TestPersonsOnly(t *testing.T) {
	e := newEngine(t, []Rule{high("HI", "T", 80)}, nil)
	e.Observe(second(0), []tag.Sample{sample("T", second(0), 90)})
	for _, c := range []struct {
		id   string
		ev   Event
		want error
	}{
		{"LO", act(Ack, 1), ErrUnknown},
		{"HI", Event{At: second(1), What: Ack}, ErrNobody},
		{"HI", Event{At: second(1), What: Suppress, Who: "anna"}, ErrNotPersonal},
		{"HI", Event{At: second(1), What: Observe, Who: "anna"}, ErrNotPersonal},
		{"HI", Event{At: second(1), What: Ack, Who: "anna", Notice: 9}, ErrStale},
		{"HI", act(Reset, 1), ErrStillThere},
		{"HI", act(Unshelve, 1), ErrNotShelved},
		{"HI", act(Restore, 1), ErrNotOut},
		{"HI", Event{At: second(1), What: Comment, Who: "anna"}, ErrNoComment},
	} {
		if ts, err := e.Do(c.id, c.ev); !errors.Is(err, c.want) || len(ts) != 0 {
			t.Errorf("%s %v: %v and %q, want %v", c.id, c.ev.What, err, told(ts), c.want)
		}
	}
	if _, err := e.Do("HI", act(Ack, 2)); err != nil {
		t.Fatal(err)
	}
	_, err := e.Do("HI", Event{At: second(3), What: Ack, Who: "bert"})
	var acked *AckedError
	if !errors.As(err, &acked) || acked.By != "anna" || acked.At != second(2) || err.Error() != "already acknowledged by anna at 00:00:02 on desk 1" {
		t.Errorf("the loser sees %v", err)
	}
	ts, err := e.Do("HI", act(Comment, 4))
	want(t, ts, "HI commented")
	if err != nil {
		t.Error(err)
	}
}

func TestFirstOut(t *testing.T) {
	var rules []Rule
	for _, id := range []string{"A", "B", "C"} {
		r := high(id, tag.ID(id), 80)
		r.FirstOut = "pump 1"
		rules = append(rules, r)
	}
	e := newEngine(t, rules, nil)
	first := func() (out string) {
		for _, r := range e.Standing().Rows {
			if r.State.FirstOut {
				out += r.Rule.ID
			}
		}
		return out
	}
	e.Observe(second(0), []tag.Sample{sample("B", second(0), 90), sample("A", second(0), 90)})
	e.Observe(second(1), []tag.Sample{sample("C", second(1), 90), sample("B", second(1), 10)})
	if got := first(); got != "B" {
		t.Errorf("first was %q, want B", got)
	}
	e.Observe(second(2), []tag.Sample{sample("B", second(2), 90)})
	if got := first(); got != "B" {
		t.Errorf("after it came again first is %q, want B: it is the same occurrence", got)
	}
	e.Observe(second(3), []tag.Sample{sample("A", second(3), 0), sample("B", second(3), 0), sample("C", second(3), 0)})
	for _, id := range []string{"A", "B", "C"} {
		if _, err := e.Do(id, act(Ack, 4)); err != nil {
			t.Error(err)
		}
	}
	e.Observe(second(5), []tag.Sample{sample("C", second(5), 90), sample("A", second(5), 90)})
	if got := first(); got != "C" {
		t.Errorf("the next time first was %q, want C", got)
	}
}

func TestExpressionsAreWorkedOutOnceForABatch(t *testing.T) {
	r := Rule{ID: "X", Kind: Expression, Expression: "A > 1 and B > 1", Priority: 1}
	e := newEngine(t, []Rule{r}, nil)
	want(t, e.Observe(second(0), []tag.Sample{sample("A", second(0), 0), sample("B", second(0), 2)}), "")
	// Between the two samples both are above 1, which they never were together.
	want(t, e.Observe(second(1), []tag.Sample{sample("A", second(1), 2), sample("B", second(1), 0)}), "")
	want(t, e.Observe(second(2), []tag.Sample{sample("B", second(2), 2)}), "X annunciated")
	want(t, e.Observe(second(3), []tag.Sample{bad("A", second(3))}), "X value lost")
	want(t, e.Observe(second(4), []tag.Sample{sample("A", second(4), 0)}), "X returned, X value back")
}

func TestSuppressionByDesign(t *testing.T) {
	r := Rule{ID: "LO", Tag: "FLOW", Kind: Low, Limit: 5, Priority: 2, SuppressWhen: "not (PUMP > 0)"}
	e := newEngine(t, []Rule{r}, nil)
	want(t, e.Observe(second(0), []tag.Sample{sample("FLOW", second(0), 0)}), "LO annunciated") // the pump's state is not known: the alarm shows
	ts := slices.Clone(e.Observe(second(1), []tag.Sample{sample("PUMP", second(1), 0)}))
	want(t, ts, "LO suppressed")
	if note := ts[0].Entry().Note; note != "not (PUMP > 0) with PUMP = 0" {
		t.Errorf("noted %q", note)
	}
	want(t, e.Observe(second(2), []tag.Sample{sample("PUMP", second(2), 1)}), "LO unsuppressed, LO annunciated again")
	want(t, e.Observe(second(3), []tag.Sample{sample("PUMP", second(3), 0)}), "LO suppressed")
	want(t, e.Observe(second(4), []tag.Sample{bad("PUMP", second(4))}), "LO unsuppressed, LO annunciated again") // logic that fails suppresses nothing
	want(t, e.Observe(second(5), []tag.Sample{sample("PUMP", second(5), 0), sample("FLOW", second(5), 9)}), "LO suppressed, LO returned")

	// After a restart it stays suppressed until the logic says otherwise.
	e = newEngine(t, []Rule{r}, e.States())
	want(t, e.Tick(second(6)), "")
	want(t, e.Observe(second(7), []tag.Sample{sample("FLOW", second(7), 0)}), "LO came hidden")
	want(t, e.Observe(second(8), []tag.Sample{sample("PUMP", second(8), 1)}), "LO unsuppressed, LO annunciated again")

	// Without its logic it cannot stay suppressed.
	want(t, e.Observe(second(9), []tag.Sample{sample("PUMP", second(9), 0)}), "LO suppressed")
	r.SuppressWhen = ""
	ne := newEngine(t, []Rule{r}, e.States())
	want(t, ne.Tick(second(10)), "LO unsuppressed, LO annunciated again")
	ts, err := e.Swap(second(10), []Rule{r}, anyTag)
	want(t, ts, "LO unsuppressed, LO annunciated again")
	if err != nil {
		t.Error(err)
	}
}

// Logic of several tags says nothing until it has heard of all of them.
func TestSuppressionWaitsForAllInputs(t *testing.T) {
	r := Rule{ID: "LO", Tag: "FLOW", Kind: Low, Limit: 5, Priority: 2, SuppressWhen: "MODE > 0 and PUMP < 1"}
	e := newEngine(t, []Rule{r}, nil)
	e.Observe(second(0), []tag.Sample{sample("MODE", second(0), 1), sample("PUMP", second(0), 0), sample("FLOW", second(0), 0)})
	e = newEngine(t, []Rule{r}, e.States())
	want(t, e.Observe(second(1), []tag.Sample{sample("MODE", second(1), 1)}), "")
	want(t, e.Observe(second(2), []tag.Sample{sample("PUMP", second(2), 1)}), "LO unsuppressed, LO annunciated")
	// What follows from a stop arrives with the news of it, in any order.
	want(t, e.Observe(second(3), []tag.Sample{sample("FLOW", second(3), 9)}), "LO returned")
	want(t, e.Observe(second(4), []tag.Sample{sample("FLOW", second(4), 0), sample("PUMP", second(4), 0)}), "LO suppressed, LO came hidden")
	want(t, e.Observe(second(5), []tag.Sample{sample("PUMP", second(5), 1), sample("FLOW", second(5), 9)}), "LO returned, LO unsuppressed")
}

// A delay that ran when the station stopped is not served by its absence.
func TestDelaysDoNotRunWhileTheStationIsOff(t *testing.T) {
	r := high("HI", "T", 80)
	r.OnDelay, r.OffDelay = 10*time.Second, 10*time.Second
	e := newEngine(t, []Rule{r}, nil)
	e.Observe(second(0), []tag.Sample{sample("T", second(0), 90)})
	e = newEngine(t, []Rule{r}, e.States())
	want(t, e.Tick(second(3600)), "")
	want(t, e.Observe(second(3601), []tag.Sample{sample("T", second(3601), 90)}), "")
	want(t, e.Tick(second(3611)), "HI annunciated")
	e.Observe(second(3612), []tag.Sample{sample("T", second(3612), 10)})
	e = newEngine(t, []Rule{r}, e.States())
	want(t, e.Tick(second(7200)), "")
	want(t, e.Observe(second(7201), []tag.Sample{sample("T", second(7201), 90)}), "HI still there after restart")
}

// Several changes of an alarm in one call leave one document, of the last.
func TestRecordKeepsTheNewestState(t *testing.T) {
	e := newEngine(t, []Rule{high("A", "T", 80), high("B", "T", 80)}, nil)
	entries, docs := Record(e.Observe(second(0), []tag.Sample{sample("T", second(0), 90), sample("T", second(0), 10), sample("T", second(0), 90)}))
	if len(entries) != 6 || len(docs) != 2 {
		t.Fatalf("%d entries, %d documents", len(entries), len(docs))
	}
	for _, d := range docs {
		if s, err := FromDoc(d); err != nil || s.Phase() != Unacked || s.Notice != 2 {
			t.Errorf("%+v %v", s, err)
		}
	}
}

func TestBackfilledSamplesRaiseNothing(t *testing.T) {
	e := newEngine(t, []Rule{high("HI", "T", 80)}, nil)
	s := sample("T", second(0), 90)
	s.Flags = tag.Backfilled
	want(t, e.Observe(second(0), []tag.Sample{s}), "")
}

func TestMovingSetpoint(t *testing.T) {
	r := Rule{ID: "DEV", Tag: "PV", Kind: Deviation, Limit: 5, Setpoint: "SP", Priority: 3}
	e := newEngine(t, []Rule{r}, nil)
	want(t, e.Observe(second(0), []tag.Sample{sample("PV", second(0), 50)}), "") // no set point yet
	want(t, e.Observe(second(1), []tag.Sample{sample("SP", second(1), 50)}), "")
	want(t, e.Observe(second(2), []tag.Sample{sample("SP", second(2), 60)}), "DEV annunciated")
	want(t, e.Observe(second(3), []tag.Sample{sample("PV", second(3), 58)}), "DEV returned")
}

func TestSnapshot(t *testing.T) {
	rules := []Rule{high("A", "A", 80), high("B", "B", 80), high("C", "C", 80), high("D", "D", 80), high("E", "E", 80)}
	rules[1].Priority, rules[4].Priority = 1, 4
	e := newEngine(t, rules, nil)
	if w := e.Standing().Worst(); w != nil {
		t.Errorf("the worst of nothing is %s", w.Rule.ID)
	}
	for i, id := range []tag.ID{"A", "B", "C", "D", "E"} {
		e.Observe(second(float64(i)), []tag.Sample{sample(id, second(float64(i)), 90)})
	}
	for _, id := range []string{"B"} {
		if _, err := e.Do(id, act(Ack, 6)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Do("D", act(Shelve, 7)); err != nil {
		t.Fatal(err)
	}
	s := e.Standing()
	var order string
	for _, r := range s.Rows {
		order += r.Rule.ID
	}
	if order != "CAEBD" { // unacknowledged by priority and newest first, then acknowledged, then shelved
		t.Errorf("order %s", order)
	}
	if s.Worst().Rule.ID != "C" || s.Unacked != [5]int{3, 0, 2, 0, 1} || s.Active != [5]int{4, 1, 2, 0, 1} || s.Shelved != 1 {
		t.Errorf("%+v", s)
	}
	row := s.Row("D")
	if row.Phase != Shelved || row.ShelvedBy != "anna" || row.ShelvedUntil != second(67) || row.Message != "D is high" || row.Occurred() != "D#1" || row.Since() != second(7) {
		t.Errorf("%+v", row)
	}
	rules[0].Class.Latched = true
	le := newEngine(t, rules[:1], nil)
	le.Observe(second(0), []tag.Sample{sample("A", second(0), 90), sample("A", second(0), 10)})
	if ls := le.Standing(); ls.Latched != 1 || ls.Active[0] != 0 || ls.Unacked[0] != 1 || ls.Worst().Phase != LatchedUnacked {
		t.Errorf("%+v", ls)
	}
	// Gone again: the list shrinks.
	n := e.Changes()
	e.Observe(second(10), []tag.Sample{sample("B", second(10), 0)})
	if e.Changes() == n || e.Standing().Row("B") != nil || len(e.away) != 4 {
		t.Error("a normal alarm is still listed")
	}
}

func TestSwapKeepsStatesAndActsAtOnce(t *testing.T) {
	e := newEngine(t, []Rule{high("A", "A", 80), high("B", "B", 80), high("C", "C", 80)}, nil)
	e.Observe(second(0), []tag.Sample{sample("A", second(0), 90), sample("B", second(0), 70), sample("C", second(0), 90)})
	if _, err := e.Do("A", act(Ack, 1)); err != nil {
		t.Fatal(err)
	}
	broken := []Rule{high("A", "A", 80), {ID: "X", Kind: Expression, Expression: "A >", Priority: 1}}
	if _, err := e.Swap(second(2), broken, anyTag); err == nil {
		t.Fatal("took a broken rule")
	}
	ts, err := e.Swap(second(2), []Rule{high("A", "A", 85), high("B", "B", 60), {ID: "X", Kind: Expression, Expression: "A > 1", Priority: 1}}, anyTag)
	if err != nil {
		t.Fatal(err)
	}
	want(t, ts, "C no longer configured, B annunciated, X annunciated")
	if s, _ := e.State("A"); s.Phase() != Acked || s.AckedBy != "anna" {
		t.Errorf("A lost its acknowledgement: %+v", s)
	}
	entries, docs := Record(ts)
	if len(entries) != 3 || len(docs) != 3 || docs[0].ID != "C" || docs[0].Body != nil {
		t.Errorf("%d entries, documents %+v", len(entries), docs)
	}
	want(t, e.Observe(second(3), []tag.Sample{sample("A", second(3), 84)}), "A returned")
}

func TestStatesWithoutARuleAreDropped(t *testing.T) {
	e := newEngine(t, []Rule{high("A", "A", 80)}, map[string]State{"OLD": {Facts: Facts{Active: true, Unacked: true}}})
	want(t, e.Tick(second(1)), "OLD no longer configured")
	want(t, e.Tick(second(2)), "")
}

func TestRulesThatCannotRun(t *testing.T) {
	ok := high("A", "A", 80)
	for name, change := range map[string]func(*Rule){
		"no id":              func(r *Rule) { r.ID = "" },
		"no kind":            func(r *Rule) { r.Kind = NoKind },
		"no tag":             func(r *Rule) { r.Tag = "" },
		"no priority":        func(r *Rule) { r.Priority = 0 },
		"priority 5":         func(r *Rule) { r.Priority = 5 },
		"no expression":      func(r *Rule) { r.Kind = Expression },
		"broken expression":  func(r *Rule) { r.Kind, r.Expression = Expression, "A >" },
		"broken logic":       func(r *Rule) { r.SuppressWhen = ")" },
		"negative delay":     func(r *Rule) { r.OnDelay = -1 },
		"percent of nothing": func(r *Rule) { r.Deadband = Band{Size: 2, Percent: true} },
		"deviation below 0":  func(r *Rule) { r.Kind, r.Limit = Deviation, -1 },
		"rate of 0":          func(r *Rule) { r.Kind, r.Limit = Rate, 0 },
		"infinite limit":     func(r *Rule) { r.Limit = math.Inf(1) },
		"silence below 0":    func(r *Rule) { r.Kind, r.Limit = NoUpdate, -1 },
	} {
		r := ok
		change(&r)
		if _, err := NewEngine([]Rule{r}, Options{Scope: anyTag}); err == nil {
			t.Errorf("%s: it runs", name)
		}
	}
	if _, err := NewEngine([]Rule{ok, ok}, Options{}); err == nil {
		t.Error("the same id twice: it runs")
	}
}

func TestChanges(t *testing.T) {
	a, b, c := high("A", "A", 80), high("B", "B", 80), high("C", "C", 80)
	moved := b
	moved.Limit, moved.OnDelay = 85, 5*time.Second
	got := Changes([]Rule{a, b, c}, []Rule{a, moved, high("D", "D", 1)}, 7, "anna", "desk 1")
	var lines []string
	for _, e := range got {
		if e.Kind != journal.Config || e.Who != "anna" || e.At != 7 {
			t.Errorf("%+v", e)
		}
		lines = append(lines, e.Action+" "+e.On)
	}
	if s := strings.Join(lines, ", "); s != "alarm changed B, alarm added D, alarm removed C" {
		t.Fatal(s)
	}
	if got[0].Old != "limit=80; on_delay=" || got[0].New != "limit=85; on_delay=5s" {
		t.Errorf("%q -> %q", got[0].Old, got[0].New)
	}
	if !strings.Contains(got[1].New, "kind=high; limit=1") || !strings.Contains(got[2].Old, "limit=80") {
		t.Errorf("%q, %q", got[1].New, got[2].Old)
	}
}

// Every change that Changes can see must be seen: a column that is forgotten
// would be a silent change of an alarm.
func TestEveryColumnIsCompared(t *testing.T) {
	full := Rule{ID: "A", Tag: "T", Area: "HL", Kind: Deviation, Limit: 1, Deadband: Band{Size: 1}, Setpoint: "SP", Expression: "x", Pattern: "1", MoreTags: "U", OnDelay: 1, OffDelay: 1,
		ReAlarm: 1, Priority: 1, Class: Class{Name: "c"}, FirstOut: "g", SuppressWhen: "y", Message: "m", Cause: "c", Consequence: "c", Response: "r",
		RespondWithin: 1, Verification: "v", Display: "d", RationalisedBy: "b", RationalisedOn: "o"}
	for i := range columns {
		if columns[i].text(&full) == columns[i].text(&Rule{}) {
			t.Errorf("column %s does not show", columns[i].name)
		}
	}
	if len(columns) != 25 { // of alarms.csv, but for the id; tag is two
		t.Errorf("%d columns", len(columns))
	}
}

func TestClusters(t *testing.T) {
	var rules []Rule
	for i, c := range []struct{ group, area string }{{"pump 1", "HL"}, {"pump 1", "HL"}, {"", "HL"}, {"", "RW"}, {"", "RW"}, {"", "RW"}} {
		r := high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
		r.FirstOut, r.Area, r.Priority = c.group, c.area, 3
		rules = append(rules, r)
	}
	rules[4].Priority = 1
	e := newEngine(t, rules, nil)
	// A5 is received before A3, and happened after it.
	for i, n := range []int{1, 0, 2} {
		at := second(float64(2 + i))
		e.Observe(at, []tag.Sample{sample(rules[n].Tag, at, 90)})
	}
	for i, source := range []float64{5.7, 5.2, 5.5} {
		n := []int{5, 3, 4}[i]
		e.Observe(second(6), []tag.Sample{sample(rules[n].Tag, second(source), 90)})
	}
	if _, err := e.Do("A2", act(Shelve, 7)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range e.Standing().Clusters() {
		got = append(got, fmt.Sprintf("%s: %d, %d unacknowledged, worst %s, first %s", c.Name, len(c.Rows), c.Unacked, c.Worst().Rule.ID, c.First.Rule.ID))
	}
	want := []string{"RW: 3, 3 unacknowledged, worst A4, first A3", "pump 1: 2, 2 unacknowledged, worst A0, first A1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

// However a large batch is split, what follows from several tags is judged
// with all of them: the pump that stopped suppresses the alarm of its flow.
func TestSplitKeepsTogetherWhatBelongsTogether(t *testing.T) {
	flow := high("FLOW", "F", 80)
	flow.SuppressWhen = "S > 0"
	dev := Rule{ID: "DEV", Tag: "P", Setpoint: "SP", Kind: Deviation, Limit: 5, Priority: 2}
	first, second1 := high("G1", "A", 80), high("G2", "B", 80)
	first.FirstOut, second1.FirstOut = "g", "g"
	rules := []Rule{flow, dev, first, second1, high("X", "X", 80), high("Y", "Y", 80)}
	batch := []tag.Sample{sample("X", second(0), 90), sample("F", second(0), 90), sample("P", second(0), 10), sample("B", second(0), 90), sample("Y", second(0), 90),
		sample("SP", second(0), 12), sample("A", second(0), 90), sample("S", second(0), 1)}
	e := newEngine(t, rules, nil)
	together, apart := e.Split(batch)
	if len(together) != 6 || len(apart) != 2 || apart[0].ID != "X" || together[2].ID != "B" {
		t.Fatalf("together %v, apart %v", together, apart)
	}
	var got []Transition
	got = append(got, e.Observe(second(0), together)...)
	for _, s := range apart {
		got = append(got, e.Observe(second(0), []tag.Sample{s})...)
	}
	whole := newEngine(t, rules, nil)
	whole.Observe(second(0), batch)
	for id, s := range whole.States() {
		if have, _ := e.State(id); have != s {
			t.Errorf("%s: %+v in pieces, %+v in one", id, have, s)
		}
	}
	want(t, got, "FLOW suppressed, FLOW came hidden, G2 annunciated, G1 annunciated, X annunciated, Y annunciated")
}
