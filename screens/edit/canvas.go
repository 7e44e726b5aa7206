package edit

import (
	"image"
	"math"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

var _ interface {
	view.View
	view.Tapper
	view.DoubleTapper
	view.Presser
	view.Dragger
	view.Hoverer
	view.Wheeler
	view.Menuer
	view.Keyer
	view.Cursorer
} = (*Canvas)(nil)

// Canvas shows a Document with live values and changes it by mouse and
// keyboard. It is a view.View; put it on a Surface.
type Canvas struct {
	Doc *Document
	// Changed is called after the selection or the display has changed; may be nil.
	Changed func()
	// Told is given a sentence when an edit was refused; may be nil.
	Told func(string)
	// Clip is the clipboard; both nil: one of its own.
	SetClip func(text string)
	Clip    func() string
	// Bare leaves out the grid and the marks of what is selected: the display
	// as operators see it.
	Bare bool
	// Vision shows the display as others see it.
	Vision paint.Vision

	scene   *scene.Scene
	style   *paint.Style
	version int
	size    image.Point
	soiled  bool
	own     string // clipboard

	pressed view.Pointer
	pull    Handle
	corner  int // of the line being pulled; -1 none
	hover   grip
	mode    mode
	start   mimic.Point
	pivot   mimic.Point // what is rotated goes round it
	by      float64     // how far it was rotated, degrees
	band    mimic.Box
}

// mode is what a drag does.
type mode uint8

const (
	idle mode = iota
	moving
	resizing
	rotating
	bending // pulls a corner of a line
	banding // draws a box around what is to be selected
	panning
)

// grip is what is under the pointer.
type grip struct {
	handle Handle // of the selection
	corner int    // of the selected line, -1 none
	rotate bool   // the grip that rotates the selection
	item   string
}

// Sizes in pixels.
const (
	gripSize  = 7
	gripReach = 6
	armLength = 26 // from the selection to the grip that rotates it
	leastDots = 7  // the grid is not shown closer than that
)

// NewCanvas edits a document over a source of readings; opts say where
// templates and pictures are.
func NewCanvas(doc *Document, src scene.Source, style *paint.Style, opts scene.Options) *Canvas {
	// What cannot be shown is said by the linter and by check; the canvas
	// shows the rest.
	s, _ := scene.New(doc.Display(), src, style, opts)
	return &Canvas{Doc: doc, scene: s, style: style, version: doc.Version(), corner: -1}
}

// Layout: see view.View.
func (c *Canvas) Layout(size image.Point, scale float32) {
	c.size = size
	c.scene.Layout(size, scale)
	c.soiled = true
}

// Frame: see view.View.
func (c *Canvas) Frame(now time.Time) bool {
	if v := c.Doc.Version(); v != c.version {
		c.version = v
		_ = c.scene.Show(c.Doc.Display())
	}
	if c.scene.Frame(now) {
		c.soiled = true
	}
	return c.soiled
}

// Paint paints the display and what is selected over it.
func (c *Canvas) Paint(p *paint.Painter) {
	if !c.soiled {
		return
	}
	c.soiled = false
	c.scene.Repaint() // marks of the selection lie over everything
	c.scene.Paint(p)
	if c.Vision != paint.FullColour {
		c.Vision.See(p.Image())
	}
	if !c.Bare {
		c.paintGrid(p)
		c.paintSelection(p)
	}
}

// Soil has the canvas painted anew, for example after Vision was changed.
func (c *Canvas) Soil() { c.soiled = true }

// line is the one selected item that has corners, or nil.
func (c *Canvas) line() *mimic.Item {
	if sel := c.Doc.Selection(); len(sel) == 1 {
		if it := c.Doc.Display().Item(sel[0]); len(it.Points) > 0 {
			return it
		}
	}
	return nil
}

// pulls are the handles of the selection; of a line the corners are pulled.
func (c *Canvas) pulls() []Handle {
	if c.line() != nil {
		return nil
	}
	return handles[:]
}

func near(a paint.Pt, b image.Point) bool {
	dx, dy := a.X-float32(b.X), a.Y-float32(b.Y)
	return max(dx, -dx) <= gripReach && max(dy, -dy) <= gripReach
}

// under says what is at a pixel.
func (c *Canvas) under(at image.Point) grip {
	g := grip{corner: -1}
	if it := c.line(); it != nil {
		for i, q := range it.Points {
			b := c.scene.Pixels(mimic.Box{X: q.X, Y: q.Y})
			if near(paint.Pt{X: b.X, Y: b.Y}, at) {
				g.corner, g.item = i, it.ID
				return g
			}
		}
	}
	if h, ok := c.Doc.Hull(); ok {
		if near(c.armAt(h), at) {
			g.rotate = true
			return g
		}
		for _, hd := range c.pulls() {
			if near(c.handleAt(h, hd), at) {
				g.handle = hd
				return g
			}
		}
	}
	g.item = c.Doc.At(c.scene.Units(at), 4/float64(c.scene.Unit()))
	return g
}

// told passes a refusal on, and has what changed painted.
func (c *Canvas) told(err error) {
	c.soiled = true
	if err != nil && c.Told != nil {
		c.Told(err.Error())
	}
	if c.Changed != nil {
		c.Changed()
	}
}

// Press: see view.Presser.
func (c *Canvas) Press(p view.Pointer) { c.pressed = p }

// Release: see view.Presser.
func (c *Canvas) Release(view.Pointer) {}

// Tap selects; with Shift or Ctrl it adds and takes away.
func (c *Canvas) Tap(p view.Pointer) {
	id := c.Doc.At(c.scene.Units(p.At), 4/float64(c.scene.Unit()))
	switch {
	case p.Mods&(view.Shift|view.Ctrl) != 0:
		c.Doc.Toggle(id)
	case id == "":
		c.Doc.Select()
	default:
		c.Doc.Select(id)
	}
	c.told(nil)
}

// DoubleTap puts a corner into a line.
func (c *Canvas) DoubleTap(p view.Pointer) {
	it := c.line()
	if it == nil {
		return
	}
	at := c.scene.Units(p.At)
	for i := 1; i < len(it.Points); i++ {
		if nearLine(it.Points[i-1:i+1], at, 6/float64(c.scene.Unit())) {
			c.told(c.Doc.AddPoint(it.ID, i-1, at))
			return
		}
	}
}

// DragStart begins what the place and the button say.
func (c *Canvas) DragStart(p view.Pointer) {
	c.start = c.scene.Units(p.At)
	g := c.under(p.At)
	switch {
	case p.Button == view.Middle || p.Mods&view.Alt != 0:
		c.mode = panning
		c.scene.DragStart(p)
	case g.corner >= 0:
		c.mode, c.corner = bending, g.corner
		c.Doc.Begin("bend")
	case g.rotate:
		c.mode = rotating
		c.Doc.Begin("rotate")
		if h, ok := c.Doc.Hull(); ok {
			c.pivot = mimic.Point{X: h.X + h.W/2, Y: h.Y + h.H/2}
		}
	case g.handle != Handle{}:
		c.mode, c.pull = resizing, g.handle
		c.Doc.Begin("resize")
	case g.item != "" && (c.Doc.Selected(g.item) || !c.backdrop(g.item)):
		if !c.Doc.Selected(g.item) {
			c.Doc.Select(g.item)
		}
		c.mode = moving
		c.Doc.Begin("move")
	default: // nothing, or a panel behind: one wants what stands on it
		c.mode, c.band = banding, mimic.Box{X: c.start.X, Y: c.start.Y}
	}
	c.told(nil)
}

func (c *Canvas) backdrop(id string) bool {
	it := c.Doc.Display().Item(id)
	return it != nil && it.Kind == "panel"
}

// Drag goes on with it.
func (c *Canvas) Drag(p view.Pointer) {
	at := c.scene.Units(p.At)
	dx, dy := at.X-c.start.X, at.Y-c.start.Y
	switch c.mode {
	case panning:
		c.scene.Drag(p)
	case moving:
		c.Doc.restart()
		if p.Mods&view.Shift != 0 { // along one direction
			if dx*dx > dy*dy {
				dy = 0
			} else {
				dx = 0
			}
		}
		c.told(c.Doc.moveInLine(dx, dy, c.reach(p.Mods)))
	case resizing:
		c.Doc.restart()
		c.told(c.Doc.resizeInLine(c.pull, dx, dy, c.reach(p.Mods)))
	case rotating:
		c.Doc.restart()
		c.by = c.turned(at, p.Mods)
		c.told(c.Doc.Rotate(c.by))
	case bending:
		if it := c.line(); it != nil {
			c.told(c.Doc.bendInLine(it.ID, c.corner, at, c.reach(p.Mods)))
		}
	case banding:
		c.band = mimic.Hull([]mimic.Point{c.start, at})
	}
	c.soiled = true
}

// reach is how near something has to be to be drawn into line, display units;
// with Ctrl only the grid counts.
func (c *Canvas) reach(m view.Mods) float64 {
	if m&view.Ctrl != 0 {
		return -1
	}
	return guideReach / float64(c.scene.Unit())
}

// turned is how far a drag has turned the selection: in steps of 15 degrees, or
// freely with Shift.
func (c *Canvas) turned(at mimic.Point, m view.Mods) float64 {
	from, to := math.Atan2(c.start.Y-c.pivot.Y, c.start.X-c.pivot.X), math.Atan2(at.Y-c.pivot.Y, at.X-c.pivot.X)
	degrees := (to - from) * 180 / math.Pi
	if m&view.Shift == 0 {
		return math.Round(degrees/15) * 15
	}
	return math.Round(degrees)
}

// DragEnd ends it: one step that can be undone.
func (c *Canvas) DragEnd() {
	switch c.mode {
	case moving, resizing, rotating, bending:
		c.Doc.End()
	case banding:
		c.Doc.SelectIn(c.band, c.pressed.Mods&(view.Shift|view.Ctrl) != 0)
	}
	c.mode, c.corner = idle, -1
	c.told(nil)
}

// Hover follows the pointer, for the cursor.
func (c *Canvas) Hover(p view.Pointer) { c.hover = c.under(p.At) }

// Leave: see view.Hoverer.
func (c *Canvas) Leave() { c.hover = grip{corner: -1} }

// Cursor says what a drag would do.
func (c *Canvas) Cursor() view.Cursor {
	switch h := c.hover; {
	case h.corner >= 0 && h.item != "":
		return view.Cross
	case h.rotate:
		return view.Hand
	case h.handle.X != 0:
		return view.ResizeLevel
	case h.handle.Y != 0:
		return view.ResizeUpright
	case h.item != "":
		return view.Hand
	}
	return view.Arrow
}

// Wheel zooms.
func (c *Canvas) Wheel(p view.Pointer, dx, dy float32) {
	c.scene.Wheel(p, dx, dy)
	c.soiled = true
}

// DropTag puts the right symbol for a tag at a pixel. Has reports whether the
// project has a tag.
func (c *Canvas) DropTag(d *tag.Def, at image.Point, has func(tag.ID) bool) {
	p := Propose(d, has)
	_, err := c.Doc.Add(p.Kind, c.scene.Units(at), p.Props, p.Tags)
	c.told(err)
}

// Drop puts a new item of a kind at a pixel.
func (c *Canvas) Drop(kind string, at image.Point) {
	var tags map[string]string
	if k := mimic.KindOf(kind); k != nil { // what has to be bound shows that it is not
		for _, r := range k.Roles {
			if r.Needed {
				tags = map[string]string{r.Name: Placeholder}
			}
		}
	}
	_, err := c.Doc.Add(kind, c.scene.Units(at), nil, tags)
	c.told(err)
}
