package screens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynedialog "fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/screens/mimic"
	"penstock/widgets/picture"
)

// askRename gives the display another name, and has all that leads to it
// follow.
func (p *editorPage) askRename() {
	if !p.s.may(auth.Configure, "") {
		return
	}
	p.leave(func() { // what is not saved would be lost
		var d *dialog
		from := p.name
		name := newEntry(func(k keyOf) bool { return d.key(k) })
		name.SetText(from)
		text := "Whatever leads to it or shows it is changed with it."
		if used := p.usedBy(from); len(used) > 0 {
			text = plural(len(used), "display", "displays") + " that lead to it or show it are changed with it: " + strings.Join(used, ", ") + "."
		}
		say := widget.NewLabel(text)
		say.Wrapping = fyne.TextWrapWord
		d = p.s.ask("Rename display "+from, container.NewVBox(name, say), "Rename", name, func(d *dialog) string {
			to := strings.TrimSpace(name.Text)
			switch {
			case !displayName.MatchString(to):
				return "Its name is made of letters, digits, - and _."
			case to == from:
				return "That is its name."
			case p.s.room.Project().Display(to) != nil:
				return "The project has a display " + to + " already."
			}
			who := p.s.session
			p.s.change(d, "Display "+from+" is "+to+" now", func(ctx context.Context) error { return p.shop.RenameDisplay(ctx, who, from, to) }, func() {
				if next := p.s.room.Project().Display(to); next != nil {
					p.renamed(from, next)
				}
			})
			return stillOpen
		})
		name.OnSubmitted = func(string) { d.yes.OnTapped() }
	})
}

// renamed goes on with the display that is being edited under its new name;
// what was done before can still be undone.
func (p *editorPage) renamed(from string, next *mimic.Display) {
	if p.doc == nil || p.name != from {
		return
	}
	p.doc.DisplayRenamed(from, next.Name, p.find)
	if string(p.doc.Text()) != string(next.Text()) { // somebody else saved it in between
		p.start(next, false)
		return
	}
	p.name, p.base, p.project = next.Name, string(next.Text()), nil
	p.draft.drop(from)
	p.reload()
}

// askPicture takes a picture into the project.
func (p *editorPage) askPicture() {
	if !p.s.may(auth.Configure, "") {
		return
	}
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	file := newEntry(key)
	file.SetPlaceHolder("a PNG, JPEG or SVG file")
	browse := newButton("Browse ...", key, func() {
		fynedialog.ShowFileOpen(func(r fyne.URIReadCloser, err error) {
			if r != nil {
				file.SetText(r.URI().Path())
				r.Close()
			}
		}, p.s.win)
	})
	say := widget.NewLabel("It is copied into the project; an item of the kind " + `"Picture from a file"` + " shows it. Drawings are shown in the greys of the display, their text in its typeface.")
	say.Wrapping = fyne.TextWrapWord
	d = p.s.ask("Take a picture into the project", container.NewVBox(container.NewBorder(nil, nil, nil, browse, file), say), "Take it", file, func(d *dialog) string {
		from := strings.TrimSpace(file.Text)
		name := filepath.Base(from)
		data, err := readPicture(from)
		if err != nil {
			return sentence(err)
		}
		if _, err := picture.Parse(name, data); err != nil {
			return sentence(err)
		}
		who := p.s.session
		p.s.change(d, "The picture "+name+" is part of the project", func(ctx context.Context) error { return p.shop.SavePicture(ctx, who, name, data) }, p.reload)
		return stillOpen
	})
	file.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// readPicture reads no more of a file than a picture may have.
func readPicture(name string) ([]byte, error) {
	if !picture.Known(name) {
		return nil, errors.New("name a .png, .jpg or .svg file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, picture.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return data, nil
}
