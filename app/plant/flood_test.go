package plant

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
)

// Ten thousand values of one device cross their limits in one scan, while
// people acknowledge alarms that stood before: no alarm is lost, and nobody
// waits for the flood.
func TestAcknowledgingInAFlood(t *testing.T) {
	const before = 200
	n := 10000
	if testing.Short() {
		n = 1000
	}
	tags, alarms := &strings.Builder{}, &strings.Builder{}
	fmt.Fprintln(tags, "id,device,address,type,kind,scan,store")
	fmt.Fprintln(alarms, "id,tag,kind,limit,priority,message")
	r := newRack()
	for i := range n + before {
		fmt.Fprintf(tags, "T%d,R,%d,,float,normal,off\n", i, i)
		fmt.Fprintf(alarms, "A%d,T%d,high,80,%d,high\n", i, i, 1+i%4)
		v := 10.0
		if i < before {
			v = 90
		}
		r.set(fmt.Sprint(i), tag.Float(v))
	}
	p, set := load(t, r, tags.String(), alarms.String())
	p.Tags = slices.Clone(p.Tags)
	for i := range p.Tags {
		p.Tags[i].Period = 500 * time.Millisecond
	}
	pl := run(t, p, set, t.TempDir())
	standing := func() int { return pl.Alarms().Active[0] }
	soon(t, "the first alarms", func() bool { return standing() == before })
	r.mu.Lock()
	for i := before; i < n+before; i++ {
		r.regs[fmt.Sprint(i)] = tag.Float(90)
	}
	r.mu.Unlock()
	// The flood comes with the next scan, half a second from here at most; the
	// acknowledgements go on for a second.
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	for i := range before {
		wg.Go(func() {
			begun := time.Now()
			err := pl.Answer(t.Context(), everybody("anna"), []Answer{{Alarm: fmt.Sprint("A", i), Event: alarm.Event{What: alarm.Ack}}})[0]
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(begun))
			if err != nil {
				t.Error(err)
			}
		})
		time.Sleep(5 * time.Millisecond)
	}
	wg.Wait()
	soon(t, "every alarm", func() bool { return standing() == n+before })
	slices.Sort(took)
	t.Logf("acknowledged and durable: half within %v, 99 of 100 within %v, the slowest %v", took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	if rep, err := pl.Journal.Verify(t.Context()); err != nil || !rep.OK() {
		t.Errorf("%v %v", rep.String(), err)
	}
	var all []journal.Entry
	if err := pl.Journal.Each(t.Context(), journal.Filter{OldestFirst: true}, func(e *journal.Entry) error { all = append(all, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	facts, err := alarm.Rebuild(all)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := pl.Journal.Docs(alarm.DocKind)
	if err != nil {
		t.Fatal(err)
	}
	states, err := alarm.FromDocs(docs)
	if err != nil || len(states) != n+before {
		t.Fatalf("%d states, %v", len(states), err)
	}
	for id, s := range states {
		if facts[id] != s.Facts {
			t.Fatalf("%s is kept as %v, the journal says %v", id, s.Facts, facts[id])
		}
	}
	for action, want := range map[string]int{"annunciated": n + before, "acknowledged": before} {
		got := 0
		if err := pl.Journal.Each(t.Context(), journal.Filter{Kinds: []journal.Kind{journal.Alarm}, Actions: []string{action}}, func(*journal.Entry) error { got++; return nil }); err != nil || got != want {
			t.Errorf("%d alarms %s in the journal (%v), want %d", got, action, err, want)
		}
	}
}
