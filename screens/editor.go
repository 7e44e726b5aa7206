package screens

import (
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/edit"
	"penstock/screens/mimic"
	"penstock/screens/scene"
	"penstock/widgets"
	"penstock/widgets/picture"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// editorPage changes a display: palette and tags at the left, the display with
// live values in the middle, what is selected at the right. It stays as it is
// while the person looks at other pages.
type editorPage struct {
	s    *Station
	shop Workshop // nil: displays cannot be changed here
	src  *live

	doc     *edit.Document // nil: nothing is being edited
	name    string
	fresh   bool   // the project has no display of this name yet
	base    string // the text that the project had when editing began
	saving  bool
	project *project.Project
	draft   draft

	head, bar         *toolbar.Bar
	headRow, toolsRow *widgets.Surface
	shelfBar          *toolbar.Bar
	shelfRow          *widgets.Surface
	palette           *symbolPalette
	symbols           *widgets.Surface
	tags              *tagShelf
	drawing           *drawing
	canvas            *widgets.Surface
	findings          *findings
	notice            *widget.Label
	sheet             *propertySheet
	shelf             *fyne.Container
	root              *fyne.Container
}

// Widths of the columns beside the canvas, Fyne units.
const (
	shelfWidth = 268
	sheetWidth = 306
)

func newEditor(s *Station) *editorPage {
	p := &editorPage{s: s, src: newLive(s.ctx, s.room)}
	p.shop, _ = s.room.(Workshop)
	strip := func(do func(string)) (*toolbar.Bar, *widgets.Surface) {
		b := toolbar.New(s.style, do)
		f := p.surface(b)
		f.Least = fyne.NewSize(200, 34)
		return b, f
	}
	p.head, p.headRow = strip(p.do)
	p.bar, p.toolsRow = strip(p.do)
	p.shelfBar, p.shelfRow = strip(p.do)
	p.palette = newSymbolPalette(s.style, p.find)
	p.symbols = p.surface(p.palette)
	p.tags = newTagShelf(s, p.shortcut)
	p.palette.Take, p.tags.Take = p.take, p.take
	p.palette.Put, p.tags.Put = p.putInMiddle, p.putInMiddle
	p.palette.Carry, p.palette.Drop = p.carried(p.symbols)
	p.tags.Carry, p.tags.Drop = p.carried(p.tags.surface)
	p.tags.surface.Forward = p.forward
	p.tags.root.Hide()
	p.canvas = p.surface(nil)
	p.findings = newFindings(p)
	p.notice = widget.NewLabel("")
	p.notice.Wrapping = fyne.TextWrapWord
	p.notice.Importance = widget.WarningImportance
	p.notice.Hide()
	p.sheet = newPropertySheet(p)
	p.shelf = container.New(&upright{1}, p.shelfRow, container.NewStack(p.symbols, p.tags.root))
	middle := container.New(&upright{1}, p.notice, p.canvas, p.findings.panel)
	p.root = container.New(&upright{2}, p.headRow, p.toolsRow, container.New(&threefold{}, p.shelf, middle, p.sheet.root))
	return p
}

// surface makes a surface whose keys, where it has no use for them, are the
// editor's.
func (p *editorPage) surface(v widgets.View) *widgets.Surface {
	f := p.s.surface(v)
	f.Forward = p.forward
	return f
}

// threefold stands the canvas between two columns.
type threefold struct{}

// MinSize is called by Fyne.
func (threefold) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(shelfWidth+sheetWidth+200, 200)
}

// Layout is called by Fyne.
func (threefold) Layout(o []fyne.CanvasObject, size fyne.Size) {
	shelf, sheet := float32(shelfWidth), float32(sheetWidth)
	if size.Width < 1200 { // a small window leaves the canvas what it can
		shelf, sheet = 226, 272
	}
	if !o[0].Visible() {
		shelf = 0
	}
	if !o[2].Visible() {
		sheet = 0
	}
	x := float32(0)
	for i, w := range [...]float32{shelf, size.Width - shelf - sheet, sheet} {
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(w, size.Height))
		x += w
	}
}

func (p *editorPage) object() fyne.CanvasObject { return p.root }
func (p *editorPage) focus() fyne.Focusable     { return p.canvas }
func (p *editorPage) open()                     { p.reload() }

// denied says why displays cannot be changed now; "" when they can.
func (p *editorPage) denied() string {
	switch {
	case p.shop == nil:
		return "Displays are not changed at this station."
	case p.s.session == nil:
		return "Nobody is logged in. Press F12 to log in; changing displays needs the right " + auth.Configure + "."
	case !p.s.session.May(auth.Configure, ""):
		return p.s.session.User() + " does not have the right " + auth.Configure + ", which changing displays needs."
	}
	return ""
}

// edit opens the editor on a display; "" only says why that cannot be.
func (s *Station) edit(name string) {
	if s.kiosk != nil {
		return
	}
	if why := s.editing.denied(); why != "" {
		s.status.tell(s.opts.Now(), why, true)
		return
	}
	if s.editing.unsaved() && name != s.editing.name { // what is unfinished comes first
		s.editing.s.goTo(s.editing.s.editor)
		return
	}
	if d := s.room.Project().Display(name); d != nil {
		s.editing.begin(d, false)
	}
}

// begin edits a display. What is being edited already is not given up without
// asking.
func (p *editorPage) begin(d *mimic.Display, fresh bool) {
	if p.doc != nil && !fresh && p.name == d.Name {
		p.s.goTo(p.s.editor)
		return
	}
	p.leave(func() { p.start(d, fresh) })
}

