package project

import (
	"fmt"
	"slices"
	"time"
)

// Shifts are when people hand the plant over to each other: minutes of the
// clock after midnight, in order, each day the same. The zero value is three
// shifts that begin at 6, 14 and 22 h.
type Shifts []int

var usualShifts = Shifts{6 * 60, 14 * 60, 22 * 60}

// Begin is when the shift begins that is n after the one of t: 0 is the one
// that t lies in, -1 the one before. On the days that summer time begins or
// ends a shift begins by the clock all the same, and is shorter or longer.
func (s Shifts) Begin(t time.Time, n int) time.Time {
	if len(s) == 0 {
		s = usualShifts
	}
	y, m, d := t.Date()
	at := func(k int) time.Time { // the k-th shift, counted from the first of the day
		days := k / len(s)
		if k%len(s) < 0 {
			days--
		}
		return time.Date(y, m, d+days, 0, s[k-days*len(s)], 0, 0, t.Location())
	}
	k := -1
	for !t.Before(at(k + 1)) {
		k++
	}
	return at(k + n)
}

// readShifts reads when shifts begin.
func (t *table) readShifts() (out Shifts) {
	const key = "begin"
	defer t.done()
	for _, w := range t.words(key) {
		at, err := time.Parse("15:04", w)
		minute := at.Hour()*60 + at.Minute()
		switch {
		case err != nil:
			t.wrong(key, fmt.Sprintf("a shift begins at %q, which is no time of the day", w), "write it like \"06:00\"")
			return nil
		case slices.Contains(out, minute):
			t.wrong(key, fmt.Sprintf("two shifts begin at %s", w), "remove one")
			return nil
		}
		out = append(out, minute)
	}
	slices.Sort(out)
	return out
}
