package screens

import (
	"image"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// scrubBar is the bar of the time machine: a stretch of time with what
// happened in it, alarms below and the rest above, and a handle at the moment
// that is shown.
type scrubBar struct {
	pane
	m   *timeMachine
	now time.Time

	over  bool // the pointer is on the bar
	at    int  // where, pixels from the left
	said  string
	ruled string // by which rules alarms are shown
}

// Frame implements view.View.
func (v *scrubBar) Frame(now time.Time) bool {
	if now.Unix() != v.now.Unix() {
		v.dirty = true
	}
	v.now = now
	if say, rules := v.words(), v.m.ruled(); say != v.said || rules != v.ruled {
		v.said, v.ruled, v.dirty = say, rules, true
	}
	return v.dirty
}

// track is where time runs.
func (v *scrubBar) track() image.Rectangle {
	px := func(u float32) int { return int(u*v.scale + 0.5) }
	return image.Rect(px(236), px(8), v.size.X-px(20), px(30))
}

func (v *scrubBar) x(t int64) int {
	r := v.track()
	return r.Max.X - int(float64(v.m.stretch().to-t)/float64(v.m.span)*float64(r.Dx()))
}

func (v *scrubBar) timeAt(x int) int64 {
	r := v.track()
	return v.m.stretch().to - int64(float64(r.Max.X-x)/float64(max(r.Dx(), 1))*float64(v.m.span))
}

// Paint implements view.View.
func (v *scrubBar) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.m.s.style, v.scale}
	pal := k.pal()
	all := image.Rectangle{Max: v.size}
	p.FillRect(all, pal.Text)
	p.FillRect(image.Rect(0, k.px(3), all.Max.X, all.Max.Y), pal.Panel)
	// What is shown is not live: said in words, in large.
	badge := image.Rect(k.px(8), k.px(8), k.px(224), all.Max.Y-k.px(6))
	p.FillRect(badge, pal.Text)
	inv := paint.Ink(pal.Text)
	k.say(k.bold(15), image.Rect(badge.Min.X, badge.Min.Y, badge.Max.X, badge.Min.Y+badge.Dy()/2), paint.Center, nanos(v.m.t).Format("Mon 2 Jan 15:04:05"), inv)
	k.say(k.font(12), image.Rect(badge.Min.X, badge.Min.Y+badge.Dy()/2, badge.Max.X, badge.Max.Y), paint.Center, "PAST, not live; commands are off", inv)
	r := v.track()
	p.FillRect(r, pal.Sunken)
	p.StrokeRect(r, 1, pal.Line)
	v.paintAlarms(&k, r)
	v.paintEvents(&k, r)
	v.paintTimes(&k, r)
	line := image.Rect(r.Min.X, r.Max.Y+k.px(19), r.Max.X, all.Max.Y-k.px(2))
	if v.ruled != "" {
		k.say(k.font(12), line, paint.Right, v.ruled, pal.Text)
		line.Max.X -= k.font(12).Width(v.ruled) + k.px(24)
	}
	k.say(k.font(12), line, paint.Left, v.said, pal.Text)
	x := float32(v.x(v.m.t))
	w := float32(k.px(6))
	top, bottom := float32(r.Min.Y-k.px(3)), float32(r.Max.Y+k.px(3))
	p.FillRect(image.Rect(int(x)-k.px(1), r.Min.Y-k.px(3), int(x)+k.px(1), r.Max.Y+k.px(3)), pal.Text)
	p.FillPoly([]paint.Pt{{X: x - w, Y: top}, {X: x + w, Y: top}, {X: x, Y: top + w*1.4}}, pal.Text)
	p.FillPoly([]paint.Pt{{X: x - w, Y: bottom}, {X: x, Y: bottom - w*1.4}, {X: x + w, Y: bottom}}, pal.Text)
}

func (v *scrubBar) paintAlarms(k *ink, r image.Rectangle) {
	pal := k.pal()
	if v.m.story == nil {
		return
	}
	for i := range v.m.story.told {
		e := &v.m.story.told[i]
		if !marked(e) {
			continue
		}
		if x := v.x(e.At); x > r.Min.X && x < r.Max.X {
			h := r.Dy() * (5 - e.Level) / 5
			k.FillRect(image.Rect(x, r.Max.Y-h, x+max(k.px(2), 1), r.Max.Y-1), pal.Alarm[e.Level])
		}
	}
}

