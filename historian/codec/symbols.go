package codec

import (
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/fse"
	"github.com/klauspost/compress/huff0"
)

// coding is how a column's symbols are meant to be coded; a segment for which
// it does not work falls back by itself.
type coding struct {
	huffman bool   // with the column's table
	width   int    // bits of a packed symbol
	done    []byte // the Huffman streams, where the column is one segment
}

// The first byte of a segment's symbols.
const (
	symPacked  = 0 // width, then that many bits each
	symHuffman = 1 // length, four streams of huff0 with the column's table (one stream up to 256 symbols)
	symFSE     = 2 // length, an FSE block with a table of its own
	symSame    = 3 // one symbol
)

// Symbols of less than fseBelow bits are what Huffman's whole bits waste most
// on. Fewer than minEntropy symbols do not pay for a table.
const (
	fseBelow   = 1.6
	minEntropy = 48
)

// oneStream is the most symbols for which four streams cost more than they are
// worth.
const oneStream = 256

// appendTable appends the length and bytes of the Huffman table of a whole
// column's symbols, length 0 when it has none.
func (e *Encoder) appendTable(dst []byte, sym []byte) ([]byte, coding) {
	each, largest := entropy(sym)
	how := coding{width: bits.Len8(largest)}
	if len(sym) < minEntropy || each < fseBelow {
		return append(dst, 0), how
	}
	// The table must know every symbol; of a very long column only the front
	// counts, and segments with other symbols are packed.
	e.huff.Reuse = huff0.ReusePolicyNone
	compress := huff0.Compress1X
	if len(sym) > oneStream {
		compress = huff0.Compress4X
	}
	_, _, err := compress(sym[:min(len(sym), huff0.BlockSizeMax)], &e.huff)
	if err != nil || len(e.huff.OutTable) == 0 {
		return append(dst, 0), how
	}
	how.huffman = true
	if len(sym) <= Segment {
		how.done = e.huff.OutData
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.huff.OutTable)))
	return append(dst, e.huff.OutTable...), how
}

func (e *Encoder) appendSymbols(dst []byte, sym []byte, how coding) []byte {
	packed := (len(sym)*how.width + 7) / 8
	same := true
	for _, s := range sym {
		if s != sym[0] {
			same = false
			break
		}
	}
	if same {
		return append(dst, symSame, sym[0])
	}
	if how.huffman {
		out, err := how.done, error(nil)
		if out == nil {
			e.huff.Reuse = huff0.ReusePolicyMust
			compress := huff0.Compress4X
			if len(sym) <= oneStream {
				compress = huff0.Compress1X
			}
			out, _, err = compress(sym, &e.huff)
		}
		if err == nil && len(out) < packed {
			dst = binary.AppendUvarint(append(dst, symHuffman), uint64(len(out)))
			return append(dst, out...)
		}
	} else if len(sym) >= minEntropy {
		e.fse.MaxSymbolValue = 0
		if out, err := fse.Compress(sym, &e.fse); err == nil && len(out) < packed {
			dst = binary.AppendUvarint(append(dst, symFSE), uint64(len(out)))
			return append(dst, out...)
		}
	}
	dst = append(dst, symPacked, byte(how.width))
	acc, n := uint64(0), 0
	for _, s := range sym {
		acc |= uint64(s) << n
		for n += how.width; n >= 8; n -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	if n > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

// symbols decodes len(dst) symbols; the result is dst or another buffer of c
// that the next call overwrites.
func (c *Ints) symbols(r *reader, dst []byte) ([]byte, error) {
	switch form := r.byte(); form {
	case symSame:
		s := r.byte()
		for i := range dst {
			dst[i] = s
		}
	case symPacked:
		w := int(r.byte())
		in := r.bytes(uint64(len(dst)*min(w, 8)+7) / 8)
		if r.bad || w > 8 {
			return nil, ErrDamaged
		}
		unpack(dst, in, w)
	case symHuffman:
		in := r.bytes(r.uint())
		if r.bad || c.decoder == nil {
			return nil, ErrDamaged
		}
		var out []byte
		var err error
		// huff0 takes the capacity for the size.
		if len(dst) > oneStream {
			out, err = c.decoder.Decompress4X(dst[:len(dst):len(dst)], in)
		} else {
			out, err = c.decoder.Decompress1X(dst[:0:len(dst)], in)
		}
		if err != nil || len(out) != len(dst) {
			return nil, ErrDamaged
		}
		return out, nil
	case symFSE:
		in := r.bytes(r.uint())
		if r.bad {
			return nil, ErrDamaged
		}
		c.fse.DecompressLimit = len(dst) + 8
		out, err := fse.Decompress(in, &c.fse)
		if err != nil || len(out) != len(dst) {
			return nil, ErrDamaged
		}
		return out, nil
	default:
		return nil, ErrDamaged
	}
	if r.bad {
		return nil, ErrDamaged
	}
	return dst, nil
}

func unpack(dst, in []byte, w int) {
	acc, n, at := uint64(0), 0, 0
	mask := byte(1<<w - 1)
	for i := range dst {
		for n < w {
			acc |= uint64(in[at]) << n
			at++
			n += 8
		}
		dst[i] = byte(acc) & mask
		acc >>= w
		n -= w
	}
}
