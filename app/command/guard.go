package command

import (
	"fmt"
	"sync"
	"time"

	"penstock/app/tag"
)

// doubleClick is the time in which the same value to the same tag is taken
// for one command given twice.
const doubleClick = 700 * time.Millisecond

// guard lets one command at a time onto a tag, and stops the second click.
type guard struct {
	mu   sync.Mutex
	busy map[tag.ID]bool
	last map[tag.ID]given
	seq  int
}

type given struct {
	v  tag.Scalar
	at time.Time
}

// take claims a tag, or says why it cannot be claimed.
func (g *guard) take(id tag.ID, v tag.Scalar, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy == nil {
		g.busy, g.last = map[tag.ID]bool{}, map[tag.ID]given{}
	}
	if g.busy[id] {
		return ErrBusy
	}
	if l, ok := g.last[id]; ok && l.v == v && now.Sub(l.at) < doubleClick && now.Sub(l.at) >= 0 {
		return ErrTooSoon
	}
	g.busy[id], g.last[id] = true, given{v, now}
	return nil
}

// release gives the tag back; the double-click time starts at the outcome.
func (g *guard) release(id tag.ID, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.busy, id)
	g.last[id] = given{g.last[id].v, now}
}

// ref names a command: the moment it was asked and a count.
func (g *guard) ref(now time.Time) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	return fmt.Sprintf("c%s-%d", now.UTC().Format("20060102T150405.000"), g.seq)
}
