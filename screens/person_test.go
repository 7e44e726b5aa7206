package screens

import (
	"errors"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
	"penstock/app/auth"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/view"
)

// press types a key into whatever has the focus, as Fyne does.
func (g *stage) press(keys ...string) {
	g.t.Helper()
	for _, k := range keys {
		name := fyne.KeyName(k)
		switch k {
		case view.KeyPageUp:
			name = fyne.KeyPageUp
		case view.KeyBackspace:
			name = fyne.KeyBackspace
		}
		c := g.win.Canvas()
		if f := c.Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: name})
		} else if on := c.OnTypedKey(); on != nil {
			on(&fyne.KeyEvent{Name: name})
		}
		g.frames(1)
	}
}

func (g *stage) typed(text string) {
	g.t.Helper()
	f := g.win.Canvas().Focused()
	if f == nil {
		g.t.Fatalf("nothing has the focus to type %q into", text)
	}
	for _, r := range text {
		f.TypedRune(r)
	}
	g.frames(1)
}

func (g *stage) alarms() *alarmsPage { return g.pages[alarmPage].(*alarmsPage) }

func (g *stage) phase(id string) alarm.Phase {
	g.t.Helper()
	return mustState(g.t, g, id).Phase()
}

func operator() Options { return Options{Session: &person{name: "ana"}} }

var desk = fyne.NewSize(1100, 680)

func TestOperatorAcknowledgesOne(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.frames(1)
	if h := g.header.have; h.alarm != "HL.PT103.LL" || h.unacked[1] != 1 || h.unacked[0] != 4 {
		t.Errorf("the header shows %q and %v", h.alarm, h.unacked)
	}
	g.press("F4", "Home", "A")
	g.until("it is acknowledged", func() bool { return g.phase("HL.PT103.LL") == alarm.Acked })
	g.until("the person is told", func() bool { return strings.HasPrefix(g.status.text, "1 alarm acknowledged") })
	g.frames(1)
	if h := g.header.have; h.alarm == "HL.PT103.LL" || h.unacked[1] != 0 {
		t.Errorf("the banner still shows %q", h.alarm)
	}
	if by := mustState(t, g, "HL.PT103.LL").AckedBy; by != "ana" {
		t.Errorf("acknowledged by %q", by)
	}
}

func mustState(t testing.TB, g *stage, id string) alarm.State {
	t.Helper()
	s, ok := g.plant.state(id)
	if !ok {
		t.Fatalf("no alarm %s", id)
	}
	return s
}

// What came after the page was looked at is not acknowledged with it.
func TestPageAcknowledgesWhatIsInSight(t *testing.T) {
	g := openStation(t, fyne.NewSize(1280, 620), operator())
	for _, c := range g.plant.db.Cells() {
		if id := c.Def().ID; strings.HasSuffix(string(id), "PT103") {
			g.plant.give(num(id, 1))
		}
	}
	g.press("F4")
	a := g.alarms()
	if a.list.Len() != 12 {
		t.Fatalf("%d alarms listed, want 12", a.list.Len())
	}
	seen := len(a.list.InSight())
	if seen == 0 || seen >= 12 {
		t.Fatalf("%d rows in sight; the test needs a page that does not hold all", seen)
	}
	g.press("P")
	g.until("the page is acknowledged", func() bool { return g.plant.Alarms().Unacked[0] == 12-seen })
}

// An alarm that came again since it was shown is not acknowledged by an
// answer to what was shown.
func TestStaleAcknowledgementIsRefused(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.give(num("HL.PT103", 2.5))
	g.press("F4", "Home")
	shown := *g.alarms().byID["HL.PT103.L"]
	g.plant.give(num("HL.PT103", 5))
	g.plant.give(num("HL.PT103", 2.5))
	g.ack([]*alarm.Row{&shown}, "")
	g.until("it is refused", func() bool { return g.status.wrong })
	if !strings.Contains(g.status.text, "come again") {
		t.Errorf("the person is told %q", g.status.text)
	}
	if g.phase("HL.PT103.L") != alarm.Unacked {
		t.Error("the newer annunciation is acknowledged")
	}
}

