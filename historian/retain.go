package historian

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Keep says how long samples and the rolls of minutes are kept; the rolls of
// hours are kept for good. Zero is for good. What is older goes by whole
// months: as files, or, of tags kept for a shorter time than others, out of
// them.
type Keep struct {
	Raw     time.Duration
	Minutes time.Duration
}

// retention is what was asked to be kept, and since when that makes it.
type retention struct {
	mu  sync.Mutex // guards what was asked
	all Keep
	by  map[uint32]ownDays // tags with a time of their own

	since atomic.Pointer[keptSince]
}

// ownDays is a tag's own retention; 0: that of all.
type ownDays struct{ raw, minutes int }

// keptSince is the first instants that are kept. One that was published is
// never changed, and another is published only when it differs.
type keptSince struct {
	all tiers
	by  map[uint32]tiers
}

// tiers are the first instants kept of samples and of minutes' rolls.
type tiers struct{ raw, minutes int64 }

func (k *keptSince) of(num uint32) tiers {
	if len(k.by) > 0 {
		if t, ok := k.by[num]; ok {
			return t
		}
	}
	return k.all
}

// longest is the first instant at which anything is kept of any tag.
func (k *keptSince) longest(tier func(tiers) int64) int64 {
	at := tier(k.all)
	for _, t := range k.by {
		at = min(at, tier(t))
	}
	return at
}

func (t tiers) rawSince() int64     { return t.raw }
func (t tiers) minutesSince() int64 { return t.minutes }

// SetKeep changes the retention of tags that have none of their own (see
// Configure); it takes effect at the next clean-up.
func (s *Store) SetKeep(k Keep) {
	s.keeping.mu.Lock()
	s.keeping.all = k
	s.keeping.mu.Unlock()
	s.refuseOlder()
}

// set gives a tag a retention of its own; a tier of 0 days is that of all.
func (r *retention) set(num uint32, rawDays, minuteDays int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rawDays == 0 && minuteDays == 0 {
		delete(r.by, num)
		return
	}
	r.by[num] = ownDays{rawDays, minuteDays}
}

// refuseOlder makes Append refuse what retention would remove at once (rolls
// of days whose samples are gone must not be made anew of a few late ones),
// and Buckets use rolls for what is older.
func (s *Store) refuseOlder() {
	k := &s.keeping
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.o.Now()
	since := func(k Keep) tiers { return tiers{keptFrom(now, k.Raw), keptFrom(now, k.Minutes)} }
	next := &keptSince{all: since(k.all), by: make(map[uint32]tiers, len(k.by))}
	for num, own := range k.by {
		const day = 24 * time.Hour
		keep := k.all
		if own.raw > 0 {
			keep.Raw = time.Duration(own.raw) * day
		}
		if own.minutes > 0 {
			keep.Minutes = time.Duration(own.minutes) * day
		}
		next.by[num] = since(keep)
	}
	if was := k.since.Load(); was == nil || was.all != next.all || !maps.Equal(was.by, next.by) {
		k.since.Store(next)
	}
}

// keptFrom is the first instant that a retention keeps: a month's first.
func keptFrom(now time.Time, keep time.Duration) int64 {
	if keep <= 0 {
		return minTime
	}
	return max(minTime, firstDay(monthOf(dayOf(now.Add(-keep).UnixNano())))*day)
}

// oldest is the first instants kept of a tag.
func (s *Store) oldest(num uint32) tiers { return s.keeping.since.Load().of(num) }

// Retain removes the files whose retention has ended for every tag, and out of
// the others the tags for which it has. The store does so by itself.
func (s *Store) Retain(ctx context.Context) error {
	s.work.Lock()
	defer s.work.Unlock()
	s.refuseOlder()
	k := s.keeping.since.Load()
	for kind, tier := range map[string]func(tiers) int64{"raw": tiers.rawSince, "day": tiers.rawSince, "minute": tiers.minutesSince} {
		kept := dayOf(k.longest(tier))
		for _, p := range s.shelf.list(kind) {
			if p.end() <= kept {
				if err := s.shelf.drop(p); err != nil {
					return fmt.Errorf("remove %s: %w", p.name(), err)
				}
				continue
			}
			if kind == "day" || len(k.by) == 0 || s.thinned == k {
				continue // a day is thinned when it is in its month
			}
			if err := s.thin(ctx, p, func(num uint32) bool { return dayOf(tier(k.of(num))) >= p.end() }); err != nil {
				return fmt.Errorf("remove tags from %s: %w", p.name(), err)
			}
		}
	}
	s.thinned = k
	return nil
}
