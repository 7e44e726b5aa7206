package screens

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/tag"
)

// reviewedPlant is a small plant with stored history, whose alarms can be
// tuned: the high lift's pressure swings above 8 bar for a minute, every six
// hours, to 8.2 and to 8.8 by turns.
type reviewedPlant struct {
	*smallPlant
	fixed   error
	refuse  error
	reviews []Review
	block   chan struct{} // where it is not nil, history waits for it or for the end
	asked   chan struct{}
}

func (p *reviewedPlant) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	if p.block != nil {
		select {
		case p.asked <- struct{}{}:
		default:
		}
		select {
		case <-p.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if id != "HL.PT103" {
		return nil
	}
	const six, four = int64(6 * time.Hour), int64(4 * time.Hour)
	at := func(t int64, v float64) bool {
		return t < from || t >= to || yield(tag.Value{Source: t, Received: t, Value: tag.Float(v), Quality: tag.Good})
	}
	for k := from / six; k <= to/six; k++ {
		if !at(k*six, 5) || !at(k*six+four, 8.2+0.6*float64(k%2)) || !at(k*six+four+int64(time.Minute), 5) {
			break
		}
	}
	return nil
}

func (p *reviewedPlant) Retune(_ context.Context, _ Session, r Review) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reviews = append(p.reviews, r)
	return p.refuse
}

func (p *reviewedPlant) Untunable() error { return p.fixed }

func openReviewed(t *testing.T, size fyne.Size, opts Options) (*stage, *reviewedPlant) {
	p := &reviewedPlant{smallPlant: newSmallPlant(t)}
	return openRoom(t, size, opts, p.smallPlant, p), p
}

// askWhatIf opens the dialog as a person does: the alarm, then W.
func (g *stage) askWhatIf() *whatIf {
	g.t.Helper()
	g.plant.give(num("HL.PT103", 8.6))
	g.press("F4", "Home", "W")
	w := g.alarms().trial
	if w == nil || len(g.dialogs) != 1 {
		g.t.Fatal("W opens nothing")
	}
	return w
}

func engineer() Options { return Options{Session: &person{name: "vera"}} }

func TestWhatIfIsTriedAndApplied(t *testing.T) {
	g, plant := openReviewed(t, desk, engineer())
	w := g.askWhatIf()
	g.until("it is replayed as it is", func() bool { return w.done != nil })
	if n := w.done.diff.Before; n != 28 || w.done.diff.After != 28 || !w.apply.Disabled() {
		t.Fatalf("in 7 days it came %d times, as tried %d; want 28", n, w.done.diff.After)
	}
	w.limit.SetText("8.5")
	if !strings.HasPrefix(w.fixed.Text, "Replay it") {
		t.Errorf("before the replay it says %q", w.fixed.Text)
	}
	g.press("Return") // in the field
	g.until("it is replayed", func() bool { return w.done != nil })
	d := w.done.diff
	if d.Before != 28 || d.After != 14 || len(d.Missed) != 14 || d.Longest.Length() != time.Minute || d.Longest.Peak != 8.2 {
		t.Errorf("%d before, %d after, %d missed, the longest %v up to %g", d.Before, d.After, len(d.Missed), d.Longest.Length(), d.Longest.Peak)
	}
	if say := w.done.verdict("bar", g.plant.clock()); !strings.HasPrefix(say, "14 times would have been missed, the longest 60 s at") || !strings.HasSuffix(say, "up to 8.2 bar.") {
		t.Errorf("the verdict is %q", say)
	}
	if !w.apply.Disabled() || w.fixed.Text != "A reason is needed to apply it." {
		t.Errorf("without a reason it says %q", w.fixed.Text)
	}
	w.why.SetText("tells nobody anything")
	w.apply.OnTapped()
	g.until("it is applied", func() bool { return w.d.gone })
	want := Review{Alarm: "HL.PT103.H", Was: w.rule.Tuning(), Is: w.rule.Tuning(), Why: "tells nobody anything"}
	want.Is.Limit = 8.5
	if len(plant.reviews) != 1 || plant.reviews[0] != want {
		t.Errorf("applied %+v", plant.reviews)
	}
	if len(g.dialogs) != 0 || !strings.Contains(g.status.text, "is changed") {
		t.Errorf("the person is told %q", g.status.text)
	}
}

func TestWhatIfDelaysAndMistakes(t *testing.T) {
	g, _ := openReviewed(t, desk, engineer())
	w := g.askWhatIf()
	g.until("it is replayed as it is", func() bool { return w.done != nil })
	for _, c := range []struct {
		field *entry
		text  string
		wrong string
	}{
		{w.limit, "high", "Limit: \"high\" is not a number like 12.5."},
		{w.onDelay, "soon", "On delay: \"soon\" is not a time like 90s or 5m."},
		{w.band, "-1", "Deadband: a deadband of -1 cannot be."},
	} {
		old := c.field.Text
		c.field.SetText(c.text)
		w.d.yes.OnTapped()
		if w.d.note.Text != c.wrong || !w.d.note.Visible() {
			t.Errorf("%q: it says %q, want %q", c.text, w.d.note.Text, c.wrong)
		}
		c.field.SetText(old)
	}
	w.onDelay.SetText("45")
	w.d.yes.OnTapped()
	g.until("it is replayed", func() bool { return w.done != nil })
	if d := w.done.diff; d.After != 28 || len(d.Missed) != 0 || d.Late != 45*time.Second {
		t.Errorf("with a delay of 45 s %d times, %d missed, %v late", d.After, len(d.Missed), d.Late)
	}
	w.onDelay.SetText("2m")
	w.d.yes.OnTapped()
	g.until("it is replayed", func() bool { return w.done != nil })
	if d := w.done.diff; d.After != 0 || len(d.Missed) != 28 {
		t.Errorf("with a delay of 2 min %d times, %d missed", d.After, len(d.Missed))
	}
}

