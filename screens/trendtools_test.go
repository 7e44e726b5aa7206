package screens

import (
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
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

	file := filepath.Join(dir, "out.csv")
	g.press("E")
	g.win.Canvas().Focused().(*entry).SetText(file)
	g.press("Return")
	g.until("the export is told", func() bool { return strings.Contains(g.status.text, "samples written to "+file) })
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1+2*60 {
		t.Errorf("%d lines", len(lines))
	}
	if !strings.Contains(lines[1], ",HL.PT103,") && !strings.Contains(lines[1], "sensor failure,0x808c0000") {
		t.Errorf("the first line is %s", lines[1])
	}

	g.press("P")
	shot := filepath.Join(dir, "shot.png")
	g.win.Canvas().Focused().(*entry).SetText(shot)
	g.press("Return")
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 600 {
		t.Errorf("the picture: %v", err)
	}
	// Never over a file that is there.
	g.press("P")
	g.win.Canvas().Focused().(*entry).SetText(shot)
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
