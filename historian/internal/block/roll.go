package block

import (
	"encoding/binary"
	"math"

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
}

// Times inside a roll are kept to the millisecond, those of the extremes to
// the quarter.
const (
	tick     = int64(1e6)
	quarters = 4
)

// Parts of a step that a mean is kept to: tags of whole numbers say durations
// (of a running pump) with it.
const (
	meanBits      = 6 // 64 parts
	meanBitsWhole = 20
)

// The first byte of a roll payload.
const (
	rollScaled = 0 // values are places on the tag's grid
	rollFloats = 1 // values are floats
)

// AppendRolls appends the payload of the rolls of one tag, each width ns long.
func (e *Encoder) AppendRolls(b []byte, rolls []Roll, width int64, h *codec.Hint) []byte {
	n := len(rolls)
	scale, scaled := h.Scale()
	for i := range rolls {
		r := &rolls[i]
		if r.Count > 0 && !(scaled && scale.Holds(r.First) && scale.Holds(r.Last) && scale.Holds(r.Min) && scale.Holds(r.Max)) {
			scaled = false
			break
		}
	}
	form := byte(rollFloats)
	if scaled {
		form = rollScaled
	}
	b = binary.AppendUvarint(append(b, form), uint64(n))
	column := func(f func(r *Roll) int64) {
		e.ints = grow(e.ints, n)
		for i := range rolls {
			e.ints[i] = f(&rolls[i])
		}
		b = e.codec.AppendInts(b, e.ints)
	}
	column(func(r *Roll) int64 { return r.Start / width })
	column(func(r *Roll) int64 { return int64(r.Count) })
	column(func(r *Roll) int64 { return int64(r.Bad) })
	column(func(r *Roll) int64 {
		if r.BadEnd {
			return 1
		}
		return 0
	})
	begin := func(r *Roll) int64 { return (r.Begin - r.Start) / tick }
	column(begin)
	column(func(r *Roll) int64 { return orZero(r, (r.FirstAt-r.Start)/tick-begin(r)) })
	column(func(r *Roll) int64 { return orZero(r, (r.LastAt-r.Start)/tick) })
	column(func(r *Roll) int64 {
		if r.Count == 0 || r.Min == r.Max {
			return 0
		}
		return (r.MinAt-r.Start)*quarters/width*quarters + (r.MaxAt-r.Start)*quarters/width
	})
	column(func(r *Roll) int64 { return width/tick - begin(r) - (r.Usable+tick/2)/tick })
	if !scaled {
		return e.appendRollFloats(b, rolls)
	}
	b = scale.Append(b)
	bits := bitsOf(scale)
	parts := float64(int64(1) << bits)
	// A roll without a value repeats the mean before it, which costs nothing.
	means, last := make([]int64, n), int64(0)
	for i := range rolls {
		if rolls[i].Count > 0 {
			last = scale.Part(rolls[i].Mean, parts)
		}
		means[i] = last
	}
	b = e.codec.AppendInts(b, means)
	for _, f := range []func(*Roll) float64{
		func(r *Roll) float64 { return r.First }, func(r *Roll) float64 { return r.Last },
		func(r *Roll) float64 { return r.Min }, func(r *Roll) float64 { return r.Max },
	} {
		e.ints = grow(e.ints, n)
		for i := range rolls {
			e.ints[i] = 0
			if rolls[i].Count > 0 {
				e.ints[i] = scale.Index(f(&rolls[i])) - means[i]>>bits
			}
		}
		b = e.codec.AppendInts(b, e.ints)
	}
	return b
}

func bitsOf(s codec.Scale) int {
	if s == codec.Whole {
		return meanBitsWhole
	}
	return meanBits
}

func orZero(r *Roll, v int64) int64 {
	if r.Count == 0 {
		return 0
	}
	return v
}

