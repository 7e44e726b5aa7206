package waterworks

import "math"

// The clear-water tank.
const (
	wellArea  = 500.0 // m2
	wellBrim  = 5.0   // m
	wellDecay = 0.018 // share of the chlorine used up an hour
)

type clearWell struct {
	level     float64 // m
	chlorine  float64 // mg/l
	turbidity float64 // NTU
	ph        float64
	spilled   float64 // m3/h over the brim
	outlet    valve

	a, b, inletMeter *instrument
}

func (w *clearWell) build(p *Plant) {
	*w = clearWell{level: 3.95, chlorine: 1.3, turbidity: 0.08, ph: 7.4, outlet: valve{stroke: 75, pos: 100}}
	w.a = p.measure("CW.LT701", 2, 0.4, func() float64 { return w.level })
	w.b = p.measure("CW.LT702", 2, 0.4, func() float64 { return w.level - 0.006 })
	p.measure("CW.AT703", 20, 1, func() float64 { return w.chlorine })
	p.measure("CW.AT704", 20, 0.4, func() float64 { return w.turbidity })
	p.measure("CW.AT705", 20, 0.8, func() float64 { return w.ph })
	w.inletMeter = p.measure("CW.FT707", 2, 1.2, func() float64 { return p.filters.flowToWell() })
	p.flag("CW.LSHH708", func() bool { return w.level > 4.85 })
	p.flag("CW.LSLL709", func() bool { return w.level < 0.45 })
	p.measure("CW.V711.POS", 0.5, 0, func() float64 { return w.outlet.pos })
	p.whole("CW.V711.ST", w.outlet.state)
	p.setting("CW.V711.CMD", &w.outlet.aim, 100)
}

// controlLevel is what the controls go by: the first transmitter while it is
// sound, else the second.
func (w *clearWell) controlLevel() (m float64, ok bool) {
	switch {
	case w.a.good():
		return w.a.shown, true
	case w.b.good():
		return w.b.shown, true
	}
	return 0, false
}

func (w *clearWell) control(dt float64) { w.outlet.drive(dt) }

func (w *clearWell) flow(p *Plant, dt float64) {
	hours := dt / 3600
	in := p.filters.flowToWell()
	volume := math.Max(w.level*wellArea, 1)
	// What comes in is mixed with what is there.
	mix := math.Min(1, in*hours/volume)
	w.chlorine += (p.dosing.chlorine-w.chlorine)*mix - w.chlorine*wellDecay*hours
	w.turbidity += (p.filters.turbidity() - w.turbidity) * mix
	w.ph += (p.dosing.ph - w.ph) * mix

	w.level += (in - p.high.flowOut - p.filters.washing) * hours / wellArea
	w.spilled = 0
	if w.level > wellBrim {
		w.spilled = (w.level - wellBrim) * wellArea / hours
		w.level = wellBrim
	}
}
