package waterworks

import "math"

// Each of the two settling tanks.
const (
	settlingArea = 400.0 // m2
	weirCrest    = 3.50  // m
	weirK        = 132e3 // m3/h over the weir at 1 m of head
	hopperArea   = 40.0  // m2
	sludgeSolids = 4.0   // kg a m3 of sludge
	sludgeFlow   = 50.0  // m3/h through an open sludge valve
)

type settlingTanks struct {
	tanks    [2]settlingTank
	interval float64 // min between withdrawals
	outflow  float64 // m3/h of settled water
	sludge   float64 // m3/h to the sludge works
}

type settlingTank struct {
	level     float64 // m
	blanket   float64 // m of sludge
	turbidity float64 // NTU of what leaves
	valve     valve
	torque    float64 // %
	mode      float64
	running   bool
	fault     bool
	strained  float64 // s of trip-worthy torque
	since     float64 // min since the last withdrawal
}

func (w *settlingTanks) build(p *Plant) {
	meter := func() float64 { return (w.tanks[0].turbidity + w.tanks[1].turbidity) / 2 }
	p.measure("ST.AT403", 20, 0.8, meter)
	p.setting("ST.KC410.SP", &w.interval, 90)
	for i := range w.tanks {
		t, n := &w.tanks[i], i+1
		*t = settlingTank{level: 3.51, blanket: 0.55 + 0.06*float64(i), turbidity: 1, valve: valve{stroke: 15}, torque: 32, since: 40 * float64(i)}
		p.measure(named("ST.LT40%d", n), 2, 0.4, func() float64 { return t.level })
		p.measure(named("ST.LT41%d", n), 10, 1, func() float64 { return t.blanket })
		p.measure(named("ST.WT41%d", n), 5, 4, func() float64 { return t.torque })
		p.flag(named("ST.M41%d.RUN", n), func() bool { return t.running })
		p.flag(named("ST.M41%d.FLT", n), func() bool { return t.fault })
		p.choice(named("ST.M41%d.MODE", n), &t.mode, Auto)
		p.whole(named("ST.V41%d.ST", n), t.valve.state)
	}
}

func (w *settlingTanks) control(p *Plant, dt float64) {
	for i := range w.tanks {
		t := &w.tanks[i]
		if t.mode == Off {
			t.fault = false
		}
		t.running = t.mode != Off && !t.fault
		t.strained = hold(t.strained, t.running && t.torque > 110, dt)
		if t.strained > 30 {
			t.fault, t.strained = true, 0
		}
		t.since += dt / 60
		other := &w.tanks[1-i]
		switch {
		case t.valve.aim == 0 && t.since >= w.interval && other.valve.aim == 0:
			t.valve.aim, t.since = 100, 0
		case t.valve.aim == 100 && (t.blanket < 0.5 || t.since > 8):
			t.valve.aim = 0
		}
		t.valve.drive(dt)
	}
}

func (w *settlingTanks) flow(p *Plant, dt float64) {
	hours := dt / 3600
	w.outflow, w.sludge = 0, 0
	dose := p.dosing.feeders[coagulant].given
	removal := 0.06 + 0.5*math.Exp(-dose/10)
	for i := range w.tanks {
		t := &w.tanks[i]
		in := p.raw.flow / 2
		over := weirK * math.Pow(math.Max(t.level-weirCrest, 0), 1.5)
		drain := 0.0
		if t.level > 0.1 {
			drain = sludgeFlow * t.valve.open()
		}
		t.level += (in - over - drain) * hours / settlingArea
		w.outflow += over
		w.sludge += drain

		// What does not leave over the weir becomes sludge; a scraper that
		// stands brings little of it to the hopper.
		solids := in * math.Max(0, p.intake.turbidity-t.turbidity+0.45*dose) / 1000
		brought := 0.3
		if t.running {
			brought = 1
		}
		t.blanket = clamp(t.blanket+(solids/sludgeSolids-drain*brought)*hours/hopperArea, 0.05, 3)
		leaving := p.intake.turbidity*removal + 1.5*math.Max(0, t.blanket-1.4)
		if over > 0 {
			t.turbidity += (leaving - t.turbidity) * math.Min(1, over*hours/100)
		}
		torque := 0.0
		if t.running {
			torque = 18 + 24*t.blanket + 6*math.Sin(2*math.Pi*p.age.Seconds()/480+float64(i))
		}
		t.torque += (torque - t.torque) * dt / (dt + 6)
	}
}

// turbidity is that of the settled water, NTU.
func (w *settlingTanks) turbidity() float64 { return (w.tanks[0].turbidity + w.tanks[1].turbidity) / 2 }
