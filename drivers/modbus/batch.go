package modbus

import (
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

// batch is a set of points that is read together, such as those of one scan
// class, with the requests that read it.
type batch struct {
	points   []drivers.Point
	items    []reg.Item
	standing []tag.Quality // of a point that is not asked for, or not yet answered
	last     []tag.Scalar  // as last read
	requests []request
	cost     plan.Cost // the requests were planned with
	version  int       // of what was learnt, the requests were planned with
	anew     time.Time // plan again at this time, to retry what was refused; zero: nothing was
	broken   []bool    // points whose address or type cannot be resolved

	missed map[block]int // scans in a row in which a request was ignored
	doubts []*doubt      // requests that are ignored, to be looked into
}

// request reads a block of one table. Its items are indexes of the batch.
type request struct {
	table reg.Table
	plan.Block
	suspect bool // asks again for a point that was refused
}

// places is the length of a request in registers; 16 bits weigh as one.
func (r request) places() int {
	if r.table.IsBits() {
		return (r.Len + 15) / 16
	}
	return r.Len
}

// maxBatches is how many sets of points a connection keeps planned. A link
// has one for each scan class, and reads single points back after a write;
// the one that was not used for longest is dropped.
const maxBatches = 32

// batchOf finds or makes the batch of points. Slices that share their
// strings with the batch compare without looking at a character.
func (c *conn) batchOf(points []drivers.Point) *batch {
	for i, b := range c.batches {
		if slices.Equal(b.points, points) {
			c.batches = append(slices.Delete(c.batches, i, i+1), b)
			return b
		}
	}
	b := &batch{
		points:   slices.Clone(points),
		items:    make([]reg.Item, len(points)),
		standing: make([]tag.Quality, len(points)),
		last:     make([]tag.Scalar, len(points)),
		broken:   make([]bool, len(points)),
		version:  -1,
	}
	for i, p := range points {
		var err error
		if b.items[i], err = c.set.resolve(p); err != nil {
			b.broken[i], b.standing[i] = true, tag.BadConfigurationError
		}
	}
	if len(c.batches) == maxBatches {
		c.batches = slices.Delete(c.batches, 0, 1)
	}
	c.batches = append(c.batches, b)
	return b
}

// layOut plans the requests of b where something has changed since it was
// planned: what the unit refuses, or what its requests cost.
func (c *conn) layOut(b *batch, now time.Time) {
	c.meterMu.Lock()
	cost := c.meter.Cost()
	c.meterMu.Unlock()
	retry := !b.anew.IsZero() && !now.Before(b.anew)
	if b.version == c.learnt.current() && !plan.Worth(b.cost, cost) && !retry {
		return
	}
	b.cost = cost
	b.requests = b.requests[:0]
	var known []refusedRange
	known, b.version = c.learnt.all()
	b.anew = time.Time{}
	for _, t := range reg.Tables {
		c.layOutTable(b, t, known, now)
	}
}

func (c *conn) layOutTable(b *batch, t reg.Table, known []refusedRange, now time.Time) {
	var sound, suspect picked
	doubted := b.doubted()
	for i, it := range b.items {
		if it.Table != t || b.broken[i] || doubted[i] {
			continue
		}
		span := plan.Span{At: int(it.Offset), Len: it.Words()}
		switch due, refused := refusedUntil(known, t, span); {
		case refused && now.Before(due), now.Before(c.noTable[t]):
			b.standing[i] = tag.BadConfigurationError
			b.wake(now, due)
			b.wake(now, c.noTable[t])
		case refused:
			b.standing[i] = tag.BadConfigurationError
			suspect.add(i, span)
		default:
			b.standing[i] = tag.NoData
			if b.last[i].Kind() != tag.None {
				b.standing[i] = tag.LastUsable
			}
			sound.add(i, span)
		}
	}
	for _, blk := range sound.blocks(c.limits(t, known, b.cost)) {
		b.requests = append(b.requests, request{table: t, Block: blk})
	}
	// What was refused is asked for again in requests of its own, joined as if
	// nothing were refused: a unit that was only being programmed has it all
	// back, and one request shows it.
	again := suspect.blocks(c.limits(t, nil, b.cost))
	if len(again) > mostSuspects {
		again = again[:mostSuspects]
		b.anew = now // the others in the next scan
	}
	for _, blk := range again {
		b.requests = append(b.requests, request{table: t, Block: blk, suspect: true})
	}
}

// mostSuspects is how many requests for refused points one scan may make.
const mostSuspects = 16

// picked is some items of a batch and the places they occupy.
type picked struct {
	items []int
	spans []plan.Span
}

func (p *picked) add(item int, s plan.Span) {
	p.items = append(p.items, item)
	p.spans = append(p.spans, s)
}

// blocks plans the picked items; the blocks' items are the batch's.
func (p *picked) blocks(lim plan.Limits) []plan.Block {
	out := plan.Blocks(p.spans, lim)
	for _, b := range out {
		for k, i := range b.Items {
			b.Items[k] = p.items[i]
		}
	}
	return out
}

// wake plans b again at t at the latest, if that is still to come.
func (b *batch) wake(now, t time.Time) {
	if t.After(now) && (b.anew.IsZero() || t.Before(b.anew)) {
		b.anew = t
	}
}

// limits of one table of the unit.
func (c *conn) limits(t reg.Table, known []refusedRange, cost plan.Cost) plan.Limits {
	lim := plan.Limits{Max: c.set.maxRead, Adjacent: c.set.adjacent, Cost: cost}
	if t.IsBits() {
		lim.Max = c.set.maxReadBits
		lim.Cost.Place /= 16
	}
	if n := c.learnt.longest(t.IsBits()); n > 0 {
		lim.Max = min(lim.Max, n)
	}
	for _, r := range c.set.never {
		if r.Table == t {
			lim.Holes = append(lim.Holes, plan.Hole{From: int(r.From), To: int(r.To)})
		}
	}
	for _, r := range known {
		if r.Table == t {
			lim.Holes = append(lim.Holes, plan.Hole{From: int(r.From), To: int(r.To)})
		}
	}
	return lim
}

// spans of some items, for the planner.
func (b *batch) spans() []plan.Span {
	out := make([]plan.Span, len(b.items))
	for i, it := range b.items {
		out[i] = plan.Span{At: int(it.Offset), Len: it.Words()}
	}
	return out
}

// deliver takes a reply apart.
func (b *batch) deliver(req request, data []byte, source int64, vals []tag.Value) {
	for _, i := range req.Items {
		it := &b.items[i]
		at := int(it.Offset) - req.At
		v := tag.Value{Source: source}
		if req.table.IsBits() {
			v.Value, v.Quality = tag.Bool(data[at/8]>>(at%8)&1 == 1), tag.Good
		} else {
			v.Value, v.Quality = it.Decode(data[2*at : 2*(at+it.Words())])
		}
		vals[i] = v
		b.last[i] = v.Value
	}
}
