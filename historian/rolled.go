package historian

import (
	"context"
	"math"
	"time"

	"penstock/historian/internal/block"
)

// shown is what was shown when an interval began.
type shown struct {
	value float64
	ok    bool // a usable number was
}

// rolledAggregate is the Aggregate of an interval whose samples are past their
// retention. was is what was shown before it, and is brought on to its end.
func (s *Store) rolledAggregate(ctx context.Context, num uint32, from, to int64, was *shown) (Aggregate, error) {
	nan := math.NaN()
	a := Aggregate{From: from, To: to, Min: nan, Max: nan, Mean: nan, StdDev: nan}
	unit := hour
	if from%hour != 0 || to%hour != 0 {
		unit = max(s.unit(num, from, to-from), minute)
	}
	from, to, _ = align(from, to, 1, unit)
	t := newTally(from, to, 1, s.newest())
	t.held, t.holding = was.value, was.ok
	if err := s.scanRolls(ctx, num, from, to, unit, t); err != nil {
		return a, err
	}
	if t.close(); len(t.out) == 0 {
		t.openAt(from) // nothing but what was shown before
		t.close()
	}
	b := &t.out[0]
	a.Count, a.Bad, a.Good, a.Usable = b.Count, b.Bad, b.Good, time.Duration(t.usable)
	a.Min, a.Max, a.MinAt, a.MaxAt, a.Mean, a.Integral = b.Min, b.Max, b.MinAt, b.MaxAt, b.Mean, t.integral/1e9
	if t.usable > 0 {
		a.Mean = t.integral / float64(t.usable)
	}
	if was.ok && t.usable > 0 && (b.Count == 0 || b.FirstAt > from) {
		if !(a.Min <= was.value) {
			a.Min, a.MinAt = was.value, from
		}
		if !(a.Max >= was.value) {
			a.Max, a.MaxAt = was.value, from
		}
	}
	was.value, was.ok = t.held, t.holding
	p, err := s.spreadOf(ctx, num, from, to)
	if err != nil {
		return a, err
	}
	if a.Sum = p.mean * p.n; p.n > 1 {
		a.StdDev = math.Sqrt(p.squares / p.n)
	}
	return a, nil
}

// shownBefore finds in the rolls what a tag showed before t, which is on a
// whole minute, for a time whose samples are gone.
func (s *Store) shownBefore(ctx context.Context, num uint32, t int64) (was shown, err error) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	r.begin(s)
	// last takes the newest roll of a row that is over at t.
	last := func(p period, key int64, table block.Table, width int64) (bool, error) {
		rolls, err := r.readRolls(ctx, p, key, table, width)
		if err != nil || rolls == nil {
			return false, err
		}
		k := rolls.Search(t - width + 1)
		if k == 0 {
			return false, nil
		}
		roll := rolls.At(k - 1)
		was = shown{roll.Last, !roll.BadEnd}
		return true, nil
	}
	if d := dayOf(t - 1); t%hour != 0 {
		if found, err := last(minutePeriod(d), minuteKey(d, num), block.Minutes, minute); found || err != nil {
			return was, err
		}
	}
	years := s.shelf.list("hour")
	for i := len(years) - 1; i >= 0; i-- {
		for m := years[i].n*12 + 11; m >= years[i].n*12; m-- {
			if firstDay(m)*day >= t {
				continue
			}
			if found, err := last(years[i], hourKey(m, num), block.Hours, hour); found || err != nil {
				return was, err
			}
		}
	}
	return was, nil
}

// A spread is how many samples there are, their mean, and the sum of the
// squares of their distances from it: NaN where that is not known. It adds up
// rolls and samples.
type spread struct{ n, mean, squares float64 }

// merge adds other samples, by Chan, Golub and LeVeque.
func (p *spread) merge(n, mean, squares float64) {
	if n == 0 {
		return
	}
	d, all := mean-p.mean, p.n+n
	p.mean += d * n / all
	p.squares += squares + d*d*p.n*n/all
	p.n = all
}

func (p *spread) add(b *block.Series) {
	for i := range b.At {
		if f, ok := number(b.MarkAt(i).Kind(), b.Bits[i]); ok && b.Quality(i).Usable() {
			p.merge(1, f, 0)
		}
	}
}

// addRolls adds rolls of hours by the spread that they know, and those of
// minutes, which do not know one, as if every sample were their mean.
func (p *spread) addRolls(rolls *block.Rolls, from, to, width int64) {
	for i := rolls.Search(from); i < rolls.Len() && rolls.Start(i) < to; i++ {
		switch r := rolls.At(i); {
		case r.Count == 0:
		case width == minute:
			p.merge(float64(r.Count), r.Mean, 0)
		default:
			p.merge(float64(r.Count), r.SampleMean, float64(r.Count)*r.StdDev*r.StdDev)
		}
	}
}

// spreadOf is the spread of the samples in [from, to), which lies on whole
// minutes, by rolls. That of whole hours is what the hours know. Of a part of
// hours the spread of the minutes' means is known, and that within the minutes
// is taken to be what it is in all of those hours; so is the difference
// between the samples' mean and the time-weighted.
func (s *Store) spreadOf(ctx context.Context, num uint32, from, to int64) (spread, error) {
	lo, hi, _ := align(from, to, 1, hour)
	var hours, minutes, part spread
	if err := s.scanRolls(ctx, num, lo, hi, hour, &hours); err != nil || lo == from && hi == to {
		return hours, err
	}
	if err := s.scanRolls(ctx, num, lo, hi, minute, &minutes); err != nil {
		return part, err
	}
	if err := s.scanRolls(ctx, num, from, to, minute, &part); err != nil || part.n == 0 {
		return part, err
	}
	part.mean += hours.mean - minutes.mean
	part.squares += max(hours.squares-minutes.squares, 0) / minutes.n * part.n
	return part, nil
}
