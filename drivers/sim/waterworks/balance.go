package waterworks

// Balance is where the water is and where it went. Nothing is made and
// nothing lost: Taken - Gone - Stored stays what it was.
type Balance struct {
	Taken  float64 // m3 that came in from the river since the start
	Stored float64 // m3 in the sump, the tanks, the filters and the mains
	Used   float64 // m3 that the districts took, leaks included
	Wasted float64 // m3 of sludge, wash water, rinse and overflow
}

// Gone is all that left.
func (b Balance) Gone() float64 { return b.Used + b.Wasted }

// Balance returns the plant's water balance.
func (p *Plant) Balance() Balance {
	b := p.ledger
	b.Stored = p.intake.sump*sumpArea + p.clear.level*wellArea + p.filters.dirty + p.zone.header*compliance
	for i := range p.settling.tanks {
		b.Stored += p.settling.tanks[i].level * settlingArea
	}
	for i := range p.filters.cells {
		b.Stored += p.filters.cells[i].level * filterArea
	}
	return b
}

// enter writes the step's flows into the books.
func (p *Plant) enter(dt float64) {
	hours := dt / 3600
	p.ledger.Taken += p.intake.inflow * hours
	p.ledger.Wasted += (p.settling.sludge + p.filters.spilled + p.filters.wasted + p.filters.drained + p.clear.spilled) * hours
	p.ledger.Used += p.zone.drawn
	p.zone.drawn = 0
}
