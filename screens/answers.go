package screens

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/auth"
)

func (p *alarmsPage) askComment() {
	picked := p.rowsOf(p.list.Selected())
	if len(picked) == 0 || !p.s.may(auth.Ack, picked[0].Area) {
		return
	}
	var d *dialog
	text := newEntry(func(k keyOf) bool { return d.key(k) })
	text.SetPlaceHolder("what you saw or did")
	also := p.s.newTick("and acknowledge")
	about := picked[0].Message
	if len(picked) > 1 {
		about = plural(len(picked), "alarm", "alarms")
	}
	d = p.s.ask("Comment", container.NewVBox(widget.NewLabel(about), text, also), "Save", text, func(*dialog) string {
		note := strings.TrimSpace(text.Text)
		if note == "" {
			return "Write something, or cancel."
		}
		if also.Checked {
			p.s.ack(picked, note)
			return ""
		}
		p.s.answer(idsOf(picked), alarm.Event{What: alarm.Comment, Note: note}, "commented")
		return ""
	})
	text.OnSubmitted = func(string) { d.yes.OnTapped() }
}

func idsOf(rs []*alarm.Row) (ids []string) {
	for _, r := range rs {
		ids = append(ids, r.Rule.ID)
	}
	return ids
}

// ack acknowledges the annunciations the person saw.
func (s *Station) ack(rs []*alarm.Row, comment string) {
	if len(rs) == 0 {
		return
	}
	answers := make([]Answer, len(rs))
	for i, r := range rs {
		if !s.may(auth.Ack, r.Area) {
			return
		}
		answers[i] = Answer{r.Rule.ID, alarm.Event{What: alarm.Ack, Notice: r.Notice, Note: comment}}
	}
	s.give(answers, "acknowledged")
}

// answer does the same to several alarms.
func (s *Station) answer(ids []string, ev alarm.Event, done string) {
	answers := make([]Answer, len(ids))
	for i, id := range ids {
		answers[i] = Answer{id, ev}
	}
	s.give(answers, done)
}

// give sends answers and tells on the status line what became of them.
func (s *Station) give(answers []Answer, done string) {
	if len(answers) == 0 || s.session == nil {
		return
	}
	who := s.session
	var errs []error
	s.act(func(ctx context.Context) { errs = s.room.Answer(ctx, who, answers) }, func() {
		var first error
		failed := 0
		for _, err := range errs {
			if err != nil {
				failed++
				if first == nil {
					first = err
				}
			}
		}
		say := plural(len(answers)-failed, "alarm", "alarms") + " " + done + "."
		if failed > 0 {
			say += fmt.Sprintf(" %d not: %s", failed, sentence(first))
		}
		s.status.tell(s.opts.Now(), say, failed > 0)
	})
}
