package waterworks

import "math"

// The raw water main.
const (
	rawLift   = 17.2 // m from the intake floor to the settling tanks
	rawMain   = 8e-6 // m of head a (m3/h)2 with the valve open
	rawPause  = 20.0 // s between two pump starts
	rawSupply = 20.0 // m3/h from which there is flow
)

type rawStation struct {
	pumps  [3]pump
	valve  valve
	begin  [3]float64 // m, level that starts the n-th pump
	diff   float64    // m
	order  float64    // 0: 1-2-3, 1: 2-3-1, 2: 3-1-2
	reset  push
	stages [3]bool
	pause  float64 // s since the last start
	flow   float64 // m3/h
	head   float64 // m
	taken  float64 // m3
	meter  *instrument
}

func (w *rawStation) build(p *Plant) {
	w.valve = valve{stroke: 60, pos: 100}
	w.meter = p.measure("RW.FT201", 2, 1.2, func() float64 { return w.flow })
	p.whole("RW.FQ201", func() int64 { return int64(w.taken) })
	p.measure("RW.PT201", 1, 0.8, func() float64 { return (p.intake.sump + w.head) * barPerMetre })
	for i, v := range []float64{4.1, 3.8, 2.6} {
		p.setting(named("RW.LIC201.START%d", i+1), &w.begin[i], v)
	}
	p.setting("RW.LIC201.DIFF", &w.diff, 0.4)
	p.choice("RW.SEL", &w.order, 0)
	p.press("RW.RESET", &w.reset, func() {
		for i := range w.pumps {
			w.pumps[i].reset()
		}
	})
	p.measure("RW.V210.POS", 0.5, 0, func() float64 { return w.valve.pos })
	p.whole("RW.V210.ST", w.valve.state)
	p.setting("RW.V210.CMD", &w.valve.aim, 100)
	for i := range w.pumps {
		m, n := &w.pumps[i], i+1
		*m = pump{shutoff: 31, droop: 1.7e-4, bestQ: 280, bestEta: 0.80, rated: 22, rampUp: 0.2, aim: 1,
			wear: []float64{0.02, 0.05, 0.09}[i], hours: []float64{10412, 14877, 21563}[i], starts: []float64{2311, 3120, 4406}[i]}
		p.motor("RW", 200, n, m)
	}
}

// motor binds what every pump has: contactor, trip, selector, current,
// vibration and counters.
func (p *Plant) motor(area string, base, n int, m *pump) {
	n += base
	p.flag(named("%s.P%d.RUN", area, n), func() bool { return m.running })
	p.flag(named("%s.P%d.FLT", area, n), func() bool { return m.tripped })
	p.choice(named("%s.P%d.MODE", area, n), &m.mode, Auto)
	p.measure(named("%s.IT%d", area, n), 1, 0.6, func() float64 { return m.amps })
	p.measure(named("%s.VT%d", area, n), 2, 2, func() float64 { return m.shake })
	p.number(named("%s.P%d.HRS", area, n), 1, func() float64 { return m.hours })
	p.whole(named("%s.P%d.STARTS", area, n), func() int64 { return int64(m.starts) })
}

// control starts as many pumps as the clear-water level asks for, in duty
// order, leaving out those that are not available.
func (w *rawStation) control(p *Plant, dt float64) {
	w.valve.drive(dt)
	w.reset.drive(dt)
	w.pause += dt
	need := 0
	if level, ok := p.clear.controlLevel(); ok {
		for i := range w.stages {
			switch {
			case level < w.begin[i]:
				w.stages[i] = true
			case level > w.begin[i]+w.diff:
				w.stages[i] = false
			}
		}
	}
	for _, on := range w.stages {
		if on {
			need++
		}
	}
	if p.filters.inService() == 0 {
		need = 0
	}
	for i := range w.pumps {
		m := &w.pumps[(i+int(w.order))%len(w.pumps)]
		want := need > 0 && m.available()
		if want {
			need--
		}
		if want && !m.wanted {
			if w.pause < rawPause {
				continue
			}
			w.pause = 0
		}
		m.wanted = want
	}
	for i := range w.pumps {
		w.pumps[i].starved = clamp((0.9-p.intake.sump)/0.3, 0, 1)
		w.pumps[i].drive(dt, false)
	}
}

// flowOut finds the head at which the pumps deliver what the main carries.
func (w *rawStation) flowOut(p *Plant, dt float64) {
	static := rawLift - p.intake.sump
	open := w.valve.open()
	carried := func(head float64) float64 { return open * math.Sqrt(math.Max(head-static, 0)/rawMain) }
	lo, hi := static, 45.0
	if open < 0.005 {
		lo = hi
	}
	for range 30 {
		mid := (lo + hi) / 2
		sum := 0.0
		for i := range w.pumps {
			sum += w.pumps[i].deliver(mid)
		}
		if sum > carried(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	w.head, w.flow = lo, 0
	for i := range w.pumps {
		m := &w.pumps[i]
		q := m.deliver(lo)
		w.flow += q
		m.load(dt, q, lo, p.energy.volts, 18)
	}
	w.taken += w.flow * dt / 3600
}

func (w *rawStation) power() (kW float64) {
	for i := range w.pumps {
		kW += w.pumps[i].power
	}
	return kW
}
