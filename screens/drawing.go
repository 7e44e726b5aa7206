package screens

import (
	"image"
	"time"

	"penstock/app/tag"
	"penstock/screens/edit"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// placing is what the next tap on the canvas puts there: a kind of item, a
// template, or the right symbol for a tag.
type placing struct {
	kind *mimic.Kind
	use  *mimic.Display // the template; nil for none
	def  *tag.Def       // the tag; nil for none
}

// size is how large it will stand, display units.
func (p *placing) size() (w, h float64) {
	if p.use != nil {
		return p.use.W, p.use.H
	}
	return p.kind.W, p.kind.H
}

func (p *placing) String() string {
	switch {
	case p.use != nil:
		return p.use.Name
	case p.def != nil:
		return p.kind.Text + " of " + string(p.def.ID)
	}
	return p.kind.Text
}

// drawing is the editor's canvas with what is about to be placed on it: a
// ghost follows the pointer, and a line grows corner by corner.
type drawing struct {
	*edit.Canvas
	put *placing // nil: the pointer selects
	has func(tag.ID) bool
	// Placed is called when what was to be placed stands, or was given up.
	Placed func()
	// Settle is called when a button goes down: what is being typed elsewhere
	// is taken in first.
	Settle func()
	// Style is the window's.
	Style *paint.Style

	at      image.Point
	inside  bool
	corners []mimic.Point // of the line that is being drawn
	fresh   bool          // the canvas was painted anew, so the ghost has to be
	dragged bool          // the drag that runs draws a line
}

// arm makes p the next thing to be placed; nil: nothing.
func (d *drawing) arm(p *placing) {
	d.put, d.corners = p, nil
	d.Soil()
}

// Layout: see view.View.
func (d *drawing) Layout(size image.Point, scale float32) {
	d.fresh = true
	d.Canvas.Layout(size, scale)
}

// Frame: see view.View.
func (d *drawing) Frame(now time.Time) bool {
	dirty := d.Canvas.Frame(now)
	d.fresh = d.fresh || dirty
	return dirty
}

// Paint paints the canvas, and the ghost over it.
func (d *drawing) Paint(p *paint.Painter) {
	d.Canvas.Paint(p)
	if d.fresh && d.put != nil {
		d.paintGhost(p)
	}
	d.fresh = false
}

func (d *drawing) paintGhost(p *paint.Painter) {
	pal := d.Style.Palette
	if d.put.kind.Lined {
		pts := d.corners
		if d.inside {
			pts = append(pts[:len(pts):len(pts)], d.corner(d.at, 0))
		}
		var dots []paint.Pt
		for _, q := range pts {
			b := d.Pixels(mimic.Box{X: q.X, Y: q.Y})
			dots = append(dots, paint.Pt{X: b.X, Y: b.Y})
			p.FillCircle(b.X, b.Y, 3, pal.Focus)
		}
		p.Polyline(dots, 2, pal.Focus)
		return
	}
	if !d.inside {
		return
	}
	at := d.Doc.Snap(d.Units(d.at))
	w, h := d.put.size()
	b := d.Pixels(mimic.Box{X: at.X, Y: at.Y, W: w, H: h})
	p.FillRect(b.Rect(), paint.Fade(pal.Focus, 0x30))
	p.StrokeRect(b.Rect(), 2, pal.Focus)
	f := d.Style.Regular.Size(12)
	p.TextIn(f, image.Rect(int(b.X), int(b.Bottom()), int(b.X)+400, int(b.Bottom())+f.Height()+4), paint.Left, d.put.String(), pal.Text)
}

// corner is where the next corner of a line goes: straight on from the last
// one, unless Shift is held.
func (d *drawing) corner(at image.Point, m view.Mods) mimic.Point {
	q := d.Doc.Snap(d.Units(at))
	if n := len(d.corners); n > 0 && m&view.Shift == 0 {
		last := d.corners[n-1]
		if dx, dy := q.X-last.X, q.Y-last.Y; dx*dx > dy*dy {
			q.Y = last.Y
		} else {
			q.X = last.X
		}
	}
	return q
}

// drop puts what p says at a pixel.
func (d *drawing) drop(p *placing, at image.Point) {
	switch {
	case p.use != nil:
		d.tell(d.Doc.AddTemplate(p.use, d.Units(at)))
	case p.def != nil:
		d.DropTag(p.def, at, d.has)
	default:
		d.Drop(p.kind.Name, at)
	}
}

func (d *drawing) tell(err error) {
	if err != nil && d.Told != nil {
		d.Told(err.Error())
	}
	d.Soil()
	if d.Changed != nil {
		d.Changed()
	}
}

// done ends the placing, or goes on with the same thing while Shift is held.
func (d *drawing) done(m view.Mods) {
	d.corners = nil
	if m&view.Shift == 0 || d.put == nil || d.put.kind.Lined {
		d.put = nil
	}
	d.Soil()
	if d.Placed != nil {
		d.Placed()
	}
}

// endLine makes an item of the corners there are.
func (d *drawing) endLine() {
	if len(d.corners) > 1 {
		d.tell(d.Doc.AddLine(d.put.kind.Name, d.corners))
	}
	d.done(0)
}

// Press: see view.Presser.
func (d *drawing) Press(p view.Pointer) {
	if d.Settle != nil {
		d.Settle()
	}
	d.Canvas.Press(p)
}

// Tap places, or selects.
func (d *drawing) Tap(p view.Pointer) {
	switch {
	case d.put == nil:
		d.Canvas.Tap(p)
	case d.put.kind.Lined:
		q := d.corner(p.At, p.Mods)
		if n := len(d.corners); n > 0 && d.corners[n-1] == q {
			d.endLine() // the second tap at one place
			return
		}
		d.corners = append(d.corners, q)
		d.Soil()
	default:
		d.drop(d.put, p.At)
		d.done(p.Mods)
	}
}

// DoubleTap ends a line, or puts a corner into one.
func (d *drawing) DoubleTap(p view.Pointer) {
	if d.put == nil {
		d.Canvas.DoubleTap(p)
	}
}

// DragStart draws a line in one go, or begins what the canvas does.
func (d *drawing) DragStart(p view.Pointer) {
	if d.put != nil && d.put.kind.Lined && len(d.corners) == 0 && p.Button == view.Primary {
		d.dragged = true
		d.corners = append(d.corners, d.corner(p.At, p.Mods))
		return
	}
	if d.put != nil && p.Button == view.Primary {
		d.drop(d.put, p.At)
		d.done(0)
	}
	d.Canvas.DragStart(p)
}

// Drag: see view.Dragger.
func (d *drawing) Drag(p view.Pointer) {
	if d.dragged {
		d.at, d.inside = p.At, true
		d.Soil()
		return
	}
	d.Canvas.Drag(p)
}

// DragEnd: see view.Dragger.
func (d *drawing) DragEnd() {
	if d.dragged {
		d.dragged = false
		if q := d.corner(d.at, 0); q != d.corners[0] {
			d.corners = append(d.corners, q)
		}
		d.endLine()
		return
	}
	d.Canvas.DragEnd()
}

// Hover moves the ghost.
func (d *drawing) Hover(p view.Pointer) { d.hoverAt(p.At, true); d.Canvas.Hover(p) }

func (d *drawing) hoverAt(at image.Point, inside bool) {
	if d.put != nil && (d.at != at || d.inside != inside) {
		d.Soil()
	}
	d.at, d.inside = at, inside
}

// Leave takes the ghost away.
func (d *drawing) Leave() { d.hoverAt(d.at, false); d.Canvas.Leave() }

// Cursor is a cross while something is about to be placed.
func (d *drawing) Cursor() view.Cursor {
	if d.put != nil {
		return view.Cross
	}
	return d.Canvas.Cursor()
}

// Key gives up placing with Escape, and ends a line with Return.
func (d *drawing) Key(k view.Key) bool {
	if d.put != nil && k.Name == view.KeyEscape {
		d.done(0)
		return true
	}
	if d.put != nil && k.Name == view.KeyReturn {
		if d.put.kind.Lined {
			d.endLine()
		} else {
			d.drop(d.put, d.Middle())
			d.done(0)
		}
		return true
	}
	return d.Canvas.Key(k)
}

// Menu gives up placing, or is that of the selection.
func (d *drawing) Menu(p view.Pointer) []view.Choice {
	if d.put != nil {
		if len(d.corners) > 1 {
			d.endLine()
		} else {
			d.done(0)
		}
		return nil
	}
	return d.Canvas.Menu(p)
}
