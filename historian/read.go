package historian

import (
	"context"
	"errors"
	"fmt"
	"math"

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
		if b.Q != nil || b.Marks != nil || b.Mark.Kind() != tag.KindFloat {
			for i := range b.At {
				if !yield(b.Value(i)) {
					return errStop
				}
			}
			return nil
		}
		v := tag.Value{Quality: tag.Good, Flags: b.Mark.Flags()}
		for i, at := range b.At { // good floats, the most there is
			v.Source, v.Received, v.Value = at, at, tag.Float(math.Float64frombits(b.Bits[i]))
			if !yield(v) {
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
