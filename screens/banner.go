package screens

import (
	"fmt"
	"image"

	"penstock/app/alarm"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
)

// tightBanner is the width below which the buttons in the banner are short:
// the alarm's message goes before them.
const tightBanner = 420

// leastBanner is the width the banner keeps while other parts can give way.
const leastBanner = 430

func (h *header) paintBanner(k *ink, r image.Rectangle) {
	pal := k.pal()
	n := &h.have
	h.zone(r, func() { h.s.goTo(alarmPage); h.s.pages[alarmPage].(*alarmsPage).reveal(n.alarm) })
	if n.alarm == "" {
		k.FillRect(r, pal.Sunken)
		k.StrokeRect(r, max(k.px(1), 1), pal.Line)
		say := "No unacknowledged alarms"
		if a := n.active[0]; a > 0 {
			say = fmt.Sprintf("%s, all acknowledged", plural(a, "alarm is standing", "alarms are standing"))
		}
		in := r.Inset(k.px(10))
		if n.flood != "" {
			in.Max.X = h.paintFlood(k, image.Rect(r.Min.X, r.Min.Y, r.Max.X-k.px(10), r.Max.Y)) - k.px(8)
		}
		k.say(k.font(14), in, paint.Left, say, pal.Dim)
		return
	}
	c := pal.Alarm[n.priority]
	ground := paint.Mix(pal.Sunken, c, 0.22)
	if h.lit && !n.returned {
		ground = paint.Mix(pal.Sunken, c, 0.45)
	}
	k.FillRect(r, ground)
	k.StrokeRect(r, max(k.px(2), 1), c)
	mark := image.Rect(r.Min.X, r.Min.Y, r.Min.X+k.px(48), r.Max.Y)
	k.Priority(k.bold(17), mark, float32(k.px(30)), n.priority, n.returned || !h.lit, pal)
	in := image.Rect(mark.Max.X, r.Min.Y, r.Max.X-k.px(10), r.Max.Y)
	bell := in.Dx() >= k.px(tightBanner)
	if n.flood != "" {
		in.Max.X = h.paintFlood(k, in) - k.px(8)
	}
	if n.sounding > 0 {
		in.Max.X = h.paintBell(k, in, bell) - k.px(8)
	}
	half := (in.Min.Y + in.Max.Y) / 2
	face := k.bold(15.5)
	if face.Width(n.banner) > in.Dx() {
		face = k.bold(13)
	}
	k.say(face, image.Rect(in.Min.X, in.Min.Y+k.px(2), in.Max.X, half+k.px(3)), paint.Left, n.banner, pal.Text)
	k.say(k.font(12.5), image.Rect(in.Min.X, half+k.px(2), in.Max.X, in.Max.Y-k.px(2)), paint.Left, n.detail, pal.Text)
}

// paintBell shows that the horn sounds, or that nobody can hear it, and
// returns where it begins.
func (h *header) paintBell(k *ink, r image.Rectangle, words bool) int {
	pal := k.pal()
	say := "Silence F10"
	if h.have.deaf != "" {
		say = "no sound, F10"
	}
	if !words {
		say = "F10" // the bell says the rest
	}
	f := k.bold(12.5)
	w := f.Width(say) + k.px(44)
	box := image.Rect(r.Max.X-w, r.Min.Y+k.px(9), r.Max.X, r.Max.Y-k.px(9))
	k.FillRect(box, pal.Raised)
	k.StrokeRect(box, max(k.px(1), 1), pal.Text)
	icon := image.Rect(box.Min.X+k.px(6), box.Min.Y, box.Min.X+k.px(28), box.Max.Y)
	if h.have.deaf == "" {
		toolbar.Draw(k.Painter, icon, toolbar.Bell, float32(k.px(15)), pal.Text)
	} else {
		toolbar.Draw(k.Painter, icon, toolbar.Bell, float32(k.px(15)), pal.Dim)
		cx, cy, d := float32(icon.Min.X+icon.Max.X)/2, float32(icon.Min.Y+icon.Max.Y)/2, float32(k.px(9))
		k.Line(paint.Pt{X: cx - d, Y: cy + d}, paint.Pt{X: cx + d, Y: cy - d}, float32(k.px(2)), pal.Text)
	}
	k.say(f, image.Rect(icon.Max.X+k.px(4), box.Min.Y, box.Max.X, box.Max.Y), paint.Left, say, pal.Text)
	h.zones = append([]headZone{{box, h.s.silence}}, h.zones...) // before the banner it stands in
	return box.Min.X
}

// paintCounts shows, for each priority, how many alarms are to be
// acknowledged and how many are standing.
func (h *header) paintCounts(k *ink, r image.Rectangle) {
	pal := k.pal()
	w := r.Dx() / 4
	for pr := 1; pr <= alarm.Lowest; pr++ {
		pr := pr
		box := image.Rect(r.Min.X+(pr-1)*w, r.Min.Y, r.Min.X+pr*w-k.px(4), r.Max.Y)
		un, act := h.have.unacked[pr], h.have.active[pr]
		if un+act == 0 {
			k.Priority(nil, image.Rect(box.Min.X, box.Min.Y+k.px(8), box.Min.X+k.px(24), box.Min.Y+k.px(34)), float32(k.px(16)), pr, true, grey(pal))
			k.say(k.font(15), image.Rect(box.Min.X+k.px(26), box.Min.Y+k.px(8), box.Max.X, box.Min.Y+k.px(34)), paint.Left, "0", pal.Dim)
		} else {
			k.Priority(k.bold(11), image.Rect(box.Min.X, box.Min.Y+k.px(8), box.Min.X+k.px(24), box.Min.Y+k.px(34)), float32(k.px(19)), pr, un == 0, pal)
			k.say(k.bold(16), image.Rect(box.Min.X+k.px(26), box.Min.Y+k.px(8), box.Max.X, box.Min.Y+k.px(34)), paint.Left, fmt.Sprint(max(un, act)), pal.Text)
		}
		say := "none"
		switch {
		case un > 0:
			say = fmt.Sprintf("%d new", un)
		case act > 0:
			say = "acked"
		}
		k.say(k.font(11), image.Rect(box.Min.X, box.Min.Y+k.px(35), box.Max.X, box.Min.Y+k.px(53)), paint.Left, say, pal.Dim)
		h.zone(box, func() { h.s.goTo(alarmPage); h.s.pages[alarmPage].(*alarmsPage).only(pr) })
	}
}

// grey is a palette whose alarm colours are the colour of lines: a priority
// without alarms.
func grey(p *paint.Palette) *paint.Palette {
	g := *p
	for i := range g.Alarm {
		g.Alarm[i] = p.Line
	}
	return &g
}
