package waterworks

import (
	"math"
)

// The river and the intake, all levels above the intake floor.
const (
	sumpArea   = 40.0   // m2
	screenK    = 1400.0 // m3/h through a clean screen at 1 m of head
	penstockK  = 2800.0 // m3/h through an open penstock at 1 m of head
	blinding   = 1.1e-3 // share of a screen's free area lost a m3
	rakeTime   = 180.0  // s, the least a rake runs
	rakeJam    = 0.55   // m of head at which a rake cannot move any more
	rakeDrives = 1.5    // kW
)

type intakeWorks struct {
	river, temperature, turbidity, ph float64 // m, degC, NTU, pH
	surge, mud, acid                  wander
	sump                              float64 // m
	inflow                            float64 // m3/h, both screens
	screens                           [2]screen
	rakeStart                         float64 // mm
}

// A screen holds the river's debris back, with a penstock before and a rake on it.
type screen struct {
	gate    valve
	free    float64 // share of the free area that is not blinded
	loss    float64 // m
	flow    float64 // m3/h
	shown   *instrument
	mode    float64
	raking  bool
	jammed  bool
	since   float64 // s of raking
	blocked float64 // s above the start value
}

func (w *intakeWorks) build(p *Plant) {
	w.surge = wander{sigma: 0.05, hold: 4 * 3600}
	w.mud = wander{sigma: 1.8, hold: 5 * 3600}
	w.acid = wander{sigma: 0.04, hold: 6 * 3600}
	w.sump = 3.1
	w.weather(p, 0)
	p.measure("IN.LT101", 5, 0.5, func() float64 { return w.river })
	p.measure("IN.TT102", 30, 0.3, func() float64 { return w.temperature })
	p.measure("IN.AT103", 20, 0.4, func() float64 { return w.turbidity })
	p.measure("IN.AT104", 20, 0.8, func() float64 { return w.ph })
	p.measure("IN.LT106", 2, 0.6, func() float64 { return w.sump })
	p.setting("IN.PDIC110.SP", &w.rakeStart, 150)
	for i := range w.screens {
		s, n := &w.screens[i], i+1
		s.gate = valve{aim: 100, pos: 100, stroke: 90}
		s.free = 0.95 - 0.2*float64(i)
		s.shown = p.measure(named("IN.PDT11%d", n), 3, 1.2, func() float64 { return s.loss * 1000 })
		p.flag(named("IN.S11%d.RUN", n), func() bool { return s.raking })
		p.flag(named("IN.S11%d.FLT", n), func() bool { return s.jammed })
		p.choice(named("IN.S11%d.MODE", n), &s.mode, Auto)
		p.measure(named("IN.V11%d.POS", n), 0.5, 0, func() float64 { return s.gate.pos })
		p.whole(named("IN.V11%d.ST", n), s.gate.state)
		p.setting(named("IN.V11%d.CMD", n), &s.gate.aim, 100)
	}
}

// weather is what the river brings: slow, and warmer in the afternoon.
func (w *intakeWorks) weather(p *Plant, dt float64) {
	day := dayFraction(p.Now())
	w.river = 3.2 + w.surge.step(dt, p.rng)
	w.temperature = 12.5 + 1.2*math.Sin(2*math.Pi*(day-0.4))
	w.turbidity = math.Max(2, 12+w.mud.step(dt, p.rng))
	w.ph = 7.7 + 0.08*math.Sin(2*math.Pi*(day-0.35)) + w.acid.step(dt, p.rng)
}

func (w *intakeWorks) control(p *Plant, dt float64) {
	w.weather(p, dt)
	for i := range w.screens {
		s := &w.screens[i]
		s.gate.drive(dt)
		high := s.shown.good() && s.shown.shown > w.rakeStart
		s.blocked = hold(s.blocked, high, dt)
		if s.raking {
			s.since += dt
		}
		switch {
		case s.mode == Off || s.jammed:
			s.raking, s.since = false, 0
			s.jammed = s.jammed && s.mode != Off // switching off and on again clears a jam
		case s.mode == Hand || s.blocked > 5:
			s.raking = true
		case s.since > rakeTime && s.shown.shown < 0.5*w.rakeStart:
			s.raking, s.since = false, 0
		}
		s.jammed = s.jammed || s.raking && s.loss > rakeJam
	}
}

// flow lets the river through the screens into the sump, from which the
// raw-water pumps have already drawn. The level is found implicitly, as the
// sump is small: A (l' - l)/dt = K sqrt(river - l') - out.
func (w *intakeWorks) flow(p *Plant, dt float64) {
	hours := dt / 3600
	var k [2]float64
	total := 0.0
	for i := range w.screens {
		s := &w.screens[i]
		a, b := screenK*s.free, penstockK*s.gate.open()
		if b > 0 {
			k[i] = 1 / math.Sqrt(1/(a*a)+1/(b*b))
		}
		total += k[i]
	}
	a := sumpArea / hours
	supply := a*(w.river-w.sump) + p.raw.flow
	x := 0.0
	if supply > 0 && total > 0 {
		x = (-total + math.Sqrt(total*total+4*a*supply)) / (2 * a)
	}
	w.inflow = total * x
	w.sump += (w.inflow - p.raw.flow) / a
	for i := range w.screens {
		s := &w.screens[i]
		s.flow = k[i] * x
		s.loss = 0
		if s.flow > 0 {
			s.loss = math.Pow(s.flow/(screenK*s.free), 2)
		}
		s.free -= s.free * blinding * s.flow * hours
		if s.raking {
			s.free += dt / 100
		}
		s.free = clamp(s.free, 0.05, 1)
	}
}
