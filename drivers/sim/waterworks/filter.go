package waterworks

import "math"

// Each of the four rapid gravity filters.
const (
	filterArea   = 30.0  // m2
	filterDrop   = 1.5   // m of head below the media
	mediaClean   = 0.30  // m of head at 100 m3/h through clean media
	mediaClog    = 0.122 // m more a kg of solids held
	outletLoss   = 0.15  // m of head at 100 m3/h through the open outlet valve
	filterUsual  = 150.0 // m3/h through one of four at high flow
	filterBrim   = 2.4   // m: above it the water runs off
	launder      = 1.0   // m: the wash water runs off here
	filterHold   = 1.6   // m, the level the outlet valve keeps
	washFlow     = 600.0 // m3/h
	drainedLevel = 0.15  // m
	scourTime    = 180.0 // s
	rinseTime    = 360.0 // s
	ripenTime    = 600.0 // s
)

// A filter is one cell: water stands on the media, runs through and out at a
// valve that keeps the level.
type filter struct {
	level  float64 // m over the media
	solids float64 // kg held
	inlet  valve
	outlet valve
	ctl    loop
	mode   float64
	state  int64
	since  float64 // s in this state
	age    float64 // h since the wash
	ripe   float64 // 0 fresh from the wash, 1 ripe
	ask    push    // the operator's wash request
	due    bool    // waits for its turn to be washed
	high   float64 // s above the head loss that asks for a wash

	in    float64 // m3/h
	out   float64 // m3/h through the media
	loss  float64 // m over the media
	waste float64 // m3/h of the out that is thrown away
	clear float64 // NTU of what leaves
	shown *instrument
	gauge *instrument
}

func (f *filter) build(p *Plant, k int) {
	*f = filter{level: filterHold, state: Filtering, ripe: 1, clear: 0.07,
		solids: []float64{4.9, 3.6, 2.1, 0.7}[k-1], age: []float64{27, 19, 11, 4}[k-1],
		inlet: valve{aim: 100, pos: 100, stroke: 20}, outlet: valve{aim: 35, pos: 35, stroke: 45},
		ctl: loop{gain: 90, reset: 500, lo: 0, hi: 100, out: 35}}
	p.measure(named("FL.FT5%d1", k), 2, 1.2, func() float64 { return f.out })
	f.shown = p.measure(named("FL.PDT5%d2", k), 3, 1, func() float64 { return f.loss })
	f.gauge = p.measure(named("FL.LT5%d3", k), 2, 0.8, func() float64 { return f.level })
	p.measure(named("FL.AT5%d4", k), 20, 0.3, func() float64 { return f.clear })
	p.measure(named("FL.V5%d1.POS", k), 0.5, 0, func() float64 { return f.outlet.pos })
	p.whole(named("FL.F5%d0.STATE", k), func() int64 { return f.state })
	p.number(named("FL.F5%d0.AGE", k), 0, func() float64 { return math.Floor(f.age) })
	p.choice(named("FL.F5%d0.MODE", k), &f.mode, Auto)
	p.press(named("FL.F5%d0.WASH", k), &f.ask, func() {
		if f.mode != Off {
			f.due = true
		}
	})
}

// nearlyFull clogs the filter so far that it soon asks for a wash, so that
// whoever starts the plant has one to watch before long.
func (f *filter) nearlyFull(washLoss float64) {
	if f.out < 100 {
		return // at night; it would be overfull by day
	}
	f.solids = (0.985*washLoss/f.out*100 - mediaClean) / mediaClog
}

func (f *filter) enter(state int64) { f.state, f.since = state, 0 }

// serving reports whether the filter takes settled water.
func (f *filter) serving() bool {
	return f.state == Filtering || f.state == Waiting || f.state == Ripening
}

// control runs the filter and, when may says that it is its turn, the wash.
func (f *filter) control(h *filterHouse, may bool, dt float64) {
	f.since += dt
	f.ask.drive(dt)
	// A clean filter that has to take the others' share loses head too, and
	// does not need a wash.
	limit := h.washLoss * math.Max(1, f.out/filterUsual)
	f.high = hold(f.high, f.shown.good() && f.shown.shown > limit, dt)
	if f.mode == Auto && f.state == Filtering && (f.high > 60 || f.age > h.washAge) {
		f.due = true
	}
	if f.mode == Off {
		f.due = false
		f.state = OutOfService
	}
	level := f.gauge.shown
	keep := func() { f.outlet.aim = f.ctl.step(dt, level-filterHold) }
	switch f.state {
	case OutOfService:
		f.inlet.aim, f.outlet.aim = 0, 0
		if f.mode != Off {
			f.ctl.track(20, level-filterHold)
			f.enter(Filtering)
		}
	case Filtering, Waiting:
		f.inlet.aim = 100
		keep()
		switch {
		case f.due && may:
			f.due = false
			f.enter(Draining)
		case f.due:
			f.state = Waiting
		default:
			f.state = Filtering
		}
	case Draining:
		f.inlet.aim, f.outlet.aim = 0, 60
		if level < drainedLevel+0.05 {
			f.enter(AirScour)
		}
	case AirScour:
		f.outlet.aim = 0
		if f.since > scourTime {
			f.enter(Rinsing)
		}
	case Rinsing:
		f.outlet.aim = 0
		if f.since > rinseTime {
			f.age, f.ripe = 0, 0
			f.ctl.track(12, level-filterHold)
			f.enter(Ripening)
		}
	case Ripening:
		f.inlet.aim = 100
		keep()
		if f.since > ripenTime && level > filterHold-0.3 {
			f.enter(Filtering)
		}
	}
	f.inlet.drive(dt)
	f.outlet.drive(dt)
}

// flow lets in and wash (m3/h) in and returns what runs off at the brim and
// at the launder.
func (f *filter) flow(in, wash, turbidity, dt float64) (spilled, dirty float64) {
	hours := dt / 3600
	f.in = in
	// Media and valve lose the head between the water level and the well:
	// r q + v (q/open)2 = level + drop, q in hundreds of m3/h.
	r := mediaClean + mediaClog*f.solids
	q := 0.0
	if open := f.outlet.open(); open > 0.002 && f.level > 0.01 {
		v := outletLoss / (open * open)
		q = 100 * (-r + math.Sqrt(r*r+4*v*(f.level+filterDrop))) / (2 * v)
	}
	q = math.Min(q, f.level*filterArea/hours)
	f.out, f.loss = q, r*q/100
	f.waste = 0
	if f.state == Ripening {
		f.waste = q
	}
	f.level += (in + wash - q) * hours / filterArea
	if wash > 0 && f.level > launder {
		dirty = (f.level - launder) * filterArea / hours
		f.level = launder
	}
	if f.level > filterBrim {
		spilled = (f.level - filterBrim) * filterArea / hours
		f.level = filterBrim
	}
	if f.state != OutOfService {
		f.age += hours
	}
	f.ripe = math.Min(1, f.ripe+q*hours/40)
	pass := 0.045 * (1 + 2.5*(1-f.ripe)) * (1 + math.Pow(f.loss/2.6, 6))
	if q > 5 {
		f.clear += (0.015 + turbidity*pass - f.clear) * dt / (dt + 90)
	}
	f.solids += q * hours * math.Max(0, turbidity-f.clear) / 1000 * 1.25
	if wash > 0 {
		f.solids -= f.solids * dt / 110
	}
	return spilled, dirty
}
