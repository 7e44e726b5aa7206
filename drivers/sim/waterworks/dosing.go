package waterworks

import "math"

type dosingHouse struct {
	feeders  [3]feeder
	mixer    bool
	ph       float64 // of the dosed water
	chlorine float64 // mg/l after dosing
	reset    push
}

// A feeder is a chemical with its tank, its pump and its ratio controller.
type feeder struct {
	strength float64 // g of product a litre
	capacity float64 // l/h at full stroke
	tank     float64 // l
	trim     float64 // what the pump delivers of what it should
	dose     float64 // mg/l, the set point
	mode     float64
	running  bool
	fault    bool
	dry      float64 // s without chemical
	out      float64 // stroke, %
	flow     float64 // l/h
	held     float64 // l in the tank
	refill   bool    // a tanker is here
	used     float64 // l
	given    float64 // mg/l that reach the water
}

const (
	coagulant = iota
	chlorine
	caustic
)

func (w *dosingHouse) build(p *Plant) {
	w.ph, w.chlorine = 7.4, 1.5
	for i := range w.feeders {
		f, n := &w.feeders[i], 301+i
		*f = feeder{
			strength: []float64{640, 120, 300}[i], capacity: []float64{80, 40, 80}[i], tank: []float64{6000, 3000, 6000}[i],
			trim: []float64{0.99, 1.01, 0.985}[i], used: []float64{812_450, 204_130, 650_020}[i], given: []float64{30, 1.9, 12}[i],
		}
		f.held = f.tank * []float64{0.78, 0.61, 0.55}[i]
		p.measure(named("CD.FT%d", n), 2, 0.8, func() float64 { return f.flow })
		p.measure(named("CD.LT%d", n), 5, 0.3, func() float64 { return 100 * f.held / f.tank })
		p.number(named("CD.FFIC%d.OUT", n), 2, func() float64 { return f.out })
		p.whole(named("CD.FQ%d", n), func() int64 { return int64(f.used) })
		p.flag(named("CD.P%d.RUN", n), func() bool { return f.running })
		p.flag(named("CD.P%d.FLT", n), func() bool { return f.fault })
		p.setting(named("CD.FFIC%d.SP", n), &f.dose, []float64{30, 1.9, 12}[i])
		p.choice(named("CD.P%d.MODE", n), &f.mode, Auto)
	}
	p.measure("CD.AT311", 15, 1, func() float64 { return w.ph })
	p.measure("CD.AT312", 15, 2, func() float64 { return w.chlorine })
	p.flag("CD.M321.RUN", func() bool { return w.mixer })
	p.flag("CD.XA331", func() bool { return false })
	p.words("CD.INFO", func() string { return "DOSATRON 4 v2.18" })
	p.press("CD.RESET", &w.reset, func() {
		for i := range w.feeders {
			w.feeders[i].fault = false
		}
	})
}

// stream is the water a chemical goes into, m3/h: chlorine after the filters,
// the others before the mixer. The true flow or what the meter shows.
func stream(i int, raw, filtered float64) float64 {
	if i == chlorine {
		return filtered
	}
	return raw
}

func (w *dosingHouse) control(p *Plant, dt float64) {
	w.reset.drive(dt)
	w.mixer = p.raw.meter.shown > rawSupply
	for i := range w.feeders {
		f := &w.feeders[i]
		if f.mode == Auto {
			water := stream(i, p.raw.meter.shown, p.clear.inletMeter.shown)
			if water < rawSupply {
				water = 0
			}
			f.out = clamp(100*f.dose*water/f.strength/f.capacity, 0, 100)
		}
		f.running = f.mode != Off && !f.fault && f.out > 0.3
		f.dry = hold(f.dry, f.running && f.held <= 0, dt)
		if f.dry > 30 {
			f.fault, f.running, f.dry = true, false, 0
		}
	}
}

func (w *dosingHouse) flow(p *Plant, dt float64) {
	hours := dt / 3600
	for i := range w.feeders {
		f := &w.feeders[i]
		aim := 0.0
		if f.running && f.held > 0 {
			aim = f.out / 100 * f.capacity * f.trim
		}
		f.flow += (aim - f.flow) * dt / (dt + 2)
		drawn := math.Min(f.flow*hours, f.held)
		f.held -= drawn
		f.used += drawn
		switch level := f.held / f.tank; {
		case level < 0.28:
			f.refill = true
		case level > 0.92:
			f.refill = false
		}
		if f.refill {
			f.held += f.tank * hours * 2.4 // a tanker empties in under half an hour
		}
		if water := stream(i, p.raw.flow, p.filters.flowToWell()); water > rawSupply {
			f.given += (math.Min(f.flow*f.strength/water, 4*f.dose+10) - f.given) * dt / (dt + 10)
		}
	}
	ph := p.intake.ph - 0.018*w.feeders[coagulant].given + 0.022*w.feeders[caustic].given
	w.ph += (ph - w.ph) * dt / (dt + 60)
	// The water itself uses some of the chlorine up at once.
	free := math.Max(0, w.feeders[chlorine].given-0.35)
	w.chlorine += (free - w.chlorine) * dt / (dt + 45)
}
