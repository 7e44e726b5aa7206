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
	meanParts      = 1 << 6
	meanPartsWhole = 1 << 20
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
	parts := partsOf(scale)
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
				e.ints[i] = scale.Index(f(&rolls[i])) - means[i]/int64(parts)
			}
		}
		b = e.codec.AppendInts(b, e.ints)
	}
	return b
}

func partsOf(s codec.Scale) float64 {
	if s == codec.Whole {
		return meanPartsWhole
	}
	return meanParts
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

// Rolls reads rolls. The zero value is ready; it belongs to one goroutine at a
// time.
type Rolls struct {
	ints   codec.Ints
	floats codec.Floats
	col    []int64
	means  []int64
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
	n := int(count)
	d.col, d.out = grow(d.col, n), grow(d.out, n)
	out := d.out
	clear(out)
	d.column(&r, func(p *Roll, v int64) { p.Start = v * width })
	d.column(&r, func(p *Roll, v int64) { p.Count = int(v) })
	d.column(&r, func(p *Roll, v int64) { p.Bad = int(v) })
	d.column(&r, func(p *Roll, v int64) { p.BadEnd = v != 0 })
	d.column(&r, func(p *Roll, v int64) { p.Begin = p.Start + v*tick })
	d.column(&r, func(p *Roll, v int64) { p.FirstAt = p.Begin + v*tick })
	d.column(&r, func(p *Roll, v int64) { p.LastAt = max(p.Start+v*tick, p.FirstAt) })
	d.column(&r, func(p *Roll, v int64) {
		q := width / quarters
		p.MinAt = min(max(p.Start+v/quarters*q+q/2, p.FirstAt), p.LastAt)
		p.MaxAt = min(max(p.Start+v%quarters*q+q/2, p.FirstAt), p.LastAt)
	})
	d.column(&r, func(p *Roll, v int64) { p.Usable = min(max(width-(p.Begin-p.Start)-v*tick, 0), width) })
	if form == rollFloats {
		d.readFloats(&r)
	} else {
		d.readScaled(&r)
	}
	if r.bad || len(r.b) > 0 {
		return nil, ErrDamaged
	}
	nan := math.NaN()
	for i := range out {
		if p := &out[i]; p.Count == 0 {
			p.First, p.Last, p.Min, p.Max, p.Mean = nan, nan, nan, nan, nan
		}
	}
	return out, nil
}

// take reads an integer column into d.col.
func (d *Rolls) take(r *Cursor) bool {
	used, err := d.ints.Open(r.b, len(d.out))
	if err != nil {
		r.Fail()
		return false
	}
	r.Bytes(uint64(used))
	for k := range codec.Segments(len(d.out)) {
		if d.ints.Read(d.col[k*codec.Segment:][:codec.SegmentLen(len(d.out), k)], k) != nil {
			r.Fail()
			return false
		}
	}
	return true
}

func (d *Rolls) column(r *Cursor, set func(*Roll, int64)) {
	if !d.take(r) {
		return
	}
	for i, v := range d.col {
		set(&d.out[i], v)
	}
}

func (d *Rolls) readScaled(r *Cursor) {
	scale, used, err := codec.ReadScale(r.b)
	if err != nil {
		r.Fail()
		return
	}
	r.Bytes(uint64(used))
	parts := partsOf(scale)
	if !d.take(r) {
		return
	}
	d.means = append(d.means[:0], d.col...)
	for i, v := range d.means {
		d.out[i].Mean = scale.FromPart(v, parts)
		d.means[i] = v / int64(parts)
	}
	for _, at := range []func(*Roll) *float64{
		func(p *Roll) *float64 { return &p.First }, func(p *Roll) *float64 { return &p.Last },
		func(p *Roll) *float64 { return &p.Min }, func(p *Roll) *float64 { return &p.Max },
	} {
		if !d.take(r) {
			return
		}
		for i, v := range d.col {
			*at(&d.out[i]) = scale.Value(v + d.means[i])
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