func TestShelvingNeedsAReason(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F4", "Home", "S")
	if len(g.dialogs) != 1 {
		t.Fatal("no dialog")
	}
	d := g.dialogs[0]
	g.press("Return")
	if d.gone || d.note.Text != "A reason is needed." {
		t.Errorf("without a reason it says %q", d.note.Text)
	}
	g.typed("pump is being tested")
	g.press("Return")
	g.until("it is shelved", func() bool { return g.phase("HL.PT103.LL") == alarm.Shelved })
	s := mustState(t, g, "HL.PT103.LL")
	if s.ShelvedWhy != "pump is being tested" || time.Duration(s.ShelvedUntil-g.plant.clock().UnixNano()) > 31*time.Minute {
		t.Errorf("shelved because %q until %v", s.ShelvedWhy, time.Unix(0, s.ShelvedUntil))
	}
}

func TestCommentAndFilter(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F4", "Home", "C")
	g.typed("called the duty engineer")
	g.press("Return")
	g.until("the comment is journalled", func() bool {
		said, _ := g.plant.Entries(t.Context(), journal.Filter{Actions: []string{"commented"}, Text: "called the duty engineer"})
		return len(said) == 1
	})
	a := g.alarms()
	a.search.SetText("intake")
	g.frames(1)
	if a.list.Len() != 1 {
		t.Errorf("%d alarms match intake", a.list.Len())
	}
	a.reveal("HL.PT103.L")
	if a.list.Len() != 5 {
		t.Errorf("revealing shows %d alarms, want all 5 that stand", a.list.Len())
	}
	a.do("shelved")
	g.frames(1)
	if a.list.Len() != 1 {
		t.Errorf("%d alarms on the shelf", a.list.Len())
	}
}

func TestBannerLeadsToItsAlarm(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.painted[0] = -1 // the banner is another now
	g.frames(1)
	test.TapCanvas(g.win.Canvas(), fyne.NewPos(240, 30))
	g.frames(1)
	if g.current != alarmPage {
		t.Fatalf("the banner leads to page %d", g.current)
	}
	if id, _ := g.alarms().list.Focused(); id != "HL.PT103.LL" {
		t.Errorf("the row in focus is %q", id)
	}
}

func TestOperatorSetsAValue(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.outcome = command.Outcome{Stage: command.Verified}
	g.OpenTag("HL.PIC103.SP")
	g.frames(1)
	g.win.Canvas().Focus(g.plates.turns.field)
	g.typed("4,55")
	g.press("Return")
	if len(g.dialogs) != 1 || len(g.plant.sent()) != 0 {
		t.Fatal("it is not asked before it is sent")
	}
	g.press("Return")
	g.until("it is written", func() bool { return len(g.plant.sent()) == 1 })
	r := g.plant.sent()[0]
	if r.Tag != "HL.PIC103.SP" || r.Value != tag.Float(4.55) || r.Shown != tag.Float(4.2) {
		t.Errorf("the request is %+v", r)
	}
	g.until("the outcome is told", func() bool { return strings.Contains(g.plates.turns.face.outcome, "the device reads 4.55 bar") })
	if !strings.Contains(g.status.text, "HL.PIC103.SP: Set to 4.55 bar") {
		t.Errorf("the status line says %q", g.status.text)
	}
	if len(g.dialogs) != 0 {
		t.Error("the dialog is still there")
	}
}

func TestOutcomesInWords(t *testing.T) {
	d := &tag.Def{ID: "A", Unit: "bar", Decimals: 1}
	req := command.Request{Tag: "A", Value: tag.Float(5)}
	for _, c := range []struct {
		out   command.Outcome
		want  string
		wrong bool
	}{
		{command.Outcome{Stage: command.Verified, Read: tag.Float(5)}, "Set to 5.0 bar, and the device reads 5.0 bar.", false},
		{command.Outcome{Stage: command.Accepted}, "Set to 5.0 bar. The device said yes; it could not be read back.", false},
		{command.Outcome{Stage: command.Mismatch, Read: tag.Float(4)}, "The device took 5.0 bar, but it reads 4.0 bar.", true},
		{command.Outcome{Stage: command.Unknown}, "Sent, but not confirmed. Look at the value before you try again.", true},
		{command.Outcome{Stage: command.Rejected, Detail: "interlock"}, "The device refused 5.0 bar. Interlock.", true},
		{command.Outcome{Stage: command.Refused, Err: command.ErrRange}, "Not sent. The value is out of range.", true},
	} {
		if say, wrong := outcomeWords(d, req, c.out); say != c.want || wrong != c.wrong {
			t.Errorf("%v: %q, want %q", c.out.Stage, say, c.want)
		}
	}
}