func TestWhatIfSaysWhyItCannotBeApplied(t *testing.T) {
	demo := errors.New("the demo is built into the program and has no folder")
	for _, c := range []struct {
		name  string
		who   *person
		fixed error
		say   string
	}{
		{"the demo", &person{name: "vera"}, demo, "The demo is built into the program and has no folder."},
		{"an operator", &person{name: "ana", no: auth.Configure}, nil, "ana may try this out, but not change the project. Ask an engineer to apply it."},
	} {
		g, plant := openReviewed(t, desk, Options{Session: c.who})
		plant.fixed = c.fixed
		w := g.askWhatIf()
		g.until("it is replayed", func() bool { return w.done != nil })
		w.limit.SetText("8.5")
		w.why.SetText("because")
		w.d.yes.OnTapped()
		g.until("it is replayed", func() bool { return w.done != nil })
		w.apply.OnTapped()
		if !w.apply.Disabled() || w.fixed.Text != c.say || len(plant.reviews) != 0 {
			t.Errorf("%s: it says %q; applied %d", c.name, w.fixed.Text, len(plant.reviews))
		}
	}
	t.Run("refused", func(t *testing.T) {
		g, plant := openReviewed(t, desk, engineer())
		plant.refuse = errors.New("the alarm was changed meanwhile")
		w := g.askWhatIf()
		g.until("it is replayed", func() bool { return w.done != nil })
		w.limit.SetText("8.5")
		w.why.SetText("because")
		w.d.yes.OnTapped()
		g.until("it is replayed", func() bool { return w.done != nil })
		w.apply.OnTapped()
		g.until("the person is told", func() bool { return w.d.note.Visible() })
		if w.d.gone || w.d.note.Text != "The alarm was changed meanwhile." {
			t.Errorf("it says %q", w.d.note.Text)
		}
	})
}

// A replay ends when the dialog does, and no late answer is shown.
func TestWhatIfIsCancelled(t *testing.T) {
	g, plant := openReviewed(t, desk, engineer())
	plant.block, plant.asked = make(chan struct{}), make(chan struct{}, 1)
	w := g.askWhatIf()
	<-plant.asked
	if w.d.yes.Text != "Stop" {
		t.Errorf("while it replays, the button says %q", w.d.yes.Text)
	}
	w.d.yes.OnTapped()
	if w.d.yes.Text != "Replay" || w.face.words != "The replay was stopped." {
		t.Errorf("after Stop the button says %q and the dialog %q", w.d.yes.Text, w.face.words)
	}
	w.limit.SetText("8.5") // another trial takes the place of the one under way
	w.d.yes.OnTapped()
	<-plant.asked
	w.limit.SetText("8.4")
	if w.d.yes.Text != "Replay" {
		t.Errorf("for something else the button says %q", w.d.yes.Text)
	}
	w.d.yes.OnTapped()
	<-plant.asked
	g.press("Escape")
	if len(g.dialogs) != 0 || w.stop != nil {
		t.Fatal("Escape leaves the replay behind")
	}
	time.Sleep(10 * time.Millisecond)
	g.frames(2)
	if w.done != nil {
		t.Error("a cancelled replay is shown")
	}
}

func TestReadDelay(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "90": 90 * time.Second, "1m30s": 90 * time.Second, " 5 m ": 5 * time.Minute, "0.5": 500 * time.Millisecond} {
		if d, err := readDelay(text); d != want || err != nil {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"-1", "-5s", "soon", "1e99", "NaN"} {
		if d, err := readDelay(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
	for _, d := range []time.Duration{0, time.Second, time.Minute, 90 * time.Second, time.Hour, 61 * time.Minute, 250 * time.Millisecond} {
		if got, err := readDelay(delayWord(d)); got != d || err != nil {
			t.Errorf("%v is written %q and read %v, %v", d, delayWord(d), got, err)
		}
	}
}

func TestTrialWithoutPeak(t *testing.T) {
	odd := alarm.Span{From: 10, To: 20, Peak: math.NaN()}
	tr := &trial{rule: alarm.Rule{ID: "A"}, missed: map[alarm.Span]bool{}, added: map[alarm.Span]bool{},
		was: &alarm.Replayed{Spans: map[string][]alarm.Span{"A": {odd}}}, is: &alarm.Replayed{Spans: map[string][]alarm.Span{}}}
	tr.compare()
	if !tr.missed[place(odd)] {
		t.Error("a missed span without a peak is not found again")
	}
}

func TestWhatIfPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures")
	}
	for _, size := range []fyne.Size{{Width: 1920, Height: 1080}, {Width: 1280, Height: 800}} {
		for _, dark := range []bool{false, true} {
			g, _ := openReviewed(t, size, Options{Dark: dark, Session: &person{name: "vera"}})
			w := g.askWhatIf()
			w.limit.SetText("8.5")
			w.d.yes.OnTapped()
			g.until("it is replayed", func() bool { return w.done != nil })
			g.painted[0] = -1
			g.frames(1)
			g.until("the trend is there", func() bool { return !w.view.Loading() })
			g.keep(fmt.Sprintf("whatif-%d-%v", int(size.Width), dark))
		}
	}
}
