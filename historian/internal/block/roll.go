package block

import (
	"encoding/binary"
	"math"
	"math/bits"

	"penstock/historian/codec"
)

// Roll is what is kept for good of one minute or one hour of a tag. It is a
// function of the samples inside alone: what the value before them was held
// for is added by whoever reads the rolls in order.
type Roll struct {
	Start  int64 // of the minute or hour, ns
	Count  int   // usable samples
	Bad    int   // the others
	BadEnd bool  // the last sample was not usable

	Begin                         int64 // time of the first sample of whatever quality
	First, Last, Min, Max         float64
	FirstAt, LastAt, MinAt, MaxAt int64
	Mean                          float64 // time-weighted, from Begin to the end, while usable
	Usable                        int64   // ns from Begin to the end with a usable value held

	SampleMean, StdDev float64 // of the usable samples, each counting the same; NaN: not known, which it is of hours alone
}

// Times inside a roll are kept to the millisecond; of the extremes only which
// came first.
const tick = int64(1e6)

// A mean is kept to a part of a step of the tag's grid: the fewer steps its
// values span, the finer, so that the mean is true to a 65,000th part of
// the span, or to 1/32 of a step where that is more.
const (
	leastMeanBits = 4
	mostMeanBits  = 20
	spanBits      = 16
)

// The first byte of a roll payload.
const (
	rollByMean = 0 // values are places on the tag's grid, from the mean
	rollByEnds = 1 // the same, extremes from the first and last
	rollFloats = 2 // values are floats

	rollSpread = 4 // added: how samples are spread follows
)

// AppendRolls appends the payload of the rolls of one tag, each width ns long.
// frame, where given, is asked for the row of the columns that do not depend
// on values: tags of one scan have them in common. Without it, or where it
// returns 0, they are in the payload itself.
func (e *Encoder) AppendRolls(b []byte, rolls []Roll, width int64, h *codec.Hint, frame func([]byte) int64) []byte {
	scale, scaled := h.Scale()
	for i := range rolls {
		r := &rolls[i]
		if r.Count > 0 && !(scaled && scale.Holds(r.First) && scale.Holds(r.Last) && scale.Holds(r.Min) && scale.Holds(r.Max)) {
			scaled = false
			break
		}
	}
	e.frame = e.appendFrame(e.frame[:0], rolls, width)
	id := int64(0)
	if frame != nil {
		id = frame(e.frame)
	}
	at := len(b)
	b = binary.AppendUvarint(append(b, rollFloats), uint64(len(rolls)))
	b = binary.AppendUvarint(b, uint64(id))
	if id == 0 {
		b = append(b, e.frame...)
	}
	b = e.rollColumn(b, rolls, func(r *Roll) int64 {
		if r.Count > 0 && r.MinAt > r.MaxAt {
			return 1
		}
		return 0
	})
	spread := hasSpread(rolls)
	if spread {
		b[at] |= rollSpread
	}
	if !scaled {
		return e.appendRollFloats(b, rolls, spread)
	}
	bits := bitsOf(scale, rolls)
	b = append(scale.Append(b), byte(bits))
	// A roll without a value repeats the mean before it, which costs nothing.
	means, last := make([]int64, len(rolls)), int64(0)
	for i := range rolls {
		if rolls[i].Count > 0 {
			last = scale.Part(rolls[i].Mean, float64(int64(1)<<bits))
		}
		means[i] = last
	}
	b = e.codec.AppendInts(b, means)
	values := len(b)
	b = e.appendPlaces(b, rolls, scale, means, bits, rollByMean)
	other := e.appendPlaces(nil, rolls, scale, means, bits, rollByEnds)
	form := byte(rollByMean)
	if len(other) < len(b)-values {
		b, form = append(b[:values], other...), rollByEnds
	}
	b[at] = form
	if spread {
		b[at] |= rollSpread
		b = e.appendSpread(b, rolls, scale, means, bits)
	}
	return b
}

// hasSpread reports whether it is known of any roll how its samples are spread.
func hasSpread(rolls []Roll) bool {
	for i := range rolls {
		if rolls[i].hasSpread() {
			return true
		}
	}
	return false
}

func (r *Roll) hasSpread() bool { return r.Count > 0 && r.StdDev == r.StdDev }

// appendSpread appends the columns of the samples' mean, less the
// time-weighted, and of their standard deviation, both in parts of a step; -1
// where they are not known.
func (e *Encoder) appendSpread(b []byte, rolls []Roll, scale codec.Scale, means []int64, bits int) []byte {
	parts := float64(int64(1) << bits)
	e.ints = grow(e.ints, len(rolls))
	for i := range rolls {
		e.ints[i] = 0
		if rolls[i].hasSpread() {
			e.ints[i] = scale.Part(rolls[i].SampleMean, parts) - means[i]
		}
	}
	b = e.codec.AppendInts(b, e.ints)
	for i := range rolls {
		e.ints[i] = -1
		if rolls[i].hasSpread() {
			e.ints[i] = int64(math.Round(scale.Steps(rolls[i].StdDev, 0) * parts))
		}
	}
	return e.codec.AppendInts(b, e.ints)
}

