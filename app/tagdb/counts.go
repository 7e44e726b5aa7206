package tagdb

import "sync/atomic"

// Counts say what became of the samples since the DB was made:
// Samples == passed on by tags of devices + Duplicate + Unknown.
type Counts struct {
	Samples    uint64 `json:"samples"`    // handed to Apply
	Passed     uint64 `json:"passed"`     // returned by Apply and Sweep, computed tags included
	Computed   uint64 `json:"computed"`   // of these, of computed tags
	Duplicate  uint64 `json:"duplicate"`  // not returned: nothing new in it
	Unknown    uint64 `json:"unknown"`    // not returned: no such tag, or a computed one
	Late       uint64 `json:"late"`       // returned, but the cell has newer
	Backfilled uint64 `json:"backfilled"` // returned, and of the past
	Stale      uint64 `json:"stale"`      // readings marked by Sweep
}

type counts struct {
	samples, passed, computed, duplicate, unknown, late, backfilled, stale atomic.Uint64
}

func (c *counts) add(n *Counts, passed int) {
	c.samples.Add(n.Samples)
	c.passed.Add(uint64(passed))
	if n.Duplicate|n.Unknown|n.Late|n.Backfilled != 0 {
		c.duplicate.Add(n.Duplicate)
		c.unknown.Add(n.Unknown)
		c.late.Add(n.Late)
		c.backfilled.Add(n.Backfilled)
	}
}

// Counts may be called from any goroutine.
func (db *DB) Counts() Counts {
	c := &db.counts
	return Counts{
		Samples: c.samples.Load(), Passed: c.passed.Load(), Computed: c.computed.Load(), Duplicate: c.duplicate.Load(),
		Unknown: c.unknown.Load(), Late: c.late.Load(), Backfilled: c.backfilled.Load(), Stale: c.stale.Load(),
	}
}
