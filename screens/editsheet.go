package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/screens/edit"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
)

// propertySheet sets what is selected on the editor's canvas, and the display
// itself where nothing is.
type propertySheet struct {
	p       *editorPage
	box     *fyne.Container
	scroll  *container.Scroll
	root    *fyne.Container
	fields  []sheetField
	shape   string // what the fields were made for
	version int
}

func newPropertySheet(p *editorPage) *propertySheet {
	s := &propertySheet{p: p, box: container.NewVBox()}
	s.scroll = container.NewVScroll(container.NewPadded(container.NewPadded(s.box)))
	s.root = container.NewStack(p.surface(&ground{style: p.s.style}), s.scroll)
	return s
}

// ground is a plain panel behind a form; Fyne's own rectangles keep their
// colour when day turns to night.
type ground struct {
	style *paint.Style
	size  image.Point
}

// Layout implements view.View.
func (v *ground) Layout(size image.Point, _ float32) { v.size = size }

// Frame implements view.View.
func (v *ground) Frame(time.Time) bool { return false }

// Paint implements view.View.
func (v *ground) Paint(p *paint.Painter) {
	p.FillRect(image.Rectangle{Max: v.size}, v.style.Palette.Panel)
}

// usual is the choice that takes a setting away.
const usual = "(as usual)"

// frame has the sheet show what is selected now.
func (s *propertySheet) frame() {
	doc := s.p.doc
	if shape := s.shapeOf(); shape != s.shape {
		s.shape, s.version = shape, doc.Version()
		s.build()
		return
	}
	if v := doc.Version(); v != s.version {
		s.version = v
		for _, f := range s.fields {
			f.pull()
		}
	}
}

// shapeOf says which fields there are to be.
func (s *propertySheet) shapeOf() string {
	doc, sel := s.p.doc, s.p.doc.Selection()
	var b strings.Builder
	fmt.Fprintf(&b, "%p %p %q", doc, s.p.project, sel)
	for _, id := range sel {
		it := doc.Display().Item(id)
		fmt.Fprint(&b, it.Kind, len(it.Rules), it.Use)
		for _, r := range it.Rules {
			fmt.Fprint(&b, len(r.Set))
		}
		if k := mimic.KindOf(it.Kind); k != nil && len(k.Roles) > 6 {
			fmt.Fprint(&b, boundRoles(k, it))
		}
	}
	if len(sel) == 0 {
		fmt.Fprint(&b, doc.Display().Template(), doc.Display().Level)
	}
	return b.String()
}

func (s *propertySheet) build() {
	s.box.RemoveAll()
	s.fields = nil
	sel := s.p.doc.Selection()
	switch len(sel) {
	case 0:
		s.display()
	case 1:
		s.item(sel[0])
	default:
		s.several(sel)
	}
	s.box.Refresh()
	s.scroll.ScrollToTop()
}

// arrange lays the sheet out again: a note came or went.
func (s *propertySheet) arrange() { s.box.Refresh() }

func (s *propertySheet) head(text string) {
	if len(s.box.Objects) > 0 {
		s.box.Add(widget.NewSeparator())
	}
	l := widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	l.Truncation = fyne.TextTruncateEllipsis
	s.box.Add(l)
}

func (s *propertySheet) words(text string) {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	l.Importance = widget.LowImportance
	s.box.Add(l)
}

func (s *propertySheet) text(word, hint string, get func() string, set func(string) error, check func(string) (string, bool)) *sheetEntry {
	e := newSheetEntry(s.p, get, set, check)
	e.hint(hint)
	s.fields = append(s.fields, e)
	s.box.Add(row(word, e, e.note))
	return e
}

func (s *propertySheet) choice(word string, options []string, get func() string, set func(string) error) {
	c := newSheetChoice(s.p, options, get, set)
	s.fields = append(s.fields, c)
	s.box.Add(row(word, c, nil))
}

// number is a field for a number, which may be missing where empty is so.
func (s *propertySheet) number(get func() (float64, bool), set func(float64) error) *sheetEntry {
	e := newSheetEntry(s.p, func() string {
		if f, ok := get(); ok {
			return numberText(f)
		}
		return ""
	}, func(t string) error {
		f, err := readNumber(t)
		if err != nil {
			return err
		}
		return set(f)
	}, nil)
	s.fields = append(s.fields, e)
	return e
}

// display sets the display itself.
func (s *propertySheet) display() {
	doc := s.p.doc
	d := doc.Display()
	head := func(change func(h *edit.Head)) error {
		h := doc.Head()
		change(&h)
		return doc.SetHead(h)
	}
	s.head("Display " + d.Name)
	s.text("Title", "what operators know it by", func() string { return doc.Head().Title }, func(t string) error {
		return head(func(h *edit.Head) { h.Title = t })
	}, nil)
	if d.Template() {
		s.text("Parameters", "names, a space between", func() string { return doc.Head().Params }, func(t string) error {
			return head(func(h *edit.Head) { h.Params = strings.Join(strings.Fields(t), " ") })
		}, nil)
		s.words("This is a template: {NAME} of a parameter may stand in texts, tags and expressions, and becomes its value where the template is used.")
	} else {
		s.level(head)
	}
	s.text("Areas", "plant areas, a space between", func() string { return doc.Head().Areas }, func(t string) error {
		return head(func(h *edit.Head) { h.Areas = strings.Join(strings.Fields(t), " ") })
	}, s.p.checkAreas)
	w := s.number(func() (float64, bool) { return doc.Head().W, true }, func(f float64) error { return head(func(h *edit.Head) { h.W = f }) })
	h := s.number(func() (float64, bool) { return doc.Head().H, true }, func(f float64) error { return head(func(h *edit.Head) { h.H = f }) })
	s.box.Add(row("Size", container.NewGridWithColumns(2, w, h), nil))
	s.notes(w, h)
	s.head("Used")
	used := s.p.usedBy(d.Name)
	if len(used) == 0 {
		s.words("No display leads here.")
	} else {
		s.words("by " + strings.Join(used, ", "))
	}
	s.words(plural(len(d.Items), "item", "items") + ". Click one to set it; drag over several to select them.")
}

