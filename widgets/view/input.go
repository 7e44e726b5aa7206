package view

import "image"

// Mods are the keys held while something else happens.
type Mods uint8

// The modifier keys.
const (
	Shift Mods = 1 << iota
	Ctrl
	Alt
	Super
)

// Button is a button of the mouse.
type Button uint8

// The mouse buttons. None is a pointer that only moves.
const (
	None Button = iota
	Primary
	Secondary
	Middle
)

// Pointer is where the mouse is, in device pixels of the view, and what is held.
type Pointer struct {
	At     image.Point
	Button Button
	Mods   Mods
}

// A view that wants input implements one or more of these. Each is a plain
// event; a Tap is delivered at once, also when a DoubleTap may follow it.
type (
	// Tapper is told about a press and release of the primary button.
	Tapper interface{ Tap(at Pointer) }
	// DoubleTapper is told about the second of two taps within 400 ms, after
	// the Tap for it.
	DoubleTapper interface{ DoubleTap(at Pointer) }
	// Menuer names what may be done with what is under the pointer; nothing
	// shows no menu.
	Menuer interface{ Menu(at Pointer) []Choice }
	// Hoverer follows the pointer while no button is held.
	Hoverer interface {
		Hover(at Pointer)
		Leave()
	}
	// Presser is told about each press and release of a button, before the
	// tap or drag that it becomes.
	Presser interface {
		Press(at Pointer)
		Release(at Pointer)
	}
	// Dragger follows a drag: DragStart says where the button went down.
	Dragger interface {
		DragStart(at Pointer)
		Drag(at Pointer)
		DragEnd()
	}
	// Wheeler is told how far the wheel or touch pad moved, in notches; up
	// and left are positive.
	Wheeler interface {
		Wheel(at Pointer, dx, dy float32)
	}
	// Keyer is offered every key while the view has the focus, and reports
	// whether it used it.
	Keyer interface{ Key(Key) bool }
	// Runer is told about each character typed while the view has the focus.
	Runer interface{ Rune(rune) }
	// Focuser is told when the view gets and loses the keyboard.
	Focuser interface{ Focus(on bool) }
	// Cursorer says what the pointer looks like where it is now.
	Cursorer interface{ Cursor() Cursor }
)

// Choice is one line of a context menu.
type Choice struct {
	Text     string // empty: a separator
	Do       func() // called on the UI goroutine
	Disabled bool   // shown, but not to be chosen
	Sub      []Choice
}

// Cursor is what the mouse pointer looks like.
type Cursor uint8

// The cursors.
const (
	Arrow Cursor = iota
	Hand
	Cross
	Beam
	ResizeLevel   // left-right
	ResizeUpright // up-down
)

// Key is a key as it was pressed.
type Key struct {
	Name string // one of the names below, or the capital letter or digit on the key
	Mods Mods
}

// Names of keys that are not letters or digits. Function keys are "F1" to "F12".
const (
	KeyUp        = "Up"
	KeyDown      = "Down"
	KeyLeft      = "Left"
	KeyRight     = "Right"
	KeyHome      = "Home"
	KeyEnd       = "End"
	KeyPageUp    = "PageUp"
	KeyPageDown  = "PageDown"
	KeyReturn    = "Return" // also the one of the number pad
	KeyEscape    = "Escape"
	KeySpace     = "Space"
	KeyTab       = "Tab"
	KeyDelete    = "Delete"
	KeyBackspace = "Backspace"
	KeyInsert    = "Insert"
	KeyPlus      = "+"
	KeyMinus     = "-"
)
