package screens

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/view"
)

// A sheetField shows one thing that the property sheet sets; pull has it show
// what is so now, unless the person is in the middle of changing it.
type sheetField interface{ pull() }

// left reports whether a key is the window's and not a form's: Fyne gives
// keys only to what has the focus.
func left(k *fyne.KeyEvent, to func(view.Key) bool) bool {
	n := view.Key{Name: keyName(k.Name)}
	return (n.Name == view.KeyEscape || len(n.Name) > 1 && n.Name[0] == 'F') && to(n)
}

// sheetEntry is a text or number of the sheet. It is taken over by Return and
// when the focus goes elsewhere; what cannot be taken over says why beneath.
type sheetEntry struct {
	entry
	get   func() string
	set   func(string) error
	check func(string) (note string, wrong bool) // as it is typed; may be nil
	hot   func(sc fyne.Shortcut) bool            // shortcuts of the page
	note  *widget.Label
	moved func() // the note came or went
	help  string // said while nothing else is, and it has the focus
	here  bool   // it has the focus
}

func newSheetEntry(p *editorPage, get func() string, set func(string) error, check func(string) (string, bool)) *sheetEntry {
	e := &sheetEntry{get: get, set: set, check: check, hot: p.shortcut, moved: p.sheet.arrange}
	e.key = p.s.key
	e.note = widget.NewLabel("")
	e.note.SizeName = theme.SizeNameCaptionText
	e.note.Wrapping = fyne.TextWrapWord
	e.note.Hide()
	e.ExtendBaseWidget(e)
	e.Text = get()
	e.OnChanged = func(s string) { e.look(s) }
	e.OnSubmitted = func(string) { e.take() }
	e.look(e.Text)
	return e
}

// hint says what belongs into the field: in it, while it is empty, as far as
// there is room, and beneath it while it is being filled in.
func (e *sheetEntry) hint(help string) {
	const room = 27 // letters
	e.help = help
	short := help
	if i := strings.IndexAny(short, ";,:"); i > 0 {
		short = short[:i]
	}
	if len(short) > room {
		short = ""
	}
	e.PlaceHolder = short
}

// look checks what is typed and says what there is to say about it.
func (e *sheetEntry) look(s string) {
	if e.check != nil {
		e.say(e.check(s))
	}
}

func (e *sheetEntry) say(note string, wrong bool) {
	e.note.Importance = widget.LowImportance
	if wrong {
		e.note.Importance = widget.DangerImportance
	}
	was := e.note.Visible()
	e.note.SetText(note)
	if (note != "") != was {
		if note == "" {
			e.note.Hide()
		} else {
			e.note.Show()
		}
		e.moved()
	}
}

// take gives what is typed to the display.
func (e *sheetEntry) take() {
	if e.Text == e.get() {
		e.look(e.Text)
		return
	}
	if err := e.set(e.Text); err != nil {
		e.say(sentence(err), true)
		return
	}
	e.pull()
	e.look(e.Text)
}

func (e *sheetEntry) pull() {
	if now := e.get(); !e.here && now != e.Text {
		e.SetText(now)
	}
}

// FocusGained is called by Fyne.
func (e *sheetEntry) FocusGained() {
	e.here = true
	e.entry.FocusGained()
	if e.note.Text == "" && e.help != e.PlaceHolder {
		e.say(e.help, false)
	}
}

// FocusLost is called by Fyne.
func (e *sheetEntry) FocusLost() {
	e.entry.FocusLost()
	e.here = false
	if e.note.Text == e.help {
		e.say("", false)
	}
	e.take()
}

// TypedShortcut is called by Fyne: a field would swallow the page's.
func (e *sheetEntry) TypedShortcut(sc fyne.Shortcut) {
	if !e.hot(sc) {
		e.entry.TypedShortcut(sc)
	}
}

// sheetChoice is one of several words.
type sheetChoice struct {
	widget.Select
	get   func() string
	quiet bool
	key   func(view.Key) bool
	hot   func(fyne.Shortcut) bool
}

func newSheetChoice(p *editorPage, words []string, get func() string, set func(string) error) *sheetChoice {
	c := &sheetChoice{get: get, key: p.s.key, hot: p.shortcut}
	c.Options = words
	c.Selected = get()
	c.ExtendBaseWidget(c)
	c.OnChanged = func(s string) {
		if !c.quiet {
			p.told(set(s))
			c.pull()
		}
	}
	return c
}

func (c *sheetChoice) pull() {
	if now := c.get(); now != c.Selected {
		c.quiet = true
		c.SetSelected(now)
		c.quiet = false
	}
}

