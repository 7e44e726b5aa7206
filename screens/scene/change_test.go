package scene

import (
	"fmt"
	"image"
	"math"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
	"penstock/widgets/symbol"
)

const movers = `{"format": 1, "title": "t", "level": 1, "size": [400, 300], "items": [
 {"id": "needle", "kind": "line", "points": [[100, 100], [160, 100]], "tags": {"angle": "= L1 * 30"}},
 {"id": "pump", "kind": "pump", "box": [200, 20, 60, 60], "props": {"angle": 350}, "tags": {"run": "P1.RUN", "angle": "= L1 * 10"},
  "rules": [{"when": "P1.FLT", "set": {"angle": 90, "dx": 40, "dy": -5}}]},
 {"id": "note", "kind": "text", "box": [20, 200, 100, 30], "tags": {"text": "L1", "visible": "P1.RUN", "tone": "= 1"}},
 {"id": "state", "kind": "text", "box": [20, 240, 100, 30], "props": {"text": "as it is"}, "tags": {"text": "P1.MODE"}, "rules": [{"when": "P1.FLT", "set": {"text": "tripped"}}]},
 {"id": "silo", "kind": "shape", "box": [300, 20, 60, 100], "props": {"form": "hexagon", "fill": "panel", "label": "Silo"}, "tags": {"level": "L1"},
  "rules": [{"when": "P1.FLT", "set": {"fill": "dark", "tone": "strong"}}]},
 {"id": "plan", "kind": "picture", "box": [300, 150, 60, 60], "props": {"file": "plan.svg"}},
 {"id": "far", "kind": "pump", "box": [20, 20, 60, 60], "tags": {"run": "P1.RUN"}, "rules": [{"when": "P1.FLT", "set": {"tone": "dim"}}]},
 {"id": "hour", "kind": "trend", "box": [140, 150, 150, 120], "props": {"names": "Level|Twice"}, "tags": {"a": "L1", "b": "= L1 * 2"}}
]}`

// Every place and look can be bound, and changed by a rule.
func TestBindingsAndRulesMoveAndChange(t *testing.T) {
	p := pumpPlant()
	plan, err := picture.Parse("plan.svg", []byte(`<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>`))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := show(t, movers, p, Options{Picture: func(name string) *picture.Picture {
		if name != "plan.svg" {
			t.Errorf("asked for the picture %q", name)
		}
		return plan
	}})
	angle := func(id string) float32 { return s.of(id).angle }
	if a, b := angle("needle"), angle("pump"); a != 90 || b != 20 {
		t.Errorf("at 3 m the needle is at %v and the pump at %v degrees, want 90 and 350 + 30 - 360", a, b)
	}
	if r := s.of("needle").bounds; !image.Pt(100, 155).In(r) || image.Pt(20, 100).In(r) {
		t.Errorf("the needle that points down is painted in %v", r)
	}
	if n := s.of("note").sym.(symbol.Text); n.Words != "3.00 m" || n.Tone != symbol.Dim {
		t.Errorf("the bound text is %+v", n)
	}
	if n := s.of("state").sym.(symbol.Text); n.Words != "Auto" {
		t.Errorf("the text of a state is %+v", n)
	}
	if f := s.of("silo").sym.(symbol.Plain); f.Form != symbol.Hexagon || f.Level != 0.6 || !f.Filled || f.Fill != symbol.PanelTone {
		t.Errorf("the shape is %+v", f)
	}
	if f := s.of("plan").sym.(symbol.Picture); f.Picture != plan || f.Coloured {
		t.Errorf("the picture is %+v", f)
	}

	p.set("P1.FLT", tag.Bool(true), tag.Good)
	p.set("P1.RUN", tag.Bool(false), tag.Good)
	s.Frame(noon)
	if x, y := s.of("pump").box.X, s.of("pump").box.Y; angle("pump") != 80 || x != 240 || y != 15 {
		t.Errorf("by the rule the pump is at %v, %v, turned by %v; want 240, 15, 80", x, y, angle("pump"))
	}
	if s.of("note").visible {
		t.Error("what is bound to a pump that stands is still visible")
	}
	if n := s.of("state").sym.(symbol.Text); n.Words != "tripped" {
		t.Errorf("the rule did not go before the binding: %+v", n)
	}
	if f := s.of("silo").sym.(symbol.Plain); f.Fill != symbol.DarkTone || f.Outline != symbol.Strong {
		t.Errorf("by the rule the shape is %+v", f)
	}
	if f, ok := s.of("far").sym.(symbol.Styled); !ok || !f.Pale {
		t.Errorf("the pump that was to be dim is %+v", s.of("far").sym)
	}

	p.set("L1", tag.Float(5), tag.BadNoCommunication)
	p.set("P1.RUN", tag.Bool(false), tag.BadNoCommunication)
	s.Frame(noon)
	if n := s.of("note"); !n.visible || n.sym.(symbol.Text).Words != "- - -" {
		t.Errorf("a value that cannot be trusted hides the text, or is written like one: %+v", n.sym)
	}
	if l := s.of("needle").sym.(symbol.Line); l.Trust != symbol.Disconnected {
		t.Errorf("a needle that knows not where to point shows %+v", l)
	}
}