func TestRefusalIsTold(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.outcome = command.Outcome{Stage: command.Refused, Detail: command.ErrRange.Error(), Err: command.ErrRange}
	g.OpenTag("HL.PIC103.SP")
	g.plates.turns.field.SetText("5")
	g.plates.turns.ask()
	g.press("Return")
	g.until("it is told", func() bool { return g.plates.turns.face.wrong })
	if g.plates.turns.face.outcome != "Not sent. The value is out of range." {
		t.Errorf("the faceplate says %q", g.plates.turns.face.outcome)
	}
	g.plates.turns.field.SetText("abc")
	g.plates.turns.ask()
	if !strings.Contains(g.plates.turns.face.outcome, "not a number") {
		t.Errorf("of abc it says %q", g.plates.turns.face.outcome)
	}
}

func TestEscapeSendsNothing(t *testing.T) {
	g := openStation(t, desk, operator())
	g.OpenTag("HL.PIC103.SP")
	g.plates.turns.field.SetText("5")
	g.plates.turns.ask()
	g.press("Escape")
	if len(g.dialogs) != 0 {
		t.Fatal("Escape does not close the dialog")
	}
	if !g.plates.turns.panel.Visible() {
		t.Error("one Escape closed the faceplate too")
	}
	g.press("Escape")
	if g.plates.turns.panel.Visible() {
		t.Error("Escape does not close the faceplate")
	}
	g.frames(2)
	if len(g.plant.sent()) != 0 {
		t.Error("a value was written")
	}
}

func TestWithoutARightNothingHappens(t *testing.T) {
	g := openStation(t, desk, Options{Session: &person{name: "eve", no: command.RightWrite}})
	g.OpenTag("HL.PIC103.SP")
	g.plates.turns.field.SetText("5")
	g.plates.turns.ask()
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "does not have the right") {
		t.Errorf("the person is told %q", g.status.text)
	}
}

func TestNobodyIsAskedToLogIn(t *testing.T) {
	g := openStation(t, desk, Options{})
	g.plant.upset()
	g.press("F4", "Home", "A")
	if len(g.dialogs) != 1 || g.phase("HL.PT103.LL") != alarm.Unacked {
		t.Fatal("an alarm can be acknowledged by nobody")
	}
	g.typed("ana")
	g.press("Return")
	g.typed("wrong")
	g.press("Return")
	g.until("the password is refused", func() bool { return g.dialogs[0].note.Visible() })
	if g.session != nil {
		t.Fatal("a wrong password lets in")
	}
	g.typed("steam")
	g.press("Return")
	g.until("ana is in", func() bool { return g.session != nil && len(g.dialogs) == 0 })
	g.press("A")
	g.until("it is acknowledged", func() bool { return g.phase("HL.PT103.LL") == alarm.Acked })
}

func TestLoginWithACode(t *testing.T) {
	g := openStation(t, desk, Options{})
	g.press("F12")
	g.typed("vera")
	g.press("Return")
	g.typed("steam")
	g.press("Return")
	g.until("the code is asked for", func() bool { return strings.Contains(g.dialogs[0].note.Text, sentence(auth.ErrCode)) })
	g.typed("123456")
	g.press("Return")
	g.until("vera is in", func() bool { return g.session != nil })
}

func TestAnEndedSessionIsGone(t *testing.T) {
	who := &person{name: "ana"}
	g := openStation(t, desk, Options{Session: who})
	who.ended = true
	g.frames(1)
	if g.session != nil || !strings.Contains(g.status.text, "ended") {
		t.Errorf("session %v, told %q", g.session, g.status.text)
	}
}

// Every page can be reached by its key from everywhere, also from a field.
func TestPagesByKey(t *testing.T) {
	g := openStation(t, desk, operator())
	for range 2 { // the second time from a field
		for i := range pageNames {
			g.press(pageKey(i))
			if g.current != i {
				t.Errorf("%s leads to page %d", pageKey(i), g.current)
			}
		}
		g.win.Canvas().Focus(g.pages[tagPage].(*tagsPage).search)
	}
}

