package block

// A column is whole numbers that do not differ much: base + i*step, or
// base + v[i].
type column struct {
	base, step int64
	v          []int32
}

func (c *column) at(i int) int64 {
	if len(c.v) == 0 {
		return c.base + int64(i)*c.step
	}
	return c.base + int64(c.v[i])
}

// isZero reports whether numbers i to j-1 are all 0.
func (c *column) isZero(i, j int) bool {
	if len(c.v) == 0 {
		return c.base == 0 && c.step == 0
	}
	for _, v := range c.v[i:j] {
		if int64(v) != -c.base {
			return false
		}
	}
	return true
}

// sum adds numbers i to j-1 up.
func (c *column) sum(i, j int) (sum int64) {
	if len(c.v) == 0 && c.step == 0 {
		return c.base * int64(j-i)
	}
	for ; i < j; i++ {
		sum += c.at(i)
	}
	return sum
}

// column reads an integer column whose numbers do not differ by more than 31
// bits, which those of a frame never do.
func (d *RollDecoder) column(r *Cursor, c *column, n int) {
	used, err := d.ints.Open(r.b, n)
	if err != nil {
		r.Fail()
		return
	}
	*c = column{v: c.v[:0]}
	if first, step, ok := d.ints.Linear(0); ok {
		r.Bytes(uint64(used))
		c.base, c.step = first, step
		return
	}
	d.one = grow(d.one, n)
	if d.take(r, d.one); r.bad || n == 0 {
		return
	}
	c.base, c.v = d.one[0], grow(c.v, n)
	if !narrow(c.v, d.one, c.base) {
		r.Fail()
	}
}

// narrow puts src less base into dst; false when it does not fit.
func narrow(dst []int32, src []int64, base int64) bool {
	dst = dst[:len(src)]
	lost := int64(0)
	for i, v := range src {
		v -= base
		dst[i] = int32(v)
		lost |= v ^ int64(int32(v))
	}
	return lost == 0
}
