package alarm

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"penstock/app/tag"
)

// The second half of R-03: 50,000 configured alarms, 100,000 transitions in
// ten seconds, while people acknowledge. PENSTOCK_LONG=1 runs it.
func TestAHundredThousandTransitions(t *testing.T) {
	if os.Getenv("PENSTOCK_LONG") == "" {
		t.Skip("takes ten seconds; PENSTOCK_LONG=1 runs it")
	}
	const n, turns = 50000, 100000
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = high(fmt.Sprint("A", i), tag.ID(fmt.Sprint("T", i)), 80)
	}
	begun := time.Now()
	l := startLoop(t, rules)
	t.Logf("%d alarms configured in %v", n, time.Since(begun))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	begun = time.Now()
	var worst, worstList time.Duration
	for at := 0; at < turns; at += 100 {
		<-pace.C
		batch := make([]tag.Sample, 100)
		for i := range batch {
			k := (at + i) % n
			batch[i] = sample(rules[k].Tag, 0, 90-80*float64((at+i)/n)) // each comes, then goes
		}
		l.observe(batch)
		if at < n {
			acked := time.Now()
			if err := l.ack(rules[at].ID, "anna", "desk 1"); err != nil {
				t.Error(err)
			}
			worst = max(worst, time.Since(acked))
		}
		if at%1000 == 0 {
			done := make(chan struct{})
			listed := time.Now()
			l.calls <- func(int64) { l.k.e.Standing(); close(done) }
			<-done
			worstList = max(worstList, time.Since(listed))
		}
	}
	took := time.Since(begun)
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d transitions and %d acknowledgements in %v; slowest acknowledgement %v, slowest list %v; heap grew by %d MiB", turns, n/100, took, worst, worstList, grown)
	if grown > 100 {
		t.Errorf("heap grew by %d MiB", grown)
	}
	l.k.agree()
}
