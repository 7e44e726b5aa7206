package proof

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"testing"

	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
)

var faces = sync.OnceValue(func() paint.Faces {
	f, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		panic(err)
	}
	return f
})

var defs = map[tag.ID]*tag.Def{
	"PT1":  {ID: "PT1", Kind: tag.KindFloat, Unit: "bar", Lo: 0, Hi: 10, Decimals: 2},
	"HRS":  {ID: "HRS", Kind: tag.KindFloat, Unit: "h", Lo: 0, Hi: 100000, Decimals: 1},
	"STEP": {ID: "STEP", Kind: tag.KindInt, States: []tag.State{{Value: 0, Text: "Off"}, {Value: 1, Text: "Waiting for the air blower"}}},
	"RUN":  {ID: "RUN", Kind: tag.KindBool, States: []tag.State{{Value: 0, Text: "No"}, {Value: 1, Text: "Running at full speed"}}},
}

// garish is a picture of four colours.
func garish(t *testing.T) *picture.Picture {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := 0; i+3 < len(img.Pix); i += 4 {
		c := [...]color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 0, 255}}[i/4%40/10]
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = c.R, c.G, c.B, c.A
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := picture.Parse("garish.png", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each rule speaks on what breaks it, with the item and its line, and is silent
// on what does not.
func TestRules(t *testing.T) {
	pic := garish(t)
	for _, c := range []struct{ rule, level, bad, good string }{
		{"cut", "2", `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "far too many words for the room there is"}}`, `{"id": "a", "kind": "text", "box": [0, 0, 900, 40], "props": {"text": "far too many words for the room there is"}}`},
		{"cut", "2", `{"id": "a", "kind": "value", "box": [0, 0, 50, 30], "props": {"size": 20}, "tags": {"value": "HRS"}}`, `{"id": "a", "kind": "value", "box": [0, 0, 160, 30], "props": {"size": 20}, "tags": {"value": "HRS"}}`},
		{"cut", "2", `{"id": "a", "kind": "state", "box": [0, 0, 120, 30], "tags": {"value": "STEP"}}`, `{"id": "a", "kind": "state", "box": [0, 0, 400, 30], "tags": {"value": "STEP"}}`},
		{"cut", "2", `{"id": "a", "kind": "state", "box": [0, 0, 100, 30], "tags": {"value": "RUN"}}`, `{"id": "a", "kind": "state", "box": [0, 0, 400, 30], "tags": {"value": "RUN"}}`},
		{"cut", "2", `{"id": "a", "kind": "pump", "box": [0, 0, 40, 60], "props": {"label": "High-lift pump number one"}}`, `{"id": "a", "kind": "pump", "box": [0, 0, 40, 60], "props": {"label": "Pump 1"}}`},
		{"text", "1", `{"id": "a", "kind": "value", "box": [0, 0, 90, 10], "tags": {"value": "PT1"}}`, `{"id": "a", "kind": "value", "box": [0, 0, 90, 30], "tags": {"value": "PT1"}}`},
		{"contrast", "2", `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x", "tone": "light"}}`, `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x", "tone": "dim"}}`},
		{"contrast", "2", `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x"}, "rules": [{"when": "PT1 > 2", "set": {"tone": "line"}}]}`, `{"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "x"}, "rules": [{"when": "PT1 > 2", "set": {"tone": "strong"}}]}`},
		{"colour", "2", `{"id": "a", "kind": "picture", "box": [0, 0, 400, 400], "props": {"file": "garish.png", "colours": true}}`, `{"id": "a", "kind": "picture", "box": [0, 0, 400, 400], "props": {"file": "garish.png"}}`},
		{"hues", "2", `{"id": "a", "kind": "picture", "box": [0, 0, 400, 400], "props": {"file": "garish.png", "colours": true}}`, `{"id": "a", "kind": "picture", "box": [0, 0, 400, 400], "props": {"file": "garish.png"}}`},
	} {
		for _, k := range []struct {
			items string
			want  bool
		}{{c.bad, true}, {c.good, false}} {
			parent := ""
			if c.level != "1" {
				parent = `, "parent": "up"`
			}
			d, err := mimic.Parse("d.json", []byte(`{"format": 1, "title": "d", "level": `+c.level+parent+`, "size": [1600, 900], "items": [
`+k.items+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, a := range Check(d, Project{Tag: func(id tag.ID) (*tag.Def, bool) { d, ok := defs[id]; return d, ok }, Limits: func(tag.ID) scene.Limits { return scene.NoLimits },
				Picture: func(string) *picture.Picture { return pic }, Faces: faces()}) {
				if a.Rule != c.rule {
					continue
				}
				said = a.What
				if a.What == "" || a.Do == "" || a.Item != "" && (a.Item != "a" || a.Line != 2) {
					t.Errorf("%s: says %+v", c.rule, a)
				}
			}
			if (said != "") != k.want {
				t.Errorf("%s: said %q of %s", c.rule, said, k.items)
			}
		}
	}
}

// What a template writes is mended where it is shown, and said once.
func TestTemplatesAreMendedWhereTheyAreShown(t *testing.T) {
	tpl, err := mimic.Parse("t.json", []byte(`{"format": 1, "size": [100, 100], "params": ["N"], "items": [{"id": "v", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "{N} is far too long to be written"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := mimic.Parse("d.json", []byte(`{"format": 1, "title": "d", "level": 1, "size": [1600, 900], "items": [
 {"id": "one", "kind": "template", "box": [0, 0, 100, 100], "use": "t", "with": {"N": "1"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	all := Check(d, Project{Tag: func(tag.ID) (*tag.Def, bool) { return nil, false }, Limits: func(tag.ID) scene.Limits { return scene.NoLimits },
		Find: func(string) *mimic.Display { return tpl }, Faces: faces()})
	if len(all) != 1 || all[0].Line != 2 || !strings.HasPrefix(all[0].Item, "one/") {
		t.Errorf("said %v", all)
	}
}
