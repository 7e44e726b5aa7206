package reg

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"penstock/app/tag"
)

// wholeSlack is how far a number may be from a whole one and still be meant
// as it, in counts: what scaling back from engineering units leaves behind.
const wholeSlack = 1e-6

// Encode writes v as registers, two bytes each as they go over the wire. A
// value the type cannot hold is an error, never wrapped or cut. For a Part
// the rest of the register is zero; Mask says which bits count.
func (t *Type) Encode(v tag.Scalar) ([]byte, error) {
	switch t.form {
	case formText:
		return t.encodeText(v)
	case formRaw:
		return t.encodeRaw(v)
	case formTime:
		return t.encodeTime(v)
	}
	bits, err := t.pack(v)
	if err != nil {
		return nil, err
	}
	return t.scatter(bits), nil
}

// scatter is the reverse of gather.
func (t *Type) scatter(bits uint64) []byte {
	b := make([]byte, 2*t.words)
	for i := range t.words {
		w := i
		if !t.order.Words {
			w = t.words - 1 - i
		}
		word := uint16(bits >> (16 * i))
		if t.order.Bytes {
			word = word<<8 | word>>8
		}
		binary.BigEndian.PutUint16(b[2*w:], word)
	}
	return b
}

// Mask has a one for every bit of the register that belongs to a Part.
func (t *Type) Mask() uint16 {
	if !t.Part() {
		return 0xFFFF
	}
	m := uint16((1<<t.width - 1) << t.lo)
	if t.order.Bytes {
		m = m<<8 | m>>8
	}
	return m
}

// pack makes the bits of a number, lowest register in the lowest 16.
func (t *Type) pack(v tag.Scalar) (uint64, error) {
	switch t.form {
	case formBool:
		on, err := truth(v)
		if err != nil || !on {
			return 0, err
		}
		return 1 << t.lo, nil
	case formFloat:
		return t.packFloat(v)
	}
	n, err := whole(v)
	if err != nil {
		return 0, err
	}
	lo, hi := t.limits()
	if n < lo || hi > 0 && n > hi {
		return 0, fmt.Errorf("%d is outside what %s can hold, %d to %d", n, t.name, lo, hi)
	}
	switch t.form {
	case formBCD:
		return split(n, 4*t.words, 4, 10), nil
	case formMod10k:
		return split(n, t.words, 16, 10000), nil
	}
	bits := uint64(n)
	if w := t.bits(); w < 64 {
		bits &= 1<<w - 1
	}
	return bits << t.lo, nil
}

// limits are the least and the most a whole-number type can hold.
func (t *Type) limits() (lo, hi int64) {
	switch t.form {
	case formInt:
		return -1 << (t.bits() - 1), 1<<(t.bits()-1) - 1
	case formBCD:
		return 0, int64(math.Pow10(4*t.words)) - 1
	case formMod10k:
		return 0, int64(math.Pow10(4*t.words)) - 1
	}
	if t.bits() == 64 {
		return 0, math.MaxInt64
	}
	return 0, 1<<t.bits() - 1
}

func split(n int64, count, width int, base int64) (bits uint64) {
	for i := range count {
		bits |= uint64(n%base) << (i * width)
		n /= base
	}
	return bits
}

func (t *Type) packFloat(v tag.Scalar) (uint64, error) {
	f, ok := v.Float()
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a number", v)
	}
	if n, ok := v.Int(); ok && v.Kind() == tag.KindInt {
		if back := int64(f); back != n || t.words == 2 && float64(float32(f)) != f {
			return 0, fmt.Errorf("%d has more digits than %s can hold", n, t.name)
		}
	}
	if t.words == 4 {
		return math.Float64bits(f), nil
	}
	short := float32(f)
	const normal = 0x1p-126 // below it a float32 loses digits
	if math.IsInf(float64(short), 0) || math.Abs(f) < normal && float64(short) != f {
		return 0, fmt.Errorf("%g is outside what %s can hold", f, t.name)
	}
	return uint64(math.Float32bits(short)), nil
}

func truth(v tag.Scalar) (bool, error) {
	if f, ok := v.Float(); ok && (f == 0 || f == 1) {
		return f == 1, nil
	}
	return false, fmt.Errorf("%q is neither on (1) nor off (0)", v)
}

func whole(v tag.Scalar) (int64, error) {
	if n, ok := v.Int(); ok {
		return n, nil
	}
	f, ok := v.Float()
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a number", v)
	}
	near := math.Round(f)
	if math.Abs(f) >= 1<<53 || math.Abs(f-near) > wholeSlack {
		return 0, fmt.Errorf("%g is not a whole number", f)
	}
	return int64(near), nil
}

func (t *Type) encodeText(v tag.Scalar) ([]byte, error) {
	if v.Kind() != tag.KindText {
		return nil, errors.New("the register holds text")
	}
	b := make([]byte, 2*t.words)
	n := 0
	for _, r := range v.Str() {
		if r == 0 || r > 0xFF {
			return nil, fmt.Errorf("the character %q cannot be written to the device", r)
		}
		if n == t.width {
			return nil, fmt.Errorf("the text is longer than %d characters", t.width)
		}
		b[n] = byte(r)
		n++
	}
	return t.arrange(b), nil
}

func (t *Type) encodeRaw(v tag.Scalar) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(v.Str(), " ", ""))
	if err != nil || v.Kind() != tag.KindText || len(b) != 2*t.words {
		return nil, fmt.Errorf("want %d hexadecimal digits", 4*t.words)
	}
	return t.arrange(b), nil
}