// start edits a display in place of what was edited before.
func (p *editorPage) start(d *mimic.Display, fresh bool) {
	p.name, p.fresh, p.base = d.Name, fresh, string(d.Text())
	p.project = nil
	p.edit(edit.New(d))
	p.s.goTo(p.s.editor)
	p.offerDraft()
}

func (p *editorPage) edit(doc *edit.Document) {
	p.doc = doc
	c := edit.NewCanvas(doc, p.src, p.s.style, scene.Options{Find: p.find, Picture: p.picture})
	c.SetClip = func(text string) { p.s.app.Clipboard().SetContent(text) }
	c.Clip = func() string { return p.s.app.Clipboard().Content() }
	c.Told = func(why string) { p.s.status.tell(p.s.opts.Now(), sentence(errors.New(why)), true) }
	p.drawing = &drawing{Canvas: c, has: p.has, Style: p.s.style, Settle: p.settle, Placed: p.placed}
	p.palette.Took(nil)
	p.canvas.SetView(p.drawing)
	p.findings.forget()
	p.reload()
	p.setNotice()
}

func (p *editorPage) setNotice() {
	p.notice.Hide()
	if err := p.shop.Fixed(); err != nil {
		p.notice.SetText(sentence(err))
		p.notice.Show()
	}
	p.root.Refresh()
}

// reload takes in a project that was exchanged.
func (p *editorPage) reload() {
	now := p.s.room.Project()
	if now == p.project || p.doc == nil {
		return
	}
	p.project = now
	p.src.learn()
	p.palette.SetTemplates(now.Displays)
	p.tags.reload()
	p.drawing.Rebind()
	p.findings.forget()
}

func (p *editorPage) find(name string) *mimic.Display {
	if p.doc != nil && name == p.name {
		return p.doc.Display()
	}
	if p.project == nil {
		return nil
	}
	return p.project.Display(name)
}

// picture is one of the project's, by the name of its file.
func (p *editorPage) picture(name string) *picture.Picture { return p.s.room.Project().Pictures[name] }

func (p *editorPage) has(id tag.ID) bool { return p.s.room.Tags().Cell(id) != nil }

func (p *editorPage) hasArea(name string) bool {
	return slices.ContainsFunc(p.project.Areas, func(a project.Area) bool { return a.Name == name })
}

// displayNames are the displays an item can lead to, after none at all.
func (p *editorPage) displayNames() []string {
	out := []string{nowhere}
	for _, d := range p.project.Displays {
		if !d.Template() {
			out = append(out, d.Name)
		}
	}
	return out
}

// usedBy lists the displays that lead to one, or that show it as a template.
func (p *editorPage) usedBy(name string) (out []string) {
	for _, d := range p.project.Displays {
		if slices.ContainsFunc(d.Items, func(it mimic.Item) bool { return it.Go == name || it.Use == name }) {
			out = append(out, d.Name)
		}
	}
	return out
}

// told says what was refused on the status line.
func (p *editorPage) told(err error) {
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), sentence(err), true)
	}
	p.drawing.Soil()
}

// settle takes in what is being typed in the sheet, and gives the keyboard to
// the canvas.
func (p *editorPage) settle() {
	if c := p.s.win.Canvas(); len(p.s.dialogs) == 0 && p.s.current == p.s.editor && c.Focused() != fyne.Focusable(p.canvas) {
		c.Focus(p.canvas)
	}
}

func (p *editorPage) frame(now time.Time) {
	if p.doc == nil {
		return
	}
	p.reload()
	p.setBars()
	p.headRow.Frame(now)
	p.toolsRow.Frame(now)
	p.shelfRow.Frame(now)
	p.symbols.Frame(now)
	p.tags.surface.Frame(now)
	p.canvas.Frame(now)
	p.findings.frame(now)
	p.sheet.frame()
	p.keepDraft(now)
}

// forward is offered the keys that a surface of the editor has no use for.
func (p *editorPage) forward(k view.Key) bool { return p.hot(k) || p.s.key(k) }

// hot are the keys of the whole page, whatever has the focus.
func (p *editorPage) hot(k view.Key) bool {
	if k.Mods&view.Ctrl == 0 || p.doc == nil || len(p.s.dialogs) > 0 {
		return false
	}
	switch k.Name {
	case "S":
		p.do("save")
	case "W":
		p.do("close")
	case "0":
		p.drawing.Fit()
	default:
		return p.drawing.Key(k)
	}
	return true
}

// shortcut is offered those that a field would swallow: what a field does
// with text stays its own.
func (p *editorPage) shortcut(sc fyne.Shortcut) bool {
	c, ok := sc.(*desktop.CustomShortcut)
	if !ok || c.Modifier != fyne.KeyModifierControl || len(p.s.dialogs) > 0 {
		return false
	}
	switch c.KeyName {
	case fyne.KeyS, fyne.KeyW:
		p.settle()
		return p.hot(view.Key{Name: string(c.KeyName), Mods: view.Ctrl})
	case fyne.KeyK:
		p.s.find()
		return true
	}
	return false
}

// key brings the keyboard back to the canvas from wherever it is.
func (p *editorPage) key(k view.Key) bool {
	if k.Name == view.KeyEscape && p.s.win.Canvas().Focused() != fyne.Focusable(p.canvas) {
		p.take(nil)
		p.settle()
		return true
	}
	return false
}