// TypedKey is called by Fyne.
func (c *sheetChoice) TypedKey(k *fyne.KeyEvent) {
	if !left(k, c.key) {
		c.Select.TypedKey(k)
	}
}

// TypedShortcut is called by Fyne.
func (c *sheetChoice) TypedShortcut(sc fyne.Shortcut) { c.hot(sc) }

// sheetTick is a yes or no.
type sheetTick struct {
	widget.Check
	get   func() bool
	quiet bool
	key   func(view.Key) bool
	hot   func(fyne.Shortcut) bool
}

func newSheetTick(p *editorPage, text string, get func() bool, set func(bool) error) *sheetTick {
	c := &sheetTick{get: get, key: p.s.key, hot: p.shortcut}
	c.Text = text
	c.Checked = get()
	c.ExtendBaseWidget(c)
	c.OnChanged = func(on bool) {
		if !c.quiet {
			p.told(set(on))
		}
	}
	return c
}

func (c *sheetTick) pull() {
	if now := c.get(); now != c.Checked {
		c.quiet = true
		c.SetChecked(now)
		c.quiet = false
	}
}

// TypedKey is called by Fyne.
func (c *sheetTick) TypedKey(k *fyne.KeyEvent) {
	if !left(k, c.key) {
		c.Check.TypedKey(k)
	}
}

// TypedShortcut is called by Fyne.
func (c *sheetTick) TypedShortcut(sc fyne.Shortcut) { c.hot(sc) }

// smallButton is a button no larger than its words or its sign.
type smallButton struct {
	widget.Button
	key func(view.Key) bool
	hot func(fyne.Shortcut) bool
}

func newSmallButton(p *editorPage, text string, icon fyne.Resource, do func()) *smallButton {
	b := &smallButton{key: p.s.key, hot: p.shortcut}
	b.Text, b.Icon, b.OnTapped = text, icon, do
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey is called by Fyne.
func (b *smallButton) TypedKey(k *fyne.KeyEvent) {
	switch {
	case left(k, b.key):
	case k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter:
		b.OnTapped()
	default:
		b.Button.TypedKey(k)
	}
}

// TypedShortcut is called by Fyne.
func (b *smallButton) TypedShortcut(sc fyne.Shortcut) { b.hot(sc) }

// searchEntry is a field to search in that leaves the page its shortcuts.
type searchEntry struct {
	entry
	hot func(fyne.Shortcut) bool
}

func newSearchEntry(key func(view.Key) bool, hot func(fyne.Shortcut) bool) *searchEntry {
	e := &searchEntry{hot: hot}
	e.key = key
	e.ExtendBaseWidget(e)
	return e
}

// TypedShortcut is called by Fyne.
func (e *searchEntry) TypedShortcut(sc fyne.Shortcut) {
	if !e.hot(sc) {
		e.entry.TypedShortcut(sc)
	}
}

// labelled stands a word before a field.
type labelled struct{ w float32 }

// MinSize is called by Fyne.
func (l *labelled) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(l.w+60, max(m.Height, o[0].MinSize().Height))
}

// Layout is called by Fyne.
func (l *labelled) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, max((size.Height-h)/2, 0)))
	o[0].Resize(fyne.NewSize(l.w, h))
	o[1].Move(fyne.NewPos(l.w, 0))
	o[1].Resize(fyne.NewSize(size.Width-l.w, size.Height))
}

// row is a field with its word, and with what there is to say about it.
func row(word string, o fyne.CanvasObject, note *widget.Label) fyne.CanvasObject {
	l := widget.NewLabel(word)
	l.Truncation = fyne.TextTruncateEllipsis
	line := container.New(&labelled{88}, l, o)
	if note == nil {
		return line
	}
	return container.New(&upright{-1}, line, container.New(&indented{88}, note))
}

// indented leaves a space before its only child.
type indented struct{ w float32 }

// MinSize is called by Fyne.
func (l *indented) MinSize(o []fyne.CanvasObject) fyne.Size {
	if !o[0].Visible() {
		return fyne.Size{}
	}
	m := o[0].MinSize()
	return fyne.NewSize(l.w+m.Width, m.Height)
}

// Layout is called by Fyne.
func (l *indented) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.NewPos(l.w, 0))
	o[0].Resize(fyne.NewSize(size.Width-l.w, size.Height))
}

// numberText writes a number as people type it.
func numberText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// readNumber reads a number as people type it.
func readNumber(s string) (float64, error) {
	s = strings.TrimSpace(s)
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || f-f != 0 {
		return 0, errNotNumber(s)
	}
	return f, nil
}

type errNotNumber string

func (e errNotNumber) Error() string {
	if e == "" {
		return "a number is missing"
	}
	return strconv.Quote(string(e)) + " is not a number"
}
