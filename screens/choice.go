package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets"
	"penstock/widgets/view"
)

// Fyne hands keys to the field in focus alone, and its own lists to choose
// from and boxes to tick keep those they have no use for. These hand them on:
// Return does what the dialog is for, Escape closes it, F10 silences the horn.

// choice is a list to choose one line from.
type choice struct {
	widget.Select
	s *Station
}

func (s *Station) newChoice(options []string, changed func(string)) *choice {
	c := &choice{s: s}
	c.Options, c.OnChanged = options, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey is called by Fyne.
func (c *choice) TypedKey(k *fyne.KeyEvent) {
	if !c.s.overField(k) {
		c.Select.TypedKey(k)
	}
}

// tick is a box to tick.
type tick struct {
	widget.Check
	s *Station
}

func (s *Station) newTick(text string) *tick {
	t := &tick{s: s}
	t.Text = text
	t.ExtendBaseWidget(t)
	return t
}

// TypedKey is called by Fyne.
func (t *tick) TypedKey(k *fyne.KeyEvent) {
	if !t.s.overField(k) {
		t.Check.TypedKey(k)
	}
}

// newRadio is a few lines of which one holds. What can have the focus there
// belongs to Fyne, so after a choice the dialog's first field has it again.
func (s *Station) newRadio(options []string) *widget.RadioGroup {
	r := widget.NewRadioGroup(options, nil)
	r.OnChanged = func(string) {
		if n := len(s.dialogs); n > 0 {
			d := s.dialogs[n-1]
			if d.first != nil {
				d.focus(d.first)
			} else {
				d.focus(d.yes)
			}
		}
	}
	return r
}

// overField is offered keys before the field in focus of a dialog.
func (s *Station) overField(k *fyne.KeyEvent) bool {
	n := view.Key{Name: keyName(k.Name), Mods: widgets.HeldMods()}
	if len(s.dialogs) == 0 {
		return len(n.Name) > 1 && n.Name[0] == 'F' && s.key(n)
	}
	d := s.dialogs[len(s.dialogs)-1]
	if n.Name == view.KeyReturn {
		d.yes.OnTapped()
		return true
	}
	return d.key(n)
}
