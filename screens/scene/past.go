package scene

import (
	"math"
	"time"

	"penstock/screens/mimic"
	"penstock/widgets/symbol"
)

// stretches is how many parts a sparkline's span is divided into.
const stretches = 80

// curvePause is the shortest time between two pictures of a sparkline.
const curvePause = 2 * time.Second

// unseen is how long a sparkline that is on a screen is never left alone: after
// a longer pause it was not shown, and what it missed is looked for again.
const unseen = 5 * curvePause

// past is what a sparkline remembers: the lowest and highest value of each
// stretch of its span, the newest last.
type past struct {
	each     int64 // length of a stretch, ns
	newest   int64 // number of the newest stretch since 1970
	turned   int64 // when it was moved on last, ns since 1970
	low      [stretches]float64
	high     [stretches]float64
	seeded   bool
	drawn    time.Time
	curve    *symbol.Curve
	scaleLo  float64
	scaleHi  float64
	lastSeen float64 // NaN: not usable
}

func newPast(it *mimic.Item) *past {
	p := &past{each: int64(it.Props.Number("span", 3600) * float64(time.Second) / stretches)}
	for i := range p.low {
		p.low[i], p.high[i] = math.NaN(), math.NaN()
	}
	p.lastSeen = math.NaN()
	return p
}

// due reports whether the line should be looked at though its value is the
// same: time moves it too.
func (p *past) due(now time.Time) bool { return now.Sub(p.drawn) >= curvePause }

// turn moves the line on to now.
func (p *past) turn(now int64) {
	n := now / p.each
	hold := p.lastSeen // it holds until it changes
	if p.turned != 0 && now-p.turned > int64(unseen) {
		hold, p.seeded = math.NaN(), false
	}
	p.turned = now
	if p.newest == 0 || n < p.newest || n-p.newest >= stretches {
		if p.newest != 0 {
			for i := range p.low {
				p.low[i], p.high[i] = math.NaN(), math.NaN()
			}
			p.seeded = false
		}
		p.newest = n
		return
	}
	for ; p.newest < n; p.newest++ {
		copy(p.low[:], p.low[1:])
		copy(p.high[:], p.high[1:])
		p.low[stretches-1], p.high[stretches-1] = hold, hold
	}
}

// put adds a value, NaN for one that cannot be used.
func (p *past) put(v float64) {
	p.lastSeen = v
	if math.IsNaN(v) {
		return
	}
	i := stretches - 1
	if math.IsNaN(p.low[i]) {
		p.low[i], p.high[i] = v, v
		return
	}
	p.low[i], p.high[i] = min(p.low[i], v), max(p.high[i], v)
}

// seed fills in what was while the display was not shown. Stretches of which a
// part was seen get the rest: no spike is hidden.
func (p *past) seed(low, high []float64) {
	for i := range min(len(low), stretches) {
		switch {
		case math.IsNaN(low[i]):
		case math.IsNaN(p.low[i]):
			p.low[i], p.high[i] = low[i], high[i]
		default:
			p.low[i], p.high[i] = min(p.low[i], low[i]), max(p.high[i], high[i])
		}
	}
	p.seeded = true
}

// draw makes the curve, on the item's scale or on one that shows what
// happened: never finer than a fiftieth of the tag's range, so that noise
// stays noise.
func (p *past) draw(e *element, v seen) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range p.low {
		if !math.IsNaN(p.low[i]) {
			lo, hi = min(lo, p.low[i]), max(hi, p.high[i])
		}
	}
	least := 0.0
	if v.def != nil {
		least = (v.def.Hi - v.def.Lo) / 50
	}
	if hi < lo {
		lo, hi = 0, 1
	}
	if pad := (least - (hi - lo)) / 2; pad > 0 {
		lo, hi = lo-pad, hi+pad
	}
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	pad := (hi - lo) * 0.12
	p.scaleLo, p.scaleHi = e.item.Props.Number("lo", lo-pad), e.item.Props.Number("hi", hi+pad)
	c := &symbol.Curve{Low: make([]float32, stretches), High: make([]float32, stretches)}
	for i := range p.low {
		c.Low[i], c.High[i] = p.share(p.low[i]), p.share(p.high[i])
	}
	p.curve = c
}

func (p *past) share(v float64) float32 {
	return float32((v - p.scaleLo) / (p.scaleHi - p.scaleLo)) // NaN stays NaN
}

func spark(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	v := s.role(e, "value")
	if e.past == nil {
		e.past = newPast(&e.item)
	}
	p, now := e.past, s.now.UnixNano()
	p.turn(now)
	f, ok := v.number()
	if !ok || !cond.Usable() {
		f = math.NaN()
	}
	p.put(f)
	if src, has := s.src.(Past); has && !p.seeded {
		if in := firstSlot(e, "value"); in >= 0 {
			to := (p.newest + 1) * p.each
			if low, high, ok := src.Past(s.slots[in].id, to-stretches*p.each, to, stretches); ok {
				p.seed(low, high)
				p.drawn = time.Time{}
			}
		}
	}
	if p.due(s.now) {
		p.drawn = s.now
		p.draw(e, v)
	}
	r := v.reading(true)
	r.Condition = cond
	out := symbol.Spark{Label: label(e, ch), Past: p.curve, Reading: r}
	band := e.item.Props.Numbers("normal")
	if len(band) != 2 {
		if in := firstSlot(e, "value"); in >= 0 && s.slots[in].def != nil {
			if l := s.src.Limits(s.slots[in].id); !math.IsNaN(first(l.L, l.LL)) || !math.IsNaN(first(l.H, l.HH)) {
				lo, hi := first(first(l.L, l.LL), p.scaleLo), first(first(l.H, l.HH), p.scaleHi)
				band = []float64{lo, hi}
			}
		}
	}
	if len(band) == 2 {
		out.BandLo, out.BandHi = min(max(p.share(band[0]), 0), 1), min(max(p.share(band[1]), 0), 1)
	}
	return out
}
