package tag

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A field nobody filled in never reads as a healthy plant.
func TestTheZeroValueIsNoData(t *testing.T) {
	var v Value
	if v.Quality.Usable() || v.Quality.IsGood() || v.Quality.Status() != 0x80320000 {
		t.Errorf("the zero quality is %v, 0x%08X", v.Quality, v.Quality.Status())
	}
	if _, ok := v.Number(); ok {
		t.Error("the zero value is a number")
	}
}

// Every one of the 32 bits comes back.
func TestStatusIsKeptWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.Uint32().Draw(t, "code")
		q := FromStatus(code)
		if q.Status() != code {
			t.Fatalf("0x%08X became 0x%08X", code, q.Status())
		}
		want := [...]Class{ClassGood, ClassUncertain, ClassBad, ClassBad}[code>>30]
		if q.Class() != want {
			t.Fatalf("0x%08X is %v, want %v", code, q.Class(), want)
		}
		if q.String() == "" {
			t.Fatalf("0x%08X has no words", code)
		}
		l := Limit(rapid.IntRange(0, 3).Draw(t, "limit"))
		if lim := q.WithLimit(l); lim.Limit() != l || lim.Class() != want {
			t.Fatalf("0x%08X with limit %d has limit %d and is %v", code, l, lim.Limit(), lim.Class())
		}
	})
}

func TestWorst(t *testing.T) {
	for _, c := range []struct{ a, b, want Quality }{
		{Good, Good, Good}, {Good, LastUsable, LastUsable}, {BadTimeout, Uncertain, BadTimeout}, {Uncertain, NoData, NoData},
		{BadTimeout, BadSensorFailure, BadTimeout}, // alike: the first
	} {
		if got := Worst(c.a, c.b); got != c.want {
			t.Errorf("Worst(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestScalarsReadBackWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }).Draw(t, "f")
		if got, err := Parse(KindFloat, Float(f).String()); err != nil || got != Float(f) {
			t.Fatalf("%v: %v, %v", f, got, err)
		}
		i := rapid.Int64().Draw(t, "i")
		if got, err := Parse(KindInt, Int(i).String()); err != nil || got != Int(i) {
			t.Fatalf("%v: %v, %v", i, got, err)
		}
		for _, s := range []Scalar{Float(f), Int(i), Bool(i%2 == 0), Text("a"), {}} {
			if back := FromBits(s.Kind(), s.Bits(), s.Str()); back != s {
				t.Fatalf("%v came back as %v", s, back)
			}
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		k    Kind
		text string
	}{{KindFloat, ""}, {KindFloat, "1,5"}, {KindFloat, "NaN"}, {KindFloat, "Inf"}, {KindInt, "1.5"}, {KindInt, "9223372036854775808"}, {KindBool, "yes?"}, {None, "1"}} {
		if got, err := Parse(c.k, c.text); err == nil {
			t.Errorf("Parse(%v, %q) = %v", c.k, c.text, got)
		}
	}
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		s    Scalar
		want int64
		ok   bool
	}{{Float(3), 3, true}, {Float(3.5), 0, false}, {Float(1 << 63), 0, false}, {Float(-1 << 63), math.MinInt64, true}, {Float(math.NaN()), 0, false},
		{Bool(true), 1, true}, {Text("3"), 0, false}} {
		if got, ok := c.s.Int(); got != c.want || ok != c.ok {
			t.Errorf("%v.Int() = %d, %v", c.s, got, ok)
		}
	}
}

func TestAsLosesNothing(t *testing.T) {
	for _, c := range []struct {
		s    Scalar
		kind Kind
		want Scalar
		ok   bool
	}{{Int(3), KindFloat, Float(3), true}, {Float(3), KindInt, Int(3), true}, {Float(3.5), KindInt, Scalar{}, false}, {Int(1), KindBool, Bool(true), true}, {Int(2), KindBool, Scalar{}, false},
		{Bool(true), KindInt, Int(1), true}, {Text("1"), KindInt, Scalar{}, false}, {Int(1), KindText, Scalar{}, false}, {Text("a"), KindText, Text("a"), true}, {Int(1), None, Scalar{}, false}, {Scalar{}, KindFloat, Scalar{}, false}} {
		if got, ok := c.s.As(c.kind); ok != c.ok || ok && got != c.want {
			t.Errorf("%v as %v = %v, %v", c.s, c.kind, got, ok)
		}
	}
}

func TestFormatIsWhatPeopleRead(t *testing.T) {
	num := Def{Decimals: 1}
	mode := Def{States: []State{{0, "Off"}, {2, "Auto"}}}
	for _, c := range []struct {
		d    Def
		s    Scalar
		want string
	}{
		{num, Float(12.345), "12.3"}, {num, Float(-0.04), "0.0"}, {num, Float(math.NaN()), "---"}, {num, Scalar{}, "---"},
		{num, Int(7), "7"}, {num, Bool(true), "on"}, {num, Text("run"), "run"},
		{mode, Int(2), "Auto"}, {mode, Float(0), "Off"}, {mode, Int(1), "1"}, {mode, Bool(false), "Off"},
	} {
		if got := c.d.Format(c.s); got != c.want {
			t.Errorf("Format(%v) = %q, want %q", c.s, got, c.want)
		}
	}
}

// What is written and read back is the same value.
func TestScaleThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.Float64Range(-1e6, 1e6)
		s := Scale{RawLo: end.Draw(t, "rawLo"), RawHi: end.Draw(t, "rawHi"), EngLo: end.Draw(t, "engLo"), EngHi: end.Draw(t, "engHi")}
		if math.Abs(s.RawHi-s.RawLo) < 1 || math.Abs(s.EngHi-s.EngLo) < 1e-3 || !s.Valid() {
			t.Skip("an empty span")
		}
		eng := s.EngLo + rapid.Float64Range(0, 1).Draw(t, "share")*(s.EngHi-s.EngLo)
		back, _ := s.Eng(s.Raw(eng))
		if math.Abs(back-eng) > 1e-9*math.Max(1, math.Max(math.Abs(s.EngLo), math.Abs(s.EngHi))) {
			t.Fatalf("%v came back as %v by %+v", eng, back, s)
		}
	})
}

func TestClampSaysAtWhichEnd(t *testing.T) {
	s := Scale{RawLo: 4, RawHi: 20, EngLo: 0, EngHi: 100, Clamp: true}
	for _, c := range []struct {
		raw, eng float64
		at       Limit
	}{{3.6, 0, LimitLow}, {4, 0, LimitNone}, {12, 50, LimitNone}, {21, 100, LimitHigh}} {
		if eng, at := s.Eng(c.raw); eng != c.eng || at != c.at {
			t.Errorf("Eng(%v) = %v, %v; want %v, %v", c.raw, eng, at, c.eng, c.at)
		}
	}
}

func TestAtBelievesTheSourceUnlessItIsSkewed(t *testing.T) {
	v := Value{Source: 5, Received: 9}
	if v.At() != 5 {
		t.Errorf("At %d, want the source's time", v.At())
	}
	v.Flags = Skewed
	if v.At() != 9 {
		t.Errorf("At %d, want the time of receipt", v.At())
	}
	if (Value{Received: 9}).At() != 9 {
		t.Error("without a source time it is the time of receipt")
	}
}
