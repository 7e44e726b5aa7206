package trend

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"penstock/app/tag"
)

// bucketsOf cuts samples into buckets as a historian would. A NaN is a bad
// sample; the value before it is not held across it.
func bucketsOf(at []int64, vals []float64, held point, from, to, width int64) (out []Bucket) {
	cur := held
	for a := from; a < to; a += width {
		b := Bucket{From: a, To: a + width, Min: math.Inf(1), Max: math.Inf(-1)}
		var area, known float64
		t := a
		pass := func(until int64) {
			if cur.ok {
				area += cur.v * float64(until-t)
				known += float64(until - t)
			}
			t = until
		}
		for i := range at {
			if at[i] < a || at[i] >= a+width {
				continue
			}
			pass(at[i])
			if math.IsNaN(vals[i]) {
				b.Bad++
				b.BadEnd = true
				cur = point{t: at[i]}
				continue
			}
			if b.Count++; b.Count == 1 {
				b.First, b.FirstAt = vals[i], at[i]
			}
			b.Last, b.LastAt, b.BadEnd = vals[i], at[i], false
			if vals[i] < b.Min {
				b.Min, b.MinAt = vals[i], at[i]
			}
			if vals[i] > b.Max {
				b.Max, b.MaxAt = vals[i], at[i]
			}
			cur = point{at[i], vals[i], true}
		}
		pass(a + width)
		if b.Count+b.Bad == 0 {
			continue
		}
		b.Good = known / float64(width)
		b.Mean = area / known
		out = append(out, b)
	}
	return out
}

// drawn is a series with random samples, and the samples.
func drawn(t *rapid.T) (s *series, at []int64, vals []float64, to int64) {
	width := int64(rapid.IntRange(1, 50).Draw(t, "bucket")) * 10
	to = width * int64(rapid.IntRange(1, 40).Draw(t, "buckets"))
	n := rapid.IntRange(0, 60).Draw(t, "samples")
	for now := int64(0); len(at) < n; {
		now += int64(rapid.IntRange(1, 90).Draw(t, "step"))
		if now >= to {
			break
		}
		v := float64(rapid.IntRange(-100, 100).Draw(t, "value"))
		if rapid.IntRange(0, 9).Draw(t, "bad") == 0 {
			v = math.NaN()
		}
		at, vals = append(at, now), append(vals, v)
	}
	s = &series{held: point{0, 7, rapid.Bool().Draw(t, "held")}, to: to}
	s.buckets = bucketsOf(at, vals, s.held, 0, to, width)
	return s, at, vals, to
}

// Whatever the samples: the largest and smallest are in the columns, in the
// columns of their times, and nothing is drawn where nothing is known.
func TestNoSpikeHides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _, vals, to := drawn(t)
		w := rapid.IntRange(4, 120).Draw(t, "columns")
		c := columns{joined: 1 << 60, steps: rapid.Bool().Draw(t, "steps")}
		const h = 1000
		ax := axis{-101, 101}
		c.start(w, h, 0, to, ax)
		s.walk(0, to, c.add)
		c.end(to)
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range vals {
			if math.IsNaN(v) {
				continue
			}
			lo, hi = min(lo, v), max(hi, v)
		}
		if math.IsInf(lo, 0) {
			return
		}
		if s.held.ok {
			lo, hi = min(lo, 7), max(hi, 7)
		}
		top, bottom := float32(h+1), float32(-1)
		for _, o := range c.cols {
			if o.on {
				top, bottom = min(top, o.lo), max(bottom, o.hi)
			}
		}
		if math.Abs(float64(top)-ax.y(hi, h)) > 0.1 || math.Abs(float64(bottom)-ax.y(lo, h)) > 0.1 {
			t.Fatalf("the line reaches from %g to %g, the samples from %g to %g", top, bottom, ax.y(hi, h), ax.y(lo, h))
		}
		for _, b := range s.buckets {
			if b.Count == 0 {
				continue
			}
			x := int(c.x(b.MaxAt)) // a time on a border has one side
			if o := c.cols[x]; !o.on || float64(o.lo) > ax.y(b.Max, h)+0.1 {
				t.Fatalf("the largest value of a bucket at %d is not in column %d: %+v", b.MaxAt, x, o)
			}
		}
	})
}