func (e *Encoder) appendRollFloats(b []byte, rolls []Roll) []byte {
	var h codec.Hint
	for _, f := range []func(*Roll) float64{
		func(r *Roll) float64 { return r.Mean }, func(r *Roll) float64 { return r.First }, func(r *Roll) float64 { return r.Last },
		func(r *Roll) float64 { return r.Min }, func(r *Roll) float64 { return r.Max },
	} {
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

// The integer columns of rolls in the order in which they are written.
const (
	colStart = iota
	colCount
	colBad
	colBadEnd
	colBegin
	colFirstAt
	colLastAt
	colExtremes
	colUnusable
	colMean // here and below: of scaled rolls
	colFirst
	colLast
	colMin
	colMax
	rollColumns
)

// Rolls reads rolls. The zero value is ready; it belongs to one goroutine at a
// time.
type Rolls struct {
	ints   codec.Ints
	floats codec.Floats
	cols   [rollColumns][]int64
	bits   []uint64
	out    []Roll
}

// Read decodes the payload of rolls that are width ns long. The result is
// valid until the next call.
func (d *Rolls) Read(payload []byte, width int64) ([]Roll, error) {
	r := Read(payload)
	form, count := r.Byte(), r.Uint()
	if r.bad || form > rollFloats || count > MaxChunk {
		return nil, ErrDamaged
	}
	d.out = grow(d.out, int(count))
	for i := colStart; i <= colUnusable; i++ {
		d.take(&r, i)
	}
	if r.bad {
		return nil, ErrDamaged
	}
	d.putTimes(width)
	if form == rollFloats {
		d.readFloats(&r)
	} else {
		d.readScaled(&r)
	}
	if r.bad || len(r.b) > 0 {
		return nil, ErrDamaged
	}
	nan := math.NaN()
	for i := range d.out {
		if p := &d.out[i]; p.Count == 0 {
			p.First, p.Last, p.Min, p.Max, p.Mean = nan, nan, nan, nan, nan
		}
	}
	return d.out, nil
}

// take reads an integer column.
func (d *Rolls) take(r *Cursor, column int) {
	n := len(d.out)
	used, err := d.ints.Open(r.b, n)
	if err != nil {
		r.Fail()
		return
	}
	r.Bytes(uint64(used))
	d.cols[column] = grow(d.cols[column], n)
	for k := range codec.Segments(n) {
		if d.ints.Read(d.cols[column][k*codec.Segment:][:codec.SegmentLen(n, k)], k) != nil {
			r.Fail()
			return
		}
	}
}

// putTimes fills in everything but the values.
func (d *Rolls) putTimes(width int64) {
	quarter := width / quarters
	for i := range d.out {
		start := d.cols[colStart][i] * width
		begin := start + d.cols[colBegin][i]*tick
		first := begin + d.cols[colFirstAt][i]*tick
		last := max(start+d.cols[colLastAt][i]*tick, first)
		lo, hi := d.cols[colExtremes][i]/quarters, d.cols[colExtremes][i]%quarters
		d.out[i] = Roll{
			Start: start, Begin: begin, FirstAt: first, LastAt: last,
			Count: int(d.cols[colCount][i]), Bad: int(d.cols[colBad][i]), BadEnd: d.cols[colBadEnd][i] != 0,
			MinAt:  min(max(start+lo*quarter+quarter/2, first), last),
			MaxAt:  min(max(start+hi*quarter+quarter/2, first), last),
			Usable: min(max(start+width-begin-d.cols[colUnusable][i]*tick, 0), width),
		}
	}
}

func (d *Rolls) readScaled(r *Cursor) {
	scale, used, err := codec.ReadScale(r.b)
	if err != nil {
		r.Fail()
		return
	}
	r.Bytes(uint64(used))
	for i := colMean; i <= colMax; i++ {
		d.take(r, i)
	}
	if r.bad {
		return
	}
	bits := bitsOf(scale)
	parts := float64(int64(1) << bits)
	for i := range d.out {
		p, mean := &d.out[i], d.cols[colMean][i]
		p.Mean = scale.FromPart(mean, parts)
		mean >>= bits
		p.First, p.Last = scale.Value(mean+d.cols[colFirst][i]), scale.Value(mean+d.cols[colLast][i])
		p.Min, p.Max = scale.Value(mean+d.cols[colMin][i]), scale.Value(mean+d.cols[colMax][i])
	}
}

func (d *Rolls) readFloats(r *Cursor) {
	n := len(d.out)
	d.bits = grow(d.bits, n)
	for _, at := range []func(*Roll) *float64{
		func(p *Roll) *float64 { return &p.Mean }, func(p *Roll) *float64 { return &p.First }, func(p *Roll) *float64 { return &p.Last },
		func(p *Roll) *float64 { return &p.Min }, func(p *Roll) *float64 { return &p.Max },
	} {
		used, err := d.floats.Open(r.b, n)
		if err != nil {
			r.Fail()
			return
		}
		r.Bytes(uint64(used))
		for k := range codec.Segments(n) {
			i := k * codec.Segment
			if d.floats.Read(d.bits[i:i+codec.SegmentLen(n, k)], k) != nil {
				r.Fail()
				return
			}
		}
		for i, b := range d.bits {
			*at(&d.out[i]) = math.Float64frombits(b)
		}
	}
}
