package screens

import (
	"context"
	"errors"
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
	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/rows"
)

// editedPlant is a small plant whose tags are in a file, and whose devices can
// be looked into.
type editedPlant struct {
	*smallPlant
	fixed error
	text  []byte
	nodes map[string][]drivers.Node
	wrong error
}

func (p *editedPlant) Fixed() error { return p.fixed }
func (p *editedPlant) Browse(_ context.Context, device, under string) ([]drivers.Node, error) {
	if device != "PLC1" {
		return nil, drivers.ErrNoAbility
	}
	return p.nodes[under], nil
}

func (p *editedPlant) RowOf(device string, n drivers.Node) project.TagRow {
	return project.TagRow{ID: n.Name, Cells: map[string]string{"device": device, "address": n.Address, "unit": n.Unit, "description": n.Text}}
}

func (p *editedPlant) MergeTags(_ context.Context, _ Session, rows []project.TagRow, _ string) (added, changed int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		return 0, 0, p.wrong
	}
	p.text, added, changed, err = project.MergeTags(p.text, rows)
	return added, changed, err
}

func (p *editedPlant) DropTags(_ context.Context, _ Session, ids []tag.ID, alarms bool) (dropped []string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		return nil, p.wrong
	}
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	sheet := []byte(nil)
	if alarms {
		sheet = []byte("id,tag\nHL.PT103.LL,HL.PT103\n")
	}
	text, _, dropped, err := project.DropTags(p.text, sheet, names)
	if err == nil {
		p.text = text
	}
	return dropped, err
}

func (p *editedPlant) TagCells(id tag.ID) (map[string]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return project.TagCells(p.text, string(id))
}

func (p *editedPlant) file() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.text)
}

func openEdited(t *testing.T, opts Options) (*stage, *editedPlant) {
	t.Helper()
	small := newSmallPlant(t)
	small.links = small.links[:1]
	p := &editedPlant{smallPlant: small, text: []byte("id,description,device,address,unit,access\nHL.PT103,High lift pressure,PLC1,ns=1;s=a,bar,r\n")}
	p.nodes = map[string][]drivers.Node{
		"":      {{Address: "pumps", Name: "Pumps", Parent: true}, {Address: "circle", Name: "Circle", Parent: true}},
		"pumps": {{Address: "pumps/1", Name: "P1", Parent: true}, {Address: "pumps/2", Name: "P2", Parent: true}},
		"pumps/1": {{Address: "nsu=urn:penstock:waterworks;s=HL.PT103", Name: "Pressure", Leaf: true},
			{Address: "p1.speed", Name: "Speed", Text: "speed of pump 1", Unit: "rpm", Lo: 0, Hi: 1500, Type: "Double", Leaf: true}},
		"pumps/2": {{Address: "p2.speed", Name: "Speed", Text: "speed of pump 2", Unit: "rpm", Leaf: true, Writable: true}},
		"circle":  {{Address: "circle", Name: "Circle", Parent: true}, {Address: "pumps", Name: "Pumps", Parent: true}},
	}
	return openRoom(t, fyne.NewSize(1280, 800), opts, small, p), p
}

func (g *stage) tagList() *tagsPage { return g.pages[tagPage].(*tagsPage) }

// An engineer opens folders, or reads all and searches, picks values, and gets
// tags with unit, range and description.
func TestTagsArePickedFromADevice(t *testing.T) {
	g, p := openEdited(t, operator())
	g.press("F7")
	g.tagList().do("browse")
	b := g.dialogs[0].first.(*widgets.Surface).View().(*rows.View[*branch]).Model.(*tagBrowser)
	g.until("the top is read", func() bool { return b.list.Len() == 2 })
	g.press("Home", "Right")
	g.until("a folder opens", func() bool { return b.list.Len() == 4 })
	g.press("Left")
	if b.list.Len() != 2 {
		t.Errorf("closed, it shows %d", b.list.Len())
	}
	b.readAll()
	g.until("all is read, circles and all", func() bool { return strings.Contains(b.say.Text, "nodes read") && b.unread(b.top) == nil })
	b.search.SetText("speed")
	if b.list.Len() < 2 {
		t.Fatalf("%d values match speed", b.list.Len())
	}
	g.keep("browse")
	var picked []*branch
	for _, at := range b.list.Keys() {
		if at.Leaf && !slices.ContainsFunc(picked, func(o *branch) bool { return o.Address == at.Address }) {
			picked = append(picked, at)
		}
	}
	if got := b.ids(picked, "HL."); !slices.Equal(got, []string{"HL.Pumps.P1.Speed", "HL.Pumps.P2.Speed"}) {
		t.Errorf("the ids are %v", got)
	}
	b.search.SetText("pressure")
	b.list.Choose(b.list.Keys()[0])
	if say := b.add(); !strings.Contains(say, "no tags yet") {
		t.Errorf("what is a tag already can be added: %q", say)
	}
	b.askPlace(p, picked)
	g.typed("X.")
	g.press("Return")
	g.until("they are added", func() bool { return strings.Contains(g.status.text, "2 tags added") })
	if !strings.Contains(p.file(), "X.Pumps.P1.Speed,speed of pump 1,PLC1,p1.speed,rpm") {
		t.Errorf("the file is\n%s", p.file())
	}
	if len(g.dialogs) != 0 {
		t.Errorf("%d dialogs are left open", len(g.dialogs))
	}
}

