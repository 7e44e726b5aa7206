package codec

import (
	"encoding/binary"

	"github.com/klauspost/compress/fse"
	"github.com/klauspost/compress/huff0"
)

// Ints reads a column of integers. The zero value is ready to Open, and may be
// opened again for another column.
type Ints struct {
	n          int
	mode       byte
	value, add int64 // modeConst, modeLinear

	runs  []byte // modeRuns: the runs
	count uint64
	runAt       // where reading is
	back  runAt // where it was sought last

	pred, k  int // modePredict
	param    int64
	segments []segment
	table    huff0.Scratch
	decoder  *huff0.Decoder
	fse      fse.Scratch
	sym      [Segment]byte
	res      []uint64
}

// runAt is a place in a column of runs.
type runAt struct {
	at   reader // the next run
	run  int64  // value of the run at pos
	left int    // values left of it
	pos  int    // index of the next value
}

type segment struct {
	first int64
	body  []byte
}

// Open starts reading a column of n values at the front of b, which must stay
// as it is while the column is read. It returns how long the column is.
func (c *Ints) Open(b []byte, n int) (used int, err error) {
	if n < 0 {
		return 0, ErrDamaged
	}
	r := reader{b: b}
	c.n, c.mode, c.decoder = n, r.byte(), nil
	switch c.mode {
	case modeConst:
		c.value, c.add = r.int(), 0
	case modeLinear:
		c.value, c.add = r.int(), r.int()
	case modeRuns:
		c.openRuns(&r)
	case modePredict:
		c.openPredicted(&r)
	default:
		r.fail()
	}
	if r.bad {
		return 0, ErrDamaged
	}
	return len(b) - len(r.b), nil
}

func (c *Ints) openRuns(r *reader) {
	c.count = r.uint()
	start := r.b
	total := uint64(0)
	for i := uint64(0); i < c.count && !r.bad; i++ {
		r.uint()
		l := r.uint()
		if total += l; l > uint64(c.n) || total > uint64(c.n) {
			r.fail()
		}
	}
	if total != uint64(c.n) {
		r.fail()
	}
	c.runs = start[:len(start)-len(r.b)]
	c.runAt = runAt{at: reader{b: c.runs}}
	c.back = c.runAt
}

func (c *Ints) openPredicted(r *reader) {
	c.pred, c.k, c.param = int(r.byte()), int(r.byte()), 0
	if c.pred >= predictors || c.k > 57 {
		r.fail()
	}
	if c.pred == predFrame || c.pred == predGrid {
		c.param = r.int()
	}
	if t := r.bytes(r.uint()); len(t) > 0 {
		s, rest, err := huff0.ReadTable(t, &c.table)
		if err != nil || len(rest) > 0 {
			r.fail()
			return
		}
		c.decoder = s.Decoder()
	}
	c.segments = c.segments[:0]
	first := int64(0)
	for range Segments(c.n) {
		s := reader{b: r.bytes(r.uint())}
		first += s.int()
		if r.bad || s.bad {
			r.fail()
			return
		}
		c.segments = append(c.segments, segment{first, s.b})
	}
}

// First is the first value of segment k, without decoding the segment.
func (c *Ints) First(k int) int64 {
	switch c.mode {
	case modePredict:
		return c.segments[k].first
	case modeRuns:
		var v [1]int64
		c.readRuns(v[:], k*Segment)
		return v[0]
	}
	return c.value + c.add*int64(k)*Segment
}

// Const returns the value of a column all of whose values are alike.
func (c *Ints) Const() (v int64, ok bool) { return c.value, c.mode == modeConst }

// Varies reports whether the values of the column are coded one by one.
func (c *Ints) Varies() bool { return c.mode == modePredict }

// Linear returns the first value of segment k and the step from one value to
// the next, where all steps of the column are alike.
func (c *Ints) Linear(k int) (first, step int64, ok bool) {
	if c.mode != modeConst && c.mode != modeLinear {
		return 0, 0, false
	}
	return c.value + c.add*int64(k)*Segment, c.add, true
}

// Read decodes segment k into dst, whose length is SegmentLen(n, k).
func (c *Ints) Read(dst []int64, k int) error {
	if x, step, ok := c.Linear(k); ok {
		for i := range dst {
			dst[i] = x
			x += step
		}
		return nil
	}
	if c.mode == modeRuns {
		c.readRuns(dst, k*Segment)
		return nil
	}
	return c.readPredicted(dst, &c.segments[k])
}

// A Run is neighbouring values that are alike.
type Run struct {
	Value int64
	N     int
}

