package block

import (
	"math"
	"math/bits"

	"penstock/app/tag"
	"penstock/historian/codec"
)

// Chunk reads chunks. The zero value is ready to Open, and may be opened again;
// it belongs to one goroutine at a time.
type Chunk struct {
	// Places asks Each for the places of good numbers on their line instead of
	// their Bits, where they lie on one: to be added up and compared they need
	// not become floats.
	Places bool

	n           int
	first, last int64
	times       codec.Times
	quality     codec.Ints
	marks       codec.Ints
	floats      codec.Floats
	ints        codec.Ints
	mark        Mark
	mixed       bool
	kinds       byte
	texts       []string
	rest        []byte // mixed: the value columns

	out  Series
	at   []int64
	bits []uint64
	tmp  []int64

	places []int64

	q []tag.Quality
	m []Mark

	qualityRuns, valueRuns []codec.Run // of the segment that is yielded
}

// Open starts reading a chunk, whose payload must stay as it is while it is
// read. times fetches the payload of a shared time column, which must stay as
// well.
func (c *Chunk) Open(payload []byte, times func(id int64) ([]byte, error)) error {
	r := Read(payload)
	form, n := r.Byte(), r.Uint()
	c.first = r.Int()
	c.last = c.first + int64(r.Uint())
	id := int64(r.Uint())
	if r.bad || form > chunkMixed || n < 1 || n > MaxChunk {
		return ErrDamaged
	}
	c.n, c.mixed = int(n), form == chunkMixed
	if id == 0 {
		used, err := c.times.Open(r.b, c.n)
		if err != nil {
			return ErrDamaged
		}
		r.Bytes(uint64(used))
	} else {
		b, err := times(id)
		if err != nil {
			return err
		}
		if err := openTimes(&c.times, b, c.n); err != nil {
			return err
		}
	}
	column := func(i *codec.Ints) {
		used, err := i.Open(r.b, c.n)
		if err != nil {
			r.Fail()
		}
		r.Bytes(uint64(used))
	}
	column(&c.quality)
	c.texts = c.texts[:0]
	if c.mixed {
		column(&c.marks)
		c.kinds = r.Byte()
		c.rest = r.b
		return r.Err()
	}
	c.mark = Mark(r.Byte())
	if c.openValues(&r, c.mark.Kind(), c.n); r.bad || len(r.b) > 0 {
		return ErrDamaged
	}
	return nil
}

func openTimes(t *codec.Times, payload []byte, n int) error {
	r := Read(payload)
	if r.Uint() != uint64(n) || r.bad {
		return ErrDamaged
	}
	if used, err := t.Open(r.b, n); err != nil || used != len(r.b) {
		return ErrDamaged
	}
	return nil
}

// openValues opens the value column of a kind at the front of r.
func (c *Chunk) openValues(r *Cursor, k tag.Kind, n int) {
	var used int
	var err error
	switch k {
	case tag.None:
		return
	case tag.KindFloat:
		used, err = c.floats.Open(r.b, n)
	case tag.KindText:
		for count := r.Uint(); count > 0 && !r.bad; count-- {
			c.texts = append(c.texts, string(r.Bytes(r.Uint())))
		}
		used, err = c.ints.Open(r.b, n)
	case tag.KindInt, tag.KindBool:
		used, err = c.ints.Open(r.b, n)
	default:
		err = ErrDamaged
	}
	if err != nil {
		r.Fail()
	}
	r.Bytes(uint64(used))
}

// Len is the number of samples.
func (c *Chunk) Len() int { return c.n }

// First and Last are the times of the first and the last sample.
func (c *Chunk) First() int64 { return c.first }
func (c *Chunk) Last() int64  { return c.last }

// Each calls yield with the samples in [from, to), in stretches that are valid
// during the call. Only the segments of the chunk that hold any are decoded.
func (c *Chunk) Each(from, to int64, yield func(*Series) error) error {
	if c.last < from || c.first >= to {
		return nil
	}
	if c.mixed {
		if err := c.readMixed(); err != nil {
			return err
		}
		c.out.Clip(from, to)
		if c.out.Len() == 0 {
			return nil
		}
		return yield(&c.out)
	}
	for k := range codec.Segments(c.n) {
		if k+1 < codec.Segments(c.n) && c.times.First(k+1) <= from {
			continue
		}
		if k > 0 && c.times.First(k) >= to {
			return nil
		}
		if err := c.readValues(k, c.Places); err != nil {
			return err
		}
		if err := c.yieldRuns(k, from, to, yield); err != nil {
			return err
		}
	}
	return nil
}

