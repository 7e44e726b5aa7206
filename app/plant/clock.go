package plant

import (
	"sync"
	"time"
)

// clock is the time everything in a plant is ordered by. It runs with the
// monotonic clock, so a wall clock that is set never makes it run backwards:
// set forward, it follows at once; set back, it goes on more slowly until the
// wall clock has caught up.
type clock struct {
	wall func() int64 // ns since 1970 UTC, may be set
	mono func() int64 // ns since whenever, never set

	mu       sync.Mutex
	lastWall int64
	lastMono int64
	now      int64
	ahead    int64 // of the wall clock, since it was set back
}

// slew is the share of passing time a clock gives up while it is ahead.
const slew = 4

// minStep is the smallest jump of the wall clock that is worth a line.
const minStep = time.Second

func newClock(wall, mono func() int64) *clock {
	w := wall()
	return &clock{wall: wall, mono: mono, lastWall: w, lastMono: mono(), now: w}
}

// systemClock is the clock of the machine.
func systemClock() *clock {
	start := time.Now()
	return newClock(func() int64 { return time.Now().UnixNano() }, func() int64 { return int64(time.Since(start)) })
}

// read returns the time, and by how much the wall clock was set since the
// call before: 0 for less than a second.
func (c *clock) read() (now int64, step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, m := c.wall(), c.mono()
	passed := max(m-c.lastMono, 0)
	jump := w - c.lastWall - passed
	c.lastWall, c.lastMono = w, m
	c.now += passed
	c.ahead -= jump
	switch {
	case c.ahead < 0: // behind: follow at once
		c.now -= c.ahead
		c.ahead = 0
	case c.ahead > 0:
		give := min(c.ahead, passed/slew)
		c.now -= give
		c.ahead -= give
	}
	if time.Duration(jump).Abs() >= minStep {
		step = time.Duration(jump)
	}
	return c.now, step
}

// ns returns the time, ns since 1970 UTC.
func (c *clock) ns() int64 {
	n, _ := c.read()
	return n
}
