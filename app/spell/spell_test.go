package spell

import "testing"

func TestNear(t *testing.T) {
	for _, c := range []struct {
		got   string
		known []string
		want  string
	}{
		{"timeot", []string{"timeout", "driver"}, `did you mean "timeout"?`},
		{"HIHG", []string{"high", "low"}, `did you mean "high"?`},
		{"B", []string{"A"}, ""},
		{"pressure", []string{"level", "flow"}, ""},
		{"T1", []string{"T9", "X5"}, `did you mean "T9"?`},
		{"", []string{"a"}, ""},
	} {
		if got := Near(c.got, c.known); got != c.want {
			t.Errorf("Near(%q, %q) = %q, want %q", c.got, c.known, got, c.want)
		}
	}
}

func TestDistanceIsTheSameBothWays(t *testing.T) {
	words := []string{"", "a", "pump", "pumps", "bump", "valve", "HL.PT601"}
	for _, a := range words {
		for _, b := range words {
			if distance(a, b) != distance(b, a) || (distance(a, b) == 0) != (a == b) {
				t.Errorf("%q and %q are %d and %d apart", a, b, distance(a, b), distance(b, a))
			}
		}
	}
}
