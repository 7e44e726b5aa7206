package historian

import (
	"errors"
	"time"

	"penstock/historian/internal/block"
)

// maxCommit is the most samples in one log row; its body stays under 128 KiB.
const maxCommit = 10_000

// Waits between attempts to write when the disk refuses.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// write is the goroutine that commits what waits in the queue.
func (s *Store) write() {
	defer s.done.Done()
	for {
		stopping := false
		select {
		case <-s.queue.wake:
			s.linger()
		case <-s.stop:
			stopping = true
		}
		points := s.queue.take()
		for len(points) > 0 {
			n := min(len(points), maxCommit)
			if !s.commitUntilDone(points[:n]) {
				s.queue.abandon(points, s.names)
				break
			}
			points = points[n:]
		}
		if stopping {
			return
		}
	}
}

// linger waits for more samples, so that many small batches share one commit.
func (s *Store) linger() {
	t := time.NewTimer(s.o.Linger)
	defer t.Stop()
	for {
		s.queue.mu.Lock()
		hurry := s.queue.hurry || len(s.queue.points) >= maxCommit
		s.queue.mu.Unlock()
		if hurry {
			return
		}
		select {
		case <-t.C:
			return
		case <-s.stop:
			return
		case <-s.queue.wake:
		}
	}
}

// commitUntilDone commits points, trying again while the disk refuses. It
// gives up when the store is closing and the disk still refuses.
func (s *Store) commitUntilDone(points []block.Point) bool {
	for wait := firstRetry; ; {
		err := s.commit(points)
		switch {
		case err == nil:
			s.queue.done(len(points), 0)
			return true
		case errors.Is(err, errLogFull):
			s.callUpkeep()
			select {
			case <-s.room:
			case <-s.stop:
				return false
			}
			continue
		}
		s.queue.failed(err)
		select {
		case <-s.stop:
			return false
		case <-time.After(wait):
		}
		wait = min(2*wait, lastRetry)
	}
}

// roomMade tells the committing goroutine that a seal has freed the log.
func (s *Store) roomMade() {
	select {
	case s.room <- struct{}{}:
	default:
	}
}

// commit makes points durable and then visible to readers.
func (s *Store) commit(points []block.Point) error {
	start := time.Now()
	first, ids := s.names.unsaved()
	if err := s.hot.commit(points, first, ids); err != nil {
		return err
	}
	s.names.markSaved(int(first) + len(ids))
	s.mu.Lock()
	s.live.Add(points)
	s.note(points)
	s.stored += uint64(len(points))
	s.applied++
	full := s.live.Len() >= s.o.SealAfter
	s.mu.Unlock()
	if full || s.hot.filling() {
		s.callUpkeep()
	}
	s.commits.add(time.Since(start))
	return nil
}
