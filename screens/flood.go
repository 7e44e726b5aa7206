package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// heap names a cluster of alarms: a first-out group, or an area. The zero heap
// is all alarms.
type heap struct {
	name  string
	group bool // name is a first-out group
}

func heapOf(c *alarm.Cluster) heap { return heap{c.Name, c.FirstOut} }

// holds reports whether an alarm is one of the heap.
func (h heap) holds(r *alarm.Row) bool {
	switch {
	case h == heap{}:
		return true
	case h.group:
		return r.Rule.FirstOut == h.name
	}
	return r.Rule.FirstOut == "" && r.Area == h.name
}

func (h heap) String() string {
	switch {
	case h.group:
		return "group " + h.name
	case h.name == "":
		return "what has no area"
	}
	return "area " + h.name
}

// floodView shows what stands in heaps that are likely to have one cause, the
// most urgent first: in a flood people read it before they read alarms.
type floodView struct {
	pane
	s    *Station
	open func(heap) // lists the alarms of a heap

	snap  *alarm.Snapshot
	heaps []alarm.Cluster
	areas map[string]string
	at    heap      // in focus
	hover int       // index; -1: none
	moved time.Time // the pointer, last
	held  bool      // heaps stand where they stood, not where they belong
	top   int       // pixels above the top edge

	second  int64
	now     time.Time
	phase   bool
	focused bool
}

func newFloodView(s *Station, open func(heap)) *floodView {
	return &floodView{s: s, open: open, hover: -1}
}

// heapsHeld is how long heaps stay where they are after the pointer moved on
// them: nobody opens another than the one that was meant.
const heapsHeld = 4 * time.Second

// take shows a newer snapshot. The heap in focus stays the one in focus,
// wherever it goes.
func (v *floodView) take(snap *alarm.Snapshot) {
	hold := v.hover >= 0 && v.now.Sub(v.moved) < heapsHeld
	if snap == v.snap && (hold || !v.held) {
		return
	}
	heaps := snap.Clusters()
	if hold {
		place := map[heap]int{}
		for i := range v.heaps {
			place[heapOf(&v.heaps[i])] = i - len(v.heaps) // before those that are new
		}
		slices.SortStableFunc(heaps, func(a, b alarm.Cluster) int { return place[heapOf(&a)] - place[heapOf(&b)] })
	}
	v.snap, v.heaps, v.held, v.dirty = snap, heaps, hold, true
	v.areas = map[string]string{}
	for _, a := range v.s.room.Project().Areas {
		v.areas[a.Name] = a.Text
	}
	if v.index() < 0 {
		v.at = heap{}
		if len(v.heaps) > 0 {
			v.at = heapOf(&v.heaps[0])
		}
	}
	v.clamp()
}

func (v *floodView) index() int {
	return slices.IndexFunc(v.heaps, func(c alarm.Cluster) bool { return heapOf(&c) == v.at })
}

// leading is the alarm of the heap in focus that came first; nil where
// nothing stands.
func (v *floodView) leading() *alarm.Row {
	if i := v.index(); i >= 0 {
		return v.heaps[i].First
	}
	return nil
}

// Layout implements view.View.
func (v *floodView) Layout(size image.Point, scale float32) {
	v.pane.Layout(size, scale)
	v.clamp()
}

// Frame implements view.View.
func (v *floodView) Frame(now time.Time) bool {
	v.now = now
	v.take(v.s.machine.standing())
	phase := now.UnixMilli()/500%2 == 0
	if now.Unix() != v.second || phase != v.phase && v.snap.Unacked[0] > 0 {
		v.dirty = true // durations, and marks that blink
	}
	v.second, v.phase = now.Unix(), phase
	return v.dirty
}

// Sizes of the view, units of design.
const (
	floodHead   = 46
	floodHeight = 92 // of a heap
	floodGap    = 6
)

func (v *floodView) px(u float32) int { return int(u*v.scale + 0.5) }

// box is where a heap stands.
func (v *floodView) box(i int) image.Rectangle {
	y := v.px(floodHead) + i*v.px(floodHeight+floodGap) - v.top
	return image.Rect(v.px(8), y, v.size.X-v.px(8), y+v.px(floodHeight))
}

// hit is the heap at a point; -1: none.
func (v *floodView) hit(at image.Point) int {
	for i := range v.heaps {
		if at.Y >= v.px(floodHead) && at.In(v.box(i)) {
			return i
		}
	}
	return -1
}

func (v *floodView) clamp() {
	all := v.px(floodHead) + len(v.heaps)*v.px(floodHeight+floodGap)
	v.top = max(min(v.top, all-v.size.Y), 0)
}

func (v *floodView) choose(i int) {
	if i < 0 || i >= len(v.heaps) {
		return
	}
	v.at, v.dirty = heapOf(&v.heaps[i]), true
	if b := v.box(i); b.Max.Y > v.size.Y {
		v.top += b.Max.Y - v.size.Y + v.px(floodGap)
	} else if b.Min.Y < v.px(floodHead) {
		v.top -= v.px(floodHead) - b.Min.Y
	}
	v.clamp()
}