func TestTagsAreEditedAndImported(t *testing.T) {
	g, p := openEdited(t, operator())
	g.askTag("HL.PT103")
	g.typed(" at the header") // the description is first
	g.press("Return")
	g.until("it is saved", func() bool { return strings.Contains(g.status.text, "1 changed") })
	if !strings.Contains(p.file(), "HL.PT103,High lift pressure at the header,PLC1,ns=1;s=a,bar,r\n") {
		t.Errorf("the file is\n%s", p.file())
	}
	p.wrong = errors.New("tags.csv:2: one\ntags.csv:3: two")
	g.askTag("")
	g.typed("NEW.TAG")
	g.press("Return")
	g.until("the problems are told", func() bool { return strings.Contains(g.dialogs[0].note.Text, "tags.csv:3: two") })
	g.press("Escape")
	p.wrong = nil

	file := filepath.Join(t.TempDir(), "more.csv")
	if err := os.WriteFile(file, []byte("id,unit\nHL.PT103,mbar\nNEW.A,m\nNEW.B,m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.askImport()
	g.typed(file)
	g.press("Return")
	g.until("it is asked first", func() bool { return len(g.dialogs) == 1 && g.dialogs[0].yes.Text == "Import" })
	if strings.Contains(p.file(), "NEW.A") {
		t.Fatal("it was imported before it was asked")
	}
	g.press("Return")
	g.until("it is imported", func() bool { return strings.Contains(g.status.text, "2 tags added, 1 changed") })
	if _, err := readTagFile(t.TempDir()); err == nil {
		t.Error("a folder is imported")
	}
}

// A tag is deleted after a look at what uses it; its own alarms go along when
// the engineer says so.
func TestTagsAreDeleted(t *testing.T) {
	g, p := openEdited(t, operator())
	p.text = append(p.text, "X.Y,nothing uses it,PLC1,ns=1;s=y,,r\n"...)
	p.project.Tags = append(p.project.Tags, tag.Def{ID: "SUM", Expr: "HL.PT103 * 2"}, tag.Def{ID: "X.Y"})
	g.press("F7")
	list := g.tagList()
	g.frames(2)
	list.list.Choose("HL.PT103")
	list.do("drop")
	if len(g.dialogs) != 1 || !strings.Contains(g.status.text, "HL.PT103 cannot be deleted while it is used") || !strings.Contains(p.file(), "HL.PT103") {
		t.Fatalf("of a tag that another is worked out from: %q", g.status.text)
	}
	g.press("Escape")
	list.do("uses")
	if len(g.dialogs) != 1 {
		t.Fatal("it is not said where it is used")
	}
	g.press("Escape")

	p.project.Tags = p.project.Tags[:len(p.project.Tags)-2]
	list.do("drop")
	g.press("Return")
	if len(g.dialogs) != 1 || !strings.Contains(g.dialogs[0].note.Text, "An alarm is nothing without its tag") {
		t.Fatalf("its alarms would be left: %q", g.status.text)
	}
	g.keep("delete-tag")
	find[*tick](g.dialogs[0].pop.Content).SetChecked(true)
	p.wrong = errors.New("alarms.csv:2: wrong")
	g.press("Return")
	g.until("what is wrong is told", func() bool { return strings.Contains(g.dialogs[0].note.Text, "alarms.csv:2: wrong") })
	p.wrong = nil
	g.press("Return")
	g.until("it is deleted", func() bool { return strings.Contains(g.status.text, "1 tag is deleted, and 1 alarm") })
	if strings.Contains(p.file(), "HL.PT103") || len(g.dialogs) != 0 {
		t.Errorf("the file is\n%s", p.file())
	}
	g.askDrop([]tag.ID{"X.Y"})
	g.press("Return")
	g.until("it is deleted", func() bool { return strings.Contains(g.status.text, "1 tag is deleted; what is stored is kept.") })
}

// find is the first object of a type within another.
func find[T fyne.CanvasObject](in fyne.CanvasObject) (out T) {
	for _, o := range test.LaidOutObjects(in) {
		if hit, ok := o.(T); ok {
			return hit
		}
	}
	return out
}

func TestWhoMayNotChangeTagsIsTold(t *testing.T) {
	g, p := openEdited(t, Options{Session: &person{name: "eve", no: auth.Configure}})
	g.press("F7")
	g.tagList().do("new")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "eve does not have the right to change tags") {
		t.Errorf("without the right it says %q", g.status.text)
	}
	p.fixed = errors.New("this is the demo")
	g.tagList().do("import")
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "This is the demo.") {
		t.Errorf("at the demo it says %q", g.status.text)
	}
}
