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

	"penstock/app/project"
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

// stretches are offered when a person goes to a time.
func stretches(shifts project.Shifts) []stretch {
	shift := func(n int) func(time.Time) time.Time {
		return func(now time.Time) time.Time { return shifts.Begin(now, n) }
	}
	return []stretch{
		{"This shift", shift(0), shift(1)}, {"Last shift", shift(-1), shift(0)},
		{"Today", day(0), day(1)}, {"Yesterday", day(-1), day(0)},
		{"This week", week(0), week(1)}, {"Last week", week(-1), week(0)},
		{"This month", month(0), month(1)}, {"Last month", month(-1), month(0)},
	}
}

// typedTime is how the dialogs write a moment.
const typedTime = "2006-01-02 15:04:05"

// askStretch asks for a time from one moment to another, typed or one with a
// name. show is called with what lies in the past of it.
func (s *Station) askStretch(title, verb string, a, b time.Time, show func(from, to time.Time)) {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	from, to := newEntry(key), newEntry(key)
	from.SetText(a.Format(typedTime))
	to.SetText(b.Format(typedTime))
	all := stretches(s.room.Project().Shifts)
	var names []string
	for _, o := range all {
		names = append(names, o.name)
	}
	named := s.newChoice(names, func(name string) {
		o := all[slices.Index(names, name)]
		now := s.opts.Now()
		from.SetText(o.from(now).Format(typedTime))
		to.SetText(o.to(now).Format(typedTime))
	})
	named.PlaceHolder = "or choose: this shift, yesterday, last week ..."
	help := widget.NewLabel("2026-03-14 09:00, 2026-03-14, 09:00 for today, or -2h")
	d = s.ask(title, container.NewVBox(widget.NewLabel("From"), from, widget.NewLabel("To"), to, help, named), verb, from, func(*dialog) string {
		now := s.opts.Now()
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
		show(a, b)
		return ""
	})
	from.OnSubmitted = func(string) { s.win.Canvas().Focus(fyne.Focusable(to)) }
	to.OnSubmitted = func(string) { d.yes.OnTapped() }
}
