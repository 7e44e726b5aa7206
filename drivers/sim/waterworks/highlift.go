package waterworks

const (
	barPerMetre  = 0.0980665
	suctionRise  = 1.0   // m from the pumps' axis up to the floor of the clear-water tank
	suctionLoss  = 1e-7  // bar a (m3/h)2 with the outlet valve open
	suctionLow   = 0.12  // bar: the interlock stops the pumps
	suctionTime  = 3.0   // s, if it stays
	suctionBack  = 0.22  // bar: and lets them go on
	stageUpOut   = 98.0  // %
	stageUpErr   = 0.05  // bar
	stageUpQ     = 330.0 // m3/h a pump, or this
	stageUpTime  = 20.0  // s
	stageDownQ   = 260.0 // m3/h a pump that the rest must stay below
	stageDownFor = 180.0 // s
)

type highStation struct {
	pumps     [3]pump
	handSpeed [3]float64 // %
	setpoint  float64    // bar
	pic       loop
	auto      float64 // 1: the controller is in auto
	stages    int     // pumps the automatic control wants
	up, down  float64 // s
	calm      float64 // s since the last stage
	starved   bool    // the interlock holds the pumps
	low, back float64 // s for which suction is low, and back
	reset     push

	suction   float64 // bar
	flowOut   float64 // m3/h
	delivered float64 // m3

	suctionMeter, pressureMeter, flowMeter *instrument
}

func (w *highStation) build(p *Plant) {
	w.pic = loop{gain: 6, reset: 14, lo: 0, hi: 100, out: 90}
	w.stages = 2
	w.suction = 0.4
	w.suctionMeter = p.measure("HL.PT600", 0.5, 1.2, func() float64 { return w.suction })
	w.pressureMeter = p.measure("HL.PT601", 0.5, 0.8, func() float64 { return p.zone.header })
	w.flowMeter = p.measure("HL.FT601", 1, 1, func() float64 { return w.flowOut })
	p.whole("HL.FQ601", func() int64 { return int64(w.delivered) })
	p.setting("HL.PIC601.SP", &w.setpoint, 4.6)
	p.guarded("HL.PIC601.OUT", &w.pic.out, w.pic.out, func() error {
		if w.auto != 0 {
			return ErrState
		}
		return nil
	})
	p.choice("HL.PIC601.MODE", &w.auto, 1)
	p.flag("HL.PSLL602", func() bool { return w.starved })
	p.press("HL.RESET", &w.reset, func() {
		for i := range w.pumps {
			w.pumps[i].reset()
		}
	})
	for i := range w.pumps {
		m, n := &w.pumps[i], i+1
		*m = pump{shutoff: 66, droop: 1.233e-4, bestQ: 300, bestEta: 0.82, rated: 60, rampUp: 0.07,
			wear: []float64{0.02, 0.05, 0.08}[i], hours: []float64{8123, 12790, 16044}[i], starts: []float64{911, 1430, 1722}[i], bearing: 45}
		if i < w.stages {
			m.wanted, m.running, m.speed = true, true, 0.92
		}
		p.motor("HL", 600, n, m)
		p.measure(named("HL.ST60%d", n), 0.3, 0.3, func() float64 { return m.speed * 100 })
		p.setting(named("HL.SC60%d.SP", n), &w.handSpeed[i], 90)
		p.measure(named("HL.TT60%d", n), 20, 0.8, func() float64 { return m.bearing })
	}
}

func (w *highStation) control(p *Plant, dt float64) {
	w.reset.drive(dt)
	err := w.setpoint - w.pressureMeter.shown
	switch {
	case w.auto == 0 || !w.pressureMeter.good():
		w.pic.track(w.pic.out, err)
	default:
		w.pic.step(dt, err)
	}
	w.stage(err, dt)
	w.choose()

	w.low = hold(w.low, w.suctionMeter.good() && w.suctionMeter.shown < suctionLow, dt)
	if w.low > suctionTime {
		w.starved, w.back = true, 0
	}
	if w.starved {
		w.back = hold(w.back, w.suctionMeter.shown > suctionBack, dt)
		w.starved = w.back < 10
	}
	for i := range w.pumps {
		m := &w.pumps[i]
		m.aim = w.pic.out / 100
		if m.mode == Hand {
			m.aim = w.handSpeed[i] / 100
		}
		m.starved = clamp((0.02-w.suction)/0.25, 0, 1)
		m.drive(dt, w.starved)
	}
}

// stage takes another pump when those that run are at their end, and gives
// one back when the rest can do it easily.
func (w *highStation) stage(err, dt float64) {
	w.calm += dt
	short := w.pic.out > stageUpOut && err > stageUpErr || w.flowMeter.shown > stageUpQ*float64(w.stages)
	w.up = hold(w.up, w.auto != 0 && short, dt)
	easy := w.stages > 1 && w.flowMeter.shown < stageDownQ*float64(w.stages-1) && err < stageUpErr
	w.down = hold(w.down, w.auto != 0 && easy, dt)
	switch {
	case w.up > stageUpTime && w.stages < len(w.pumps) && w.calm > 30:
		w.stages++
		w.up, w.down, w.calm = 0, 0, 0
	case w.down > stageDownFor && w.calm > 30:
		w.stages--
		w.up, w.down, w.calm = 0, 0, 0
	}
}

// choose keeps the pumps that run, adds the one with the fewest hours and
// takes off the one with the most. A pump that has tripped is replaced.
func (w *highStation) choose() {
	on := 0
	for i := range w.pumps {
		m := &w.pumps[i]
		m.wanted = m.wanted && m.available()
		if m.wanted {
			on++
		}
	}
	for ; on < w.stages; on++ {
		var best *pump
		for i := range w.pumps {
			if m := &w.pumps[i]; m.available() && !m.wanted && (best == nil || m.hours < best.hours) {
				best = m
			}
		}
		if best == nil {
			return
		}
		best.wanted = true
	}
	for ; on > w.stages; on-- {
		var worst *pump
		for i := range w.pumps {
			if m := &w.pumps[i]; m.wanted && (worst == nil || m.hours > worst.hours) {
				worst = m
			}
		}
		worst.wanted = false
	}
}

// flow lets the pumps work on the header. The header is quick, so the step is
// cut in two.
func (w *highStation) flow(p *Plant, dt float64) {
	const cuts = 2
	short := dt / cuts
	open := p.clear.outlet.open()
	mean := 0.0
	for range cuts {
		head := (p.zone.header - w.suction) / barPerMetre
		q := 0.0
		for i := range w.pumps {
			m := &w.pumps[i]
			one := m.deliver(head)
			if open < 0.01 || p.clear.level < 0.05 {
				one = 0
			}
			m.load(short, one, head, p.energy.volts, 20)
			q += one
		}
		p.zone.flow(p, q, short)
		mean += q / cuts
	}
	w.flowOut = mean
	suction := -0.5
	if open > 0.01 {
		suction = (p.clear.level+suctionRise)*barPerMetre - suctionLoss*mean*mean/(open*open)
	}
	w.suction += (clamp(suction, -0.5, 2) - w.suction) * short / (short + 0.5)
	w.delivered += mean * dt / 3600
}

func (w *highStation) power() (kW float64) {
	for i := range w.pumps {
		kW += w.pumps[i].power
	}
	return kW
}
