package screens

import (
	"context"
	"image"
	"maps"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"penstock/app/project"
	"penstock/screens/mimic"
	"penstock/widgets"
	"penstock/widgets/picture"
	"penstock/widgets/view"
)

// drawnPlant is a small plant whose displays can be changed; it keeps them as
// files would.
type drawnPlant struct {
	*smallPlant
	saved map[string]string
	fixed error
	fail  error
}

const pumpsDisplay = `{
 "format": 1,
 "title": "High lift",
 "level": 1,
 "size": [1600, 900],
 "items": [
  {"id": "P1", "kind": "pump", "box": [200, 200, 90, 110], "props": {"label": "Pump 1"}, "tags": {"run": "HL.P1.RUN"}},
  {"id": "main", "kind": "pipe", "points": [[290, 250], [700, 250]], "props": {"arrow": "end"}},
  {"id": "PT103", "kind": "indicator", "box": [760, 160, 60, 200], "props": {"label": "Pressure"}, "tags": {"value": "HL.PT103"}},
  {"id": "LT101", "kind": "tank", "box": [1000, 160, 200, 220], "props": {"label": "Reservoir"}, "tags": {"level": "HL.LT101"}}
 ]
}
`

func newDrawnPlant(t testing.TB) *drawnPlant {
	t.Helper()
	p := &drawnPlant{smallPlant: newSmallPlant(t), saved: map[string]string{}}
	d, err := mimic.Parse("highlift.json", []byte(pumpsDisplay))
	if err != nil {
		t.Fatal(err)
	}
	d.Name = "highlift"
	p.project.Displays = []*mimic.Display{d}
	return p
}

func (p *drawnPlant) Project() *project.Project {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.project
}

func (p *drawnPlant) Fixed() error { return p.fixed }

func (p *drawnPlant) SaveDisplay(_ context.Context, s Session, name string, text []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	d, err := mimic.Parse("displays/"+name+".json", text)
	if err != nil {
		return err
	}
	d.Name = name
	next := *p.project
	next.Displays = slices.DeleteFunc(slices.Clone(next.Displays), func(o *mimic.Display) bool { return o.Name == name })
	next.Displays = append(next.Displays, d)
	p.project, p.saved[name] = &next, string(text)
	return nil
}

func (p *drawnPlant) DeleteDisplay(_ context.Context, s Session, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.project
	next.Displays = slices.DeleteFunc(slices.Clone(next.Displays), func(o *mimic.Display) bool { return o.Name == name })
	p.project = &next
	return nil
}

func (p *drawnPlant) RenameDisplay(_ context.Context, s Session, from, to string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := *p.project
	next.Displays = nil
	for _, d := range p.project.Displays {
		next.Displays = append(next.Displays, d.Renamed(from, to, p.project.Display))
	}
	p.project = &next
	return nil
}

func (p *drawnPlant) SavePicture(_ context.Context, s Session, name string, data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pic, err := picture.Parse(name, data)
	if err != nil {
		return err
	}
	next := *p.project
	next.Pictures = maps.Clone(next.Pictures)
	if next.Pictures == nil {
		next.Pictures = map[string]*picture.Picture{}
	}
	next.Pictures[name] = pic
	p.project = &next
	return nil
}

func openEditor(t testing.TB, size fyne.Size, opts Options) (*stage, *drawnPlant) {
	t.Helper()
	p := newDrawnPlant(t)
	g := openRoom(t, size, opts, p.smallPlant, p)
	g.press("E")
	if g.current != g.editor {
		t.Fatalf("E on the overview does not open the editor; told %q", g.status.text)
	}
	g.frames(2)
	return g, p
}

// on is where a surface's pixel is in the window, at scale 1.
func on(s fyne.CanvasObject, at image.Point) fyne.Position {
	return fyne.CurrentApp().Driver().AbsolutePositionForObject(s).AddXY(float32(at.X), float32(at.Y))
}

// click presses and lets go over a surface, as Fyne does.
func (g *stage) click(s *widgets.Surface, at image.Point, m fyne.KeyModifier) {
	g.t.Helper()
	pos := fyne.NewPos(float32(at.X), float32(at.Y))
	e := &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: pos, AbsolutePosition: on(s, at)}, Button: desktop.MouseButtonPrimary, Modifier: m}
	s.MouseMoved(&desktop.MouseEvent{PointEvent: e.PointEvent, Modifier: m})
	s.MouseDown(e)
	s.MouseUp(e)
	s.Tapped(&e.PointEvent)
	g.plant.run(1e9) // the next click is no double click
	g.frames(1)
}

// drag carries from one pixel of a surface to another, which may be outside.
func (g *stage) drag(s *widgets.Surface, from, to image.Point) {
	g.t.Helper()
	pos := func(p image.Point) fyne.PointEvent {
		return fyne.PointEvent{Position: fyne.NewPos(float32(p.X), float32(p.Y)), AbsolutePosition: on(s, p)}
	}
	s.MouseDown(&desktop.MouseEvent{PointEvent: pos(from), Button: desktop.MouseButtonPrimary})
	for i := 1; i <= 4; i++ {
		d := to.Sub(from)
		p := from.Add(image.Pt(d.X*i/4, d.Y*i/4))
		s.Dragged(&fyne.DragEvent{PointEvent: pos(p), Dragged: fyne.NewDelta(float32(d.X/4), float32(d.Y/4))})
		g.frames(1)
	}
	s.MouseUp(&desktop.MouseEvent{PointEvent: pos(to), Button: desktop.MouseButtonPrimary})
	s.DragEnd()
	g.frames(1)
}

func (g *stage) ctrl(key fyne.KeyName) {
	g.t.Helper()
	f, ok := g.win.Canvas().Focused().(fyne.Shortcutable)
	if !ok {
		g.t.Fatalf("nothing in focus takes Ctrl+%s", key)
	}
	f.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierControl})
	g.frames(1)
}

// cellOf is the middle of a kind's cell in the palette.
func (g *stage) cellOf(kind string) image.Point {
	g.t.Helper()
	v := g.editing.palette
	for _, c := range v.cells {
		if c.put.kind.Name == kind {
			m := c.r.Min.Add(c.r.Max).Div(2)
			v.Wheel(view.Pointer{}, 0, float32(v.scroll-m.Y+100)/48)
			g.frames(1)
			return m.Sub(image.Pt(0, v.scroll))
		}
	}
	g.t.Fatalf("no cell for %s", kind)
	return image.Point{}
}

// canvasAt is where a place of the display is on the canvas.
func (g *stage) canvasAt(x, y float64) image.Point {
	b := g.editing.drawing.Pixels(mimic.Box{X: x, Y: y})
	return image.Pt(int(b.X), int(b.Y))
}

// fieldOf finds a field of the sheet by its help.
func (g *stage) fieldOf(help string) *sheetEntry {
	g.t.Helper()
	for _, f := range g.editing.sheet.fields {
		if e, ok := f.(*sheetEntry); ok && strings.HasPrefix(e.help, help) {
			return e
		}
	}
	g.t.Fatalf("the sheet has no field %q", help)
	return nil
}

func (g *stage) write(e *sheetEntry, text string) {
	g.t.Helper()
	g.win.Canvas().Focus(e)
	e.SetText("")
	test.Type(e, text)
	g.frames(1)
}

// anew has the window painted although the same page is in it.
func (g *stage) anew() {
	g.painted[0] = -1
	g.frames(1)
}
