package trend

import (
	"math"
	"strconv"
	"time"
)

// axis is a range of values drawn from bottom to top.
type axis struct{ lo, hi float64 }

// y is where v stands in a plot of h pixels whose top is 0.
func (a axis) y(v float64, h int) float64 { return float64(h) - (v-a.lo)/(a.hi-a.lo)*float64(h) }

// at is the value that stands at y.
func (a axis) at(y float64, h int) float64 { return a.lo + (float64(h)-y)/float64(h)*(a.hi-a.lo) }

// zoom makes the range k times as long around v.
func (a axis) zoom(k, v float64) axis {
	out := axis{v + (a.lo-v)*k, v + (a.hi-v)*k}
	if w := out.hi - out.lo; !(w > math.Abs(v)*1e-12+1e-300) || math.IsInf(w, 0) {
		return a
	}
	return out
}

// shift moves the range by d values.
func (a axis) shift(d float64) axis { return axis{a.lo + d, a.hi + d} }

// fit is the range that shows lo to hi with a little room and round ends.
func fit(lo, hi float64) axis {
	if !(lo <= hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return axis{0, 1}
	}
	if hi-lo < math.Max(math.Abs(hi), math.Abs(lo))*1e-9 || hi == lo {
		d := math.Max(math.Abs(hi)*0.05, 0.5)
		lo, hi = lo-d, hi+d
	}
	room := (hi - lo) * 0.05
	step := nice((hi - lo) / 10)
	return axis{math.Floor((lo-room)/step) * step, math.Ceil((hi+room)/step) * step}
}

// nice is the smallest of 1, 2, 5 times a power of ten that is not below x.
func nice(x float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range [...]float64{1, 2, 5} {
		if x <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// ticks are the round values of the range, at most about n of them, and the
// number of digits after the point they need.
func (a axis) ticks(n int) (at []float64, digits int) {
	if !(a.hi > a.lo) || n < 1 {
		return nil, 0
	}
	step := nice((a.hi - a.lo) / float64(n))
	digits = max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	first := math.Ceil(a.lo/step - 1e-9)
	for i := 0; i <= 2*n+2; i++ {
		v := (first + float64(i)) * step
		if v > a.hi+step*1e-9 {
			break
		}
		at = append(at, v)
	}
	return at, digits
}

func number(v float64, digits int) string {
	if digits > 9 {
		return strconv.FormatFloat(v, 'e', 3, 64)
	}
	if math.Abs(v) < math.Pow(10, -float64(digits))/2 {
		v = 0 // no "-0"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// A tick is a labelled moment of the time axis.
type tick struct {
	at    int64
	label string
	day   string // the date, where a new day begins
}

// hoursOfDay are the whole-hour steps that divide a day, in hours.
var hoursOfDay = [...]int{1, 2, 3, 6, 12}

// shortSteps are the steps below an hour: time zones differ by whole quarter
// hours, so a step up to 15 minutes is round on every clock.
var shortSteps = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
}

// timeTicks labels the moments of from <= t < to as the wall clock in loc
// shows them, at most about n of them. An hour that the clock shows twice is
// labelled twice with the name of the zone; one that it leaves out is missing.
func timeTicks(from, to int64, n int, loc *time.Location) []tick {
	if to <= from || n < 1 {
		return nil
	}
	want := time.Duration((to - from) / int64(n))
	for _, step := range shortSteps {
		if want <= step {
			return shortTicks(from, to, step, loc)
		}
	}
	for _, h := range hoursOfDay {
		if want <= time.Duration(h)*time.Hour {
			return hourTicks(from, to, h, loc)
		}
	}
	days := int((want + 24*time.Hour - 1) / (24 * time.Hour))
	switch {
	case days <= 2:
	case days <= 7:
		days = 7
	default:
		return monthTicks(from, to, (days+29)/30, loc)
	}
	return dayTicks(from, to, days, loc)
}

func shortTicks(from, to int64, step time.Duration, loc *time.Location) (out []tick) {
	format := "15:04"
	switch {
	case step < time.Second:
		format = "15:04:05.000"
	case step < time.Minute:
		format = "15:04:05"
	}
	prev := ""
	_, off := time.Unix(0, from).In(loc).Zone()
	shift := int64(off) * int64(time.Second) % int64(step) // a half-hour step in a zone of +05:45
	t := from - mod(from+shift, int64(step))
	for ; t < to; t += int64(step) {
		w := time.Unix(0, t).In(loc)
		day := w.Format("Mon 2 Jan")
		if t >= from {
			out = append(out, tick{at: t, label: twice(w, format)})
			if prev != "" && day != prev {
				out[len(out)-1].day = day
			}
		}
		prev = day
	}
	return out
}

func hourTicks(from, to int64, every int, loc *time.Location) (out []tick) {
	_, off := time.Unix(0, from).In(loc).Zone()
	hour := int64(time.Hour)
	t := from - mod(from+int64(off)*int64(time.Second), hour) - hour
	for ; t < to; t += int64(time.Hour / 4) { // a change of clocks need not be a whole hour
		w := time.Unix(0, t).In(loc)
		if t < from || w.Minute() != 0 || w.Hour()%every != 0 {
			continue
		}
		k := tick{at: t, label: twice(w, "15:04")}
		if w.Hour() == 0 {
			k.day = w.Format("Mon 2 Jan")
		}
		out = append(out, k)
	}
	return out
}

func dayTicks(from, to int64, every int, loc *time.Location) (out []tick) {
	d := time.Unix(0, from).In(loc)
	for i := 0; ; i++ {
		w := time.Date(d.Year(), d.Month(), d.Day()+i, 0, 0, 0, 0, loc)
		if w.UnixNano() >= to {
			return out
		}
		number := time.Date(w.Year(), w.Month(), w.Day(), 12, 0, 0, 0, time.UTC).Unix() / 86400
		monday := (number + 3) % 7 // days since a Monday
		if w.UnixNano() < from || (every == 2 && number%2 != 0) || (every == 7 && monday != 0) {
			continue
		}
		out = append(out, tick{at: w.UnixNano(), label: w.Format("Mon 2 Jan")})
	}
}

// monthSteps are the steps from a month on, in months.
var monthSteps = [...]int{1, 2, 3, 6, 12, 24, 60, 120, 240}

func monthTicks(from, to int64, every int, loc *time.Location) (out []tick) {
	step := monthSteps[len(monthSteps)-1]
	for _, k := range monthSteps {
		if every <= k {
			step = k
			break
		}
	}
	format := "Jan 2006"
	if step >= 12 {
		format = "2006"
	}
	d := time.Unix(0, from).In(loc)
	for i := 0; ; i++ {
		w := time.Date(d.Year(), d.Month()+time.Month(i), 1, 0, 0, 0, 0, loc)
		if w.UnixNano() >= to {
			return out
		}
		if w.UnixNano() >= from && (w.Year()*12+int(w.Month())-1)%step == 0 {
			out = append(out, tick{at: w.UnixNano(), label: w.Format(format)})
		}
	}
}

// twice formats w, with its zone when the same wall clock comes an hour
// before or after too.
func twice(w time.Time, format string) string {
	s := w.Format(format)
	if w.Add(time.Hour).Format(format) == s || w.Add(-time.Hour).Format(format) == s {
		s += w.Format(" MST")
	}
	return s
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }
