package plantserver

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"penstock/app/tag"
)

// A codec is how a signal travels in Modbus registers.
type codec struct {
	words  int // registers, high word first before order is applied
	order  string
	bit    int // of the word; -1 if it is not a bit
	encode func(v tag.Scalar, ok bool) []uint16
	decode func(w []uint16) (tag.Scalar, error)
}

var errNotThat = errors.New("the registers do not hold such a value")

// parseCodec reads a type of the signal table, such as "float32 CDAB",
// "int16 invalid=0x8000", "bit 3" or "string(16)".
func parseCodec(d tag.Def) (codec, error) {
	name, rest, _ := strings.Cut(d.Type, " ")
	c := codec{bit: -1, order: "ABCD"}
	switch {
	case name == "bit":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 || n > 15 {
			return c, fmt.Errorf("%s: type %q", d.ID, d.Type)
		}
		c.bit, c.words = n, 1
		c.encode = func(v tag.Scalar, ok bool) []uint16 {
			on, _ := v.Truth()
			if on && ok {
				return []uint16{1 << n}
			}
			return []uint16{0}
		}
		return c, nil
	case strings.HasPrefix(name, "string("):
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "string("), ")"))
		if err != nil || n < 1 || n > 200 {
			return c, fmt.Errorf("%s: type %q", d.ID, d.Type)
		}
		c.words = (n + 1) / 2
		c.encode = func(v tag.Scalar, ok bool) []uint16 {
			b := make([]byte, 2*c.words)
			copy(b, v.Str())
			out := make([]uint16, c.words)
			for i := range out {
				out[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
			}
			return out
		}
		return c, nil
	}
	for option := range strings.FieldsSeq(rest) {
		if !strings.HasPrefix(option, "invalid=") { // what number.none says, for clients
			c.order = option
		}
	}
	n, ok := numbers[name]
	if !ok || !strings.Contains("ABCD CDAB BADC DCBA", c.order) {
		return c, fmt.Errorf("%s: type %q", d.ID, d.Type)
	}
	c.words = n.words
	c.encode = func(v tag.Scalar, ok bool) []uint16 {
		bits := n.none
		if f, isNumber := v.Float(); ok && isNumber {
			if !d.Scale.IsZero() {
				f = math.Round(d.Scale.Raw(f))
			} else if i, whole := v.Int(); whole && v.Kind() == tag.KindInt {
				f = float64(i)
			}
			bits = n.bits(f)
		}
		w := make([]uint16, n.words)
		for i := range w {
			w[i] = uint16(bits >> (16 * (n.words - 1 - i)))
		}
		return shuffle(w, c.order)
	}
	c.decode = func(w []uint16) (tag.Scalar, error) {
		var bits uint64
		for _, x := range shuffle(append([]uint16(nil), w...), c.order) {
			bits = bits<<16 | uint64(x)
		}
		f, err := n.value(bits)
		if err != nil {
			return tag.Scalar{}, err
		}
		if d.Kind == tag.KindInt {
			return tag.Int(int64(f)), nil
		}
		eng, _ := d.Scale.Eng(f)
		return tag.Float(eng), nil
	}
	return c, nil
}

// A number is one of the ways to write a number in registers.
type number struct {
	words int
	none  uint64 // stands for "no measurement"
	bits  func(float64) uint64
	value func(uint64) (float64, error)
}

var numbers = map[string]number{
	"uint16": whole(1, 0, math.MaxUint16, 0xFFFF, func(b uint64) float64 { return float64(b) }),
	"int16":  whole(1, math.MinInt16, math.MaxInt16, 0x8000, func(b uint64) float64 { return float64(int16(b)) }),
	"uint32": whole(2, 0, math.MaxUint32, 0xFFFFFFFF, func(b uint64) float64 { return float64(b) }),
	"int32":  whole(2, math.MinInt32, math.MaxInt32, 0x80000000, func(b uint64) float64 { return float64(int32(b)) }),
	"int64":  whole(4, math.MinInt64, 1<<62, 0x8000000000000000, func(b uint64) float64 { return float64(int64(b)) }),
	"float32": {2, uint64(math.Float32bits(float32(math.NaN()))),
		func(f float64) uint64 { return uint64(math.Float32bits(float32(f))) },
		func(b uint64) (float64, error) {
			// A set point typed as 4.6 shall not come out as 4.599999904632568.
			f, err := strconv.ParseFloat(strconv.FormatFloat(float64(math.Float32frombits(uint32(b))), 'g', -1, 32), 64)
			return f, err
		}},
	"float64": {4, math.Float64bits(math.NaN()), math.Float64bits,
		func(b uint64) (float64, error) { return math.Float64frombits(b), nil }},
	"bcd16": {1, 0xFFFF,
		func(f float64) uint64 {
			out := uint64(0)
			for i, n := 0, uint64(math.Max(0, math.Min(f, 9999))); i < 4; i++ {
				out |= n % 10 << (4 * i)
				n /= 10
			}
			return out
		},
		func(b uint64) (float64, error) {
			f := 0.0
			for i := 3; i >= 0; i-- {
				digit := b >> (4 * i) & 15
				if digit > 9 {
					return 0, errNotThat
				}
				f = 10*f + float64(digit)
			}
			return f, nil
		}},
}

func whole(words int, lo, hi float64, none uint64, value func(uint64) float64) number {
	return number{words, none,
		func(f float64) uint64 { return uint64(int64(math.Max(lo, math.Min(hi, math.Round(f))))) },
		func(b uint64) (float64, error) { return value(b), nil }}
}

// shuffle turns big-endian words into the order of bytes that is named by
// where A (the highest) to D went. Four-word values go by the same pattern.
func shuffle(w []uint16, order string) []uint16 {
	if order == "CDAB" || order == "DCBA" {
		for i, j := 0, len(w)-1; i < j; i, j = i+1, j-1 {
			w[i], w[j] = w[j], w[i]
		}
	}
	if order == "BADC" || order == "DCBA" {
		for i := range w {
			w[i] = w[i]<<8 | w[i]>>8
		}
	}
	return w
}
