package screens

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets"
	"penstock/widgets/view"
)

// lastPageKey is the last function key that stands for a page; those after it
// have other uses.
const lastPageKey = 8

// pageKey is the function key of a page; "" for one without.
func pageKey(i int) string {
	if i >= lastPageKey {
		return ""
	}
	return fmt.Sprintf("F%d", i+1)
}

// keyName is our name of one of Fyne's keys.
func keyName(n fyne.KeyName) string {
	switch n {
	case fyne.KeyPageUp:
		return view.KeyPageUp
	case fyne.KeyPageDown:
		return view.KeyPageDown
	case fyne.KeyEnter:
		return view.KeyReturn
	case fyne.KeyBackspace:
		return view.KeyBackspace
	}
	return string(n)
}

// entry is a field to type in that leaves the function keys and Escape to the
// window: Fyne gives keys only to the widget that has the focus.
type entry struct {
	widget.Entry
	key   func(view.Key) bool // what the window does with a key
	first func(view.Key) bool // what the field's owner does with it before the field; may be nil
}

func newEntry(key func(view.Key) bool) *entry {
	e := &entry{key: key}
	e.ExtendBaseWidget(e)
	return e
}

func newPasswordEntry(key func(view.Key) bool) *entry {
	e := newEntry(key)
	e.Password = true
	return e
}

// TypedKey is called by Fyne.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	n := view.Key{Name: keyName(k.Name), Mods: widgets.HeldMods()}
	if e.first != nil && e.first(n) {
		return
	}
	if (n.Name == view.KeyEscape || len(n.Name) > 1 && n.Name[0] == 'F') && e.key(n) {
		return
	}
	e.Entry.TypedKey(k)
}

// TypedShortcut is called by Fyne for keys with Ctrl or Alt: the window's own
// go before the field's.
func (e *entry) TypedShortcut(sc fyne.Shortcut) {
	if k, ok := sc.(fyne.KeyboardShortcut); ok {
		n := view.Key{Name: keyName(k.Key()), Mods: widgets.Mods(k.Mod())}
		if slices.Contains(chords, n) && e.key(n) {
			return
		}
	}
	e.Entry.TypedShortcut(sc)
}

// button is a button that Return presses too, and that leaves other keys to
// the window.
type button struct {
	widget.Button
	key func(view.Key) bool
}

func newButton(text string, key func(view.Key) bool, do func()) *button {
	b := &button{key: key}
	b.Text = text
	b.OnTapped = do
	b.ExtendBaseWidget(b)
	return b
}

// MinSize is called by Fyne.
func (b *button) MinSize() fyne.Size {
	m := b.Button.MinSize()
	return fyne.NewSize(max(m.Width+16, 84), max(m.Height, 32))
}

// TypedKey is called by Fyne.
func (b *button) TypedKey(k *fyne.KeyEvent) {
	switch n := keyName(k.Name); n {
	case view.KeyReturn:
		if !b.Disabled() && b.OnTapped != nil {
			b.OnTapped()
		}
	case view.KeySpace:
		b.Button.TypedKey(k)
	default:
		b.key(view.Key{Name: n, Mods: widgets.HeldMods()})
	}
}
