package screens

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// parseMoment reads a time as people type it: a date, a date and a time, a
// time of today, or how long ago, such as -90m or -2h.
func parseMoment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if d, err := time.ParseDuration(text); err == nil && d < 0 {
		return now.Add(d), nil
	}
	for _, f := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2 Jan 2006 15:04", "2.1.2006 15:04", "2.1.2006"} {
		if t, err := time.ParseInLocation(f, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, f := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(f, text, now.Location()); err == nil {
			y, m, d := now.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-03-14 09:00, 09:00 or -2h", text)
}

// A stretch is a piece of the calendar that people name.
type stretch struct {
	name     string
	from, to func(now time.Time) time.Time
}

// midnight begins the day so many days after the one of t. It may be 23 or 25
// hours from the next.
func midnight(t time.Time, days int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Location())
}

// monday is how many days t is after a Monday.
func monday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// shiftHours are when shifts begin: early, late, night.
var shiftHours = [...]int{6, 14, 22}

// shiftOf begins the shift that is n after the one of t.
func shiftOf(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	at := func(k int) time.Time { // the k-th shift counted from today's first
		days := k / len(shiftHours)
		if k < 0 {
			days = (k - len(shiftHours) + 1) / len(shiftHours)
		}
		return time.Date(y, m, d+days, shiftHours[k-days*len(shiftHours)], 0, 0, 0, t.Location())
	}
	k := -1
	for k+1 < len(shiftHours) && !t.Before(at(k+1)) {
		k++
	}
	return at(k + n)
}

func day(n int) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return midnight(now, n) }
}

func week(n int) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return midnight(now, 7*n-monday(now)) }
}

func month(n int) func(time.Time) time.Time {
	return func(now time.Time) time.Time {
		y, m, _ := now.Date()
		return time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, now.Location())
	}
}

func shift(n int) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return shiftOf(now, n) }
}

// stretches are offered when a person goes to a time.
var stretches = []stretch{
	{"This shift", shift(0), shift(1)}, {"Last shift", shift(-1), shift(0)},
	{"Today", day(0), day(1)}, {"Yesterday", day(-1), day(0)},
	{"This week", week(0), week(1)}, {"Last week", week(-1), week(0)},
	{"This month", month(0), month(1)}, {"Last month", month(-1), month(0)},
}

// typedTime is how the dialogs write a moment.
const typedTime = "2006-01-02 15:04:05"

// askGo shows the stretch between two typed times, or one with a name.
func (p *trendsPage) askGo() {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	w := p.view.Window()
	from, to := newEntry(key), newEntry(key)
	from.SetText(nanos(w.From()).Format(typedTime))
	to.SetText(nanos(w.End).Format(typedTime))
	var names []string
	for _, s := range stretches {
		names = append(names, s.name)
	}
	named := widget.NewSelect(names, func(name string) {
		s := stretches[slices.IndexFunc(stretches, func(s stretch) bool { return s.name == name })]
		now := p.s.opts.Now()
		from.SetText(s.from(now).Format(typedTime))
		to.SetText(s.to(now).Format(typedTime))
	})
	named.PlaceHolder = "or choose: this shift, yesterday, last week ..."
	help := widget.NewLabel("2026-03-14 09:00, 2026-03-14, 09:00 for today, or -2h")
	d = p.s.ask("Go to", container.NewVBox(widget.NewLabel("From"), from, widget.NewLabel("To"), to, help, named), "Show", from, func(*dialog) string {
		now := p.s.opts.Now()
		a, err1 := parseMoment(from.Text, now)
		b, err2 := parseMoment(to.Text, now)
		if err := errors.Join(err1, err2); err != nil {
			return sentence(err)
		}
		if !a.Before(b) {
			return "The first time must be before the second."
		}
		if !a.Before(now) {
			return "That has not happened yet."
		}
		if b.After(now) {
			b = now // of today, what there is of it
		}
		p.view.Show(a.UnixNano(), b.UnixNano())
		return ""
	})
	from.OnSubmitted = func(string) { p.s.win.Canvas().Focus(fyne.Focusable(to)) }
	to.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// The ways to compare, as the dialog offers them.
const (
	dayBefore   = "The day before (D)"
	weekBefore  = "The week before (W)"
	monthBefore = "Four weeks before"
	ownStart    = "A stretch that begins at"
)

// askCompare draws another day or batch behind the lines.
func (p *trendsPage) askCompare() {
	if len(p.view.Pens()) == 0 {
		p.s.status.tell(p.s.opts.Now(), "There is no pen to compare.", true)
		return
	}
	var d *dialog
	start := newEntry(func(k keyOf) bool { return d.key(k) })
	w := p.view.Window()
	start.SetText(nanos(w.From()).AddDate(0, 0, -1).Format(typedTime))
	how := widget.NewRadioGroup([]string{dayBefore, weekBefore, monthBefore, ownStart}, nil)
	how.SetSelected(ownStart)
	help := widget.NewLabel("It is drawn paler, from the left edge of what is shown.")
	d = p.s.ask("Compare with", container.NewVBox(how, start, help), "Compare", start, func(*dialog) string {
		switch how.Selected {
		case dayBefore:
			p.view.CompareDays(1)
		case weekBefore:
			p.view.CompareDays(7)
		case monthBefore:
			p.view.CompareDays(28)
		default:
			at, err := parseMoment(start.Text, p.s.opts.Now())
			if err != nil {
				return sentence(err)
			}
			if !at.Before(nanos(p.view.Window().From())) {
				return fmt.Sprintf("Write a time before %s, where this stretch begins.", nanos(w.From()).Format("2 Jan 15:04"))
			}
			p.view.Pause() // a batch stays beside the one it is compared with
			p.view.CompareWith(at.UnixNano())
		}
		return ""
	})
	start.OnSubmitted = func(string) { d.yes.OnTapped() }
}
