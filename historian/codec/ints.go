package codec

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The first byte of an integer column.
const (
	modeConst   = 0 // zigzag value
	modeLinear  = 1 // zigzag first, zigzag step
	modeRuns    = 2 // count, then zigzag difference and length of each run
	modePredict = 3 // see appendPredicted
)

// AppendInts appends a column of integers.
func (e *Encoder) AppendInts(dst []byte, src []int64) []byte { return e.appendInts(dst, src, nil) }

// AppendConst appends a column, of any length, of one value.
func (e *Encoder) AppendConst(dst []byte, v int64) []byte {
	return appendInt(append(dst, modeConst), v)
}

// appendInts appends a column of integers; hint, where given, is the predictor
// the last such column used, and is kept up to date.
func (e *Encoder) appendInts(dst []byte, src []int64, hint *predictorHint) []byte {
	if len(src) == 0 {
		return append(dst, modeConst, 0)
	}
	first, step := src[0], int64(0)
	if len(src) > 1 {
		step = src[1] - first
	}
	runs, linear := 1, true
	lo, hi, prev := first, first, first
	for _, x := range src[1:] {
		d := x - prev
		if d != 0 {
			runs++
		}
		linear = linear && d == step
		prev = x
		lo, hi = min(lo, x), max(hi, x)
	}
	switch {
	case runs == 1:
		return appendInt(append(dst, modeConst), first)
	case linear:
		return appendInt(appendInt(append(dst, modeLinear), first), step)
	case runs*12 < len(src):
		return appendRuns(dst, src, runs)
	}
	return e.appendPredicted(dst, src, lo, hi, hint)
}

func appendRuns(dst []byte, src []int64, runs int) []byte {
	dst = binary.AppendUvarint(append(dst, modeRuns), uint64(runs))
	v, start, last := src[0], 0, int64(0)
	for i := 1; i <= len(src); i++ {
		if i == len(src) || src[i] != v {
			dst = appendInt(dst, v-last)
			dst = binary.AppendUvarint(dst, uint64(i-start))
			last = v
			if i < len(src) {
				v, start = src[i], i
			}
		}
	}
	return dst
}

// predictorHint remembers a choice of predictor. It is looked for anew after
// hintFor columns.
type predictorHint struct {
	p    int8
	used int8 // 0: no hint
}

const hintFor = 16

// escape is the symbol of a residual too large for its byte.
const escape = 255

// appendPredicted appends: mode, predictor, low bits k, a zigzag number
// (predFrame: the constant, predGrid: the step, else absent), the table of
// the symbols, and the segments: length, zigzag difference of the first value
// to that of the segment before, count of escapes, their residuals, the
// symbols, the low bits.
func (e *Encoder) appendPredicted(dst []byte, src []int64, lo, hi int64, hint *predictorHint) []byte {
	var p int
	var step, frame int64
	if hint != nil && hint.used > 0 && hint.used < hintFor && hint.p != predGrid {
		p, frame = int(hint.p), lo+(hi-lo)/2
		hint.used++
	} else {
		p, step, frame = e.choose(src, lo, hi)
		if hint != nil {
			*hint = predictorHint{int8(p), 1}
		}
	}
	n := len(src)
	e.res = grow(e.res, n)
	res := e.res
	for i := 0; i < n; i += Segment {
		j := min(i+Segment, n)
		first := src[i]
		if p == predFrame {
			first = frame
		}
		residuals(res[i:j], src[i:j], p, first, step)
	}
	k := lowBits(res)
	dst = append(dst, modePredict, byte(p), byte(k))
	switch p {
	case predFrame:
		dst = appendInt(dst, frame)
	case predGrid:
		dst = appendInt(dst, step)
	}
	e.sym = grow(e.sym, n)
	for i, u := range res {
		e.sym[i] = byte(min(u>>k, escape))
	}
	var how coding
	dst, how = e.appendTable(dst, e.sym)
	last := int64(0)
	for i := 0; i < n; i += Segment {
		j := min(i+Segment, n)
		// The length goes before, in as many bytes as it needs: the segment
		// is appended behind three bytes of room and moved.
		at := len(dst)
		dst = append(dst, 0, 0, 0)
		dst = appendInt(dst, src[i]-last)
		last = src[i]
		dst = e.appendSegment(dst, res[i:j], e.sym[i:j], k, how)
		body := len(dst) - at - 3
		var head [binary.MaxVarintLen64]byte
		h := binary.PutUvarint(head[:], uint64(body))
		copy(dst[at+h:], dst[at+3:])
		copy(dst[at:], head[:h])
		dst = dst[:at+h+body]
	}
	return dst
}

func (e *Encoder) appendSegment(dst []byte, res []uint64, sym []byte, k int, how coding) []byte {
	escapes := 0
	for _, s := range sym {
		if s == escape {
			escapes++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(escapes))
	if escapes > 0 {
		for i, s := range sym {
			if s == escape {
				dst = binary.AppendUvarint(dst, res[i])
			}
		}
	}
	dst = e.appendSymbols(dst, sym, how)
	if k > 0 {
		dst = appendLow(dst, res, k)
	}
	return dst
}

// lowBits chooses how many low bits of each residual are stored as they are,
// so that what is left fits a byte with few escapes.
func lowBits(res []uint64) int {
	var sizes [65]int
	for _, u := range res {
		sizes[bits.Len64(u)]++
	}
	enough, sum := len(res)-len(res)/256, 0
	for size, count := range sizes {
		if sum += count; sum >= enough {
			return min(max(size-7, 0), 57)
		}
	}
	return 57
}

// appendLow packs the k low bits of each residual.
func appendLow(dst []byte, res []uint64, k int) []byte {
	var acc uint64
	n, mask := 0, uint64(1)<<k-1
	for _, u := range res {
		v := u & mask
		acc |= v << n
		if n += k; n >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			n -= 64
			acc = v >> (k - n)
		}
	}
	for ; n > 0; n -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

// entropy is the bits a symbol of sym costs at least.
func entropy(sym []byte) (bitsEach float64, largest byte) {
	var count [256]int
	for _, s := range sym {
		count[s]++
	}
	n, sum := float64(len(sym)), 0.0
	for s, c := range count {
		if c > 0 {
			sum += float64(c) * math.Log2(n/float64(c))
			largest = byte(s)
		}
	}
	return sum / n, largest
}
