package alarm

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"penstock/app/tag"
	"penstock/historian/journal"
)

func TestFloodHysteresis(t *testing.T) {
	for _, c := range []struct {
		name string
		at   []float64 // seconds of annunciations
		want string    // what is told, with the minute
	}{
		{"ten in ten minutes are no flood", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ""},
		{"eleven are", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "flood began 11 at 10 s, flood ended 11 at 606 s"},
		{"it ends below five, not below ten", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 300, 301, 302, 303, 304, 305}, "flood began 11 at 10 s, flood ended 17 at 901 s"},
		{"a window that slides sees what two that lie side by side do not", []float64{595, 596, 597, 598, 599, 600, 601, 602, 603, 604, 605}, "flood began 11 at 605 s, flood ended 11 at 1201 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Rule{ID: "X", Tag: "T", Kind: Change, Priority: 2, Class: Class{NoAck: true}}
			e, err := NewEngine([]Rule{r}, Options{Now: second(0), Limits: Limits{ChatterCount: 1000, ChatterSpan: time.Minute}})
			if err != nil {
				t.Fatal(err)
			}
			e.Observe(second(-1), []tag.Sample{sample("T", second(-1), -1)})
			var got []string
			v := 0.0
			for s := 0.0; s < 1500; s++ {
				ts := e.Tick(second(s))
				if len(c.at) > 0 && c.at[0] == s {
					v++
					c.at = c.at[1:]
					ts = append(slices.Clone(ts), e.Observe(second(s), []tag.Sample{sample("T", second(s), v)})...)
				}
				for _, tr := range ts {
					if tr.Rule == floodRule {
						got = append(got, fmt.Sprintf("%v %d at %v s", tr.Action, tr.Count, (tr.At-base)/1e9))
					}
				}
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("told %s, want %s", s, c.want)
			}
		})
	}
}

// one alarm at 100 Hz for a minute, and fifty at 10 Hz: all counted, one
// row each, no acknowledgement, one line a second in the journal.
func TestChatter(t *testing.T) {
	for _, c := range []struct {
		alarms int
		period time.Duration
	}{{1, 10 * time.Millisecond}, {50, 100 * time.Millisecond}} {
		t.Run(fmt.Sprintf("%d alarms every %v", c.alarms, c.period), func(t *testing.T) {
			var rules []Rule
			for i := range c.alarms {
				rules = append(rules, high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80))
			}
			e := newEngine(t, rules, nil)
			lines, counted := map[string]int{}, map[string]int{}
			keep := func(ts []Transition) {
				for _, tr := range ts {
					if tr.Rule == floodRule {
						continue
					}
					if tr.Action == Acknowledged {
						t.Fatal("acknowledged by nobody")
					}
					lines[tr.Rule.ID]++
					counted[tr.Rule.ID] += tr.Count
					if tr.Action.Tells() {
						counted[tr.Rule.ID]++
					}
				}
			}
			comings := int(time.Minute / c.period)
			for n := range comings {
				at := second(0) + int64(n)*int64(c.period)
				for i := range rules {
					keep(e.Observe(at, []tag.Sample{sample(rules[i].Tag, at, 90)}))
				}
				at += int64(c.period) / 2
				for i := range rules {
					keep(e.Observe(at, []tag.Sample{sample(rules[i].Tag, at, 10)}))
				}
			}
			s := e.Standing()
			if len(s.Rows) != c.alarms || s.Chattering != c.alarms || !s.Rows[0].Chattering || s.Rows[0].Activations != int64(comings) {
				t.Errorf("%d rows, %d chattering, %+v", len(s.Rows), s.Chattering, s.Rows[0].State)
			}
			for at := 61.0; at < 130; at++ {
				keep(e.Tick(second(at)))
			}
			for id, n := range counted {
				if n != comings || lines[id] > 60+8 {
					t.Errorf("%s: %d comings in %d lines, want %d in at most one a second", id, n, lines[id], comings)
				}
			}
			s = e.Standing()
			if s.Chattering != 0 || len(s.Rows) != c.alarms || s.Rows[0].Phase != Returned {
				t.Errorf("after a minute of peace: %+v", s.Rows[0])
			}
		})
	}
}

