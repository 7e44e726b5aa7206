package screens

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// askGo shows the stretch between two typed times, or one with a name.
func (p *trendsPage) askGo() {
	w := p.view.Window()
	p.s.askStretch("Go to", "Show", nanos(w.From()), nanos(w.End), func(from, to time.Time) {
		p.view.Show(from.UnixNano(), to.UnixNano())
	})
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
	how := p.s.newRadio([]string{dayBefore, weekBefore, monthBefore, ownStart})
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
