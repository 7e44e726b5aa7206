package screens

import (
	"fmt"
	"image"
	"time"

	"penstock/app/alarm"
	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// header is the head of the window, always in sight: the plant, the most
// urgent alarm nobody has acknowledged and how many there are, the links,
// what is not well, who is here, and what time it is.
type header struct {
	s       *Station
	surface *widgets.Surface
	size    image.Point
	scale   float32

	have  heads
	lit   bool
	zones []headZone
	over  bool
	dirty bool
}

// heads is all the header shows; it is painted when this differs.
type heads struct {
	clock, date      string
	user             string
	alarm            string // id of the alarm in the banner
	banner, detail   string
	priority         int
	returned         bool
	unacked, active  [alarm.Lowest + 1]int
	shelved, hidden  int
	flood            string
	links, linkFault string
	linksDown        int
	worry            string
	sounding         int
	deaf             string // why nothing can be heard
	worries          int
}

// tightBanner is the width below which the buttons in the banner are short:
// the alarm's message goes before them.
const tightBanner = 420

type headZone struct {
	r  image.Rectangle
	do func()
}

func newHeader(s *Station) *header {
	h := &header{s: s}
	h.surface = s.surface(h)
	return h
}

// Layout implements view.View.
func (h *header) Layout(size image.Point, scale float32) {
	h.size, h.scale, h.dirty = size, scale, true
}

// Frame implements view.View.
func (h *header) Frame(now time.Time) bool {
	n := h.look(now)
	lit := now.UnixMilli()/500%2 == 0
	if n != h.have || n.priority > 0 && n.alarm != "" && lit != h.lit {
		h.have, h.dirty = n, true
	}
	h.lit = lit
	return h.dirty
}

// look gathers what there is to show.
func (h *header) look(now time.Time) (n heads) {
	n.clock, n.date = now.Format("15:04:05"), now.Format("Mon 2 Jan 2006")
	if h.s.session != nil {
		n.user = h.s.session.User()
	}
	snap := h.s.room.Alarms()
	n.unacked, n.active = snap.Unacked, snap.Active
	n.shelved, n.hidden = snap.Shelved, snap.Suppressed+snap.OutOfService
	if snap.Flood.Active {
		n.flood = fmt.Sprintf("FLOOD %d in 10 min", snap.Flood.Count)
	}
	if w := snap.Worst(); w != nil && w.Phase.Flashes() {
		n.alarm, n.priority, n.returned = w.Rule.ID, w.Priority, w.Phase == alarm.Returned
		n.banner = w.Message
		n.detail = clockTime(nanos(w.AnnouncedAt), now) + "  " + string(w.Tag)
		if w.Area != "" {
			n.detail += "  " + w.Area
		}
		if n.returned {
			n.detail += "  has returned"
		}
	}
	h.lookLinks(&n)
	n.sounding, n.deaf = h.s.horn.Sounding(), h.s.hearing()
	if ws := h.s.room.Worries(); len(ws) > 0 {
		n.worry, n.worries = ws[0].Text, len(ws)
	}
	return n
}

func (h *header) lookLinks(n *heads) {
	up, all := 0, 0
	for _, l := range h.s.room.Links() {
		if l.State == drivers.OffService {
			continue
		}
		all++
		if l.State == drivers.Up {
			up++
		} else if n.linkFault == "" {
			n.linkFault = l.Device + ": " + l.Words
		}
	}
	n.linksDown = all - up
	n.links = fmt.Sprintf("%d of %s up", up, plural(all, "link", "links"))
	if n.linksDown == 0 {
		n.links = plural(all, "link", "links") + " up"
	}
}

// Paint implements view.View.
func (h *header) Paint(p *paint.Painter) {
	if !h.dirty {
		return
	}
	h.dirty = false
	h.zones = h.zones[:0]
	k := ink{p, h.s.style, h.scale}
	pal := k.pal()
	r := image.Rectangle{Max: h.size}
	p.FillRect(r, pal.Panel)
	p.FillRect(image.Rect(0, r.Max.Y-1, r.Max.X, r.Max.Y), pal.Line)
	left := k.px(226)
	if h.size.X < k.px(1400) {
		left = k.px(170)
	}
	clock := image.Rect(r.Max.X-k.px(124), 0, r.Max.X-k.px(10), r.Max.Y)
	who := image.Rect(clock.Min.X-k.px(120), 0, clock.Min.X, r.Max.Y)
	health := image.Rect(who.Min.X-k.px(206), 0, who.Min.X, r.Max.Y)
	counts := image.Rect(health.Min.X-k.px(196), 0, health.Min.X, r.Max.Y)
	banner := image.Rect(left, k.px(6), counts.Min.X-k.px(10), r.Max.Y-k.px(7))
	h.paintPlant(&k, image.Rect(k.px(12), 0, left-k.px(8), r.Max.Y))
	h.paintBanner(&k, banner)
	h.paintCounts(&k, counts)
	h.paintHealth(&k, health)
	h.paintWho(&k, who)
	k.say(k.bold(20), upper(clock), paint.Right, h.have.clock, pal.Text)
	k.say(k.font(12), lower(clock), paint.Right, h.have.date, pal.Dim)
}

// upper and lower are the two lines of a part of the header.
func upper(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X, r.Min.Y+r.Dy()*8/62, r.Max.X, r.Min.Y+r.Dy()*34/62)
}
func lower(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X, r.Min.Y+r.Dy()*34/62, r.Max.X, r.Min.Y+r.Dy()*54/62)
}