func TestFindingAnything(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	if !g.key(view.Key{Name: "K", Mods: view.Ctrl}) {
		t.Fatal("ctrl+K does nothing")
	}
	g.typed("lift pressure")
	g.keep("finder")
	g.press("Return")
	if len(g.dialogs) != 0 || !g.plates.turns.panel.Visible() || g.plates.turns.id != "HL.PT103" {
		t.Errorf("Return opens %q", g.plates.turns.id)
	}
	g.find()
	g.typed("alarm clear level")
	g.press("Return")
	if id, _ := g.alarms().list.Focused(); g.current != alarmPage || id != "CW.LT101.H" {
		t.Errorf("a standing alarm leads to page %d, alarm %q", g.current, id)
	}
	g.find()
	g.typed("devices")
	g.press("Return")
	if g.current != devicePage {
		t.Errorf("a page leads to page %d", g.current)
	}
	g.find()
	g.press("Escape")
	if len(g.dialogs) != 0 {
		t.Error("Escape leaves the finder open")
	}
}

func TestTagList(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F7")
	p := g.pages[tagPage].(*tagsPage)
	g.typed("lift pres")
	if p.list.Len() != 2 {
		t.Errorf("%d tags match", p.list.Len())
	}
	g.press("Return")
	if g.plates.turns.id != "HL.PT103" {
		t.Errorf("Return opens %q", g.plates.turns.id)
	}
	p.search.SetText("")
	p.do("bad")
	if p.list.Len() != 2 {
		t.Errorf("%d tags are not good, want 2", p.list.Len())
	}
	p.do("write")
	if p.list.Len() != 12 {
		t.Errorf("%d tags can be set, want 12", p.list.Len())
	}
}

func TestFaceplateTellsTrust(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.OpenTag("RW.FT102")
	g.frames(1)
	if got := valueText(g.plates.turns.face.def, g.plates.turns.face.read.Value); got != "---" {
		t.Errorf("a bad value reads %q", got)
	}
	g.OpenTag("FI.TT106")
	g.frames(1)
	if got := valueText(g.plates.turns.face.def, g.plates.turns.face.read.Value); got != "? 14.2" {
		t.Errorf("a doubtful value reads %q", got)
	}
}

func TestEventsAreSearched(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F6")
	p := g.pages[eventPage].(*eventsPage)
	g.until("the journal is listed", func() bool { return p.list.Len() >= 13 })
	p.do("command")
	g.until("only commands are listed", func() bool { return p.list.Len() == 2 })
	p.search.SetText("nothing like it")
	g.plant.run(time.Second)
	g.until("nothing matches", func() bool { return p.list.Len() == 0 })
	g.eventsOf("HL.PIC103.SP")
	p.search.SetText("")
	g.plant.run(time.Second)
	g.until("what happened to one tag is listed", func() bool { return p.list.Len() == 2 })
}

func TestNightAndDay(t *testing.T) {
	told := false
	g := openStation(t, desk, Options{Changed: func(dark bool) { told = dark }})
	at := func() uint32 {
		r, _, _, _ := g.win.Canvas().Capture().At(5, 300).RGBA()
		return r >> 8
	}
	day := at()
	g.press("F9")
	if night := at(); night >= day || !told {
		t.Errorf("at night the ground is %d, by day %d", night, day)
	}
}

// While one frame has not run, no second is posted; and Close ends it all.
func TestOneFrameIsPosted(t *testing.T) {
	g := openStation(t, fyne.NewSize(1280, 800), operator())
	g.ticking.Go(g.run)
	time.Sleep(450 * time.Millisecond)
	if n := len(g.posts); n != 1 {
		t.Errorf("%d frames are posted while the screen is busy", n)
	}
	g.Close()
	g.Close()
	done := make(chan struct{})
	go func() { g.ticking.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		t.Fatal("the tick does not end")
	}
	g.work()
}

func TestSentences(t *testing.T) {
	if got := sentence(errors.New("the value is out of range")); got != "The value is out of range." {
		t.Error(got)
	}
}

// tape is a sound device that counts.
type tape struct {
	played int
	err    error
}

func (t *tape) Play([]byte) { t.played++ }
func (t *tape) Err() error  { return t.err }

