package historian

import (
	"context"
	"fmt"
	"time"
)

// lookEvery is how often the upkeep looks whether there is something to do.
const lookEvery = 5 * time.Second

// callUpkeep wakes the upkeep at once.
func (s *Store) callUpkeep() {
	select {
	case s.calls <- struct{}{}:
	default:
	}
}

// upkeep is the goroutine that seals, compacts and removes what is past its
// retention.
func (s *Store) upkeep() {
	defer s.done.Done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	sealed := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case <-s.calls:
		case <-tick.C:
		}
		s.mu.RLock()
		waiting := s.live.Len()
		failed := s.frozen != nil
		s.mu.RUnlock()
		due := waiting >= s.o.SealAfter || s.hot.filling() || waiting > 0 && time.Since(sealed) >= s.o.SealEvery
		if due || failed {
			err := s.Seal(ctx)
			s.trouble.set("seal", err)
			if err == nil {
				sealed = time.Now()
			}
		}
		s.trouble.set("compact", s.compactDue(ctx))
		s.trouble.set("retain", s.Retain(ctx))
		s.look()
	}
}

// compactAgain is how long after a compaction of a day late samples wait for
// the next.
const compactAgain = time.Hour

// compactDue compacts the days that have ended, one an hour at most; none while
// the disk is full, because a day is there twice until it is compacted.
func (s *Store) compactDue(ctx context.Context) error {
	if s.full.Load() {
		return nil
	}
	now := s.o.Now()
	s.work.Lock()
	defer s.work.Unlock()
	for _, p := range s.shelf.list("day") {
		if (p.n+1)*day > now.Add(-s.o.Quiet).UnixNano() || now.Sub(s.compacted[p.n]).Abs() < compactAgain {
			continue
		}
		if err := s.compactDay(ctx, p); err != nil {
			return fmt.Errorf("compact %s: %w", p.name(), err)
		}
		s.compacted[p.n] = now
	}
	return nil
}
