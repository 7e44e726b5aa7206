package historian

import (
	"context"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Interpolate returns what a tag was at each of the given times: on the
// straight line between the usable samples around it where both are numbers,
// and else what was shown (see At). A line that ends in the unknown, after the
// last sample, holds its value with quality Uncertain.
func (s *Store) Interpolate(ctx context.Context, id tag.ID, times []int64) ([]tag.Value, error) {
	out := make([]tag.Value, len(times))
	num, ok := s.names.of(id)
	if !ok {
		return out, nil
	}
	for i, t := range times {
		p, ok, err := s.before(ctx, num, t)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		if !ok {
			continue
		}
		out[i] = p.Value()
		a, isNumber := out[i].Number()
		if p.At == t || !isNumber || p.Mark.Kind() != tag.KindFloat {
			continue
		}
		next, found, err := s.after(ctx, num, t)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		v := &out[i]
		v.Source, v.Received = t, t
		if !found {
			v.Quality = tag.Worst(v.Quality, tag.Uncertain)
			continue
		}
		if b, isNumber := next.Value().Number(); isNumber {
			v.Value = tag.Float(a + (b-a)*float64(t-p.At)/float64(next.At-p.At))
			v.Quality = tag.Worst(p.Q, next.Q)
		}
	}
	return out, nil
}

// after finds the first sample of a tag after t.
func (s *Store) after(ctx context.Context, num uint32, t int64) (p block.Point, ok bool, err error) {
	err = s.scan(ctx, num, t+1, maxTime, func(b *block.Series) error {
		p, ok = b.Point(num, 0), true
		return errStop
	})
	if err == errStop {
		err = nil
	}
	return p, ok, err
}
