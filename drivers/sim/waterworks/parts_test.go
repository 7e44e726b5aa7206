package waterworks

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

func TestTheTable(t *testing.T) {
	seen, text := map[tag.ID]bool{}, map[string]tag.ID{}
	place := map[string]tag.ID{}
	areas := Areas()
	var analog, discrete, counter, words, settings int
	for _, d := range Signals() {
		if seen[d.ID] {
			t.Errorf("%s is there twice", d.ID)
		}
		seen[d.ID] = true
		if other, twice := text[d.Text]; twice || d.Text == "" {
			t.Errorf("%s is described like %s: %q", d.ID, other, d.Text)
		}
		text[d.Text] = d.ID
		at := d.Address + " " + d.Type
		if !strings.HasPrefix(d.Type, "bit ") {
			at = d.Address
		}
		if other, twice := place[at]; twice {
			t.Errorf("%s and %s are both at %s", d.ID, other, at)
		}
		place[at] = d.ID
		if areas[d.Area] == "" {
			t.Errorf("%s is in the unknown area %q", d.ID, d.Area)
		}
		if d.Kind == tag.KindFloat && !d.HasRange() {
			t.Errorf("%s has no range", d.ID)
		}
		if d.Writable && d.Kind != tag.KindText && d.WriteLo >= d.WriteHi {
			t.Errorf("%s can be written, but nothing to it", d.ID)
		}
		if !d.Scale.Valid() {
			t.Errorf("%s has scale %+v", d.ID, d.Scale)
		}
		switch {
		case d.Writable:
			settings++
		case d.Kind == tag.KindFloat:
			analog++
		case len(d.States) > 0:
			discrete++
		case d.Kind == tag.KindText:
			words++
		default:
			counter++
		}
	}
	if n := len(Signals()); n < 150 || n > 230 {
		t.Errorf("%d signals", n)
	}
	if analog < 60 || discrete < 30 || counter < 10 || words < 2 || settings < 40 {
		t.Errorf("%d analog, %d discrete, %d counters, %d texts, %d set points and commands", analog, discrete, counter, words, settings)
	}
}

func TestEverySignalIsBound(t *testing.T) {
	p := New(1, monday)
	for i, d := range table {
		if p.signals[i].read == nil {
			t.Errorf("%s is in the table, but not in the model", d.ID)
		}
	}
}

// The pump does what the affinity laws say.
func TestPumpCurve(t *testing.T) {
	m := pump{shutoff: 66, droop: 1.233e-4, bestQ: 300, bestEta: 0.82, rated: 60, speed: 1}
	if q := m.deliver(66); q != 0 {
		t.Errorf("%g m3/h against its shut-off head", q)
	}
	full := m.deliver(40)
	m.speed = 0.9
	if q := m.deliver(40 * 0.81); math.Abs(q-0.9*full) > 1e-9 {
		t.Errorf("at 90 %% speed and 81 %% head %g m3/h, want %g", q, 0.9*full)
	}
	m.speed, m.wear = 1, 0.1
	if q := m.deliver(40); q >= full {
		t.Error("a worn pump delivers as much as a new one")
	}
	last := math.Inf(1)
	for head := 0.0; head < 70; head++ {
		q := m.deliver(head)
		if q > last {
			t.Fatalf("flow rises with the head at %g m", head)
		}
		last = q
	}
}

func TestPumpProtection(t *testing.T) {
	m := pump{shutoff: 66, droop: 1.233e-4, bestQ: 300, bestEta: 0.82, rated: 60, rampUp: 1, aim: 1, mode: Hand}
	for range 400 {
		m.drive(0.25, false)
		m.load(0.25, m.deliver(30), 30, 400, 20) // far out on the curve
	}
	if !m.tripped || m.running {
		t.Error("an overloaded pump goes on running")
	}
	m.drive(0.25, false)
	if m.running {
		t.Error("a tripped pump starts without a reset")
	}
	m.reset()
	m.drive(0.25, false)
	if !m.running || m.starts != 2 {
		t.Errorf("after the reset running %v, %g starts", m.running, m.starts)
	}
}

func TestValve(t *testing.T) {
	v := valve{aim: 100, stroke: 10}
	var seen []int64
	for range 80 {
		v.drive(0.25)
		if s := v.state(); len(seen) == 0 || seen[len(seen)-1] != s {
			seen = append(seen, s)
		}
		if v.moving == 0 && v.aim == 100 {
			v.aim = 40
		}
	}
	if want := []int64{Opening, Open, Closing, Partly}; !slices.Equal(seen, want) {
		t.Errorf("the valve was %v, want %v", seen, want)
	}
	if v.pos != 40 {
		t.Errorf("the valve stands at %g", v.pos)
	}
}

func TestInstrument(t *testing.T) {
	truth := 5.0
	rng := rand.New(rand.NewPCG(1, 2))
	i := instrument{lo: 0, hi: 10, lag: 2, noise: 0.01, fine: 2000, period: 1, quality: tag.Good, truth: func() float64 { return truth }, floor: true}
	look := func(seconds int) float64 {
		for range seconds * 4 {
			i.sense(0.25, rng)
		}
		return i.shown
	}
	var sum, square float64
	for range 1000 {
		v := look(1)
		sum += v
		square += (v - 5) * (v - 5)
	}
	if sigma := math.Sqrt(square / 1000); math.Abs(sum/1000-5) > 0.002 || sigma < 0.008 || sigma > 0.012 {
		t.Errorf("mean %g, sigma %g", sum/1000, sigma)
	}
	truth = 9
	if v := look(1); v > 8 {
		t.Errorf("no lag: %g", v)
	}
	if v := look(30); math.Abs(v-9) > 0.05 {
		t.Errorf("too much lag: %g", v)
	}
	truth = 12
	if v := look(30); v != 10 || i.quality.IsGood() || i.quality.Limit() != tag.LimitHigh {
		t.Errorf("above its range it shows %g, %v", v, i.quality)
	}
	truth = 0
	if v := look(60); v != 0 || !i.quality.IsGood() {
		t.Errorf("at rest it shows %g, %v", v, i.quality)
	}
	truth = 5
	look(60)
	i.fault = frozen
	truth = 8
	if v := look(60); math.Abs(v-5) > 0.1 || !i.quality.IsGood() {
		t.Errorf("frozen it shows %g, %v", v, i.quality)
	}
	i.fault = broken
	if look(2); i.quality != tag.BadSensorFailure {
		t.Errorf("broken it is %v", i.quality)
	}
	i.heal()
	i.fault = drifting
	if v := look(600); v < 8.5 || i.quality != tag.SensorNotAccurate {
		t.Errorf("drifting it shows %g, %v", v, i.quality)
	}
}

