package waterworks

import "math"

type switchgear struct {
	volts, hertz       float64
	sag, hum           wander
	treatment          float64 // kW
	rawE, highE, restE float64 // kWh
}

func (w *switchgear) build(p *Plant) {
	*w = switchgear{volts: 400, hertz: 50, sag: wander{sigma: 1.5, hold: 600}, hum: wander{sigma: 0.012, hold: 60},
		rawE: 318_204, highE: 1_204_881, restE: 402_377}
	p.measure("EN.JT901", 1, 0.3, p.raw.power)
	p.measure("EN.JT902", 1, 0.3, p.high.power)
	p.measure("EN.JT903", 1, 0.3, func() float64 { return w.treatment })
	p.whole("EN.JQ901", func() int64 { return int64(w.rawE) })
	p.whole("EN.JQ902", func() int64 { return int64(w.highE) })
	p.whole("EN.JQ903", func() int64 { return int64(w.restE) })
	p.measure("EN.ET904", 0.5, 0.3, func() float64 { return w.volts })
	p.measure("EN.ST905", 0.5, 0.2, func() float64 { return w.hertz })
	p.measure("EN.AT906", 1, 0.5, func() float64 { return w.factor(p) })
	p.flag("EN.XS907", func() bool { return true })
}

func (w *switchgear) factor(p *Plant) float64 {
	load := p.raw.power() + p.high.power() + w.treatment
	return 0.80 + 0.13*load/(load+40)
}

func (w *switchgear) flow(p *Plant, dt float64) {
	load := p.raw.power() + p.high.power()
	w.volts = 402 - 0.02*load + w.sag.step(dt, p.rng)
	w.hertz = 50 + w.hum.step(dt, p.rng)
	kW := 14.0
	if p.dosing.mixer {
		kW += 3
	}
	for i := range p.intake.screens {
		if p.intake.screens[i].raking {
			kW += rakeDrives
		}
	}
	for i := range p.settling.tanks {
		kW += 0.75 * p.settling.tanks[i].torque / 50
	}
	if p.filters.blowerOn {
		kW += 22
	}
	kW += 30 * math.Pow(p.filters.washing/washFlow, 3)
	w.treatment = kW
	hours := dt / 3600
	w.rawE += p.raw.power() * hours
	w.highE += p.high.power() * hours
	w.restE += kW * hours
}
