package screens

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/screens/mimic"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// whereList is the list in the dialog that says where something is used.
type whereList struct {
	uses []mimic.Use
	list *rows.View[int]
}

// Row implements rows.Model.
func (w *whereList) Row(i int, r *rows.Row) bool {
	if i >= len(w.uses) {
		return false
	}
	u := &w.uses[i]
	r.Cells[0], r.Cells[1], r.Cells[2] = u.Display, u.Item, u.How
	return true
}

// uses lists where displays refer to something, the one that is being edited
// as it is now.
func (p *editorPage) uses(name string) []mimic.Use {
	var all []*mimic.Display
	for _, d := range p.project.Displays {
		if d.Name != p.name {
			all = append(all, d)
		}
	}
	return mimic.Uses(append(all, p.doc.Display()), name, p.scope)
}

// subject is what the person is likely to ask about: the tag of the selected
// item or of the shelf, the template it shows, or the display.
func (p *editorPage) subject() string {
	if sel := p.doc.Selection(); len(sel) == 1 {
		it := p.doc.Display().Item(sel[0])
		if it.Use != "" {
			return it.Use
		}
		if k := mimic.KindOf(it.Kind); k != nil {
			for _, r := range k.Roles {
				if b := it.Tags[r.Name]; b != "" && !strings.HasPrefix(b, "=") {
					return b
				}
			}
		}
	}
	if p.tags.root.Visible() {
		if id, ok := p.tags.Focused(); ok {
			return string(id)
		}
	}
	return p.name
}

// askWhere says which displays use a tag, a template, a display or a picture,
// and leads there.
func (p *editorPage) askWhere() {
	if len(p.s.dialogs) > 0 {
		return
	}
	w := &whereList{}
	w.list = rows.New[int](p.s.style, w, rows.Column{Title: "Display", Width: 150}, rows.Column{Title: "Item", Width: 160}, rows.Column{Title: "How"})
	d := &dialog{s: p.s}
	w.list.OnOpen = func(i int) {
		u := w.uses[i]
		d.close()
		p.goToUse(u)
	}
	grid := widgets.NewSurface(w.list)
	grid.Clock, grid.Least, grid.Forward = p.s.opts.Now, fyne.NewSize(680, 360), d.key
	field := newEntry(d.key)
	field.SetPlaceHolder("a tag, template, display or picture")
	look := func(name string) {
		name = strings.TrimSpace(name)
		w.uses = p.uses(name)
		w.list.Empty = "No display uses " + name + "."
		order := make([]int, len(w.uses))
		for i := range order {
			order[i] = i
		}
		w.list.SetOrder(order)
		w.list.Touch()
		w.list.ToTop()
		w.list.Key(view.Key{Name: view.KeyHome})
		grid.Frame(p.s.opts.Now())
	}
	field.OnChanged = look
	field.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown, view.KeyReturn:
			w.list.Key(k)
			grid.Frame(p.s.opts.Now())
			return true
		}
		return false
	}
	head := widget.NewLabelWithStyle("Where is it used?", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	d.pop = widget.NewModalPopUp(container.New(&upright{2}, head, container.NewPadded(field), grid), p.s.win.Canvas())
	d.frame = func(now time.Time) { grid.Frame(now) }
	p.s.dialogs = append(p.s.dialogs, d)
	field.SetText(p.subject())
	d.pop.Show()
	p.s.win.Canvas().Focus(field)
}

// goToUse selects what refers to something, in the display it is in.
func (p *editorPage) goToUse(u mimic.Use) {
	choose := func() {
		if u.Item != "" {
			p.doc.Select(topItem(u.Item))
		}
		p.drawing.Soil()
		p.settle()
	}
	if u.Display == p.name {
		choose()
		return
	}
	if d := p.project.Display(u.Display); d != nil {
		p.leave(func() {
			p.start(d, false)
			choose()
		})
	}
}
