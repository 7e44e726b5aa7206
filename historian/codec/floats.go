package codec

import (
	"encoding/binary"
	"math"
)

// The first byte of a float column says how its integers k become floats.
const (
	formInt    = 0 // k
	formDec    = 1 // k / 10^e; e in the next byte
	formDec32  = 2 // k / 10^e rounded to float32; e in the next byte
	formGrid   = 3 // base + k*step rounded to float32, and a correction for each k of the range
	formGrid1  = 4 // the same, with a correction for each k that occurs; one segment
	formBits32 = 5 // the k-th float32 in the order of their values
	formBits64 = 6 // the k-th float64
)

var pow10 = [...]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10}

// Hint remembers how a tag's last column was coded, which spares looking for
// it again. The zero Hint remembers nothing. It never changes what is stored.
type Hint struct {
	known      bool
	form       byte
	exp        int
	base, step float64
	predictor  predictorHint
	moves      predictorHint // of a grid's corrections
}

// AppendFloats appends a column of float64 given as their bits.
func (e *Encoder) AppendFloats(dst []byte, src []uint64, h *Hint) []byte {
	if h == nil {
		h = new(Hint)
	}
	if len(src) == 0 {
		return e.AppendInts(append(dst, formInt), nil)
	}
	e.ints = grow(e.ints, len(src))
	short := true
	for _, b := range src {
		f := math.Float64frombits(b)
		if math.Float64bits(float64(float32(f))) != b || f != f {
			short = false
			break
		}
	}
	if form, exp, ok := e.decimal(src, short, h); ok {
		h.known, h.form, h.exp = true, form, exp
		dst = append(dst, form)
		if form != formInt {
			dst = append(dst, byte(exp))
		}
		return e.appendInts(dst, e.ints, &h.predictor)
	}
	if short {
		if out, ok := e.appendGrid(dst, src, h); ok {
			return out
		}
		for i, b := range src {
			e.ints[i] = order32(float32(math.Float64frombits(b)))
		}
		h.known, h.form = true, formBits32
		return e.appendInts(append(dst, formBits32), e.ints, &h.predictor)
	}
	for i, b := range src {
		e.ints[i] = order64(b)
	}
	h.known, h.form = true, formBits64
	return e.appendInts(append(dst, formBits64), e.ints, &h.predictor)
}

// decimal looks for the fewest decimals that give every value exactly, and
// leaves the integers in e.ints.
func (e *Encoder) decimal(src []uint64, short bool, h *Hint) (form byte, exp int, ok bool) {
	if h.known {
		switch {
		case h.form <= formDec && asDecimal(e.ints, src, h.exp):
			return h.form, h.exp, true
		case h.form == formDec32 && short && asDecimal32(e.ints, src, h.exp):
			return h.form, h.exp, true
		case h.form == formGrid || h.form == formGrid1:
			return 0, 0, false
		}
	}
	if asDecimal(e.ints, src, 0) {
		return formInt, 0, true
	}
	few := src // most columns without decimals show it in a few values
	if len(src) >= 32 {
		few = src[len(src)/2 : len(src)/2+16]
	}
	if short {
		for x := 1; x <= 6; x++ {
			if asDecimal32(e.ints, few, x) && asDecimal32(e.ints, src, x) {
				return formDec32, x, true
			}
		}
		return 0, 0, false
	}
	for x := 1; x < len(pow10); x++ {
		if asDecimal(e.ints, few, x) && asDecimal(e.ints, src, x) {
			return formDec, x, true
		}
	}
	return 0, 0, false
}

func asDecimal(dst []int64, src []uint64, exp int) bool {
	p := pow10[exp]
	for i, b := range src {
		v := math.Float64frombits(b)
		k := math.RoundToEven(v * p)
		if !(k > -1<<53 && k < 1<<53) || k/p != v || k == 0 && b != 0 {
			return false
		}
		dst[i] = int64(k)
	}
	return true
}

func asDecimal32(dst []int64, src []uint64, exp int) bool {
	p := pow10[exp]
	for i, b := range src {
		v := math.Float64frombits(b)
		k := math.RoundToEven(v * p)
		if !(k > -1<<24 && k < 1<<24) || float64(float32(k/p)) != v || k == 0 && b != 0 {
			return false
		}
		dst[i] = int64(k)
	}
	return true
}

