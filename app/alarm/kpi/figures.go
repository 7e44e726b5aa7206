package kpi

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"time"

	"penstock/app/alarm"
)

// Grade says how a figure compares with what is recommended.
type Grade uint8

// The grades. The zero Grade is not held against anything.
const (
	NoGrade    Grade = iota
	Acceptable       // very likely acceptable
	Manageable       // the most that can be managed
	TooMuch          // beyond that
	TooShort         // less than a day was looked at
)

var gradeWords = [...]string{"", "acceptable", "manageable", "too much", "too short"}

func (g Grade) String() string { return gradeWords[g] }

// Figure is one line of the performance page. A figure is Acceptable up to
// Target and Manageable up to Limit; NaN is no such bound.
type Figure struct {
	Name   string
	Value  float64 // NaN: there is nothing to count
	Unit   string
	Target float64
	Limit  float64
	Grade  Grade
}

func figure(name string, value float64, unit string, target, limit float64) Figure {
	f := Figure{Name: name, Value: value, Unit: unit, Target: target, Limit: limit}
	switch {
	case math.IsNaN(value) || math.IsNaN(target):
	case value <= target:
		f.Grade = Acceptable
	case value <= limit: // false where limit is NaN
		f.Grade = Manageable
	default:
		f.Grade = TooMuch
	}
	return f
}

// busyHour is more annunciations than an hour should have.
const busyHour = 30

// Figures holds the report against the recommended values of ISA-18.2 and
// EEMUA 191, for one operating position.
func (r *Report) Figures() []Figure {
	out := r.figures()
	for i := range out {
		if r.Short() && out[i].Grade != NoGrade {
			out[i].Grade = TooShort
		}
	}
	return out
}

func (r *Report) figures() []Figure {
	none := math.NaN()
	n := float64(r.Annunciated)
	percent := func(part, of float64) float64 {
		if of == 0 {
			return none
		}
		return 100 * part / of
	}
	over := func(slices []int, limit int) (k float64) {
		for _, v := range slices {
			if v > limit {
				k++
			}
		}
		return k
	}
	most := 0
	for _, v := range r.Buckets {
		most = max(most, v)
	}
	span := float64(r.Options.To - r.Options.From)
	out := []Figure{
		figure("annunciated alarms a day", per(n, r.Days), "", 144, 288),
		figure("annunciated alarms an hour", per(n, r.Days*24), "", 6, 12),
		figure("annunciated alarms in 10 minutes", per(n, r.Days*144), "", 1, 2),
		figure("hours with more than 30 alarms", percent(over(r.Hours, busyHour), float64(len(r.Hours))), "%", 1, none),
		figure("10 minutes with more than 10 alarms", percent(over(r.Buckets, floodIn), float64(len(r.Buckets))), "%", 1, none),
		figure("most alarms in 10 minutes", float64(most), "", 10, none),
		figure("time in flood", percent(float64(r.Flooded), span), "%", 1, none),
		figure("share of the 10 most frequent alarms", percent(r.Top(10), 1), "%", 1, 5),
		figure("chattering alarms", float64(len(r.Chattering)), "", 0, none),
		figure("fleeting alarms", float64(len(r.Fleeting)), "", 0, none),
		figure("most stale alarms on a day", float64(r.StaleWorst), "", 4, none),
	}
	if r.Annunciated == 0 {
		out[7].Value, out[7].Grade = none, NoGrade
	}
	out = append(out, r.mix()...)
	return append(out,
		figure("time to acknowledge, half of all", seconds(quantile(r.AckTimes, 0.5)), "s", none, none),
		figure("time to acknowledge, 9 of 10", seconds(quantile(r.AckTimes, 0.9)), "s", none, none),
		figure("never acknowledged", float64(r.NeverAcked), "", none, none),
		figure("came while hidden", float64(r.CameHidden), "", none, none),
		figure("put aside by people", float64(r.Shelvings), "", none, none),
		figure("suppressed by logic", float64(r.Suppressions), "", none, none),
		figure("taken out of service", float64(r.Removals), "", none, none),
		figure("shelved now", float64(r.ShelvedNow), "", none, none),
		figure("suppressed now", float64(r.SuppressedNow), "", none, none),
		figure("out of service now", float64(r.OutNow), "", none, none),
		figure("standing now", float64(r.StandingNow), "", none, none))
}

