package widgets

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/view"
)

var (
	_ fyne.Tappable          = (*Surface)(nil)
	_ fyne.SecondaryTappable = (*Surface)(nil)
	_ fyne.Draggable         = (*Surface)(nil)
	_ fyne.Scrollable        = (*Surface)(nil)
	_ fyne.Focusable         = (*Surface)(nil)
	_ fyne.Shortcutable      = (*Surface)(nil)
	_ desktop.Mouseable      = (*Surface)(nil)
	_ desktop.Hoverable      = (*Surface)(nil)
	_ desktop.Cursorable     = (*Surface)(nil)
)

const (
	doubleTap  = 400 * time.Millisecond
	doubleMove = 6  // pixels the pointer may move between the two
	notch      = 25 // what Fyne reports for one notch of a wheel (10 on a Mac)
)

// pixels converts a position of Fyne's to device pixels of the view.
func (s *Surface) pixels(p fyne.Position) image.Point {
	k := s.scale
	if k == 0 {
		k = s.Scale()
	}
	return image.Pt(int(p.X*k), int(p.Y*k))
}

// Mods are Fyne's modifiers as views know them.
func Mods(m fyne.KeyModifier) (out view.Mods) {
	for _, t := range [...]struct {
		from fyne.KeyModifier
		to   view.Mods
	}{{fyne.KeyModifierShift, view.Shift}, {fyne.KeyModifierControl, view.Ctrl}, {fyne.KeyModifierAlt, view.Alt}, {fyne.KeyModifierSuper, view.Super}} {
		if m&t.from != 0 {
			out |= t.to
		}
	}
	return out
}

// HeldMods asks the driver, for events that do not say which keys are held.
func HeldMods() view.Mods {
	if a := fyne.CurrentApp(); a != nil {
		if d, ok := a.Driver().(desktop.Driver); ok {
			return Mods(d.CurrentKeyModifiers())
		}
	}
	return 0
}

func button(b desktop.MouseButton) view.Button {
	switch {
	case b&desktop.MouseButtonPrimary != 0:
		return view.Primary
	case b&desktop.MouseButtonSecondary != 0:
		return view.Secondary
	case b&desktop.MouseButtonTertiary != 0:
		return view.Middle
	}
	return view.None
}

func (s *Surface) pointer(e *desktop.MouseEvent) view.Pointer {
	return view.Pointer{At: s.pixels(e.Position), Button: button(e.Button), Mods: Mods(e.Modifier)}
}

// Tapped is called by Fyne. The second of two quick taps is also a double
// tap; Fyne's own double tap would delay every single one.
func (s *Surface) Tapped(e *fyne.PointEvent) {
	s.focus()
	at := view.Pointer{At: s.pixels(e.Position), Button: view.Primary, Mods: s.press.Mods}
	if v, ok := s.view.(view.Tapper); ok {
		v.Tap(at)
	}
	now := s.now()
	d := at.At.Sub(s.tapAt)
	near := max(d.X, -d.X) <= doubleMove && max(d.Y, -d.Y) <= doubleMove
	if v, ok := s.view.(view.DoubleTapper); ok && near && !s.lastTap.IsZero() && now.Sub(s.lastTap) < doubleTap {
		v.DoubleTap(at)
		s.lastTap = time.Time{} // a third tap starts anew
	} else {
		s.lastTap, s.tapAt = now, at.At
	}
	s.touched()
}

// TappedSecondary is called by Fyne.
func (s *Surface) TappedSecondary(e *fyne.PointEvent) {
	s.focus()
	v, ok := s.view.(view.Menuer)
	if !ok {
		return
	}
	choices := v.Menu(view.Pointer{At: s.pixels(e.Position), Button: view.Secondary, Mods: s.press.Mods})
	c := fyne.CurrentApp().Driver().CanvasForObject(s)
	if len(choices) > 0 && c != nil {
		widget.ShowPopUpMenuAtPosition(menu(choices), c, e.AbsolutePosition)
	}
	s.touched()
}

func menu(choices []view.Choice) *fyne.Menu {
	m := fyne.NewMenu("")
	for _, c := range choices {
		if c.Text == "" {
			m.Items = append(m.Items, fyne.NewMenuItemSeparator())
			continue
		}
		it := fyne.NewMenuItem(c.Text, c.Do)
		it.Disabled = c.Disabled
		if len(c.Sub) > 0 {
			it.ChildMenu = menu(c.Sub)
		}
		m.Items = append(m.Items, it)
	}
	return m
}

// MouseDown is called by Fyne.
func (s *Surface) MouseDown(e *desktop.MouseEvent) {
	s.press, s.held = s.pointer(e), true
	if v, ok := s.view.(view.Presser); ok {
		v.Press(s.press)
		s.touched()
	}
}

