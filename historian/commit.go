package historian

import (
	"context"
	"errors"
	"fmt"
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
		came := s.queue.take()
		points, left := s.classes.keep(came)
		if stopping {
			points = append(points, s.classes.flush()...)
		}
		for len(points) > 0 {
			n := min(len(points), maxCommit)
			if !s.commitUntilDone(points[:n]) {
				s.queue.abandon(points, s.names)
				break
			}
			points = points[n:]
		}
		s.queue.done(len(came), left)
		if stopping {
			return
		}
	}
}

// linger waits for more samples, so that many small batches share one commit.
func (s *Store) linger() {
	var over <-chan time.Time
	for {
		s.queue.mu.Lock()
		hurry := s.queue.hurry || len(s.queue.points) >= maxCommit
		s.queue.mu.Unlock()
		if hurry {
			return
		}
		if over == nil {
			over = time.After(s.o.Linger)
		}
		select {
		case <-over:
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
		err := s.commit(points, nil)
		switch {
		case err == nil:
			s.queue.worked()
			return true
		case errors.Is(err, errLogFull):
			s.callUpkeep()
			select {
			case <-s.room:
				continue
			case <-s.stop: // the upkeep may have gone
				if s.Seal(context.Background()) != nil {
					return false
				}
				continue
			case <-time.After(wait):
			}
			if why := s.trouble.first(); why != nil {
				s.queue.failed(fmt.Errorf("%w: %w", err, why))
			}
			wait = min(2*wait, lastRetry)
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

// commit makes points, and the correction that made them if any, durable and
// then visible to readers.
func (s *Store) commit(points []block.Point, correction []byte) error {
	s.committing.Lock()
	defer s.committing.Unlock()
	start := time.Now()
	first, ids := s.names.unsaved()
	if err := s.hot.commit(points, first, ids, correction); err != nil {
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
	s.commits.add(time.Since(start))
	if full || s.hot.filling() {
		s.callUpkeep()
	}
	return nil
}
