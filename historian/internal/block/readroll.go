package block

import (
	"math"

	"penstock/historian/codec"
)

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

// FrameOf reads which row of the table frame rolls share; 0 when they have
// their own.
func FrameOf(payload []byte) (id int64, err error) {
	r := Read(payload)
	r.Byte()
	r.Uint()
	id = int64(r.Uint())
	return id, r.Err()
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
	bits := int(r.Byte())
	for i := colMean; i <= colMax; i++ {
		d.take(r, i)
	}
	if r.bad || bits > mostMeanBits {
		r.Fail()
		return
	}
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
