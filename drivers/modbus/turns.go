package modbus

import (
	"context"
	"slices"
	"sync"
	"time"
)

// urgency of a request. The more urgent goes first; the less urgent is not
// put off for ever.
type urgency uint8

const (
	writing urgency = iota
	polling
	probing
)

// patience is how much longer each urgency waits when others ask at the same
// time.
var patience = [...]time.Duration{writing: -time.Hour, polling: 0, probing: 5 * time.Second}

// turns lets only so many requests on a line at once.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting []turn // by due
}

type turn struct {
	due   time.Time
	ready chan struct{}
}

// take waits for a turn. Every take that returned nil is followed by a give.
func (t *turns) take(ctx context.Context, u urgency) error {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	mine := turn{time.Now().Add(patience[u]), make(chan struct{})}
	at, _ := slices.BinarySearchFunc(t.waiting, mine, func(a, b turn) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1 // behind those that are due at the same time
	})
	t.waiting = slices.Insert(t.waiting, at, mine)
	t.mu.Unlock()
	select {
	case <-mine.ready:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.IndexFunc(t.waiting, func(w turn) bool { return w.ready == mine.ready })
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it came just now: pass it on
		t.give()
	}
	return ctx.Err()
}

// give ends a turn.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.free++
		return
	}
	close(t.waiting[0].ready)
	t.waiting = slices.Delete(t.waiting, 0, 1)
}
