package block

import (
	"sort"

	"penstock/historian/codec"
)

// A column is whole numbers that do not differ much: base + i*step, or runs of
// one number, or base + v[i].
type column struct {
	base, step int64
	runs       []runTo
	v          []int32
}

// runTo is a run of one number up to an index.
type runTo struct {
	end   int
	value int64
}

// mostColumnRuns is as many runs as are looked for faster than numbers are
// spread out.
const mostColumnRuns = 64

func (c *column) at(i int) int64 {
	switch {
	case len(c.v) > 0:
		return c.base + int64(c.v[i])
	case len(c.runs) > 0:
		return c.runs[c.run(i)].value
	}
	return c.base + int64(i)*c.step
}

// run is the run that has index i.
func (c *column) run(i int) int {
	return sort.Search(len(c.runs)-1, func(k int) bool { return c.runs[k].end > i })
}

// isZero reports whether numbers i to j-1 are all 0.
func (c *column) isZero(i, j int) bool {
	switch {
	case len(c.v) > 0:
		for _, v := range c.v[i:j] {
			if int64(v) != -c.base {
				return false
			}
		}
		return true
	case len(c.runs) > 0:
		for k := c.run(i); ; k++ {
			if c.runs[k].value != 0 || k == len(c.runs)-1 || c.runs[k].end >= j {
				return c.runs[k].value == 0
			}
		}
	}
	return c.base == 0 && c.step == 0
}

// sum adds numbers i to j-1 up.
func (c *column) sum(i, j int) (sum int64) {
	if len(c.v) == 0 && len(c.runs) == 0 && c.step == 0 {
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
	*c = column{v: c.v[:0], runs: c.runs[:0]}
	if first, step, ok := d.ints.Linear(0); ok {
		r.Bytes(uint64(used))
		c.base, c.step = first, step
		return
	}
	if codec.Segments(n) == 1 {
		var few bool
		if d.runs, few = d.ints.Runs(d.runs[:0], 0, n, mostColumnRuns); few {
			r.Bytes(uint64(used))
			end := 0
			for _, run := range d.runs {
				end += run.N
				c.runs = append(c.runs, runTo{end, run.Value})
			}
			return
		}
	}
	d.one = grow(d.one, n)
	d.take(r, d.one)
	if r.bad || n == 0 {
		return
	}
	c.base, c.step, c.v = d.one[0], 0, grow(c.v, n)
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
