package tagdb

import (
	"fmt"

	"penstock/app/calc"
	"penstock/app/tag"
)

// compile makes the programs of the computed tags and puts them in order.
func (db *DB) compile() (faults []error) {
	needs := map[tag.ID][]tag.ID{}
	scope := func(id tag.ID) (tag.Kind, bool) {
		if c := db.cells[id]; c != nil {
			return c.def.Kind, true
		}
		return tag.None, false
	}
	for _, c := range db.order {
		if c.def.Expr == "" {
			continue
		}
		p, err := calc.Compile(c.def.Expr, scope)
		if err != nil {
			faults = append(faults, fmt.Errorf("expression of %s: %w", c.def.ID, err))
			continue
		}
		c.program = p
		needs[c.def.ID] = p.Inputs()
	}
	order, err := calc.Order(needs)
	if err != nil {
		return append(faults, err)
	}
	for i, id := range order {
		c := db.cells[id]
		c.place, c.dirty = i, true
		for _, in := range c.program.Inputs() {
			input := db.cells[in]
			c.inputs = append(c.inputs, input)
			input.users = append(input.users, c)
		}
		db.computed = append(db.computed, c)
	}
	db.dirty = len(db.computed)
	return faults
}

// touch notes that what depends on c must be computed again.
func (db *DB) touch(c *Cell) {
	for _, u := range c.users {
		if !u.dirty {
			u.dirty = true
			db.dirty++
			db.first = min(db.first, u.place)
		}
	}
}

// compute evaluates what is dirty, in order, and appends what came of it.
func (db *DB) compute(now int64, out []tag.Sample) []tag.Sample {
	for i := db.first; db.dirty > 0; i++ {
		c := db.computed[i]
		if !c.dirty {
			continue
		}
		c.dirty = false
		db.dirty--
		v := c.evaluate(now)
		if v.Quality == tag.NoData {
			continue // inputs that have no data yet are no news
		}
		if c.take(now, v) {
			db.counts.computed.Add(1)
			out = append(out, tag.Sample{ID: c.def.ID, Value: v})
			db.touch(c)
		}
	}
	db.first = len(db.computed)
	return out
}

// evaluate works out a computed tag. Its time is that of its newest input, and
// it is marked as manual or simulated where one of them is.
func (c *Cell) evaluate(now int64) tag.Value {
	v := tag.Value{}
	for _, in := range c.inputs {
		v.Source = max(v.Source, in.last.At())
		v.Received = max(v.Received, in.last.Received)
		v.Flags |= in.last.Flags & (tag.Manual | tag.Simulated)
	}
	if v.Received == 0 {
		v.Received = now // a constant
	}
	v.Value, v.Quality = c.program.Eval(func(i int) (tag.Scalar, tag.Quality) {
		in := &c.inputs[i].last
		return in.Value, in.Quality
	})
	if v.Value.Kind() == tag.None {
		return v
	}
	return c.engineering(v)
}
