package waterworks

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"penstock/app/tag"
)

// tick is the pace of the model. It is the same however Step is called, so
// that a run does not depend on the caller's rhythm.
const tick = 250 * time.Millisecond

// A Plant is the whole works. It is not safe for use by several goroutines.
type Plant struct {
	rng   *rand.Rand
	start time.Time
	age   time.Duration // since start
	owed  time.Duration // time told to Step that is less than a tick

	intake   intakeWorks
	raw      rawStation
	dosing   dosingHouse
	settling settlingTanks
	filters  filterHouse
	clear    clearWell
	high     highStation
	zone     pressureZone
	energy   switchgear
	system   controlSystem

	ledger Balance

	signals     []binding
	instruments []*instrument
	index       map[tag.ID]int
}

// A binding is one signal's way into the model.
type binding struct {
	read  func() (tag.Scalar, tag.Quality)
	write func(tag.Scalar) error
	inst  *instrument // nil for what is not measured
}

// New returns a plant in calm, normal operation at the time start, whose
// demand follows the time of day of start's location.
func New(seed int64, start time.Time) *Plant {
	const settle = 40 * time.Minute
	p := &Plant{
		rng:   rand.New(rand.NewPCG(uint64(seed), 0x9E3779B97F4A7C15)),
		start: start.Add(-settle), index: map[tag.ID]int{},
	}
	for i, d := range table {
		p.index[d.ID] = i
	}
	p.signals = make([]binding, len(table))
	for _, part := range []interface{ build(*Plant) }{
		&p.intake, &p.raw, &p.dosing, &p.settling, &p.filters, &p.clear, &p.high, &p.zone, &p.energy, &p.system,
	} {
		part.build(p)
	}
	p.Step(settle)
	p.filters.cells[0].nearlyFull(p.filters.washLoss)
	p.high.delivered, p.raw.taken = 4_812_360, 5_120_775
	return p
}

// Now is the plant's own time.
func (p *Plant) Now() time.Time { return p.start.Add(p.age) }

// Step lets dt pass. What is less than a quarter of a second is kept for the
// next Step.
func (p *Plant) Step(dt time.Duration) {
	for p.owed += dt; p.owed >= tick; p.owed -= tick {
		p.age += tick
		p.move(tick.Seconds())
	}
}

// move lets the plant run for dt seconds: first the controls decide on what
// the instruments showed last, then the water follows its way through the
// works, then the instruments look.
func (p *Plant) move(dt float64) {
	p.system.control(p, dt)
	p.intake.control(p, dt)
	p.raw.control(p, dt)
	p.dosing.control(p, dt)
	p.settling.control(p, dt)
	p.filters.control(p, dt)
	p.clear.control(dt)
	p.high.control(p, dt)
	p.zone.control(p, dt)

	p.raw.flowOut(p, dt)
	p.intake.flow(p, dt)
	p.dosing.flow(p, dt)
	p.settling.flow(p, dt)
	p.filters.flow(p, dt)
	p.high.flow(p, dt)
	p.clear.flow(p, dt)
	p.energy.flow(p, dt)
	p.enter(dt)

	for _, i := range p.instruments {
		i.sense(dt, p.rng)
	}
}

// Len is the number of signals; At and Find number them as Signals does.
func (p *Plant) Len() int { return len(p.signals) }

// At reads signal number i. A value of bad quality is the last one shown.
func (p *Plant) At(i int) (tag.Scalar, tag.Quality) { return p.signals[i].read() }

// Find returns the number of a signal.
func (p *Plant) Find(id tag.ID) (i int, ok bool) {
	i, ok = p.index[id]
	return i, ok
}

// Read reads a signal by name. The quality of a name that does not exist is
// BadConfigurationError.
func (p *Plant) Read(id tag.ID) (tag.Scalar, tag.Quality) {
	if i, ok := p.index[id]; ok {
		return p.At(i)
	}
	return tag.Scalar{}, tag.BadConfigurationError
}

// Why a write is refused.
var (
	ErrUnknown  = errors.New("there is no such signal")
	ErrReadOnly = errors.New("the signal cannot be written")
	ErrType     = errors.New("a value of another type is wanted")
	ErrRange    = errors.New("the value is out of range")
	ErrState    = errors.New("not possible in this mode")
)

// Write gives the plant an order. A value is taken in the signal's own kind,
// or a whole number where a number is wanted; it is never rounded or clamped.
func (p *Plant) Write(id tag.ID, v tag.Scalar) error {
	i, ok := p.index[id]
	if !ok {
		return fmt.Errorf("write %s: %w", id, ErrUnknown)
	}
	if p.signals[i].write == nil {
		return fmt.Errorf("write %s: %w", id, ErrReadOnly)
	}
	if err := p.signals[i].write(v); err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	return nil
}