// Tap implements view.Tapper: one click opens a heap.
func (v *floodView) Tap(at view.Pointer) {
	if i := v.hit(at.At); i >= 0 {
		v.choose(i)
		v.open(v.at)
	}
}

// Wheel implements view.Wheeler.
func (v *floodView) Wheel(_ view.Pointer, _, dy float32) {
	v.top -= int(dy * float32(v.px(floodHeight)))
	v.dirty = true
	v.clamp()
}

// Hover implements view.Hoverer.
func (v *floodView) Hover(at view.Pointer) { v.point(v.hit(at.At)) }

// Leave implements view.Hoverer.
func (v *floodView) Leave() { v.point(-1) }

func (v *floodView) point(i int) {
	v.moved = v.now
	if i != v.hover {
		v.hover, v.dirty = i, true
	}
}

// Cursor implements view.Cursorer.
func (v *floodView) Cursor() view.Cursor {
	if v.hover >= 0 {
		return view.Hand
	}
	return view.Arrow
}

// Focus implements view.Focuser.
func (v *floodView) Focus(on bool) { v.focused, v.dirty = on, true }

// Key implements view.Keyer.
func (v *floodView) Key(k view.Key) bool {
	page := max((v.size.Y-v.px(floodHead))/max(v.px(floodHeight+floodGap), 1), 1)
	i, last := v.index(), len(v.heaps)-1
	switch {
	case k.Mods != 0 || last < 0:
		return false
	case k.Name == view.KeyUp:
		v.choose(max(i-1, 0))
	case k.Name == view.KeyDown:
		v.choose(min(i+1, last))
	case k.Name == view.KeyPageUp:
		v.choose(max(i-page, 0))
	case k.Name == view.KeyPageDown:
		v.choose(min(i+page, last))
	case k.Name == view.KeyHome:
		v.choose(0)
	case k.Name == view.KeyEnd:
		v.choose(last)
	case k.Name == view.KeyReturn && i >= 0:
		v.open(v.at)
	default:
		return false
	}
	return true
}

// Paint implements view.View.
func (v *floodView) Paint(p *paint.Painter) {
	v.dirty = false
	k := ink{p, v.s.style, v.scale}
	pal := k.pal()
	p.FillRect(image.Rectangle{Max: v.size}, pal.Window)
	for i := range v.heaps {
		if r := v.box(i); r.Max.Y > v.px(floodHead) && r.Min.Y < v.size.Y {
			v.paintHeap(&k, r, i)
		}
	}
	v.paintHead(&k)
}

// floodWords says how much comes at the moment.
func floodWords(snap *alarm.Snapshot, heaps int) (head, tail string) {
	f := &snap.Flood
	tail = fmt.Sprintf("%s. The first of a group is likely its cause.", plural(heaps, "group", "groups"))
	if heaps == 0 {
		tail = "Nothing stands."
	}
	if f.Active {
		return fmt.Sprintf("FLOOD: %s in 10 minutes", plural(f.Count, "alarm", "alarms")), tail
	}
	return fmt.Sprintf("No flood: %s in 10 minutes", plural(f.Count, "alarm", "alarms")), tail
}

func (v *floodView) paintHead(k *ink) {
	pal := k.pal()
	r := image.Rect(0, 0, v.size.X, k.px(floodHead-floodGap))
	k.FillRect(image.Rect(0, 0, v.size.X, k.px(floodHead)), pal.Window)
	head, tail := floodWords(v.snap, len(v.heaps))
	f := k.bold(15)
	text := image.Rect(r.Min.X+k.px(12), r.Min.Y, r.Max.X-k.px(12), r.Max.Y)
	if v.snap.Flood.Active {
		chip := image.Rect(r.Min.X+k.px(8), r.Min.Y+k.px(6), r.Min.X+k.px(32)+f.Width(head), r.Max.Y-k.px(4))
		k.FillRect(chip, pal.Alarm[1])
		k.say(f, chip, paint.Center, head, paint.Ink(pal.Alarm[1]))
		text.Min.X = chip.Max.X + k.px(14)
	} else {
		text.Min.X += k.say(f, text, paint.Left, head, pal.Text) + k.px(14)
	}
	k.say(k.font(13.5), text, paint.Left, tail, pal.Dim)
}

// counted is how many of a heap stand at each priority, and how many of those
// are to be acknowledged.
func counted(c *alarm.Cluster) (all, unacked [alarm.Lowest + 1]int) {
	for _, r := range c.Rows {
		all[r.Priority]++
		if r.Unacked {
			unacked[r.Priority]++
		}
	}
	return all, unacked
}