// A trend box is full from the start where there is history, on one scale with
// round numbers, and an expression is followed from now on.
func TestTrendBox(t *testing.T) {
	p := pumpPlant()
	p.past = true
	s, _ := show(t, movers, p, Options{})
	for range 5 {
		p.set("L1", tag.Float(3), tag.Good)
		s.Frame(noon.Add(2 * time.Second))
	}
	b := s.of("hour").sym.(symbol.TrendBox)
	if b.N != 2 || b.Pens[0].Name != "Level" || b.Pens[1].Name != "Twice" || b.Pens[1].Text != "6.00" {
		t.Errorf("the trend box shows %+v", b)
	}
	known := func(c *symbol.Curve) (n int) {
		for _, v := range c.High {
			if !math.IsNaN(float64(v)) {
				n++
			}
		}
		return n
	}
	if a, z := known(b.Pens[0].Past), known(b.Pens[1].Past); a != trendStretches || z < 1 || z > 2 {
		t.Errorf("%d stretches of a tag and %d of an expression are known", a, z)
	}
	var up, at []string
	for _, k := range b.Axes.Up {
		up = append(up, k.Text)
	}
	for _, k := range b.Axes.Time {
		at = append(at, k.Text)
	}
	if strings.Join(up, " ") != "3 4 5 6" || strings.Join(at, " ") != "12:00 11:45 11:30 11:15" {
		t.Errorf("the axes say %v and %v", up, at)
	}
	// What is edited goes on with what it remembers, unless it shows another tag.
	before := s.of("hour").pasts[0]
	if err := s.Show(s.Display()); err != nil {
		t.Fatal(err)
	}
	s.Frame(noon.Add(3 * time.Second))
	if s.of("hour").pasts[0] != before {
		t.Error("the line was forgotten when the display was shown again")
	}
	other := s.Display().Clone()
	other.Item("hour").Tags["a"] = "P1.AMPS"
	if err := s.Show(other); err != nil {
		t.Fatal(err)
	}
	s.Frame(noon.Add(4 * time.Second))
	if s.of("hour").pasts[0] == before {
		t.Error("another tag goes on with the line of the first")
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{{0, 10, "0 2 4 6 8 10"}, {-1, 1, "-1.0 -0.5 0.0 0.5 1.0"}, {0.0012, 0.0031, "0.0015 0.0020 0.0025 0.0030"}, {990, 1010, "990 995 1000 1005 1010"}, {5, 5, ""}} {
		var have []string
		for _, k := range valueTicks(c.lo, c.hi) {
			have = append(have, k.Text)
			if k.At < -1e-6 || k.At > 1+1e-6 {
				t.Errorf("%g to %g: %s is at %v", c.lo, c.hi, k.Text, k.At)
			}
		}
		if got := strings.Join(have, " "); got != c.want {
			t.Errorf("%g to %g: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
	zone := time.FixedZone("", 2*3600)
	for _, c := range []struct {
		span time.Duration
		want string
	}{{time.Minute, "14:07:00 14:06:30"}, {10 * time.Minute, "14:05 14:00"}, {24 * time.Hour, "12:00 06:00 00:00 18:00"}, {7 * 24 * time.Hour, "Sat 14 Thu 12 Tue 10 Sun 8"}} {
		var have []string
		for _, k := range timeTicks(time.Date(2026, 3, 14, 12, 7, 10, 0, time.UTC).In(zone), c.span) {
			have = append(have, k.Text)
		}
		if got := strings.Join(have, " "); got != c.want {
			t.Errorf("%v: %s, want %s", c.span, got, c.want)
		}
	}
}

// Templates in templates: a value given at the top reaches the innermost tag,
// and what hides the outer hides the inner.
func TestNestedTemplates(t *testing.T) {
	p := pumpPlant()
	templates := map[string]*mimic.Display{}
	for name, text := range map[string]string{
		"inner": `{"format": 1, "size": [100, 100], "params": ["T"], "items": [{"id": "v", "kind": "value", "box": [0, 0, 100, 50], "tags": {"value": "{T}1"}}]}`,
		"outer": `{"format": 1, "size": [100, 100], "params": ["X", "RULE"], "items": [{"id": "in", "kind": "template", "box": [50, 50, 50, 50], "use": "inner", "with": {"T": "{X}"}, "rules": [{"when": "{RULE}", "set": {"visible": false}}]}]}`,
	} {
		d, err := mimic.Parse(name+".json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		templates[name] = d
	}
	s, _ := show(t, `{"format": 1, "title": "t", "level": 1, "size": [400, 300], "items": [
	 {"id": "o", "kind": "template", "box": [100, 100, 200, 200], "use": "outer", "with": {"X": "L", "RULE": "P1.FLT"}}]}`, p, Options{Find: finder(templates)})
	e := s.of("o/in/v")
	if e == nil || e.sym.(symbol.Value).Reading.Text != "3.00" || e.box != (paint.Box{X: 200, Y: 200, W: 100, H: 50}) {
		t.Fatalf("the innermost item is %+v", e)
	}
	p.set("P1.FLT", tag.Bool(true), tag.Good)
	if s.Frame(noon); s.of("o/in/v").visible {
		t.Error("the rule of the outer template does not reach the inner one")
	}
}

// What turns is painted whole wherever it points, and leaves nothing behind.
func TestTurningLeavesNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("many pictures, painted by one goroutine")
	}
	p := pumpPlant()
	s, img := show(t, movers, p, Options{})
	var painter paint.Painter
	now := noon
	for i := range 60 {
		p.set("L1", tag.Float(float64(i%13)), tag.Good)
		p.set("P1.FLT", tag.Bool(i%7 == 3), tag.Good)
		now = now.Add(100 * time.Millisecond)
		s.Frame(now)
		painter.Reset(img, img.Rect)
		s.Paint(&painter)
		whole := image.NewRGBA(img.Rect)
		s.Repaint()
		painter.Reset(whole, whole.Rect)
		s.Paint(&painter)
		if at, ok := differ(img, whole, 3); ok {
			t.Fatalf("step %d: pixel %v is %v, painted whole %v", i, at, img.RGBAAt(at.X, at.Y), whole.RGBAAt(at.X, at.Y))
		}
	}
}

func TestToneByNameAndNumber(t *testing.T) {
	for _, c := range []struct {
		v    seen
		want string
	}{
		{seen{bound: true, cond: symbol.Fine, value: tag.Value{Value: tag.Int(1)}, def: &tag.Def{}}, "dim"},
		{seen{bound: true, cond: symbol.Fine, value: tag.Value{Value: tag.Int(1)}, def: &tag.Def{States: []tag.State{{Value: 1, Text: "strong"}}}}, "strong"},
		{seen{bound: true, cond: symbol.Fine, value: tag.Value{Value: tag.Int(99)}, def: &tag.Def{}}, ""},
		{seen{bound: true, cond: symbol.Condition{Trust: symbol.Bad}, value: tag.Value{Value: tag.Int(1)}, def: &tag.Def{}}, ""},
	} {
		var ch changes
		if ch.bound("tone", c.v); ch.tone != c.want {
			t.Errorf("%s gives the tone %q, want %q", fmt.Sprint(c.v.value.Value), ch.tone, c.want)
		}
	}
}
