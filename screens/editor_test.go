package screens

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"penstock/app/auth"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/toolbar"
)

// An engineer opens the editor, places a tank, binds it, sees it live, takes
// it back, does it again, saves, and finds the same text when it is opened
// again.
func TestEngineerDrawsAndSaves(t *testing.T) {
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	before := string(ed.doc.Text())
	g.click(ed.symbols, g.cellOf("tank"), 0)
	if ed.drawing.put == nil {
		t.Fatal("a click in the palette takes nothing up")
	}
	g.click(ed.canvas, g.canvasAt(400, 500), 0)
	it := ed.doc.Display().Item("tank1")
	if it == nil || it.Box.X != 400 || it.Box.Y != 500 {
		t.Fatalf("placed %+v", it)
	}
	if ed.drawing.put != nil {
		t.Error("it would be placed again")
	}
	g.frames(2)
	level := g.fieldOf("drawn as contents")
	g.write(level, "HL.LT1")
	if !strings.Contains(level.note.Text, "HL.LT101") {
		t.Errorf("of a tag that is not there the sheet says %q", level.note.Text)
	}
	g.write(level, "HL.LT101")
	if !strings.HasPrefix(level.note.Text, "High lift level") {
		t.Errorf("of the tag it says %q", level.note.Text)
	}
	g.press("Return")
	if got := ed.doc.Display().Item("tank1").Tags["level"]; got != "HL.LT101" {
		t.Fatalf("bound to %q", got)
	}
	at := g.canvasAt(450, 640)
	g.plant.give(num("HL.LT101", 5.9))
	g.frames(2)
	full := g.win.Canvas().Capture().At(int(on(ed.canvas, at).X), int(on(ed.canvas, at).Y))
	g.plant.give(num("HL.LT101", 0.1))
	g.frames(2)
	if empty := g.win.Canvas().Capture().At(int(on(ed.canvas, at).X), int(on(ed.canvas, at).Y)); empty == full {
		t.Error("the tank looks the same full and empty: it is not live")
	}

	g.win.Canvas().Focus(ed.canvas)
	drawn := string(ed.doc.Text())
	for ed.doc.CanUndo() != "" {
		g.ctrl(fyne.KeyZ)
	}
	if got := string(ed.doc.Text()); got != before {
		t.Errorf("undone to\n%s", got)
	}
	for ed.doc.CanRedo() != "" {
		g.ctrl(fyne.KeyY)
	}
	if got := string(ed.doc.Text()); got != drawn {
		t.Errorf("done again to\n%s", got)
	}
	g.ctrl(fyne.KeyS)
	g.until("it is saved", func() bool { return !ed.unsaved() })
	if p.saved["highlift"] != drawn {
		t.Errorf("saved\n%s", p.saved["highlift"])
	}
	g.ctrl(fyne.KeyW)
	if g.current != overviewPage {
		t.Errorf("closed to page %d", g.current)
	}
	g.press("E")
	if got := string(ed.doc.Text()); got != drawn {
		t.Errorf("opened again as\n%s", got)
	}
}

// A tag that is dropped on the canvas becomes the right symbol; a pipe is
// drawn corner by corner.
func TestTagsAndPipesAreDrawn(t *testing.T) {
	g, _ := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	r, _ := ed.shelfBar.Rect("tags")
	g.click(ed.shelfRow, r.Min.Add(image.Pt(5, 5)), 0)
	test.Type(ed.tags.search, "hl.p2")
	g.anew()
	if ed.tags.Len() != 1 {
		t.Fatalf("%d tags match", ed.tags.Len())
	}
	k := ed.canvas.Of(ed.tags.surface, image.Point{})
	to := g.canvasAt(300, 600).Sub(k)
	g.drag(ed.tags.surface, image.Pt(30, 38), to)
	it := ed.doc.Display().Item("pump1")
	if it == nil || it.Tags["run"] != "HL.P2.RUN" || it.Box.X != 300 || it.Box.Y != 600 {
		t.Fatalf("the tag became %+v; scale %g, %q", it, ed.tags.scale, g.status.text)
	}
	if ed.drawing.put != nil {
		t.Error("the drop is not over")
	}

	ed.do("symbols")
	g.click(ed.symbols, g.cellOf("pipe"), 0)
	for _, q := range []image.Point{g.canvasAt(400, 650), g.canvasAt(600, 655), g.canvasAt(603, 800)} {
		g.click(ed.canvas, q, 0)
	}
	g.press("Return")
	pipe := ed.doc.Display().Item("pipe1")
	if pipe == nil || !slices.Equal(pipe.Points, []mimic.Point{{X: 400, Y: 650}, {X: 600, Y: 650}, {X: 600, Y: 800}}) {
		t.Fatalf("drew %+v", pipe)
	}
	if ed.doc.CanUndo() != "draw pipe" {
		t.Errorf("the last step is %q", ed.doc.CanUndo())
	}
}

