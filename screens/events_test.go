package screens

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/historian/journal"
)

// writtenPlant is a small plant whose journal can be written down.
type writtenPlant struct{ *smallPlant }

func (p *writtenPlant) WriteJournal(ctx context.Context, w io.Writer, format string, f journal.Filter) error {
	entries, err := p.Entries(ctx, f)
	for _, e := range entries {
		fmt.Fprintln(w, format, e.Kind, e.Action, e.On)
	}
	return err
}

// What is exported is what the page lists; a file that is there stays.
func TestEventsAreReadWholeAndExported(t *testing.T) {
	small := newSmallPlant(t)
	g := openRoom(t, desk, operator(), small, &writtenPlant{small})
	small.upset()
	g.press("F6")
	p := g.pages[eventPage].(*eventsPage)
	p.do("command")
	g.until("only commands are listed", func() bool { return p.list.Len() == 2 })
	g.press("Home")
	if e := p.detail.entry; e.Seq == 0 || e.Outcome != "refused: the value is out of range" {
		t.Errorf("in full stands %+v", e)
	}
	g.keep("events-detail")
	file := filepath.Join(t.TempDir(), "events.pdf")
	write := func() *dialog {
		g.press("E")
		d := g.dialogs[0]
		d.first.(*entry).SetText(file)
		g.press("Return")
		return d
	}
	if d := write(); d.note.Text != "Let the name end in .csv or .xlsx." {
		t.Errorf("of another format it says %q", d.note.Text)
	}
	g.press("Escape")
	file = strings.Replace(file, ".pdf", ".xlsx", 1)
	write()
	g.until("it is written", func() bool { return strings.Contains(g.status.text, "were written to") })
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "xlsx command set HL.PIC103.SP\nxlsx command set HL.PIC103.SP\n" {
		t.Errorf("written was %q, %v", text, err)
	}
	if d := write(); d.note.Text != "There is a file of this name already." {
		t.Errorf("of a file that is there it says %q", d.note.Text)
	}
}
