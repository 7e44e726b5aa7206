package screens

import (
	"bytes"
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
	"penstock/screens/mimic"
	"penstock/widgets/symbol"
	"penstock/widgets/view"
)

const twoDisplays = `{
 "format": 1, "title": "High lift", "level": 2, "parent": "overview", "areas": ["HL"], "size": [400, 300],
 "items": [
  {"id": "v", "kind": "value", "box": [20, 20, 160, 40], "tags": {"value": "HL.PT103"}},
  {"id": "b", "kind": "button", "box": [20, 100, 160, 50], "props": {"text": "Set", "write": 4}, "tags": {"target": "HL.PIC103.SP"}},
  {"id": "s", "kind": "spark", "box": [200, 20, 160, 40], "tags": {"value": "HL.PT103"}}
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
	p, m := g.mimics(), g.machine
	if p.scene == nil || p.current != "highlift" {
		t.Fatalf("the page shows %q", p.current)
	}
	before := plant.clock().Add(-150 * time.Second) // before the pressure fell
	g.press("H")
	if !m.on {
		t.Fatal("H does not lead into the past")
	}
	m.turn(before.UnixNano())
	g.until("the moment is remembered", func() bool { return !m.busy && m.asked == before.UnixNano() })
	want, _ := plant.value(plant.db.Cell("HL.PT103").Def(), before.UnixNano()).Float()
	if v, _ := m.moment.Reading("HL.PT103"); v.Value.String() == "1.7" {
		t.Error("the past shows what is live")
	} else if f, _ := v.Value.Float(); f != want {
		t.Errorf("the past shows %v, want %g", v.Value, want)
	}
	if a := m.moment.Alarm("HL.PT103"); a.Phase != symbol.Quiet {
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
	g.press("F2", "Escape")
	if m.on {
		t.Error("Escape does not lead back")
	}
}

// A small line on a display shows what was before the moment, and a picture of
// another moment shows another line.
func TestLinesOnADisplayOfThePast(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	g.press("F2", "H")
	m := g.machine
	for _, ago := range []time.Duration{3 * time.Hour, 26 * time.Hour, time.Hour} {
		then := plant.clock().Add(-ago).Truncate(time.Second).UnixNano()
		m.turn(then)
		q := search{"HL.PT103", int64(time.Hour), 80}
		found := func() *lines {
			m.moment.mu.Lock()
			defer m.moment.mu.Unlock()
			if a := m.moment.lines[q]; a != nil && a.ready && a.to == then {
				return a
			}
			return nil
		}
		g.until("the line is found", func() bool { g.frames(1); return m.moment.Moment() == then && found() != nil })
		a, def := found(), plant.db.Cell("HL.PT103").Def()
		for i := range a.low {
			width := q.span / int64(q.n)
			at := then - q.span + int64(i)*width
			at += (width/8 - at%(width/8)) % (width / 8) // where the plant has a sample
			if f, _ := plant.value(def, at).Float(); !(a.low[i] <= f && f <= a.high[i]) {
				t.Fatalf("%v ago: at %v it lies between %g and %g, was %g", ago, nanos(at), a.low[i], a.high[i], f)
			}
		}
	}
	var pictures [][]byte
	for _, ago := range []time.Duration{0, time.Hour, 2 * time.Hour} {
		st := Still{Show: "highlift", Size: image.Pt(400, 300)}
		if ago > 0 {
			st.At = plant.clock().Add(-ago)
		}
		img, err := Picture(t.Context(), plant, st, plant.clock())
		if err != nil {
			t.Fatal(err)
		}
		var line []byte // the left of it, where no number is written
		for y := 20; y < 60; y++ {
			line = append(line, img.Pix[img.PixOffset(204, y):img.PixOffset(270, y)]...)
		}
		for _, was := range pictures {
			if bytes.Equal(was, line) {
				t.Errorf("the line of %v ago is that of another moment", ago)
			}
		}
		pictures = append(pictures, line)
	}
}

// Played, time runs as fast as it says and stops at now.
func TestThePastIsPlayed(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	g.press("F2", "H")
	m := g.machine
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
	story, err := readChronicle(t.Context(), plant, timeSpan{now - int64(time.Hour), now})
	if err != nil {
		t.Fatal(err)
	}
	mem, err := story.recall(t.Context(), plant, alarm.Regime{}, nil, then.UnixNano())
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range want {
		got := alarm.Normal
		if r := mem.list.Row(id); r != nil {
			got = r.Phase
		}
		if got != p {
			t.Errorf("%s is %v, was %v", id, got, p)
		}
	}
}

// The alarm list of then: what stood, since when, who had acknowledged, and
// what it was worth; and nothing can be done to it.
func TestAlarmListOfThen(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	plant.upset()
	then := plant.clock()
	want := plant.Alarms()
	plant.run(10 * time.Minute) // all return
	g.press("F4")
	g.chord(view.Ctrl, "H")
	g.machine.turn(then.UnixNano())
	g.until("the moment is remembered", func() bool { return !g.machine.busy && g.machine.asked == then.UnixNano() })
	g.frames(1)
	a := g.alarms()
	if a.list.Len() != 5 || len(a.snap.Rows) != len(want.Rows) || a.snap.Unacked != want.Unacked || a.snap.Active != want.Active || a.snap.Shelved != want.Shelved {
		t.Errorf("%d alarms listed of %d, to acknowledge %v, active %v, shelved %d", a.list.Len(), len(a.snap.Rows), a.snap.Unacked, a.snap.Active, a.snap.Shelved)
	}
	for i := range want.Rows {
		w, r := &want.Rows[i], a.snap.Row(want.Rows[i].Rule.ID)
		if r == nil || r.Phase != w.Phase || r.RaisedAt != w.RaisedAt || r.AckedBy != w.AckedBy || r.ReturnedAt != w.ReturnedAt || r.ShelvedAt != w.ShelvedAt {
			t.Errorf("%s was %+v, is shown as %+v", w.Rule.ID, w.State, r)
		}
	}
	g.keep("past-alarms")
	g.press("Home", "A")
	if n := plant.Alarms().Unacked; len(g.dialogs) != 0 || !strings.Contains(g.status.text, "commands are off") {
		t.Errorf("in the past it says %q, %v to acknowledge", g.status.text, n)
	}
	g.machine.jump(-1)
	g.until("the alarm before", func() bool { g.frames(1); return g.machine.t != then.UnixNano() })
	if g.machine.t >= then.UnixNano() || g.machine.lastEvent() == "" {
		t.Errorf("the alarm before is at %v, last %q", nanos(g.machine.t), g.machine.lastEvent())
	}
	g.frames(1)
	if v := g.machine.scrub; !strings.HasSuffix(v.said, g.machine.lastEvent()) || !strings.HasPrefix(v.said, "Last before: ") {
		t.Errorf("the bar says %q happened last, not %q", v.said, g.machine.lastEvent())
	}
	for i := range g.machine.story.told { // each mark tells what it is
		e, v := &g.machine.story.told[i], g.machine.scrub
		if x := v.x(e.At); marked(e) && x > v.track().Min.X && x < v.track().Max.X {
			v.Hover(view.Pointer{At: image.Pt(x, v.track().Min.Y+2)})
			g.frames(1)
			if p := v.pointed(); p == nil || v.x(p.At) != x || v.said != g.machine.tell(p) || !strings.Contains(v.said, p.On) {
				t.Errorf("the mark of %s says %q", e.On, v.said)
			}
		}
	}
	g.machine.scrub.Leave()
	g.frames(1)
	if v := g.machine.scrub; !strings.HasPrefix(v.said, "Last before: ") {
		t.Errorf("without the pointer it says %q", v.said)
	}
	back := g.machine.t
	g.machine.jump(-1)
	g.until("one more before", func() bool { g.frames(1); return g.machine.t != back })
	g.machine.jump(1)
	g.until("back again", func() bool { g.frames(1); return g.machine.t == back })
	if g.machine.t != back {
		t.Errorf("there and back is at %v, want %v", nanos(g.machine.t), nanos(back))
	}
	g.press("Escape")
	g.frames(1)
	if g.machine.on || a.snap != plant.Alarms() {
		t.Error("Escape does not lead back to now")
	}
}

// The past goes with the person from page to page and ends where there is
// none.
func TestThePastAcrossPages(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	g.press("F2", "H", "G")
	g.dialogs[0].first.(*entry).SetText("-26h")
	g.press("Return")
	when := plant.clock().Add(-26 * time.Hour).UnixNano()
	if g.machine.t != when || len(g.dialogs) != 0 {
		t.Fatalf("a typed moment leads to %v", nanos(g.machine.t))
	}
	if s := g.machine.stretch(); s.from > when || s.to < when || s.to-s.from != g.machine.span {
		t.Errorf("the bar runs from %v to %v", nanos(s.from), nanos(s.to))
	}
	g.press("F3")
	g.frames(2)
	if w := g.pages[trendPage].(*trendsPage).view.Window(); w.Live || w.End != when {
		t.Errorf("the trend ends at %v, live %v", nanos(w.End), w.Live)
	}
	g.OpenTag("HL.PT103")
	if g.plates.turns.panel.Visible() {
		t.Error("a live faceplate stands beside the past")
	}
	g.press("F5")
	if g.machine.on || g.machine.panel.Visible() || g.edge.Visible() {
		t.Error("devices are shown as if they were of the past")
	}
	g.press("F3")
	g.frames(1)
	if !g.pages[trendPage].(*trendsPage).view.Window().Live {
		t.Error("the trend stays in the past")
	}
}

// What stood is shown under the rules that ran then: an alarm that is gone
// since, one that has stood for half a year, and limits as they were.
func TestAlarmsByTheRulesOfThen(t *testing.T) {
	plant := plantWithDisplay(t)
	g := openRoom(t, desk, operator(), plant, plant)
	now := plant.clock()
	changed := now.Add(-30 * time.Hour)
	old := append(slices.Clone(plant.project.Alarms), alarm.Rule{ID: "HL.OLD", Tag: "HL.FT102", Area: "HL", Kind: alarm.High, Limit: 900, Priority: 1, Message: "Flow too high for the old main"})
	for i := range old {
		if old[i].ID == "HL.PT103.L" {
			old[i].Limit, old[i].Priority = 3.4, 1
		}
	}
	line := func(at time.Time, id string, a alarm.Action, was, is string) {
		plant.mu.Lock()
		defer plant.mu.Unlock()
		plant.entries = append(plant.entries, journal.Entry{Seq: int64(len(plant.entries) + 1), At: at.UnixNano(), Kind: journal.Alarm, On: id, Area: "HL",
			Action: a.String(), Old: was, New: is, Level: 1, Note: "Flow too high for the old main (950, limit 900)", Who: "anna"})
	}
	plant.mu.Lock()
	plant.regimes = []alarm.Regime{{From: 1, Until: changed.UnixNano(), Rules: old}, {From: changed.UnixNano(), Until: alarm.Never, Rules: plant.project.Alarms}}
	plant.entries = nil
	plant.mu.Unlock()
	came := now.AddDate(0, 0, -180)
	line(came, "HL.OLD", alarm.Annunciated, "normal", "unacknowledged")
	line(came.Add(time.Minute), "HL.OLD", alarm.Acknowledged, "unacknowledged", "acknowledged")
	line(now.AddDate(0, 0, -40), "HL.PT103.L", alarm.Annunciated, "normal", "unacknowledged")
	line(changed, "HL.OLD", alarm.Dropped, "acknowledged", "acknowledged")

	g.press("F4")
	g.chord(view.Ctrl, "H")
	at := func(when time.Time) *alarm.Snapshot {
		t.Helper()
		g.machine.turn(when.UnixNano())
		g.until("the moment is remembered", func() bool {
			g.frames(1)
			return !g.machine.busy && g.machine.moment.Moment() == when.UnixNano()
		})
		return g.alarms().snap
	}
	snap := at(changed.Add(-time.Hour))
	o, l := snap.Row("HL.OLD"), snap.Row("HL.PT103.L")
	if o == nil || o.Phase != alarm.Acked || o.RaisedAt != came.UnixNano() || o.AckedBy != "anna" || o.LimitNow != 900 || o.Message != "Flow too high for the old main" {
		t.Errorf("half a year on, HL.OLD is %+v", o)
	}
	if l == nil || l.LimitNow != 3.4 || l.Priority != 1 {
		t.Errorf("HL.PT103.L is %+v", l)
	}
	if lim := g.machine.moment.Limits("HL.PT103"); lim.L != 3.4 || lim.LL != 2 {
		t.Errorf("displays show limits %+v", lim)
	}
	if say := g.machine.scrub.ruled; !strings.HasPrefix(say, "Alarm rules and limits of ") {
		t.Errorf("the bar says %q", say)
	}
	g.keep("rules-of-then")
	limit := func() float64 { // that the trend draws
		rules := g.pages[trendPage].(*trendsPage).rules()
		i := slices.IndexFunc(rules, func(r alarm.Rule) bool { return r.ID == "HL.PT103.L" })
		return rules[i].Limit
	}
	g.press("F3")
	g.until("the trend has come to the moment", func() bool { g.frames(1); return g.pages[trendPage].(*trendsPage).ruled == 1 })
	if l := limit(); l != 3.4 {
		t.Errorf("the trend draws a limit of %g", l)
	}
	if p := g.pages[trendPage].(*trendsPage); p.view.Window().End != changed.Add(-time.Hour).UnixNano() || len(p.view.Pens()) == 0 {
		t.Errorf("the trend of then shows %v until %v", p.view.Pens(), nanos(p.view.Window().End))
	}
	g.press("F4")
	snap = at(changed.Add(time.Hour))
	if l := snap.Row("HL.PT103.L"); snap.Row("HL.OLD") != nil || l == nil || l.LimitNow != 3 || g.machine.scrub.ruled != "" {
		t.Errorf("after the change %d stand, %+v, the bar says %q", len(snap.Rows), l, g.machine.scrub.ruled)
	}
	snap = at(came.Add(-time.Hour))
	if say := g.machine.scrub.ruled; len(snap.Rows) != 0 || !strings.Contains(say, "The journal begins") {
		t.Errorf("before the journal %d stand, the bar says %q", len(snap.Rows), say)
	}
	line(now.Add(-2*time.Hour), "PLC1:7", alarm.Annunciated, "", "")
	g.press("Escape")
	g.chord(view.Ctrl, "H")
	if at(now.Add(-time.Hour)); !strings.Contains(g.machine.scrub.ruled, "devices") {
		t.Errorf("of alarms of a device the bar says %q", g.machine.scrub.ruled)
	}
	at(came.Add(-time.Hour))
	// From alarm to alarm, however far apart they are.
	g.machine.jump(1)
	g.until("the next alarm", func() bool { g.frames(1); return g.machine.t == came.UnixNano() })
	g.machine.jump(1)
	g.until("the one after", func() bool { g.frames(1); return g.machine.t == now.AddDate(0, 0, -40).UnixNano() })
	img, err := Picture(t.Context(), plant, Still{Show: "alarms", Size: image.Pt(900, 300), At: came.Add(time.Hour)}, now)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := Picture(t.Context(), plant, Still{Show: "alarms", Size: image.Pt(900, 300), At: came.Add(-time.Hour)}, now)
	if err != nil || bytes.Equal(img.Pix, empty.Pix) {
		t.Errorf("the list of then looks as if it were empty (%v)", err)
	}
	g.press("Escape", "F3")
	g.frames(2)
	if l := limit(); l != 3 || g.pages[trendPage].(*trendsPage).ruled != 0 {
		t.Errorf("back at now the trend draws a limit of %g", l)
	}
}
