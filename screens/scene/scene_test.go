package scene

import (
	"fmt"
	"image"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

// show opens a display of its own over a plant and paints its first frame.
func show(t testing.TB, text string, p *plant, opts Options) (*Scene, *image.RGBA) {
	t.Helper()
	d, err := mimic.Parse("d.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(d, p, testStyle(t, &paint.Light), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, view.Picture(s, image.Pt(int(d.W), int(d.H)), 1, noon)
}

const pumpAndLevel = `{"format": 1, "title": "t", "level": 1, "size": [400, 300], "items": [
 {"id": "back", "kind": "panel", "box": [0, 0, 400, 300]},
 {"id": "P1", "kind": "pump", "box": [20, 20, 80, 100], "props": {"label": "Pump 1"}, "tags": {"run": "P1.RUN", "fault": "P1.FLT", "mode": "P1.MODE"}, "watch": ["P1.AMPS"]},
 {"id": "L1", "kind": "value", "box": [200, 20, 100, 50], "props": {"label": "Level"}, "tags": {"value": "L1"}},
 {"id": "sum", "kind": "value", "box": [200, 90, 100, 50], "tags": {"value": "= L1 * 2"}},
 {"id": "hint", "kind": "text", "box": [20, 200, 300, 30], "props": {"text": "all is well"}, "rules": [
   {"when": "L1 > 4", "set": {"text": "nearly full", "tone": "strong"}}, {"when": "P1.FLT", "set": {"visible": false}}]},
 {"id": "P2", "kind": "pump", "box": [20, 130, 60, 60], "tags": {"run": "P1.RUN"}, "rules": [{"when": "P1.MODE == 0", "set": {"service": false}}]},
 {"id": "float", "kind": "badge", "box": [300, 200, 20, 20], "tags": {"dy": "= L1 * 10"}},
 {"id": "go", "kind": "nav", "box": [200, 240, 150, 40], "props": {"text": "Filters", "area": "CW FL"}, "go": "filters"},
 {"id": "reset", "kind": "button", "box": [20, 250, 100, 40], "props": {"text": "Reset", "write": 1}, "tags": {"target": "P1.RESET"}}
]}`

func pumpPlant() *plant {
	p := newPlant()
	p.add(tag.Def{ID: "P1.RUN", Kind: tag.KindBool})
	p.add(tag.Def{ID: "P1.FLT", Kind: tag.KindBool})
	p.add(tag.Def{ID: "P1.RESET", Kind: tag.KindBool})
	p.add(tag.Def{ID: "P1.AMPS", Kind: tag.KindFloat, Unit: "A"})
	p.add(tag.Def{ID: "P1.MODE", Kind: tag.KindInt, States: []tag.State{{Value: 0, Text: "Off"}, {Value: 2, Text: "Auto"}}})
	p.add(tag.Def{ID: "L1", Text: "Level", Kind: tag.KindFloat, Unit: "m", Lo: 0, Hi: 5, Decimals: 2})
	p.set("P1.RUN", tag.Bool(true), tag.Good)
	p.set("P1.FLT", tag.Bool(false), tag.Good)
	p.set("P1.MODE", tag.Int(2), tag.Good)
	p.set("P1.AMPS", tag.Float(12), tag.Good)
	p.set("P1.RESET", tag.Bool(false), tag.Good)
	p.set("L1", tag.Float(3), tag.Good)
	return p
}

func (s *Scene) of(id string) *element {
	for i := range s.elements {
		if s.elements[i].item.ID == id {
			return &s.elements[i]
		}
	}
	return nil
}

func TestElementsShowWhatIsMeasured(t *testing.T) {
	p := pumpPlant()
	s, _ := show(t, pumpAndLevel, p, Options{})
	frame := func() { s.Frame(noon) }

	if m := s.of("P1").sym.(symbol.Machine); m.Run != symbol.Running || m.Trust != symbol.Sound || m.Mode != "Auto" {
		t.Errorf("running pump shows %+v", m)
	}
	p.set("P1.RUN", tag.Bool(false), tag.Good)
	frame()
	if m := s.of("P1").sym.(symbol.Machine); m.Run != symbol.Stopped {
		t.Errorf("stopped pump shows %+v", m)
	}
	p.set("P1.FLT", tag.Bool(true), tag.Good)
	frame()
	if m := s.of("P1").sym.(symbol.Machine); m.Run != symbol.Tripped {
		t.Errorf("tripped pump shows %+v", m)
	}
	if s.of("hint").visible {
		t.Error("the rule did not hide the text")
	}
	p.set("P1.FLT", tag.Bool(false), tag.BadNoCommunication)
	frame()
	if m := s.of("P1").sym.(symbol.Machine); m.Trust != symbol.Disconnected || m.Run == symbol.Tripped {
		t.Errorf("pump without its fault signal shows %+v", m)
	}
	if !s.of("hint").visible {
		t.Error("a condition that is not known hid the text")
	}
	p.set("L1", tag.Float(4.5), tag.Good)
	frame()
	if got := s.of("hint").sym.(symbol.Text); got.Words != "nearly full" || got.Tone != symbol.Strong {
		t.Errorf("text by rule is %+v", got)
	}
	if r := s.of("sum").sym.(symbol.Value).Reading; r.Text != "9.00" || r.Trust != symbol.Sound {
		t.Errorf("expression shows %+v", r)
	}
	if y := s.of("float").box.Y; y != 245 {
		t.Errorf("item bound to dy stands at %v, want 245", y)
	}
	p.set("L1", tag.Float(4.5), tag.BadSensorFailure)
	frame()
	if r := s.of("sum").sym.(symbol.Value).Reading; r.Trust != symbol.Bad {
		t.Errorf("expression of a bad value shows %+v", r)
	}
	p.set("P1.MODE", tag.Int(0), tag.Good)
	frame()
	if m := s.of("P2").sym.(symbol.Machine); !m.OutOfService {
		t.Errorf("pump out of service by rule shows %+v", m)
	}
	p.alarm("P1.AMPS", symbol.Alarm{Priority: 2, Phase: symbol.Unacked})
	p.areas["FL"] = symbol.Alarm{Priority: 1, Phase: symbol.Acked}
	frame()
	if m := s.of("P1").sym.(symbol.Machine); m.Alarm.Priority != 2 {
		t.Errorf("alarm of a watched tag does not show: %+v", m)
	}
	if n := s.of("go").sym.(symbol.Nav); n.Alarm.Priority != 1 {
		t.Errorf("alarm of the area does not show: %+v", n)
	}
}

// Only what differs is painted, and only where it stands.
func TestFramePaintsWhatChanged(t *testing.T) {
	p := pumpPlant()
	s, _ := show(t, strings.Replace(pumpAndLevel, `"dy": "= L1 * 10"`, `"dy": "P1.AMPS"`, 1), p, Options{})
	now := noon
	if s.Frame(now) {
		t.Error("nothing changed and a frame is wanted")
	}
	p.set("L1", tag.Float(3.001), tag.Good) // not visible with two decimals, nor in pixels
	if s.Frame(now) {
		t.Errorf("painted %v for a change nobody can see", s.dirty)
	}
	p.set("L1", tag.Float(3.5), tag.Good)
	if !s.Frame(now) {
		t.Error("a changed value wants no frame")
	}
	for _, r := range s.dirty {
		if r.Overlaps(s.of("P1").box.Outer()) {
			t.Errorf("a changed level repaints the pump: %v", r)
		}
	}
	s.dirty = s.dirty[:0]
	// An alarm flashes at its own pace and nothing else moves.
	p.alarm("L1", symbol.Alarm{Priority: 1, Phase: symbol.Unacked})
	s.Frame(now)
	s.dirty = s.dirty[:0]
	turns := 0
	for range 100 {
		now = now.Add(100 * time.Millisecond)
		if s.Frame(now) {
			turns++
			s.dirty = s.dirty[:0]
		}
	}
	if want := int(10 * time.Second / fastFlash); turns != want {
		t.Errorf("flashed %d times in ten seconds, want %d", turns, want)
	}
}

func TestHitsAndKeys(t *testing.T) {
	p := pumpPlant()
	var taps []Hit
	s, _ := show(t, pumpAndLevel, p, Options{OnTap: func(h Hit) { taps = append(taps, h) }})
	s.Tap(view.Pointer{At: image.Pt(60, 60)})
	s.Tap(view.Pointer{At: image.Pt(250, 260)})
	s.Tap(view.Pointer{At: image.Pt(60, 270)})
	s.Tap(view.Pointer{At: image.Pt(399, 150)}) // the panel behind
	if len(taps) != 3 {
		t.Fatalf("%d taps were told, want 3", len(taps))
	}
	if h := taps[0]; h.Tag != "P1.RUN" || !slices.Equal(h.Tags, []tag.ID{"P1.RUN", "P1.FLT", "P1.MODE", "P1.AMPS"}) || h.Item.ID != "P1" {
		t.Errorf("the pump is %+v", h)
	}
	if h := taps[1]; h.Go != "filters" || h.Tag != "" {
		t.Errorf("the button to a display is %+v", h)
	}
	if h := taps[2]; h.Write == nil || *h.Write != 1 || h.Tag != "P1.RESET" {
		t.Errorf("the button is %+v", h)
	}
	taps = nil
	s.Tap(view.Pointer{At: image.Pt(60, 60)}) // the keyboard starts at the pump
	for _, k := range []string{view.KeyRight, view.KeyReturn, view.KeyDown, view.KeyReturn} {
		if !s.Key(view.Key{Name: k}) {
			t.Errorf("key %s was not used", k)
		}
	}
	if s.Key(view.Key{Name: "F5"}) || s.Key(view.Key{Name: view.KeyHome, Mods: view.Ctrl}) {
		t.Error("keys of the window were swallowed")
	}
	var ids []string
	for _, h := range taps {
		ids = append(ids, h.Item.ID)
	}
	if !slices.Equal(ids, []string{"P1", "L1", "sum"}) {
		t.Errorf("by keyboard: %v", ids)
	}
	if n := s.Mark("L1"); n != 4 { // value, expression, text with a rule, badge that moves
		t.Errorf("%d items show L1", n)
	}
}

func TestTipSaysQualityAndAge(t *testing.T) {
	p := pumpPlant()
	s, _ := show(t, pumpAndLevel, p, Options{})
	p.set("L1", tag.Float(3), tag.LastUsable)
	s.Frame(noon)
	s.Hover(view.Pointer{At: image.Pt(250, 50)})
	if s.Frame(noon.Add(100 * time.Millisecond)); !s.pointer.tip.Empty() {
		t.Error("the tip came at once")
	}
	s.Frame(noon.Add(90 * time.Second))
	if want := []string{"L1  Level: 3.00 m  (stale, 1 min old)"}; !slices.Equal(s.pointer.lines, want) {
		t.Errorf("the tip says %q, want %q", s.pointer.lines, want)
	}
	s.Leave()
	if s.Frame(noon.Add(91 * time.Second)); !s.pointer.tip.Empty() {
		t.Error("the tip stays")
	}
}

// The same display shows another moment when its source is another.
func TestSetSource(t *testing.T) {
	live, then := pumpPlant(), pumpPlant()
	then.set("L1", tag.Float(1.25), tag.Good)
	then.set("P1.RUN", tag.Bool(false), tag.Good)
	s, img := show(t, pumpAndLevel, live, Options{})
	s.SetSource(then)
	s.Frame(noon)
	if r := s.of("L1").sym.(symbol.Value).Reading; r.Text != "1.25" {
		t.Errorf("then the level was %+v", r)
	}
	if m := s.of("P1").sym.(symbol.Machine); m.Run != symbol.Stopped {
		t.Errorf("then the pump was %+v", m)
	}
	s.SetSource(live)
	var p paint.Painter
	again := image.NewRGBA(img.Rect)
	p.Reset(again, again.Rect)
	s.Frame(noon)
	s.Paint(&p)
	if at, ok := differ(img, again, 0); ok {
		t.Errorf("back in the present pixel %v differs", at)
	}
}

// A day of frames takes no more memory than the first minute. PENSTOCK_SOAK
// makes it run for so long in earnest, such as 30m; else it is a thousand
// frames as fast as they go.
func TestMemoryStaysFlat(t *testing.T) {
	for _, name := range []string{"overview", "pumps"} {
		t.Run(name, func(t *testing.T) { staysFlat(t, name) })
	}
}

func staysFlat(t *testing.T, display string) {
	if testing.Short() {
		t.Skip("a thousand frames, painted by one goroutine")
	}
	p, displays := demoPlant(t)
	s, err := New(displays[display], p, testStyle(t, &paint.Light), demoOptions(t, displays))
	if err != nil {
		t.Fatal(err)
	}
	img := view.Picture(s, image.Pt(400, 215), 1, noon)
	var painter paint.Painter
	now := noon
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	ids := slices.Collect(maps.Keys(p.defs))
	frame := func(i int) {
		now = now.Add(100 * time.Millisecond)
		for k := range 20 {
			id := ids[(i*7+k)%len(ids)]
			if d := p.defs[id]; d.Kind == tag.KindFloat {
				p.set(id, tag.Float(d.Lo+(d.Hi-d.Lo)*float64(i%97)/97), tag.Good)
			}
		}
		if s.Frame(now) {
			painter.Reset(img, img.Rect)
			s.Paint(&painter)
		}
	}
	for i := range 400 {
		frame(i)
	}
	before := heap()
	if length, err := time.ParseDuration(os.Getenv("PENSTOCK_SOAK")); err == nil {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		end := time.Now().Add(length)
		for i := 400; time.Now().Before(end); i++ {
			<-tick.C
			frame(i)
		}
	} else {
		for i := range 1000 {
			frame(400 + i)
		}
	}
	if after := heap(); after > before+(1<<20) {
		t.Errorf("the heap grew from %d to %d KB", before>>10, after>>10)
	}
}

func TestZoomKeepsWhatIsUnderThePointer(t *testing.T) {
	s, _ := show(t, pumpAndLevel, pumpPlant(), Options{})
	at := image.Pt(300, 200)
	before := s.at.units(at)
	s.Wheel(view.Pointer{At: at}, 0, 3)
	after := s.at.units(at)
	if d := max(after.X-before.X, before.X-after.X, after.Y-before.Y, before.Y-after.Y); d > 1 {
		t.Errorf("zooming moved the display by %v units under the pointer", d)
	}
	if z := s.Zoom(); z < 1.7 || z > 1.75 {
		t.Errorf("three notches zoom to %v, want 1.728", z)
	}
	s.DragStart(view.Pointer{At: image.Pt(200, 150)})
	s.Drag(view.Pointer{At: image.Pt(4000, 4000)})
	if s.at.dx > 0 || s.at.dy > 0 {
		t.Error("panned beyond the edge")
	}
	s.Wheel(view.Pointer{At: at}, 0, -50)
	if s.Zoom() != 1 || s.at.dx != 0 {
		t.Errorf("zoomed out to %v at %v", s.Zoom(), s.at.dx)
	}
}

// A display with mistakes shows all that is right, and says what is not.
func TestMistakesDoNotBlankTheScreen(t *testing.T) {
	d, err := mimic.Parse("d.json", []byte(`{"format": 1, "title": "t", "level": 1, "size": [400, 300], "items": [
	 {"id": "a", "kind": "value", "box": [0, 0, 90, 40], "tags": {"value": "L1"}},
	 {"id": "b", "kind": "value", "box": [0, 50, 90, 40], "tags": {"value": "= L1 +"}},
	 {"id": "c", "kind": "value", "box": [0, 100, 90, 40], "tags": {"value": "NOBODY"}},
	 {"id": "d", "kind": "template", "box": [0, 150, 90, 40], "use": "none"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(d, pumpPlant(), testStyle(t, &paint.Light), Options{})
	if probs, _ := err.(mimic.Problems); len(probs) != 2 {
		t.Errorf("said %v, want the expression and the template", err)
	}
	view.Picture(s, image.Pt(400, 300), 1, noon)
	if r := s.of("a").sym.(symbol.Value).Reading; r.Text != "3.00" {
		t.Errorf("the value that is right shows %+v", r)
	}
	for _, id := range []string{"b", "c"} {
		if r := s.of(id).sym.(symbol.Value).Reading; r.Trust != symbol.Bad || r.Text != "" {
			t.Errorf("%s shows %+v", id, r)
		}
	}
}

func TestEveryKindHasALook(t *testing.T) {
	for _, k := range mimic.Kinds {
		if _, ok := looksOf[k.Name]; !ok && k.Name != "template" {
			t.Errorf("nothing draws items of kind %q", k.Name)
		}
	}
	for name := range looksOf {
		if mimic.KindOf(name) == nil {
			t.Errorf("there is a look for %q, which is no kind", name)
		}
	}
}

func TestLayers(t *testing.T) {
	s, _ := show(t, `{"format": 1, "title": "t", "level": 1, "size": [100, 100], "items": [
	 {"id": "a", "kind": "text", "box": [0, 0, 90, 40], "props": {"text": "a"}, "layer": "pipes"},
	 {"id": "b", "kind": "text", "box": [0, 50, 90, 40], "props": {"text": "b"}}]}`, newPlant(), Options{})
	if got := fmt.Sprint(s.Layers()); got != "[pipes]" {
		t.Errorf("layers %s", got)
	}
	s.ShowLayer("pipes", false)
	if s.Frame(noon); s.of("a").visible || !s.of("b").visible {
		t.Error("the hidden layer shows, or the other does not")
	}
}
