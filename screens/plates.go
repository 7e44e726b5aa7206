package screens

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets"
)

// mostPinned bounds how many faceplates stay open: each is a picture that is
// painted, and hides a part of the page.
const mostPinned = 4

// plates are the faceplates of a window: one that turns from tag to tag, and
// those that people pinned, which stay. One that is opened from a list docks at
// the right side of the page, which makes room; one that is opened from a
// symbol floats beside it and goes when the page is left.
type plates struct {
	s      *Station
	turns  *faceplate // the one that is not pinned
	pinned []*faceplate
	spare  []*faceplate // closed ones, to be used again
	layer  *fyne.Container
}

func newPlates(s *Station) *plates {
	l := &plates{s: s}
	l.layer = container.New(l)
	l.turns = l.another()
	return l
}

// another is a faceplate that nobody uses.
func (l *plates) another() *faceplate {
	if n := len(l.spare); n > 0 {
		p := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return p
	}
	p := newFaceplate(l.s)
	p.panel.Hide()
	l.layer.Objects = append(l.layer.Objects, p.panel)
	return p
}

// shown lists the open ones, the pinned ones first.
func (l *plates) shown() []*faceplate {
	out := slices.Clone(l.pinned)
	if l.turns.panel.Visible() {
		out = append(out, l.turns)
	}
	return out
}

// docked reports whether one stands at the side of the page. In the past there
// is none: they are live.
func (l *plates) docked() bool {
	return l.turns.panel.Visible() && !l.turns.floats && !l.s.machine.on
}

func (l *plates) frame(now time.Time) {
	if l.s.machine.on {
		return
	}
	for _, p := range l.shown() {
		p.frame(now)
	}
}

func (l *plates) close() {
	for _, p := range slices.Concat(l.pinned, l.spare, []*faceplate{l.turns}) {
		p.close()
	}
}

// of is the pinned faceplate of a tag, or nil.
func (l *plates) of(id tag.ID) *faceplate {
	for _, p := range l.pinned {
		if p.id == id {
			return p
		}
	}
	return nil
}

// raise brings one in front of the others.
func (l *plates) raise(p *faceplate) {
	o := l.layer.Objects
	if i := slices.Index(o, fyne.CanvasObject(p.panel)); i >= 0 && i < len(o)-1 {
		l.layer.Objects = append(slices.Delete(o, i, i+1), p.panel)
		l.layer.Refresh()
	}
}

// pin keeps one where it stands, and has another turn from tag to tag; for one
// that is pinned it is the way back.
func (l *plates) pin(p *faceplate) {
	if i := slices.Index(l.pinned, p); i >= 0 {
		l.pinned = slices.Delete(l.pinned, i, i+1)
		l.turns.panel.Hide()
		l.spare = append(l.spare, l.turns)
		l.turns, p.home = p, l.here()
	} else if len(l.pinned) == mostPinned {
		l.s.status.tell(l.s.opts.Now(), fmt.Sprintf("%d faceplates are pinned. Close one of them first.", mostPinned), true)
		return
	} else {
		l.float(p)
		l.pinned = append(l.pinned, p)
		l.turns = l.another()
	}
	p.face.dirty = true
	l.s.body.Refresh()
}

// float takes one off the side of the page, where it stands.
func (l *plates) float(p *faceplate) {
	if p.floats {
		return
	}
	p.at, p.size = p.panel.Position(), p.panel.Size()
	p.floats, p.home = true, l.here()
	p.size.Height = min(p.size.Height, p.tall())
	l.s.body.Refresh()
}

func (l *plates) here() spot {
	p, _ := l.s.here()
	return p
}

// hide closes one.
func (l *plates) hide(p *faceplate) {
	p.panel.Hide()
	if i := slices.Index(l.pinned, p); i >= 0 {
		l.pinned = slices.Delete(l.pinned, i, i+1)
		l.spare = append(l.spare, p)
	}
	l.s.body.Refresh()
	l.s.focusPage()
}

// escape closes the one that turns, or else the one that was pinned last. It
// reports whether there was one.
func (l *plates) escape() bool {
	open := l.shown()
	if len(open) > 0 {
		l.hide(open[len(open)-1])
	}
	return len(open) > 0
}

// left closes what floats beside a symbol that is not in sight any more.
func (l *plates) left() {
	if p := l.turns; p.panel.Visible() && p.floats && p.home != l.here() {
		p.panel.Hide()
		l.s.body.Refresh()
	}
}

// dock opens a tag's faceplate at the side of the page; nil where there is no
// such tag.
func (l *plates) dock(id tag.ID) *faceplate {
	p := l.of(id)
	if p == nil {
		if p = l.turns; !p.show(id) {
			return nil
		}
		p.floats = false
		p.panel.Show()
	}
	l.opened(p)
	return p
}

// beside opens a tag's faceplate next to what a scene shows in the box b,
// display units.
func (l *plates) beside(id tag.ID, on *widgets.Surface, sc *scene.Scene, b mimic.Box) *faceplate {
	p := l.of(id)
	if p == nil {
		if p = l.turns; !p.show(id) {
			return nil
		}
		p.floats, p.home = true, l.here()
		p.panel.Show()
		l.s.body.Refresh() // without one at its side the page is wider
		on.Settle()
		k, px := on.Scale(), sc.Reach(b)
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(on)
		symbol := area{at.AddXY(px.X/k, px.Y/k), fyne.NewSize(px.W/k, px.H/k)}
		var taken []area
		for _, o := range l.pinned {
			taken = append(taken, area{o.panel.Position(), o.panel.Size()})
		}
		// Where the symbol was zoomed out of the page it cannot be hidden.
		place := placeBeside(symbol, area{at, on.Size()}, fyne.NewSize(plateWidth, p.tall()), taken)
		p.at, p.size = place.at, place.size
	}
	l.opened(p)
	return p
}

func (l *plates) opened(p *faceplate) {
	l.raise(p)
	l.s.body.Refresh()
	p.frame(l.s.opts.Now())
	if p.write.Visible() {
		l.s.win.Canvas().Focus(p.field)
	}
}

// MinSize implements fyne.Layout.
func (l *plates) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout implements fyne.Layout: the layer is as large as the window, and
// faceplates stay inside the page.
func (l *plates) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if l.s.machine.on {
		l.layer.Hide()
		return
	}
	l.layer.Show()
	room := pageArea(l.s, size)
	for _, p := range l.shown() {
		if !p.floats {
			p.panel.Move(fyne.NewPos(size.Width-plateWidth, headerHeight))
			p.panel.Resize(fyne.NewSize(plateWidth, size.Height-headerHeight-statusHeight))
			continue
		}
		in := room.hold(area{p.at, p.size})
		p.panel.Move(in.at)
		p.panel.Resize(in.size)
	}
}
