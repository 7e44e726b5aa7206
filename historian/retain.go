package historian

import (
	"fmt"
	"time"
)

// Keep says how long samples and the rolls of minutes are kept; the rolls of
// hours are kept for good. Zero is for good. What is older goes by whole
// months, as files.
type Keep struct {
	Raw     time.Duration
	Minutes time.Duration
}

// SetKeep changes the retention; it takes effect at the next clean-up.
func (s *Store) SetKeep(k Keep) {
	s.work.Lock()
	defer s.work.Unlock()
	s.keepFor = k
	s.refuseOlder()
}

// refuseOlder makes Append refuse what retention would remove at once (rolls
// of days whose samples are gone must not be made anew of a few late ones),
// and Buckets use rolls for what is older.
func (s *Store) refuseOlder() {
	s.oldest.Store(s.keptFrom(s.keepFor.Raw))
	s.oldestMinute.Store(s.keptFrom(s.keepFor.Minutes))
}

// keptFrom is the first instant that a retention keeps: a month's first.
func (s *Store) keptFrom(keep time.Duration) int64 {
	if keep <= 0 {
		return minTime
	}
	return firstDay(monthOf(dayOf(s.o.Now().Add(-keep).UnixNano()))) * day
}

// Retain removes the files whose retention has ended. The store does so by
// itself.
func (s *Store) Retain() error {
	s.work.Lock()
	defer s.work.Unlock()
	s.refuseOlder()
	for kind, keep := range map[string]time.Duration{"raw": s.keepFor.Raw, "day": s.keepFor.Raw, "minute": s.keepFor.Minutes} {
		if keep <= 0 {
			continue
		}
		kept := dayOf(s.keptFrom(keep))
		for _, p := range s.shelf.list(kind) {
			if p.end() > kept {
				continue
			}
			if err := s.shelf.drop(p); err != nil {
				return fmt.Errorf("remove %s: %w", p.name(), err)
			}
		}
	}
	return nil
}
