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

// Times inside a roll are kept to the millisecond; of the extremes only which
// came first.
const tick = int64(1e6)

// Parts of a step that a mean is kept to, as a power of two: tags of whole
// numbers say durations (of a running pump) with it.
const (
	meanBits      = 4
	meanBitsWhole = 14
)

// The first byte of a roll payload.
const (
	rollByMean = 0 // values are places on the tag's grid, from the mean
	rollByEnds = 1 // the same, extremes from the first and last
	rollFloats = 2 // values are floats
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
	if !scaled {
		return e.appendRollFloats(b, rolls)
	}
	b = scale.Append(b)
	bits := bitsOf(scale)
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
	b[at] = rollByMean
	if len(other) < len(b)-values {
		b, b[at] = append(b[:values], other...), rollByEnds
	}
	return b
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
	colStart = iota // of the frame
	colCount
	colBad
	colBadEnd
	colBegin
	colFirstAt
	colLastAt
	colUnusable
	colMinLast // of the tag
	colMean    // and if it is scaled
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

// Read decodes the payload of rolls that are width ns long; frame fetches the
// payload of a shared frame. The result is valid until the next call.
func (d *Rolls) Read(payload []byte, width int64, frame func(id int64) ([]byte, error)) ([]Roll, error) {
	r := Read(payload)
	form, count, id := r.Byte(), r.Uint(), int64(r.Uint())
	if r.bad || form > rollFloats || count > MaxChunk {
		return nil, ErrDamaged
	}
	d.out = grow(d.out, int(count))
	shared := &r
	if id != 0 {
		b, err := frame(id)
		if err != nil {
			return nil, err
		}
		c := Read(b)
		shared = &c
	}
	for i := colStart; i <= colUnusable; i++ {
		d.take(shared, i)
	}
	d.take(&r, colMinLast)
	if r.bad || shared.bad || id != 0 && len(shared.b) > 0 {
		return nil, ErrDamaged
	}
	d.putTimes(width)
	if form == rollFloats {
		d.readFloats(&r)
	} else {
		d.readScaled(&r, form)
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

// putTimes fills in everything but the values. The extremes are put where
// their order is seen: a quarter into the stretch of samples and a quarter
// before its end.
func (d *Rolls) putTimes(width int64) {
	for i := range d.out {
		start := d.cols[colStart][i] * width
		begin := start + d.cols[colBegin][i]*tick
		first := begin + d.cols[colFirstAt][i]*tick
		last := max(start+d.cols[colLastAt][i]*tick, first)
		lo, hi := first+(last-first)/4, last-(last-first)/4
		if d.cols[colMinLast][i] != 0 {
			lo, hi = hi, lo
		}
		d.out[i] = Roll{
			Start: start, Begin: begin, FirstAt: first, LastAt: last, MinAt: lo, MaxAt: hi,
			Count: int(d.cols[colCount][i]), Bad: int(d.cols[colBad][i]), BadEnd: d.cols[colBadEnd][i] != 0,
			Usable: min(max(start+width-begin-d.cols[colUnusable][i]*tick, 0), width),
		}
	}
}

func (d *Rolls) readScaled(r *Cursor, form byte) {
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
		first, last, lo, hi := mean+d.cols[colFirst][i], d.cols[colLast][i], d.cols[colMin][i], d.cols[colMax][i]
		if form == rollByMean {
			last, lo, hi = mean+last, mean-lo, mean+hi
		} else {
			last += first
			lo, hi = min(first, last)-lo, max(first, last)+hi
		}
		p.First, p.Last, p.Min, p.Max = scale.Value(first), scale.Value(last), scale.Value(lo), scale.Value(hi)
		// An extreme that is the first or last value has its time.
		switch lo {
		case first:
			p.MinAt = p.FirstAt
		case last:
			p.MinAt = p.LastAt
		}
		switch hi {
		case first:
			p.MaxAt = p.FirstAt
		case last:
			p.MaxAt = p.LastAt
		}
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
