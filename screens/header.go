package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/paint"
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
	n.clock, n.date = now.Format("15:04:05"), now.Format("Mon 2 Jan 2006 MST")
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
	plant, banner, counts, health, who, clock := h.place(&k, r)
	h.paintPlant(&k, plant)
	h.paintBanner(&k, banner)
	h.paintCounts(&k, counts)
	h.paintHealth(&k, health)
	h.paintWho(&k, who)
	k.say(k.bold(20), upper(clock), paint.Right, h.have.clock, pal.Text)
	k.say(k.font(12), lower(clock), paint.Right, h.have.date, pal.Dim)
}

// place divides the header. Each part is as wide as what it says, within
// bounds, and the banner takes what is left: it keeps its least width, and
// where there is not enough room health and then the plant's name give way.
func (h *header) place(k *ink, r image.Rectangle) (plant, banner, counts, health, who, clock image.Rectangle) {
	gap, n := k.px(14), &h.have
	wide := func(least, most int, widths ...int) int {
		return min(max(k.px(float32(least)), slices.Max(widths)), k.px(float32(most))) + gap
	}
	name, sub := h.names()
	user, may := h.who()
	links, worry := h.health()
	dot := k.px(22)
	wp := wide(110, 300, k.bold(17).Width(name), k.font(12).Width(sub))
	wc := wide(96, 200, k.bold(20).Width("00:00:00"), k.font(12).Width(n.date))
	ww := wide(70, 150, k.bold(14).Width(user), k.font(12).Width(may))
	wh := wide(120, 300, k.bold(13).Width(links)+dot, k.bold(13).Width(worry)+dot)
	wn := k.px(196)
	over := func() int {
		return k.px(12) + wp + k.px(leastBanner) + gap + wn + wh + ww + wc - r.Dx()
	}
	wh -= min(max(over(), 0), max(wh-k.px(150), 0))
	wp -= min(max(over(), 0), max(wp-k.px(130), 0))
	x := r.Max.X
	take := func(w int) image.Rectangle {
		x -= w
		return image.Rect(x, r.Min.Y, x+w, r.Max.Y)
	}
	clock = take(wc)
	clock.Max.X -= k.px(10)
	who, health, counts = take(ww), take(wh), take(wn)
	plant = image.Rect(k.px(12), r.Min.Y, k.px(12)+wp-gap, r.Max.Y)
	return plant, image.Rect(k.px(12)+wp, k.px(6), x-k.px(10), r.Max.Y-k.px(7)), counts, health, who, clock
}

// upper and lower are the two lines of a part of the header.
func upper(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X, r.Min.Y+r.Dy()*8/62, r.Max.X, r.Min.Y+r.Dy()*34/62)
}
func lower(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X, r.Min.Y+r.Dy()*34/62, r.Max.X, r.Min.Y+r.Dy()*54/62)
}

// names are the plant's and the station's.
func (h *header) names() (plant, station string) {
	p := h.s.room.Project()
	if h.s.opts.Name != "" {
		return p.Name, h.s.opts.Name
	}
	return p.Name, p.Text
}

func (h *header) paintPlant(k *ink, r image.Rectangle) {
	name, sub := h.names()
	k.say(k.bold(17), upper(r), paint.Left, name, k.pal().Text)
	k.say(k.font(12), lower(r), paint.Left, sub, k.pal().Dim)
	h.zone(r, func() { h.s.goTo(overviewPage) })
}

// health says how the links are and how the station is.
func (h *header) health() (links, worry string) {
	n := &h.have
	links, worry = n.links, "Station is well"
	switch {
	case n.linksDown > 1:
		links = fmt.Sprintf("%d links down", n.linksDown)
	case n.linksDown > 0:
		links = n.linkFault
	}
	switch {
	case n.worries > 1:
		worry = fmt.Sprintf("%s, and %d more", n.worry, n.worries-1)
	case n.worries > 0:
		worry = n.worry
	case n.deaf != "":
		why, _, _ := strings.Cut(n.deaf, ":")
		worry = "Well, but " + why
	}
	return links, worry
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
	links, worry := h.health()
	line(upper(r), n.linksDown > 0, links)
	line(lower(r), n.worries > 0, worry)
	h.zone(r, func() { h.s.goTo(devicePage) })
}

// who says who is here and what that means.
func (h *header) who() (name, sub string) {
	if h.have.user == "" {
		return "View only", "F12 to log in"
	}
	return h.have.user, "may act"
}

func (h *header) paintWho(k *ink, r image.Rectangle) {
	pal := k.pal()
	name, sub := h.who()
	ink := pal.Text
	if h.have.user == "" {
		ink = pal.Dim
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
