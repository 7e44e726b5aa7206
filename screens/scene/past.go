package scene

import (
	"fmt"
	"math"
	"slices"
	"time"

	"penstock/screens/mimic"
	"penstock/widgets/symbol"
)

// How many parts the span of a sparkline and of a trend box is divided into.
const (
	stretches      = 80
	trendStretches = 240
)

// curvePause is the shortest time between two pictures of a sparkline.
const curvePause = 2 * time.Second

// unseen is how long a sparkline that is on a screen is never left alone: after
// a longer pause it was not shown, and what it missed is looked for again.
const unseen = 5 * curvePause

// repaired is how often a line with holes is looked for in history again: a
// link may have brought what a device kept meanwhile.
const repaired = 30 * time.Second

// past is what a line remembers: the lowest and highest value of each stretch
// of its span, the newest last.
type past struct {
	each     int64 // length of a stretch, ns
	newest   int64 // number of the newest stretch since 1970
	turned   int64 // when it was moved on last, or the moment of a Replay it ends at; ns since 1970
	low      []float64
	high     []float64
	seeded   bool
	asked    int64 // when history answered last, on the scene's clock
	drawn    time.Time
	curve    *symbol.Curve
	lo, hi   float64 // of the scale it was drawn on
	lastSeen float64 // NaN: not usable
}

// newPast divides the span of an item into n stretches.
func newPast(it *mimic.Item, n int) *past {
	p := &past{each: int64(it.Props.Number("span", 3600) * float64(time.Second) / float64(n)), low: make([]float64, n), high: make([]float64, n)}
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
	if p.seeded && now-p.asked > int64(repaired) && p.holes() {
		p.seeded = false
	}
	p.turned = now
	if p.newest == 0 || n < p.newest || n-p.newest >= int64(len(p.low)) {
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
		copy(p.low, p.low[1:])
		copy(p.high, p.high[1:])
		p.low[len(p.low)-1], p.high[len(p.high)-1] = hold, hold
	}
}

// holes reports whether nothing is known of a stretch.
func (p *past) holes() bool { return slices.ContainsFunc(p.low, math.IsNaN) }

// put adds a value, NaN for one that cannot be used.
func (p *past) put(v float64) {
	p.lastSeen = v
	if math.IsNaN(v) {
		return
	}
	i := len(p.low) - 1
	if math.IsNaN(p.low[i]) {
		p.low[i], p.high[i] = v, v
		return
	}
	p.low[i], p.high[i] = min(p.low[i], v), max(p.high[i], v)
}

// seed fills in what was while the display was not shown. Stretches of which a
// part was seen get the rest: no spike is hidden.
func (p *past) seed(low, high []float64) {
	for i := range min(len(low), len(p.low)) {
		switch {
		case math.IsNaN(low[i]):
		case math.IsNaN(p.low[i]):
			p.low[i], p.high[i] = low[i], high[i]
		default:
			p.low[i], p.high[i] = min(p.low[i], low[i]), max(p.high[i], high[i])
		}
	}
	p.seeded, p.asked = true, p.turned
}

// bounds are the lowest and highest of it; lo above hi when nothing is known.
func (p *past) bounds() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i := range p.low {
		if !math.IsNaN(p.low[i]) {
			lo, hi = min(lo, p.low[i]), max(hi, p.high[i])
		}
	}
	return lo, hi
}

// room widens what happened to a scale that shows it: never finer than least,
// so that noise stays noise.
func room(lo, hi, least float64) (float64, float64) {
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
	return lo - pad, hi + pad
}

// finest is a fiftieth of a tag's range.
func finest(v seen) float64 {
	if v.def == nil {
		return 0
	}
	return (v.def.Hi - v.def.Lo) / 50
}

// draw makes the curve on a scale.
func (p *past) draw(lo, hi float64) {
	p.lo, p.hi = lo, hi
	c := &symbol.Curve{Low: make([]float32, len(p.low)), High: make([]float32, len(p.low))}
	for i := range p.low {
		c.Low[i], c.High[i] = p.share(p.low[i]), p.share(p.high[i])
	}
	p.curve = c
}

