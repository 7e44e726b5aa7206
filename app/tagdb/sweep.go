package tagdb

import (
	"time"

	"penstock/app/tag"
)

// The stale rule. A tag is stale when nothing arrived for it for Def.StaleIn.
// Where that is zero, a tag of a polled device is stale after three of its
// periods, at least minStale; a subscribed one is not, because a device that
// reports changes is silent while nothing changes, and its Link watches the
// line. A stale value is LastUsable; after badAfter times that time it is
// BadCommunicationError. Computed tags follow their inputs.
const (
	minStale = 5 * time.Second
	badAfter = 5
)

// Sweep marks as stale what has been quiet too long at now (ns since 1970 UTC,
// as for Apply) and returns what goes on to the historian and the alarms.
// Calling it once a second is enough.
func (db *DB) Sweep(now int64) []tag.Sample {
	var out []tag.Sample
	polled := map[string]bool{}
	for _, c := range db.order {
		q := c.last.Quality
		if c.program != nil || !q.Usable() {
			continue
		}
		limit := int64(c.def.StaleIn)
		if limit == 0 {
			if limit = db.defaultStale(c, polled); limit == 0 {
				continue
			}
		}
		v := c.last
		switch quiet := now - c.seen; {
		case quiet >= badAfter*limit:
			v.Value, v.Quality = tag.Scalar{}, tag.BadCommunicationError
		case quiet >= limit && q != tag.LastUsable:
			v.Quality = tag.LastUsable
		default:
			continue
		}
		c.show(v, now) // with the time of the value, so that its age shows
		v.Source, v.Received, v.Flags = 0, now, v.Flags&^tag.Skewed
		c.last, c.told = v, now
		db.counts.stale.Add(1)
		out = append(out, tag.Sample{ID: c.def.ID, Value: v})
		db.touch(c)
	}
	out = db.compute(now, out)
	db.counts.passed.Add(uint64(len(out)))
	return out
}

func (db *DB) defaultStale(c *Cell, polled map[string]bool) int64 {
	d := &c.def
	if d.Device == "" || d.Period <= 0 || db.opts.Polled == nil {
		return 0
	}
	p, asked := polled[d.Device]
	if !asked {
		p = db.opts.Polled(d.Device)
		polled[d.Device] = p
	}
	if !p {
		return 0
	}
	return int64(max(3*d.Period, minStale))
}
