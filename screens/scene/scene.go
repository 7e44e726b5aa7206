// Package scene brings a display to life: it binds items to readings, keeps
// what each one shows, and repaints what has changed. It knows no toolkit; the
// window, snapshots and tests show the same Scene.
//
// A Scene belongs to one goroutine.
package scene

import (
	"image"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

var _ interface {
	view.View
	view.Tapper
	view.DoubleTapper
	view.Menuer
	view.Hoverer
	view.Dragger
	view.Wheeler
	view.Keyer
	view.Cursorer
	view.Focuser
} = (*Scene)(nil)

// How often marks of alarms change between lit and unlit.
const (
	fastFlash = 400 * time.Millisecond  // not acknowledged
	slowFlash = 1000 * time.Millisecond // returned, not acknowledged
)

// Options are what a scene may be given besides its display.
type Options struct {
	// Find returns a display by name, for templates; nil when there is none.
	Find func(name string) *mimic.Display
	// Picture returns a picture by the name of its file, or nil.
	Picture func(name string) *picture.Picture
	// OnTap, OnDouble and Menu are told what is under the pointer; each may be nil.
	OnTap    func(Hit)
	OnDouble func(Hit)
	Menu     func(Hit) []view.Choice
}

// Scene is a display with its readings.
type Scene struct {
	display *mimic.Display
	style   *paint.Style
	src     Source
	opts    Options

	slots    []slot
	slotOf   map[tag.ID]int
	elements []element
	alarmSeq uint64
	alarmed  bool // alarmSeq has been read once
	now      time.Time

	size  image.Point
	scale float32 // device pixels per unit of the window's design
	at    transform
	grid  grid

	canvas symbol.Canvas
	all    bool
	dirty  []image.Rectangle
	found  []int32

	pointer pointing
	hidden  map[string]bool // layers
}

// slot is one tag that the display shows, read once a frame however many
// items show it.
type slot struct {
	id    tag.ID
	def   *tag.Def // nil: the project has no such tag
	value tag.Value
	seq   uint64
	alarm symbol.Alarm
	users []int32 // elements to be looked at when it changes
}

// New binds a display to its readings. The error is mimic.Problems, for
// templates that cannot be expanded and expressions that cannot be worked out;
// the scene is then complete but for these, so that one mistake does not
// blank a screen.
func New(d *mimic.Display, src Source, style *paint.Style, opts Options) (*Scene, error) {
	if opts.Find == nil {
		opts.Find = func(string) *mimic.Display { return nil }
	}
	if opts.Picture == nil {
		opts.Picture = func(string) *picture.Picture { return nil }
	}
	s := &Scene{display: d, style: style, opts: opts, hidden: map[string]bool{}}
	s.canvas.Style = style
	s.src = src
	return s, s.Show(d)
}

// Show shows another display, or the same one after it was edited, in the same
// place and size; sparklines of items that stay keep what they remember. The
// error is as that of New.
func (s *Scene) Show(d *mimic.Display) error {
	pasts := map[string][]*past{}
	for i := range s.elements {
		if e := &s.elements[i]; e.pasts != nil {
			pasts[curveKey(&e.item)] = e.pasts
		}
	}
	s.display = d
	s.pointer = pointing{over: -1, focus: -1, focused: s.pointer.focused}
	items, probs := d.Expand(s.opts.Find)
	s.elements = make([]element, len(items))
	for i := range items {
		s.elements[i].item = items[i]
		s.elements[i].pasts = pasts[curveKey(&items[i])]
	}
	probs = append(probs, s.bind(s.src)...)
	if s.size.X > 0 {
		s.at = s.at.within(s.size, d)
		s.place()
	}
	if len(probs) > 0 {
		return probs
	}
	return nil
}

// Display returns what is shown.
func (s *Scene) Display() *mimic.Display { return s.display }

// SetSource shows the readings of another source from the next frame on: the
// live plant, or a moment of its past.
func (s *Scene) SetSource(src Source) {
	for i := range s.elements {
		s.elements[i].pasts = nil // what one source knew is not to be mixed with another
	}
	// Whatever is wrong with the display was told by New.
	_ = s.bind(src)
	s.place()
}

// Layout tells the size of the view. See view.View.
func (s *Scene) Layout(size image.Point, scale float32) {
	s.size, s.scale = size, scale
	s.at = s.at.within(size, s.display)
	s.place()
}

// place puts every element where the transform says.
func (s *Scene) place() {
	s.canvas.Unit = s.at.unit
	for i := range s.elements {
		e := &s.elements[i]
		e.place(s.at)
		e.stale = true // lines hold points in pixels
	}
	s.index()
	s.all = true
}

// Frame pulls what has changed and reports whether something is to be painted.
func (s *Scene) Frame(now time.Time) bool {
	s.now = now
	for i := range s.slots {
		sl := &s.slots[i]
		if sl.def == nil {
			continue
		}
		if v, seq := s.src.Reading(sl.id); seq != sl.seq {
			sl.value, sl.seq = v, seq
			s.touch(sl)
		}
	}
	if seq := s.src.AlarmSeq(); seq != s.alarmSeq || !s.alarmed {
		s.alarmSeq, s.alarmed = seq, true
		s.readAlarms()
	}
	s.flash(now)
	for i := range s.elements {
		e := &s.elements[i]
		if s.behind(e) {
			e.stale = true
		}
		if e.stale {
			e.stale = false
			s.refresh(e)
		}
	}
	s.tip(now)
	return s.all || len(s.dirty) > 0
}

func (s *Scene) touch(sl *slot) {
	for _, u := range sl.users {
		s.elements[u].stale = true
	}
}

func (s *Scene) readAlarms() {
	for i := range s.slots {
		sl := &s.slots[i]
		if sl.def == nil {
			continue
		}
		if a := s.src.Alarm(sl.id); a != sl.alarm {
			sl.alarm = a
			s.touch(sl)
		}
	}
	for i := range s.elements {
		e := &s.elements[i]
		areas := e.item.Areas()
		if len(areas) == 0 {
			continue
		}
		var worst symbol.Alarm
		for _, area := range areas {
			worst = symbol.Worse(worst, s.src.AreaAlarm(area))
		}
		if worst != e.area {
			e.area = worst
			e.stale = true
		}
	}
}

// flash marks what flashes when the phase turns.
func (s *Scene) flash(now time.Time) {
	fast := now.UnixNano()/int64(fastFlash)%2 == 0
	slow := now.UnixNano()/int64(slowFlash)%2 == 0
	turned := [2]bool{fast != s.canvas.Fast, slow != s.canvas.Slow}
	s.canvas.Fast, s.canvas.Slow = fast, slow
	if !turned[0] && !turned[1] {
		return
	}
	for i := range s.elements {
		e := &s.elements[i]
		if (e.fast && turned[0]) || (e.slow && turned[1]) {
			s.soil(e.bounds)
		}
	}
}

// refresh works out what an element shows now and has it painted when that
// differs.
func (s *Scene) refresh(e *element) {
	was, wasAt, wasReach, wasVisible := e.sym, e.bounds, e.reach, e.visible
	s.look(e)
	if e.reach != wasReach {
		s.index()
	}
	if e.sym == was && e.bounds == wasAt && e.visible == wasVisible {
		return
	}
	if wasVisible {
		s.soil(wasAt)
	}
	if e.visible {
		s.soil(e.bounds)
	}
}

// Repaint has the whole scene painted anew, for example in other colours.
func (s *Scene) Repaint() { s.all = true }

// ShowLayer shows or hides the items of a layer.
func (s *Scene) ShowLayer(name string, show bool) {
	if s.hidden[name] == !show {
		return
	}
	s.hidden[name] = !show
	for i := range s.elements {
		if s.elements[i].item.Layer == name {
			s.elements[i].stale = true
		}
	}
}

// LayerHidden reports whether the items of a layer are hidden.
func (s *Scene) LayerHidden(name string) bool { return s.hidden[name] }

// Layers lists the display's layers in order of appearance.
func (s *Scene) Layers() (out []string) {
	seen := map[string]bool{"": true}
	for i := range s.elements {
		if l := s.elements[i].item.Layer; !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

// Items lists what the display shows, templates expanded. They are not to be
// changed.
func (s *Scene) Items() (out []*mimic.Item) {
	for i := range s.elements {
		out = append(out, &s.elements[i].item)
	}
	return out
}

// Tags lists the tags the display shows.
func (s *Scene) Tags() (out []tag.ID) {
	for i := range s.slots {
		out = append(out, s.slots[i].id)
	}
	return out
}
