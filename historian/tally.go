package historian

import (
	"math"
	"slices"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// tally adds the samples of one tag up into buckets. Samples come in the order
// of their times. A value is held from its sample to the next one of whatever
// quality, or to the horizon; a bad sample holds nothing.
type tally struct {
	from, to int64 // of the query
	n        int64 // buckets of equal width between them
	width    int64 // of a bucket, rounded down
	rest     int64 // what the rounding leaves, spread over all
	horizon  int64 // nothing is held beyond: the newest time the store knows

	held    float64 // the value held at mark
	holding bool
	mark    int64 // the open bucket is added up until here

	floats []uint64 // counts as floats

	run  int  // samples of the last stretch within a bucket
	text bool // a text was among the samples: there are no numbers

	open     int64 // number of the open bucket; -1: none
	integral float64
	usable   int64 // ns
	cur      Bucket
	out      []Bucket
}

func newTally(from, to int64, n int, horizon int64) *tally {
	return &tally{from: from, to: to, n: int64(n), width: (to - from) / int64(n), rest: (to - from) % int64(n), horizon: horizon, open: -1, out: make([]Bucket, 0, min(n, 4096))}
}

// start is the first instant of bucket b.
func (t *tally) start(b int64) int64 {
	// (to-from)*b/n would overflow for ten years and a million buckets.
	if t.rest == 0 {
		return t.from + t.width*b
	}
	return t.from + t.width*b + t.rest*b/t.n
}

// bucketOf returns the bucket at is in.
func (t *tally) bucketOf(at int64) int64 {
	b := int64(float64(at-t.from) / float64(t.to-t.from) * float64(t.n))
	b = min(max(b, 0), t.n-1)
	for t.start(b) > at {
		b--
	}
	for b+1 < t.n && t.start(b+1) <= at {
		b++
	}
	return b
}

// before tells what the tag showed when the first bucket began.
func (t *tally) before(p *block.Point) {
	f, ok := number(p.Mark.Kind(), p.Bits)
	t.held, t.holding = f, ok && p.Q.Usable()
}

// number reads a stored value as a number; ok is false for text, nothing and
// NaN.
func number(k tag.Kind, bits uint64) (f float64, ok bool) {
	switch k {
	case tag.KindFloat:
		f = math.Float64frombits(bits)
		return f, f == f
	case tag.KindInt:
		return float64(int64(bits)), true
	case tag.KindBool:
		return float64(bits), true
	}
	return 0, false
}

// add takes the next stretch of samples.
func (t *tally) add(s *block.Series) {
	if s.Marks == nil && s.Q == nil && !s.Same && s.Places == nil {
		switch s.Mark.Kind() {
		case tag.KindInt, tag.KindBool:
			// Counts go the way of floats, which is made for many of them.
			t.floats = t.floats[:0]
			for _, b := range s.Bits {
				f, _ := number(s.Mark.Kind(), b)
				t.floats = append(t.floats, math.Float64bits(f))
			}
			t.add(&block.Series{At: s.At, Bits: t.floats, Mark: block.MarkOf(tag.KindFloat, 0), Step: s.Step})
			return
		}
	}
	for i := 0; i < len(s.At); {
		if t.open < 0 || s.At[i] >= t.cur.To {
			t.openAt(s.At[i])
		}
		j := t.end(s.At, i)
		switch {
		case s.Places != nil:
			t.addPlaces(s.At[i:j], s.Places[i:j], s.Step, &s.Line)
		case s.Same && s.Q == nil:
			t.addSame(s.At[i:j], s.Mark.Kind(), s.Bits[i])
		case s.Q == nil && s.Marks == nil && s.Mark.Kind() == tag.KindFloat:
			t.addFloats(s.At[i:j], s.Bits[i:j], s.Step)
		default:
			for k := i; k < j; k++ {
				t.addAny(s.At[k], s.MarkAt(k).Kind(), s.Bits[k], s.Quality(k))
			}
		}
		i = j
	}
}

// addAny is addOne for a sample of any kind and quality.
func (t *tally) addAny(at int64, kind tag.Kind, bits uint64, q tag.Quality) {
	f, ok := number(kind, bits)
	if kind == tag.KindText {
		t.text, ok = true, true
	}
	t.addOne(at, f, ok && q.Usable())
}

// addSame is addOne for good samples of the open bucket that all have one
// value.
func (t *tally) addSame(at []int64, kind tag.Kind, bits uint64) {
	t.addAny(at[0], kind, bits, tag.Good)
	rest, last, b := len(at)-1, at[len(at)-1], &t.cur
	if !t.holding { // no number
		b.Bad += rest
		t.mark = last
		return
	}
	t.integral += t.held * float64(last-t.mark)
	t.usable += last - t.mark
	t.mark = last
	b.LastAt = last
	b.Count += rest
}

// end returns the first index after i whose time is not in the open bucket.
func (t *tally) end(at []int64, i int) int {
	if at[len(at)-1] < t.cur.To {
		return len(at)
	}
	// Most tags are scanned regularly: about as many as in the last bucket.
	j := min(i+max(t.run, 1), len(at)-1)
	for at[j] < t.cur.To {
		j++
	}
	for at[j-1] >= t.cur.To {
		j--
	}
	t.run = j - i
	return j
}

// addOne takes a sample of the open bucket.
func (t *tally) addOne(at int64, f float64, ok bool) {
	if t.holding {
		t.integral += t.held * float64(at-t.mark)
		t.usable += at - t.mark
	}
	t.mark, t.held, t.holding = at, f, ok
	b := &t.cur
	b.BadEnd = !ok
	if !ok {
		b.Bad++
		return
	}
	if b.Count == 0 {
		b.First, b.FirstAt = f, at
		b.Min, b.MinAt, b.Max, b.MaxAt = f, at, f, at
	}
	if f < b.Min {
		b.Min, b.MinAt = f, at
	}
	if f > b.Max {
		b.Max, b.MaxAt = f, at
	}
	b.Last, b.LastAt = f, at
	b.Count++
}

// addFloats is addOne for good floats of the open bucket, the case trends are
// made of. step is the distance of their times, 0 when it is not always the
// same.
func (t *tally) addFloats(at []int64, bits []uint64, step int64) {
	i := 0
	for ; i < len(at) && (t.cur.Count == 0 || !t.holding); i++ {
		f := math.Float64frombits(bits[i])
		t.addOne(at[i], f, f == f)
	}
	at, bits = at[i:], bits[i:]
	n := len(at)
	if n == 0 {
		return
	}
	lo, hi := extremes(bits)
	if lo < lowest || hi > highest { // a NaN is among them
		for i, now := range at {
			f := math.Float64frombits(bits[i])
			t.addOne(now, f, f == f)
		}
		return
	}
	b := &t.cur
	if f := fromOrdered(lo); f < b.Min {
		b.Min, b.MinAt = f, at[indexOf(bits, f)]
	}
	if f := fromOrdered(hi); f > b.Max {
		b.Max, b.MaxAt = f, at[indexOf(bits, f)]
	}
	t.integral += t.held * float64(at[0]-t.mark)
	if step > 0 {
		t.integral += sumOf(bits[:n-1]) * float64(step)
	} else {
		t.integral += weightedSumOf(at, bits)
	}
	t.usable += at[n-1] - t.mark
	t.held, t.mark = math.Float64frombits(bits[n-1]), at[n-1]
	b.Last, b.LastAt, b.BadEnd = t.held, t.mark, false
	b.Count += n
}

// addPlaces is addFloats for places on a line, at most a segment of them. The
// number of a sample is kept below its place in one number, so that the
// extremes come with their times.
func (t *tally) addPlaces(at, places []int64, step int64, line *block.Line) {
	i := 0
	for ; i < len(at) && (t.cur.Count == 0 || !t.holding); i++ {
		t.addOne(at[i], line.Value(places[i]), true)
	}
	at, places = at[i:], places[i:]
	n := len(at)
	if n == 0 {
		return
	}
	origin := places[0]
	least, most, sum, near := survey(places, origin)
	if !near || n > numberMask {
		for i, k := range places {
			t.addOne(at[i], line.Value(k), true)
		}
		return
	}
	b := &t.cur
	if v := line.Value(origin + least>>numberBits); v < b.Min {
		b.Min, b.MinAt = v, at[least&numberMask]
	}
	if v := line.Value(origin + most>>numberBits); v > b.Max {
		b.Max, b.MaxAt = v, at[numberMask-most&numberMask]
	}
	t.integral += t.held * float64(at[0]-t.mark)
	base := line.Base + line.Step*float64(origin)
	if step > 0 {
		sum -= places[n-1] - origin
		t.integral += (base*float64(n-1) + line.Step*float64(sum)) * float64(step)
	} else {
		t.integral += base*float64(at[n-1]-at[0]) + line.Step*weighedPlaces(at, places)
	}
	t.usable += at[n-1] - t.mark
	t.held, t.mark = line.Value(places[n-1]), at[n-1]
	b.Last, b.LastAt, b.BadEnd = t.held, t.mark, false
	b.Count += n
}

// A sample's number within its segment has so many bits.
const (
	numberBits = 12
	numberMask = 1<<numberBits - 1
)

// survey finds the smallest and the largest of places less origin, with the
// number of the first of each below (numberMask less it, of the largest), and
// their sum. near is false where they are too far apart for that.
//
// A comparison would be guessed by the processor, and wrong each time there is
// a new extreme; the sign of a difference is not.
func survey(places []int64, origin int64) (least, most, sum int64, near bool) {
	least = (places[0] - origin) << numberBits
	most = least | numberMask
	least2, most2, sum2 := least, most, int64(0) // of every second
	reach := int64(0)
	i := 0
	for ; i+1 < len(places); i += 2 {
		k, l := places[i]-origin, places[i+1]-origin
		reach |= (k ^ k>>63) | (l ^ l>>63)
		sum += k
		sum2 += l
		k, l = k<<numberBits, l<<numberBits
		d, e := k+int64(i)-least, l+int64(i+1)-least2
		least += d & (d >> 63)
		least2 += e & (e >> 63)
		d, e = k+int64(numberMask-i)-most, l+int64(numberMask-i-1)-most2
		most += d &^ (d >> 63)
		most2 += e &^ (e >> 63)
	}
	least, most = min(least, least2), max(most, most2)
	if i < len(places) {
		k := places[i] - origin
		reach |= k ^ k>>63
		sum += k
		least, most = min(least, k<<numberBits+int64(i)), max(most, k<<numberBits+int64(numberMask-i))
	}
	sum += sum2
	return least, most, sum, reach < 1<<49
}

// weighedPlaces is weightedSumOf of places, less the first.
func weighedPlaces(at, places []int64) float64 {
	var a, b float64
	places = places[:len(at)]
	i := 0
	for ; i+2 < len(at); i += 2 {
		a += float64(places[i]-places[0]) * float64(at[i+1]-at[i])
		b += float64(places[i+1]-places[0]) * float64(at[i+2]-at[i+1])
	}
	if i+1 < len(at) {
		a += float64(places[i]-places[0]) * float64(at[i+1]-at[i])
	}
	return a + b
}

// ordered numbers floats in their order, so that the processor finds extremes
// among whole numbers without guessing branches; -0 is below 0, and NaN are
// beyond the infinities. fromOrdered is its inverse.
func ordered(bits uint64) int64   { i := int64(bits); return i ^ (i>>63)&math.MaxInt64 }
func fromOrdered(i int64) float64 { return math.Float64frombits(uint64(i ^ (i>>63)&math.MaxInt64)) }

var lowest, highest = ordered(math.Float64bits(math.Inf(-1))), ordered(math.Float64bits(math.Inf(1)))

func extremes(bits []uint64) (lo, hi int64) {
	lo, hi = math.MaxInt64, math.MinInt64
	for _, b := range bits {
		i := ordered(b)
		lo, hi = min(lo, i), max(hi, i)
	}
	return lo, hi
}

// indexOf is where f, which is there, is first; both zeros are one.
func indexOf(bits []uint64, f float64) int {
	if f == 0 {
		return slices.IndexFunc(bits, func(b uint64) bool { return b<<1 == 0 })
	}
	return slices.Index(bits, math.Float64bits(f))
}

// sumOf adds floats up. Four sums at a time, so that one addition need not
// wait for the other.
func sumOf(bits []uint64) float64 {
	var a, b, c, d float64
	for ; len(bits) >= 4; bits = bits[4:] {
		a += math.Float64frombits(bits[0])
		b += math.Float64frombits(bits[1])
		c += math.Float64frombits(bits[2])
		d += math.Float64frombits(bits[3])
	}
	for _, v := range bits {
		a += math.Float64frombits(v)
	}
	return a + b + (c + d)
}

// weightedSumOf is the integral of floats, each held until the next, from the
// first time to the last.
func weightedSumOf(at []int64, bits []uint64) float64 {
	var a, b float64
	bits = bits[:len(at)]
	i := 0
	for ; i+2 < len(at); i += 2 {
		a += math.Float64frombits(bits[i]) * float64(at[i+1]-at[i])
		b += math.Float64frombits(bits[i+1]) * float64(at[i+2]-at[i+1])
	}
	if i+1 < len(at) {
		a += math.Float64frombits(bits[i]) * float64(at[i+1]-at[i])
	}
	return a + b
}

// addRolls takes the rolls, width ns long, that begin in [from, to). Each lies
// within one bucket; those of a bucket are joined first.
func (t *tally) addRolls(rolls *block.Rolls, from, to, width int64) {
	end := rolls.Search(to)
	for i := rolls.Search(from); i < end; {
		if at := rolls.Start(i); t.open < 0 || at >= t.cur.To {
			t.openAt(at)
		}
		// As many as fit, unless some are missing.
		j := i + int(max((t.cur.To-rolls.Start(i))/width, 1))
		if j > end || rolls.Start(j-1) >= t.cur.To || j < end && rolls.Start(j) < t.cur.To {
			j = i + 1
		}
		for ; j < end && rolls.Start(j) < t.cur.To; j++ {
		}
		r := rolls.Join(i, j)
		t.addRoll(&r, rolls.Start(j-1)+width)
		i = j
	}
}

// addRoll takes a roll of the open bucket that ends at end.
func (t *tally) addRoll(r *block.Roll, end int64) {
	if t.holding {
		t.integral += t.held * float64(r.Begin-t.mark)
		t.usable += r.Begin - t.mark
	}
	if r.Usable > 0 {
		t.integral += r.Mean * float64(r.Usable)
		t.usable += r.Usable
	}
	t.mark, t.holding = end, !r.BadEnd
	b := &t.cur
	b.BadEnd = r.BadEnd
	b.Bad += r.Bad
	if r.Count == 0 {
		return
	}
	t.held = r.Last
	if b.Count == 0 {
		b.First, b.FirstAt = r.First, r.FirstAt
		b.Min, b.MinAt, b.Max, b.MaxAt = r.Min, r.MinAt, r.Max, r.MaxAt
	}
	if r.Min < b.Min {
		b.Min, b.MinAt = r.Min, r.MinAt
	}
	if r.Max > b.Max {
		b.Max, b.MaxAt = r.Max, r.MaxAt
	}
	b.Last, b.LastAt = r.Last, r.LastAt
	b.Count += r.Count
}

// openAt closes the open bucket and opens the one that at is in.
func (t *tally) openAt(at int64) {
	next, from := t.open+1, t.cur.To
	opened := t.open >= 0
	t.close()
	if to := t.start(next + 1); opened && at < to && next < t.n { // nearly always
		t.open = next
		t.cur = Bucket{From: from, To: to}
	} else {
		t.open = t.bucketOf(at)
		t.cur = Bucket{From: t.start(t.open), To: t.start(t.open + 1)}
	}
	t.mark, t.integral, t.usable = t.cur.From, 0, 0
}

// close finishes the open bucket.
func (t *tally) close() {
	if t.open < 0 {
		return
	}
	b := &t.cur
	end := max(min(b.To, t.horizon), t.mark) // part of the bucket may be yet to come
	if t.holding && end > t.mark {
		t.integral += t.held * float64(end-t.mark)
		t.usable += end - t.mark
	}
	switch {
	case b.Count == 0 || t.text:
		nan := math.NaN()
		b.First, b.Last, b.Min, b.Max, b.Mean = nan, nan, nan, nan, nan
	case t.usable > 0:
		b.Mean = t.integral / float64(t.usable)
	default: // one sample, at the very end
		b.Mean = b.Last
	}
	if end > b.From {
		b.Good = float64(t.usable) / float64(end-b.From)
	} else if b.Count > 0 {
		b.Good = 1
	}
	t.out = append(t.out, *b)
	t.open = -1
}
