package widgets

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// diary is a view that writes down what happens to it and paints one colour.
type diary struct {
	lines  []string
	size   image.Point
	colour color.RGBA
	dirty  bool
	paints int
	keys   []string // it uses
}

func (d *diary) note(format string, a ...any) { d.lines = append(d.lines, fmt.Sprintf(format, a...)) }
func (d *diary) Layout(size image.Point, scale float32) {
	d.size, d.dirty = size, true
	d.note("layout %v %g", size, scale)
}
func (d *diary) Frame(time.Time) bool { return d.dirty }
func (d *diary) Paint(p *paint.Painter) {
	d.paints++
	if d.dirty {
		p.FillRect(p.Clip(), d.colour)
	}
	d.dirty = false
}
func (d *diary) Tap(p view.Pointer)       { d.note("tap %v %d", p.At, p.Mods) }
func (d *diary) DoubleTap(p view.Pointer) { d.note("double %v", p.At) }
func (d *diary) Menu(p view.Pointer) []view.Choice {
	d.note("menu %v", p.At)
	return []view.Choice{{Text: "Trend"}, {}, {Text: "More", Sub: []view.Choice{{Text: "Copy"}}}}
}
func (d *diary) Hover(p view.Pointer)               { d.note("hover %v", p.At) }
func (d *diary) Leave()                             { d.note("leave") }
func (d *diary) DragStart(p view.Pointer)           { d.note("drag from %v", p.At) }
func (d *diary) Drag(p view.Pointer)                { d.note("drag to %v", p.At) }
func (d *diary) DragEnd()                           { d.note("drag end") }
func (d *diary) Wheel(p view.Pointer, _, y float32) { d.note("wheel %v %g", p.At, y) }
func (d *diary) Key(k view.Key) bool {
	d.note("key %s %d", k.Name, k.Mods)
	return slices.Contains(d.keys, k.Name)
}
func (d *diary) Rune(r rune)   { d.note("rune %c", r) }
func (d *diary) Focus(on bool) { d.note("focus %t", on) }

func (d *diary) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(d.lines, lines) {
		t.Errorf("have %q\nwant %q", d.lines, lines)
	}
	d.lines = nil
}

func shown(t *testing.T, d *diary) (*Surface, fyne.Window) {
	t.Helper()
	test.NewTempApp(t)
	s := NewSurface(d)
	w := test.NewTempWindow(t, s)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 100))
	w.Canvas().Capture()
	return s, w
}

func TestSurfaceLaysOutOnceAndPaintsWhatIsDirty(t *testing.T) {
	d := &diary{colour: color.RGBA{10, 20, 30, 255}}
	s, w := shown(t, d)
	if last := d.lines[len(d.lines)-1]; last != "layout (200,100) 1" {
		t.Errorf("last layout %q", last)
	}
	d.lines = nil
	now := time.Now()
	if s.Frame(now) {
		t.Error("a calm view asked to be painted")
	}
	d.dirty, d.colour = true, color.RGBA{200, 0, 0, 255}
	if !s.Frame(now) {
		t.Error("a dirty view was not painted")
	}
	if r, _, _, _ := w.Canvas().Capture().At(5, 5).RGBA(); r>>8 != 200 {
		t.Errorf("red is %d after the repaint, want 200", r>>8)
	}
	d.want(t)
	s.Hide()
	if d.dirty = true; s.Frame(now) {
		t.Error("a hidden surface was painted")
	}
}

func TestSurfaceInPixelsOfADenseScreen(t *testing.T) {
	d := &diary{}
	s, w := shown(t, d)
	w.Canvas().(test.WindowlessCanvas).SetScale(2)
	w.Canvas().Capture()
	if d.size != image.Pt(400, 200) {
		t.Errorf("laid out at %v, want 400x200 device pixels", d.size)
	}
	d.lines = nil
	s.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(30, 40)}, Scrolled: fyne.NewDelta(0, 25)})
	d.want(t, "wheel (60,80) 1")
}

