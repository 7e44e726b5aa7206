package project

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestShiftsBeginByTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	const form = "2006-01-02 15:04 MST"
	two := Shifts{7*60 + 30, 19*60 + 30}
	for _, c := range []struct {
		shifts Shifts
		now    string
		n      int
		want   string
	}{
		{nil, "2026-06-10 06:00 CEST", 0, "2026-06-10 06:00 CEST"},
		{nil, "2026-06-10 05:59 CEST", 0, "2026-06-09 22:00 CEST"},
		{nil, "2026-06-10 23:59 CEST", 1, "2026-06-11 06:00 CEST"},
		{nil, "2026-06-10 12:00 CEST", -1, "2026-06-09 22:00 CEST"},
		{nil, "2026-06-10 12:00 CEST", -7, "2026-06-07 22:00 CEST"},
		{nil, "2026-03-29 05:00 CEST", 0, "2026-03-28 22:00 CET"}, // seven hours long
		{nil, "2026-03-29 05:00 CEST", 1, "2026-03-29 06:00 CEST"},
		{nil, "2026-10-25 05:00 CET", 0, "2026-10-24 22:00 CEST"}, // nine
		{two, "2026-01-01 07:29 CET", 0, "2025-12-31 19:30 CET"},
		{two, "2026-01-01 07:30 CET", 0, "2026-01-01 07:30 CET"},
		{two, "2026-01-01 07:30 CET", -1, "2025-12-31 19:30 CET"},
		{two, "2026-01-01 07:30 CET", 3, "2026-01-02 19:30 CET"},
		{Shifts{0}, "2026-01-01 00:00 CET", 0, "2026-01-01 00:00 CET"},
		{Shifts{0}, "2026-01-01 23:59 CET", 1, "2026-01-02 00:00 CET"},
	} {
		now, err := time.ParseInLocation(form, c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.shifts.Begin(now, c.n).Format(form); got != c.want {
			t.Errorf("%v: the shift %d after that of %s begins %s, want %s", c.shifts, c.n, c.now, got, c.want)
		}
	}
}

// At any moment, also of the days the clocks are changed, there is a shift, it
// has begun, and the next one has not.
func TestThereIsAlwaysAShift(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here")
	}
	rapid.Check(t, func(t *rapid.T) {
		var s Shifts
		for m := -1; ; {
			m = rapid.IntRange(m+1, 24*60).Draw(t, "minute")
			if m == 24*60 {
				break
			}
			s = append(s, m)
		}
		day := rapid.SampledFrom([]time.Time{time.Date(2026, 3, 8, 0, 0, 0, 0, zone), time.Date(2026, 11, 1, 0, 0, 0, 0, zone), time.Date(2026, 7, 4, 0, 0, 0, 0, zone)}).Draw(t, "day")
		now := day.Add(time.Duration(rapid.IntRange(0, 48*60-1).Draw(t, "minutes")) * time.Minute)
		if from, to := s.Begin(now, 0), s.Begin(now, 1); from.After(now) || !to.After(now) {
			t.Fatalf("%v: at %v the shift is from %v to %v", s, now, from, to)
		}
	})
}

func TestShiftsAreRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"begin = [\"18:00\", \"06:00\"]", "[360 1080]"},
		{"begin = [\"6 o'clock\"]", "project.toml:4: a shift begins at \"6 o'clock\", which is no time of the day; write it like"},
		{"begin = [\"06:00\", \"24:00\"]", "no time of the day"},
		{"begin = [\"06:00\", \"06:00\"]", "two shifts begin at 06:00"},
		{"begin = []", ""},
		{"begin = \"06:00\"", "must be a list of texts"},
		{"ends = [\"06:00\"]", "unknown key \"ends\""},
	} {
		probs := Problems{}
		p := readProject([]byte("format = 1\nname = \"A\"\n[shifts]\n"+c.text+"\n"), &probs)
		got := ""
		if len(probs) > 0 {
			got = probs.Error()
		} else if p.Shifts != nil {
			got = fmt.Sprint(p.Shifts)
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}
