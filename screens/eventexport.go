package screens

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/historian/journal"
	"penstock/widgets/paint"
)

// JournalWriter is a Room that writes its journal down for other programs.
type JournalWriter interface {
	// WriteJournal writes what a filter lets through, the newest entry first,
	// as "csv" or "xlsx". It is called from goroutines of the screens'.
	WriteJournal(ctx context.Context, w io.Writer, format string, f journal.Filter) error
}

// askExport writes what is listed, and what of it was left out for want of
// room, to a file.
func (p *eventsPage) askExport() {
	room, ok := p.s.room.(JournalWriter)
	if !ok {
		p.s.status.tell(p.s.opts.Now(), "This station keeps no journal.", true)
		return
	}
	f := p.filter()
	var d *dialog
	path := newEntry(func(k keyOf) bool { return d.key(k) })
	path.SetText(filepath.Join(homeFolder(), "events-"+p.s.opts.Now().Format("20060102-150405")+".csv"))
	about := widget.NewLabel("All entries that the filters of the page let through. A name that ends in .xlsx makes a workbook.")
	about.Wrapping = fyne.TextWrapWord
	d = p.s.askIn(560, "Export events", container.NewVBox(about, path), "Write", path, func(d *dialog) string {
		to := strings.TrimSpace(path.Text)
		format := strings.ToLower(strings.TrimPrefix(filepath.Ext(to), "."))
		if format != "csv" && format != "xlsx" {
			return "Let the name end in .csv or .xlsx."
		}
		if _, err := os.Stat(to); err == nil {
			return "There is a file of this name already."
		}
		d.wait()
		ctx, cancel := context.WithTimeout(p.s.ctx, exportLimit)
		go func() {
			defer cancel()
			err := writeWhole(to, func(w io.Writer) error { return room.WriteJournal(ctx, w, format, f) })
			p.s.opts.Post(func() {
				switch {
				case p.s.ctx.Err() != nil:
				case err != nil:
					d.fail(sentence(errors.New("it was not written: " + err.Error())))
				default:
					d.close()
					p.s.status.tell(p.s.opts.Now(), "The events were written to "+to+".", false)
				}
			})
		}()
		return stillOpen
	})
	path.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// eventDetails is one entry of the journal in full.
type eventDetails struct {
	details
	entry journal.Entry
}

func (v *eventDetails) show(e journal.Entry) {
	if e.Seq != v.entry.Seq {
		v.entry, v.dirty = e, true
	}
}

// Paint implements view.View.
func (v *eventDetails) Paint(p *paint.Painter) {
	k, r := v.ground(p)
	pal := k.pal()
	r = r.Inset(k.px(12))
	e := &v.entry
	if e.Seq == 0 {
		k.say(k.font(13), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, "Select an entry to read all of it.", pal.Dim)
		return
	}
	head := strings.TrimSpace(e.Action + " " + e.On)
	w := k.say(k.bold(15), image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left, head, pal.Text)
	k.say(k.font(13), image.Rect(r.Min.X+w+k.px(14), r.Min.Y, r.Max.X, r.Min.Y+k.px(24)), paint.Left,
		nanos(e.At).Format("2 Jan 2006 15:04:05.000")+", "+string(e.Kind)+", no. "+fmt.Sprint(e.Seq), pal.Dim)
	y := r.Min.Y + k.px(28)
	y = k.paragraph(k.font(13.5), image.Rect(r.Min.X, y, r.Max.X, r.Max.Y-k.px(40)), e.Note, pal.Text)
	var parts []string
	add := func(name, text string) {
		if text != "" {
			parts = append(parts, name+" "+text)
		}
	}
	add("from", e.Old)
	add("to", e.New)
	add("outcome:", e.Outcome)
	add("by", e.Who)
	add("at", e.Station)
	add("area", e.Area)
	if e.Source != 0 && e.Source != e.At {
		add("source time", nanos(e.Source).Format("2 Jan 15:04:05.000"))
	}
	k.paragraph(k.font(12.5), image.Rect(r.Min.X, y+k.px(4), r.Max.X, r.Max.Y), strings.Join(parts, "    "), pal.Dim)
}
