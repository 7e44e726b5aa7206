// Package horn makes the sound of an alarm: one for each priority, repeated
// until the alarm is acknowledged or somebody silences the horn. It is the
// only importer of the sound library; without a sound device it says so, and
// the station shows it.
package horn

import (
	"time"

	"penstock/app/alarm"
)

// Every is how often the sound of a priority is repeated; [0] is unused.
var Every = [alarm.Lowest + 1]time.Duration{0, 2 * time.Second, 4 * time.Second, 10 * time.Second, 30 * time.Second}

// Speaker plays sounds. Play returns at once.
type Speaker interface {
	Play(pcm []byte)
	// Err says why nothing can be heard; nil while it can, or nobody knows yet.
	Err() error
}

// Horn decides when which sound is due. It belongs to one goroutine; time is
// an argument.
type Horn struct {
	Out Speaker // nil: nothing is played, but what is due is known

	silenced int64 // annunciations up to here are silent, ns
	last     int   // priority played last, 0: none
	at       time.Time
	sounding int
}

// Sounding is the priority that is being sounded; 0 for none.
func (h *Horn) Sounding() int { return h.sounding }

// Frame looks at the alarm list and plays what is due: the sound of the most
// urgent alarm that is neither acknowledged nor silenced, at once when it is
// more urgent than the one before.
func (h *Horn) Frame(now time.Time, list *alarm.Snapshot) {
	worst := 0
	for i := range list.Rows {
		r := &list.Rows[i]
		if r.Phase.Sounds() && r.AnnouncedAt > h.silenced && (worst == 0 || r.Priority < worst) {
			worst = r.Priority
		}
	}
	h.sounding = worst
	switch {
	case worst == 0:
		h.last = 0
		return
	case h.last == 0 || worst < h.last:
	case now.Sub(h.at) < Every[worst]:
		return
	}
	h.last, h.at = worst, now
	if h.Out != nil {
		h.Out.Play(Sound(worst))
	}
}

// Silence quiets every alarm announced until now; the next one sounds again.
func (h *Horn) Silence(now time.Time) { h.silenced = now.UnixNano() }

// Test plays the sound of a priority.
func (h *Horn) Test(priority int) {
	if h.Out != nil {
		h.Out.Play(Sound(priority))
	}
}
