package drivers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"penstock/app/tag"
)

// backfill is the gap an outage left, repaired a point at a time from the
// device's own history while the line has nothing better to do.
type backfill struct {
	from []int64 // by point, ns; 0: nothing to repair
	next int
	span time.Duration // asked for at once
}

// A point that changes ten times a second has a million values in a day, too
// many for one answer: they are asked for piece by piece. The pieces are as
// long as makes them a good size.
const (
	firstSpan = 6 * time.Hour
	leastSpan = time.Minute
	mostSpan  = 30 * 24 * time.Hour
	fewValues = 5_000 // of a piece: the next may be longer
	manyOfOne = 50_000
)

// sized sets how long the next piece is, after one that had n values.
func (b *backfill) sized(n int) {
	switch {
	case n > manyOfOne:
		b.span = max(b.span/4, leastSpan)
	case n < fewValues:
		b.span = min(b.span*2, mostSpan)
	}
}

func (b *backfill) more() bool { return b != nil && b.next < len(b.from) }

// gap notes what is missing when a connection begins.
func (l *Link) gap() *backfill {
	if l.opts.Backfill < 0 {
		return nil
	}
	far := l.opts.Backfill
	if far == 0 {
		far = DefaultBackfill
	}
	now := time.Now()
	b := &backfill{from: make([]int64, len(l.points)), span: firstSpan}
	oldest := now.Add(-far).UnixNano()
	l.mu.Lock()
	for i := range l.times {
		b.from[i] = l.times[i].newest
	}
	l.mu.Unlock()
	any := false
	for i := range b.from {
		if b.from[i] == 0 && l.opts.LastSource != nil {
			b.from[i] = l.opts.LastSource(l.points[i].ID)
		}
		if b.from[i] == 0 && l.dev.Past > 0 {
			b.from[i] = now.Add(-l.dev.Past).UnixNano()
			any = true
			continue
		}
		if b.from[i] != 0 {
			b.from[i] = max(b.from[i]+1, oldest) // what has been received is not asked for again
			any = true
		}
	}
	if !any {
		return nil
	}
	return b
}

// clockBelieved reports whether the device's times can be used: one of them
// was within the allowed difference of ours. A history by a clock that is hours
// off would be put into the wrong hours.
func (l *Link) clockBelieved() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clock
}

// repairAfter is how long after a connection began gaps are repaired: by then
// the first values of a subscription have come, and say where the gap ends.
// Earlier, the value that stands would be read from the history too.
const repairAfter = 2 * time.Second

// firstValue is how long after a connection began the repair of a point waits
// for its first value, looking again each repairAgain. A server that is busy after
// its start sends it late, and with it what would have been read as history.
const (
	firstValue  = 15 * time.Second
	repairAgain = 250 * time.Millisecond
)

// repairLimit is the deadline for the history of one point.
const repairLimit = 20 * time.Second

// repair reads a piece of the history of one point and hands it on as
// Backfilled.
func (s *session) repair() {
	b, l := s.backfill, s.link
	i := b.next
	l.mu.Lock()
	to := l.times[i].first // from there on it has come by itself
	l.mu.Unlock()
	if b.from[i] == 0 {
		b.next++
		return
	}
	if to == 0 && time.Since(s.began) < firstValue {
		s.repairAt = time.Now().Add(repairAgain)
		return
	}
	if now := time.Now().UnixNano(); to == 0 || to > now {
		to = now
	}
	if b.from[i] >= to {
		b.next++
		return
	}
	from := b.from[i]
	if end := from + int64(b.span); end < to {
		b.from[i], to = end, end // the rest of it is next
	} else {
		b.next++
	}
	p := l.points[i]
	var vals []tag.Value
	ctx, cancel := context.WithTimeout(s.ctx, repairLimit)
	defer cancel()
	err := s.call(ctx, "read history of "+p.Address, func(ctx context.Context) (err error) {
		vals, err = s.history.ReadHistory(ctx, p.Point, from, to)
		return err
	})
	if err != nil {
		if !errors.Is(err, ErrRefused) {
			s.backfill = nil
		} else if b.next == i {
			b.next++ // it is of this point alone, and all of it
		}
		return
	}
	b.sized(len(vals))
	now := time.Now().UnixNano()
	batch := make([]tag.Sample, 0, len(vals))
	for _, v := range vals {
		if v.Source < from || v.Source >= to {
			continue
		}
		v.Received = now
		v.Flags |= tag.Backfilled
		batch = append(batch, tag.Sample{ID: p.ID, Value: v})
	}
	if len(batch) == 0 {
		return
	}
	l.recorder.Add(fmt.Sprintf("repaired %s with %d values", p.ID, len(batch)))
	l.count(func(c *Counters) { c.Backfilled += uint64(len(batch)) })
	select {
	case l.out <- batch:
	case <-s.ctx.Done():
	}
}
