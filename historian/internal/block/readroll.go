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
	frameColumns
)

// The columns of values, in the order in which they are written.
const (
	valMean = iota
	valFirst
	valLast
	valMin
	valMax
	rollValues
)

// FrameOf reads which row of the table frame rolls share; 0 when they have
// their own.
func FrameOf(payload []byte) (id int64, err error) {
	r := Read(payload)
	r.Byte()
	r.Uint()
	id = int64(r.Uint())
	return id, r.Err()
}

// RollDecoder reads rolls. The zero value is ready; it belongs to one goroutine
// at a time.
type RollDecoder struct {
	ints   codec.Ints
	floats codec.Floats
	values [rollValues][]int64
	one    []int64
	bits   []uint64
}

// A Frame is what the rolls of one scan have in common: everything but values.
// It is not changed any more, and may be read by many goroutines.
type Frame struct {
	n    int
	cols [frameColumns]column
}

// Size is about how many bytes of memory f takes.
func (f *Frame) Size() int {
	n := 512
	for i := range f.cols {
		n += 4 * cap(f.cols[i].v)
	}
	return n
}

// Frame decodes the payload of a shared frame of n rolls into out, whose memory
// it uses again.
func (d *RollDecoder) Frame(out *Frame, payload []byte, n int) error {
	r := Read(payload)
	if d.frame(&r, out, n); r.bad || len(r.b) > 0 {
		return ErrDamaged
	}
	return nil
}

func (d *RollDecoder) frame(r *Cursor, f *Frame, n int) {
	f.n = n
	for i := range f.cols {
		d.column(r, &f.cols[i], n)
	}
}

// Read decodes the payload of rolls that are width ns long into out, whose
// memory it uses again; frame fetches a shared frame, of n rolls.
func (d *RollDecoder) Read(out *Rolls, payload []byte, width int64, frame func(id int64, n int) (*Frame, error)) error {
	r := Read(payload)
	form, count, id := r.Byte(), r.Uint(), int64(r.Uint())
	if r.bad || form > rollFloats|rollSpread || form&^rollSpread > rollFloats || count > MaxChunk {
		return ErrDamaged
	}
	out.n, out.width, out.form = int(count), width, form&^rollSpread
	if id != 0 {
		f, err := frame(id, out.n)
		if err != nil {
			return err
		}
		if f.n != out.n {
			return ErrDamaged
		}
		out.frame = f
	} else {
		d.frame(&r, &out.own, out.n)
		out.frame = &out.own
	}
	if d.column(&r, &out.minLast, out.n); r.bad {
		return ErrDamaged
	}
	if out.form == rollFloats {
		d.readFloats(&r, out)
	} else {
		d.readScaled(&r, out)
	}
	out.means, out.devs = out.means[:0], out.devs[:0]
	if form&rollSpread != 0 && !r.bad {
		d.readSpread(&r, out, form&^rollSpread)
	}
	if r.bad || len(r.b) > 0 {
		return ErrDamaged
	}
	return nil
}

// take reads an integer column of n values into dst.
func (d *RollDecoder) take(r *Cursor, dst []int64) {
	n := len(dst)
	used, err := d.ints.Open(r.b, n)
	if err != nil {
		r.Fail()
		return
	}
	r.Bytes(uint64(used))
	for k := range codec.Segments(n) {
		if d.ints.Read(dst[k*codec.Segment:][:codec.SegmentLen(n, k)], k) != nil {
			r.Fail()
			return
		}
	}
}

// readScaled reads values on the tag's grid.
func (d *RollDecoder) readScaled(r *Cursor, out *Rolls) {
	var used int
	var err error
	if out.scale, used, err = codec.ReadScale(r.b); err != nil {
		r.Fail()
		return
	}
	r.Bytes(uint64(used))
	if out.bits = int(r.Byte()); r.bad || out.bits > mostMeanBits {
		r.Fail()
		return
	}
	out.base = 0
	fits := true
	for i := range d.values {
		d.values[i] = grow(d.values[i], out.n)
		d.take(r, d.values[i])
		if r.bad {
			return
		}
		base := int64(0)
		if i == valMean && out.n > 0 {
			base = d.values[i][0]
			out.base = base
		}
		out.places[i] = grow(out.places[i], out.n)
		fits = fits && narrow(out.places[i], d.values[i], base)
	}
	if fits {
		return
	}
	// Counters that run very far within the rolls: their values are worked
	// out now.
	form := out.form
	out.form = rollFloats
	for i := range out.values {
		out.values[i] = grow(out.values[i], out.n)
	}
	for i := range out.n {
		mean := d.values[valMean][i]
		whole := mean >> out.bits
		first, last, lo, hi := placesOf(form, whole, d.values[valFirst][i], d.values[valLast][i], d.values[valMin][i], d.values[valMax][i])
		out.values[valMean][i] = out.scale.FromPart(mean, out.parts())
		out.values[valFirst][i], out.values[valLast][i] = out.scale.Value(first), out.scale.Value(last)
		out.values[valMin][i], out.values[valMax][i] = out.scale.Value(lo), out.scale.Value(hi)
	}
}

// placesOf puts the places of a roll's values on the grid together from what
// is kept of them; mean is in whole steps.
func placesOf(form byte, mean, first, last, lo, hi int64) (int64, int64, int64, int64) {
	first += mean
	if form == rollByMean {
		return first, mean + last, mean - lo, mean + hi
	}
	last += first
	return first, last, min(first, last) - lo, max(first, last) + hi
}

func (d *RollDecoder) readFloats(r *Cursor, out *Rolls) {
	for i := range out.values {
		out.values[i] = d.takeFloats(r, out.values[i], out.n)
	}
}

func (d *RollDecoder) takeFloats(r *Cursor, dst []float64, n int) []float64 {
	dst, d.bits = grow(dst, n), grow(d.bits, n)
	used, err := d.floats.Open(r.b, n)
	if err != nil {
		r.Fail()
		return dst
	}
	r.Bytes(uint64(used))
	for k := range codec.Segments(n) {
		if d.floats.Read(d.bits[k*codec.Segment:][:codec.SegmentLen(n, k)], k) != nil {
			r.Fail()
			return dst
		}
	}
	for i, b := range d.bits {
		dst[i] = math.Float64frombits(b)
	}
	return dst
}

// readSpread reads how the samples of each roll are spread.
func (d *RollDecoder) readSpread(r *Cursor, out *Rolls, form byte) {
	if form == rollFloats {
		out.means, out.devs = d.takeFloats(r, out.means, out.n), d.takeFloats(r, out.devs, out.n)
		return
	}
	out.means, out.devs = grow(out.means, out.n), grow(out.devs, out.n)
	d.one = grow(d.one, out.n)
	d.take(r, d.one)
	for i, v := range d.one {
		out.means[i] = out.scale.FromPart(d.values[valMean][i]+v, out.parts())
	}
	d.take(r, d.one)
	for i, v := range d.one {
		if out.devs[i] = math.NaN(); v >= 0 {
			out.devs[i] = out.scale.Span(v, out.parts())
		}
	}
}
