package command

import (
	"fmt"
	"math"
	"strings"

	"penstock/app/tag"
)

// check says whether s may carry out r now, and what the value is in raw
// counts.
func check(s Session, def tag.Def, present tag.Value, r Request) (raw tag.Scalar, err error) {
	switch {
	case !s.May(RightWrite, def.Area):
		return raw, ErrNotAllowed
	case !def.Writable:
		return raw, ErrReadOnly
	case !r.Blind && !present.Quality.Usable():
		return raw, fmt.Errorf("%w (%v)", ErrNotUsable, present.Quality)
	case r.Shown.Kind() != tag.None && moved(def, present.Value, r.Shown):
		return raw, fmt.Errorf("%w: it was %s, now it is %s", ErrChanged, def.Format(r.Shown), def.Format(present.Value))
	}
	v, err := fit(def, r.Value)
	if err != nil {
		return raw, err
	}
	return toRaw(def, v), inRange(def, v)
}

// Fits says whether a value may be written to a tag by anybody: whether it is
// of its kind, in its range, and one of its named states. Screens ask as it is
// typed; Set asks again.
func Fits(def tag.Def, v tag.Scalar) error {
	v, err := fit(def, v)
	if err != nil {
		return err
	}
	return inRange(def, v)
}

// moved reports whether a value has left what a person was shown, by more
// than the last digit they could see.
func moved(def tag.Def, now, shown tag.Scalar) bool {
	a, ok1 := now.Float()
	b, ok2 := shown.Float()
	if !ok1 || !ok2 {
		return now != shown
	}
	return math.Abs(a-b) > math.Max(def.DisplayBand, math.Pow(10, -float64(def.Decimals)))
}

// fit turns v into the kind of the tag, or says why it cannot be.
func fit(def tag.Def, v tag.Scalar) (tag.Scalar, error) {
	if f, ok := v.Float(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return v, fmt.Errorf("%w: it is not a number", ErrType)
	}
	if def.Kind == tag.None && v.Kind() != tag.None {
		return v, nil
	}
	if fitting, ok := v.As(def.Kind); ok {
		return fitting, nil
	}
	return v, fmt.Errorf("%w: %s is a %v tag", ErrType, def.ID, def.Kind)
}

// inRange holds v against the write range, or the engineering range where no
// write range is set, or what a scale that clamps can hold, and against the named states.
func inRange(def tag.Def, v tag.Scalar) error {
	if i, ok := v.Int(); ok && len(def.States) > 0 {
		if _, named := def.StateText(i); !named {
			return fmt.Errorf("%w: %s has no state %d", ErrRange, def.ID, i)
		}
		return nil
	}
	f, ok := v.Float()
	if !ok {
		return nil
	}
	lo, hi := def.WriteLo, def.WriteHi
	if lo >= hi {
		lo, hi = def.Lo, def.Hi
	}
	if s := def.Scale; lo >= hi && s.Clamp {
		lo, hi = min(s.EngLo, s.EngHi), max(s.EngLo, s.EngHi)
	}
	if lo < hi && (f < lo || f > hi) {
		return fmt.Errorf("%w: %s takes %s to %s %s", ErrRange, def.ID, def.Format(tag.Float(lo)), def.Format(tag.Float(hi)), def.Unit)
	}
	return nil
}

// toRaw unscales v. Counts are whole: the nearest one is what the engineering
// value means.
func toRaw(def tag.Def, v tag.Scalar) tag.Scalar {
	f, ok := v.Float()
	if !ok || def.Scale.IsZero() {
		return v
	}
	raw := def.Scale.Raw(f)
	if counts(def.Type) {
		raw = math.Round(raw)
	}
	return tag.Float(raw)
}

// counts reports whether a raw type holds whole numbers only.
func counts(typ string) bool {
	for _, p := range []string{"int", "uint", "bcd"} {
		if strings.HasPrefix(typ, p) {
			return true
		}
	}
	return false
}

// toEng scales what was read back.
func toEng(def tag.Def, raw tag.Scalar) tag.Scalar {
	f, ok := raw.Float()
	if !ok || def.Scale.IsZero() {
		return raw
	}
	eng, _ := def.Scale.Eng(f)
	return tag.Float(eng)
}
