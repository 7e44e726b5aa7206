package historian

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	Sum          float64 // of the usable samples in the interval
	StdDev       float64 // of the usable samples in the interval, of the population; NaN below two, or where only rolls are left

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
// count to the minute or hour.
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
	for oldest := s.oldest.Load(); len(sum.bounds) > 1 && sum.bounds[0] < oldest; sum.bounds = sum.bounds[1:] {
		b, err := s.buckets(ctx, num, sum.bounds[0], sum.bounds[1], 1)
		if err != nil {
			return nil, err
		}
		out = append(out, fromBuckets(b, sum.bounds[0], sum.bounds[1]))
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

func fromBuckets(bs []Bucket, from, to int64) Aggregate {
	nan := math.NaN()
	a := Aggregate{From: from, To: to, Min: nan, Max: nan, Mean: nan, StdDev: nan}
	for _, b := range bs {
		width := float64(b.To - b.From)
		a.Count, a.Bad, a.Good = b.Count, b.Bad, b.Good
		a.Min, a.Max, a.MinAt, a.MaxAt, a.Mean = b.Min, b.Max, b.MinAt, b.MaxAt, b.Mean
		a.Usable = time.Duration(b.Good * width)
		a.Integral = b.Mean * a.Usable.Seconds()
		a.Sum = nan
	}
	return a
}

// summer adds samples, in the order of their times, up into Aggregates.
type summer struct {
	bounds  []int64
	horizon int64
	out     []Aggregate

	i      int // interval that is open
	mark   int64
	held   tag.Scalar
	value  float64
	usable bool       // held is
	number bool       // and a number
	told   tag.Scalar // the newest usable value
	known  bool       // there was one

	shown  bool // something usable was shown in the interval
	mean   float64
	m2     float64 // Welford's sum of squares
	states map[tag.Scalar]*StateTime
	many   bool // too many values to be states
}

// start begins the first interval with what was shown before it.
func (s *summer) start(p *block.Point, ok bool) {
	s.held, s.usable, s.known = tag.Scalar{}, false, false
	if ok {
		s.hold(p.Value().Value, p.Q.Usable())
	}
	s.open(0)
}

func (s *summer) hold(v tag.Scalar, usable bool) {
	s.held, s.usable = v, usable
	if usable {
		s.told, s.known = v, true
	}
	s.value, s.number = v.Float()
	if s.number && s.value != s.value {
		s.usable = false
	}
}

func (s *summer) open(i int) {
	nan := math.NaN()
	s.i, s.mark = i, s.bounds[i]
	s.out = append(s.out[:i], Aggregate{From: s.bounds[i], To: s.bounds[i+1], Min: nan, Max: nan, Mean: nan, StdDev: nan})
	s.shown, s.mean, s.m2, s.many = false, 0, 0, false
	s.states = map[tag.Scalar]*StateTime{}
}

// show counts the held value until t.
func (s *summer) show(t int64) {
	a := &s.out[s.i]
	if span := t - s.mark; s.usable && span > 0 {
		a.Usable += time.Duration(span)
		if s.number {
			a.Integral += s.value * (float64(span) / 1e9)
			s.extend(s.value, s.mark)
		}
		if st := s.state(s.held); st != nil {
			st.For += time.Duration(span)
		}
	}
	s.mark = max(s.mark, t)
}

func (s *summer) extend(v float64, at int64) {
	a := &s.out[s.i]
	if !s.shown {
		a.Min, a.Max, a.MinAt, a.MaxAt = v, v, at, at
		s.shown = true
	}
	if v < a.Min {
		a.Min, a.MinAt = v, at
	}
	if v > a.Max {
		a.Max, a.MaxAt = v, at
	}
}

func (s *summer) state(v tag.Scalar) *StateTime {
	if v.Kind() == tag.KindFloat || s.many {
		return nil
	}
	st := s.states[v]
	if st == nil {
		if len(s.states) >= maxStates {
			s.many, s.states = true, nil
			return nil
		}
		st = &StateTime{Value: v}
		s.states[v] = st
	}
	return st
}

func (s *summer) add(at int64, v tag.Scalar, usable bool) {
	for at >= s.bounds[s.i+1] {
		s.close()
		s.open(s.i + 1)
	}
	s.show(at)
	before, known := s.told, s.known
	s.hold(v, usable)
	a := &s.out[s.i]
	if !s.usable {
		a.Bad++
		return
	}
	a.Count++
	if st := s.state(v); st != nil && known && v != before {
		st.Starts++
	}
	if !s.number {
		return
	}
	s.extend(s.value, at)
	a.Sum += s.value
	d := s.value - s.mean
	s.mean += d / float64(a.Count)
	s.m2 += d * (s.value - s.mean)
}

// close finishes the open interval.
func (s *summer) close() {
	a := &s.out[s.i]
	end := min(a.To, max(s.horizon, s.mark))
	s.show(end)
	if a.Usable > 0 && s.shown {
		a.Mean = a.Integral / a.Usable.Seconds()
	} else if s.shown {
		a.Mean = s.value
	}
	if a.Count > 1 && s.shown {
		a.StdDev = math.Sqrt(s.m2 / float64(a.Count))
	}
	if end > a.From {
		a.Good = float64(a.Usable) / float64(end-a.From)
	}
	for _, st := range s.states {
		a.States = append(a.States, *st)
	}
	slices.SortFunc(a.States, func(x, y StateTime) int {
		if x.For != y.For {
			return int(min(max(y.For-x.For, -1), 1))
		}
		if x.Value.String() < y.Value.String() {
			return -1
		}
		return 1
	})
}

func (s *summer) finish() []Aggregate {
	for {
		s.close()
		if s.i+2 >= len(s.bounds) {
			return s.out
		}
		s.open(s.i + 1)
	}
}

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
