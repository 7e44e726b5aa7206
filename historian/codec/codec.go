// Package codec turns columns of numbers into few bytes and back, bit for bit:
// integers, floats of plant transmitters, and times. A column of any length is
// coded in segments of 4,096 values that share their parameters and tables but
// are decoded one by one, so that an hour is read out of a day without
// decoding the day.
//
// The formats are described byte by byte in historian/doc/format.md. Encoders
// accept every value there is; decoders accept every byte there is, and answer
// ErrDamaged or numbers that mean nothing, but never panic or allocate more
// than the caller's lengths ask for. Nothing here is safe for concurrent use;
// an Encoder or a decoder belongs to one goroutine at a time.
package codec

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/fse"
	"github.com/klauspost/compress/huff0"
)

// Segment is the number of values that are decoded together.
const Segment = 4096

// ErrDamaged says that bytes are not a column.
var ErrDamaged = errors.New("damaged column")

// Segments is the number of segments of a column of n values.
func Segments(n int) int { return (n + Segment - 1) / Segment }

// SegmentLen is the length of segment k of a column of n values.
func SegmentLen(n, k int) int { return min(Segment, n-k*Segment) }

// Encoder appends columns. It keeps buffers between calls.
type Encoder struct {
	res  []uint64 // residuals
	sym  []byte   // their high parts
	ints []int64
	alt  []int64
	cor  []int64
	seen []uint64
	huff huff0.Scratch
	fse  fse.Scratch
}

func grow[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n, n+n/4)
	}
	return b[:n]
}

func zigzag(x int64) uint64   { return uint64(x<<1) ^ uint64(x>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func appendInt(b []byte, x int64) []byte { return binary.AppendUvarint(b, zigzag(x)) }

// reader takes numbers from the front of a slice; bad sticks.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 { return unzigzag(r.uint()) }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) uint64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}
