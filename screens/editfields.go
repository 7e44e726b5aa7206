package screens

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/view"
)

// A sheetField shows one thing that the property sheet sets; pull has it show
// what is so now, unless the person is in the middle of changing it.
type sheetField interface{ pull() }

// pageKeys is what a field of the sheet leaves to the page and the window:
// Fyne gives keys only to what has the focus.
type pageKeys struct {
	key func(view.Key) bool      // of the window
	hot func(fyne.Shortcut) bool // shortcuts of the page
}

func (p *editorPage) keys() pageKeys { return pageKeys{p.s.key, p.shortcut} }

// left reports whether a key is the window's and not the field's.
func (o *pageKeys) left(k *fyne.KeyEvent) bool {
	n := view.Key{Name: keyName(k.Name)}
	return (n.Name == view.KeyEscape || len(n.Name) > 1 && n.Name[0] == 'F') && o.key(n)
}

// TypedShortcut is called by Fyne.
func (o *pageKeys) TypedShortcut(sc fyne.Shortcut) { o.hot(sc) }

// follower has a field show what is so now, without the field taking that for
// a choice of the person.
type follower[T comparable] struct {
	get   func() T
	quiet bool
}

func (f *follower[T]) follow(shown T, show func(T)) {
	if now := f.get(); now != shown {
		f.quiet = true
		show(now)
		f.quiet = false
	}
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

// sheetChoice is one of several words; none where several items differ.
type sheetChoice struct {
	widget.Select
	pageKeys
	follower[string]
}

func newSheetChoice(p *editorPage, words []string, get func() string, set func(string) error) *sheetChoice {
	c := &sheetChoice{pageKeys: p.keys(), follower: follower[string]{get: get}}
	c.Options = words
	c.Selected = get()
	c.PlaceHolder = differing
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
	c.follow(c.Selected, func(now string) {
		c.ClearSelected()
		c.SetSelected(now)
	})
}

// TypedKey is called by Fyne.
func (c *sheetChoice) TypedKey(k *fyne.KeyEvent) {
	if !c.left(k) {
		c.Select.TypedKey(k)
	}
}

// sheetTick is a yes or no.
type sheetTick struct {
	widget.Check
	pageKeys
	follower[bool]
}

func newSheetTick(p *editorPage, text string, get func() bool, set func(bool) error) *sheetTick {
	c := &sheetTick{pageKeys: p.keys(), follower: follower[bool]{get: get}}
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

func (c *sheetTick) pull() { c.follow(c.Checked, c.SetChecked) }

// TypedKey is called by Fyne.
func (c *sheetTick) TypedKey(k *fyne.KeyEvent) {
	if !c.left(k) {
		c.Check.TypedKey(k)
	}
}

// smallButton is a button no larger than its words or its sign.
type smallButton struct {
	widget.Button
	pageKeys
}

func newSmallButton(p *editorPage, text string, icon fyne.Resource, do func()) *smallButton {
	b := &smallButton{pageKeys: p.keys()}
	b.Text, b.Icon, b.OnTapped = text, icon, do
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey is called by Fyne.
func (b *smallButton) TypedKey(k *fyne.KeyEvent) {
	switch {
	case b.left(k):
	case k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter:
		b.OnTapped()
	default:
		b.Button.TypedKey(k)
	}
}

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
