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

// Lacks reports whether Buckets of a tag and range would be coarser than was
// asked for, or begin later, because local history has ended.
func (s *Store) Lacks(id tag.ID, from, to int64, n int) bool {
	if n < 1 || from >= to {
		return false
	}
	width := (to - from) / int64(n)
	if kept := s.unit(s.numOf(id), from, width); kept > minute && width < 2*hour || kept > 0 && width < 2*minute {
		return true
	}
	return max(from, minTime) < s.begins("day", "raw", "minute", "hour")
}

// SamplesFrom is the time from which the store may have samples of a tag.
func (s *Store) SamplesFrom(id tag.ID) int64 {
	return max(s.oldest(s.numOf(id)).raw, s.begins("day", "raw"))
}

// numOf is the number of a tag, maxTags of one that was never stored.
func (s *Store) numOf(id tag.ID) uint32 {
	if num, ok := s.names.of(id); ok {
		return num
	}
	return maxTags
}

// begins is the first instant that files of some kinds, or memory, are of.
func (s *Store) begins(kinds ...string) int64 {
	first := int64(maxTime)
	for _, kind := range kinds {
		if list := s.shelf.list(kind); len(list) > 0 {
			first = min(first, list[0].begin()*day)
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.live.Len() > 0 {
		first = min(first, s.live.First)
	}
	if s.frozen != nil && s.frozen.Len() > 0 {
		first = min(first, s.frozen.First)
	}
	return first
}
