package screens

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/app/project"
	"penstock/screens/mimic"
)

// unsaved reports whether the project does not have the display as it is.
func (p *editorPage) unsaved() bool { return p.doc != nil && (p.fresh || p.doc.Changed()) }

// save gives the display to the project; after is done when it is there.
func (p *editorPage) save(after func()) {
	p.settle()
	now := p.s.opts.Now()
	if p.saving || !p.s.may(auth.Configure, "") {
		return
	}
	if _, wrong := p.mistakes(); len(wrong) > 0 {
		p.findings.set(p.review())
		p.findings.show(true)
		p.s.status.tell(now, fmt.Sprintf("Not saved: %s to be put right first, listed under the picture. Nothing is lost.", haveOrHas(len(wrong))), true)
		return
	}
	if was := p.project.Display(p.name); was != nil && (p.fresh || string(was.Text()) != p.base) {
		p.askOverwrite(func() { p.write(after) })
		return
	}
	p.write(after)
}

func haveOrHas(n int) string {
	if n == 1 {
		return "1 mistake has"
	}
	return fmt.Sprintf("%d mistakes have", n)
}

// askOverwrite is for a display that somebody else has changed meanwhile.
func (p *editorPage) askOverwrite(write func()) {
	say := widget.NewLabel("The project has another display " + p.name + " than the one that was opened here: somebody else has saved it. Saving replaces theirs.")
	say.Wrapping = fyne.TextWrapWord
	p.s.ask("Replace what was saved meanwhile?", say, "Replace", nil, func(*dialog) string { write(); return "" })
}

func (p *editorPage) write(after func()) {
	doc, version, text, name, who := p.doc, p.doc.Version(), p.doc.Text(), p.name, p.s.session
	p.saving = true
	var err error
	p.s.act(func(ctx context.Context) { err = p.shop.SaveDisplay(ctx, who, name, text) }, func() {
		p.saving = false
		if err != nil {
			p.refused(err)
			return
		}
		p.s.status.tell(p.s.opts.Now(), "Display "+name+" was saved, and the plant shows it.", false)
		if p.doc != doc {
			return
		}
		p.base, p.fresh = string(text), false
		if doc.Version() == version {
			doc.Saved()
			p.draft.drop(name)
		}
		p.reload()
		if after != nil {
			after()
		}
	})
}

// refused lists why the project did not take the display.
func (p *editorPage) refused(err error) {
	p.s.status.tell(p.s.opts.Now(), "Not saved: "+strings.SplitN(err.Error(), "\n", 2)[0], true)
	var all []finding
	if probs, ok := errors.AsType[project.Problems](err); ok {
		for _, x := range probs {
			f := finding{what: x.What, do: x.Do, wrong: true}
			if x.File != "displays/"+p.name+".json" {
				f.what = x.File + ": " + f.what
			} else if d, err := mimic.Parse(p.name, p.doc.Text()); err == nil {
				f.item = itemAt(d, x.Line)
			}
			all = append(all, f)
		}
	} else {
		for line := range strings.Lines(err.Error()) {
			all = append(all, finding{what: strings.TrimSpace(line), wrong: true})
		}
	}
	p.findings.set(all)
	p.findings.version = p.doc.Version() // until the next change
	p.findings.show(true)
}

// leave does something that gives up what is being edited. Where it has not
// been saved, the person is asked first.
func (p *editorPage) leave(then func()) {
	p.settle()
	if !p.unsaved() {
		then()
		return
	}
	var d *dialog
	say := widget.NewLabel("Display " + p.name + " has changes that are not saved.")
	drop := newButton("Throw them away", func(k keyOf) bool { return d.key(k) }, func() {
		d.close()
		p.draft.drop(p.name)
		p.doc.Saved()
		p.fresh = false
		then()
	})
	d = p.s.ask("Save first?", container.NewVBox(say, container.NewBorder(nil, nil, nil, drop)), "Save", nil, func(d *dialog) string {
		d.close()
		p.save(then)
		return stillOpen
	})
}

// end closes the editor and shows the display it changed.
func (p *editorPage) end() {
	name := p.name
	p.doc, p.name = nil, ""
	if d := p.s.room.Project().Display(name); d != nil && !d.Template() {
		p.s.openDisplay(name)
		return
	}
	p.s.goTo(mimicPage)
}