// Nothing that cannot be read back or worked out reaches the project, and
// nothing that was drawn is lost over it.
func TestMistakesAreListedAndNotSaved(t *testing.T) {
	folder := t.TempDir()
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}, Folder: folder})
	ed := g.editing
	g.click(ed.symbols, g.cellOf("value"), 0)
	g.click(ed.canvas, g.canvasAt(400, 600), 0) // shows the tag "TAG"
	g.ctrl(fyne.KeyS)
	g.anew()
	if len(p.saved) > 0 || !ed.findings.shown() || !ed.unsaved() {
		t.Fatalf("saved %d with a mistake", len(p.saved))
	}
	if n, _ := ed.findings.count(); n != 1 || ed.findings.all[0].item != "value1" {
		t.Fatalf("found %+v", ed.findings.all)
	}
	ed.doc.Select()
	g.click(ed.findings.grid, image.Pt(150, 38), 0)
	if got := ed.doc.Selection(); !slices.Equal(got, []string{"value1"}) {
		i, ok := ed.findings.list.Focused()
		t.Errorf("a click on the mistake selects %v; %d %v of %d, size %v", got, i, ok, ed.findings.list.Len(), ed.findings.grid.Size())
	}
	g.plant.run(draftEvery * 2)
	g.frames(2)
	if text, err := os.ReadFile(filepath.Join(folder, "drafts", "highlift.json")); err != nil || string(text) != string(ed.doc.Text()) {
		t.Errorf("the draft is %q, %v", text, err)
	}

	// What the project refuses is listed, line by line.
	g.frames(1)
	e := g.fieldOf("the value shown")
	g.write(e, "= HL.PT103 * 2")
	g.ctrl(fyne.KeyS) // from within the field
	g.until("it is saved", func() bool { return !ed.unsaved() })
	if !strings.Contains(p.saved["highlift"], "= HL.PT103 * 2") {
		t.Error("what stood in the field was not saved")
	}
	if _, err := os.Stat(filepath.Join(folder, "drafts", "highlift.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft is still there: %v", err)
	}
	p.fail = project.Problems{{File: "displays/highlift.json", Line: 7, What: "something is amiss", Do: "mend it"}, {File: "tags.csv", Line: 3, What: "a tag is twice"}}
	ed.told(ed.doc.SetGo("P1", ""))
	ed.told(ed.doc.SetProp("label", "x"))
	g.ctrl(fyne.KeyS)
	g.until("it is refused", func() bool { return strings.HasPrefix(g.status.text, "Not saved") })
	if len(ed.findings.all) != 2 || ed.findings.all[0].item == "" || !strings.Contains(ed.findings.all[1].what, "tags.csv") {
		t.Errorf("listed %+v", ed.findings.all)
	}
}

