package waterworks

import (
	"fmt"
	"time"
	"unicode/utf8"

	"penstock/app/tag"
)

// noteMax is the most a shift note may hold, in bytes.
const noteMax = 240

type controlSystem struct {
	beats    float64
	note     string
	left     [scenarios]float64 // s for which each scenario still goes on
	newest   Scenario
	sickness []*instrument
}

func (w *controlSystem) build(p *Plant) {
	p.whole("SY.HEARTBEAT", func() int64 { return int64(w.beats) })
	p.words("SY.STATUS", func() string {
		if w.newest == NoScenario {
			return "Normal operation"
		}
		return "Rehearsal: " + w.newest.Text()
	})
	p.words("SY.MODEL", func() string { return "Penstock waterworks 1.0" })
	p.bind("SY.NOTE", binding{
		read: func() (tag.Scalar, tag.Quality) { return tag.Text(w.note), tag.Good },
		write: func(v tag.Scalar) error {
			if v.Kind() != tag.KindText {
				return ErrType
			}
			if s := v.Str(); len(s) > noteMax || !utf8.ValidString(s) {
				return fmt.Errorf("%d bytes: %w 0 to %d", len(s), ErrRange, noteMax)
			}
			w.note = v.Str()
			return nil
		},
	})
	p.choose("SY.SCENARIO", func() int64 { return int64(w.newest) }, func(v int64) error {
		p.Rehearse(Scenario(v))
		return nil
	})
}

func (w *controlSystem) control(p *Plant, dt float64) {
	w.beats += dt
	for s := range w.left {
		if w.left[s] <= 0 {
			continue
		}
		if w.left[s] -= dt; w.left[s] <= 0 {
			p.End(Scenario(s))
		}
	}
}

// ClockError is by how much the controllers' clocks are wrong.
func (p *Plant) ClockError() time.Duration {
	if p.Rehearsing(ClockSkew) {
		return clockError
	}
	return 0
}
