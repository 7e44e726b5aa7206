package block

import (
	"math"
	"sort"

	"penstock/historian/codec"
)

// Rolls is the rolls of one tag in columns, as they come out of a row: a month
// in a trend is tens of thousands of them, of which most are only added up.
// What is read is not changed any more, and may be read by many goroutines.
type Rolls struct {
	n     int
	width int64
	form  byte

	frame   *Frame
	own     Frame  // where it is not shared
	minLast column // 1 where the smallest value came after the largest

	scale  codec.Scale // on the tag's grid
	bits   int
	base   int64 // of the means
	places [rollValues][]int32

	values [rollValues][]float64 // rollFloats

	means, devs []float64 // of the samples of each; empty: not known
}

// Len is the number of rolls.
func (d *Rolls) Len() int { return d.n }

// All is every roll.
func (d *Rolls) All() []Roll {
	out := make([]Roll, d.n)
	for i := range out {
		out[i] = d.At(i)
	}
	return out
}

// Size is about how many bytes of memory d takes, a shared frame left out.
func (d *Rolls) Size() int {
	n := 512 + d.own.Size() + 4*cap(d.minLast.v) + 8*(cap(d.means)+cap(d.devs))
	for i := range d.places {
		n += 4*cap(d.places[i]) + 8*cap(d.values[i])
	}
	return n
}

// Start is the time at which roll i begins.
func (d *Rolls) Start(i int) int64 { return d.frame.cols[colStart].at(i) * d.width }

// Search returns the first roll that begins at or after t.
func (d *Rolls) Search(t int64) int {
	return sort.Search(d.n, func(i int) bool { return d.Start(i) >= t })
}

func (d *Rolls) parts() float64 { return float64(int64(1) << d.bits) }

// At is roll i. The extremes are put where their order is seen: a quarter into
// the stretch of samples and a quarter before its end, or at its ends where
// they are the first or last value.
func (d *Rolls) At(i int) Roll {
	start := d.Start(i)
	begin := start + d.frame.cols[colBegin].at(i)*tick
	first, last := d.ends(i)
	lo, hi := d.between(i, first, last)
	r := Roll{
		Start: start, Begin: begin, FirstAt: first, LastAt: last, MinAt: lo, MaxAt: hi,
		Count: int(d.frame.cols[colCount].at(i)), Bad: int(d.frame.cols[colBad].at(i)), BadEnd: d.frame.cols[colBadEnd].at(i) != 0,
		Usable: min(max(start+d.width-begin-d.frame.cols[colUnusable].at(i)*tick, 0), d.width),
	}
	nan := math.NaN()
	if r.SampleMean, r.StdDev = nan, nan; r.Count == 0 {
		r.First, r.Last, r.Min, r.Max, r.Mean = nan, nan, nan, nan, nan
		return r
	}
	if len(d.devs) > 0 {
		r.SampleMean, r.StdDev = d.means[i], d.devs[i]
	}
	if d.form == rollFloats {
		v := &d.values
		r.Mean, r.First, r.Last, r.Min, r.Max = v[valMean][i], v[valFirst][i], v[valLast][i], v[valMin][i], v[valMax][i]
		return r
	}
	r.Mean = d.scale.FromPart(d.base+int64(d.places[valMean][i]), d.parts())
	f, l, mn, mx := d.placesAt(i)
	r.First, r.Last, r.Min, r.Max = d.scale.Value(f), d.scale.Value(l), d.scale.Value(mn), d.scale.Value(mx)
	r.MinAt, r.MaxAt = d.extremesAt(i)
	return r
}

// ends are the times of the first and last usable sample of roll i.
func (d *Rolls) ends(i int) (first, last int64) {
	start := d.Start(i)
	first = start + (d.frame.cols[colBegin].at(i)+d.frame.cols[colFirstAt].at(i))*tick
	return first, max(start+d.frame.cols[colLastAt].at(i)*tick, first)
}

// between is where the extremes of roll i are put when nothing is known of
// them but their order.
func (d *Rolls) between(i int, first, last int64) (lo, hi int64) {
	lo, hi = first+(last-first)/4, last-(last-first)/4
	if d.minLast.at(i) != 0 {
		return hi, lo
	}
	return lo, hi
}

// extremesAt is where the extremes of roll i, which is on the grid, are put.
func (d *Rolls) extremesAt(i int) (lo, hi int64) {
	first, last := d.ends(i)
	lo, hi = d.between(i, first, last)
	f, l, least, most := d.placesAt(i)
	switch least {
	case f:
		lo = first
	case l:
		lo = last
	}
	switch most {
	case f:
		hi = first
	case l:
		hi = last
	}
	return lo, hi
}

// placesAt is where the first, last, smallest and largest value of roll i lie
// on the tag's grid.
func (d *Rolls) placesAt(i int) (first, last, lo, hi int64) {
	mean := (d.base + int64(d.places[valMean][i])) >> d.bits
	return placesOf(d.form, mean, int64(d.places[valFirst][i]), int64(d.places[valLast][i]), int64(d.places[valMin][i]), int64(d.places[valMax][i]))
}

// Join makes one roll of rolls i to j-1, at least one, that is as wide as they
// are together: what was held at the end of one counts until the next begins.
// SampleMean and StdDev are left out.
func (d *Rolls) Join(i, j int) Roll {
	r := d.At(i)
	r.SampleMean, r.StdDev = math.NaN(), math.NaN()
	if j-i == 1 {
		return r
	}
	if d.form == rollFloats || !d.frame.cols[colBad].isZero(i, j) {
		for end := r.Start + d.width; i+1 < j; i++ {
			next := d.At(i + 1)
			r.extend(&next, end)
			end = next.Start + d.width
		}
		return r
	}
	return d.joinScaled(r, i, j)
}

