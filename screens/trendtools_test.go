package screens

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/toolbar"
	"penstock/widgets/trend"
)

func TestParseMoment(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2026-03-14 08:30", "2026-03-14 08:30:00"},
		{" 2026-03-14 08:30:15 ", "2026-03-14 08:30:15"},
		{"2026-03-10", "2026-03-10 00:00:00"},
		{"08:30", "2026-03-14 08:30:00"},
		{"14.3.2026 07:00", "2026-03-14 07:00:00"},
		{"-2h", "2026-03-14 07:00:00"},
		{"-90m", "2026-03-14 07:30:00"},
	} {
		got, err := parseMoment(c.text, morning)
		if err != nil || got.Format("2006-01-02 15:04:05") != c.want {
			t.Errorf("%q is %v, %v; want %s", c.text, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "yesterday", "25:00", "2026-13-01", "2h"} {
		if got, err := parseMoment(bad, morning); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

// Calendar days have 23 to 25 hours, and shifts begin where they do.
func TestStretchesOfTheCalendar(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	now := time.Date(2026, 3, 30, 3, 15, 0, 0, zone) // a Monday, the day after summer time began
	for _, c := range []struct{ name, from, to string }{
		{"Today", "2026-03-30 00:00", "2026-03-31 00:00"}, {"Yesterday", "2026-03-29 00:00", "2026-03-30 00:00"},
		{"This week", "2026-03-30 00:00", "2026-04-06 00:00"}, {"Last week", "2026-03-23 00:00", "2026-03-30 00:00"},
		{"This month", "2026-03-01 00:00", "2026-04-01 00:00"}, {"Last month", "2026-02-01 00:00", "2026-03-01 00:00"},
		{"This shift", "2026-03-29 22:00", "2026-03-30 06:00"}, {"Last shift", "2026-03-29 14:00", "2026-03-29 22:00"},
	} {
		all := stretches(nil)
		i := slices.IndexFunc(all, func(s stretch) bool { return s.name == c.name })
		from, to := all[i].from(now), all[i].to(now)
		if got := from.Format("2006-01-02 15:04") + " " + to.Format("2006-01-02 15:04"); got != c.from+" "+c.to {
			t.Errorf("%s is %s", c.name, got)
		}
		if c.name == "Yesterday" && to.Sub(from) != 23*time.Hour {
			t.Errorf("the day summer time began had %v", to.Sub(from))
		}
	}
}

// Note implements Scribe.
func (p *smallPlant) Note(_ context.Context, s Session, at int64, on tag.ID, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(journal.User, journal.Entry{Action: Noted, Source: at, On: string(on), Who: s.User(), Note: text})
	return nil
}

// Print implements Paper: the printer is out of order once.
func (p *smallPlant) Print(_ context.Context, _ string, pdf []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printed = append(p.printed, pdf)
	if len(p.printed) == 1 {
		return errors.New("no printer is set up at this computer")
	}
	return nil
}

// A note is typed at the trend and stands there as a mark with who wrote it.
func TestNoteAtTheTrend(t *testing.T) {
	g := openStation(t, desk, operator())
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("HL.PT103")
	g.press("N")
	g.press("Return")
	if len(g.dialogs) != 1 {
		t.Fatal("a note without words is taken")
	}
	g.typed("valve V-612 was stuck")
	g.press("Return")
	g.until("the note is kept", func() bool { return strings.Contains(g.status.text, "in the journal") })
	g.until("the note is a mark", func() bool {
		g.frames(1)
		w := p.view.Window()
		marks, err := past{g.room}.Marks(t.Context(), p.view.Pens(), w.From(), w.End)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(marks, func(m trend.Mark) bool {
			return m.Kind == trend.MarkNote && m.Who == "ana" && m.On == "HL.PT103" && m.Text == "valve V-612 was stuck"
		})
	})
}

// A value that is written is a mark on its own pen, and on that of what is to
// follow it.
func TestWritesAreMarks(t *testing.T) {
	plant := newSmallPlant(t)
	plant.project.Alarms = append(plant.project.Alarms, alarm.Rule{ID: "HL.DEV", Tag: "HL.PT103", Area: "HL", Kind: alarm.Deviation, Limit: 1, Setpoint: "HL.PIC103.SP", Priority: 3, Message: "Pressure away from its set point"})
	plant.outcome = command.Outcome{Stage: command.Verified}
	plant.Set(t.Context(), &person{name: "ana"}, command.Request{Tag: "HL.PIC103.SP", Value: tag.Float(5)})
	plant.Set(t.Context(), &person{name: "ana"}, command.Request{Tag: "CW.PIC103.SP", Value: tag.Float(4)})
	at := plant.clock().UnixNano()
	for pen, want := range map[tag.ID]int{"HL.PT103": 1, "HL.PIC103.SP": 1, "CW.PT103": 0, "CW.PIC103.SP": 1} {
		marks, err := past{plant}.Marks(t.Context(), []tag.ID{pen}, at-int64(time.Minute), at+1)
		n := 0
		for _, m := range marks {
			if m.Kind == trend.MarkWrite && m.Who == "ana" {
				n++
			}
		}
		if err != nil || n != want {
			t.Errorf("%s has %d marks of writes, want %d: %+v (%v)", pen, n, want, marks, err)
		}
	}
}

func TestNobodyNotesUnnamed(t *testing.T) {
	g := openStation(t, desk, Options{})
	g.addPens("HL.PT103")
	g.press("N")
	if len(g.dialogs) != 1 || g.dialogs[0].yes.Text == "Save" {
		t.Error("a note can be written without a login")
	}
}

// The table lists every sample of what is shown, with quality, and copies.
func TestTableOfSamples(t *testing.T) {
	g := openStation(t, desk, operator())
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("HL.PT103", "HL.FT102")
	now := g.plant.clock().UnixNano()
	p.view.Show(now-int64(time.Hour), now)
	g.press("T")
	g.until("the samples are listed", func() bool { g.frames(1); return p.table.list.Len() == 2*60 })
	g.press("End")
	k, _ := p.table.list.Focused()
	if v := p.table.data[k]; v.Quality != tag.BadSensorFailure {
		t.Errorf("the oldest sample is %+v", v)
	}
	p.table.copy()
	if text := g.app.Clipboard().Content(); !strings.Contains(text, "sensor failure") || strings.Count(text, "\n") != 2 {
		t.Errorf("copied:\n%s", text)
	}
	g.press("Escape")
	if p.table.grid.Visible() || !p.plot.Visible() {
		t.Error("Escape does not lead back to the lines")
	}
	p.copyStatistics()
	if text := g.app.Clipboard().Content(); !strings.Contains(text, "Good %") || !strings.Contains(text, "HL.FT102") {
		t.Errorf("copied:\n%s", text)
	}
}

// More samples than the table holds: the newest, and complete.
func TestTableKeepsTheNewest(t *testing.T) {
	def := &tag.Def{ID: "A"}
	n := int64(tableMost + 500)
	_, order, cut, err := readTable(t.Context(), everyNs(n), []*tag.Def{def}, 0, n)
	if err != nil || len(order) != tableMost || order[0].t != n-1 || order[len(order)-1].t != 500 || cut != 500 {
		t.Errorf("%d rows from %d to %d, cut at %d, %v", len(order), order[len(order)-1].t, order[0].t, cut, err)
	}
}

// everyNs has a sample each nanosecond.
type everyNs int64

func (n everyNs) Raw(_ context.Context, _ tag.ID, from, to int64, yield func(tag.Value) bool) error {
	for t := from; t < min(to, int64(n)) && yield(tag.Value{Source: t, Received: t, Value: tag.Int(t), Quality: tag.Good}); t++ {
	}
	return nil
}

// What a printer says is told, and the page is a PDF.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("two pages are long to draw under the race detector, and an export takes the same way")
	}
	g := openStation(t, desk, operator())
	g.addPens("HL.PT103")
	g.press("P")
	g.until("the fault is told", func() bool { return strings.Contains(g.status.text, "rinter is set up") })
	g.press("P")
	g.until("it is printed", func() bool { return strings.Contains(g.status.text, "given to the printer") })
	g.plant.mu.Lock()
	defer g.plant.mu.Unlock()
	for _, page := range g.plant.printed {
		if !bytes.HasPrefix(page, []byte("%PDF-")) {
			t.Error("what is printed is no PDF")
		}
	}
}

// Groups are everybody's or one person's, and keep how pens are drawn.
func TestGroupsMineAndShared(t *testing.T) {
	dir := t.TempDir()
	ana := operator()
	ana.Folder = dir
	g := openStation(t, desk, ana)
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("HL.PT103", "HL.FT102")
	p.view.SetLook("HL.PT103", trend.Look{Colour: 5, Line: trend.Steps, Own: true})
	set := trend.Arrangement{Axes: "stacked", Fixed: true, Ranges: map[tag.ID]trend.Range{"HL.FT102": {Lo: 100, Hi: 250}}}
	p.view.SetArrangement(set)
	for _, name := range []string{"for all", "for ana"} {
		g.press("S")
		g.typed(name)
		if name == "for ana" {
			groups, err := loadGroups(dir)
			if err != nil || len(groups) != 1 {
				t.Fatalf("%v, %v", groups, err)
			}
			groups[0].Owner = "" // the check box of the dialog sets it
			mine := groups[0]
			mine.Name, mine.Owner = name, "ana"
			if err := saveGroups(dir, append(groups, mine)); err != nil {
				t.Fatal(err)
			}
			g.press("Escape")
			continue
		}
		g.press("Return")
	}
	p.view.SetPens(nil)
	p.view.SetArrangement(trend.Arrangement{})
	g.press("L")
	g.press("Return") // the newest is chosen: ana's own
	if l := p.view.LookOf("HL.PT103"); l.Colour != 5 || l.Line != trend.Steps || !l.Own {
		t.Errorf("the pen is drawn as %+v", l)
	}
	if a := p.view.Arrangement(); !reflect.DeepEqual(a, set) {
		t.Errorf("the pens are set out as %+v, want %+v", a, set)
	}
	if lo, hi, _ := p.view.Axis("HL.FT102"); lo != 100 || hi != 250 {
		t.Errorf("the axis runs from %g to %g", lo, hi)
	}
	vera := Options{Session: &person{name: "vera"}, Folder: dir}
	h := openStation(t, desk, vera)
	h.goTo(trendPage)
	h.press("L")
	h.press("Return")
	if got := h.pages[trendPage].(*trendsPage).view.Pens(); len(got) != 2 {
		t.Errorf("vera sees %v in everybody's group", got)
	}
	if a := h.pages[trendPage].(*trendsPage).view.Arrangement(); !reflect.DeepEqual(a, set) {
		t.Errorf("vera sees the pens set out as %+v, want %+v", a, set)
	}
}

// A file from before arrangements were kept is lines on shared axes.
func TestGroupsOfOldFiles(t *testing.T) {
	opts := operator()
	opts.Folder = t.TempDir()
	old := `[{"name": "old", "pens": ["HL.PT103", "HL.FT102"], "span": 3600000000000, "looks": {"HL.PT103": {"colour": 4}}}]`
	if err := os.WriteFile(filepath.Join(opts.Folder, groupsFile), []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	g := openStation(t, desk, opts)
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("CW.LT101")
	p.view.SetArrangement(trend.Arrangement{Axes: "own"})
	g.press("L")
	g.press("Return")
	if a, w := p.view.Arrangement(), p.view.Window(); len(p.view.Pens()) != 2 || p.view.LookOf("HL.PT103").Colour != 4 || !reflect.DeepEqual(a, trend.Arrangement{}) || w.Span != int64(time.Hour) {
		t.Errorf("it shows %v set out as %+v over %v", p.view.Pens(), a, time.Duration(w.Span))
	}
}

// Raw implements Samples.
func (p *smallPlant) Raw(_ context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	for t := from; t < to; t += int64(time.Minute) {
		v := tag.Value{Source: t, Value: p.value(p.db.Cell(id).Def(), t), Quality: tag.Good}
		if t == from {
			v = tag.Value{Source: t, Quality: tag.BadSensorFailure}
		}
		if !yield(v) {
			return nil
		}
	}
	return nil
}

func TestTrendTools(t *testing.T) {
	dir := t.TempDir()
	opts := operator()
	opts.Folder = dir
	g := openStation(t, desk, opts)
	p := g.pages[trendPage].(*trendsPage)
	g.addPens("HL.PT103", "HL.FT102")
	pens := p.view.Pens()

	g.press("S")
	g.typed("high lift")
	g.press("Return")
	if !strings.Contains(g.status.text, "high lift was saved") {
		t.Fatalf("the person is told %q", g.status.text)
	}
	p.view.SetPens(nil)
	g.press("L")
	g.press("Return")
	if got := p.view.Pens(); len(got) != len(pens) || got[0] != pens[0] {
		t.Errorf("the group shows %v, was %v", got, pens)
	}

	g.press("G")
	d := g.dialogs[0]
	for f := 0; f < 2; f++ {
		e := g.win.Canvas().Focused().(*entry)
		e.SetText([]string{"2026-03-14 07:00", "2026-03-14 08:00"}[f])
		g.press("Return")
	}
	if !d.gone || p.view.Window().Span != int64(time.Hour) {
		t.Errorf("it shows %v", time.Duration(p.view.Window().Span))
	}

	// Every kind of file, chosen by the ending that is typed.
	for _, e := range exports {
		if testing.Short() && (e.ending == "pdf" || e.ending == "png") {
			continue // long to draw under the race detector; the SVG takes the same way
		}
		file := filepath.Join(dir, "out."+e.ending)
		g.press("E")
		g.win.Canvas().Focused().(*entry).SetText(file)
		g.press("Return")
		g.until("the export is told", func() bool { return strings.Contains(g.status.text, "written to "+file) })
		if info, err := os.Stat(file); err != nil || info.Size() < 200 {
			t.Errorf("%s: %v", file, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "out.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1+2*60 {
		t.Errorf("%d lines", len(lines))
	}
	if !strings.Contains(lines[1], ",HL.PT103,") || !strings.Contains(lines[1], "0x808C0000") {
		t.Errorf("the first line is %s", lines[1])
	}
	if stats, _ := os.ReadFile(filepath.Join(dir, "out.stats.csv")); strings.Count(string(stats), "\n") != 3 {
		t.Errorf("the statistics: %s", stats)
	}
	if f, err := os.Open(filepath.Join(dir, "out.png")); err == nil {
		defer f.Close()
		if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 600 {
			t.Errorf("the picture: %v", err)
		}
	}
	// Never over a file that is there.
	g.press("E")
	g.win.Canvas().Focused().(*entry).SetText(filepath.Join(dir, "out.svg"))
	g.press("Return")
	if len(g.dialogs) != 1 || !strings.Contains(g.dialogs[0].note.Text, "already") {
		t.Error("a file is written over")
	}
}

// A file of groups that cannot be read is told, and left as it is.
func TestBrokenGroups(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, groupsFile)
	if err := os.WriteFile(path, []byte("[{\"name\": "), 0o600); err != nil {
		t.Fatal(err)
	}
	opts := operator()
	opts.Folder = dir
	g := openStation(t, desk, opts)
	g.addPens("HL.PT103")
	g.press("S")
	g.typed("x")
	g.press("Return")
	if len(g.dialogs) != 1 || !strings.Contains(g.dialogs[0].note.Text, "trend groups") {
		t.Error("the person is not told")
	}
	if text, _ := os.ReadFile(path); string(text) != "[{\"name\": " {
		t.Error("the file was written over")
	}
}

// endless has more samples than any disk.
type endless struct{ *smallPlant }

func (p endless) Raw(_ context.Context, id tag.ID, from, _ int64, yield func(tag.Value) bool) error {
	for t := from; yield(tag.Value{Source: t, Received: t, Value: tag.Float(1), Quality: tag.Good}); t++ {
	}
	return nil
}

// An export says how far it is, and is stopped by the person; nothing of it is
// left.
func TestExportIsStopped(t *testing.T) {
	for _, ending := range []string{"csv", "xlsx"} {
		dir := t.TempDir()
		plant := newSmallPlant(t)
		g := openRoom(t, desk, operator(), plant, endless{plant})
		g.addPens("HL.PT103", "HL.FT102")
		p := g.pages[trendPage].(*trendsPage)
		g.press("E")
		g.win.Canvas().Focused().(*entry).SetText(filepath.Join(dir, "long."+ending))
		g.press("Return")
		if p.writing == nil {
			t.Fatalf("%s: nothing is being written: %q", ending, g.status.text)
		}
		g.until("it has got somewhere", func() bool { return p.writing.samples.Load() > 50_000 })
		g.frames(1)
		button := func() string {
			i := slices.IndexFunc(p.bar.Items(), func(it toolbar.Item) bool { return it.ID == "stop" })
			if i < 0 {
				return ""
			}
			return p.bar.Items()[i].Text
		}
		if say := button(); !strings.HasPrefix(say, "Stop writing: ") {
			t.Errorf("%s: the button says %q", ending, say)
		}
		g.press("E") // a second one has to wait
		g.win.Canvas().Focused().(*entry).SetText(filepath.Join(dir, "second.csv"))
		g.press("Return")
		if len(g.dialogs) != 1 || !strings.Contains(g.dialogs[0].note.Text, "Another file") {
			t.Errorf("%s: two are written at a time", ending)
		}
		g.press("Escape")
		p.do("stop")
		g.until("it has ended", func() bool { g.work(); return p.writing == nil })
		if left, _ := os.ReadDir(dir); len(left) != 0 || !strings.Contains(g.status.text, "was stopped") || g.status.wrong {
			t.Errorf("%s: %v are left, it says %q", ending, left, g.status.text)
		}
		g.frames(1)
		if say := button(); say != "" {
			t.Errorf("%s: the button says %q", ending, say)
		}
	}
}
