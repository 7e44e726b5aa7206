package historian

import (
	"context"
	"errors"
	"fmt"
	"time"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Aggregate is what a report says of one interval of a tag. A value counts
// from its sample until the next one of whatever quality, at most until the
// newest time the store knows; while the last sample was bad, or before the
// first, there is nothing to count. Of a text only Count, Bad, Good, Usable and
// States say something.
type Aggregate struct {
	From, To int64 // the interval is From <= t < To, ns since 1970 UTC

	Count int // usable samples in the interval
	Bad   int // the others

	Min, Max     float64 // of what was shown, a value held from before included; NaN: nothing usable
	MinAt, MaxAt int64   // when it was shown first
	Mean         float64 // time-weighted
	Integral     float64 // value times seconds
	Sum          float64 // of the usable samples in the interval; NaN where only rolls of files of format 1 are left
	StdDev       float64 // of the usable samples in the interval, of the population; NaN below two, or as Sum

	Usable time.Duration // how long a usable value was shown
	Good   float64       // Usable as a share of the interval that is over, 0 to 1

	States []StateTime // of whole numbers, switches and texts: how long each value was shown, longest first
}

// StateTime is how long a discrete tag showed one value, and how often it
// changed to it in the interval (from another value: being bad for a while and
// coming back the same is no change).
type StateTime struct {
	Value  tag.Scalar
	For    time.Duration
	Starts int
}

// maxStates is the most values a discrete tag is reported by; a counter has no
// states.
const maxStates = 256

// Aggregates returns one Aggregate for each interval between neighbouring
// bounds, which must rise: hours, shifts, or local days of 23 to 25 hours.
// Where samples are past their retention the rolls have to do: the bounds then
// count to the minute or hour, there are no States, and Sum and StdDev are
// true to what Mean is of Buckets over whole hours; over parts of an hour the
// spread within the minutes is taken to be that of the whole hour.
func (s *Store) Aggregates(ctx context.Context, id tag.ID, bounds []int64) ([]Aggregate, error) {
	for i := 1; i < len(bounds); i++ {
		if bounds[i] <= bounds[i-1] {
			return nil, errors.New("the bounds of intervals must rise")
		}
	}
	if len(bounds) < 2 {
		return nil, nil
	}
	num, ok := s.names.of(id)
	if !ok {
		return nil, nil
	}
	out, err := s.aggregates(ctx, num, bounds)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return out, nil
}

func (s *Store) aggregates(ctx context.Context, num uint32, bounds []int64) ([]Aggregate, error) {
	from, to := bounds[0], bounds[len(bounds)-1]
	p, ok, err := s.before(ctx, num, from-1)
	if err != nil {
		return nil, err
	}
	sum := &summer{bounds: bounds, horizon: s.newest()}
	sum.start(&p, ok)
	out := make([]Aggregate, 0, len(bounds)-1)
	// Intervals whose samples are gone are made of rolls, one by one.
	if oldest := s.oldest(num).raw; from < oldest && !s.isText(num) {
		was := shown{sum.value, sum.usable && sum.number}
		if !ok {
			if was, err = s.shownBefore(ctx, num, from); err != nil {
				return nil, err
			}
		}
		for ; len(sum.bounds) > 1 && sum.bounds[0] < oldest; sum.bounds = sum.bounds[1:] {
			a, err := s.rolledAggregate(ctx, num, sum.bounds[0], sum.bounds[1], &was)
			if err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	if len(sum.bounds) < 2 {
		return out, nil
	}
	if from != sum.bounds[0] {
		from = sum.bounds[0]
		if p, ok, err = s.before(ctx, num, from-1); err != nil {
			return nil, err
		}
		sum.start(&p, ok)
	}
	err = s.scan(ctx, num, from, to, func(b *block.Series) error {
		for i := range b.At {
			sum.add(b.At[i], b.Scalar(i), b.Quality(i).Usable())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return append(out, sum.finish()...), nil
}
