package codec

import "math"

// Scale is the grid a tag's values lie on: whole numbers, decimals, or the
// counts of a transmitter.
type Scale struct {
	form       byte
	exp        int
	base, step float64
}

// Scale returns the grid of the column that was coded last with h; ok is false
// when it has none.
func (h *Hint) Scale() (s Scale, ok bool) {
	switch {
	case !h.known || h.form >= formBits32:
		return Scale{}, false
	case h.form == formInt:
		return Whole, true
	case h.form == formDec || h.form == formDec32:
		return Scale{form: h.form, exp: h.exp, step: 1 / pow10[h.exp]}, true
	}
	return Scale{form: formGrid, base: h.base, step: h.step}, true
}

// WholeHint is the Hint of a column of whole numbers.
func WholeHint() *Hint { return &Hint{known: true, form: formInt} }

// Whole is the grid of whole numbers.
var Whole = Scale{form: formInt, step: 1}

// Index is the number of the grid line next to v, which may be halfway
// between two by rounding.
func (s Scale) Index(v float64) int64 { return int64(math.Round((v - s.base) / s.step)) }

// Part is the place of v on the grid in parts of a step.
func (s Scale) Part(v float64, parts float64) int64 {
	return int64(math.Round((v - s.base) / s.step * parts))
}

// FromPart is the inverse of Part, to within half a part.
func (s Scale) FromPart(k int64, parts float64) float64 { return s.base + float64(k)/parts*s.step }

// Span is how far parts of a step reach.
func (s Scale) Span(k int64, parts float64) float64 { return float64(k) / parts * s.step }

// Value is the value of grid line k: exact for whole numbers and decimals, to
// within the rounding of the controller for counts.
func (s Scale) Value(k int64) float64 {
	switch s.form {
	case formInt:
		return float64(k)
	case formDec:
		return float64(k) / pow10[s.exp]
	case formDec32:
		return float64(float32(float64(k) / pow10[s.exp]))
	}
	return float64(float32(s.base + float64(k)*s.step))
}

// Holds reports whether v is on the grid, or so near that the difference is
// that of a controller's rounding.
func (s Scale) Holds(v float64) bool {
	return math.Abs((v-s.base)/s.step) < 1<<50 && math.Abs(s.Value(s.Index(v))-v) <= 4*noise*math.Max(math.Abs(v), math.Abs(s.base))
}

// Steps is the distance of two values in steps.
func (s Scale) Steps(a, b float64) float64 { return math.Abs(a-b) / s.step }

// Append appends s to b.
func (s Scale) Append(b []byte) []byte {
	b = append(b, s.form, byte(s.exp))
	if s.form == formGrid {
		b = appendFloat(appendFloat(b, s.base), s.step)
	}
	return b
}

// ReadScale takes a Scale from the front of b.
func ReadScale(b []byte) (s Scale, used int, err error) {
	r := reader{b: b}
	s.form, s.exp = r.byte(), int(r.byte())
	switch {
	case s.exp >= len(pow10):
		r.fail()
	case s.form == formInt:
		s.step = 1
	case s.form == formDec || s.form == formDec32:
		s.step = 1 / pow10[s.exp]
	case s.form == formGrid:
		s.base, s.step = math.Float64frombits(r.uint64()), math.Float64frombits(r.uint64())
	default:
		r.fail()
	}
	if r.bad {
		return Scale{}, 0, ErrDamaged
	}
	return s, len(b) - len(r.b), nil
}