func TestTheHornSoundsUntilSilenced(t *testing.T) {
	out := &tape{}
	opts := operator()
	opts.Speaker = out
	g := openStation(t, desk, opts)
	g.frames(3)
	if out.played != 0 {
		t.Fatal("a calm plant sounds")
	}
	g.plant.upset()
	g.frames(1)
	if out.played != 1 || g.header.have.sounding != 1 {
		t.Errorf("played %d times, sounding %d", out.played, g.header.have.sounding)
	}
	g.keep("horn")
	g.find() // a dialog does not stand in the way
	g.press("F10")
	g.plant.run(time.Minute, num("HL.PT103", 1.7), num("IN.PT103", 8.6), num("FI.AT104", 4.4))
	g.frames(1)
	if out.played != 1 || g.header.have.sounding != 0 {
		t.Errorf("silenced it played %d times", out.played)
	}
	g.press("Escape")
	out.err = errors.New("no sound device: ALSA error")
	g.press("F4")
	g.alarms().do("sound")
	if !strings.Contains(g.status.text, "cannot be heard") {
		t.Errorf("the person is told %q", g.status.text)
	}
}

func TestPerformanceOfTheAlarms(t *testing.T) {
	g := openStation(t, desk, operator())
	g.plant.upset()
	g.press("F4", "K")
	p := g.pages[g.performance].(*performancePage)
	g.until("the figures are there", func() bool { return p.report != nil })
	if p.report.Annunciated != 6 || p.tops.Len() != 6 || len(p.figures) < 8 {
		t.Errorf("%d annunciations of %d alarms, %d figures", p.report.Annunciated, p.tops.Len(), len(p.figures))
	}
	g.keep("performance")
	if v := p.report.Verdict(); !strings.Contains(v, "too short to judge") {
		t.Errorf("of two minutes it says %q", v)
	}
	p.tops.OnOpen("HL.PT103.LL")
	if p.drill.id != "occurrences" || p.tops.Len() != 1 {
		t.Fatalf("an alarm does not lead to its occurrences but to %d of %q", p.tops.Len(), p.drill.id)
	}
	p.tops.OnOpen(p.report.Occurrences[slices.IndexFunc(p.report.Occurrences, func(o kpi.Occurrence) bool { return o.Alarm == "HL.PT103.LL" })].Ref)
	if g.current != eventPage || g.pages[eventPage].(*eventsPage).on != "HL.PT103.LL" {
		t.Error("an alarm does not lead to its events")
	}
	// Each figure leads to what it was counted from.
	g.goTo(g.performance)
	g.until("the figures are there again", func() bool { return !p.busy })
	for i, f := range p.figures {
		p.list.OnOpen(i)
		if p.drill.id == "" || f.Name == "never acknowledged" && p.tops.Len() != p.report.NeverAcked || strings.HasSuffix(f.Name, "urgent") && p.tops.Len() != p.report.ByPriority[1] {
			t.Errorf("%s leads to %d of %q", f.Name, p.tops.Len(), p.drill.id)
		}
		g.frames(1)
	}
	p.do("list occurrences")
	if p.tops.Len() != len(p.report.Occurrences) {
		t.Errorf("%d of %d occurrences", p.tops.Len(), len(p.report.Occurrences))
	}
	g.keep("occurrences")
	all := p.tops.Len()
	plot := p.chart.plot()
	p.chart.Tap(view.Pointer{At: image.Pt(plot.Max.X-1, plot.Min.Y+5)}) // the last ten minutes
	if p.drill.say == "" || p.tops.Len() != p.report.Buckets[len(p.report.Buckets)-1] {
		t.Errorf("the last bar leads to %d of %d (%q)", p.tops.Len(), p.report.Buckets[len(p.report.Buckets)-1], p.drill.say)
	}
	// One operating position.
	for _, c := range p.areaChoices() {
		if strings.HasPrefix(c.Text, "HL") {
			c.Do()
		}
	}
	g.until("the figures of one area are there", func() bool { return !p.busy })
	if n := len(p.report.Occurrences); p.area != "HL" || n == 0 || n >= all {
		t.Errorf("%d of %d occurrences are of HL", n, all)
	}
	for _, o := range p.report.Occurrences {
		if o.Area != "HL" {
			t.Errorf("%s of area %s", o.Alarm, o.Area)
		}
	}
}
