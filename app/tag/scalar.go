package tag

import (
	"fmt"
	"math"
	"strconv"
)

// Kind is the type a Scalar holds.
type Kind uint8

// The kinds of a Scalar. None is no value at all.
const (
	None Kind = iota
	KindFloat
	KindInt
	KindBool
	KindText
)

var kindNames = [...]string{"none", "float", "int", "bool", "text"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Scalar holds one float64, int64, bool or string. It does not allocate, and
// two Scalars are equal under == exactly when they hold the same thing, bit
// for bit (so a NaN equals itself, and 0 differs from -0).
type Scalar struct {
	kind Kind
	bits uint64
	text string
}

// Float makes a Scalar that holds v.
func Float(v float64) Scalar { return Scalar{kind: KindFloat, bits: math.Float64bits(v)} }

// Int makes a Scalar that holds v.
func Int(v int64) Scalar { return Scalar{kind: KindInt, bits: uint64(v)} }

// Text makes a Scalar that holds v.
func Text(v string) Scalar { return Scalar{kind: KindText, text: v} }

// Bool makes a Scalar that holds v.
func Bool(v bool) Scalar {
	if v {
		return Scalar{kind: KindBool, bits: 1}
	}
	return Scalar{kind: KindBool}
}

// FromBits makes the Scalar that Kind, Bits and Str took apart.
func FromBits(k Kind, bits uint64, text string) Scalar {
	switch k {
	case KindFloat, KindInt:
		return Scalar{kind: k, bits: bits}
	case KindBool:
		return Bool(bits != 0)
	case KindText:
		return Text(text)
	}
	return Scalar{}
}

// Kind reports what s holds.
func (s Scalar) Kind() Kind { return s.kind }

// Bits returns the 64 bits of a float (IEEE 754), int (two's complement) or
// bool (0 or 1); 0 for text.
func (s Scalar) Bits() uint64 { return s.bits }

// Str returns the text of a KindText Scalar and "" for every other kind.
func (s Scalar) Str() string { return s.text }

// Float returns s as a number; ok is false for text and for no value.
func (s Scalar) Float() (v float64, ok bool) {
	switch s.kind {
	case KindFloat:
		return math.Float64frombits(s.bits), true
	case KindInt:
		return float64(int64(s.bits)), true
	case KindBool:
		return float64(s.bits), true
	}
	return 0, false
}

// Int returns s as an integer; ok is false unless s is an int, a bool, or a
// float that is a whole number an int64 can hold.
func (s Scalar) Int() (v int64, ok bool) {
	switch s.kind {
	case KindInt, KindBool:
		return int64(s.bits), true
	case KindFloat:
		f := math.Float64frombits(s.bits)
		if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
			return int64(f), true
		}
	}
	return 0, false
}

// Truth reports whether s is a number other than zero; ok as for Float.
func (s Scalar) Truth() (v, ok bool) {
	f, ok := s.Float()
	return f != 0, ok
}

// As returns s as a Scalar of kind k. It loses nothing: ok is false where k
// cannot hold the same thing, and for k None. A bool is 0 or 1, text is only
// text.
func (s Scalar) As(k Kind) (v Scalar, ok bool) {
	switch k {
	case KindFloat:
		f, ok := s.Float()
		return Float(f), ok
	case KindInt:
		i, ok := s.Int()
		return Int(i), ok
	case KindBool:
		i, ok := s.Int()
		return Bool(i == 1), ok && (i == 0 || i == 1)
	case KindText:
		return s, s.kind == KindText
	}
	return Scalar{}, false
}

// String formats s for a log line or an export; widgets format for people.
func (s Scalar) String() string {
	switch s.kind {
	case KindFloat:
		return formatFloat(math.Float64frombits(s.bits))
	case KindInt:
		return strconv.FormatInt(int64(s.bits), 10)
	case KindBool:
		return strconv.FormatBool(s.bits != 0)
	case KindText:
		return s.text
	}
	return ""
}

// formatFloat writes f so that it reads back the same, with an exponent only
// where the number would be hard to read without.
func formatFloat(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Parse reads what a person or a file wrote as a Scalar of kind k.
func Parse(k Kind, text string) (Scalar, error) {
	switch k {
	case KindFloat:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return Scalar{}, fmt.Errorf("%q is not a number", text)
		}
		return Float(f), nil
	case KindInt:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Scalar{}, fmt.Errorf("%q is not a whole number", text)
		}
		return Int(i), nil
	case KindBool:
		switch text {
		case "1", "true", "TRUE", "True", "on", "On", "ON":
			return Bool(true), nil
		case "0", "false", "FALSE", "False", "off", "Off", "OFF":
			return Bool(false), nil
		}
		return Scalar{}, fmt.Errorf("%q is neither on nor off", text)
	case KindText:
		return Text(text), nil
	}
	return Scalar{}, fmt.Errorf("no value can be read as %s", k)
}