// mostRuns is how many stretches of one quality, or of one value, a segment is
// worth being yielded in.
const mostRuns = 128

// yieldRuns yields segment k, which c.out has, in stretches of one quality
// where there are few, and of one value where there are: what is the same for
// thousands of samples need not be looked at in each.
func (c *Chunk) yieldRuns(k int, from, to int64, yield func(*Series) error) error {
	n := c.out.Len()
	var few, same bool
	if c.qualityRuns, few = c.quality.Runs(c.qualityRuns[:0], k, n, mostRuns); !few {
		c.qualityRuns = append(c.qualityRuns[:0], codec.Run{N: n})
		if err := c.readQuality(k, n); err != nil {
			return err
		}
	}
	values := &c.ints
	if c.mark.Kind() == tag.KindFloat {
		values = &c.floats.Ints
	}
	if c.mark.Kind() != tag.None {
		c.valueRuns, same = values.Runs(c.valueRuns[:0], k, n, mostRuns)
	}
	if !same {
		c.valueRuns = append(c.valueRuns[:0], codec.Run{N: n})
	}
	all := c.out
	q, v := c.qualityRuns, c.valueRuns
	for i, m := 0, 0; i < n; i += m {
		if m = min(q[0].N, v[0].N); all.At[i] >= to {
			return nil
		}
		if all.At[i+m-1] >= from {
			c.out = all.View(i, i+m)
			c.out.Same = same
			if status := q[0].Value; status != 0 {
				c.q = append(c.q[:0], repeat(tag.FromStatus(uint32(status)), m)...)
				c.out.Q = c.q
			}
			if c.out.Q != nil && c.out.Places != nil {
				c.placesToBits()
			}
			if c.out.Clip(from, to); c.out.Len() > 0 {
				if err := yield(&c.out); err != nil {
					return err
				}
			}
		}
		if q[0].N -= m; q[0].N == 0 {
			q = q[1:]
		}
		if v[0].N -= m; v[0].N == 0 {
			v = v[1:]
		}
	}
	return nil
}

// read decodes segment k of a uniform chunk into c.out.
func (c *Chunk) read(k int) error {
	if err := c.readValues(k, false); err != nil {
		return err
	}
	return c.readQuality(k, c.out.Len())
}

// line is what the places of a uniform chunk's values mean.
func (c *Chunk) line() (l Line, ok bool) {
	switch c.mark.Kind() {
	case tag.KindFloat:
		l.floats = &c.floats
		l.Base, l.Step, ok = c.floats.Line()
		return l, ok
	case tag.KindInt:
		return Line{Step: 1}, c.ints.Varies()
	}
	return l, false
}

// readPlaces is readValues as places on a line.
func (c *Chunk) readPlaces(k int) error {
	c.places = grow(c.places, c.out.Len())
	c.out.Places, c.out.Bits = c.places, nil
	ints := &c.ints
	if c.mark.Kind() == tag.KindFloat {
		ints = &c.floats.Ints
	}
	if ints.Read(c.places, k) != nil {
		return ErrDamaged
	}
	return nil
}

// placesToBits makes the values of c.out what they are without places.
func (c *Chunk) placesToBits() {
	c.bits = grow(c.bits, c.out.Len())
	for i, k := range c.out.Places {
		c.bits[i] = uint64(k)
		if c.mark.Kind() == tag.KindFloat {
			c.bits[i] = math.Float64bits(c.out.Line.Value(k))
		}
	}
	c.out.Bits, c.out.Places = c.bits, nil
}

// readValues is read of everything but qualities.
func (c *Chunk) readValues(k int, places bool) error {
	n := codec.SegmentLen(c.n, k)
	c.at, c.bits = grow(c.at, n), grow(c.bits, n)
	c.out = Series{At: c.at, Bits: c.bits, Mark: c.mark, Texts: c.texts, Step: c.times.Step()}
	if c.times.Read(c.at, k) != nil {
		return ErrDamaged
	}
	if places {
		if line, ok := c.line(); ok {
			c.out.Line = line
			return c.readPlaces(k)
		}
	}
	switch kind := c.mark.Kind(); kind {
	case tag.None:
		clear(c.bits)
	case tag.KindFloat:
		if c.floats.Read(c.bits, k) != nil {
			return ErrDamaged
		}
	default:
		c.tmp = grow(c.tmp, n)
		if c.ints.Read(c.tmp, k) != nil {
			return ErrDamaged
		}
		for i, v := range c.tmp {
			if kind == tag.KindText && uint64(v) >= uint64(len(c.texts)) {
				return ErrDamaged
			}
			c.bits[i] = uint64(v)
		}
	}
	return nil
}