func (p *past) share(v float64) float32 {
	return float32((v - p.lo) / (p.hi - p.lo)) // NaN stays NaN
}

// follow moves a line on to now, and asks history for what it has not seen.
// Slot is -1 for an expression, which has no history.
func (s *Scene) follow(p *past, slot int, v seen, usable bool) {
	if src, ok := s.src.(Replay); ok {
		s.recall(p, src, slot)
		return
	}
	p.turn(s.now.UnixNano())
	f, ok := v.number()
	if !ok || !usable {
		f = math.NaN()
	}
	p.put(f)
	src, has := s.src.(Past)
	if !has || p.seeded || slot < 0 {
		return
	}
	n := len(p.low)
	to := (p.newest + 1) * p.each
	if low, high, ok := src.Past(s.slots[slot].id, to-int64(n)*p.each, to, n); ok {
		p.seed(low, high)
		p.drawn = time.Time{}
	}
}

// shownTo is the moment to which the lines of a Replay go: whole seconds, so
// that a past which is played does not ask at every frame.
func shownTo(src Replay) int64 { return src.Moment() / int64(time.Second) * int64(time.Second) }

// recall makes a line of what was before the moment of a Replay. Until history
// has answered the line stays as it was, as the readings do.
func (s *Scene) recall(p *past, src Replay, slot int) {
	to := shownTo(src)
	if to == p.turned || to <= 0 {
		return
	}
	var low, high []float64
	known := true // an expression has no history: a gap
	if slot >= 0 {
		low, high, known = src.Past(s.slots[slot].id, to-int64(len(p.low))*p.each, to, len(p.low))
	}
	if known {
		p.turned = to
	} else if low == nil {
		return
	}
	for i := range p.low {
		p.low[i], p.high[i] = math.NaN(), math.NaN()
	}
	copy(p.low, low)
	copy(p.high, high)
	p.drawn = time.Time{}
}

// behind reports whether the lines of an element are to be looked at though
// its values are the same.
func (s *Scene) behind(e *element) bool {
	if len(e.pasts) == 0 {
		return false
	}
	src, ok := s.src.(Replay)
	if !ok {
		return e.pasts[0].due(s.now)
	}
	to := shownTo(src)
	return slices.ContainsFunc(e.pasts, func(p *past) bool { return p.turned != to })
}

// limitBand is where no limit of a tag is passed, as shares of a line's scale;
// equal when it has no limits.
func (s *Scene) limitBand(p *past, slot int) (lo, hi float32) {
	if slot < 0 || s.slots[slot].def == nil {
		return 0, 0
	}
	l := s.src.Limits(s.slots[slot].id)
	low, high := first(l.L, l.LL), first(l.H, l.HH)
	if math.IsNaN(low) && math.IsNaN(high) {
		return 0, 0
	}
	return p.band(first(low, p.lo), first(high, p.hi))
}

func (p *past) band(lo, hi float64) (float32, float32) {
	return min(max(p.share(lo), 0), 1), min(max(p.share(hi), 0), 1)
}

// curveKey tells whether a line may go on with what it remembers when its item
// was edited.
func curveKey(it *mimic.Item) string {
	return fmt.Sprint(it.Kind, it.ID, it.Props["span"], it.Tags)
}

func spark(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	v, slot := s.role(e, "value"), firstSlot(e, "value")
	if e.pasts == nil {
		e.pasts = []*past{newPast(&e.item, stretches)}
	}
	p := e.pasts[0]
	s.follow(p, slot, v, cond.Usable())
	if p.due(s.now) {
		p.drawn = s.now
		lo, hi := p.bounds()
		lo, hi = room(lo, hi, finest(v))
		p.draw(e.item.Props.Number("lo", lo), e.item.Props.Number("hi", hi))
	}
	r := v.reading(true)
	r.Condition = cond
	out := symbol.Spark{Label: label(e, ch), Past: p.curve, Reading: r}
	if band := e.item.Props.Numbers("normal"); len(band) == 2 {
		out.BandLo, out.BandHi = p.band(band[0], band[1])
	} else {
		out.BandLo, out.BandHi = s.limitBand(p, slot)
	}
	return out
}
