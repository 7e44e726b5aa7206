package scene

import (
	"math"
	"testing"
	"time"

	"penstock/screens/mimic"
)

// A display that was not shown knows nothing of the meantime: its sparklines
// ask history again, and draw no line where they did not look.
func TestSparkAfterItWasHidden(t *testing.T) {
	p := newPast(&mimic.Item{}, stretches)
	at := noon.UnixNano()
	look := func(after time.Duration, v float64) { at += int64(after); p.turn(at); p.put(v) }
	look(0, 5)
	p.seed(nil, nil)
	asked := 0
	for range 60 {
		if look(curvePause, 5); !p.seeded { // about what was before
			p.seed(nil, nil)
			asked++
		}
	}
	if most := int(60*curvePause/repaired) + 1; asked > most || math.IsNaN(p.low[stretches-2]) {
		t.Fatalf("shown all the time: history was asked %d times, the stretch before is %v; want at most %d and 5", asked, p.low[stretches-2], most)
	}
	look(5*time.Minute, 6)
	if p.seeded || !math.IsNaN(p.low[stretches-2]) || p.low[stretches-1] != 6 {
		t.Fatalf("shown again: seeded %v, %v then %v; want history to be asked, and nothing before 6", p.seeded, p.low[stretches-2], p.low[stretches-1])
	}
	low, high := make([]float64, stretches), make([]float64, stretches)
	for i := range low {
		low[i], high[i] = 4, 9
	}
	low[3], high[3] = math.NaN(), math.NaN()
	p.seed(low, high)
	if p.low[stretches-2] != 4 || p.high[stretches-1] != 9 || !math.IsNaN(p.low[3]) {
		t.Errorf("after history answered: %v, %v, gap %v; want 4, the spike of 9, and a gap", p.low[stretches-2], p.high[stretches-1], p.low[3])
	}
	// The gap may be filled by what a device kept; a line without one is left alone.
	for range int(repaired/curvePause) + 1 {
		look(curvePause, 6)
	}
	if p.seeded {
		t.Error("history is not asked again about a gap")
	}
	low[3], high[3] = 4, 4
	p.seed(low, high)
	for i := range p.low {
		p.low[i] = 4
	}
	for range 2 * int(repaired/curvePause) {
		look(curvePause, 6)
	}
	if !p.seeded {
		t.Error("history is asked again about a line without gaps")
	}
}