// order64 numbers the float64 in the order of their values; NaN are at the
// ends. fromOrder64 is its inverse.
func order64(b uint64) int64     { i := int64(b); return i ^ (i>>63)&math.MaxInt64 }
func fromOrder64(i int64) uint64 { return uint64(i ^ (i>>63)&math.MaxInt64) }

func order32(f float32) int64 {
	i := int32(math.Float32bits(f))
	return int64(i ^ (i>>31)&math.MaxInt32)
}

func fromOrder32(k int64) float32 {
	i := int32(k)
	return math.Float32frombits(uint32(i ^ (i>>31)&math.MaxInt32))
}

// Floats reads a column of floats. The zero value is ready to Open, and may be
// opened again.
type Floats struct {
	Ints       Ints
	form       byte
	exp        int
	base, step float64
	lo         int64    // formGrid: k of table[0]
	table      []uint64 // formGrid: value bits by k-lo
	cor        []int64
	buf        [Segment]int64
}

// Open starts reading a column of n floats at the front of b, which must stay
// as it is while the column is read. It returns how long the column is.
func (c *Floats) Open(b []byte, n int) (used int, err error) {
	r := reader{b: b}
	c.form = r.byte()
	switch c.form {
	case formInt, formBits32, formBits64:
	case formDec, formDec32:
		if c.exp = int(r.byte()); c.exp >= len(pow10) {
			r.fail()
		}
	case formGrid, formGrid1:
		c.base, c.step = math.Float64frombits(r.uint64()), math.Float64frombits(r.uint64())
		c.openGrid(&r, n)
	default:
		r.fail()
	}
	if r.bad {
		return 0, ErrDamaged
	}
	at := len(b) - len(r.b)
	used, err = c.Ints.Open(r.b, n)
	return at + used, err
}

// Const returns the bits of a column all of whose values are alike.
func (c *Floats) Const() (bits uint64, ok bool) {
	k, ok := c.Ints.Const()
	if !ok || c.form == formGrid || c.form == formGrid1 {
		return 0, false
	}
	c.buf[0] = k
	var v [1]uint64
	if c.floats(v[:], c.buf[:1]) != nil {
		return 0, false
	}
	return v[0], true
}

// Line is the line base + place*step that the values of the column lie on, to
// within the rounding of a controller; ok is false where they lie on none, or
// are too few different ones to be worth it.
func (c *Floats) Line() (base, step float64, ok bool) {
	switch c.form {
	case formInt:
		base, step = 0, 1
	case formDec, formDec32:
		base, step = 0, 1/pow10[c.exp]
	case formGrid:
		base, step = c.base, c.step
	}
	return base, step, step > 0 && c.Ints.Varies()
}

// Place is the value at place k of the Line, NaN beyond its ends.
func (c *Floats) Place(k int64) float64 {
	switch c.form {
	case formInt:
		return float64(k)
	case formDec:
		return float64(k) / pow10[c.exp]
	case formDec32:
		return float64(float32(float64(k) / pow10[c.exp]))
	}
	if j := uint64(k - c.lo); j < uint64(len(c.table)) {
		return math.Float64frombits(c.table[j])
	}
	return math.NaN()
}

// Read decodes segment k as float64 bits into dst, whose length is
// SegmentLen(n, k).
func (c *Floats) Read(dst []uint64, k int) error {
	ints := c.buf[:len(dst)]
	if err := c.Ints.Read(ints, k); err != nil {
		return err
	}
	return c.floats(dst, ints)
}

func (c *Floats) floats(dst []uint64, ints []int64) error {
	switch c.form {
	case formInt:
		for i, k := range ints {
			dst[i] = math.Float64bits(float64(k))
		}
	case formDec:
		d := pow10[c.exp]
		for i, k := range ints {
			dst[i] = math.Float64bits(float64(k) / d)
		}
	case formDec32:
		d := pow10[c.exp]
		for i, k := range ints {
			dst[i] = math.Float64bits(float64(float32(float64(k) / d)))
		}
	case formGrid:
		for i, k := range ints {
			if j := uint64(k - c.lo); j < uint64(len(c.table)) {
				dst[i] = c.table[j]
			} else {
				return ErrDamaged
			}
		}
	case formGrid1:
		return c.gridFloats(dst, ints)
	case formBits32:
		for i, k := range ints {
			dst[i] = math.Float64bits(float64(fromOrder32(k)))
		}
	case formBits64:
		for i, k := range ints {
			dst[i] = fromOrder64(k)
		}
	}
	return nil
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}
