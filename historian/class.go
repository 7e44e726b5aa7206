package historian

import (
	"math"
	"sync"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// classes decides which samples of a tag are kept. The goroutine that commits
// uses it; Configure may change it at any time.
type classes struct {
	mu  sync.Mutex
	by  map[uint32]*class
	out []block.Point
}

// class is the storage class of one tag, and what it has to remember.
type class struct {
	how    tag.StoreClass
	band   float64 // engineering units
	period int64   // ns, of the class "sampled"

	kept    block.Point // stored last
	started bool        // kept is set
	held    block.Point // seen last and not stored
	holding bool
	newest  int64   // time of the newest sample seen
	lo, hi  float64 // of the swinging door: slopes from kept that pass every sample since
}

// Configure sets the storage class, band, scan period and retention of tags.
// It may be called while samples come in; tags that are not named keep what
// they have, and a tag that never was named keeps every sample, for as long as
// SetKeep says. A sample that the old class held back is judged by the new one.
func (s *Store) Configure(defs []tag.Def) {
	defer s.refuseOlder()
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	s.classes.mu.Lock()
	defer s.classes.mu.Unlock()
	for i := range defs {
		d := &defs[i]
		num, ok := s.names.number(d.ID)
		if !ok {
			continue
		}
		s.keeping.set(num, d.RawDays, d.MinuteDays)
		c := s.classes.by[num]
		if c == nil {
			if d.Store == tag.StoreAll {
				continue
			}
			c = new(class)
			s.classes.by[num] = c
		}
		if c.how == tag.StoreSwingingDoor || d.Store == tag.StoreSwingingDoor {
			c.open()
		}
		c.how, c.band, c.period = d.Store, d.StoreBand, int64(d.Period)
	}
}

// keep returns the points to store, in an order in which every tag's stay
// as they came, and how many were left out for good. The result is valid until
// the next call.
func (l *classes) keep(points []block.Point) (out []block.Point, left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.by) == 0 {
		return points, 0
	}
	l.out = l.out[:0]
	for i := range points {
		p := &points[i]
		c := l.by[p.Num]
		if c == nil {
			l.out = append(l.out, *p)
			continue
		}
		before := c.pending()
		n := len(l.out)
		l.out = c.next(l.out, p)
		left += 1 + before - c.pending() - (len(l.out) - n)
	}
	return l.out, left
}

// flush returns the samples that are held back, for the end of the store.
func (l *classes) flush() (out []block.Point) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.by {
		if c.holding {
			out = append(out, c.held)
			c.holding = false
		}
	}
	return out
}

func (c *class) pending() int {
	if c.holding {
		return 1
	}
	return 0
}

// next takes a sample and appends what is to be stored now.
func (c *class) next(out []block.Point, p *block.Point) []block.Point {
	switch {
	case c.how == tag.StoreOff:
		return out
	case c.how == tag.StoreAll, p.At <= c.newest, p.Mark.Flags()&(tag.Manual|tag.Backfilled) != 0:
		// What is late, entered by hand or read from the device's own memory
		// is not part of the stream that is being thinned.
		c.newest = max(c.newest, p.At)
		return append(c.release(out), *p)
	}
	c.newest = p.At
	if !c.started || p.Q != c.kept.Q || p.Mark != c.kept.Mark {
		return c.store(c.release(out), p)
	}
	switch c.how {
	case tag.StoreChange:
		if p.Bits == c.kept.Bits && p.Text == c.kept.Text {
			return out
		}
		return c.store(out, p)
	case tag.StoreDeadband:
		if !c.beyond(p) {
			return out
		}
		return c.store(out, p)
	case tag.StoreSampled:
		if p.At-c.kept.At < c.period {
			c.hold(p)
			return out
		}
		if c.holding && p.At-c.kept.At >= 2*c.period {
			out = append(out, c.held) // what was shown while nothing came
		}
		return c.store(out, p)
	}
	return c.door(out, p)
}

// door is the swinging door: between the sample stored last and the one held,
// a straight line passes within the band of every sample left out. A new
// sample to which there is no such line ends it at the held one.
func (c *class) door(out []block.Point, p *block.Point) []block.Point {
	v, ok := number(p.Mark.Kind(), p.Bits)
	if !ok {
		return c.store(c.release(out), p)
	}
	if c.holding {
		if slope := c.slope(v, p.At); !(slope >= c.lo && slope <= c.hi) {
			held := c.held
			out = c.store(out, &held)
		}
	}
	c.lo = math.Max(c.lo, c.slope(v-c.band, p.At))
	c.hi = math.Min(c.hi, c.slope(v+c.band, p.At))
	c.hold(p)
	return out
}

func (c *class) slope(v float64, at int64) float64 {
	kept, _ := number(c.kept.Mark.Kind(), c.kept.Bits)
	return (v - kept) / float64(at-c.kept.At)
}

// beyond reports whether p differs from what is stored by more than the band.
func (c *class) beyond(p *block.Point) bool {
	a, ok := number(p.Mark.Kind(), p.Bits)
	b, ok2 := number(c.kept.Mark.Kind(), c.kept.Bits)
	if !ok || !ok2 {
		return p.Bits != c.kept.Bits || p.Text != c.kept.Text
	}
	return math.Abs(a-b) > c.band
}

func (c *class) hold(p *block.Point) { c.held, c.holding = *p, true }

// store appends p, which the next samples are then compared with.
func (c *class) store(out []block.Point, p *block.Point) []block.Point {
	c.kept, c.started, c.holding = *p, true, false
	c.open()
	return append(out, *p)
}

// release appends the sample that is held back, if any.
func (c *class) release(out []block.Point) []block.Point {
	if c.holding {
		out = append(out, c.held)
		c.holding = false
	}
	return out
}

// open lets the swinging door swing freely.
func (c *class) open() { c.lo, c.hi = math.Inf(-1), math.Inf(1) }
