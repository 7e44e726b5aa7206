package waterworks

import "math"

const (
	townUse    = 480.0 // m3/h, the mean of a day
	compliance = 1.2   // m3 the mains take up a bar
	normal     = 4.6   // bar in the header that the districts were laid out for
)

type pressureZone struct {
	header    float64 // bar at the high-lift pumps' outlet
	districts [3]district
	swing     wander
	far       float64 // mg/l of chlorine at the far end
	used      float64 // m3/h, all districts
	drawn     float64 // m3, since the books were written
}

// A district is a branch of the mains with its consumers.
type district struct {
	share    float64 // of the town's use
	rise     float64 // bar of height above the pumps
	friction float64 // bar a (m3/h)2 with the district valve open
	valve    valve
	leak     float64 // m3/h a root of a bar, of a burst main
	burst    float64 // what the leak grows to
	use      float64 // m3/h wanted at normal pressure
	flow     float64 // m3/h
	pressure float64 // bar where the district begins
}

func (w *pressureZone) build(p *Plant) {
	w.header = normal
	w.swing = wander{sigma: 0.02, hold: 900}
	w.far = 1
	for i := range w.districts {
		d, n := &w.districts[i], i+1
		*d = district{share: []float64{0.42, 0.33, 0.25}[i], rise: []float64{0.2, -0.3, 1.0}[i],
			friction: []float64{6e-6, 2.5e-6, 1.2e-5}[i], valve: valve{stroke: 60, pos: 100}}
		p.measure(named("PZ.PT80%d", n), 1, 0.8, func() float64 { return d.pressure })
		p.measure(named("PZ.FT81%d", n), 1, 1, func() float64 { return d.flow })
		p.measure(named("PZ.V83%d.POS", n), 0.5, 0, func() float64 { return d.valve.pos })
		p.setting(named("PZ.V83%d.CMD", n), &d.valve.aim, 100)
	}
	p.measure("PZ.AT821", 30, 1, func() float64 { return w.far })
}

func (w *pressureZone) control(p *Plant, dt float64) {
	now := townUse * demand(p.Now()) * (1 + w.swing.step(dt, p.rng))
	for i := range w.districts {
		d := &w.districts[i]
		d.use = now * d.share
		d.leak += clamp(d.burst-d.leak, -60*dt, 25*dt)
		d.valve.drive(dt)
	}
	w.far += (0.85*p.clear.chlorine - w.far) * dt / (dt + 2400)
}

// flow takes q (m3/h) into the header and lets the districts draw from it.
// Taps and leaks give way with the root of the pressure, so for each district
//
//	header - rise - pressure = friction/open2 flow2,  flow2 = c2 pressure.
func (w *pressureZone) flow(p *Plant, q, dt float64) {
	w.used = 0
	for i := range w.districts {
		d := &w.districts[i]
		reach := math.Max(w.header-d.rise, 0)
		c := d.use/math.Sqrt(normal-d.rise-0.2) + d.leak
		open := math.Max(d.valve.open(), 1e-3)
		d.pressure = reach / (1 + d.friction/(open*open)*c*c)
		d.flow = c * math.Sqrt(d.pressure)
		if d.valve.open() < 1e-3 {
			d.flow, d.pressure = 0, 0
		}
		w.used += d.flow
	}
	w.drawn += w.used * dt / 3600
	w.header += (q - w.used) * dt / 3600 / compliance
}
