package modbus

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Writes go first, then polls in the order they asked; a probe waits longer,
// but not for ever.
func TestTheUrgentGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := turns{free: 1}
		if err := line.take(t.Context(), polling); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []string
		ask := func(name string, u urgency) {
			go func() {
				if line.take(t.Context(), u) == nil {
					mu.Lock()
					order = append(order, name)
					mu.Unlock()
					time.Sleep(time.Second)
					line.give()
				}
			}()
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
		}
		ask("probe", probing)
		ask("poll 1", polling)
		ask("poll 2", polling)
		ask("write 1", writing)
		ask("write 2", writing)
		line.give()
		for i := range 10 { // the line is busy without end
			ask("later "+string(rune('a'+i)), polling)
			time.Sleep(800 * time.Millisecond)
		}
		time.Sleep(20 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(order[:4], []string{"write 1", "write 2", "poll 1", "poll 2"}) {
			t.Errorf("order %v", order)
		}
		if i := slices.Index(order, "probe"); i < 5 || i == len(order)-1 {
			t.Errorf("the probe came %d of %v", i, order)
		}
	})
}

// Whoever gives up waiting passes a turn that came in the same moment on.
func TestNoTurnIsLost(t *testing.T) {
	line := turns{free: 2}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*100*time.Microsecond)
			defer cancel()
			if line.take(ctx, urgency(i%3)) == nil {
				time.Sleep(50 * time.Microsecond)
				line.give()
			}
		})
	}
	wg.Wait()
	if line.free != 2 || len(line.waiting) != 0 {
		t.Errorf("%d of 2 turns are free, %d wait", line.free, len(line.waiting))
	}
}
