package reg

import (
	"encoding/hex"
	"math"
	"strings"
	"time"

	"penstock/app/tag"
)

// Decode reads a value from the registers at its address, two bytes each as
// they came over the wire; len(b) must be 2*t.Words(). What does not make a
// value is none, with a quality that says why, never a wrong one.
func (t *Type) Decode(b []byte) (tag.Scalar, tag.Quality) {
	if len(b) != 2*t.words {
		return tag.Scalar{}, tag.BadCommunicationError
	}
	switch t.form {
	case formText:
		return t.decodeText(b)
	case formTime:
		if t.isNumber() {
			break
		}
		return t.decodeTime(t.arrange(b))
	case formRaw:
		return tag.Text(strings.ToUpper(hex.EncodeToString(t.arrange(b)))), tag.Good
	}
	bits := t.gather(b)
	for _, odd := range t.odd {
		if bits == odd {
			return tag.Scalar{}, tag.BadSensorFailure
		}
	}
	return t.interpret(bits)
}

// gather puts the bytes of a number of up to four registers in order.
func (t *Type) gather(b []byte) uint64 {
	var bits uint64
	for i := range t.words {
		w := i
		if t.order.Words {
			w = t.words - 1 - i
		}
		hi, lo := b[2*w], b[2*w+1]
		if t.order.Bytes {
			hi, lo = lo, hi
		}
		bits = bits<<16 | uint64(hi)<<8 | uint64(lo)
	}
	if t.width != 0 {
		bits = bits >> t.lo & (1<<t.width - 1)
	}
	return bits
}

func (t *Type) interpret(bits uint64) (tag.Scalar, tag.Quality) {
	switch t.form {
	case formBool:
		return tag.Bool(bits != 0), tag.Good
	case formTime:
		return tag.Text(time.Unix(int64(bits), 0).UTC().Format(shownUTC)), tag.Good
	case formBits:
		return tag.Int(int64(bits)), tag.Good
	case formInt:
		unused := 64 - t.bits()
		return tag.Int(int64(bits<<unused) >> unused), tag.Good
	case formFloat:
		f := math.Float64frombits(bits)
		if t.words == 2 {
			f = float64(math.Float32frombits(uint32(bits)))
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return tag.Scalar{}, tag.BadOutOfRange
		}
		return tag.Float(f), tag.Good
	case formBCD:
		return digits(bits, 4*t.words, 4, 9)
	case formMod10k:
		return digits(bits, t.words, 16, 9999)
	}
	if bits > math.MaxInt64 {
		return tag.Scalar{}, tag.BadOutOfRange
	}
	return tag.Int(int64(bits)), tag.Good
}

// digits reads n digits of width bits each, none above most, the highest first.
func digits(bits uint64, n, width int, most uint64) (tag.Scalar, tag.Quality) {
	var v int64
	for i := n - 1; i >= 0; i-- {
		d := bits >> (i * width) & (1<<width - 1)
		if d > most {
			return tag.Scalar{}, tag.BadOutOfRange
		}
		v = v*int64(most+1) + int64(d)
	}
	return tag.Int(v), tag.Good
}

// arrange undoes a byte swap for text and raw registers.
func (t *Type) arrange(b []byte) []byte {
	out := append([]byte(nil), b...)
	if t.order.Bytes {
		for i := 0; i+1 < len(out); i += 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return out
}

// decodeText reads Latin-1 up to the first NUL and cuts the padding.
func (t *Type) decodeText(b []byte) (tag.Scalar, tag.Quality) {
	var s strings.Builder
	for _, c := range t.arrange(b)[:t.width] {
		if c == 0 {
			break
		}
		s.WriteRune(rune(c))
	}
	return tag.Text(strings.TrimRight(s.String(), " ")), tag.Good
}
