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
	for range 60 {
		look(curvePause, 5)
	}
	if !p.seeded || math.IsNaN(p.low[stretches-2]) {
		t.Fatalf("shown all the time: seeded %v, the stretch before is %v; want true and 5", p.seeded, p.low[stretches-2])
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
		t.Fatalf("after history answered: %v, %v, gap %v; want 4, the spike of 9, and a gap", p.low[stretches-2], p.high[stretches-1], p.low[3])
	}
}