// What a person must answer is told at once, also of a chattering alarm.
func TestChatterTellsWhatIsToBeAnswered(t *testing.T) {
	e := newEngine(t, []Rule{high("A", "T", 80)}, nil)
	at := 0.0
	flip := func(v float64) string {
		at += 0.01
		return told(e.Observe(second(at), []tag.Sample{sample("T", second(at), v)}))
	}
	for range 20 {
		flip(90)
		flip(10)
	}
	ts, err := e.Do("A", act(Ack, at))
	want(t, ts, "A chattered 17, A acknowledged")
	if err != nil {
		t.Fatal(err)
	}
	if got := flip(90); got != "A annunciated" {
		t.Errorf("after the acknowledgement it told %q", got)
	}
}

// A swap of the rules loses no count of a chattering alarm.
func TestChatterGoesOnOverASwap(t *testing.T) {
	rules := []Rule{high("A", "T", 80)}
	e := newEngine(t, rules, nil)
	counted := 0
	keep := func(ts []Transition) {
		for _, tr := range ts {
			if tr.Rule != floodRule {
				counted += tr.Count
				if tr.Action.Tells() {
					counted++
				}
			}
		}
	}
	at := 0.0
	for n := range 50 {
		at += 0.01
		keep(e.Observe(second(at), []tag.Sample{sample("T", second(at), 90), sample("T", second(at), 10)}))
		if n == 25 {
			ts, err := e.Swap(second(at), rules, anyTag)
			if err != nil {
				t.Fatal(err)
			}
			keep(ts)
			if s := e.Standing(); s.Chattering != 1 {
				t.Error("it no longer chatters")
			}
		}
	}
	keep(e.Flush(second(at)))
	if ts := e.Flush(second(at)); len(ts) != 0 {
		t.Errorf("told twice: %s", told(ts))
	}
	if counted != 50 {
		t.Errorf("%d comings are told, want 50", counted)
	}
}

// loop joins engine and journal as the plant does: one goroutine, which waits
// for the disk.
type loop struct {
	k     *keptStation
	calls chan func(now int64)
	begun time.Time
	done  chan struct{}
	told  int
}

func startLoop(t testing.TB, rules []Rule) *loop {
	l := &loop{k: startKept(t, filepath.Join(t.TempDir(), "ops.db"), rules, second(0)), calls: make(chan func(int64)), begun: time.Now(), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for f := range l.calls {
			f(second(0) + int64(time.Since(l.begun)))
		}
	}()
	t.Cleanup(func() { l.stop() })
	return l
}

func (l *loop) stop() {
	if l.calls != nil {
		close(l.calls)
		<-l.done
		l.k.j.Close()
		l.calls = nil
	}
}

func (l *loop) observe(batch []tag.Sample) {
	wait := make(chan struct{})
	l.calls <- func(now int64) {
		defer close(wait)
		for i := range batch {
			batch[i].Source, batch[i].Received = now, now
		}
		ts := l.k.e.Observe(now, batch)
		for _, t := range ts {
			if t.Action.Tells() {
				l.told++
			}
		}
		l.k.keep(ts)
	}
	<-wait
}

func (l *loop) ack(id, who, from string) (err error) {
	wait := make(chan struct{})
	l.calls <- func(now int64) {
		defer close(wait)
		var ts []Transition
		ts, err = l.k.e.Do(id, Event{At: now, What: Ack, Who: who, Station: from})
		l.k.keep(ts)
	}
	<-wait
	return err
}

