package mimic

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"penstock/app/tag"
)

const small = `{
 "format": 1,
 "title": "High-lift pumps",
 "level": 2,
 "parent": "overview",
 "areas": ["HL"],
 "size": [1600, 900],
 "items": [
  {"id": "P601", "kind": "pump", "box": [400, 300, 90, 110],
   "props": {"label": "Pump 1", "facing": "left"},
   "tags": {"run": "HL.P601.RUN", "speed": "= HL.ST601 * 2"},
   "watch": ["HL.VT601"],
   "rules": [{"when": "HL.ST601 < 1", "set": {"visible": false, "tone": "dim"}}],
   "go": "pump1", "group": "g", "layer": "l"},
  {"id": "main", "kind": "pipe", "points": [[0, 10], [100.5, 10]], "props": {"width": 8}},
  {"id": "I1", "kind": "indicator", "box": [1, 2, 3, 4], "props": {"normal": [1, 2]}, "tags": {"value": "HL.ST601"}}
 ]
}
`

func TestParse(t *testing.T) {
	d, err := Parse("displays/hl.json", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "hl" || d.Title != "High-lift pumps" || d.Level != 2 || d.W != 1600 || len(d.Items) != 3 {
		t.Errorf("read %+v", d)
	}
	p := d.Item("P601")
	if p.Box != (Box{400, 300, 90, 110}) || p.Tags["speed"] != "= HL.ST601 * 2" || p.Rules[0].Set["visible"] != false || p.Line != 9 {
		t.Errorf("read %+v", p)
	}
	if m := d.Item("main"); m.Box != (Box{0, 10, 100.5, 0}) {
		t.Errorf("hull of the pipe is %v", m.Box)
	}
}

func TestTextReadsBack(t *testing.T) {
	d, err := Parse("hl.json", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("hl.json", d.Text())
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text())
	}
	unlined(d)
	unlined(again)
	if !reflect.DeepEqual(d, again) {
		t.Errorf("have %+v\nwant %+v", again, d)
	}
	if !bytes.Equal(d.Text(), again.Text()) {
		t.Error("the same display is not the same text")
	}
}

func unlined(d *Display) {
	for i := range d.Items {
		d.Items[i].Line = 0
		for j := range d.Items[i].Rules {
			d.Items[i].Rules[j].Line = 0
		}
	}
}

// Each file of testdata/bad is a display with mistakes and, beside it, what
// is to be said about them.
func TestEveryMistakeAtOnce(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.json")
	if len(files) < 5 {
		t.Fatalf("only %d files", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse(filepath.Base(file), text)
			probs, ok := err.(Problems)
			if !ok {
				d.Name = "x"
				probs = d.Check(filepath.Base(file), testPlant)
			}
			got := ""
			for _, p := range probs {
				got += p.String() + "\n"
			}
			golden := strings.TrimSuffix(file, ".json") + ".txt"
			if os.Getenv("UPDATE") != "" {
				os.WriteFile(golden, []byte(got), 0o644)
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("said\n%s\nwant\n%s%v", got, want, err)
			}
		})
	}
}

var testPlant = func() Plant {
	pump := &Display{Name: "pump", W: 100, H: 100, Params: []string{"N"}, Items: []Item{
		{ID: "body", Kind: "pump", Box: Box{0, 0, 100, 80}, Tags: map[string]string{"run": "HL.P{N}.RUN"}, Props: Props{"label": "Pump {N}"}},
		{ID: "amps", Kind: "value", Box: Box{0, 80, 100, 20}, Tags: map[string]string{"value": "HL.IT{N}"}, Props: Props{"size": 20.0}, Rules: []Rule{{When: "HL.IT{N} > 5", Set: map[string]any{"tone": "strong"}}}},
	}}
	loop := &Display{Name: "loop", W: 10, H: 10, Params: []string{"N"}, Items: []Item{{ID: "again", Kind: "template", Use: "loop", With: map[string]string{"N": "{N}"}, Box: Box{0, 0, 10, 10}}}}
	displays := map[string]*Display{"pump": pump, "loop": loop, "overview": {Name: "overview", Level: 1}, "deep": {Name: "deep", Level: 3}}
	tags := map[tag.ID]*tag.Def{}
	for _, id := range []tag.ID{"HL.P601.RUN", "HL.IT601", "HL.ST601"} {
		tags[id] = &tag.Def{ID: id, Kind: tag.KindFloat}
	}
	return Plant{
		Tag:     func(id tag.ID) (*tag.Def, bool) { d, ok := tags[id]; return d, ok },
		Display: func(name string) *Display { return displays[name] },
		Area:    func(name string) bool { return name == "HL" },
	}
}()

func TestExpandScalesAndReplaces(t *testing.T) {
	d := &Display{Name: "d", Items: []Item{{ID: "P1", Kind: "template", Use: "pump", With: map[string]string{"N": "601"}, Box: Box{200, 100, 50, 50},
		Rules: []Rule{{When: "HL.ST601 < 1", Set: map[string]any{"visible": false}}}, Group: "pumps"}}}
	items, probs := d.Expand(testPlant.Display)
	if len(probs) > 0 || len(items) != 2 {
		t.Fatal(probs, items)
	}
	a := items[1]
	if a.ID != "P1/amps" || a.Box != (Box{200, 140, 50, 10}) || a.Tags["value"] != "HL.IT601" || a.Props.Number("size", 0) != 10 || a.Group != "pumps" {
		t.Errorf("%+v", a)
	}
	if len(a.Rules) != 2 || a.Rules[0].When != "HL.IT601 > 5" || a.Rules[1].When != "HL.ST601 < 1" {
		t.Errorf("rules %+v", a.Rules)
	}
	if got := testPlant.Display("pump").Items[1].Tags["value"]; got != "HL.IT{N}" {
		t.Errorf("the template itself was changed: %q", got)
	}
}

// Whatever bytes a file holds, Parse ends with a display that is written and
// read back alike, or with problems that have a line of the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	files, _ := filepath.Glob("testdata/bad/*.json")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse("x.json", data)
		if err != nil {
			lines := 1 + bytes.Count(data, []byte("\n"))
			for _, p := range err.(Problems) {
				if p.Line < 1 || p.Line > lines || p.What == "" {
					t.Fatalf("%+v in %d lines", p, lines)
				}
			}
			return
		}
		again, err := Parse("x.json", d.Text())
		if err != nil {
			t.Fatalf("%v\n%s", err, d.Text())
		}
		unlined(d)
		unlined(again)
		if !bytes.Equal(d.Text(), again.Text()) {
			t.Fatalf("%s\n%s", d.Text(), again.Text())
		}
	})
}