func (v *floodView) paintHeap(k *ink, r image.Rectangle, i int) {
	pal, c := k.pal(), &v.heaps[i]
	ground, edge, w := pal.Panel, pal.Line, max(k.px(1), 1)
	if i == v.hover {
		ground = pal.Raised
	}
	if heapOf(c) == v.at && v.focused {
		edge, w = pal.Text, max(k.px(2), 1)
	}
	k.FillRect(r, ground)
	k.StrokeRect(r, w, edge)
	worst := c.Worst()
	mark := image.Rect(r.Min.X, r.Min.Y, r.Min.X+k.px(62), r.Max.Y)
	blink := worst.Phase.Flashes() && v.phase && worst.Phase != alarm.Returned
	k.Priority(k.bold(18), mark, float32(k.px(32)), worst.Priority, !blink, pal)

	counts := image.Rect(r.Max.X-k.px(304), r.Min.Y, r.Max.X-k.px(10), r.Max.Y)
	v.paintCounts(k, counts, c)

	in := image.Rect(mark.Max.X, r.Min.Y+k.px(6), counts.Min.X-k.px(12), r.Max.Y-k.px(6))
	line := in.Dy() / 3
	at := func(n int) image.Rectangle {
		return image.Rect(in.Min.X, in.Min.Y+n*line, in.Max.X, in.Min.Y+(n+1)*line)
	}
	name, what := c.Name, "area"
	switch {
	case c.FirstOut:
		what = "first-out group"
	case c.Name == "":
		name, what = "Without an area", ""
	case v.areas[c.Name] != "":
		name, what = v.areas[c.Name], "area "+c.Name
	}
	x := k.say(k.bold(16), at(0), paint.Left, name, pal.Text)
	k.say(k.font(12.5), image.Rect(in.Min.X+x+k.px(12), at(0).Min.Y, in.Max.X, at(0).Max.Y), paint.Left, what, pal.Dim)
	first := "first"
	if c.First.State.FirstOut {
		first = "first out"
	}
	v.paintAlarm(k, at(1), first, c.First)
	switch {
	case worst != c.First:
		say := "worst"
		if slices.ContainsFunc(c.Rows, func(r *alarm.Row) bool { return r.Priority < worst.Priority }) {
			say = "new" // a worse one is acknowledged already
		}
		v.paintAlarm(k, at(2), say, worst)
	case len(c.Rows) > 1:
		v.paintAlarm(k, at(2), "also", c.Rows[1])
	}
}

// paintAlarm writes one alarm of a heap, and what it is to it.
func (v *floodView) paintAlarm(k *ink, r image.Rectangle, word string, a *alarm.Row) {
	pal := k.pal()
	box := image.Rect(r.Min.X, r.Min.Y+k.px(3), r.Min.X+k.px(62), r.Max.Y-k.px(3))
	f := k.font(12)
	if strings.HasPrefix(word, "first") {
		f = k.bold(12)
		k.FillRect(box, paint.Mix(pal.Panel, pal.Text, 0.16))
	}
	k.say(f, box, paint.Center, word, pal.Text)
	mark := image.Rect(box.Max.X+k.px(4), r.Min.Y, box.Max.X+k.px(26), r.Max.Y)
	k.Priority(k.bold(10), mark, float32(k.px(16)), a.Priority, !a.Phase.Flashes(), pal)
	when := k.font(13)
	x := mark.Max.X + k.px(6)
	x += k.say(when, image.Rect(x, r.Min.Y, r.Max.X, r.Max.Y), paint.Left, clockTime(nanos(a.Since()), v.now), pal.Dim) + k.px(10)
	k.say(k.font(13.5), image.Rect(x, r.Min.Y, r.Max.X, r.Max.Y), paint.Left, a.Message, pal.Text)
}

// paintCounts writes how many alarms of each priority a heap has.
func (v *floodView) paintCounts(k *ink, r image.Rectangle, c *alarm.Cluster) {
	pal := k.pal()
	all, unacked := counted(c)
	w := (r.Dx() - k.px(92)) / alarm.Lowest
	for pr := alarm.Urgent; pr <= alarm.Lowest; pr++ {
		box := image.Rect(r.Min.X+(pr-1)*w, r.Min.Y+k.px(18), r.Min.X+pr*w, r.Max.Y-k.px(18))
		if all[pr] == 0 {
			continue
		}
		k.Priority(k.bold(11), image.Rect(box.Min.X, box.Min.Y, box.Min.X+k.px(22), box.Max.Y), float32(k.px(18)), pr, unacked[pr] == 0, pal)
		k.say(k.bold(15), image.Rect(box.Min.X+k.px(24), box.Min.Y, box.Max.X, box.Max.Y), paint.Left, fmt.Sprint(all[pr]), pal.Text)
	}
	side := image.Rect(r.Max.X-k.px(90), r.Min.Y, r.Max.X, r.Max.Y)
	half := (r.Min.Y + r.Max.Y) / 2
	say, col := fmt.Sprintf("%d new", c.Unacked), pal.Text
	if c.Unacked == 0 {
		say, col = "all acked", pal.Dim
	}
	k.say(k.bold(14.5), image.Rect(side.Min.X, half-k.px(22), side.Max.X, half), paint.Right, say, col)
	k.say(k.font(13), image.Rect(side.Min.X, half, side.Max.X, half+k.px(20)), paint.Right, fmt.Sprintf("of %d", len(c.Rows)), pal.Dim)
}
