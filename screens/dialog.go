package screens

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/view"
)

// dialog is a small window in the window. Escape closes it, Return in a field
// or on the first button does what it is for, and the focus goes back to the
// page when it is gone.
type dialog struct {
	s     *Station
	pop   *widget.PopUp
	note  *widget.Label // what went wrong
	yes   *button
	gone  bool
	first fyne.Focusable
	frame func(time.Time) // pulls what is painted in it; nil for most
	ended func()          // called once when it is gone; nil for most
}

// stillOpen is what a dialog's action reports when it is under way: it closes
// the dialog itself.
const stillOpen = "\x00"

// keyOf is a key, under the name dialogs use in closures.
type keyOf = view.Key

// ask opens a dialog with a title, what it is about, and a button that does
// it. do reports "" when it is done and the dialog closes, else what is wrong.
func (s *Station) ask(title string, content fyne.CanvasObject, verb string, first fyne.Focusable, do func(d *dialog) string) *dialog {
	return s.askIn(440, title, content, verb, first, do)
}

// askIn is ask for a dialog of another width, in Fyne units.
func (s *Station) askIn(width float32, title string, content fyne.CanvasObject, verb string, first fyne.Focusable, do func(d *dialog) string) *dialog {
	d := &dialog{s: s, first: first}
	head := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	head.SizeName = "subHeadingText"
	d.note = widget.NewLabel("")
	d.note.Importance = widget.DangerImportance
	d.note.Wrapping = fyne.TextWrapWord
	d.note.Hide()
	d.yes = newButton(verb, d.key, func() { d.run(do) })
	d.yes.Importance = widget.HighImportance
	no := newButton("Cancel", d.key, d.close)
	buttons := container.NewHBox(d.yes, no)
	box := container.NewVBox(head, content, d.note, container.NewBorder(nil, nil, nil, buttons))
	d.pop = widget.NewModalPopUp(container.New(&wide{width}, container.NewPadded(container.NewPadded(box))), s.win.Canvas())
	s.dialogs = append(s.dialogs, d)
	d.pop.Show()
	d.pop.Refresh() // words that were wrapped to the width are taller than they were
	if first == nil {
		first = d.yes
	}
	d.focus(first)
	return d
}

// focus gives o the focus once what is under way is over: the letter of the
// key that opened the dialog comes after the key, and would be typed into o.
func (d *dialog) focus(o fyne.Focusable) {
	fyne.Do(func() {
		if !d.gone {
			d.s.win.Canvas().Focus(o)
		}
	})
}

// run does what the dialog is for.
func (d *dialog) run(do func(*dialog) string) {
	if d.gone || d.yes.Disabled() {
		return
	}
	switch wrong := do(d); wrong {
	case "":
		d.close()
	case stillOpen:
		d.note.Hide() // what was wrong before is not any more
	default:
		d.fail(wrong)
	}
}

// fail keeps the dialog open and says why.
func (d *dialog) fail(wrong string) {
	d.yes.Enable()
	d.note.SetText(wrong)
	d.note.Show()
	d.pop.Refresh()
	if d.first != nil && !d.gone {
		d.s.win.Canvas().Focus(d.first)
	}
}

// wait disables the button while something is under way.
func (d *dialog) wait() { d.yes.Disable() }

func (d *dialog) close() {
	if d.gone {
		return
	}
	d.gone = true
	if all := d.s.dialogs; len(all) > 0 && all[len(all)-1] == d {
		d.s.win.Canvas().Unfocus() // fields that are used again must not look as if they still had it
	}
	d.pop.Hide()
	for i, o := range d.s.dialogs {
		if o == d {
			d.s.dialogs = append(d.s.dialogs[:i], d.s.dialogs[i+1:]...)
			break
		}
	}
	if d.ended != nil {
		d.ended()
	}
	d.s.focusPage()
}

// key is offered the keys its fields and buttons leave.
func (d *dialog) key(k view.Key) bool {
	switch k.Name {
	case view.KeyEscape:
		d.close()
		return true
	case "F10": // whatever is open, the horn can be silenced
		d.s.silence()
		return true
	}
	return len(k.Name) > 1 && k.Name[0] == 'F' // the page behind waits
}
