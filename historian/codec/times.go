package codec

import (
	"encoding/binary"
	"math"
)

// A column of times is its first time, the greatest unit that divides all
// differences to it, and those differences in that unit as an integer column.

// AppendTimes appends a column of times in ns, which need not rise.
func (e *Encoder) AppendTimes(dst []byte, src []int64) []byte {
	if len(src) == 0 {
		return e.AppendInts(append(dst, 0, 1), nil)
	}
	first, unit := src[0], uint64(0)
	for _, t := range src {
		d := t - first
		if (d < 0) != (t < first) { // too far apart for a difference
			unit = 1
			break
		}
		if unit = gcd(unit, uint64(max(d, -d))); unit == 1 {
			break
		}
	}
	if unit == 0 || unit > math.MaxInt64 {
		unit = 1
	}
	e.ints = grow(e.ints, len(src))
	if unit == 1 {
		for i, t := range src {
			e.ints[i] = t - first
		}
	} else {
		for i, t := range src {
			e.ints[i] = (t - first) / int64(unit)
		}
	}
	dst = binary.AppendUvarint(appendInt(dst, first), unit)
	return e.AppendInts(dst, e.ints)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Times reads a column of times. The zero value is ready to Open, and may be
// opened again.
type Times struct {
	ints  Ints
	start int64
	unit  int64
}

// Open starts reading a column of n times at the front of b, which must stay
// as it is while the column is read. It returns how long the column is.
func (c *Times) Open(b []byte, n int) (used int, err error) {
	r := reader{b: b}
	c.start, c.unit = r.int(), int64(r.uint())
	if r.bad {
		return 0, ErrDamaged
	}
	at := len(b) - len(r.b)
	used, err = c.ints.Open(r.b, n)
	return at + used, err
}

// First is the first time of segment k, without decoding the segment.
func (c *Times) First(k int) int64 { return c.start + c.unit*c.ints.First(k) }

// Step is the distance of neighbouring times, ns, where it is always the same;
// 0 otherwise.
func (c *Times) Step() int64 {
	_, step, _ := c.ints.Linear(0)
	return step * c.unit
}

// Read decodes segment k into dst, whose length is SegmentLen(n, k).
func (c *Times) Read(dst []int64, k int) error {
	if first, step, ok := c.ints.Linear(k); ok { // a clock that ticks exactly
		at, step := c.start+first*c.unit, step*c.unit
		for i := range dst {
			dst[i] = at
			at += step
		}
		return nil
	}
	if err := c.ints.Read(dst, k); err != nil {
		return err
	}
	if c.unit == 1 {
		for i := range dst {
			dst[i] += c.start
		}
		return nil
	}
	for i, x := range dst {
		dst[i] = c.start + x*c.unit
	}
	return nil
}
