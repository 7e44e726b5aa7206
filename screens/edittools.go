package screens

import (
	"fmt"
	"image"
	"slices"

	"fyne.io/fyne/v2"

	"penstock/screens/edit"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// setBars shows what can be done now.
func (p *editorPage) setBars() {
	doc := p.doc
	n := len(doc.Selection())
	state := "saved"
	switch {
	case p.saving:
		state = "is being saved"
	case p.unsaved():
		state = "not saved"
	}
	head := []toolbar.Item{
		{Text: fmt.Sprintf("Editing %s (%s)", titleOr(doc.Head().Title, p.name), state)},
		{ID: "display", Icon: toolbar.Down, Text: "Displays", Gap: true},
	}
	check := toolbar.Item{ID: "check", Text: "Check", Icon: toolbar.Lines, On: p.findings.shown(), Tail: true}
	if m, a := p.findings.count(); m > 0 {
		check.Text = "Check: " + plural(m, "mistake", "mistakes")
	} else if a > 0 {
		check.Text = "Check: " + plural(a, "hint", "hints")
	}
	head = append(head,
		toolbar.Item{ID: "shelf", Text: "Palette", On: p.shelf.Visible(), Gap: true},
		toolbar.Item{ID: "sheet", Text: "Properties", On: p.sheet.root.Visible()},
		toolbar.Item{ID: "preview", Text: "Preview", Hint: "P", On: p.drawing.Bare},
		check,
		toolbar.Item{ID: "vision", Icon: toolbar.Down, Text: "View: " + p.drawing.Vision.String()},
		toolbar.Item{ID: "save", Icon: toolbar.Tick, Text: "Save", Hint: "Ctrl+S", Off: !p.unsaved() || p.saving, Gap: true},
		toolbar.Item{ID: "close", Icon: toolbar.Cross, Text: "Close", Hint: "Ctrl+W"})
	p.head.Set(head)
	grid := "off"
	if doc.Grid > 0 {
		grid = numberText(doc.Grid)
	}
	p.bar.Set([]toolbar.Item{
		{ID: "undo", Icon: toolbar.Back, Text: "Undo", Hint: "Ctrl+Z", Off: doc.CanUndo() == ""},
		{ID: "redo", Icon: toolbar.Again, Text: "Redo", Hint: "Ctrl+Y", Off: doc.CanRedo() == ""},
		{ID: "cut", Text: "Cut", Off: n == 0, Gap: true},
		{ID: "copy", Text: "Copy", Off: n == 0},
		{ID: "paste", Text: "Paste"},
		{ID: "delete", Text: "Delete", Hint: "Del", Off: n == 0},
		{ID: "align", Icon: toolbar.Down, Text: "Align", Off: n < 2, Gap: true},
		{ID: "spread", Icon: toolbar.Down, Text: "Distribute", Off: n < 3},
		{ID: "order", Icon: toolbar.Down, Text: "Order", Off: n == 0},
		{ID: "group", Text: "Group", Hint: "Ctrl+G", Off: n < 2},
		{ID: "ungroup", Text: "Ungroup", Off: !p.grouped()},
		{ID: "turn", Text: "Turn", Hint: "R", Off: n == 0},
		{ID: "layers", Icon: toolbar.Down, Text: "Layers", Off: len(p.drawing.Layers()) == 0, Gap: true},
		{ID: "grid", Icon: toolbar.Down, Text: "Grid " + grid, On: false, Tail: true},
		{ID: "-", Icon: toolbar.Minus},
		{ID: "fit", Text: fmt.Sprintf("%.0f %%", p.drawing.Zoom()*100)},
		{ID: "+", Icon: toolbar.Plus},
	})
	p.shelfBar.Set([]toolbar.Item{
		{ID: "symbols", Text: "Symbols", On: p.symbols.Visible()},
		{ID: "tags", Text: "Tags", On: !p.symbols.Visible()},
	})
}

func titleOr(title, name string) string {
	if title == "" {
		return name
	}
	return title
}

// grouped reports whether anything that is selected belongs to a group.
func (p *editorPage) grouped() bool {
	return slices.ContainsFunc(p.doc.Selection(), func(id string) bool { return p.doc.Display().Item(id).Group != "" })
}

// do is what a button of the editor does.
func (p *editorPage) do(id string) {
	doc, c := p.doc, p.drawing
	if doc == nil {
		return
	}
	ctrl := func(name string) { c.Key(view.Key{Name: name, Mods: view.Ctrl}) }
	switch id {
	case "undo":
		ctrl("Z")
	case "redo":
		ctrl("Y")
	case "cut":
		ctrl("X")
	case "copy":
		ctrl("C")
	case "paste":
		ctrl("V")
	case "delete":
		c.Key(view.Key{Name: view.KeyDelete})
	case "group":
		ctrl("G")
	case "ungroup":
		p.told(doc.Ungroup())
	case "turn":
		p.told(doc.Turn())
	case "+":
		c.Nearer()
	case "-":
		c.Farther()
	case "fit":
		c.Fit()
	case "symbols", "tags":
		p.shelve(id == "tags")
		return
	case "check":
		p.findings.toggle()
	case "shelf":
		p.fold(p.shelf)
	case "sheet":
		p.fold(p.sheet.root)
	case "preview":
		c.Bare = !c.Bare
		c.Soil()
	case "save":
		p.save(nil)
		return
	case "close":
		p.leave(p.end)
		return
	default:
		p.offer(id)
		return
	}
	p.settle()
}

// fold hides a column beside the canvas, or shows it again.
func (p *editorPage) fold(column fyne.CanvasObject) {
	if column.Visible() {
		column.Hide()
	} else {
		column.Show()
	}
	p.root.Refresh()
}

// shelve shows the tags or the symbols.
func (p *editorPage) shelve(tags bool) {
	if tags {
		p.symbols.Hide()
		p.tags.root.Show()
		p.s.win.Canvas().Focus(p.tags.search)
		return
	}
	p.tags.root.Hide()
	p.symbols.Show()
	p.symbols.Repaint()
	p.settle()
}

// offer opens the menu of a button.
func (p *editorPage) offer(id string) {
	doc := p.doc
	do := func(text string, f func() error) view.Choice {
		return view.Choice{Text: text, Do: func() { p.told(f()); p.settle() }}
	}
	side := func(text string, s edit.Side) view.Choice { return do(text, func() error { return doc.Align(s) }) }
	var choices []view.Choice
	switch id {
	case "align":
		choices = []view.Choice{side("Left edges", edit.Left), side("Centers, across", edit.Center), side("Right edges", edit.Right), {},
			side("Top edges", edit.Top), side("Middles, down", edit.Middle), side("Bottom edges", edit.Bottom)}
	case "spread":
		choices = []view.Choice{do("Across", doc.DistributeAcross), do("Down", doc.DistributeDown)}
	case "order":
		choices = []view.Choice{do("To front", doc.ToFront), do("Raise (Page Up)", doc.Raise), do("Lower (Page Down)", doc.Lower), do("To back", doc.ToBack)}
	case "grid":
		for _, g := range []float64{0, 5, 10, 20, 50} {
			text := numberText(g) + " units"
			if g == 0 {
				text = "No grid"
			}
			choices = append(choices, view.Choice{Text: text, Do: func() { doc.Grid = g; p.drawing.Soil(); p.settle() }})
		}
	case "layers":
		for _, name := range p.drawing.Layers() {
			text := "Hide " + name
			if p.drawing.LayerHidden(name) {
				text = "Show " + name
			}
			choices = append(choices, view.Choice{Text: text, Do: func() { p.drawing.ShowLayer(name, p.drawing.LayerHidden(name)); p.settle() }})
		}
	case "vision":
		for _, v := range paint.Visions() {
			choices = append(choices, view.Choice{Text: titleOf(v.String()), Do: func() { p.drawing.Vision = v; p.drawing.Soil(); p.settle() }})
		}
	case "display":
		choices = []view.Choice{{Text: "Open ...", Do: p.askOpen}, {Text: "New ...", Do: func() { p.askNew(nil) }}, {Text: "Duplicate ...", Do: func() { p.askNew(doc.Display()) }},
			{Text: "Rename ...", Do: p.askRename, Disabled: p.fresh}, {Text: "Where used ...", Do: p.askWhere}, {},
			{Text: "Take a picture into the project ...", Do: p.askPicture}, {},
			{Text: "Delete " + p.name + " ...", Do: p.askDelete, Disabled: p.fresh}}
	}
	for _, b := range [...]struct {
		bar *toolbar.Bar
		on  *widgets.Surface
	}{{p.head, p.headRow}, {p.bar, p.toolsRow}} {
		if r, ok := b.bar.Rect(id); ok {
			b.on.Offer(image.Pt(r.Min.X, r.Max.Y), choices)
		}
	}
}
