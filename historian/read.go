package historian

import (
	"context"
	"errors"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// day is a UTC day in ns.
const day = int64(24 * 60 * 60 * 1e9)

var errStop = errors.New("stop")

// Raw calls yield with every stored sample of a tag in [from, to), in the
// order of their times, each time once (a later sample for the same time
// corrected the earlier), until yield returns false. A tag that was never
// stored has none. Where stored samples turn out damaged, a sample of quality
// BadDataLost stands in their place, and Stats names the damage.
func (s *Store) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	num, ok := s.names.of(id)
	if !ok {
		return nil
	}
	err := s.scan(ctx, num, from, to, func(b *block.Series) error {
		for i := range b.At {
			if !yield(b.Value(i)) {
				return errStop
			}
		}
		return nil
	})
	if err != nil && err != errStop {
		return fmt.Errorf("read %s: %w", id, err)
	}
	return nil
}

// scan streams the samples of a tag in [from, to), ordered, in stretches that
// are valid during the call.
func (s *Store) scan(ctx context.Context, num uint32, from, to int64, yield func(*block.Series) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var out block.Series
	s.mu.RLock()
	s.live.Append(&out, num, from, to)
	s.mu.RUnlock()
	if out.Len() == 0 {
		return nil
	}
	out.Order()
	return yield(&out)
}

// At returns what each tag showed at the instant t: its newest sample at or
// before t, with the time of that sample, or the zero Value when there is
// none. Values are in the order of ids.
func (s *Store) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	out := make([]tag.Value, len(ids))
	for i, id := range ids {
		num, ok := s.names.of(id)
		if !ok {
			continue
		}
		p, ok, err := s.before(ctx, num, t)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		if ok {
			out[i] = p.Value()
		}
	}
	return out, nil
}

// before finds the newest sample of a tag at or before t.
func (s *Store) before(ctx context.Context, num uint32, t int64) (block.Point, bool, error) {
	if err := ctx.Err(); err != nil {
		return block.Point{}, false, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.live.Before(num, t)
	return p, ok, nil
}
