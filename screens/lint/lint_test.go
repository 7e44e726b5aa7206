package lint

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

func parse(t *testing.T, name, items, rest string) *mimic.Display {
	t.Helper()
	d, err := mimic.Parse("displays/"+name+".json", []byte(`{"format": 1, "title": "`+name+`", `+rest+`, "size": [1600, 900],
"items": [
`+items+`
]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var defs = map[tag.ID]*tag.Def{
	"PT1":    {ID: "PT1", Kind: tag.KindFloat, Unit: "bar", Lo: 0, Hi: 10},
	"NOUNIT": {ID: "NOUNIT", Kind: tag.KindFloat, Lo: 0, Hi: 100, Decimals: 1},
	"RANGE":  {ID: "RANGE", Kind: tag.KindFloat, Unit: "m"},
	"SP":     {ID: "SP", Kind: tag.KindFloat, Unit: "m", Lo: 0, Hi: 1, Writable: true},
}

func project(ds ...*mimic.Display) Project {
	return Project{Displays: ds, Tag: func(id tag.ID) (*tag.Def, bool) { d, ok := defs[id]; return d, ok },
		Limited: func(id tag.ID) bool { return id == "PT1" }, Alarmed: []tag.ID{"PT1"}}
}

// Each rule speaks on what breaks it, at its line, and is silent on what does
// not.
func TestRules(t *testing.T) {
	for _, c := range []struct{ rule, bad, good string }{
		{"unit", `{"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "NOUNIT"}}`, `{"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}`},
		{"limits", `{"id": "a", "kind": "indicator", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}`, `{"id": "a", "kind": "indicator", "box": [0, 0, 90, 40], "props": {"normal": [0, 1]}, "tags": {"value": "SP"}}`},
		{"scale", `{"id": "a", "kind": "tank", "box": [0, 0, 90, 40], "tags": {"level": "RANGE"}}`, `{"id": "a", "kind": "tank", "box": [0, 0, 90, 40], "props": {"lo": 0, "hi": 4}, "tags": {"level": "RANGE"}}`},
		{"write", `{"id": "a", "kind": "setpoint", "box": [0, 0, 90, 40], "tags": {"value": "PT1"}}`, `{"id": "a", "kind": "setpoint", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}`},
		{"edge", `{"id": "a", "kind": "panel", "box": [1500, 0, 200, 40]}`, `{"id": "a", "kind": "panel", "box": [1400, 0, 200, 40]}`},
		{"text", `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x", "size": 8}}`, `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x", "size": 14}}`},
		{"hidden", `{"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}, {"id": "b", "kind": "panel", "box": [0, 0, 90, 40]}`,
			`{"id": "b", "kind": "panel", "box": [0, 0, 90, 40]}, {"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}`},
		{"alarm", `{"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}`, `{"id": "a", "kind": "pump", "box": [0, 0, 90, 40], "watch": ["PT1"]}`},
	} {
		for _, k := range []struct {
			items string
			want  bool
		}{{c.bad, true}, {c.good, false}} {
			var said *Advice
			for _, a := range Check(project(parse(t, "top", k.items, `"level": 1`))) {
				if a.Rule == c.rule {
					said = &a
				}
			}
			switch {
			case (said != nil) != k.want:
				t.Errorf("%s: spoke %t on %s", c.rule, said != nil, k.items)
			case said != nil && c.rule != "alarm" && (said.Line != 3 || said.Item != "a"):
				t.Errorf("%s: spoke of %+v, want item a on line 3", c.rule, *said)
			case said != nil && (said.What == "" || said.Do == ""):
				t.Errorf("%s: says %+v", c.rule, *said)
			}
		}
	}
}

func TestWays(t *testing.T) {
	link := func(to string) string {
		return `{"id": "go", "kind": "nav", "box": [0, 0, 90, 40], "props": {"text": "x"}, "go": "` + to + `"}`
	}
	ds := []*mimic.Display{
		parse(t, "top", link("a"), `"level": 1`),
		parse(t, "a", link("b"), `"level": 2, "parent": "top"`),
		parse(t, "b", link("c"), `"level": 3, "parent": "a"`),
		parse(t, "c", link("d"), `"level": 3, "parent": "b"`),
		parse(t, "d", ``, `"level": 4, "parent": "c"`),
		parse(t, "lost", ``, `"level": 2, "parent": "top"`),
	}
	var got []string
	for _, a := range Check(project(ds...)) {
		if a.Rule == "orphan" || a.Rule == "clicks" {
			got = append(got, a.Rule+" "+a.Display)
		}
	}
	// d is four clicks from the top, and nothing leads to lost.
	if s := strings.Join(got, ", "); s != "orphan lost, clicks top" {
		t.Errorf("said %q", s)
	}
}

func TestClutter(t *testing.T) {
	var items []string
	for i := range maxLiveWall + 1 {
		items = append(items, strings.ReplaceAll(`{"id": "vN", "kind": "value", "box": [N, 0, 9, 9], "tags": {"value": "SP"}}`, "N", string(rune('0'+i/10))+string(rune('0'+i%10))))
	}
	d := parse(t, "top", strings.ReplaceAll(strings.Join(items, ",\n"), "[0", "["), `"level": 1`)
	found := false
	for _, a := range Check(project(d)) {
		found = found || a.Rule == "clutter"
	}
	if !found {
		t.Errorf("%d live items on the overview are not too many", len(items))
	}
}

func TestColours(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	var p paint.Painter
	p.Reset(img, img.Rect)
	p.FillRect(img.Rect, paint.Light.Window)
	p.FillRect(image.Rect(0, 0, 50, 50), paint.Light.Level)
	p.FillRect(image.Rect(0, 50, 50, 60), paint.Light.Pipe)
	if c := Colours(img); c.Saturated != 0 || c.Hues != 0 {
		t.Errorf("a grey plant has %+v", c)
	}
	p.FillRect(image.Rect(0, 0, 10, 10), color.RGBA{0, 200, 0, 255})
	p.FillRect(image.Rect(20, 0, 30, 10), color.RGBA{255, 0, 0, 255})
	p.FillRect(image.Rect(40, 0, 50, 10), color.RGBA{0, 80, 255, 255})
	if c := Colours(img); c.Saturated < 0.029 || c.Saturated > 0.031 || c.Hues != 3 {
		t.Errorf("three colours on three hundredths have %+v", c)
	}
}

// Of two templates on each other one line says so, not one for each pair of
// what is in them.
func TestTemplatesOnEachOther(t *testing.T) {
	inner := parse(t, "unit", `{"id": "back", "kind": "panel", "box": [0, 0, 100, 100]}, {"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "SP"}}, {"id": "b", "kind": "value", "box": [0, 50, 90, 40], "tags": {"value": "SP"}}`, `"level": 1`)
	inner.Level, inner.Title, inner.Params, inner.W, inner.H = 0, "", []string{"N"}, 100, 100 // a template
	use := func(id string) string {
		return `{"id": "` + id + `", "kind": "template", "use": "unit", "with": {"N": "1"}, "box": [1550, 10, 100, 100]}`
	}
	var got []string
	for _, a := range Check(project(parse(t, "top", use("u1")+",\n"+use("u2"), `"level": 1`), inner)) {
		if a.Rule == "edge" || a.Rule == "hidden" && strings.Contains(a.What, "u2") {
			got = append(got, a.Item+": "+a.What)
		}
	}
	slices.Sort(got)
	if s := strings.Join(got, ", "); s != "u1: u1 reaches over the edge of the display, u1: u1 stands behind u2, u2: u2 reaches over the edge of the display" {
		t.Errorf("said %q", s)
	}
}
