// Package tagdb keeps the latest value of every tag.
//
// One goroutine writes, by Apply, Sweep and Adopt. Any goroutine may read, by
// Cell, without a lock.
//
// Apply takes what links deliver to what people may believe:
//
//	raw -> scale -> kind -> quality -> cell, computed tags -> historian and alarms
//
// The rules, each of which has a test:
//
// Quality. NaN and infinity are no value and BadOutOfRange. A good number
// outside Lo..Hi (by more than a millionth of the span) is EUExceeded. A clamped
// one is GoodClamped with the limit bits of the end it is held at. A kind the
// tag cannot have is no value and BadTypeMismatch.
//
// Order is the order of arrival. Only a reading whose source time, believed on
// both sides, is older than the cell's is late: it goes on to the historian,
// and the cell keeps the newer one. A clock of ours that was set back makes
// nothing late. A Backfilled reading never touches the cell. A reading that was
// taken before this station marked the tag as bad or stale, and is now confirmed,
// counts from its receipt (its source time is taken off), or the mark would seem
// to outlast it.
//
// Bad without a value (a lost link) keeps the last value in the cell, with the
// time it had, so that its age shows; what goes on to the historian is the bad
// reading alone.
//
// Display band. A change smaller than Def.DisplayBand leaves value and Seq of
// the cell as they are and moves only its times. The band is for eyes alone:
// the historian and alarms have bands of their own, computed tags see the exact
// value, and a limit crossed in small steps is never hidden from them.
//
// Duplicates. A reading with the time, value, quality and flags of the one
// before is not passed on. A bad reading without a value that repeats the
// quality before is passed on once in Heartbeat. Everything else goes on, so an
// unchanged value that was read again is a heartbeat for history.
package tagdb

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Heartbeat is how often a lasting bad quality is passed on.
const Heartbeat = time.Minute

// Options are what the table has to be told about the rest of the plant.
type Options struct {
	// Polled reports whether a device is read by polling at the moment, so
	// that silence means staleness. Sweep calls it. Nil: no device is.
	Polled func(device string) bool
}

// DB is the live table. The set of tags is fixed when it is made; a changed
// project makes a new DB, which adopts the values of the old one.
type DB struct {
	opts     Options
	cells    map[tag.ID]*Cell
	order    []*Cell // as defined
	computed []*Cell // each after those it depends on
	round    uint64  // see Apply
	dirty    int     // computed cells to evaluate
	first    int     // no dirty one comes before it in computed
	counts   counts
}

// Cell is one tag's place in the table.
type Cell struct {
	def tag.Def
	now atomic.Pointer[Reading]

	// The writer's own.
	raw  tag.Value // newest delivered reading that has a value, not scaled
	last tag.Value // newest reading, exact; a bad one without a value is just that
	seen int64     // when the newest reading was applied
	told int64     // when a reading was last passed on

	users []*Cell // computed cells that depend on this one
	round uint64  // the last round that brought a reading

	program *calc.Program // of a computed cell
	inputs  []*Cell
	place   int // in DB.computed
	dirty   bool
}

// Reading is what a cell shows. The zero Reading is no data.
type Reading struct {
	tag.Value        // At is the time of the value, also when the quality has become bad since
	Seq       uint64 // counts the changes a person could see
	Since     int64  // when the quality became what it is, ns since 1970 UTC
}

var empty Reading

// New makes a DB with one empty cell for each def. The error joins everything
// that is wrong: ids used twice, expressions that do not compile, and tags
// computed from each other in a circle.
func New(defs []tag.Def, opts Options) (*DB, error) {
	db := &DB{opts: opts, cells: make(map[tag.ID]*Cell, len(defs)), order: make([]*Cell, 0, len(defs)), round: 1}
	var faults []error
	for _, d := range defs {
		if db.cells[d.ID] != nil {
			faults = append(faults, fmt.Errorf("tag %s is defined twice", d.ID))
			continue
		}
		c := &Cell{def: d}
		c.now.Store(&empty)
		db.cells[d.ID] = c
		db.order = append(db.order, c)
	}
	faults = append(faults, db.compile()...)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return db, nil
}

