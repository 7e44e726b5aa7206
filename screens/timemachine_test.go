package screens

import (
	"context"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/screens/mimic"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

const twoDisplays = `{
 "format": 1, "title": "High lift", "level": 2, "parent": "overview", "areas": ["HL"], "size": [400, 300],
 "items": [
  {"id": "v", "kind": "value", "box": [20, 20, 160, 40], "tags": {"value": "HL.PT103"}},
  {"id": "b", "kind": "button", "box": [20, 100, 160, 50], "props": {"text": "Set", "write": 4}, "tags": {"target": "HL.PIC103.SP"}}
 ]
}`

// plantWithDisplay is the small plant with a display of level 2.
func plantWithDisplay(t testing.TB) *smallPlant {
	t.Helper()
	p := newSmallPlant(t)
	d, err := mimic.Parse("highlift", []byte(twoDisplays))
	if err != nil {
		t.Fatal(err)
	}
	p.project.Displays = append(p.project.Displays, d)
	return p
}

func TestThePastIsShownAndCannotBeSet(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	plant.upset()
	g.press("F2")
	p := g.pages[mimicPage].(*mimicsPage)
	if p.scene == nil || p.current != "highlift" {
		t.Fatalf("the page shows %q", p.current)
	}
	before := plant.clock().Add(-150 * time.Second) // before the pressure fell
	g.press("H")
	if !p.machine.on {
		t.Fatal("H does not lead into the past")
	}
	p.machine.turn(before.UnixNano())
	g.until("the moment is remembered", func() bool { return !p.machine.busy && p.machine.asked == before.UnixNano() })
	want, _ := plant.value(plant.db.Cell("HL.PT103").Def(), before.UnixNano()).Float()
	if v, _ := p.machine.moment.Reading("HL.PT103"); v.Value.String() == "1.7" {
		t.Error("the past shows what is live")
	} else if f, _ := v.Value.Float(); f != want {
		t.Errorf("the past shows %v, want %g", v.Value, want)
	}
	if a := p.machine.moment.Alarm("HL.PT103"); a.Phase != symbol.Quiet {
		t.Errorf("an alarm of now stands in the past: %+v", a)
	}
	g.keep("past")
	if a := p.src.Alarm("HL.PT103"); a.Phase != symbol.Unacked {
		t.Errorf("live it is %+v", a)
	}
	// Tapping the button sets nothing.
	r := p.canvas.Size()
	sc := p.scene
	for y := 0; y < int(r.Height); y += 8 {
		for x := 0; x < int(r.Width); x += 8 {
			if h, ok := sc.Hit(image.Pt(x, y)); ok && h.Write != nil {
				sc.Tap(view.Pointer{At: image.Pt(x, y), Button: view.Primary})
				x, y = int(r.Width), int(r.Height)
			}
		}
	}
	g.frames(2)
	if len(g.dialogs) != 0 || len(plant.sent()) != 0 {
		t.Error("a value can be set in the past")
	}
	g.press("F2")
	g.press("Escape")
	if p.machine.on {
		t.Error("Escape does not lead back")
	}
}

// Played, time runs as fast as it says and stops at now.
func TestThePastIsPlayed(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	g.press("F2", "H")
	m := g.pages[mimicPage].(*mimicsPage).machine
	start := plant.clock().Add(-40 * time.Second).UnixNano()
	m.turn(start)
	m.do("x8")
	m.frame(plant.clock())
	for range 10 {
		plant.run(100 * time.Millisecond)
		m.frame(plant.clock())
	}
	if d := time.Duration(m.t - start); d < 7*time.Second || d > 9*time.Second {
		t.Errorf("in a second it played %v", d)
	}
	for range 60 {
		plant.run(100 * time.Millisecond)
		m.frame(plant.clock())
	}
	if m.speed != 0 || m.t > plant.clock().UnixNano() {
		t.Errorf("at now it plays on: speed %g", m.speed)
	}
	g.work()
}

func TestPicturesWithoutAWindow(t *testing.T) {
	plant := plantWithDisplay(t)
	plant.upset()
	now := plant.clock()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, st := range []Still{
		{Show: "highlift"}, {Show: "highlift", Dark: true}, {Show: "highlift", At: now.Add(-time.Hour)},
		{Show: "overview"}, {Show: "alarms"}, {Show: "trend:HL.PT103,HL.FT102"}, {Show: "trend:HL.PT103", At: now.Add(-time.Hour), Span: 8 * time.Hour},
	} {
		st.Size = image.Pt(800, 500)
		img, err := Picture(ctx, plant, st, now)
		if err != nil {
			t.Errorf("%s: %v", st.Show, err)
			continue
		}
		colours := map[[3]uint8]bool{}
		for i := 0; i+3 < len(img.Pix); i += 4 {
			colours[[3]uint8{img.Pix[i], img.Pix[i+1], img.Pix[i+2]}] = true
		}
		if img.Bounds().Size() != st.Size || len(colours) < 8 {
			t.Errorf("%s: a picture of %v with %d colours", st.Show, img.Bounds().Size(), len(colours))
		}
	}
	for _, st := range []Still{
		{Show: "nothing", Size: image.Pt(800, 500)}, {Show: "trend:NO.SUCH", Size: image.Pt(800, 500)},
	} {
		if _, err := Picture(ctx, plant, st, now); !errors.Is(err, ErrNoSuchPicture) {
			t.Errorf("%s: %v", st.Show, err)
		}
	}
	if _, err := Picture(ctx, plant, Still{Show: "alarms", Size: image.Pt(10, 10)}, now); err == nil || !strings.Contains(err.Error(), "10 x 10") {
		t.Errorf("a picture of 10 x 10: %v", err)
	}
}

// The alarms of a moment are worked out of the journal and agree with what
// the engine said then.
func TestRecallAgreesWithTheEngine(t *testing.T) {
	plant := plantWithDisplay(t)
	plant.upset()
	then, want := plant.clock(), map[string]alarm.Phase{}
	for _, r := range plant.project.Alarms {
		s, _ := plant.state(r.ID)
		want[r.ID] = s.Phase()
	}
	plant.run(5 * time.Minute)
	now := plant.clock().UnixNano()
	entries, err := alarmsBefore(t.Context(), plant, now, now)
	if err != nil {
		t.Fatal(err)
	}
	mem, err := recall(t.Context(), plant, entries, nil, then.UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range want {
		if got := mem.facts[id].Phase(); got != p {
			t.Errorf("%s is %v, was %v", id, got, p)
		}
	}
}