// displayName is what a display's file may be called.
var displayName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// askNew begins a new display, empty or as a copy of one.
func (p *editorPage) askNew(from *mimic.Display) {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	pr := p.s.room.Project()
	name, title := newEntry(key), newEntry(key)
	name.SetPlaceHolder("short name of its file, such as pumps-2")
	title.SetPlaceHolder("title, as operators know it")
	kinds := append(slices.Clone(levels), "template")
	level := p.s.newChoice(kinds, nil)
	level.SetSelected(levels[1])
	parent := p.s.newChoice(nil, nil)
	level.OnChanged = func(word string) {
		parent.Options = nil
		parent.ClearSelected()
		for _, o := range pr.Displays {
			if !o.Template() && o.Level <= slices.Index(levels, word) {
				parent.Options = append(parent.Options, o.Name)
			}
		}
		if len(parent.Options) > 0 {
			parent.SetSelected(parent.Options[0])
		}
	}
	level.OnChanged(level.Selected)
	verb, head := "Begin", "New display"
	form := container.NewVBox(widget.NewLabel("Name"), name, widget.NewLabel("Title"), title)
	if from == nil {
		form.Add(widget.NewLabel("Level"))
		form.Add(level)
		form.Add(widget.NewLabel("One level up from it"))
		form.Add(parent)
	} else {
		head = "Duplicate " + from.Name
		title.SetText(from.Title + " (copy)")
	}
	d = p.s.ask(head, form, verb, name, func(*dialog) string {
		file := strings.TrimSpace(name.Text)
		switch {
		case !displayName.MatchString(file):
			return "Its name is made of letters, digits, - and _."
		case pr.Display(file) != nil:
			return "The project has a display " + file + " already."
		}
		next := &mimic.Display{W: 1600, H: 900}
		if from != nil {
			next = from.Clone()
		} else {
			next.Level = slices.Index(kinds, level.Selected) + 1
			switch {
			case level.Selected == "template":
				next.Level, next.Params, next.W, next.H = 0, []string{"TAG"}, 200, 200
			case next.Level > 1:
				next.Parent = parent.Selected
			}
		}
		next.Name, next.Title = file, strings.TrimSpace(title.Text)
		if next.Title == "" && !next.Template() {
			return "Give it a title."
		}
		if _, err := mimic.Parse(file, next.Text()); err != nil {
			return sentence(err)
		}
		p.s.opts.Post(func() { p.begin(next, true) })
		return ""
	})
	name.OnSubmitted = func(string) { p.s.win.Canvas().Focus(fyne.Focusable(title)) }
	title.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askOpen edits another display of the project, or a template.
func (p *editorPage) askOpen() {
	var words []string
	all := slices.Clone(p.s.room.Project().Displays)
	for _, d := range all {
		w := d.Name
		if d.Template() {
			w += " (template)"
		} else {
			w += ": " + d.Title
		}
		words = append(words, w)
	}
	there := len(all)
	for _, d := range p.orphans() {
		all = append(all, d)
		words = append(words, d.Name+" (draft, never saved)")
	}
	pick := p.s.newRadio(words)
	list := container.NewVScroll(pick)
	list.SetMinSize(fyne.NewSize(400, min(float32(len(words))*30, 420)))
	p.s.ask("Edit a display", list, "Edit", nil, func(*dialog) string {
		i := slices.Index(words, pick.Selected)
		if i < 0 {
			return "Choose one."
		}
		p.s.opts.Post(func() { p.begin(all[i], i >= there) })
		return ""
	})
}

// askDelete takes the display out of the project.
func (p *editorPage) askDelete() {
	if !p.s.may(auth.Configure, "") {
		return
	}
	text := "Its file is removed, and the plant goes on without it."
	if used := p.usedBy(p.name); len(used) > 0 {
		text += " It is used by " + strings.Join(used, ", ") + ", which have to let go of it first."
	}
	say := widget.NewLabel(text)
	say.Wrapping = fyne.TextWrapWord
	p.s.ask("Delete display "+p.name+"?", say, "Delete", nil, func(d *dialog) string {
		name, who := p.name, p.s.session
		p.s.change(d, "Display "+name+" was deleted", func(ctx context.Context) error { return p.shop.DeleteDisplay(ctx, who, name) }, func() {
			p.draft.drop(name)
			p.doc = nil
			p.s.goTo(mimicPage)
		})
		return stillOpen
	})
}
