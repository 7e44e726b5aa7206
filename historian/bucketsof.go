package historian

import (
	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// A Past is one tag's samples somewhere else.
type Past interface {
	// Before returns the newest sample at or before t; ok is false when there
	// is none.
	Before(t int64) (v tag.Value, ok bool, err error)
	// Samples calls yield with the samples in [from, to), in the order of
	// their times, until yield returns false.
	Samples(from, to int64, yield func(tag.Value) bool) error
}

// BucketsOf makes of samples from elsewhere what Store.Buckets makes of its
// own, on the same borders, all of it exact. A value is held until the next
// sample, or until horizon.
func BucketsOf(p Past, from, to int64, n int, horizon int64) ([]Bucket, error) {
	from, to = max(from, minTime), min(to, maxTime)
	if n < 1 || from >= to {
		return nil, nil
	}
	newest, ok, err := p.Before(maxTime)
	if !ok || err != nil {
		return nil, err
	}
	if newest.Value.Kind() != tag.KindText {
		switch width := (to - from) / int64(n); {
		case width >= 2*hour:
			from, to, n = align(from, to, n, hour)
		case width >= 2*minute:
			from, to, n = align(from, to, n, minute)
		}
	}
	t := newTally(from, to, n, horizon)
	before, ok, err := p.Before(from - 1)
	if err != nil {
		return nil, err
	}
	if ok {
		p := pointOf(0, before)
		t.before(&p)
	}
	var one block.Series
	err = p.Samples(from, to, func(v tag.Value) bool {
		one.Reset()
		p := pointOf(0, v)
		one.Add(&p)
		t.add(&one)
		return true
	})
	if err != nil {
		return nil, err
	}
	t.close()
	return t.out, nil
}
