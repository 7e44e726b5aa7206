package plan

// Meter learns a unit's cost from the time its requests take: a straight
// line through (places, seconds), old requests counting less and less. The
// zero Meter knows nothing; use NewMeter.
type Meter struct {
	guess           Cost
	n, x, y, xx, xy float64
}

const (
	// keep is the weight an observation keeps at each new one: about the last 200 count.
	keep = 0.995
	// wide is the variance of places (about +-10 around the mean) below which
	// the slope of the line is noise, and the guess of how places and requests
	// compare is kept.
	wide = 100.0
	// least is the least a place costs, in requests: too little to ever be worth
	// another request, enough to choose the shorter of two alike plans.
	least = 1.0 / 2000
	// enough is how many observations outweigh the guess.
	enough = 8.0
)

// NewMeter starts from a guess, in seconds.
func NewMeter(guess Cost) *Meter { return &Meter{guess: guess} }

// Observe adds one answered request.
func (m *Meter) Observe(places int, seconds float64) {
	p := float64(places)
	m.n = m.n*keep + 1
	m.x = m.x*keep + p
	m.y = m.y*keep + seconds
	m.xx = m.xx*keep + p*p
	m.xy = m.xy*keep + p*seconds
}

// Cost is the measured cost in seconds, the guess where too little is known.
// Neither part is ever zero.
func (m *Meter) Cost() Cost {
	if m.n < enough {
		return m.guess
	}
	mx, my := m.x/m.n, m.y/m.n
	ratio := m.guess.Place / m.guess.Req
	if v := m.xx/m.n - mx*mx; v >= wide {
		place := (m.xy/m.n - mx*my) / v
		req := my - max(0, place)*mx
		if req <= 0 { // all of the time is in the places
			return Cost{Req: max(my/100, 1e-6), Place: my / max(mx, 1)}
		}
		return Cost{Req: req, Place: max(place, req*least)}
	}
	req := max(my, 1e-6) / (1 + ratio*mx)
	return Cost{Req: req, Place: req * ratio}
}

// Worth reports whether planning anew with b can pay after a plan was made
// with a: the size of the gap that is worth bridging has changed by more
// than half.
func Worth(a, b Cost) bool {
	ga, gb := a.Req/max(a.Place, 1e-9), b.Req/max(b.Place, 1e-9)
	return gb > 1.5*ga || ga > 1.5*gb
}