// MouseUp is called by Fyne.
func (s *Surface) MouseUp(e *desktop.MouseEvent) {
	s.held = false
	if v, ok := s.view.(view.Presser); ok {
		v.Release(s.pointer(e))
		s.touched()
	}
}

// Dragged is called by Fyne.
func (s *Surface) Dragged(e *fyne.DragEvent) {
	v, ok := s.view.(view.Dragger)
	if !ok {
		return
	}
	at := view.Pointer{At: s.pixels(e.Position), Button: view.Primary, Mods: s.press.Mods | HeldMods()}
	if s.held {
		at.Button = s.press.Button
	}
	if !s.dragging {
		s.dragging = true
		start := at
		if s.held {
			start.At = s.press.At
		} else {
			start.At = s.pixels(e.Position.Subtract(e.Dragged))
		}
		v.DragStart(start)
	}
	v.Drag(at)
	s.touched()
}

// DragEnd is called by Fyne.
func (s *Surface) DragEnd() {
	if v, ok := s.view.(view.Dragger); ok && s.dragging {
		v.DragEnd()
	}
	s.dragging = false
	s.touched()
}

// MouseIn is called by Fyne.
func (s *Surface) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved is called by Fyne.
func (s *Surface) MouseMoved(e *desktop.MouseEvent) {
	s.hovering = true
	if v, ok := s.view.(view.Hoverer); ok && !s.dragging {
		v.Hover(s.pointer(e))
		s.touched()
	}
}

// MouseOut is called by Fyne.
func (s *Surface) MouseOut() {
	s.hovering = false
	if v, ok := s.view.(view.Hoverer); ok {
		v.Leave()
		s.touched()
	}
}

// Cursor is called by Fyne.
func (s *Surface) Cursor() desktop.Cursor {
	v, ok := s.view.(view.Cursorer)
	if !ok {
		return desktop.DefaultCursor
	}
	switch v.Cursor() {
	case view.Hand:
		return desktop.PointerCursor
	case view.Cross:
		return desktop.CrosshairCursor
	case view.Beam:
		return desktop.TextCursor
	case view.ResizeLevel:
		return desktop.HResizeCursor
	case view.ResizeUpright:
		return desktop.VResizeCursor
	}
	return desktop.DefaultCursor
}

// Scrolled is called by Fyne.
func (s *Surface) Scrolled(e *fyne.ScrollEvent) {
	if v, ok := s.view.(view.Wheeler); ok {
		v.Wheel(view.Pointer{At: s.pixels(e.Position), Mods: HeldMods()}, e.Scrolled.DX/notch, e.Scrolled.DY/notch)
		s.touched()
	}
}

func (s *Surface) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil && c.Focused() != fyne.Focusable(s) {
		c.Focus(s)
	}
}

// FocusGained is called by Fyne.
func (s *Surface) FocusGained() { s.tellFocus(true) }

// FocusLost is called by Fyne.
func (s *Surface) FocusLost() { s.tellFocus(false) }

func (s *Surface) tellFocus(on bool) {
	if v, ok := s.view.(view.Focuser); ok {
		v.Focus(on)
		s.touched()
	}
}

// TypedRune is called by Fyne.
func (s *Surface) TypedRune(r rune) {
	if v, ok := s.view.(view.Runer); ok {
		v.Rune(r)
		s.touched()
	}
}

// keyNames are the keys whose Fyne name is not ours.
var keyNames = map[fyne.KeyName]string{
	fyne.KeyPageUp: view.KeyPageUp, fyne.KeyPageDown: view.KeyPageDown, fyne.KeyEnter: view.KeyReturn,
	fyne.KeyBackspace: view.KeyBackspace,
}

func key(n fyne.KeyName, m view.Mods) view.Key {
	if name, ok := keyNames[n]; ok {
		return view.Key{Name: name, Mods: m}
	}
	return view.Key{Name: string(n), Mods: m}
}

// TypedKey is called by Fyne.
func (s *Surface) TypedKey(e *fyne.KeyEvent) { s.typed(key(e.Name, HeldMods())) }

func (s *Surface) typed(k view.Key) bool {
	used := false
	if v, ok := s.view.(view.Keyer); ok {
		used = v.Key(k)
	}
	if !used && s.Forward != nil {
		used = s.Forward(k)
	}
	s.touched()
	return used
}

// TypedShortcut is called by Fyne for keys with Ctrl, Alt or Super. What
// neither the view nor Forward uses goes on to the window's shortcuts, as if
// nothing had the focus.
func (s *Surface) TypedShortcut(sc fyne.Shortcut) {
	if k, ok := sc.(fyne.KeyboardShortcut); ok && s.typed(key(k.Key(), Mods(k.Mod()))) {
		return
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(s).(fyne.Shortcutable); ok {
		c.TypedShortcut(sc)
	}
}
