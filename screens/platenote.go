package screens

import (
	"context"
	"image"
	"strings"
	"time"

	"fyne.io/fyne/v2/container"

	"penstock/app/auth"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets/paint"
)

// Explainer is a Room that knows where values come from.
type Explainer interface {
	// Explain says in one line where on the wire a tag's value is, in every
	// notation an engineer may have before him; "" for a tag that is not there.
	Explain(id tag.ID) string
}

// notesShown is how many notes a faceplate shows, the newest ones.
const notesShown = 4

// readNotes looks up what people noted about the tag.
func (p *faceplate) readNotes() {
	id := p.id
	var found []journal.Entry
	var err error
	p.s.act(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		found, err = p.s.room.Entries(ctx, journal.Filter{On: string(id), Kinds: []journal.Kind{journal.User}, Actions: []string{Noted}, Limit: notesShown})
	}, func() {
		if p.id == id && err == nil {
			p.face.notes, p.face.dirty = found, true
		}
	})
}

// askNote asks for a note about the tag as it is now.
func (p *faceplate) askNote() {
	c := p.s.room.Tags().Cell(p.id)
	scribe, ok := p.s.room.(Scribe)
	if !ok {
		p.s.status.tell(p.s.opts.Now(), "This plant keeps no notes.", true)
		return
	}
	if c == nil || !p.s.may(auth.Ack, c.Def().Area) {
		return
	}
	id, at := p.id, p.s.opts.Now().UnixNano()
	var d *dialog
	text := newEntry(func(k keyOf) bool { return d.key(k) })
	text.SetPlaceHolder("what you saw or did")
	who := p.s.session
	d = p.s.ask("Note", container.NewVBox(newNote(p.s, string(id), "", c.Def().Text), text), "Save", text, func(d *dialog) string {
		words := strings.TrimSpace(text.Text)
		if words == "" {
			return "Write something, or cancel."
		}
		d.wait()
		var err error
		p.s.act(func(ctx context.Context) { err = scribe.Note(ctx, who, at, id, words) }, func() {
			if err != nil {
				d.fail("The note was not kept: " + sentence(err))
				return
			}
			d.close()
			p.s.status.tell(p.s.opts.Now(), "The note on "+string(id)+" is in the journal.", false)
			p.readNotes()
		})
		return stillOpen
	})
	text.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// paintNotes shows the newest notes, each with who wrote it and when.
func (v *plateFace) paintNotes(k *ink, r image.Rectangle) int {
	if len(v.notes) == 0 {
		return r.Min.Y - k.px(8)
	}
	pal := k.pal()
	y := v.heading(k, r, "Notes")
	for _, e := range v.notes {
		at := e.Source
		if at == 0 {
			at = e.At
		}
		y = k.paragraph(k.font(13), image.Rect(r.Min.X, y, r.Max.X, r.Max.Y), e.Note, pal.Text)
		k.say(k.font(11.5), image.Rect(r.Min.X, y, r.Max.X, y+k.px(16)), paint.Left, e.Who+", "+clockTime(nanos(at), v.now), pal.Dim)
		y += k.px(20)
	}
	return y
}