// What a transmitter shows is short in decimal.
func TestFineness(t *testing.T) {
	for _, span := range []float64{0.5, 1, 2, 5, 6, 10, 14, 40, 100, 150, 250, 600, 1000, 1500} {
		f := fineness(span)
		if n := span * f; n < 19_000 || n > 110_000 {
			t.Errorf("a span of %g has %g steps", span, n)
		}
	}
}

// A wash goes through its steps in order, uses water of the clear-water tank,
// and leaves the filter clean.
func TestFilterWash(t *testing.T) {
	p := New(2, monday)
	p.Step(2 * time.Hour) // the wash that is due soon after the start
	dirty := show(t, p, "FL.PDT532")
	if err := p.Write("FL.F530.WASH", tag.Bool(true)); err != nil {
		t.Fatal(err)
	}
	var seen []float64
	blower, pump := 0, 0
	for range 3 * 3600 {
		p.Step(time.Second)
		if s := show(t, p, "FL.F530.STATE"); len(seen) == 0 || seen[len(seen)-1] != s {
			seen = append(seen, s)
		}
		blower += int(show(t, p, "FL.B506.RUN"))
		pump += int(show(t, p, "FL.P505.RUN"))
		if len(seen) > 4 && seen[len(seen)-1] == Filtering {
			break
		}
	}
	if want := []float64{Draining, AirScour, Rinsing, Ripening, Filtering}; !slices.Equal(seen, want) {
		t.Errorf("the filter went through %v, want %v", seen, want)
	}
	if blower < 100 || pump < 300 {
		t.Errorf("the blower ran %d s, the pump %d s", blower, pump)
	}
	p.Step(30 * time.Minute)
	if clean := show(t, p, "FL.PDT532"); clean > 0.75*dirty {
		t.Errorf("head loss %g before and %g after the wash", dirty, clean)
	}
	if show(t, p, "FL.F530.AGE") != 0 {
		t.Error("the age is not that of a washed filter")
	}
}

func TestOnlyOneFilterIsWashedAtATime(t *testing.T) {
	p := New(2, monday)
	for _, id := range []tag.ID{"FL.F510.WASH", "FL.F520.WASH", "FL.F530.WASH", "FL.F540.WASH"} {
		if err := p.Write(id, tag.Bool(true)); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 * 60 {
		p.Step(time.Minute)
		busy := 0
		for k := range p.filters.cells {
			if s := p.filters.cells[k].state; s >= Draining {
				busy++
			}
		}
		if busy > 1 {
			t.Fatalf("%d filters are washed at once", busy)
		}
	}
}

func TestScenarios(t *testing.T) {
	for s := PumpTrip; s < scenarios; s++ {
		if back, err := ParseScenario(s.String()); err != nil || back != s {
			t.Errorf("%v is read as %v, %v", s, back, err)
		}
		p := New(3, monday)
		p.Rehearse(s)
		if !p.Rehearsing(s) || show(t, p, "SY.SCENARIO") != float64(s) {
			t.Errorf("%v does not go on", s)
		}
		p.Step(25 * time.Minute)
		if p.Rehearsing(s) || show(t, p, "SY.SCENARIO") != 0 {
			t.Errorf("%v does not end by itself", s)
		}
		p.Rehearse(NoScenario)
		p.Step(10 * time.Minute)
		if v := show(t, p, "HL.PT601"); math.Abs(v-4.6) > 0.2 {
			t.Errorf("after %v the pressure is %g", s, v)
		}
	}
	if _, err := ParseScenario("flood"); err == nil || !strings.Contains(err.Error(), "burst-main") {
		t.Errorf("an unknown scenario: %v", err)
	}
}

// A pump that trips is replaced before the town notices much.
func TestStandby(t *testing.T) {
	p := New(3, time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC))
	p.Rehearse(PumpTrip)
	lowest := 10.0
	for range 120 {
		p.Step(time.Second)
		lowest = min(lowest, show(t, p, "HL.PT601"))
	}
	if lowest < 3 || lowest > 4.5 {
		t.Errorf("the pressure fell to %g bar", lowest)
	}
	if v := show(t, p, "HL.PT601"); math.Abs(v-4.6) > 0.2 {
		t.Errorf("two minutes later it is %g bar", v)
	}
}

func TestDemandIsADay(t *testing.T) {
	sum, least, most := 0.0, 9.0, 0.0
	for m := range 24 * 60 {
		d := demand(monday.Add(time.Duration(m) * time.Minute))
		sum += d / (24 * 60)
		least, most = min(least, d), max(most, d)
	}
	if math.Abs(sum-1) > 0.001 || least < 0.4 || most > 1.6 {
		t.Errorf("mean %g, least %g, most %g", sum, least, most)
	}
}
