package plant

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hands is a machine whose wall clock can be set.
type hands struct{ wall, mono int64 }

func (h *hands) pass(d time.Duration) { h.wall += int64(d); h.mono += int64(d) }

func (h *hands) clock() *clock {
	return newClock(func() int64 { return h.wall }, func() int64 { return h.mono })
}

func TestClockFollowsAWallClockThatIsSet(t *testing.T) {
	h := &hands{wall: int64(1000 * time.Hour)}
	c := h.clock()
	h.pass(time.Minute)
	if now, step := c.read(); now != h.wall || step != 0 {
		t.Errorf("undisturbed: %v off, step %v", time.Duration(now-h.wall), step)
	}
	h.wall += int64(time.Hour)
	if now, step := c.read(); now != h.wall || step != time.Hour {
		t.Errorf("set forward: %v off, step %v", time.Duration(now-h.wall), step)
	}
	h.wall -= int64(10 * time.Second)
	before, step := c.read()
	if step != -10*time.Second {
		t.Errorf("set back: step %v", step)
	}
	for range 50 {
		h.pass(time.Second)
		now := c.ns()
		if now <= before {
			t.Fatalf("ran backwards by %v", time.Duration(before-now))
		}
		before = now
	}
	if before != h.wall {
		t.Errorf("after 50 s still %v ahead", time.Duration(before-h.wall))
	}
}

// However a wall clock is set, time goes forward, and never slower than three
// quarters of the time that really passes.
func TestClockNeverRunsBackwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &hands{wall: int64(1000 * time.Hour)}
		c := h.clock()
		before := c.ns()
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			d := rapid.Int64Range(0, int64(time.Minute)).Draw(t, "pass")
			h.pass(time.Duration(d))
			h.wall += rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "set")
			now := c.ns()
			if now-before < d-d/slew {
				t.Fatalf("%v passed, the clock moved %v", time.Duration(d), time.Duration(now-before))
			}
			if now < h.wall {
				t.Fatalf("%v behind the wall clock", time.Duration(h.wall-now))
			}
			before = now
		}
	})
}
