package screens

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"penstock/screens/mimic"
	"penstock/widgets/toolbar"
)

// The columns beside the canvas fold away and give it their room.
func TestColumnsFold(t *testing.T) {
	g, _ := openEditor(t, fyne.NewSize(1280, 800), Options{Session: &person{name: "eva"}})
	ed := g.editing
	g.frames(1)
	narrow := ed.canvas.Size().Width
	ed.do("shelf")
	ed.do("sheet")
	g.frames(1)
	if wide := ed.canvas.Size().Width; wide < narrow+400 {
		t.Errorf("with its columns folded the canvas is %v wide, before %v", wide, narrow)
	}
	ed.do("shelf")
	ed.do("sheet")
	g.frames(1)
	if ed.canvas.Size().Width != narrow || !ed.shelf.Visible() || !ed.sheet.root.Visible() {
		t.Errorf("unfolded, the canvas is %v wide, before %v", ed.canvas.Size().Width, narrow)
	}
}

// Where a tag is used is listed, and leads to the item.
func TestWhereUsed(t *testing.T) {
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	other, err := mimic.Parse("wells.json", []byte(`{"format": 1, "title": "Wells", "level": 2, "parent": "highlift", "size": [400, 300], "items": [
	 {"id": "sum", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "= HL.PT103 * 2"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	next := *p.project
	next.Displays = append(next.Displays, other)
	p.project = &next
	p.mu.Unlock()
	g.frames(2)
	ed.doc.Select("PT103")
	if s := ed.subject(); s != "HL.PT103" {
		t.Errorf("with the indicator selected one asks about %q", s)
	}
	ed.askWhere()
	g.frames(1)
	if len(g.dialogs) != 1 {
		t.Fatalf("%d dialogs", len(g.dialogs))
	}
	uses := ed.uses("HL.PT103")
	if len(uses) != 2 || uses[0].Item != "PT103" || uses[1].Display != "wells" || uses[1].How != "works value out from it" {
		t.Fatalf("it is used by %+v", uses)
	}
	g.press("Down")
	g.press("Return")
	g.until("the other display is open", func() bool { return ed.name == "wells" })
	if sel := ed.doc.Selection(); len(g.dialogs) != 0 || len(sel) != 1 || sel[0] != "sum" {
		t.Errorf("it leads to %v; %d dialogs", sel, len(g.dialogs))
	}
}

// A display gets another name, and what leads to it follows.
func TestRenameDisplay(t *testing.T) {
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	if err := ed.doc.SetGo("P1", "highlift"); err != nil {
		t.Fatal(err)
	}
	ed.save(nil)
	g.until("it is saved", func() bool { return !ed.unsaved() })
	ed.askRename()
	g.frames(1)
	g.win.Canvas().Focused().(*entry).SetText("bad name")
	g.press("Return")
	g.frames(1)
	if len(g.dialogs) != 1 || ed.name != "highlift" {
		t.Fatal("a name with a space in it was taken")
	}
	g.win.Canvas().Focused().(*entry).SetText("pumps")
	g.press("Return")
	g.until("it has its new name", func() bool { return ed.name == "pumps" })
	if d := p.Project().Display("pumps"); d == nil || d.Item("P1").Go != "pumps" || p.Project().Display("highlift") != nil {
		t.Errorf("the project has %+v", p.Project().Displays)
	}
	if name := ed.doc.CanUndo(); name == "" {
		t.Error("nothing can be undone after a rename")
	}
	ed.doc.Undo()
	if ed.doc.Display().Item("P1").Go != "" || !ed.unsaved() {
		t.Error("what was done before the rename cannot be undone")
	}
	ed.doc.Redo()
	if ed.unsaved() || len(g.dialogs) != 0 {
		t.Errorf("afterwards it is unsaved: %v, dialogs: %d", ed.unsaved(), len(g.dialogs))
	}
}

// A picture is taken into the project and shown by an item; one that is no
// picture is refused with its reason.
func TestTakeAPicture(t *testing.T) {
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ed.askPicture()
	g.frames(1)
	say := func(file string) {
		g.win.Canvas().Focused().(*entry).SetText(file)
		g.press("Return")
		g.frames(1)
	}
	say(write("bad.svg", `<svg viewBox="0 0 9 9"><script/></svg>`))
	if note := g.dialogs[0].note.Text; !strings.Contains(note, "runs nothing") {
		t.Errorf("of a script it says %q", note)
	}
	say(write("plan.svg", `<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>`))
	g.until("it is part of the project", func() bool { return p.Project().Pictures["plan.svg"] != nil && len(g.dialogs) == 0 })
	ed.putInMiddle(&placing{kind: mimic.KindOf("picture")})
	if err := ed.doc.SetProp("file", "plan.svg"); err != nil {
		t.Fatal(err)
	}
	g.frames(2)
	if _, wrong := ed.mistakes(); len(wrong) > 0 {
		t.Errorf("the display with the picture has the mistakes %+v", wrong)
	}
}

// Layers are hidden while one edits, and the display can be seen bare.
func TestLayersAndPreview(t *testing.T) {
	g, _ := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	ed.doc.Select("main")
	if err := ed.doc.SetLayer("pipes"); err != nil {
		t.Fatal(err)
	}
	g.frames(2)
	if l := ed.drawing.Layers(); len(l) != 1 || l[0] != "pipes" {
		t.Fatalf("the layers are %v", l)
	}
	ed.drawing.ShowLayer("pipes", false)
	if !ed.drawing.LayerHidden("pipes") {
		t.Error("the layer is not hidden")
	}
	g.win.Canvas().Focus(ed.canvas)
	g.press("P")
	if !ed.drawing.Bare {
		t.Error("P does not show the display as operators see it")
	}
	g.press("P")
	if ed.drawing.Bare {
		t.Error("P does not bring the grid back")
	}
	ed.save(nil)
	g.until("it is saved", func() bool { return !ed.unsaved() })
	p := g.pages[mimicPage].(*mimicsPage)
	p.reload()
	p.show("highlift")
	p.do(layerID + "pipes") // the operator leaves the layer out
	if p.setBar(); !p.scene.LayerHidden("pipes") || !slices.ContainsFunc(p.bar.Items(), func(it toolbar.Item) bool { return it.Text == "pipes" && !it.On }) {
		t.Errorf("the layer is still shown; the buttons are %+v", p.bar.Items())
	}
}