func TestLeavingAsksAndDraftsComeBack(t *testing.T) {
	folder := t.TempDir()
	g, _ := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}, Folder: folder})
	ed := g.editing
	base := string(ed.doc.Text())
	ed.doc.Select("P1")
	g.press("Delete")
	g.plant.run(draftEvery * 2)
	g.frames(2)
	drawn := string(ed.doc.Text())
	g.press("F4") // alarms can be looked at meanwhile
	if g.current != alarmPage {
		t.Fatal("the editor keeps the person from the alarms")
	}
	g.press("F2", "E")
	if g.current != g.editor || string(ed.doc.Text()) != drawn {
		t.Fatal("the drawing is not where it was")
	}
	g.ctrl(fyne.KeyW)
	if len(g.dialogs) != 1 {
		t.Fatal("closing does not ask")
	}
	g.press("Escape")
	if len(g.dialogs) != 0 || g.current != g.editor || !ed.unsaved() {
		t.Fatal("Escape does not stay")
	}
	g.press("Escape") // selects nothing
	g.ctrl(fyne.KeyA)
	g.ctrl(fyne.KeyG)
	drawn = string(ed.doc.Text())
	g.Close() // at once
	g.work()
	// Another station finds the draft.
	p2 := newDrawnPlant(t)
	h := openRoom(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}, Folder: folder}, p2.smallPlant, p2)
	h.press("F1", "E") // it starts where the first one ended: at the mimics
	if len(h.dialogs) != 1 {
		t.Fatal("the draft is not offered")
	}
	h.dialogs[0].yes.OnTapped()
	h.frames(2)
	if got := string(h.editing.doc.Text()); got != drawn {
		t.Errorf("taken up as\n%s", got)
	}
	h.win.Canvas().Focus(h.editing.canvas)
	h.ctrl(fyne.KeyZ)
	if got := string(h.editing.doc.Text()); got != base {
		t.Errorf("undone to\n%s", got)
	}
}

func TestOnlyWhoMayConfigureEdits(t *testing.T) {
	p := newDrawnPlant(t)
	g := openRoom(t, desk, Options{Session: &person{name: "ana", no: auth.Configure}}, p.smallPlant, p)
	g.press("F2")
	m := g.pages[mimicPage].(*mimicsPage)
	i := slices.IndexFunc(m.bar.Items(), func(it toolbar.Item) bool { return it.ID == "edit" })
	if i < 0 || !m.bar.Items()[i].Off {
		t.Fatalf("the command is %+v", m.bar.Items())
	}
	r, _ := m.bar.Rect("edit")
	g.click(m.tools, r.Min.Add(image.Pt(4, 4)), 0)
	if g.current == g.editor || !strings.Contains(g.status.text, "ana does not have the right configure") {
		t.Errorf("told %q", g.status.text)
	}
	g.press("E")
	if g.current == g.editor {
		t.Error("the key opens it")
	}
}

func TestBuiltInProjectSaysSo(t *testing.T) {
	p := newDrawnPlant(t)
	p.fixed = errors.New("this is the built-in project")
	g := openRoom(t, desk, Options{Session: &person{name: "eva"}}, p.smallPlant, p)
	g.press("E")
	g.frames(2)
	if !g.editing.notice.Visible() || !strings.Contains(g.editing.notice.Text, "built-in") {
		t.Error("no note that nothing can be saved")
	}
}

// A new display is begun, drawn and saved; a template is put on it.
func TestNewDisplay(t *testing.T) {
	g, p := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}, Folder: t.TempDir()})
	ed := g.editing
	ed.askNew(nil)
	g.typed("wells")
	g.press("Return")
	g.typed("Wells")
	g.press("Return")
	g.frames(2)
	if ed.name != "wells" || !ed.unsaved() || ed.doc.Head().Parent != "highlift" {
		t.Fatalf("began %q, %+v; dialog says %v", ed.name, ed.doc.Head(), g.dialogs)
	}
	ed.putInMiddle(&placing{kind: mimic.KindOf("pump")})
	ed.close() // as when the power fails
	g.frames(2)
	ed.fresh = false
	if drafts := ed.orphans(); len(drafts) != 1 || drafts[0].Name != "wells" || drafts[0].Item("pump1") == nil {
		t.Errorf("the drafts of new displays are %+v", drafts)
	}
	ed.fresh = true
	g.write(g.fieldOf("running when"), "HL.P1.RUN")
	g.ctrl(fyne.KeyS)
	g.until("it is saved", func() bool { return !ed.unsaved() })
	if d := p.Project().Display("wells"); d == nil || d.Item("pump1").Tags["run"] != "HL.P1.RUN" {
		t.Fatalf("the project has %+v", d)
	}
}