// flood lets n alarms come in about a second, batch by batch, while people
// acknowledge; it returns how long each acknowledgement took to be durable.
func flood(t testing.TB, n, acks int) (l *loop, took []time.Duration) {
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
		rules[i].Priority = 1 + i%4
	}
	l = startLoop(t, rules)
	const batch = 100
	var wg sync.WaitGroup
	var mu sync.Mutex
	pace := time.NewTicker(time.Second * batch / time.Duration(n))
	defer pace.Stop()
	for from := 0; from < n; from += batch {
		samples := make([]tag.Sample, batch)
		for i := range samples {
			samples[i] = sample(tag.ID(fmt.Sprint("T", from+i)), 0, 90)
		}
		<-pace.C
		l.observe(samples)
		for a := range acks * batch / n {
			wg.Go(func() {
				begun := time.Now()
				if err := l.ack(fmt.Sprint("A", from+a), "anna", "desk 1"); err != nil {
					t.Error(err)
				}
				mu.Lock()
				took = append(took, time.Since(begun))
				mu.Unlock()
			})
		}
	}
	wg.Wait()
	slices.Sort(took)
	return l, took
}

// 10,000 alarms in a second while 200 acknowledgements run. None is
// lost, and the most urgent stands first.
func TestTenThousandAlarmsInASecond(t *testing.T) {
	n, acks := 10000, 200
	if testing.Short() {
		n = 2000
	}
	l, took := flood(t, n, acks)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("acknowledged and durable: p50 %v, p99 %v, worst %v; flood took %v", p50, p99, took[len(took)-1], time.Since(l.begun))
	if len(took) != acks || l.told != n {
		t.Errorf("%d acknowledgements, %d annunciations", len(took), l.told)
	}
	snap := l.k.e.Standing()
	if !snap.Flood.Active || snap.Unacked[0] != n-acks || snap.Worst().Priority != 1 || len(snap.Rows) != n {
		t.Errorf("flood %v, %d unacknowledged, worst %+v, %d rows", snap.Flood.Active, snap.Unacked[0], snap.Worst(), len(snap.Rows))
	}
	for action, want := range map[string]int{"annunciated": n, "acknowledged": acks, "flood began": 1} {
		got := 0
		if err := l.k.j.Each(t.Context(), journal.Filter{Actions: []string{action}}, func(*journal.Entry) error { got++; return nil }); err != nil || got != want {
			t.Errorf("%d times %s in the journal (%v), want %d", got, action, err, want)
		}
	}
	l.k.agree()
}

// two stations acknowledge the same thousand occurrences at the same
// time. Exactly one acknowledgement of each is kept; the loser sees whose.
func TestTwoStationsAcknowledgeTheSame(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 200
	}
	rules := make([]Rule, n)
	samples := make([]tag.Sample, n)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
		samples[i] = sample(rules[i].Tag, 0, 90)
	}
	l := startLoop(t, rules)
	l.observe(samples)
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	for client, who := range []string{"anna", "bert"} {
		for part := range 4 {
			wg.Go(func() {
				for k := range n / 4 {
					i := part*n/4 + k
					begun := time.Since(l.begun)
					err := l.ack(fmt.Sprint("A", i), who, who+"'s desk")
					by := who
					var acked *AckedError
					if errors.As(err, &acked) {
						by = acked.By
					} else if err != nil {
						t.Error(err)
					}
					mu.Lock()
					history = append(history, porcupine.Operation{ClientId: client*4 + part, Input: [2]string{fmt.Sprint(i), who}, Output: by,
						Call: int64(begun), Return: int64(time.Since(l.begun))})
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	model := porcupine.Model{
		Partition: func(h []porcupine.Operation) [][]porcupine.Operation {
			by := map[string][]porcupine.Operation{}
			for _, op := range h {
				k := op.Input.([2]string)[0]
				by[k] = append(by[k], op)
			}
			var out [][]porcupine.Operation
			for _, ops := range by {
				out = append(out, ops)
			}
			return out
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			if state == "" {
				who := input.([2]string)[1]
				return output == who, who
			}
			return output == state, state
		},
	}
	if !porcupine.CheckOperations(model, history) {
		t.Error("no order of the acknowledgements explains what the stations saw")
	}
	refs := map[string]int{}
	if err := l.k.j.Each(t.Context(), journal.Filter{Actions: []string{"acknowledged"}}, func(e *journal.Entry) error { refs[e.Ref]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for ref, k := range refs {
		if k != 1 {
			t.Errorf("%s is acknowledged %d times", ref, k)
		}
	}
	if len(refs) != n {
		t.Errorf("%d occurrences are acknowledged, want %d", len(refs), n)
	}
}