// Runs appends the runs of segment k, whose length is n, where the column is
// kept as runs and there are at most most of them; ok is false otherwise.
func (c *Ints) Runs(dst []Run, k, n, most int) (runs []Run, ok bool) {
	switch c.mode {
	case modeConst:
		return append(dst, Run{c.value, n}), true
	case modeRuns:
		for c.seek(k * Segment); n > 0; {
			if len(dst) == most || !c.nextRun() {
				return dst, false
			}
			m := min(c.left, n)
			dst = append(dst, Run{c.run, m})
			c.left -= m
			c.pos += m
			n -= m
		}
		return dst, true
	}
	return dst, false
}

// seek goes to the value at index pos. Going on from where the last call ended,
// or began, costs nothing extra.
func (c *Ints) seek(pos int) {
	if pos < c.pos {
		if c.runAt = c.back; pos < c.pos {
			c.runAt = runAt{at: reader{b: c.runs}}
		}
	}
	for c.pos < pos && c.nextRun() {
		skip := min(c.left, pos-c.pos)
		c.left -= skip
		c.pos += skip
	}
	c.back = c.runAt
}

// nextRun makes the run at c.pos the current one; false at the end.
func (c *Ints) nextRun() bool {
	for c.left == 0 {
		c.run += c.at.int()
		c.left = int(c.at.uint())
		if c.at.bad { // not after openRuns has counted
			return false
		}
	}
	return true
}

// readRuns fills dst with the values from index pos on.
func (c *Ints) readRuns(dst []int64, pos int) {
	for c.seek(pos); len(dst) > 0 && c.nextRun(); {
		m := min(c.left, len(dst))
		for i := range dst[:m] {
			dst[i] = c.run
		}
		dst = dst[m:]
		c.left -= m
		c.pos += m
	}
}

func (c *Ints) readPredicted(dst []int64, s *segment) error {
	n := len(dst)
	r := reader{b: s.body}
	escapes := r.uint()
	if escapes > uint64(n) {
		return ErrDamaged
	}
	exceptions := r // read again below
	for range escapes {
		r.uint()
	}
	sym, err := c.symbols(&r, c.sym[:n])
	if err != nil {
		return err
	}
	first := s.first
	if c.pred == predFrame {
		first = c.param
	}
	if c.k == 0 && escapes == 0 {
		restore(dst, sym, c.pred, first, c.param)
		return nil
	}
	c.res = grow(c.res, n)
	if c.k == 0 {
		for i, s := range sym {
			c.res[i] = uint64(s)
		}
	} else {
		low := r.bytes((uint64(n)*uint64(c.k) + 7) / 8)
		if r.bad {
			return ErrDamaged
		}
		joinLow(c.res, sym, low, c.k)
	}
	if escapes > 0 {
		for i, s := range sym {
			if s == escape {
				c.res[i] = exceptions.uint()
			}
		}
		if exceptions.bad {
			return ErrDamaged
		}
	}
	restore(dst, c.res, c.pred, first, c.param)
	return nil
}

// joinLow puts residuals together from their high parts and packed low bits.
// Up to eight low bits each, the common case, eight residuals come out of one
// word.
func joinLow(res []uint64, sym, low []byte, k int) {
	mask, i := uint64(1)<<k-1, 0
	if k <= 8 {
		up := uint(k) & 15 // says that no shift is too far
		for at := 0; i+8 <= len(res) && at+8 <= len(low); i, at = i+8, at+k {
			v := binary.LittleEndian.Uint64(low[at:])
			r, s := (*[8]uint64)(res[i:]), (*[8]byte)(sym[i:])
			r[0] = v&mask | uint64(s[0])<<up
			v >>= up
			r[1] = v&mask | uint64(s[1])<<up
			v >>= up
			r[2] = v&mask | uint64(s[2])<<up
			v >>= up
			r[3] = v&mask | uint64(s[3])<<up
			v >>= up
			r[4] = v&mask | uint64(s[4])<<up
			v >>= up
			r[5] = v&mask | uint64(s[5])<<up
			v >>= up
			r[6] = v&mask | uint64(s[6])<<up
			v >>= up
			r[7] = v&mask | uint64(s[7])<<up
		}
	}
	bit := i * k
	for ; bit>>3+8 <= len(low) && i < len(res); i++ {
		v := binary.LittleEndian.Uint64(low[bit>>3:]) >> (bit & 7)
		res[i] = v&mask | uint64(sym[i])<<k
		bit += k
	}
	for ; i < len(res); i++ {
		var v uint64
		for j, b := range low[min(bit>>3, len(low)):] {
			v |= uint64(b) << (8 * j)
		}
		res[i] = v>>(bit&7)&mask | uint64(sym[i])<<k
		bit += k
	}
}