func (c *Chunk) readQuality(k, n int) error {
	if v, ok := c.quality.Const(); ok && v == 0 {
		return nil
	}
	c.tmp, c.q = grow(c.tmp, n), grow(c.q, n)
	if c.quality.Read(c.tmp, k) != nil {
		return ErrDamaged
	}
	bad := int64(0)
	for i, v := range c.tmp {
		bad |= v
		c.q[i] = tag.FromStatus(uint32(v))
	}
	if bad != 0 {
		c.out.Q = c.q
	}
	return nil
}

// readMixed decodes a whole chunk of several marks into c.out.
func (c *Chunk) readMixed() error {
	n := c.n
	c.at, c.bits, c.m, c.q = grow(c.at, n), grow(c.bits, n), grow(c.m, n), grow(c.q, n)
	c.tmp = grow(c.tmp, n)
	var counts [8]int
	for k := range codec.Segments(n) {
		i, l := k*codec.Segment, codec.SegmentLen(n, k)
		if c.times.Read(c.at[i:i+l], k) != nil || c.quality.Read(c.tmp[i:i+l], k) != nil {
			return ErrDamaged
		}
		for j, v := range c.tmp[i : i+l] {
			c.q[i+j] = tag.FromStatus(uint32(v))
		}
		if c.marks.Read(c.tmp[i:i+l], k) != nil {
			return ErrDamaged
		}
		for j, v := range c.tmp[i : i+l] {
			c.m[i+j] = Mark(v)
			counts[Mark(v).Kind()]++
		}
	}
	clear(c.bits)
	r := Read(c.rest)
	for kinds := c.kinds; kinds != 0; kinds &= kinds - 1 {
		k := tag.Kind(bits.TrailingZeros8(kinds))
		if k == tag.None {
			continue
		}
		c.openValues(&r, k, counts[k])
		if r.bad {
			return ErrDamaged
		}
		if err := c.scatter(k, counts[k]); err != nil {
			return err
		}
		counts[k] = 0
	}
	for k := tag.KindFloat; int(k) < len(counts); k++ {
		if counts[k] > 0 { // a kind without a column
			return ErrDamaged
		}
	}
	c.out = Series{At: c.at, Bits: c.bits, Q: c.q, Marks: c.m, Mark: c.m[0], Texts: c.texts}
	return nil
}

// scatter puts the n values of one kind at their places.
func (c *Chunk) scatter(kind tag.Kind, n int) error {
	values, ints := make([]uint64, n), make([]int64, n)
	for k := range codec.Segments(n) {
		i, l := k*codec.Segment, codec.SegmentLen(n, k)
		if kind == tag.KindFloat {
			if c.floats.Read(values[i:i+l], k) != nil {
				return ErrDamaged
			}
			continue
		}
		if c.ints.Read(ints[i:i+l], k) != nil {
			return ErrDamaged
		}
		for j, v := range ints[i : i+l] {
			if kind == tag.KindText && uint64(v) >= uint64(len(c.texts)) {
				return ErrDamaged
			}
			values[i+j] = uint64(v)
		}
	}
	next := 0
	for i, m := range c.m {
		if m.Kind() == kind {
			c.bits[i] = values[next]
			next++
		}
	}
	return nil
}

// Before finds the newest sample at or before t as a point of tag num.
func (c *Chunk) Before(num uint32, t int64) (p Point, ok bool, err error) {
	if c.first > t {
		return p, false, nil
	}
	if c.mixed {
		if err := c.readMixed(); err != nil {
			return p, false, err
		}
	} else {
		k := codec.Segments(c.n) - 1
		for k > 0 && c.times.First(k) > t {
			k--
		}
		if err := c.read(k); err != nil {
			return p, false, err
		}
	}
	i := c.out.Search(t + 1)
	if i == 0 {
		return p, false, nil
	}
	return c.out.Point(num, i-1), true, nil
}

// Bounds reads the times of the first and last sample of a chunk, and the row
// of its shared time column, 0 when it has its own.
func Bounds(payload []byte) (first, last, timesID int64, err error) {
	r := Read(payload)
	r.Byte()
	r.Uint()
	first = r.Int()
	last = first + int64(r.Uint())
	timesID = int64(r.Uint())
	return first, last, timesID, r.Err()
}
