package block

import (
	"encoding/binary"

	"penstock/app/tag"
	"penstock/historian/codec"
)

// MaxChunk is the most samples in one chunk. A day at one a second fits.
const MaxChunk = 1 << 17

// The first byte of a chunk's payload: how its marks are kept.
const (
	chunkUniform = 0 // one mark for all
	chunkMixed   = 1 // a column of marks, and a value column for each kind
)

// Encoder makes the bodies of chunks, times and rollups. It keeps buffers
// between calls and belongs to one goroutine at a time.
type Encoder struct {
	codec codec.Encoder
	ints  []int64
	bits  []uint64
	frame []byte
}

// AppendTimes appends the payload of a time column.
func (e *Encoder) AppendTimes(b []byte, at []int64) []byte {
	return e.codec.AppendTimes(binary.AppendUvarint(b, uint64(len(at))), at)
}

// AppendChunk appends the payload of a chunk of 1 to MaxChunk ordered samples.
// timesID is the row of its time column; 0: the times are in the chunk itself.
// The hint is of the tag, for its floats.
func (e *Encoder) AppendChunk(b []byte, s *Series, timesID int64, h *codec.Hint) []byte {
	n := s.Len()
	form := byte(chunkUniform)
	if s.Marks != nil {
		form = chunkMixed
	}
	b = binary.AppendUvarint(append(b, form), uint64(n))
	b = AppendInt(b, s.At[0])
	b = binary.AppendUvarint(b, uint64(s.At[n-1]-s.At[0]))
	b = binary.AppendUvarint(b, uint64(timesID))
	if timesID == 0 {
		b = e.codec.AppendTimes(b, s.At)
	}
	e.ints = grow(e.ints, n)
	if s.Q == nil {
		b = e.codec.AppendConst(b, int64(tag.Good.Status()))
	} else {
		for i, q := range s.Q {
			e.ints[i] = int64(q.Status())
		}
		b = e.codec.AppendInts(b, e.ints)
	}
	if form == chunkUniform {
		return e.appendValues(append(b, byte(s.Mark)), s.Mark.Kind(), s.Bits, s.Texts, h)
	}
	kinds := byte(0)
	for i, m := range s.Marks {
		e.ints[i] = int64(m)
		kinds |= 1 << m.Kind()
	}
	b = append(e.codec.AppendInts(b, e.ints), kinds)
	for k := tag.KindFloat; k <= tag.KindText; k++ {
		if kinds>>k&1 == 0 {
			continue
		}
		e.bits = e.bits[:0]
		for i, m := range s.Marks {
			if m.Kind() == k {
				e.bits = append(e.bits, s.Bits[i])
			}
		}
		b = e.appendValues(b, k, e.bits, s.Texts, h)
	}
	return b
}

func (e *Encoder) appendValues(b []byte, k tag.Kind, bits []uint64, texts []string, h *codec.Hint) []byte {
	switch k {
	case tag.None:
		return b
	case tag.KindFloat:
		return e.codec.AppendFloats(b, bits, h)
	}
	e.ints = grow(e.ints, len(bits))
	for i, v := range bits {
		e.ints[i] = int64(v)
	}
	if k != tag.KindText {
		return e.codec.AppendInts(b, e.ints)
	}
	// Only the texts that occur, numbered in the order in which they do.
	number := make(map[uint64]int64, 16)
	var used []string
	for i, v := range bits {
		k, ok := number[v]
		if !ok {
			k = int64(len(used))
			number[v] = k
			used = append(used, texts[v])
		}
		e.ints[i] = k
	}
	b = binary.AppendUvarint(b, uint64(len(used)))
	for _, t := range used {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return e.codec.AppendInts(b, e.ints)
}

func grow[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n, n+n/4)
	}
	return b[:n]
}
