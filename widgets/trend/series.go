package trend

import (
	"math"
	"sort"
	"time"

	"penstock/app/tag"
)

// maxTail bounds the live samples kept per pen; older ones are the
// historian's by then. At ten a second it is over thirteen minutes.
const maxTail = 8192

// point is a value at a time; without ok the line is broken from there on.
type point struct {
	t  int64
	v  float64
	ok bool
}

// live is one reading as it came in while the view was open.
type live struct {
	t int64
	q tag.Quality
	point
	text string
}

// series is what a View knows of one pen: a stretch from the historian, and
// after it the readings since.
type series struct {
	held     point
	buckets  []Bucket
	from, to int64 // the stretch that was asked for; none when equal

	texts []word // of a text, instead of buckets
	word  word   // in force at from
	more  int64  // texts are known until then only; 0: to the end

	tail []live
	last tag.Value // newest reading, as it came
}

// add takes the tag's newest reading and reports whether it is news. The
// time of a reading that does not move on, such as one a lost link made bad,
// is its time of receipt.
func (s *series) add(v tag.Value) bool {
	if v == s.last {
		return false
	}
	s.last = v
	t := v.At()
	if n := len(s.tail); n > 0 && t <= s.tail[n-1].t {
		if t = v.Received; t <= s.tail[n-1].t {
			t = s.tail[n-1].t + 1
		}
	}
	if len(s.tail) >= maxTail {
		s.tail = append(s.tail[:0], s.tail[maxTail/4:]...)
	}
	f, ok := v.Number()
	ok = ok && !math.IsNaN(f) && !math.IsInf(f, 0)
	if v.Value.Kind() == tag.KindText {
		ok = v.Quality.Usable()
	}
	s.tail = append(s.tail, live{t: t, q: v.Quality, point: point{t, f, ok}, text: v.Value.Str()})
	return true
}

// walk hands the points of from <= t < to over in order of time, led by the
// one in force at from. It starts with a broken point when nothing is.
func (s *series) walk(from, to int64, emit func(point)) {
	i := sort.Search(len(s.buckets), func(i int) bool { return s.buckets[i].To > from })
	if i > 0 {
		emit(after(&s.buckets[i-1]))
	} else {
		emit(s.held)
	}
	end := s.held.t
	for ; i < len(s.buckets) && s.buckets[i].From < to; i++ {
		b := &s.buckets[i]
		walkBucket(b, emit)
		end = b.To
	}
	if i < len(s.buckets) {
		return
	}
	if n := len(s.buckets); n > 0 {
		end = lastSample(&s.buckets[n-1])
	}
	k := sort.Search(len(s.tail), func(i int) bool { return s.tail[i].t > end })
	for ; k < len(s.tail) && s.tail[k].t < to; k++ {
		emit(s.tail[k].point)
	}
}

// walkBucket hands over a bucket's four points in order of time. Where bad
// samples lie between them nobody knows where, so nothing is joined to what
// came before.
func walkBucket(b *Bucket, emit func(point)) {
	if b.Count == 0 {
		emit(point{t: b.From})
		return
	}
	if b.Bad > 0 {
		emit(point{t: b.From})
	}
	emit(point{b.FirstAt, b.First, true})
	lo, hi := point{b.MinAt, b.Min, true}, point{b.MaxAt, b.Max, true}
	if hi.t < lo.t {
		lo, hi = hi, lo
	}
	for _, p := range [...]point{lo, hi} {
		if p.t > b.FirstAt && p.t < b.LastAt {
			emit(p)
		}
	}
	if b.LastAt > b.FirstAt {
		emit(point{b.LastAt, b.Last, true})
	}
	if b.BadEnd {
		emit(point{t: b.LastAt + 1})
	}
}

// after is what is in force behind a bucket.
func after(b *Bucket) point {
	if b.Count == 0 || b.BadEnd {
		return point{t: b.To}
	}
	return point{b.LastAt, b.Last, true}
}

// lastSample is the time of a bucket's newest sample as far as it tells.
func lastSample(b *Bucket) int64 {
	if b.Count == 0 || b.BadEnd {
		return b.To - 1
	}
	return b.LastAt
}

// at returns the point in force at time t.
func (s *series) at(t int64) point {
	var p point
	s.walk(t, t+1, func(q point) {
		if q.t <= t || !p.ok {
			p = q
		}
	})
	if p.t > t {
		return point{t: t}
	}
	return p
}

// Stats says what one pen did in a stretch of time. Means are weighted by
// time; what was bad or unknown is left out of them.
type Stats struct {
	Min, Max, Mean float64
	Good           float64 // share of the time with a usable value, 0 to 1
	Integral       float64 // value times hours, where it was usable
}

// stats sums a stretch up from the buckets, what is held between them, and
// the tail. Without a usable value the numbers are NaN.
func (s *series) stats(from, to int64) Stats {
	sum := sums{from: from, to: to, lo: math.Inf(1), hi: math.Inf(-1)}
	prev := s.held
	for i := sort.Search(len(s.buckets), func(i int) bool { return s.buckets[i].To > from }); ; i++ {
		if i > 0 { // a bucket's own time is summed with it
			prev = after(&s.buckets[i-1])
			prev.t = s.buckets[i-1].To
		}
		if i >= len(s.buckets) || s.buckets[i].From >= to {
			if i < len(s.buckets) {
				sum.hold(prev, to)
				return sum.done()
			}
			break
		}
		sum.hold(prev, s.buckets[i].From)
		sum.bucket(prev, &s.buckets[i])
	}
	end := s.held.t
	if n := len(s.buckets); n > 0 {
		end = lastSample(&s.buckets[n-1])
	}
	for k := sort.Search(len(s.tail), func(i int) bool { return s.tail[i].t > end }); k < len(s.tail) && s.tail[k].t < to; k++ {
		sum.hold(prev, s.tail[k].t)
		prev = s.tail[k].point
	}
	sum.hold(prev, to)
	return sum.done()
}

// sums adds up what Stats says.
type sums struct {
	from, to    int64
	lo, hi      float64
	area, known float64 // value times ns, and ns
}

// hold counts the value of p as in force until a later time.
func (s *sums) hold(p point, until int64) {
	a, b := max(p.t, s.from), min(until, s.to)
	if !p.ok || b <= a {
		return
	}
	s.area += p.v * float64(b-a)
	s.known += float64(b - a)
	s.lo, s.hi = min(s.lo, p.v), max(s.hi, p.v)
}

// bucket adds a bucket before whose first sample prev was held.
func (s *sums) bucket(prev point, b *Bucket) {
	part := float64(min(b.To, s.to)-max(b.From, s.from)) * b.Good
	if b.Count == 0 || part < 0 {
		return
	}
	if part > 0 && !math.IsNaN(b.Mean) {
		s.area += b.Mean * part
		s.known += part
	}
	s.lo, s.hi = min(s.lo, b.Min), max(s.hi, b.Max)
	if prev.ok && b.FirstAt > max(b.From, s.from) {
		s.lo, s.hi = min(s.lo, prev.v), max(s.hi, prev.v)
	}
}

func (s *sums) done() Stats {
	out := Stats{Min: math.NaN(), Max: math.NaN(), Mean: math.NaN(), Integral: math.NaN()}
	if s.lo <= s.hi {
		out.Min, out.Max = s.lo, s.hi
	}
	if s.known > 0 {
		out.Mean = s.area / s.known
		out.Integral = s.area / float64(time.Hour)
	}
	if s.to > s.from {
		out.Good = min(s.known/float64(s.to-s.from), 1)
	}
	return out
}
