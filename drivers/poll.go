package drivers

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"penstock/app/tag"
)

// class is a scan class of a polled device: the points of one period.
type class struct {
	period time.Duration
	index  []int // of the link's points
	points []Point
	due    time.Time
	last   time.Time // start of the last poll
	took   [8]time.Duration
	polls  int
}

// firstReadLimit is the deadline of a class's first read: nothing is known of
// how long it takes, and its points are bad until it is done anyway.
const firstReadLimit = 30 * time.Second

func classesOf(points []Tagged, now time.Time) (out []*class) {
	by := map[time.Duration]*class{}
	for i := range points {
		p := points[i].Period
		if p <= 0 {
			p = defaultPeriod
		}
		c := by[p]
		if c == nil {
			c = &class{period: p, due: now}
			by[p] = c
			out = append(out, c)
		}
		c.index = append(c.index, i)
		c.points = append(c.points, points[i].Point)
	}
	slices.SortFunc(out, func(a, b *class) int { return int(a.period - b.period) })
	return out
}

// nextDue returns the class that is due, or in how long one will be: first one
// that this connection has not read yet, then the one that is late by most of
// its periods.
func nextDue(classes []*class, now time.Time) (due *class, in time.Duration) {
	in = time.Hour
	worst := -1.0
	for _, c := range classes {
		late := now.Sub(c.due)
		if late < 0 {
			in = min(in, -late)
			continue
		}
		r := float64(late) / float64(c.period)
		if c.polls == 0 {
			r = math.Inf(1)
		}
		if r > worst {
			due, worst = c, r
		}
	}
	return due, in
}

// idle is how long the class's next read may go on without a sign that the
// driver gets on: three times the longest of its last, so that a line that goes
// dead shows soon and a slow one works. A driver that traces its replies shows
// that it gets on, and may take as long as they take, up to firstReadLimit.
func (c *class) idle(atLeast time.Duration) time.Duration {
	if c.polls == 0 {
		return max(firstReadLimit, atLeast)
	}
	return max(3*slices.Max(c.took[:]), atLeast)
}

// poll reads a class once. Polls are never queued: one that cannot be done in
// its period is left out and counted.
func (s *session) poll(c *class, now time.Time) error {
	l := s.link
	missed := int(now.Sub(c.due) / c.period)
	if c.polls == 0 {
		missed = 0
	}
	c.due = c.due.Add(time.Duration(missed+1) * c.period)
	vals := make([]tag.Value, len(c.points))
	ctx, cancel := context.WithTimeout(s.ctx, max(firstReadLimit, c.idle(l.requestLimit())))
	defer cancel()
	err := s.callWhileItGetsOn(ctx, fmt.Sprintf("read %d points of %v", len(c.points), c.period), c.idle(l.requestLimit()), func(ctx context.Context) error {
		return s.conn.Read(ctx, c.points, vals)
	})
	took := time.Since(now)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	c.took[c.polls%len(c.took)] = took
	c.polls++
	s.cameUp()
	s.data.Store(true)
	s.keep(c, now, took, missed)
	s.pending = l.samples(now, c.index, vals)
	return nil
}

// keep notes how the class is kept, for the status.
func (s *session) keep(c *class, start time.Time, took time.Duration, missed int) {
	l := s.link
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.status.Cycles, func(y Cycle) bool { return y.Period == c.period })
	if i < 0 {
		i = len(l.status.Cycles)
		l.status.Cycles = append(l.status.Cycles, Cycle{Period: c.period, Points: len(c.index)})
	}
	y := &l.status.Cycles[i]
	if !c.last.IsZero() {
		y.Actual = start.Sub(c.last)
		y.Worst = max(y.Worst, y.Actual)
	}
	c.last = start
	y.Took = took
	y.Missed += uint64(missed)
	l.status.Overloaded = slices.ContainsFunc(l.status.Cycles, func(y Cycle) bool {
		return y.Took > y.Period || y.Actual > y.Period*3/2 && y.Actual > y.Period+200*time.Millisecond
	})
}

// samples makes a batch of values that were asked for at start and are here
// now, and counts them.
func (l *Link) samples(start time.Time, idx []int, vals []tag.Value) []tag.Sample {
	end := time.Now()
	from, now := start.UnixNano(), end.UnixNano()
	skew := int64(l.dev.MaxSkew)
	if skew <= 0 {
		skew = int64(DefaultMaxSkew)
	}
	batch := make([]tag.Sample, len(idx))
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.status.Counters
	newest := int64(0)
	for n, i := range idx {
		v := vals[n]
		v.Received = now
		if v.Source != 0 {
			newest = max(newest, v.Source)
			l.believe(i, &v, from-skew, now+skew)
		}
		if bad := !v.Quality.Usable(); bad != l.bad[i] {
			l.bad[i] = bad
			if bad {
				l.status.BadPoints++
			} else {
				l.status.BadPoints--
			}
		}
		if l.bad[i] {
			c.Bad++
		}
		batch[n] = tag.Sample{ID: l.points[i].ID, Value: v}
	}
	c.Samples += uint64(len(batch))
	l.status.LastData = end
	if newest != 0 {
		l.watchClock(end, newest-now)
	}
	return batch
}

// believe judges the source time of a reading of point i; it should be within
// oldest and latest. One that is older, but the first since the link is up or
// the same as before, is that of a reading that has not changed for so long: it
// is confirmed now, and so counts from its receipt. Any other time outside is
// by a clock that is wrong.
func (l *Link) believe(i int, v *tag.Value, oldest, latest int64) {
	p := &l.times[i]
	first, same := p.first == 0, v.Source == p.newest
	if first {
		p.first = v.Source
	}
	switch {
	case v.Source >= oldest && v.Source <= latest:
		l.clock, p.wrong = true, false
	case v.Source < oldest && (first || same && !p.wrong):
		p.newest = max(p.newest, v.Source)
		if first {
			p.first++ // what it says of that time is left to backfill
		}
		v.Source = 0
		return
	default:
		p.wrong = true
		v.Flags |= tag.Skewed
		l.status.Counters.Skewed++
	}
	if v.Source <= latest {
		p.newest = max(p.newest, v.Source)
	}
}

// times is what is known of a point's source times, ns.
type times struct {
	newest int64
	first  int64 // of this connection
	wrong  bool  // the newest is by a clock that is wrong
}

// watchClock estimates how far the source's clock is from ours: the largest
// difference of the last one to two minutes, since values only get older on
// their way.
func (l *Link) watchClock(now time.Time, offset int64) {
	if now.Sub(l.window) > time.Minute {
		l.offset[1], l.offset[0], l.window = l.offset[0], offset, now
		if l.offset[1] == 0 {
			l.offset[1] = offset
		}
	}
	l.offset[0] = max(l.offset[0], offset)
	l.status.ClockOffset = time.Duration(max(l.offset[0], l.offset[1]))
}

// deliver hands values on at once; for the session's goroutine.
func (l *Link) deliver(s *session, start time.Time, idx []int, vals []tag.Value) {
	batch := l.samples(start, idx, vals)
	if s.pending != nil {
		s.pending = append(s.pending, batch...)
		return
	}
	s.pending = batch
}