// appendFrame appends the columns that tags of one scan have in common.
func (e *Encoder) appendFrame(b []byte, rolls []Roll, width int64) []byte {
	begin := func(r *Roll) int64 { return (r.Begin - r.Start) / tick }
	for _, f := range []func(r *Roll) int64{
		func(r *Roll) int64 { return r.Start / width },
		func(r *Roll) int64 { return int64(r.Count) },
		func(r *Roll) int64 { return int64(r.Bad) },
		func(r *Roll) int64 {
			if r.BadEnd {
				return 1
			}
			return 0
		},
		begin,
		func(r *Roll) int64 { return orZero(r, (r.FirstAt-r.Start)/tick-begin(r)) },
		func(r *Roll) int64 { return orZero(r, (r.LastAt-r.Start)/tick) },
		func(r *Roll) int64 { return width/tick - begin(r) - (r.Usable+tick/2)/tick },
	} {
		b = e.rollColumn(b, rolls, f)
	}
	return b
}

// appendPlaces appends the columns of first, last, smallest and largest.
func (e *Encoder) appendPlaces(b []byte, rolls []Roll, scale codec.Scale, means []int64, bits int, form byte) []byte {
	column := func(f func(r *Roll, mean int64) int64) {
		e.ints = grow(e.ints, len(rolls))
		for i := range rolls {
			e.ints[i] = 0
			if rolls[i].Count > 0 {
				e.ints[i] = f(&rolls[i], means[i]>>bits)
			}
		}
		b = e.codec.AppendInts(b, e.ints)
	}
	k := scale.Index
	column(func(r *Roll, mean int64) int64 { return k(r.First) - mean })
	if form == rollByMean {
		column(func(r *Roll, mean int64) int64 { return k(r.Last) - mean })
		column(func(r *Roll, mean int64) int64 { return mean - k(r.Min) })
		column(func(r *Roll, mean int64) int64 { return k(r.Max) - mean })
		return b
	}
	column(func(r *Roll, _ int64) int64 { return k(r.Last) - k(r.First) })
	column(func(r *Roll, _ int64) int64 { return min(k(r.First), k(r.Last)) - k(r.Min) })
	column(func(r *Roll, _ int64) int64 { return k(r.Max) - max(k(r.First), k(r.Last)) })
	return b
}

func (e *Encoder) rollColumn(b []byte, rolls []Roll, f func(r *Roll) int64) []byte {
	e.ints = grow(e.ints, len(rolls))
	for i := range rolls {
		e.ints[i] = f(&rolls[i])
	}
	return e.codec.AppendInts(b, e.ints)
}

// bitsOf is how many bits of a step the means of rolls are kept to.
func bitsOf(s codec.Scale, rolls []Roll) int {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range rolls {
		if rolls[i].Count > 0 {
			lo, hi = min(lo, rolls[i].Min), max(hi, rolls[i].Max)
		}
	}
	if !(lo <= hi) {
		return leastMeanBits
	}
	span := bits.Len64(uint64(min(s.Steps(lo, hi), 1<<40)))
	most := mostMeanBits
	for _, v := range [...]float64{lo, hi} { // a counter may be far from 0
		k := s.Index(v)
		most = min(most, 62-bits.Len64(uint64(max(k, -k))))
	}
	return min(max(spanBits-span, leastMeanBits), most)
}

func orZero(r *Roll, v int64) int64 {
	if r.Count == 0 {
		return 0
	}
	return v
}

func (e *Encoder) appendRollFloats(b []byte, rolls []Roll, spread bool) []byte {
	columns := []func(*Roll) float64{
		func(r *Roll) float64 { return r.Mean }, func(r *Roll) float64 { return r.First }, func(r *Roll) float64 { return r.Last },
		func(r *Roll) float64 { return r.Min }, func(r *Roll) float64 { return r.Max },
	}
	if spread {
		columns = append(columns, func(r *Roll) float64 { return r.SampleMean }, func(r *Roll) float64 { return r.StdDev })
	}
	var h codec.Hint
	for _, f := range columns {
		e.bits = grow(e.bits, len(rolls))
		last := uint64(0)
		for i := range rolls {
			if rolls[i].Count > 0 {
				last = math.Float64bits(f(&rolls[i]))
			}
			e.bits[i] = last
		}
		b = e.codec.AppendFloats(b, e.bits, &h)
	}
	return b
}
