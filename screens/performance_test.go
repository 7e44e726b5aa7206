package screens

import (
	"errors"
	"image"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/alarm/kpi"
	"penstock/historian/journal"
	"penstock/widgets/view"
)

// printingPlant is a small plant that can print.
type printingPlant struct {
	*smallPlant
	fault error
}

func (p *printingPlant) PrintPerformance(w io.Writer, r *kpi.Report, _ string) error {
	if r == nil {
		return errors.New("nothing to print")
	}
	_, err := io.WriteString(w, "%PDF-")
	return errors.Join(err, p.fault)
}

func TestPerformanceIsPrinted(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	plant := &printingPlant{smallPlant: newSmallPlant(t)}
	g := openRoom(t, desk, operator(), plant.smallPlant, plant)
	g.plant.upset()
	g.goTo(g.performance)
	p := g.pages[g.performance].(*performancePage)
	g.until("the figures are there", func() bool { return p.report != nil })
	p.do("print")
	g.until("the person is told", func() bool { return strings.HasPrefix(g.status.text, "The report is in ") })
	path := strings.TrimSuffix(strings.TrimPrefix(g.status.text, "The report is in "), ".")
	if text, err := os.ReadFile(path); string(text) != "%PDF-" || !strings.HasSuffix(path, ".pdf") {
		t.Errorf("%s holds %q, %v", path, text, err)
	}
	os.Remove(path)
	plant.fault = errors.New("the disk is full")
	p.do("print")
	g.until("the person is told", func() bool { return g.status.wrong })
	if _, err := os.Stat(path); err == nil || !strings.Contains(g.status.text, "disk is full") {
		t.Errorf("after a fault it says %q, and a file is there: %v", g.status.text, err == nil)
	}
}

// Priorities are called what the plant calls them, and lead to their alarms
// all the same.
func TestPrioritiesHaveTheNamesOfThePlant(t *testing.T) {
	plant := newSmallPlant(t)
	plant.project.Alarming.Priorities = alarm.PriorityNames{"critique", "haute", "moyenne", "basse"}
	g := openRoom(t, desk, operator(), plant, plant)
	g.goTo(g.performance)
	p := g.pages[g.performance].(*performancePage)
	g.until("the figures are there", func() bool { return p.report != nil })
	found := false
	for _, f := range p.figures {
		if strings.HasSuffix(f.Name, "of priority haute") {
			d := drillOf(f.Name, &p.report.Options)
			found = d.of != nil && d.of(&kpi.Occurrence{Priority: 2}) && !d.of(&kpi.Occurrence{Priority: 1})
		}
	}
	if !found {
		t.Errorf("no figure leads to the alarms of priority haute: %+v", p.figures)
	}
	if got := g.priority(4); got != "basse" {
		t.Errorf("the fourth priority is called %q", got)
	}
}

// The page works any time out that a person types, each button has its key,
// and a journal of any length is read whole.
func TestPerformanceOfATypedTime(t *testing.T) {
	plant := newSmallPlant(t)
	g := openRoom(t, desk, operator(), plant, plant)
	now := g.plant.now
	for i := range entriesAPage + 10 { // more than one page, all of an hour ago
		plant.entries = append(plant.entries, journal.Entry{Seq: int64(len(plant.entries) + 1), At: now.Add(-time.Hour).UnixNano() + int64(i), Kind: journal.Alarm,
			Action: "annunciated", On: "HL.PT601.H", Area: "HL", Old: "normal", New: "unacknowledged", Ref: "HL.PT601.H#" + strconv.Itoa(i), Level: 2})
	}
	g.goTo(g.performance)
	p := g.pages[g.performance].(*performancePage)
	g.until("the figures are there", func() bool { return p.report != nil && !p.busy })
	if p.report.Annunciated < entriesAPage+10 {
		t.Errorf("of %d annunciations %d were counted", entriesAPage+10, p.report.Annunciated)
	}
	g.press("G")
	if len(g.dialogs) != 1 {
		t.Fatal("G asks for no time")
	}
	g.win.Canvas().Focused().(*entry).SetText(now.Add(-30 * time.Minute).Format(typedTime))
	g.press(view.KeyReturn)
	g.press(view.KeyReturn)
	g.until("the typed time is worked out", func() bool { return p.span == ownSpan && !p.busy })
	if got := p.report.Annunciated; got != 0 {
		t.Errorf("in the last half hour were %d", got)
	}
	for key, span := range map[string]int{"D": 0, "W": 1, "M": 2} {
		g.press(key)
		if p.span != span {
			t.Errorf("%s shows span %d", key, p.span)
		}
	}
	for _, want := range []string{"chattering", "fleeting", "stale", "floods", "occurrences", "most"} {
		if g.press("L"); p.drill.id != want {
			t.Errorf("L lists %s, want %s", p.drill.id, want)
		}
	}
}

// Ten minutes are of the wall clock, and stand where they are on the axis.
func TestBarsStandAtTheirTime(t *testing.T) {
	const minute = int64(time.Minute)
	r := &kpi.Report{BucketsFrom: 50 * minute, Buckets: make([]int, 3), Options: kpi.Options{From: 55 * minute, To: 75 * minute}}
	plot := image.Rect(100, 0, 300, 50)
	for i, want := range [][2]int{{100, 150}, {150, 250}, {250, 300}} {
		if from, to := barOf(r, i, plot); from != want[0] || to != want[1] {
			t.Errorf("bar %d stands from %d to %d, want %v", i, from, to, want)
		}
	}
}

// An operator reads with the alarm what to do, how soon, how to see that it
// worked, what a colleague has said, and who thought it through.
func TestAnOperatorReadsTheGuidance(t *testing.T) {
	at := time.Date(2026, 3, 14, 3, 0, 0, 0, time.Local)
	a := &alarm.Row{Rule: &alarm.Rule{ID: "A", Response: "start the stand-by pump", RespondWithin: 15 * time.Minute, Verification: "the pressure rises",
		RationalisedBy: "process engineering", RationalisedOn: "2026-02-17"}, State: alarm.State{RaisedAt: at.UnixNano(), CommentAt: at.UnixNano(), CommentBy: "anna", Comment: "seal leaks"}}
	v := &alarmDetails{row: a, now: at}
	for got, want := range map[string]string{
		responseOf(a): "Start the stand-by pump. Within 15 min. It worked: The pressure rises.",
		reviewOf(a):   "reviewed 2026-02-17 by process engineering",
		reviewOf(&alarm.Row{Rule: &alarm.Rule{}}): "not reviewed",
		v.story(): "came 03:00:00    anna at 03:00:00: seal leaks",
	} {
		if got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
