package historian

import (
	"math"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

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