func TestSurfaceHandsTheMouseOn(t *testing.T) {
	d := &diary{}
	s, w := shown(t, d)
	now := time.Unix(1000, 0)
	s.Clock = func() time.Time { return now }
	d.lines = nil
	at := func(x, y float32) fyne.Position { return fyne.NewPos(x, y) }

	test.TapCanvas(w.Canvas(), at(10, 20))
	d.want(t, "focus true", "tap (10,20) 0")
	now = now.Add(300 * time.Millisecond)
	test.TapCanvas(w.Canvas(), at(11, 20))
	d.want(t, "tap (11,20) 0", "double (11,20)")
	now = now.Add(300 * time.Millisecond)
	test.TapCanvas(w.Canvas(), at(11, 20)) // the third is a first again
	d.want(t, "tap (11,20) 0")
	now = now.Add(time.Second)
	test.TapCanvas(w.Canvas(), at(11, 20)) // too late for a double
	d.want(t, "tap (11,20) 0")

	s.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at(50, 50)}, Button: desktop.MouseButtonPrimary, Modifier: fyne.KeyModifierShift})
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(60, 55)}, Dragged: fyne.NewDelta(10, 5)})
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(70, 60)}, Dragged: fyne.NewDelta(10, 5)})
	s.MouseUp(&desktop.MouseEvent{})
	s.DragEnd()
	d.want(t, "drag from (50,50)", "drag to (60,55)", "drag to (70,60)", "drag end")

	test.MoveMouse(w.Canvas(), at(33, 44))
	d.want(t, "hover (33,44)")
	s.MouseOut()
	d.want(t, "leave")

	s.TappedSecondary(&fyne.PointEvent{Position: at(5, 6), AbsolutePosition: at(5, 6)})
	d.want(t, "menu (5,6)")
	if w.Canvas().Overlays().Top() == nil {
		t.Error("no menu on the screen")
	}
}

func TestSurfaceOffersKeysToViewThenWindow(t *testing.T) {
	d := &diary{keys: []string{"PageUp", "Z"}}
	s, w := shown(t, d)
	var forwarded, canvas []string
	s.Forward = func(k view.Key) bool { forwarded = append(forwarded, k.Name); return k.Name == "F5" }
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl}, func(sc fyne.Shortcut) { canvas = append(canvas, sc.ShortcutName()) })
	w.Canvas().Focus(s)
	d.lines = nil

	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF5})
	test.Type(s, "a")
	s.TypedShortcut(&fyne.ShortcutUndo{})
	s.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl})
	d.want(t, "key PageUp 0", "key F5 0", "focus true", "rune a", "key Z 2", "key K 2")
	if !slices.Equal(forwarded, []string{"F5", "K"}) {
		t.Errorf("forwarded %q", forwarded)
	}
	if len(canvas) != 1 {
		t.Errorf("the window's shortcut ran %d times, want once", len(canvas))
	}
}

func TestSurfaceGivesAViewUpCleanly(t *testing.T) {
	a, b := &diary{colour: color.RGBA{1, 1, 1, 255}}, &diary{colour: color.RGBA{2, 2, 2, 255}}
	s, w := shown(t, a)
	test.MoveMouse(w.Canvas(), fyne.NewPos(3, 3))
	a.lines = nil
	s.SetView(b)
	a.want(t, "leave")
	if r, _, _, _ := w.Canvas().Capture().At(9, 9).RGBA(); r>>8 != 2 {
		t.Errorf("the old view is still painted (%d)", r>>8)
	}
	b.want(t, "layout (200,100) 1")
}

// A fast mouse must not paint more often than the eye sees.
func TestInputFramesAreLimited(t *testing.T) {
	d := &diary{}
	s, w := shown(t, d)
	now := time.Unix(1000, 0)
	s.Clock = func() time.Time { return now }
	w.Canvas().Capture()
	s.Frame(now)
	frames := 0
	for range 1000 { // one second of a 1 kHz mouse
		now = now.Add(time.Millisecond)
		before := s.framed
		s.MouseMoved(&desktop.MouseEvent{})
		if s.framed != before {
			frames++
		}
	}
	if frames > 34 || frames < 30 {
		t.Errorf("%d frames in a second of mouse moves, want about 33", frames)
	}
}