// levels are the words for the levels of a display, from 1 on.
var levels = []string{"1 overview", "2 plant unit", "3 detail", "4 diagnostics"}

func (s *propertySheet) level(head func(func(*edit.Head)) error) {
	doc := s.p.doc
	above := func(level int) (names []string) {
		for _, d := range s.p.project.Displays {
			if !d.Template() && d.Level < level && d.Name != doc.Display().Name {
				names = append(names, d.Name)
			}
		}
		return names
	}
	s.choice("Level", levels, func() string { return levels[max(doc.Head().Level, 1)-1] }, func(t string) error {
		return head(func(h *edit.Head) {
			h.Level = slices.Index(levels, t) + 1
			names := above(h.Level)
			switch { // a display of level 1 has no parent, every other has one above it
			case h.Level == 1:
				h.Parent = ""
			case !slices.Contains(names, h.Parent) && len(names) > 0:
				h.Parent = names[0]
			}
		})
	})
	if doc.Head().Level == 1 {
		return
	}
	s.choice("Parent", above(doc.Head().Level), func() string { return doc.Head().Parent }, func(t string) error {
		return head(func(h *edit.Head) { h.Parent = t })
	})
}

// notes shows what fields beside each other have to say, beneath them.
func (s *propertySheet) notes(fields ...*sheetEntry) {
	for _, f := range fields {
		s.box.Add(f.note)
	}
}

// place sets where the selection stands.
func (s *propertySheet) place() {
	doc := s.p.doc
	side := func(of func(b *mimic.Box) *float64) *sheetEntry {
		return s.number(func() (float64, bool) {
			b, ok := doc.Hull()
			return *of(&b), ok
		}, func(f float64) error {
			b, _ := doc.Hull()
			*of(&b) = f
			return doc.Place(b)
		})
	}
	x, y := side(func(b *mimic.Box) *float64 { return &b.X }), side(func(b *mimic.Box) *float64 { return &b.Y })
	w, h := side(func(b *mimic.Box) *float64 { return &b.W }), side(func(b *mimic.Box) *float64 { return &b.H })
	s.box.Add(row("Place x, y", container.NewGridWithColumns(2, x, y), nil))
	s.box.Add(row("Size w, h", container.NewGridWithColumns(2, w, h), nil))
	s.notes(x, y, w, h)
}

// item sets one item.
func (s *propertySheet) item(id string) {
	doc := s.p.doc
	it := doc.Display().Item(id)
	k := mimic.KindOf(it.Kind)
	s.head(k.Text)
	s.text("Name", "letters and digits", func() string { return id }, func(t string) error { return doc.Rename(id, strings.TrimSpace(t)) }, nil)
	s.place()
	if len(it.Points) > 0 {
		s.words("Drag a corner to move it; double-click the line to put one in.")
	}
	if it.Kind == "template" {
		s.template(id)
	}
	if len(k.Props) > 0 {
		s.head("Settings")
		s.props(k.Props, []string{id})
	}
	s.bindings(id, k)
	s.head("Leads to")
	s.choice("Display", s.p.displayNames(), func() string { return orUsual(s.live(id).Go, nowhere) }, func(t string) error {
		if t == nowhere {
			t = ""
		}
		return doc.SetGo(id, t)
	})
	s.layer()
	s.rules(id)
}

const nowhere = "(nowhere)"

func orUsual(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

// live is an item as it is now; one that has gone is empty.
func (s *propertySheet) live(id string) *mimic.Item {
	if it := s.p.doc.Display().Item(id); it != nil {
		return it
	}
	return &mimic.Item{}
}

func (s *propertySheet) layer() {
	doc := s.p.doc
	s.text("Layer", "one that operators may hide", func() string {
		sel := doc.Selection()
		if len(sel) == 0 {
			return ""
		}
		return s.live(sel[0]).Layer
	}, func(t string) error { return doc.SetLayer(strings.TrimSpace(t)) }, nil)
}

// several sets what the selected items have in common.
func (s *propertySheet) several(sel []string) {
	s.head(plural(len(sel), "item", "items"))
	s.place()
	var common []mimic.Prop
	for i, id := range sel {
		k := mimic.KindOf(s.live(id).Kind)
		if i == 0 {
			common = slices.Clone(k.Props)
			continue
		}
		common = slices.DeleteFunc(common, func(p mimic.Prop) bool { return k.Prop(p.Name) == nil || k.Prop(p.Name).Type != p.Type })
	}
	s.head("Settings of all")
	if len(common) == 0 {
		s.words("They have no setting in common.")
	}
	s.props(common, sel)
	s.layer()
}
