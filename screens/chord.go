package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"penstock/widgets/paint"
	"penstock/widgets/view"
)

// chords are the keys with Ctrl or Alt that the window itself answers, also
// while a field has the focus: a field keeps such keys to itself otherwise.
var chords = func() []view.Key {
	out := []view.Key{
		{Name: "K", Mods: view.Ctrl}, {Name: "D", Mods: view.Ctrl}, {Name: "N", Mods: view.Ctrl}, {Name: "W", Mods: view.Ctrl},
		{Name: "Q", Mods: view.Ctrl}, {Name: "L", Mods: view.Ctrl}, {Name: "H", Mods: view.Ctrl},
		{Name: view.KeyLeft, Mods: view.Alt}, {Name: view.KeyRight, Mods: view.Alt}, {Name: view.KeyUp, Mods: view.Alt}, {Name: view.KeyHome, Mods: view.Alt},
	}
	for n := range favouriteKeys {
		out = append(out, view.Key{Name: string(rune('1' + n)), Mods: view.Ctrl})
	}
	return out
}()

// bindChords joins the chords to the canvas, for when nothing has the focus.
func (s *Station) bindChords() {
	for _, k := range chords {
		mod := fyne.KeyModifierControl
		if k.Mods == view.Alt {
			mod = fyne.KeyModifierAlt
		}
		s.win.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyName(k.Name), Modifier: mod}, func(fyne.Shortcut) { s.key(k) })
	}
}

// chord does what a key with Ctrl or Alt is for.
func (s *Station) chord(k view.Key) bool {
	if k.Mods == view.Ctrl && k.Name == "Q" { // also from a dialog, where it insists
		s.main().quit()
		return true
	}
	if len(s.dialogs) > 0 {
		return false
	}
	if k.Mods == view.Alt {
		switch k.Name {
		case view.KeyLeft:
			s.retrace(-1)
		case view.KeyRight:
			s.retrace(1)
		case view.KeyUp:
			s.up()
		case view.KeyHome:
			s.goTo(overviewPage)
		default:
			return false
		}
		return true
	}
	if k.Mods != view.Ctrl {
		return false
	}
	switch k.Name {
	case "K":
		s.find()
	case "D":
		s.favour()
	case "N":
		s.openWindow()
	case "W":
		if s.isMain() {
			s.status.tell(s.opts.Now(), "This is the main window. Ctrl+Q ends the control room.", false)
		} else {
			s.quit()
		}
	case "H":
		s.machine.toggle()
	case "L":
		s.showMessages()
	default:
		return len(k.Name) == 1 && s.favourite(int(k.Name[0])-'1')
	}
	return true
}

// up goes one level up in the plant; from a page beside the displays, to the
// overview.
func (s *Station) up() {
	if p, ok := s.here(); ok && p.Display != "" {
		if way := s.above(p.Display); len(way) > 1 {
			s.openDisplay(way[len(way)-2].Name)
			return
		}
	}
	s.goTo(overviewPage)
}

// key is offered every key nobody else used.
func (s *Station) key(k view.Key) bool {
	if s.kiosk != nil && len(s.dialogs) == 0 && s.kiosk.key(s, k) {
		return true
	}
	if k.Mods&^view.Shift != 0 {
		return s.chord(k)
	}
	if len(s.dialogs) > 0 {
		return s.dialogs[len(s.dialogs)-1].key(k)
	}
	if k.Mods == view.Shift && k.Name == "F1" {
		s.showKeys()
		return true
	}
	if s.machine.on && s.machine.key(k) {
		return true
	}
	if p, ok := s.pages[s.current].(interface{ key(view.Key) bool }); ok && p.key(k) {
		return true
	}
	for i := range s.pages {
		if k.Name == pageKey(i) {
			s.goTo(i)
			return true
		}
	}
	switch k.Name {
	case "H":
		s.machine.start()
		return s.machine.on
	case view.KeyBackspace:
		return s.retrace(-1)
	case "F9":
		s.setDark(s.style.Palette != &paint.Dark)
	case "F10":
		s.silence()
	case "F11":
		s.win.SetFullScreen(!s.win.FullScreen())
	case "F12":
		s.askLogin()
	case view.KeyEscape:
		return s.plates.escape()
	default:
		return false
	}
	return true
}
