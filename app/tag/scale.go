package tag

import "math"

// Scale maps raw device counts to engineering units along a straight line.
// The zero Scale is 1:1.
type Scale struct {
	RawLo, RawHi, EngLo, EngHi float64
	Clamp                      bool // hold the result between EngLo and EngHi
}

// IsZero reports whether s leaves values as they are.
func (s Scale) IsZero() bool { return s == Scale{} }

// Eng converts raw to engineering units. The limit says at which end a
// clamped result was held.
func (s Scale) Eng(raw float64) (eng float64, at Limit) {
	if s.IsZero() {
		return raw, LimitNone
	}
	eng = s.EngLo + (raw-s.RawLo)*(s.EngHi-s.EngLo)/(s.RawHi-s.RawLo)
	if !s.Clamp {
		return eng, LimitNone
	}
	lo, hi := math.Min(s.EngLo, s.EngHi), math.Max(s.EngLo, s.EngHi)
	switch {
	case eng < lo:
		return lo, LimitLow
	case eng > hi:
		return hi, LimitHigh
	}
	return eng, LimitNone
}

// Raw converts engineering units back to raw counts, unrounded.
func (s Scale) Raw(eng float64) float64 {
	if s.IsZero() {
		return eng
	}
	return s.RawLo + (eng-s.EngLo)*(s.RawHi-s.RawLo)/(s.EngHi-s.EngLo)
}

// Valid reports whether both spans of s are finite and not empty.
func (s Scale) Valid() bool {
	if s.IsZero() {
		return true
	}
	finite := func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
	return finite(s.RawLo) && finite(s.RawHi) && finite(s.EngLo) && finite(s.EngHi) && s.RawLo != s.RawHi && s.EngLo != s.EngHi
}
