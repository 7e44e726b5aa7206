package screens

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/app/tag"
)

// Scribe is a Room that keeps what people note. Its method blocks until the
// note is durable or the context ends.
type Scribe interface {
	// Note writes into the journal what a person noted about a moment of a
	// tag, or of the plant where on is empty: an entry of kind user and action
	// Noted, its Source the moment.
	Note(ctx context.Context, s Session, at int64, on tag.ID, text string) error
}

// notePlant is the choice of a note about nothing in particular.
const notePlant = "the plant"

// noteLimit is how long writing a note down may take.
const noteLimit = 10 * time.Second

// askNote asks for a note about a moment; 0 is now.
func (p *trendsPage) askNote(at int64) {
	scribe, ok := p.s.room.(Scribe)
	if !ok {
		p.s.status.tell(p.s.opts.Now(), "This plant keeps no notes.", true)
		return
	}
	if at == 0 {
		at = min(p.view.Window().End, p.s.opts.Now().UnixNano())
	}
	about := []string{notePlant}
	area := ""
	for _, d := range p.defs() {
		about = append(about, string(d.ID))
	}
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	text, when := newEntry(key), newEntry(key)
	text.SetPlaceHolder("what you saw or did")
	when.SetText(nanos(at).Format(typedTime))
	on := p.s.newChoice(about, nil)
	on.SetSelected(notePlant)
	if id, ok := p.view.Selected(); ok {
		on.SetSelected(string(id))
		area = p.s.room.Tags().Cell(id).Def().Area
	}
	if !p.s.may(auth.Ack, area) {
		return
	}
	d = p.s.ask("Note", container.NewVBox(text, widget.NewLabel("About"), on, widget.NewLabel("At"), when), "Save", text, func(d *dialog) string {
		t, err := parseMoment(when.Text, p.s.opts.Now())
		words := strings.TrimSpace(text.Text)
		switch {
		case err != nil:
			return sentence(err)
		case words == "":
			return "Write something, or cancel."
		case t.After(p.s.opts.Now()):
			return "That has not happened yet."
		}
		id := tag.ID(on.Selected)
		if on.Selected == notePlant {
			id = ""
		}
		moment := t.UnixNano()
		if when.Text == nanos(at).Format(typedTime) { // not changed: to the nanosecond
			moment = at
		}
		who := p.s.session
		d.wait()
		ctx, cancel := context.WithTimeout(p.s.ctx, noteLimit)
		go func() {
			defer cancel()
			err := scribe.Note(ctx, who, moment, id, words)
			p.s.opts.Post(func() {
				if err != nil {
					d.fail("The note was not kept: " + sentence(err))
					return
				}
				d.close()
				p.view.Again()
				p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("The note at %s is in the journal.", nanos(moment).Format("2 Jan 15:04:05")), false)
			})
		}()
		return stillOpen
	})
	text.OnSubmitted = func(string) { d.yes.OnTapped() }
}
