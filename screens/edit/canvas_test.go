package edit

import (
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// bench is a source of a few readings: the edge of the process here.
type bench map[tag.ID]*reading

type reading struct {
	def   tag.Def
	value tag.Value
	seq   uint64
}

func (b bench) Def(id tag.ID) (*tag.Def, bool) {
	if r := b[id]; r != nil {
		return &r.def, true
	}
	return nil, false
}
func (b bench) Reading(id tag.ID) (tag.Value, uint64) { return b[id].value, b[id].seq }
func (bench) Alarm(tag.ID) symbol.Alarm               { return symbol.Alarm{} }
func (bench) AreaAlarm(string) symbol.Alarm           { return symbol.Alarm{} }
func (bench) AlarmSeq() uint64                        { return 1 }
func (bench) Limits(tag.ID) scene.Limits              { return scene.NoLimits }

func (b bench) set(id tag.ID, v tag.Scalar) {
	r := b[id]
	r.value = tag.Value{Value: v, Quality: tag.Good}
	r.seq++
}

var now = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// desk is a person at a canvas of 800 x 600 pixels over a display of 400 x 300.
type desk struct {
	t   *testing.T
	c   *Canvas
	img *image.RGBA
	p   paint.Painter
	src bench
	say []string
}

func sit(t *testing.T) *desk {
	t.Helper()
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, src: bench{}}
	add := func(def tag.Def, v tag.Scalar) {
		d.src[def.ID] = &reading{def: def}
		d.src.set(def.ID, v)
	}
	add(tag.Def{ID: "P1.RUN", Text: "Pump 1", Kind: tag.KindBool, States: []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Running"}}}, tag.Bool(true))
	add(tag.Def{ID: "P1.FLT", Kind: tag.KindBool}, tag.Bool(false))
	doc := New(&mimic.Display{Name: "new", Title: "New", Level: 1, W: 400, H: 300})
	d.c = NewCanvas(doc, d.src, &paint.Style{Palette: &paint.Light, Faces: faces}, scene.Options{})
	d.c.Told = func(s string) { d.say = append(d.say, s) }
	d.img = view.Picture(d.c, image.Pt(800, 600), 1, now)
	return d
}

func (d *desk) frame() {
	if d.c.Frame(now) {
		d.p.Reset(d.img, d.img.Rect)
		d.c.Paint(&d.p)
	}
}

func (d *desk) drag(from, to image.Point, m view.Mods) {
	d.c.Press(view.Pointer{At: from, Button: view.Primary, Mods: m})
	d.c.DragStart(view.Pointer{At: from, Button: view.Primary, Mods: m})
	mid := from.Add(to).Div(2)
	d.c.Drag(view.Pointer{At: mid, Button: view.Primary, Mods: m})
	d.c.Drag(view.Pointer{At: to, Button: view.Primary, Mods: m})
	d.c.DragEnd()
	d.frame()
}

func (d *desk) tap(at image.Point, m view.Mods) {
	d.c.Press(view.Pointer{At: at, Button: view.Primary, Mods: m})
	d.c.Tap(view.Pointer{At: at, Button: view.Primary, Mods: m})
	d.frame()
}

func (d *desk) key(name string, m view.Mods) {
	d.t.Helper()
	if !d.c.Key(view.Key{Name: name, Mods: m}) {
		d.t.Errorf("key %s was not used", name)
	}
	d.frame()
}

// A person draws a display from nothing, binds it, sees it live, and takes
// everything back.
func TestDrawADisplayFromNothing(t *testing.T) {
	d := sit(t)
	doc := d.c.Doc
	def, _ := d.src.Def("P1.RUN")
	d.c.DropTag(def, image.Pt(200, 200), func(id tag.ID) bool { return d.src[id] != nil })
	d.frame()
	p := doc.Display().Item("pump1")
	if p == nil || p.Tags["fault"] != "P1.FLT" || p.Box.X != 100 || p.Box.Y != 100 {
		t.Fatalf("the tag became %+v", p)
	}
	// It shows the plant at once.
	running := d.img.RGBAAt(228, 245)
	d.src.set("P1.RUN", tag.Bool(false))
	d.frame()
	if stopped := d.img.RGBAAt(228, 245); stopped == running {
		t.Errorf("the pump looks the same running and stopped: %v", running)
	}

	d.drag(image.Pt(240, 240), image.Pt(340, 283), 0)
	if p = doc.Display().Item("pump1"); p.Box.X != 150 || p.Box.Y != 120 {
		t.Errorf("dragged to %+v, want 150, 120 on the grid", p.Box)
	}
	right := image.Pt(int(2*(p.Box.X+p.Box.W)), int(2*(p.Box.Y+p.Box.H/2)))
	d.c.Hover(view.Pointer{At: right})
	if d.c.Cursor() != view.ResizeLevel {
		t.Error("no cursor to resize over the handle")
	}
	d.drag(right, right.Add(image.Pt(40, 0)), 0)
	if p = doc.Display().Item("pump1"); p.Box.W != 90 {
		t.Errorf("pulled to a width of %g, want 90", p.Box.W)
	}

	d.c.Drop("pipe", image.Pt(20, 40))
	d.c.Drop("value", image.Pt(400, 40))
	if it := doc.Display().Item("value1"); it == nil || it.Tags["value"] != "TAG" {
		t.Errorf("a value without a tag is %+v", it)
	}
	d.tap(image.Pt(100, 40), 0) // the pipe
	if got := doc.Selection(); !slices.Equal(got, []string{"pipe1"}) {
		t.Fatalf("selected %v", got)
	}
	d.c.DoubleTap(view.Pointer{At: image.Pt(140, 40)})
	d.drag(image.Pt(140, 40), image.Pt(140, 160), 0)
	if pts := doc.Display().Item("pipe1").Points; len(pts) != 3 || pts[1] != (mimic.Point{X: 70, Y: 80}) {
		t.Errorf("bent to %v", pts)
	}

	d.drag(image.Pt(2, 2), image.Pt(798, 598), 0)
	if got := len(doc.Selection()); got != 3 {
		t.Errorf("a box around everything selects %d", got)
	}
	d.key("C", view.Ctrl)
	d.key("V", view.Ctrl)
	if n := len(doc.Display().Items); n != 6 {
		t.Errorf("pasted to %d items", n)
	}
	d.key(view.KeyRight, 0)
	d.key(view.KeyDelete, 0)
	if n := len(doc.Display().Items); n != 3 {
		t.Errorf("deleted to %d items", n)
	}
	if len(d.say) > 0 {
		t.Errorf("refused: %v", d.say)
	}
	for doc.CanUndo() != "" {
		d.key("Z", view.Ctrl)
	}
	if n := len(doc.Display().Items); n != 0 {
		t.Errorf("undone to %d items", n)
	}
	for doc.CanRedo() != "" {
		d.key("Y", view.Ctrl)
	}
	if n := len(doc.Display().Items); n != 3 {
		t.Errorf("redone to %d items", n)
	}
}

func TestEscapeTakesADragBack(t *testing.T) {
	d := sit(t)
	d.c.Drop("pump", image.Pt(200, 200))
	before := string(d.c.Doc.Text())
	d.c.DragStart(view.Pointer{At: image.Pt(230, 230), Button: view.Primary})
	d.c.Drag(view.Pointer{At: image.Pt(400, 400), Button: view.Primary})
	if string(d.c.Doc.Text()) == before {
		t.Fatal("the drag did nothing")
	}
	d.key(view.KeyEscape, 0)
	d.c.Drag(view.Pointer{At: image.Pt(500, 500), Button: view.Primary})
	d.c.DragEnd()
	if string(d.c.Doc.Text()) != before || d.c.Doc.CanUndo() != "add pump" {
		t.Errorf("after Escape the last step is %q", d.c.Doc.CanUndo())
	}
}

func TestRefusalsAreSaid(t *testing.T) {
	d := sit(t)
	d.c.Doc.Select()
	d.key(view.KeyDelete, 0)
	d.c.Clip = func() string { return "no display" }
	d.key("V", view.Ctrl)
	if got := strings.Join(d.say, "; "); got != "nothing is selected; the clipboard holds no items of a display" {
		t.Errorf("said %q", got)
	}
}

func TestVisionIsSeen(t *testing.T) {
	d := sit(t)
	d.c.Drop("pump", image.Pt(200, 200))
	d.frame()
	d.c.Vision = paint.Greyscale
	d.c.Soil()
	d.frame()
	c := d.img.RGBAAt(4, 4)
	if c.R != c.G || c.G != c.B {
		t.Errorf("in grey the window is %v", c)
	}
}

// The round grip above the selection rotates it, in steps of 15 degrees or
// freely with Shift; it is one step.
func TestRotatedByItsGrip(t *testing.T) {
	d := sit(t)
	id, err := d.c.Doc.Add("valve", mimic.Point{X: 180, Y: 120}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.frame()
	h, _ := d.c.Doc.Hull()
	at := d.c.armAt(h)
	mid := d.c.Pixels(mimic.Box{X: h.X + h.W/2, Y: h.Y + h.H/2})
	from := image.Pt(int(at.X), int(at.Y))
	side := image.Pt(int(mid.X)+80, int(mid.Y)+6) // a little more than a quarter
	d.drag(from, side, 0)
	if a := d.c.Doc.Display().Item(id).Props.Number("angle", 0); a != 90 {
		t.Errorf("pulled to the side it is turned by %v", a)
	}
	if label := d.c.Doc.CanUndo(); label != "rotate" {
		t.Errorf("the step is %q", label)
	}
	d.c.Doc.Undo()
	d.frame()
	d.drag(from, side, view.Shift)
	if a := d.c.Doc.Display().Item(id).Props.Number("angle", 0); a != 94 {
		t.Errorf("pulled freely it is turned by %v", a)
	}
	d.c.Doc.Undo()
	if d.c.Doc.Display().Item(id).Props.Has("angle") || !slices.Equal(d.c.Doc.Selection(), []string{id}) {
		t.Errorf("taken back it is %+v, selected %v", d.c.Doc.Display().Item(id), d.c.Doc.Selection())
	}
}
