package historian

import (
	"context"
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
		s.trouble.set("compact", s.Compact(ctx, s.o.Now().Add(-s.o.Quiet)))
	}
}