// Cell returns the cell of id, or nil where there is no such tag.
func (db *DB) Cell(id tag.ID) *Cell { return db.cells[id] }

// Cells lists all cells in the order of the project. The slice is the DB's.
func (db *DB) Cells() []*Cell { return db.order }

// Def returns the tag's configuration, which nobody may change.
func (c *Cell) Def() *tag.Def { return &c.def }

// Load returns what the cell shows. It never blocks.
func (c *Cell) Load() Reading { return *c.now.Load() }

// Apply takes a batch that arrived at now (ns since 1970 UTC) in its order and
// returns what goes on to the historian and the alarms, scaled and judged:
// each reading as it came, followed by the computed tags it changed. A tag that
// is in the batch more than once computes what depends on it each time. batch
// stays the caller's, the result is the caller's.
//
// now is compared only with the now of other calls; a caller whose clock may
// be set back adds what a monotonic clock measured to one reading of it.
func (db *DB) Apply(now int64, batch []tag.Sample) []tag.Sample {
	out := make([]tag.Sample, 0, len(batch))
	var n Counts
	for i := range batch {
		s := &batch[i]
		c := db.cells[s.ID]
		if c == nil || c.program != nil {
			n.Unknown++
			continue
		}
		v := s.Value
		if v.Received == 0 {
			v.Received = now
		}
		raw := v
		v = c.engineering(v)
		if v.Flags&tag.Backfilled != 0 {
			n.Backfilled++
			out = append(out, tag.Sample{ID: s.ID, Value: v})
			continue
		}
		if late(&v, &c.last) {
			n.Late++
			out = append(out, tag.Sample{ID: s.ID, Value: v})
			continue
		}
		if c.last.Source == 0 && v.At() < c.last.At() {
			v.Source = 0
		}
		if len(c.users) > 0 {
			if c.round == db.round {
				out = db.compute(now, out)
				db.round++
			}
			c.round = db.round
		}
		if raw.Value.Kind() != tag.None {
			c.raw = raw
		}
		c.seen = now
		if !c.take(now, v) {
			n.Duplicate++
			continue
		}
		out = append(out, tag.Sample{ID: s.ID, Value: v})
		db.touch(c)
	}
	n.Samples = uint64(len(batch))
	out = db.compute(now, out)
	db.round++
	db.counts.add(&n, len(out))
	return out
}

// late reports whether v must not overwrite last.
func late(v, last *tag.Value) bool {
	return v.Source != 0 && last.Source != 0 && v.Source < last.Source &&
		(v.Flags|last.Flags)&tag.Skewed == 0 &&
		v.Received >= last.Received // else our own clock was set back, and source times may be by our clock
}

// take makes v the newest reading, shows it, and reports whether it is more
// than a duplicate.
func (c *Cell) take(now int64, v tag.Value) bool {
	was := c.last
	switch {
	case v.Value != was.Value || v.Quality != was.Quality || v.Flags != was.Flags:
	case v.Value.Kind() == tag.None:
		if now-c.told < int64(Heartbeat) {
			return false
		}
	case v.At() == was.At():
		return false
	}
	c.last = v
	c.told = now
	c.show(v, v.Received)
	return true
}

// show puts v, which came to be at since, into the cell.
func (c *Cell) show(v tag.Value, since int64) {
	was := c.now.Load()
	r := &Reading{Value: v, Seq: was.Seq, Since: was.Since}
	if v.Value.Kind() == tag.None {
		r.Value.Value, r.Source, r.Received, r.Flags = was.Value.Value, was.Source, was.Received, was.Flags
	}
	if r.Quality != was.Quality {
		r.Since = since
	}
	if r.Quality == was.Quality && r.Flags == was.Flags && near(r.Value.Value, was.Value.Value, c.def.DisplayBand) {
		r.Value.Value = was.Value.Value
	} else {
		r.Seq++
	}
	c.now.Store(r)
}

// near reports whether a person would not want to see the step from a to b.
func near(a, b tag.Scalar, band float64) bool {
	if a == b {
		return true
	}
	x, ok1 := a.Float()
	y, ok2 := b.Float()
	return ok1 && ok2 && a.Kind() == b.Kind() && math.Abs(x-y) < band
}
