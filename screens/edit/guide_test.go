package edit

import (
	"bytes"
	"image"
	"testing"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// What is dragged is drawn into line with what stands near, edge to edge and
// middle to middle, and onto the grid elsewhere; with Ctrl only onto the grid.
func TestDraggedIntoLine(t *testing.T) {
	d := sit(t)
	doc := d.c.Doc
	doc.Grid = 20
	put := func(kind string, b mimic.Box) string {
		id, err := doc.Add(kind, mimic.Point{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := doc.Place(b); err != nil {
			t.Fatal(err)
		}
		return id
	}
	put("tank", mimic.Box{X: 103, Y: 37, W: 50, H: 66}) // middle at 128, 70
	id := put("pump", mimic.Box{X: 240, Y: 200, W: 40, H: 40})
	at := func() mimic.Box { return doc.Display().Item(id).Box }
	// The canvas has two pixels a unit.
	drag := func(fx, fy, tx, ty float64, m view.Mods) {
		d.drag(image.Pt(int(2*fx), int(2*fy)), image.Pt(int(2*tx), int(2*ty)), m)
	}
	drag(260, 220, 125, 160, 0) // the middle comes to 125: 3 units are beyond reach, the left edge at 105 is within
	if got := at(); got.X != 103 || got.Y != 140 {
		t.Errorf("left edges: it stands at %v", got)
	}
	drag(123, 160, 129, 160, 0)
	if got := at(); got.X != 108 { // 128 - 20
		t.Errorf("middles: it stands at %v", got)
	}
	drag(128, 160, 260, 69, 0)
	if got := at(); got.X != 240 || got.Y != 50 {
		t.Errorf("middles across, the grid along: it stands at %v", got)
	}
	drag(260, 70, 129, 160, view.Ctrl)
	if got := at(); got.X != 100 || got.Y != 140 {
		t.Errorf("with Ctrl it stands at %v", got)
	}
	drag(140, 160, 152, 160, 0) // the right side is pulled
	if got := at(); got.X != 100 || got.W != 53 {
		t.Errorf("pulled to the edge of the tank it is %v", got)
	}

	// While it is dragged the guide is in sight, and gone after that.
	d.c.Press(view.Pointer{At: image.Pt(240, 320), Button: view.Primary})
	d.c.DragStart(view.Pointer{At: image.Pt(240, 320), Button: view.Primary})
	d.c.Drag(view.Pointer{At: image.Pt(246, 320), Button: view.Primary})
	d.frame()
	lit := func() (n int) {
		for y := 66; y < 350; y++ { // along the left edges, between and past the two
			if d.img.RGBAAt(206, y) == paint.Light.Focus {
				n++
			}
		}
		return n
	}
	if at().X != 103 || lit() < 20 {
		t.Errorf("at %v the guide has %d pixels", at(), lit())
	}
	d.c.DragEnd()
	doc.Select()
	d.c.Soil()
	d.frame()
	if lit() != 0 {
		t.Error("the guide stays")
	}

	// A corner of a pipe meets the middle of the tank.
	if err := doc.AddLine("pipe", []mimic.Point{{X: 300, Y: 60}, {X: 200, Y: 60}}); err != nil {
		t.Fatal(err)
	}
	d.frame()
	drag(200, 60, 152, 72, 0)
	if got := doc.Display().Item("pipe1").Points[1]; got != (mimic.Point{X: 153, Y: 70}) {
		t.Errorf("the pipe ends at %v", got)
	}
	for doc.CanUndo() != "" {
		doc.Undo()
	}
	if len(doc.Display().Items) != 0 {
		t.Error("not all of it can be undone")
	}
}

// A display that gets another name is undone back to where it began, with the
// new name in what leads to it, and forth again.
func TestUndoThroughARename(t *testing.T) {
	start := demo(t, "filters")
	start.Name = "filters"
	doc := New(start)
	id := start.Items[len(start.Items)-1].ID
	var texts [][]byte // of each state, as it is called after the rename
	renamed := func(d *mimic.Display) []byte {
		return d.Renamed("filters", "cleaning", func(string) *mimic.Display { return nil }).Text()
	}
	for _, edit := range []func() error{
		func() error { return doc.SetGo(id, "filters") },
		func() error { return doc.SetGo(id, "overview") },
		func() error { doc.Select(id); return doc.Nudge(3, 4) },
		func() error { return doc.SetGo(id, "filters") },
		doc.Duplicate, doc.Delete, doc.Duplicate,
	} {
		texts = append(texts, renamed(doc.Display()))
		if err := edit(); err != nil && err != ErrNothing {
			t.Fatal(err)
		}
	}
	texts = append(texts, renamed(doc.Display()))
	doc.Undo()
	doc.Undo() // some of it lies ahead when the name changes
	n := len(doc.done)
	doc.DisplayRenamed("filters", "cleaning", func(string) *mimic.Display { return nil })
	if doc.Display().Name != "cleaning" || len(doc.done) != n {
		t.Fatalf("it is called %s, %d steps of %d are left", doc.Display().Name, len(doc.done), n)
	}
	for ok := true; ok; _, ok = doc.Undo() {
	}
	if !bytes.Equal(doc.Text(), texts[0]) {
		t.Error("undone it is not what it was")
	}
	for ok := true; ok; _, ok = doc.Redo() {
	}
	if !bytes.Equal(doc.Text(), texts[len(texts)-1]) {
		t.Errorf("done again it is not what it is")
	}
}
