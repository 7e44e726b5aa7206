package screens

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/screens/edit"
	"penstock/screens/mimic"
)

// draft keeps what has not been saved in a file of the station's own, so that
// neither a power cut nor a mistake that is in the way of saving loses it.
type draft struct {
	folder  string // of the drafts; empty: none are kept
	version int
	at      time.Time
}

// draftEvery is how much work a power cut may cost.
const draftEvery = 5 * time.Second

func (d *draft) path(name string) string { return filepath.Join(d.folder, name+".json") }

// drop forgets what was kept of a display.
func (d *draft) drop(name string) {
	if d.folder != "" {
		// One that stays behind is offered again, and is then thrown away.
		_ = os.Remove(d.path(name))
	}
	d.version = -1
}

// close keeps what has not been saved when the window closes.
func (p *editorPage) close() {
	p.draft.at = time.Time{}
	p.keepDraft(p.s.opts.Now())
}

// keepDraft writes the display down when it has changed.
func (p *editorPage) keepDraft(now time.Time) {
	d := &p.draft
	if p.s.opts.Folder == "" || !p.unsaved() || p.doc.Version() == d.version || now.Sub(d.at).Abs() < draftEvery {
		return
	}
	d.folder, d.at, d.version = filepath.Join(p.s.opts.Folder, "drafts"), now, p.doc.Version()
	err := os.MkdirAll(d.folder, 0o700)
	if err == nil {
		err = writeWhole(d.path(p.name), func(w io.Writer) error {
			_, err := w.Write(p.doc.Text())
			return err
		})
	}
	if err != nil {
		p.s.status.tell(now, "The draft of this display cannot be kept: "+sentence(err), true)
	}
}

// orphans are the drafts of displays that the project never had.
func (p *editorPage) orphans() (out []*mimic.Display) {
	if p.s.opts.Folder == "" {
		return nil
	}
	folder := filepath.Join(p.s.opts.Folder, "drafts")
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil // none were kept yet
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok || !displayName.MatchString(name) || p.s.room.Project().Display(name) != nil || p.fresh && name == p.name {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			continue
		}
		if d, err := mimic.Parse(name, text); err == nil {
			d.Name = name
			out = append(out, d)
		}
	}
	return out
}

// offerDraft takes up a draft that an earlier session left behind.
func (p *editorPage) offerDraft() {
	p.draft = draft{version: -1}
	if p.s.opts.Folder == "" {
		return
	}
	p.draft.folder = filepath.Join(p.s.opts.Folder, "drafts")
	text, err := os.ReadFile(p.draft.path(p.name))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	d, perr := mimic.Parse(p.name, text)
	if err != nil || perr != nil || string(text) == string(p.doc.Text()) {
		return // nothing that could be taken up
	}
	d.Name = p.name
	when := ""
	if info, err := os.Stat(p.draft.path(p.name)); err == nil {
		when = " of " + clockTime(info.ModTime(), p.s.opts.Now())
	}
	say := widget.NewLabel("There is a draft" + when + " that was never saved.")
	say.Wrapping = fyne.TextWrapWord
	var g *dialog
	drop := newButton("Throw it away", func(k keyOf) bool { return g.key(k) }, func() { g.close(); p.draft.drop(p.name) })
	g = p.s.ask("Go on with the draft?", container.NewVBox(say, container.NewBorder(nil, nil, nil, drop)), "Go on with it", nil, func(*dialog) string {
		p.takeDraft(d)
		return ""
	})
}

// takeDraft goes on with a draft: taking it up is a step that can be undone.
func (p *editorPage) takeDraft(d *mimic.Display) {
	doc := edit.New(p.doc.Display())
	doc.Begin("take up the draft")
	doc.SelectAll()
	if len(doc.Selection()) > 0 {
		p.told(doc.Delete())
	}
	p.told(doc.Insert(d.Items, 0, 0))
	part := edit.New(d)
	p.told(doc.SetHead(part.Head()))
	doc.End()
	doc.Select()
	p.edit(doc)
}