// per is n in each of so many; NaN where there is not one.
func per(n, of float64) float64 {
	if of < aDay {
		return math.NaN()
	}
	return n / of
}

// mix is the share of each priority. Recommended are about 80 % low, 15 %
// medium, 5 % high and below 1 % urgent; the high ones are held to twice that.
func (r *Report) mix() (out []Figure) {
	targets := [...]float64{0, 1, 5, 15, math.NaN()}
	for p := alarm.Urgent; p <= alarm.Lowest; p++ {
		v := math.NaN()
		if r.Annunciated > 0 {
			v = 100 * float64(r.ByPriority[p]) / float64(r.Annunciated)
		}
		out = append(out, figure(r.Options.PriorityFigure(p), v, "%", targets[p], 2*targets[p]))
	}
	return out
}

// PriorityFigure is the name of the figure that tells the share of a priority.
func (o *Options) PriorityFigure(p int) string {
	return "annunciated alarms of priority " + o.Priorities.Word(p)
}

// Class is the state of an alarm system after EEMUA 191.
type Class uint8

// The classes, best first.
const (
	Predictive Class = iota
	Robust
	Stable
	Reactive
	Overloaded
)

var classWords = [...]string{"predictive", "robust", "stable", "reactive", "overloaded"}

func (c Class) String() string { return classWords[c] }

// Class puts the alarm system into one of the classes of EEMUA 191: the worst
// that its average rate, its peak rate (both in 10 minutes), or its share of
// 10 minutes with more than 5 alarms ask for.
func (r *Report) Class() Class {
	average := float64(r.Annunciated) / r.Days / 144
	peak, busy := 0, 0
	for _, n := range r.Buckets {
		peak = max(peak, n)
		if n > 5 {
			busy++
		}
	}
	share := 100 * float64(busy) / float64(max(len(r.Buckets), 1))
	above := func(v float64, bounds ...float64) (c Class) {
		for _, b := range bounds {
			if v >= b {
				c++
			}
		}
		return c
	}
	return max(above(average, 1, 10, 10, 100), above(float64(peak), 10, 100, 1000), above(share, 1, 5, 25, 50))
}

// quantile is the smallest of the sorted times that q of all do not exceed;
// negative where there is none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return -1
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func seconds(d time.Duration) float64 {
	if d < 0 {
		return math.NaN()
	}
	return d.Seconds()
}

// WriteCSV writes the figures: name, value, unit, target, limit, grade.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	number := func(f float64) string {
		if math.IsNaN(f) {
			return ""
		}
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	c.Write([]string{"figure", "value", "unit", "target", "limit", "verdict"})
	for _, f := range r.Figures() {
		c.Write([]string{f.Name, number(f.Value), f.Unit, number(f.Target), number(f.Limit), f.Grade.String()})
	}
	c.Write([]string{"class after EEMUA 191", r.Verdict(), "", "", "", ""})
	c.Flush()
	return c.Error()
}

// WriteOccurrences writes every occurrence that was counted, a line each,
// times in RFC 3339 UTC.
func (r *Report) WriteOccurrences(w io.Writer) error {
	stamp := func(ns int64) string {
		if ns == 0 {
			return ""
		}
		return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
	}
	c := csv.NewWriter(w)
	c.Write([]string{"alarm", "occurrence", "area", "priority", "at", "acknowledged", "by", "gone", "times", "active_s"})
	for i := range r.Occurrences {
		o := &r.Occurrences[i]
		c.Write([]string{o.Alarm, o.Ref, o.Area, strconv.Itoa(o.Priority), stamp(o.At), stamp(o.Acked), o.AckedBy, stamp(o.Gone),
			strconv.Itoa(o.Times), strconv.FormatFloat(o.Active.Seconds(), 'f', 3, 64)})
	}
	c.Flush()
	return c.Error()
}
