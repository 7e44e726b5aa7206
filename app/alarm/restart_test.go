package alarm

import (
	"fmt"
	"path/filepath"
	"testing"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// keptStation is an engine and its journal, as the plant joins them: what is
// told is kept in one transaction before anything else happens.
type keptStation struct {
	t     testing.TB
	path  string
	rules []Rule
	e     *Engine
	j     *journal.Journal
}

func startKept(t testing.TB, path string, rules []Rule, now int64) *keptStation {
	t.Helper()
	k := &keptStation{t: t, path: path, rules: rules}
	var err error
	if k.j, err = journal.Open(journal.Options{Path: path}); err != nil {
		t.Fatal(err)
	}
	docs, err := k.j.Docs(DocKind)
	if err != nil {
		t.Fatal(err)
	}
	states, err := FromDocs(docs)
	if err != nil {
		t.Fatal(err)
	}
	if k.e, err = NewEngine(rules, Options{Now: now, States: states, Scope: anyTag}); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *keptStation) keep(ts []Transition) string {
	k.t.Helper()
	if len(ts) == 0 {
		return ""
	}
	entries, docs := Record(ts)
	if err := k.j.Record(k.t.Context(), entries, docs); err != nil {
		k.t.Fatal(err)
	}
	return told(ts)
}

func (k *keptStation) pv(at, v float64) string {
	return k.keep(k.e.Observe(second(at), []tag.Sample{sample("T", second(at), v)}))
}

func (k *keptStation) do(ev Event) {
	k.t.Helper()
	ts, err := k.e.Do("HI", ev)
	if err != nil {
		k.t.Fatal(err)
	}
	k.keep(ts)
}

// TestRestart is the matrix of R-18: every state an alarm can be in when the
// station stops, and what it is afterwards, whether the condition is the same
// or changed while the station was off. The clean stop and the kill are the
// same here, since all that was told is durable before anything follows (see
// TestKillInAFlood for the kill).
func TestRestart(t *testing.T) {
	const off = 3600.0 // seconds the station is off
	setups := []struct {
		name    string
		latched bool
		make    func(k *keptStation)
		before  string // phase when the station stops
		same    string // phase, and what is told, with the condition as before
		changed string // and with the condition changed meanwhile
	}{
		{"normal", false, func(k *keptStation) { k.pv(0, 10) },
			"A", "A", "B: HI annunciated"},
		{"unacknowledged", false, func(k *keptStation) { k.pv(0, 90) },
			"B", "B: HI still there after restart", "D: HI returned"},
		{"acknowledged", false, func(k *keptStation) { k.pv(0, 90); k.do(act(Ack, 1)) },
			"C", "C: HI still there after restart", "A: HI returned"},
		{"returned", false, func(k *keptStation) { k.pv(0, 90); k.pv(1, 10) },
			"D", "D", "B: HI annunciated again"},
		{"latched", true, func(k *keptStation) { k.pv(0, 90); k.pv(1, 10) },
			"LU", "LU", "B: HI annunciated again"},
		{"latched acknowledged", true, func(k *keptStation) { k.pv(0, 90); k.pv(1, 10); k.do(act(Ack, 2)) },
			"LA", "LA", "B: HI annunciated again"},
		{"shelved, long", false, func(k *keptStation) {
			k.pv(0, 90)
			k.do(Event{At: second(1), What: Shelve, Who: "anna", Note: "why", Until: second(20000)})
		},
			"E", "E: HI still there after restart", "E: HI returned"},
		{"shelved, ends meanwhile", false, func(k *keptStation) { k.pv(0, 90); k.do(act(Shelve, 1)) },
			"E", "B: HI unshelved, HI annunciated again, HI still there after restart", "D: HI unshelved, HI annunciated again, HI returned"},
		{"shelved once", false, func(k *keptStation) {
			k.pv(0, 90)
			k.do(Event{At: second(1), What: Shelve, Who: "anna", Note: "why", Until: second(20000), OneShot: true})
		},
			"E", "E: HI still there after restart", "D: HI returned, HI unshelved"},
		{"suppressed", false, func(k *keptStation) {
			k.pv(0, 90)
			k.keep(k.e.Observe(second(1), []tag.Sample{sample("OFF", second(1), 1)}))
		},
			"F", "F: HI still there after restart", "F: HI returned"},
		{"out of service", false, func(k *keptStation) {
			k.pv(0, 90)
			k.do(Event{At: second(1), What: Remove, Who: "anna", Note: "permit", Until: second(20000)})
		},
			"G", "G: HI still there after restart", "G: HI returned"},
	}
	for _, c := range setups {
		for _, changed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, changed=%v", c.name, changed), func(t *testing.T) {
				r := high("HI", "T", 80)
				r.Class.Latched = c.latched
				r.SuppressWhen = "OFF > 0"
				path := filepath.Join(t.TempDir(), "ops.db")
				k := startKept(t, path, []Rule{r}, second(0))
				c.make(k)
				was, _ := k.e.State("HI")
				if got := was.Phase().Code(); got != c.before {
					t.Fatalf("stopped in %s, want %s", got, c.before)
				}
				k.j.Close()

				k = startKept(t, path, []Rule{r}, second(off))
				defer k.j.Close()
				said := k.keep(k.e.Tick(second(off)))
				v := 10.0
				if was.Cond != changed {
					v = 90
				}
				if s := k.pv(off+1, v); s != "" && said != "" {
					said += ", " + s
				} else {
					said += s
				}
				is, _ := k.e.State("HI")
				got := is.Phase().Code()
				if said != "" {
					got += ": " + said
				}
				want := c.same
				if changed {
					want = c.changed
				}
				if got != want {
					t.Errorf("afterwards %q, want %q", got, want)
				}
				if is.Notice == was.Notice && (is.AckedBy != was.AckedBy || is.AckedAt != was.AckedAt || is.AckedNote != was.AckedNote) {
					t.Errorf("the acknowledgement was %s at %d, is %s at %d", was.AckedBy, was.AckedAt, is.AckedBy, is.AckedAt)
				}
				if is.Phase() == Shelved && (is.ShelvedUntil != was.ShelvedUntil || is.ShelvedBy != was.ShelvedBy || is.ShelvedWhy != was.ShelvedWhy) {
					t.Errorf("the shelf was %d by %s, is %d by %s", was.ShelvedUntil, was.ShelvedBy, is.ShelvedUntil, is.ShelvedBy)
				}
				// The same again tells nothing more.
				if s := k.pv(off+2, v); s != "" {
					t.Errorf("told once more: %s", s)
				}
				k.agree()
			})
		}
	}
}

// agree holds journal, documents and states against each other.
func (k *keptStation) agree() {
	k.t.Helper()
	rep, err := k.j.Verify(k.t.Context())
	if err != nil || !rep.OK() {
		k.t.Errorf("%v %v", rep.String(), err)
	}
	all, err := k.j.Query(k.t.Context(), journal.Filter{OldestFirst: true, Limit: 1 << 30})
	if err != nil {
		k.t.Fatal(err)
	}
	facts, err := Rebuild(all)
	if err != nil {
		k.t.Fatal(err)
	}
	docs, err := k.j.Docs(DocKind)
	if err != nil {
		k.t.Fatal(err)
	}
	kept, err := FromDocs(docs)
	if err != nil {
		k.t.Fatal(err)
	}
	for id, s := range k.e.States() {
		if facts[id] != s.Facts || kept[id].Facts != s.Facts || kept[id].Notice != s.Notice {
			k.t.Errorf("%s is %v (notice %d), the journal says %v, the document %v (%d)", id, s.Facts, s.Notice, facts[id], kept[id].Facts, kept[id].Notice)
		}
	}
}
