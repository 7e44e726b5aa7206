package scene

import (
	"math"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/symbol"
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

// replay is a plant at a moment; its history is worth the hour of the day.
type replay struct {
	*plant
	at    time.Time
	found time.Time // to where history has answered
}

func (r *replay) Moment() int64 { return r.at.UnixNano() }

func (r *replay) Past(_ tag.ID, from, to int64, n int) (low, high []float64, ok bool) {
	for i := range n {
		h := float64(time.Unix(0, from+int64(i)*(to-from)/int64(n)).UTC().Hour())
		low, high = append(low, h), append(high, h+0.5)
	}
	return low, high, to == r.found.UnixNano()
}

// The lines of a moment of the past end there and come from history alone:
// nothing of now, nor of the moment before, is in them.
func TestLinesOfThePast(t *testing.T) {
	p := pumpPlant()
	p.past = true
	p.set("L1", tag.Float(3), tag.Good)
	s, _ := show(t, movers, p, Options{})
	s.Frame(noon)
	first, last := func() float64 { return s.of("hour").pasts[0].low[0] }, func() float64 { return s.of("hour").pasts[0].high[trendStretches-1] }
	r := &replay{plant: p}
	s.SetSource(r)
	for _, at := range []time.Time{noon.Add(-5 * time.Hour), noon.Add(-2 * time.Hour), noon.Add(-9 * time.Hour)} {
		r.at, r.found = at, at
		s.Frame(at)
		h := float64(at.UTC().Hour())
		if first() != h-1 || last() != h-0.5 {
			t.Errorf("at %v the line runs from %v to %v", at, first(), last())
		}
		if x := s.of("hour").sym.(symbol.TrendBox).Pens[1].Past; x == nil || !math.IsNaN(float64(x.High[trendStretches-1])) {
			t.Errorf("at %v an expression has a past: %v", at, x)
		}
		// What comes late is taken when it comes.
		r.at = at.Add(-time.Hour)
		s.Frame(r.at)
		if s.of("hour").pasts[0].turned == r.at.UnixNano() {
			t.Error("a line that has not been found is taken for known")
		}
		r.found = r.at
		s.Frame(r.at)
		if got := s.of("hour").pasts[0]; got.turned != r.at.UnixNano() || last() != h-1.5 {
			t.Errorf("an hour before %v it ends with %v", at, last())
		}
	}
	s.SetSource(p)
	s.Frame(noon)
	if got := s.of("hour").pasts[0]; got.turned != noon.UnixNano() || last() > 7 {
		t.Errorf("live again it ends with %v", last())
	}
}