// Where nothing is known, no line is drawn through.
func TestGapsStayGaps(t *testing.T) {
	s := &series{held: point{0, 5, true}, to: 1000}
	at := []int64{100, 200, 300, 700, 800}
	vals := []float64{1, 2, math.NaN(), 4, 5}
	s.buckets = bucketsOf(at, vals, s.held, 0, 1000, 10)
	c := columns{joined: 1 << 60}
	c.start(100, 100, 0, 1000, axis{0, 10})
	s.walk(0, 1000, c.add)
	c.end(1000)
	for x, o := range c.cols {
		gap := x > 30 && x < 70
		if gap && o.on {
			t.Errorf("column %d is drawn through a bad stretch", x)
		}
		if !gap && !o.on {
			t.Errorf("column %d is empty although a value was in force", x)
		}
	}
	if !c.cols[50].gap {
		t.Error("the bad stretch is not marked as one")
	}
}

// The statistics are those of the value in force, weighted by time.
func TestStatsAreWeightedByTime(t *testing.T) {
	s := &series{held: point{0, 10, true}, to: 1000}
	at, vals := []int64{200, 300, 600, 610}, []float64{20, math.NaN(), 40, 60}
	s.buckets = bucketsOf(at, vals, s.held, 0, 1000, 50)
	// 10 for 200, 20 for 100, bad for 300, 40 for 10, 60 for 390
	want := (10*200 + 20*100 + 40*10 + 60*390) / 700.0
	got := s.stats(0, 1000)
	if math.Abs(got.Mean-want) > 1e-9 || got.Min != 10 || got.Max != 60 || math.Abs(got.Good-0.7) > 1e-9 {
		t.Errorf("have %+v, want mean %g, 10 to 60, 0.7 good", got, want)
	}
	s.add(tag.Value{Source: 1100, Received: 1100, Value: tag.Float(0), Quality: tag.Good})
	if got := s.stats(1000, 1200); math.Abs(got.Mean-30) > 1e-9 {
		t.Errorf("60 for a while and 0 for as long is %g", got.Mean)
	}
	if got := (&series{}).stats(0, 100); !math.IsNaN(got.Mean) || got.Good != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestStatsAgainstSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at, vals, to := drawn(t)
		for _, b := range s.buckets {
			if b.Count == 0 { // how long the value before held into it is not said
				return
			}
		}
		var area, known float64
		cur := s.held
		for i := range at {
			if cur.ok {
				area += cur.v * float64(at[i]-cur.t)
				known += float64(at[i] - cur.t)
			}
			cur = point{at[i], vals[i], !math.IsNaN(vals[i])}
		}
		if cur.ok {
			area += cur.v * float64(to-cur.t)
			known += float64(to - cur.t)
		}
		got := s.stats(0, to)
		if math.Abs(got.Good-known/float64(to)) > 1e-9 {
			t.Fatalf("good for %g of the time, want %g", got.Good, known/float64(to))
		}
		if known > 0 && math.Abs(got.Mean-area/known) > 1e-6 {
			t.Fatalf("mean %g, want %g", got.Mean, area/known)
		}
	})
}

func TestLiveReadings(t *testing.T) {
	s := &series{}
	v := tag.Value{Source: 1000, Received: 1001, Value: tag.Float(5), Quality: tag.Good}
	if !s.add(v) || s.add(v) {
		t.Error("a reading is news once")
	}
	// The link is lost: the reading keeps its source time, and is bad from
	// when that was noticed.
	v.Quality, v.Received = tag.BadCommunicationError, 5000
	if !s.add(v) {
		t.Error("a lost link is news")
	}
	if p := s.at(4999); !p.ok || p.v != 5 {
		t.Errorf("before the loss: %+v", p)
	}
	if p := s.at(5001); p.ok {
		t.Errorf("after the loss: %+v", p)
	}
	for i := range int64(20000) {
		s.add(tag.Value{Source: 10000 + i, Received: 10000 + i, Value: tag.Float(float64(i)), Quality: tag.Good})
	}
	if len(s.tail) > maxTail {
		t.Errorf("%d live readings are kept", len(s.tail))
	}
	if p := s.at(29999); !p.ok || p.v != 19999 {
		t.Errorf("the newest reads %+v", p)
	}
}

// A tail takes over where the recorded stretch ends, without a seam.
func TestTailFollowsHistory(t *testing.T) {
	s := &series{held: point{0, 1, true}, to: 1000, buckets: []Bucket{{From: 900, To: 1000, First: 2, Last: 3, Min: 2, Max: 3, FirstAt: 910, LastAt: 950, MinAt: 910, MaxAt: 950, Count: 2, Good: 1, Mean: 2.5}}}
	for _, k := range []int64{940, 960, 1200} {
		s.add(tag.Value{Source: k, Received: k, Value: tag.Float(float64(k)), Quality: tag.Good})
	}
	var got []int64
	s.walk(900, 2000, func(p point) { got = append(got, p.t) })
	want := []int64{0, 910, 950, 960, 1200}
	if len(got) != len(want) {
		t.Fatalf("walked %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("walked %v, want %v", got, want)
		}
	}
}