// marked reports whether an alarm's entry has a mark: that it came.
func marked(e *journal.Entry) bool {
	return e.Action == alarm.Annunciated.String() && e.Level >= 1 && e.Level <= 4
}

// words tell what the mark under the pointer is, and without one what happened
// last before the moment.
func (v *scrubBar) words() string {
	if e := v.pointed(); e != nil {
		return v.m.tell(e)
	}
	if say := v.m.lastEvent(); say != "" {
		return "Last before: " + say
	}
	return ""
}

// pointed is what the mark nearest to the pointer stands for; nil where there
// is none.
func (v *scrubBar) pointed() (found *journal.Entry) {
	r := v.track()
	if v.m.story == nil || !v.over || v.at <= r.Min.X || v.at >= r.Max.X {
		return nil
	}
	best := int(5*v.scale + 0.5)
	near := func(e *journal.Entry) {
		x := v.x(e.At)
		if far := max(x-v.at, v.at-x); far < best && x > r.Min.X && x < r.Max.X {
			best, found = far, e
		}
	}
	for i := range v.m.story.told {
		if e := &v.m.story.told[i]; marked(e) {
			near(e)
		}
	}
	for i := range v.m.story.events {
		near(&v.m.story.events[i])
	}
	return found
}

// paintEvents marks commands, logins and the like from above.
func (v *scrubBar) paintEvents(k *ink, r image.Rectangle) {
	if v.m.story == nil {
		return
	}
	for i := range v.m.story.events {
		if x := v.x(v.m.story.events[i].At); x > r.Min.X && x < r.Max.X {
			k.FillRect(image.Rect(x, r.Min.Y+1, x+max(k.px(1), 1), r.Min.Y+r.Dy()/4), k.pal().Outline)
		}
	}
}

// paintTimes writes about eight times along the bar.
func (v *scrubBar) paintTimes(k *ink, r image.Rectangle) {
	const n = 8
	s, format := v.m.stretch(), "15:04"
	switch {
	case v.m.span > int64(24*time.Hour):
		format = "Mon 2 Jan"
	case v.m.end != 0 && !sameDay(nanos(s.from), v.now):
		format = "2 Jan 15:04"
	}
	f := k.font(11)
	for i := range n {
		t := s.to - v.m.span*int64(n-i)/n
		x := v.x(t)
		k.FillRect(image.Rect(x, r.Max.Y, x+1, r.Max.Y+k.px(4)), k.pal().Outline)
		k.say(f, image.Rect(x+k.px(3), r.Max.Y+k.px(2), x+k.px(90), r.Max.Y+k.px(18)), paint.Left, nanos(t).Format(format), k.pal().Dim)
	}
	if v.m.end == 0 {
		k.say(f, image.Rect(r.Max.X-k.px(40), r.Max.Y+k.px(2), r.Max.X, r.Max.Y+k.px(18)), paint.Right, "now", k.pal().Dim)
	}
}

func sameDay(a, b time.Time) bool {
	return a.YearDay() == b.YearDay() && a.Year() == b.Year()
}

// Hover tells what is under the pointer.
func (v *scrubBar) Hover(at view.Pointer) { v.over, v.at = true, at.At.X }

// Leave ends that.
func (v *scrubBar) Leave() { v.over = false }

// Tap goes to the moment under the pointer.
func (v *scrubBar) Tap(at view.Pointer) { v.m.turn(v.timeAt(at.At.X)) }

// DragStart takes the handle.
func (v *scrubBar) DragStart(view.Pointer) { v.m.speed = 0 }

// Drag follows the pointer.
func (v *scrubBar) Drag(at view.Pointer) { v.m.turn(v.timeAt(at.At.X)) }

// DragEnd lets go.
func (v *scrubBar) DragEnd() {}

// Wheel moves by a hundredth of the bar.
func (v *scrubBar) Wheel(_ view.Pointer, dx, dy float32) {
	v.m.turn(v.m.t - int64(float64(dx+dy)*float64(v.m.span)/100))
}

// Cursor implements view.Cursorer.
func (v *scrubBar) Cursor() view.Cursor { return view.ResizeLevel }