// Each kind can be placed from the palette, and the sheet has its fields.
func TestEveryKindHasACellAndASheet(t *testing.T) {
	g, _ := openEditor(t, fyne.NewSize(1280, 800), Options{Session: &person{name: "eva"}})
	ed := g.editing
	for i := range mimic.Kinds {
		k := &mimic.Kinds[i]
		if k.Name == "template" {
			continue
		}
		ed.putInMiddle(&placing{kind: k})
		g.frames(1)
		sel := ed.doc.Selection()
		if len(sel) != 1 || ed.doc.Display().Item(sel[0]).Kind != k.Name {
			t.Fatalf("%s: placed %v; told %q", k.Name, sel, g.status.text)
		}
		if n := len(ed.sheet.fields); n < len(k.Props)+5 {
			t.Errorf("%s: the sheet has %d fields", k.Name, n)
		}
	}
	if _, err := mimic.Parse("x", ed.doc.Text()); err != nil {
		t.Error(err)
	}
}

func TestEditorIsPainted(t *testing.T) {
	if *pictures == "" {
		t.Skip("only for looking at: give -pictures a folder")
	}
	for _, size := range []fyne.Size{{Width: 1920, Height: 1080}, {Width: 1280, Height: 800}} {
		for _, dark := range []bool{false, true} {
			name := fmt.Sprintf("editor-%d-%v", int(size.Width), map[bool]string{true: "dark", false: "light"}[dark])
			g, _ := openEditor(t, size, Options{Dark: dark, Session: &person{name: "eva"}, Name: "station 1"})
			ed := g.editing
			g.keep(name + "-1-display")
			ed.doc.Select("PT103")
			ed.drawing.Soil()
			g.keep(name + "-2-item")
			ed.shelve(true)
			test.Type(ed.tags.search, "pump")
			ed.doc.Select("P1")
			ed.told(ed.sheet.addRule("P1"))
			g.keep(name + "-3-tags")
			ed.shelve(false)
			ed.putInMiddle(&placing{kind: mimic.KindOf("value")})
			ed.findings.show(true)
			ed.findings.forget()
			ed.doc.Select("P1", "LT101", "value1")
			ed.take(&placing{kind: mimic.KindOf("tank")})
			ed.drawing.hoverAt(g.canvasAt(600, 500), true)
			g.keep(name + "-4-check")
			ed.take(nil)
			ed.askTag("Tag for value", "", func(tag.ID) {})
			g.keep(name + "-5-ask")
			g.dialogs[0].close()
			ed.askNew(nil)
			g.keep(name + "-6-new")
		}
	}
}

// Where several items differ a field says so and shows none of their values;
// what is set there is set for all of them.
func TestTheSheetOfSeveral(t *testing.T) {
	g, _ := openEditor(t, fyne.NewSize(1600, 900), Options{Session: &person{name: "eva"}})
	ed := g.editing
	ed.doc.Select("P1", "LT101")
	g.frames(2)
	var label *sheetEntry
	var place *sheetChoice
	for _, f := range ed.sheet.fields {
		switch f := f.(type) {
		case *sheetEntry:
			if f.PlaceHolder == differing {
				label = f
			}
		case *sheetChoice:
			if slices.Contains(f.Options, "below") {
				place = f
			}
		}
	}
	if label == nil || label.Text != "" || place == nil || place.Selected != usual {
		t.Fatalf("of two labels the sheet shows %+v, of their place %+v", label, place)
	}
	g.write(label, "Both")
	g.press("Return")
	place.SetSelected("above")
	for _, id := range []string{"P1", "LT101"} {
		if props := ed.doc.Display().Item(id).Props; props.Text("label", "") != "Both" || props.Text("place", "") != "above" {
			t.Errorf("%s has %v", id, props)
		}
	}
	if err := ed.sheet.with([]string{"P1"}, "place", "left"); err != nil {
		t.Fatal(err)
	}
	g.frames(2)
	if place.Selected != "" || ed.doc.Display().Item("LT101").Props.Text("place", "") != "above" {
		t.Errorf("where they differ again it shows %q", place.Selected)
	}
}
