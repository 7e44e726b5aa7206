package plan

// Meter learns a unit's cost from the time its requests take: a straight
// line through (places, seconds), old requests counting less and less. The
// zero Meter knows nothing; use NewMeter.
type Meter struct {
	guess               Cost
	seen                int
	n, x, y, xx, xy, yy float64 // weights, and weighted sums
}

const (
	// keep is the weight an observation keeps at each new one: about the last 200 count.
	keep = 0.995
	// enough is how many observations outweigh the guess of the whole.
	enough = 8
	// sure is how many outweigh the guess of how places and requests compare.
	sure = 40
	// wide is the variance of places (about +-10 around the mean) below which
	// the slope of the line is noise.
	wide = 100.0
	// plain is the part of the variance of times that the places must explain
	// for the slope to be believed.
	plain = 0.5
	// spike is how many times the mean an observation may be; what is longer
	// tells of a busy moment, not of the unit.
	spike = 4.0
	// far is how many times the guess the ratio of place to request may be.
	// A gateway on a LAN with a slow serial line behind it needs nearly 40.
	far = 50.0
	// least is the least a place costs, in requests: too little to ever be worth
	// another request, enough to choose the shorter of two alike plans.
	least = 1.0 / 2000
)

// NewMeter starts from a guess, in seconds.
func NewMeter(guess Cost) *Meter { return &Meter{guess: guess} }

// Observe adds one answered request.
func (m *Meter) Observe(places int, seconds float64) {
	if m.seen++; m.seen > enough {
		seconds = min(seconds, spike*m.y/m.n)
	}
	p := float64(places)
	m.n = m.n*keep + 1
	m.x = m.x*keep + p
	m.y = m.y*keep + seconds
	m.xx = m.xx*keep + p*p
	m.xy = m.xy*keep + p*seconds
	m.yy = m.yy*keep + seconds*seconds
}

// Cost is the measured cost in seconds, the guess where too little is known.
// Neither part is ever zero.
func (m *Meter) Cost() Cost {
	if m.seen < enough {
		return m.guess
	}
	mx, my := m.x/m.n, max(m.y/m.n, 1e-6)
	ratio := m.guess.Place / m.guess.Req
	varX, varY, cov := m.xx/m.n-mx*mx, m.yy/m.n-my*my, m.xy/m.n-mx*my
	if m.seen >= sure && varX >= wide && cov*cov >= plain*varX*varY {
		place := cov / varX
		steepest := ratio * far
		measured := steepest
		if req := my - place*mx; req > 0 {
			measured = place / req
		}
		ratio = min(max(measured, least), steepest)
	}
	req := my / (1 + ratio*mx)
	return Cost{Req: req, Place: req * ratio}
}

// Worth reports whether planning anew with b can pay after a plan was made
// with a: the size of the gap that is worth bridging has changed by more
// than half.
func Worth(a, b Cost) bool {
	ga, gb := a.Req/max(a.Place, 1e-9), b.Req/max(b.Place, 1e-9)
	return gb > 1.5*ga || ga > 1.5*gb
}
