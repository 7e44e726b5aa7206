package codec

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// A transmitter's count, scaled by a controller in float32, lies on a grid
// base + k*step up to the rounding of the controller's arithmetic, which is
// the same for the same count. So a column of such values is the counts, and a
// correction in units of the last place for each count.

// maxGrid is the largest range of counts: 20 bits are more than any
// transmitter has.
const maxGrid = 1 << 20

// noise is what rounding in float32 may move a value by, relative to the
// largest: two units in the last place.
const noise = 1.0 / (1 << 22)

// appendGrid appends src as a grid column, if it is one.
func (e *Encoder) appendGrid(dst []byte, src []uint64, h *Hint) ([]byte, bool) {
	base, step := h.base, h.step
	if !(h.known && (h.form == formGrid || h.form == formGrid1) && e.onGrid(src, base, step)) {
		var ok bool
		if base, step, ok = e.findGrid(src); !ok {
			return nil, false
		}
	}
	inv := 1 / step
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	ints := e.ints[:len(src)]
	for i, b := range src {
		k := int64(math.RoundToEven((math.Float64frombits(b) - base) * inv))
		ints[i] = k
		lo, hi = min(lo, k), max(hi, k)
	}
	if hi-lo >= maxGrid {
		return nil, false
	}
	n := int(hi-lo) + 1
	e.cor, e.seen = grow(e.cor, n), grow(e.seen, (n+63)/64)
	clear(e.seen)
	form := byte(formGrid1)
	if len(src) > Segment {
		form = formGrid
		clear(e.cor) // of counts that do not occur too
	}
	for i, k := range ints {
		j := int(k - lo)
		d := order32(float32(math.Float64frombits(src[i]))) - order32(float32(base+float64(k)*step))
		if e.seen[j>>6]>>(j&63)&1 == 0 {
			e.seen[j>>6] |= 1 << (j & 63)
			e.cor[j] = d
		} else if e.cor[j] != d {
			return nil, false // not a function of the count
		}
	}
	cor := e.cor
	if form == formGrid1 {
		e.alt = e.alt[:0]
		for w, seen := range e.seen {
			for ; seen != 0; seen &= seen - 1 {
				e.alt = append(e.alt, e.cor[w<<6|bits.TrailingZeros64(seen)])
			}
		}
		cor = e.alt
	}
	h.known, h.form, h.base, h.step = true, form, base, step
	dst = appendFloat(appendFloat(append(dst, form), base), step)
	if form == formGrid {
		dst = appendInt(dst, lo)
	}
	dst = binary.AppendUvarint(dst, uint64(len(cor)))
	dst = e.appendInts(dst, cor, &h.moves)
	return e.appendInts(dst, ints, &h.predictor), true
}

// onGrid reports whether every value is within tolerance of the grid.
func (e *Encoder) onGrid(src []uint64, base, step float64) bool {
	largest := 0.0
	for _, b := range src {
		if v := math.Abs(math.Float64frombits(b)); v > largest {
			largest = v
		}
	}
	within, inv := math.Max(3*largest*noise, step/1000), 1/step
	for _, b := range src {
		q := (math.Float64frombits(b) - base) * inv
		if !(math.Abs(q-math.RoundToEven(q))*step <= within) {
			return false
		}
	}
	return true
}

// findGrid looks for a grid that every value lies on.
func (e *Encoder) findGrid(src []uint64) (base, step float64, ok bool) {
	u := make([]float64, len(src))
	for i, b := range src {
		u[i] = math.Float64frombits(b)
	}
	slices.Sort(u)
	u = slices.Compact(u)
	if len(u) < 3 || math.IsInf(u[0], 0) || math.IsInf(u[len(u)-1], 0) {
		return 0, 0, false
	}
	eps := math.Max(math.Abs(u[0]), math.Abs(u[len(u)-1])) * noise
	step = math.Inf(1)
	for i := 1; i < len(u); i++ {
		step = math.Min(step, u[i]-u[i-1])
	}
	if !(step > 6*eps) {
		return 0, 0, false
	}
	// The smallest difference is a first guess; walking along the values and
	// counting steps refines it.
	base = u[0]
	for pass := range 2 {
		k := 0.0
		for i := 1; i < len(u); i++ {
			k += math.Round((u[i] - u[i-1]) / step)
			if pass == 0 && k > 0 && k < 4096 {
				step = (u[i] - base) / k
			}
		}
		if k == 0 || k >= maxGrid {
			return 0, 0, false
		}
		step = (u[len(u)-1] - base) / k
	}
	within := math.Max(3*eps, step/1000)
	if within > step/4 {
		return 0, 0, false
	}
	for _, x := range u {
		q := (x - base) / step
		if math.Abs(q-math.Round(q))*step > within {
			return 0, 0, false
		}
	}
	return base, step, true
}

// openGrid reads the corrections of a grid column.
func (c *Floats) openGrid(r *reader, n int) {
	c.lo = 0
	if c.form == formGrid {
		c.lo = r.int()
	}
	count := r.uint()
	if r.bad || count > maxGrid || c.form == formGrid1 && (count > uint64(n) || n > Segment) {
		r.fail()
		return
	}
	c.cor = grow(c.cor, int(count))
	used, err := c.Ints.Open(r.b, int(count))
	if err != nil {
		r.fail()
		return
	}
	for k := range Segments(int(count)) {
		if c.Ints.Read(c.cor[k*Segment:][:SegmentLen(int(count), k)], k) != nil {
			r.fail()
			return
		}
	}
	r.bytes(uint64(used))
	if c.form != formGrid {
		return
	}
	c.table = grow(c.table, int(count))
	for j, d := range c.cor {
		c.table[j] = c.gridValue(c.lo+int64(j), d)
	}
}

func (c *Floats) gridValue(k, correction int64) uint64 {
	v := float32(c.base + float64(k)*c.step)
	if correction != 0 {
		v = fromOrder32(order32(v) + correction)
	}
	return math.Float64bits(float64(v))
}

// gridFloats decodes the only segment of a formGrid1 column: the corrections
// are those of the counts that occur, rising.
func (c *Floats) gridFloats(dst []uint64, ints []int64) error {
	if len(ints) == 0 {
		return nil
	}
	lo, hi := slices.Min(ints), slices.Max(ints)
	if uint64(hi-lo) >= maxGrid {
		return ErrDamaged
	}
	n := int(hi-lo) + 1
	c.table = grow(c.table, n)
	clear(c.table)
	const occurs = 1
	for _, k := range ints {
		c.table[k-lo] = occurs
	}
	next := 0
	for j := range c.table {
		if c.table[j] == occurs {
			if next == len(c.cor) {
				return ErrDamaged
			}
			c.table[j] = c.gridValue(lo+int64(j), c.cor[next])
			next++
		}
	}
	for i, k := range ints {
		dst[i] = c.table[k-lo]
	}
	return nil
}
