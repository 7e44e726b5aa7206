package edit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/mimic"
)

func demo(t testing.TB, name string) *mimic.Display {
	t.Helper()
	text, err := fs.ReadFile(assets.Demo(), "displays/"+name+".json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := mimic.Parse(name+".json", text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Whatever a person does, the file can be read back; undoing everything gives
// the file there was, doing it again the file there is. A refused edit changes
// nothing.
func TestUndoAndRedoOfAnything(t *testing.T) {
	start := demo(t, "filters")
	kinds := []string{"pump", "panel", "pipe", "text", "line", "valve", "nav", "value", "no such kind"}
	rapid.Check(t, func(t *rapid.T) {
		doc := New(start)
		texts := [][]byte{doc.Text()} // after each step that is done
		num := func(name string) float64 { return rapid.Float64Range(-400, 400).Draw(t, name) }
		pick := func() string {
			if len(doc.Display().Items) == 0 {
				return "none"
			}
			return doc.Display().Items[rapid.IntRange(0, len(doc.Display().Items)-1).Draw(t, "item")].ID
		}
		edits := []func() error{
			func() error { return doc.Move(num("dx"), num("dy")) },
			func() error { return doc.Nudge(num("dx"), num("dy")) },
			func() error { return doc.moveInLine(num("dx"), num("dy"), 20) },
			func() error {
				return doc.resizeInLine(Handle{rapid.IntRange(-1, 1).Draw(t, "hx"), rapid.IntRange(-1, 1).Draw(t, "hy")}, num("dx"), num("dy"), 20)
			},
			func() error {
				return doc.Resize(Handle{rapid.IntRange(-1, 1).Draw(t, "hx"), rapid.IntRange(-1, 1).Draw(t, "hy")}, num("dx"), num("dy"))
			},
			func() error {
				return doc.Rotate(rapid.SampledFrom([]float64{15, -90, 180, 360, 0.01, 1e9, math.NaN()}).Draw(t, "degrees"))
			},
			func() error { return doc.Align(Side(rapid.IntRange(0, 5).Draw(t, "side"))) },
			doc.DistributeAcross, doc.DistributeDown, doc.ToFront, doc.ToBack, doc.Raise, doc.Lower, doc.Group, doc.Ungroup, doc.Turn, doc.Delete, doc.Duplicate,
			func() error {
				_, err := doc.Add(rapid.SampledFrom(kinds).Draw(t, "kind"), mimic.Point{X: num("x"), Y: num("y")}, nil, nil)
				return err
			},
			func() error {
				return doc.SetProp(rapid.SampledFrom([]string{"label", "size", "facing", "normal", "lying"}).Draw(t, "prop"),
					rapid.SampledFrom([]any{nil, "x", "left", 20.0, -1e9, true, []float64{1, 2}, []float64{1}}).Draw(t, "value"))
			},
			func() error {
				return doc.SetTag(pick(), rapid.SampledFrom([]string{"value", "run", "level", "nonsense"}).Draw(t, "role"), rapid.SampledFrom([]string{"", "A.B", "= A + 1"}).Draw(t, "binding"))
			},
			func() error {
				return doc.Rename(pick(), rapid.SampledFrom([]string{"a", "b", "F510", "bad id", ""}).Draw(t, "id"))
			},
			func() error { return doc.PasteText(doc.CopyText(), num("dx"), num("dy")) },
			func() error {
				return doc.PasteText(rapid.SampledFrom([]string{"", "{}", "x"}).Draw(t, "clipboard"), 0, 0)
			},
			func() error {
				return doc.SetHead(Head{Title: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "title"), Parent: "overview", Level: rapid.IntRange(0, 5).Draw(t, "level"), W: num("w"), H: 900,
					Areas: rapid.SampledFrom([]string{"", "FI", "FI HL"}).Draw(t, "areas"), Params: rapid.SampledFrom([]string{"", "P"}).Draw(t, "params")})
			},
			func() error { return doc.SetGo(pick(), "overview") },
			func() error {
				return doc.AddLine(rapid.SampledFrom(kinds).Draw(t, "kind"), []mimic.Point{{X: num("x"), Y: num("y")}, {X: num("x"), Y: num("y")}})
			},
			func() error { return doc.AddTemplate(start, mimic.Point{X: num("x"), Y: num("y")}) },
			func() error { return doc.SetLayer(rapid.SampledFrom([]string{"", "pipes"}).Draw(t, "layer")) },
			func() error { return doc.SetWatch(pick(), []string{"A"}) },
			func() error {
				return doc.SetRules(pick(), []mimic.Rule{{When: rapid.SampledFrom([]string{"", "A > 1"}).Draw(t, "when"), Set: map[string]any{"visible": false}}})
			},
			func() error {
				return doc.AddPoint(pick(), rapid.IntRange(-1, 3).Draw(t, "corner"), mimic.Point{X: num("x"), Y: num("y")})
			},
			func() error {
				return doc.MovePoint(pick(), rapid.IntRange(-1, 3).Draw(t, "corner"), mimic.Point{X: num("x"), Y: num("y")})
			},
			func() error { // a drag: many moves, one step
				doc.Begin("drag")
				for range 3 {
					_ = doc.Nudge(num("dx"), num("dy"))
				}
				if rapid.Bool().Draw(t, "cancel") {
					doc.Cancel()
				}
				doc.End()
				return nil
			},
		}
		for range rapid.IntRange(1, 15).Draw(t, "edits") {
			switch rapid.IntRange(0, 5).Draw(t, "who") {
			case 0:
				doc.Select(pick(), pick())
			case 1:
				doc.Toggle(pick())
				doc.SelectIn(mimic.Box{X: num("x"), Y: num("y"), W: 800, H: 500}, rapid.Bool().Draw(t, "add"))
			case 2:
				if _, ok := doc.Undo(); ok {
					if !bytes.Equal(doc.Text(), texts[len(doc.done)]) {
						t.Fatalf("undo gave another file than there was")
					}
				}
			case 3:
				if _, ok := doc.Redo(); ok {
					if !bytes.Equal(doc.Text(), texts[len(doc.done)]) {
						t.Fatalf("redo gave another file than there was")
					}
				}
			default:
				before, steps := doc.Text(), len(doc.done)
				err := edits[rapid.IntRange(0, len(edits)-1).Draw(t, "edit")]()
				if err != nil && !bytes.Equal(before, doc.Text()) {
					t.Fatalf("an edit was refused (%v) and still changed the file", err)
				}
				if len(doc.done) > steps+1 {
					t.Fatalf("one edit made %d steps", len(doc.done)-steps)
				}
				if len(doc.done) == steps+1 {
					texts = append(texts[:steps+1], doc.Text())
				} else if !bytes.Equal(before, doc.Text()) {
					t.Fatalf("the file changed without a step that could be undone")
				}
				d, err := mimic.Parse("filters.json", doc.Text())
				if err != nil {
					t.Fatalf("the file cannot be read back: %v", err)
				}
				if !bytes.Equal(d.Text(), doc.Text()) {
					t.Fatalf("the file reads back to another display")
				}
			}
		}
		end, steps := doc.Text(), len(doc.done)
		for ok := true; ok; _, ok = doc.Undo() {
		}
		if !bytes.Equal(doc.Text(), start.Text()) {
			t.Fatalf("undoing everything does not give the file there was")
		}
		for len(doc.done) < steps {
			doc.Redo()
		}
		if !bytes.Equal(doc.Text(), end) {
			t.Fatalf("redoing everything does not give the file there is")
		}
	})
}

func small(t *testing.T) *Document {
	t.Helper()
	d, err := mimic.Parse("d.json", []byte(`{"format": 1, "title": "t", "level": 1, "size": [400, 300], "items": [
	 {"id": "back", "kind": "panel", "box": [0, 0, 400, 300]},
	 {"id": "a", "kind": "pump", "box": [10, 10, 20, 20]},
	 {"id": "b", "kind": "pump", "box": [50, 40, 30, 30]},
	 {"id": "c", "kind": "pump", "box": [150, 100, 40, 40]},
	 {"id": "p", "kind": "pipe", "points": [[0, 200], [100, 200]]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return New(d)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func box(doc *Document, id string) string {
	b := doc.Display().Item(id).Box
	return fmt.Sprintf("%s %g %g %g %g", id, b.X, b.Y, b.W, b.H)
}

func TestEditsPutThingsWhereTheyBelong(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(doc *Document) error
		want []string
	}{
		{"move onto the grid", func(doc *Document) error { return doc.Move(7, 3) }, []string{"a 20 10 20 20", "b 60 40 30 30"}},
		{"nudge", func(doc *Document) error { return doc.Nudge(1, -1) }, []string{"a 11 9 20 20", "b 51 39 30 30"}},
		{"resize", func(doc *Document) error { return doc.Resize(Handle{1, 1}, 70, 60) }, []string{"a 10 10 40 40", "b 90 70 60 60"}},
		{"resize from the left stops before it turns over", func(doc *Document) error { return doc.Resize(Handle{-1, 0}, 500, 0) }, []string{"a 76 10 1.143 20"}},
		{"align right", func(doc *Document) error { return doc.Align(Right) }, []string{"a 60 10 20 20", "b 50 40 30 30"}},
		{"align middle", func(doc *Document) error { return doc.Align(Middle) }, []string{"a 10 30 20 20", "b 50 25 30 30"}},
	} {
		doc := small(t)
		doc.Select("a", "b")
		must(t, c.do(doc))
		for _, want := range c.want {
			if got := box(doc, want[:1]); got != want {
				t.Errorf("%s: %s, want %s", c.name, got, want)
			}
		}
	}
	doc := small(t)
	doc.Select("a", "b", "c")
	must(t, doc.DistributeAcross())
	if got := box(doc, "b"); got != "b 75 40 30 30" { // 180 wide, 90 of it items: gaps of 45
		t.Errorf("distributed: %s", got)
	}
	doc.Select("p")
	must(t, doc.Turn())
	if got := box(doc, "p"); got != "p 50 150 0 100" {
		t.Errorf("turned: %s", got)
	}
}

// A rotation turns what can be turned and carries the rest round the middle of
// the selection; a whole turn changes nothing.
func TestRotate(t *testing.T) {
	doc := New(&mimic.Display{Name: "d", Title: "d", Level: 1, W: 400, H: 300, Items: []mimic.Item{
		{ID: "pump", Kind: "pump", Box: mimic.Box{X: 100, Y: 100, W: 40, H: 40}, Props: mimic.Props{"angle": 170.0}},
		{ID: "value", Kind: "value", Box: mimic.Box{X: 200, Y: 110, W: 40, H: 20}, Tags: map[string]string{"value": "A"}},
		{ID: "pipe", Kind: "pipe", Points: []mimic.Point{{X: 140, Y: 120}, {X: 200, Y: 120}}, Box: mimic.Box{X: 140, Y: 120, W: 60}},
	}})
	before := string(doc.Text())
	doc.SelectAll()
	must(t, doc.Rotate(90))
	it := func(id string) *mimic.Item { return doc.Display().Item(id) }
	if a := it("pump").Props.Number("angle", 0); a != -100 || box(doc, "pump") != "pump 150 50 40 40" {
		t.Errorf("the pump is at %s, turned by %v", box(doc, "pump"), a)
	}
	if box(doc, "value") != "value 150 160 40 20" || it("value").Props.Has("angle") {
		t.Errorf("the value is at %s, with %v", box(doc, "value"), it("value").Props)
	}
	if p := it("pipe").Points; p[0] != (mimic.Point{X: 170, Y: 90}) || p[1] != (mimic.Point{X: 170, Y: 150}) {
		t.Errorf("the pipe runs through %v", p)
	}
	for range 3 {
		must(t, doc.Rotate(90))
	}
	if string(doc.Text()) != before {
		t.Errorf("after a whole turn there is\n%swant\n%s", doc.Text(), before)
	}
	if err := doc.Rotate(math.Inf(1)); err == nil {
		t.Error("an angle without end was taken")
	}
	doc.Select()
	if err := doc.Rotate(90); !errors.Is(err, ErrNothing) {
		t.Errorf("of nothing: %v", err)
	}
}

func TestSelectionAndGroups(t *testing.T) {
	doc := small(t)
	if got := doc.At(mimic.Point{X: 60, Y: 50}, 2); got != "b" {
		t.Errorf("at the pump is %q", got)
	}
	if got := doc.At(mimic.Point{X: 50, Y: 203}, 2); got != "p" {
		t.Errorf("near the pipe is %q", got)
	}
	doc.Select("a", "b")
	must(t, doc.Group())
	doc.Select("a")
	if got := doc.Selection(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("one of a group selects %v", got)
	}
	must(t, doc.Duplicate())
	if got := doc.Selection(); len(got) != 2 || doc.Display().Item(got[0]).Group == doc.Display().Item("a").Group {
		t.Errorf("the copy of a group is %v, of group %q", got, doc.Display().Item(got[0]).Group)
	}
	if got := doc.CanUndo(); got != "paste" {
		t.Errorf("the last step is %q", got)
	}
	doc.SelectIn(mimic.Box{X: 0, Y: 0, W: 45, H: 45}, false)
	if got := doc.Selection(); !slices.Equal(got, []string{"a", "b"}) { // b by its group
		t.Errorf("a box selects %v", got)
	}
	doc.Undo()
	doc.Undo()
	if doc.Display().Item("a").Group != "" || len(doc.Selection()) != 2 {
		t.Errorf("undone to group %q with %v selected", doc.Display().Item("a").Group, doc.Selection())
	}
}

func TestADragIsOneStep(t *testing.T) {
	doc := small(t)
	doc.Grid = 0
	doc.Select("a")
	doc.Begin("move")
	for range 20 {
		must(t, doc.Nudge(2, 1))
	}
	doc.End()
	if got := box(doc, "a"); got != "a 50 30 20 20" {
		t.Errorf("dragged to %s", got)
	}
	if label, ok := doc.Undo(); !ok || label != "move" || box(doc, "a") != "a 10 10 20 20" {
		t.Errorf("undid %q: %s", label, box(doc, "a"))
	}
	if _, ok := doc.Undo(); ok {
		t.Error("the drag was more than one step")
	}
}

func TestChangedSinceSaved(t *testing.T) {
	doc := small(t)
	doc.Select("a")
	must(t, doc.Nudge(1, 0))
	doc.Saved()
	doc.Undo()
	if !doc.Changed() {
		t.Error("undone past the save, and not changed")
	}
	doc.Redo()
	if doc.Changed() {
		t.Error("redone to the save, and changed")
	}
	doc.Undo()
	must(t, doc.Nudge(5, 0)) // what was saved can no longer be reached
	if !doc.Changed() {
		t.Error("another change is as saved")
	}
}

func TestPropose(t *testing.T) {
	have := map[tag.ID]bool{"HL.P601.RUN": true, "HL.P601.FLT": true, "HL.P601.MODE": true, "CW.V711.POS": true, "CW.V711.ST": true, "CW.V711.CMD": true}
	two := []tag.State{{Value: 0, Text: "Stopped"}, {Value: 1, Text: "Running"}}
	for _, c := range []struct {
		def  tag.Def
		want string
	}{
		{tag.Def{ID: "HL.P601.RUN", Text: "High-lift pump 1", Kind: tag.KindBool, States: two}, "pump map[fault:HL.P601.FLT mode:HL.P601.MODE run:HL.P601.RUN]"},
		{tag.Def{ID: "FL.B506.RUN", Text: "Air scour blower", Kind: tag.KindBool, States: two}, "blower map[run:FL.B506.RUN]"},
		{tag.Def{ID: "CW.V711.POS", Text: "Outlet valve position", Kind: tag.KindFloat, Lo: 0, Hi: 100}, "valve map[command:CW.V711.CMD position:CW.V711.POS state:CW.V711.ST]"},
		{tag.Def{ID: "HL.PT601", Text: "Pressure", Kind: tag.KindFloat, Lo: 0, Hi: 10}, "indicator map[value:HL.PT601]"},
		{tag.Def{ID: "HL.PIC601.SP", Text: "Set point", Kind: tag.KindFloat, Lo: 0, Hi: 10, Writable: true}, "setpoint map[value:HL.PIC601.SP]"},
		{tag.Def{ID: "HL.RESET", Text: "Trip reset", Kind: tag.KindBool, Writable: true}, "button map[target:HL.RESET]"},
		{tag.Def{ID: "HL.FQ601", Text: "Delivered", Kind: tag.KindInt}, "value map[value:HL.FQ601]"},
		{tag.Def{ID: "SY.NOTE", Kind: tag.KindText}, "state map[value:SY.NOTE]"},
	} {
		p := Propose(&c.def, func(id tag.ID) bool { return have[id] })
		if got := fmt.Sprint(p.Kind, " ", p.Tags); got != c.want {
			t.Errorf("%s: %s, want %s", c.def.ID, got, c.want)
		}
		doc := small(t)
		if _, err := doc.Add(p.Kind, mimic.Point{X: 10, Y: 10}, p.Props, p.Tags); err != nil {
			t.Errorf("%s: %v", c.def.ID, err)
		}
	}
}
