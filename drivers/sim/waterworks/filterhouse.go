package waterworks

const (
	dirtyTank  = 160.0 // m3
	dirtyDrain = 18.0  // m3/h back to the river
)

// The filterHouse has four filters and what is needed to wash one at a time.
type filterHouse struct {
	cells    [4]filter
	washLoss float64 // m
	washAge  float64 // h
	washing  float64 // m3/h of wash water, drawn from the clear-water tank
	pumpOn   bool
	blowerOn bool
	dirty    float64 // m3 in the dirty wash water tank
	spilled  float64 // m3/h lost at the brim
	wasted   float64 // m3/h thrown away while filters ripen
	drained  float64 // m3/h out of the dirty wash water tank
}

func (h *filterHouse) build(p *Plant) {
	for i := range h.cells {
		h.cells[i].build(p, i+1)
	}
	p.setting("FL.PDIC500.SP", &h.washLoss, 1.5)
	p.setting("FL.KC500.SP", &h.washAge, 60)
	p.flag("FL.P505.RUN", func() bool { return h.pumpOn })
	p.flag("FL.P505.FLT", func() bool { return false })
	p.flag("FL.B506.RUN", func() bool { return h.blowerOn })
	p.flag("FL.B506.FLT", func() bool { return false })
	p.measure("FL.FT505", 1, 1, func() float64 { return h.washing })
	p.measure("FL.LT507", 3, 0.5, func() float64 { return 100 * h.dirty / dirtyTank })
}

// inService counts the filters that take water.
func (h *filterHouse) inService() (n int) {
	for i := range h.cells {
		if h.cells[i].serving() {
			n++
		}
	}
	return n
}

func (h *filterHouse) control(p *Plant, dt float64) {
	busy := h.dirty > 0.45*dirtyTank || p.clear.level < 1
	for i := range h.cells {
		switch h.cells[i].state {
		case Draining, AirScour, Rinsing, Ripening:
			busy = true
		}
	}
	h.pumpOn, h.blowerOn = false, false
	for i := range h.cells {
		f := &h.cells[i]
		f.control(h, !busy, dt)
		switch f.state {
		case Draining:
			busy = true
		case AirScour:
			h.blowerOn = f.since > 10
		case Rinsing:
			h.pumpOn = true
		}
	}
}

func (h *filterHouse) flow(p *Plant, dt float64) {
	hours := dt / 3600
	share := 0.0
	for i := range h.cells {
		share += h.cells[i].inlet.open()
	}
	aim := 0.0
	if h.pumpOn {
		aim = washFlow
	}
	h.washing += clamp(aim-h.washing, -80*dt, 30*dt)
	if p.clear.level < 0.2 {
		h.washing = 0
	}
	h.spilled, h.wasted = 0, 0
	washed := 0.0
	for i := range h.cells {
		f := &h.cells[i]
		in, wash := 0.0, 0.0
		if share > 0 {
			in = p.settling.outflow * f.inlet.open() / share
		}
		// A pump that runs down still feeds the filter it washed.
		if f.state == Rinsing || f.state == Ripening && f.since < 60 {
			wash = h.washing - washed
			washed += wash
		}
		spilled, dirty := f.flow(in, wash, p.settling.turbidity(), dt)
		h.spilled += spilled
		h.wasted += f.waste
		h.dirty += dirty * hours
	}
	h.washing = washed
	if share == 0 {
		h.spilled += p.settling.outflow
	}
	h.drained = 0
	if h.dirty > 0 {
		h.drained = min(dirtyDrain, h.dirty/hours)
	}
	if h.dirty > dirtyTank {
		h.drained += (h.dirty - dirtyTank) / hours
	}
	h.dirty -= h.drained * hours
}

// flowToWell is the filtered water that reaches the clear-water tank, m3/h.
func (h *filterHouse) flowToWell() (q float64) {
	for i := range h.cells {
		q += h.cells[i].out - h.cells[i].waste
	}
	return q
}

// turbidity is that of the filtered water, NTU.
func (h *filterHouse) turbidity() float64 {
	sum, q := 0.0, 0.0
	for i := range h.cells {
		f := &h.cells[i]
		sum += (f.out - f.waste) * f.clear
		q += f.out - f.waste
	}
	if q < 1 {
		return h.cells[0].clear
	}
	return sum / q
}
