package screens

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"penstock/app/calc"
	"penstock/app/tag"
	"penstock/screens/edit"
	"penstock/screens/mimic"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// boundRoles is how many of a kind's many alike roles the sheet shows: those
// that are bound, and one more.
func boundRoles(k *mimic.Kind, it *mimic.Item) int {
	last := 0
	for i, r := range k.Roles {
		if it.Tags[r.Name] != "" {
			last = i + 1
		}
	}
	return min(last+1, len(k.Roles))
}

// bindings sets what an item shows.
func (s *propertySheet) bindings(id string, k *mimic.Kind) {
	roles := k.Roles
	if len(roles) > 6 {
		roles = roles[:boundRoles(k, s.live(id))]
	}
	if len(roles) > 0 {
		s.head("Shows")
		s.words(`A tag, or "=" and an expression of tags.`)
	}
	for _, r := range roles {
		s.binding(id, r)
	}
	s.head("Also")
	s.text("Watches", "tags whose alarms it shows, too", func() string { return strings.Join(s.live(id).Watch, " ") }, func(t string) error {
		return s.p.doc.SetWatch(id, strings.Fields(t))
	}, s.p.checkTags)
	for _, r := range mimic.AnyRoles {
		s.binding(id, r)
	}
}

func (s *propertySheet) binding(id string, r mimic.Role) {
	doc := s.p.doc
	check := func(t string) (string, bool) {
		if strings.TrimSpace(t) == "" && r.Needed {
			return "It shows nothing without this.", true
		}
		return s.p.checkBinding(t)
	}
	e := newSheetEntry(s.p, func() string { return s.live(id).Tags[r.Name] }, func(t string) error {
		return doc.SetTag(id, r.Name, strings.TrimSpace(t))
	}, check)
	e.hint(r.Help)
	s.fields = append(s.fields, e)
	pick := newSmallButton(s.p, "", theme.SearchIcon(), func() {
		s.p.askTag("Tag for "+r.Name+" of "+id, e.Text, func(t tag.ID) { s.p.told(doc.SetTag(id, r.Name, string(t))) })
	})
	s.box.Add(row(titleOf(r.Name), container.NewBorder(nil, nil, nil, pick, e), e.note))
}

// scope is what expressions of the display may name.
func (p *editorPage) scope(id tag.ID) (tag.Kind, bool) {
	if c := p.s.room.Tags().Cell(id); c != nil {
		return c.Def().Kind, true
	}
	return tag.None, false
}

// checkBinding says what a tag is, or what is wrong with a binding.
func (p *editorPage) checkBinding(t string) (note string, wrong bool) {
	t = strings.TrimSpace(t)
	if t == "" || p.doc.Display().Template() && strings.Contains(t, "{") {
		return "", false // a template's tags are known where it is used
	}
	if expr, ok := mimic.Expression(t); ok {
		if err := calc.Check(expr, p.scope); err != nil {
			return sentence(err), true
		}
		return "", false
	}
	c := p.s.room.Tags().Cell(tag.ID(t))
	if c == nil {
		return p.noTag(t), true
	}
	d := c.Def()
	note = d.Text
	if d.HasRange() {
		note += ", " + withUnit(numberText(d.Lo)+" to "+numberText(d.Hi), d.Unit)
	} else if d.Unit != "" {
		note += ", " + d.Unit
	}
	return note, false
}

// noTag says that there is no such tag, and which could be meant.
func (p *editorPage) noTag(t string) string {
	if t == edit.Placeholder {
		return "Name the tag that is shown here."
	}
	say := fmt.Sprintf("There is no tag %q.", t)
	if like := matchTags(p.s.room.Tags(), t); len(like) > 0 {
		var names []string
		for _, id := range like[:min(len(like), 3)] {
			names = append(names, string(id))
		}
		say += " Perhaps " + strings.Join(names, " or ") + "?"
	}
	return say
}

func (p *editorPage) checkTags(t string) (string, bool) {
	for _, id := range strings.Fields(t) {
		if p.s.room.Tags().Cell(tag.ID(id)) == nil && !strings.Contains(id, "{") {
			return p.noTag(id), true
		}
	}
	return "", false
}

func (p *editorPage) checkAreas(t string) (string, bool) {
	for _, a := range strings.Fields(t) {
		if !p.hasArea(a) {
			return fmt.Sprintf("There is no area %q.", a), true
		}
	}
	return "", false
}

// tagAsker is the list of tags in the dialog of askTag.
type tagAsker struct {
	room Room
	list *rows.View[tag.ID]
}

// Row implements rows.Model.
func (a *tagAsker) Row(id tag.ID, r *rows.Row) bool {
	c := a.room.Tags().Cell(id)
	if c == nil {
		return false
	}
	r.Cells[0], r.Cells[1], r.Cells[2] = string(id), c.Def().Text, c.Def().Unit
	return true
}

// askTag lets the person find a tag by a few letters of its name.
func (p *editorPage) askTag(title, now string, do func(tag.ID)) {
	if len(p.s.dialogs) > 0 {
		return
	}
	a := &tagAsker{room: p.s.room}
	a.list = rows.New[tag.ID](p.s.style, a, rows.Column{Title: "Tag", Width: 180}, rows.Column{Title: "Description"}, rows.Column{Title: "Unit", Width: 70})
	a.list.Empty = "No tag matches."
	d := &dialog{s: p.s}
	a.list.OnOpen = func(id tag.ID) { d.close(); do(id) }
	grid := widgets.NewSurface(a.list)
	grid.Clock, grid.Least, grid.Forward = p.s.opts.Now, fyne.NewSize(640, 360), d.key
	field := newEntry(d.key)
	field.SetPlaceHolder("a few letters of its name or description")
	match := func() {
		a.list.SetOrder(matchTags(p.s.room.Tags(), field.Text))
		a.list.Touch()
		a.list.ToTop()
		a.list.Clear()
		a.list.Key(view.Key{Name: view.KeyHome})
		grid.Frame(p.s.opts.Now())
	}
	field.OnChanged = func(string) { match() }
	field.first = func(k view.Key) bool {
		if !slices.Contains([]string{view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown, view.KeyReturn}, k.Name) {
			return false
		}
		a.list.Key(k)
		grid.Frame(p.s.opts.Now())
		return true
	}
	head := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	d.pop = widget.NewModalPopUp(container.New(&upright{2}, head, container.NewPadded(field), grid), p.s.win.Canvas())
	d.frame = func(now time.Time) { grid.Frame(now) }
	p.s.dialogs = append(p.s.dialogs, d)
	if c := p.s.room.Tags().Cell(tag.ID(now)); c != nil {
		a.list.SetOrder(matchTags(p.s.room.Tags(), ""))
		a.list.Choose(c.Def().ID)
	} else {
		field.SetText(strings.TrimSpace(strings.TrimPrefix(now, edit.Placeholder)))
		match()
	}
	d.pop.Show()
	p.s.win.Canvas().Focus(field)
}
