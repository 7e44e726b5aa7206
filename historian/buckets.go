package historian

import (
	"context"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Buckets returns what a trend draws of a tag in [from, to): at most n buckets
// of equal width (to within 1 ns), in the order of time. A bucket without any
// sample is left out: unless the bucket before it has BadEnd, its last value
// was held. Text counts as samples without a number.
func (s *Store) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]Bucket, error) {
	if n < 1 || from >= to {
		return nil, nil
	}
	num, ok := s.names.of(id)
	if !ok {
		return nil, nil
	}
	t := newTally(from, to, n, s.newest())
	if p, ok, err := s.before(ctx, num, from-1); err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	} else if ok {
		t.before(&p)
	}
	err := s.scan(ctx, num, from, to, func(b *block.Series) error {
		t.add(b)
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	t.close()
	return t.out, nil
}

// newest is the largest time the store knows of; values are held until then.
func (s *Store) newest() int64 {
	s.queue.mu.Lock()
	n := s.queue.newest
	s.queue.mu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return max(n, s.horizon)
}
