package screens

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/auth"
)

// shelfTimes are the durations offered; those above what the classes of the
// alarms allow are left out.
var shelfTimes = []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour}

// askShelve asks why and for how long alarms are to be put aside. after is
// called when the person has said so; it may be nil.
func (s *Station) askShelve(rs []*alarm.Row, after func()) {
	if len(rs) == 0 || !s.may(auth.Shelve, rs[0].Area) {
		return
	}
	limit := 24 * time.Hour
	for _, r := range rs {
		limit = min(limit, r.Class.ShelveLimit())
	}
	if limit == 0 {
		s.status.tell(s.opts.Now(), sentence(alarm.ErrMayNotShelve), true)
		return
	}
	var d *dialog
	why := newEntry(func(k keyOf) bool { return d.key(k) })
	why.SetPlaceHolder("reason, such as: transmitter is being calibrated")
	var words []string
	times := map[string]time.Duration{}
	for _, t := range append(shelfTimes, limit) {
		if w := spanWords(t); t <= limit && times[w] == 0 {
			words = append(words, w)
			times[w] = t
		}
	}
	long := s.newRadio(words)
	long.Horizontal = true
	long.SetSelected(words[min(1, len(words)-1)])
	once := s.newTick("only until it returns")
	about := rs[0].Message
	if len(rs) > 1 {
		about = plural(len(rs), "alarm", "alarms")
	}
	info := widget.NewLabel(about + "\nA shelved alarm is not shown or sounded until its time is over.")
	info.Wrapping = fyne.TextWrapWord
	d = s.ask("Shelve", container.NewVBox(info, widget.NewLabel("Reason"), why, widget.NewLabel("For"), long, once), "Shelve", why, func(*dialog) string {
		note := strings.TrimSpace(why.Text)
		if note == "" {
			return "A reason is needed."
		}
		if after != nil {
			after()
		}
		until := s.opts.Now().Add(times[long.Selected]).UnixNano()
		s.answer(idsOf(rs), alarm.Event{What: alarm.Shelve, Note: note, Until: until, OneShot: once.Checked}, "shelved for "+long.Selected)
		return ""
	})
	why.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// serviceTimes are the durations alarms can be taken out of service for.
var serviceTimes = []time.Duration{8 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// askRemove asks for the permit under which alarms are taken out of service.
// after is called when the person has named one; it may be nil.
func (s *Station) askRemove(rs []*alarm.Row, after func()) {
	if len(rs) == 0 || !s.may(auth.Suppress, rs[0].Area) {
		return
	}
	var d *dialog
	why := newEntry(func(k keyOf) bool { return d.key(k) })
	why.SetPlaceHolder("permit number and reason")
	var words []string
	times := map[string]time.Duration{}
	for _, t := range serviceTimes {
		w := spanWords(t)
		words = append(words, w)
		times[w] = t
	}
	long := s.newRadio(words)
	long.Horizontal = true
	long.SetSelected(words[0])
	about := rs[0].Message
	if len(rs) > 1 {
		about = plural(len(rs), "alarm", "alarms")
	}
	info := widget.NewLabel(about + "\nAn alarm out of service is not shown or sounded until it is put back, or its time is over.")
	info.Wrapping = fyne.TextWrapWord
	d = s.ask("Take out of service", container.NewVBox(info, widget.NewLabel("Permit and reason"), why, widget.NewLabel("For at most"), long), "Take out", why, func(*dialog) string {
		note := strings.TrimSpace(why.Text)
		if note == "" {
			return "A permit or reason is needed."
		}
		if after != nil {
			after()
		}
		s.answer(idsOf(rs), alarm.Event{What: alarm.Remove, Note: note, Until: s.opts.Now().Add(times[long.Selected]).UnixNano()}, "taken out of service")
		return ""
	})
	why.OnSubmitted = func(string) { d.yes.OnTapped() }
}

func spanWords(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	if d%(24*time.Hour) == 0 && d > 24*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
