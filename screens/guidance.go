package screens

import (
	"errors"
	"image"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/widgets/paint"
)

// alarmDetails is what an operator is told of one alarm besides its line:
// why it may have come, what happens if nobody acts, and what to do.
type alarmDetails struct {
	details
	row  *alarm.Row
	have alarm.Row
	rule *alarm.Rule
	now  time.Time
}

// show tells about r, which may be nil.
func (v *alarmDetails) show(r *alarm.Row, now time.Time) {
	v.now = now
	switch {
	case r == nil && v.row == nil:
	case r == nil || v.row == nil || r.Rule != v.rule || r.State != v.have.State:
		v.dirty = true
		if r != nil {
			v.have, v.rule = *r, r.Rule
		}
	}
	v.row = r
}

// Paint implements view.View.
func (v *alarmDetails) Paint(p *paint.Painter) {
	k, r := v.ground(p)
	pal := k.pal()
	r = r.Inset(k.px(12))
	if v.row == nil {
		k.say(k.font(13), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(30)), paint.Left, "Select an alarm to see its cause, consequence and response.", pal.Dim)
		return
	}
	a := v.row
	head := image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(26))
	mark := image.Rect(head.Min.X, head.Min.Y, head.Min.X+k.px(28), head.Max.Y)
	p.Priority(k.bold(12), mark, float32(k.px(20)), a.Priority, a.Phase == alarm.Acked || a.Phase.Hidden(), pal)
	w := k.say(k.bold(15), image.Rect(mark.Max.X+k.px(6), head.Min.Y, head.Max.X, head.Max.Y), paint.Left, a.Message, pal.Text)
	review := image.Rect(head.Max.X-k.px(340), head.Min.Y, head.Max.X, head.Max.Y)
	k.say(k.font(13), image.Rect(mark.Max.X+k.px(18)+w, head.Min.Y, review.Min.X, head.Max.Y), paint.Left,
		a.Phase.String()+", priority "+v.s.priority(a.Priority)+", "+a.Rule.ID, pal.Dim)
	k.say(k.font(12), review, paint.Right, reviewOf(a), pal.Dim)
	y := head.Max.Y + k.px(6)
	third := (r.Dx() - 2*k.px(20)) / 3
	for i, part := range []struct{ head, text string }{{"Cause", a.Cause}, {"Consequence", a.Consequence}, {"Response", responseOf(a)}} {
		x := r.Min.X + i*(third+k.px(20))
		box := image.Rect(x, y, x+third, r.Max.Y-k.px(22))
		k.say(k.bold(12), image.Rect(box.Min.X, box.Min.Y, box.Max.X, box.Min.Y+k.px(18)), paint.Left, part.head, pal.Dim)
		text, c := part.text, pal.Text
		if text == "" {
			text, c = "not written down", pal.Dim
		}
		k.paragraph(k.font(13.5), image.Rect(box.Min.X, box.Min.Y+k.px(20), box.Max.X, box.Max.Y), text, c)
	}
	k.say(k.font(12), image.Rect(r.Min.X, r.Max.Y-k.px(18), r.Max.X, r.Max.Y), paint.Left, v.story(), pal.Dim)
}

// story is who did what to the alarm, in one line.
func (v *alarmDetails) story() string {
	a := v.row
	s := ""
	add := func(t string) {
		if s != "" {
			s += "    "
		}
		s += t
	}
	at := func(ns int64) string { return clockTime(nanos(ns), v.now) }
	if a.RaisedAt != 0 {
		add("came " + at(a.RaisedAt))
	}
	if a.RaisedSource != 0 && a.RaisedSource/1e9 != a.RaisedAt/1e9 {
		add("by the device's clock " + at(a.RaisedSource))
	}
	if a.ReAlarms > 0 {
		add("announced again " + plural(a.ReAlarms, "time", "times"))
	}
	if a.ReturnedAt > a.RaisedAt {
		add("returned " + at(a.ReturnedAt))
	}
	if a.AckedAt != 0 {
		t := "acknowledged " + at(a.AckedAt) + " by " + a.AckedBy
		if a.AckedFrom != "" {
			t += " at " + a.AckedFrom
		}
		if a.AckedNote != "" {
			t += ": " + a.AckedNote
		}
		add(t)
	}
	if a.CommentAt != 0 {
		add(a.CommentBy + " at " + at(a.CommentAt) + ": " + a.Comment)
	}
	switch a.Phase {
	case alarm.Shelved:
		end := "it returns" // on the shelf of its device
		if a.ShelvedUntil != 0 {
			end = at(a.ShelvedUntil)
		}
		add("shelved until " + end + " by " + a.ShelvedBy + ": " + a.ShelvedWhy)
	case alarm.Suppressed:
		add("suppressed by " + a.SuppressedBy)
	case alarm.OutOfService:
		add("out of service until " + at(a.OutUntil) + " by " + a.OutBy + ": " + a.OutWhy)
	}
	return s
}

// responseOf is what to do, how soon, and how to see that it worked.
func responseOf(a *alarm.Row) string {
	if a.Response == "" {
		return ""
	}
	s := sentence(errors.New(a.Response))
	if a.RespondWithin != 0 {
		s += " Within " + spanWords(a.RespondWithin) + "."
	}
	if a.Verification != "" {
		s += " It worked: " + sentence(errors.New(a.Verification))
	}
	return s
}

// reviewOf says when this alarm was thought through, and by whom.
func reviewOf(a *alarm.Row) string {
	by := a.RationalisedBy
	if by != "" {
		by = " by " + by
	}
	switch {
	case strings.HasPrefix(string(a.Tag), project.SystemPrefix):
		return "the station's own"
	case by == "" && a.RationalisedOn == "":
		return "not reviewed"
	case a.RationalisedOn == "":
		return "reviewed" + by
	}
	return "reviewed " + a.RationalisedOn + by
}