// extend adds a roll that comes after r, which has counted until end.
func (r *Roll) extend(next *Roll, end int64) {
	usable := r.Usable + next.Usable
	integral := 0.0
	if r.Usable > 0 {
		integral = r.Mean * float64(r.Usable)
	}
	if next.Usable > 0 {
		integral += next.Mean * float64(next.Usable)
	}
	if !r.BadEnd {
		integral += r.Last * float64(next.Begin-end)
		usable += next.Begin - end
	}
	r.Usable, r.BadEnd = usable, next.BadEnd
	r.Bad += next.Bad
	mean := math.NaN()
	if usable > 0 {
		mean = integral / float64(usable)
	}
	if next.Count == 0 {
		r.Mean = mean
		return
	}
	if usable <= 0 {
		mean = next.Mean
	}
	if r.Mean = mean; r.Count == 0 {
		r.First, r.FirstAt = next.First, next.FirstAt
		r.Min, r.MinAt, r.Max, r.MaxAt = next.Min, next.MinAt, next.Max, next.MaxAt
	}
	if next.Min < r.Min {
		r.Min, r.MinAt = next.Min, next.MinAt
	}
	if next.Max > r.Max {
		r.Max, r.MaxAt = next.Max, next.MaxAt
	}
	r.Last, r.LastAt = next.Last, next.LastAt
	r.Count += next.Count
}

// joinScaled is Join of rolls i to j-1 on the grid, r being roll i, in none of
// which anything is bad: whole numbers are compared and added.
func (d *Rolls) joinScaled(r Roll, i, j int) Roll {
	sum := d.weigh(i, j)
	lo, hi, loAt, hiAt := d.extremes(i, j)
	if v := d.scale.Value(lo); v < r.Min {
		r.Min = v
		r.MinAt, _ = d.extremesAt(loAt)
	}
	if v := d.scale.Value(hi); v > r.Max {
		r.Max = v
		_, r.MaxAt = d.extremesAt(hiAt)
	}
	r.Usable = sum.usable * tick
	if sum.usable > 0 {
		r.Mean = d.scale.FromPart(d.base, d.parts()) + d.scale.Span(1, d.parts())*(sum.mean/float64(sum.usable))
	}
	_, last, _, _ := d.placesAt(j - 1)
	r.Last = d.scale.Value(last)
	_, r.LastAt = d.ends(j - 1)
	r.Count = sum.count
	return r
}

// A weight is what a run of rolls counts: the integral of the mean's distance
// from d.base, in parts and ticks, over how many ticks, of how many samples.
type weight struct {
	mean   float64
	usable int64
	count  int
}

// weigh adds up rolls i to j-1, nothing bad among them.
func (d *Rolls) weigh(i, j int) (w weight) {
	start, begin, unusable := &d.frame.cols[colStart], &d.frame.cols[colBegin], &d.frame.cols[colUnusable]
	means, ticks := d.places[valMean], d.width/tick
	w.count = int(d.frame.cols[colCount].sum(i, j))
	if start.step == 1 && begin.isZero(i, j) && unusable.isZero(i, j) { // scanned at the whole second, without end
		sum := int64(0)
		for _, m := range means[i:j] {
			sum += int64(m)
		}
		w.usable = int64(j-i) * ticks
		w.mean = float64(sum) * float64(ticks)
		return w
	}
	for k := i; k < j; k++ {
		if k > i {
			_, last, _, _ := d.placesAt(k - 1)
			gap := (start.at(k)-start.at(k-1)-1)*ticks + begin.at(k)
			w.mean += float64(last<<d.bits-d.base) * float64(gap)
			w.usable += gap
		}
		usable := min(max(ticks-begin.at(k)-unusable.at(k), 0), ticks)
		w.mean += float64(means[k]) * float64(usable)
		w.usable += usable
	}
	return w
}

// extremes finds the smallest and largest place among rolls i to j-1, and the
// first roll of each. The roll's number is kept below the place in one number,
// so that there is nothing to be guessed.
func (d *Rolls) extremes(i, j int) (lo, hi int64, loAt, hiAt int) {
	const numberBits, mask = 20, 1<<20 - 1
	base := d.base >> d.bits
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	means := d.places[valMean][i:j]
	first, last := d.places[valFirst][i:j][:len(means)], d.places[valLast][i:j][:len(means)]
	below, above := d.places[valMin][i:j][:len(means)], d.places[valMax][i:j][:len(means)]
	up := uint(d.bits) & 63
	if d.form == rollByMean {
		for k, m := range means {
			mean := (d.base+int64(m))>>up - base
			least = min(least, (mean-int64(below[k]))<<numberBits|int64(k))
			most = max(most, (mean+int64(above[k]))<<numberBits|int64(mask-k))
		}
	} else {
		for k, m := range means {
			f := (d.base+int64(m))>>up - base + int64(first[k])
			l := f + int64(last[k])
			least = min(least, (min(f, l)-int64(below[k]))<<numberBits|int64(k))
			most = max(most, (max(f, l)+int64(above[k]))<<numberBits|int64(mask-k))
		}
	}
	return base + least>>numberBits, base + most>>numberBits, i + int(least&mask), i + int(mask-most&mask)
}