func (h *header) paintPlant(k *ink, r image.Rectangle) {
	k.say(k.bold(17), upper(r), paint.Left, h.s.room.Project().Name, k.pal().Text)
	sub := h.s.opts.Name
	if sub == "" {
		sub = h.s.room.Project().Text
	}
	k.say(k.font(12), lower(r), paint.Left, sub, k.pal().Dim)
	h.zone(r, func() { h.s.goTo(overviewPage) })
}

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

func (h *header) paintHealth(k *ink, r image.Rectangle) {
	pal, n := k.pal(), &h.have
	r.Max.X -= k.px(12)
	line := func(box image.Rectangle, fault bool, s string) {
		dot := image.Rect(box.Min.X, box.Min.Y, box.Min.X+k.px(18), box.Max.Y)
		cx, cy := float32(dot.Min.X+dot.Max.X)/2, float32(dot.Min.Y+dot.Max.Y)/2
		face, c := k.font(13), pal.Dim
		if fault {
			d := float32(k.px(7))
			k.FillPoly([]paint.Pt{{X: cx, Y: cy - d}, {X: cx + d, Y: cy}, {X: cx, Y: cy + d}, {X: cx - d, Y: cy}}, pal.Bad)
			face, c = k.bold(13), pal.Text
		} else {
			k.StrokeCircle(cx, cy, float32(k.px(5)), max(float32(k.px(1)), 1.2), pal.Dim)
		}
		k.say(face, image.Rect(dot.Max.X+k.px(4), box.Min.Y, box.Max.X, box.Max.Y), paint.Left, s, c)
	}
	links := n.links
	if n.linksDown > 0 {
		links = n.linkFault
		if n.linksDown > 1 {
			links = fmt.Sprintf("%d links down", n.linksDown)
		}
	}
	line(upper(r), n.linksDown > 0, links)
	worry := "Station is well"
	switch {
	case n.worries > 0:
		worry = n.worry
	case n.deaf != "":
		worry = "Station is well, " + n.deaf
	}
	line(lower(r), n.worries > 0, worry)
	h.zone(r, func() { h.s.goTo(devicePage) })
}

func (h *header) paintWho(k *ink, r image.Rectangle) {
	pal := k.pal()
	name, sub := h.have.user, "may act"
	ink := pal.Text
	if name == "" {
		name, sub, ink = "View only", "F12 to log in", pal.Dim
	}
	k.say(k.bold(14), upper(r), paint.Left, name, ink)
	k.say(k.font(12), lower(r), paint.Left, sub, pal.Dim)
	h.zone(r, h.s.askLogin)
}

func (h *header) zone(r image.Rectangle, do func()) { h.zones = append(h.zones, headZone{r, do}) }

// Tap implements view.Tapper.
func (h *header) Tap(at view.Pointer) {
	for _, z := range h.zones {
		if at.At.In(z.r) {
			z.do()
			return
		}
	}
}

// Hover implements view.Hoverer.
func (h *header) Hover(at view.Pointer) {
	h.over = false
	for _, z := range h.zones {
		h.over = h.over || at.At.In(z.r)
	}
}

// Leave implements view.Hoverer.
func (h *header) Leave() { h.over = false }

// Cursor implements view.Cursorer.
func (h *header) Cursor() view.Cursor {
	if h.over {
		return view.Hand
	}
	return view.Arrow
}
