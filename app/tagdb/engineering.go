package tagdb

import (
	"math"

	"penstock/app/tag"
)

// rangeSlack is the share of the span a value may be outside its range before
// it is called outside: rounding of float32 and of scaling stays below it.
const rangeSlack = 1e-6

// engineering turns a raw reading into what the tag means by it: scaled, of the
// tag's kind, with the quality that follows.
func (c *Cell) engineering(v tag.Value) tag.Value {
	d := &c.def
	if v.Value.Kind() == tag.None {
		if v.Quality.Usable() {
			v.Quality = tag.Bad // a value was promised and is not there
		}
		return v
	}
	f, numeric := v.Value.Float()
	if numeric && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return without(v, tag.BadOutOfRange)
	}
	at := tag.LimitNone
	if !d.Scale.IsZero() && c.program == nil {
		if !numeric {
			return without(v, tag.BadTypeMismatch)
		}
		f, at = d.Scale.Eng(f)
		v.Value = tag.Float(f)
	}
	s, ok := ofKind(v.Value, d.Kind)
	if !ok {
		return without(v, tag.BadTypeMismatch)
	}
	v.Value = s
	if at != tag.LimitNone {
		if v.Quality == tag.Good {
			v.Quality = tag.GoodClamped
		}
		v.Quality = v.Quality.WithLimit(at)
	}
	if f, ok := s.Float(); ok && d.HasRange() && v.Quality.IsGood() {
		if slack := (d.Hi - d.Lo) * rangeSlack; f < d.Lo-slack || f > d.Hi+slack {
			v.Quality = tag.EUExceeded
		}
	}
	return v
}

// without takes the value from v. A quality that is bad already says more.
func without(v tag.Value, q tag.Quality) tag.Value {
	v.Value = tag.Scalar{}
	if v.Quality.Usable() {
		v.Quality = q
	}
	return v
}

// ofKind converts s without losing anything but the fraction a whole-number
// tag does not have.
func ofKind(s tag.Scalar, k tag.Kind) (tag.Scalar, bool) {
	if k == tag.None || k == s.Kind() {
		return s, true
	}
	switch k {
	case tag.KindFloat:
		f, ok := s.Float()
		return tag.Float(f), ok
	case tag.KindInt:
		if i, ok := s.Int(); ok {
			return tag.Int(i), true
		}
		if f, ok := s.Float(); ok {
			if f = math.Round(f); f >= -1<<63 && f < 1<<63 {
				return tag.Int(int64(f)), true
			}
		}
	case tag.KindBool:
		b, ok := s.Truth()
		return tag.Bool(b), ok
	case tag.KindText:
		return tag.Text(s.String()), true
	}
	return tag.Scalar{}, false
}
