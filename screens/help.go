package screens

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// keyHelp is one line of the sheet of keys.
type keyHelp struct{ where, key, does string }

// keySheet lists every key, those for everywhere first.
func (s *Station) keySheet() (out []keyHelp) {
	for i, n := range s.names {
		if k := pageKey(i); k != "" {
			out = append(out, keyHelp{"Everywhere", k, n})
		}
	}
	return append(out, keyTable...)
}

var keyTable = []keyHelp{
	{"Everywhere", "Shift+F1", "This sheet"},
	{"Everywhere", "F9", "Colours for day or night"},
	{"Everywhere", "F10", "Silence the horn until the next alarm"},
	{"Everywhere", "F11", "Full screen"},
	{"Everywhere", "F12", "Log in or out"},
	{"Everywhere", "Ctrl+K", "Find a page, display, tag or alarm by a few letters"},
	{"Everywhere", "Alt+Left, Backspace", "Back to where you were"},
	{"Everywhere", "Alt+Right", "Forward again"},
	{"Everywhere", "Alt+Up", "One level up in the plant"},
	{"Everywhere", "Alt+Home", "The overview"},
	{"Everywhere", "Ctrl+D", "Make this place a favourite, or no longer"},
	{"Everywhere", "Ctrl+1 to Ctrl+9", "Your favourites"},
	{"Everywhere", "Ctrl+N", "Another window at this place"},
	{"Everywhere", "Ctrl+W", "Close a window that is not the main one"},
	{"Everywhere", "Ctrl+Q", "End the control room; it asks first"},
	{"Everywhere", "Ctrl+L", "The last messages of the status line"},
	{"Everywhere", "Tab, Shift+Tab", "To the next or the last part of the window"},
	{"Everywhere", "Escape", "Close what is open: dialog, then faceplate, then pinned ones"},
	{"Overview, mimics", "Arrows, Return", "Choose an element, open it"},
	{"Overview, mimics", "+ - 0, wheel", "Zoom, and the whole display again"},
	{"Mimics", "Page Up, Page Down", "The display before or after, in the order of the process"},
	{"Overview, mimics", "E", "Edit the display"},
	{"Overview, mimics, trend, alarms", "Ctrl+H", "The past; on displays and the trend also H"},
	{"The past", "Left, Right", "10 s earlier or later; with Shift 10 min"},
	{"The past", "Space", "Play, or stop"},
	{"The past", "N, B", "The next alarm, or the one before"},
	{"The past", "G", "Go to a moment that you type"},
	{"The past", "Escape", "Back to now"},
	{"Alarms", "A, P", "Acknowledge what is selected, or what is in sight"},
	{"Alarms", "C, S, U", "Comment; shelve; take off the shelf, or put into service"},
	{"Alarms", "O, R", "Take out of service, reset what is latched"},
	{"Alarms", "T, M, Return", "The trend around the moment, the mimic, the faceplate"},
	{"Alarms", "L, G", "The next list: unacknowledged, shelved and so on; groups"},
	{"Alarms", "F, E, Y, X", "Filter by text, area, priority, state"},
	{"Alarms", "1 to 4, 0, N", "One priority alone, all of them, no filter at all"},
	{"Alarms", "B", "Sort by a column, and again the other way round"},
	{"Alarms", "H, K", "Test the sound; performance of the alarms"},
	{"Alarms", "W", "What if: try another tuning over the past"},
	{"Performance", "D, W, M, G", "A day, a week, a month, any other time"},
	{"Performance", "E, L", "The operating position, the next list"},
	{"Performance", "R, X, P", "Work out again, export as CSV, as PDF"},
	{"Tags", "W, E, N, Delete", "Where it is used, edit, new, delete; in the list, not in the field"},
	{"Trend", "G, L, S", "Go to a time, choose a group, keep a group"},
	{"Trend", "E, P", "Export, picture"},
	{"Devices", "L, C", "Links, certificates"},
	{"Devices", "N, E, Delete", "New device, edit it, remove it"},
	{"Devices", "B", "Look into the device for what could be tags"},
	{"Devices", "U", "Take up what was edited in the project's folder"},
	{"Lists", "Up, Down, Page, Home, End", "Move; with Shift select as well"},
	{"Lists", "Return", "Open what is in focus"},
	{"Faceplate", "Return", "Set what was typed; it asks first"},
	{"Faceplate", "Drag its head", "Move it; Pin keeps it while others are opened"},
}

// keyList is the sheet in the window.
type keyList struct {
	all  []keyHelp
	list *rows.View[int]
}

// Row implements rows.Model.
func (l *keyList) Row(i int, r *rows.Row) bool {
	r.Cells[0], r.Cells[1], r.Cells[2] = l.all[i].where, l.all[i].key, l.all[i].does
	return true
}

// match lists what has every word.
func (l *keyList) match(text string) {
	words := strings.Fields(strings.ToLower(text))
	var order []int
next:
	for i, h := range l.all {
		for _, w := range words {
			if !strings.Contains(strings.ToLower(h.where+" "+h.key+" "+h.does), w) {
				continue next
			}
		}
		order = append(order, i)
	}
	l.list.Rearrange(order)
	l.list.ToTop()
}

// showKeys opens the sheet of keys.
func (s *Station) showKeys() {
	l := &keyList{all: s.keySheet()}
	l.list = rows.New[int](s.style, l, rows.Column{Title: "Where", Width: 230}, rows.Column{Title: "Key", Width: 190}, rows.Column{Title: "What it does"})
	l.list.Empty = "No key does that."
	s.sheet("Keys", "what are you looking for?", l.list, func(text string) { l.match(text) })
}

// sheet opens a list to read in a dialog, with a field that narrows it.
func (s *Station) sheet(title, prompt string, list widgets.View, match func(string)) {
	if len(s.dialogs) > 0 {
		return
	}
	d := &dialog{s: s}
	grid := widgets.NewSurface(list)
	grid.Clock, grid.Forward = s.opts.Now, d.key
	size := s.win.Canvas().Size()
	grid.Least = fyne.NewSize(min(860, size.Width-120), max(min(640, size.Height-200), 200))
	field := newEntry(d.key)
	field.SetPlaceHolder(prompt)
	field.OnChanged = func(text string) { match(text); grid.Frame(s.opts.Now()) }
	field.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown:
			if l, ok := list.(view.Keyer); ok {
				l.Key(k)
			}
			grid.Frame(s.opts.Now())
			return true
		case view.KeyReturn:
			d.close()
			return true
		}
		return false
	}
	match("")
	head := widget.NewLabelWithStyle(title, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	box := container.New(&upright{1}, container.NewBorder(nil, nil, head, newButton("Close", d.key, d.close), container.NewPadded(field)), grid)
	d.pop = widget.NewModalPopUp(box, s.win.Canvas())
	d.frame = func(now time.Time) { grid.Frame(now) }
	s.dialogs = append(s.dialogs, d)
	d.pop.Show()
	s.win.Canvas().Focus(field)
}

// message is one line the status line showed.
type message struct {
	at    time.Time
	text  string
	wrong bool
}

// messageList is the last messages, the newest first.
type messageList struct {
	all  []message
	list *rows.View[int]
	now  time.Time
}

// Row implements rows.Model.
func (l *messageList) Row(i int, r *rows.Row) bool {
	m := l.all[i]
	r.Cells[0], r.Cells[2] = clockTime(m.at, l.now), m.text
	if m.wrong {
		r.Cells[1], r.Tone = "did not work", rows.Strong
	}
	return true
}

// showMessages opens the last messages of the status line.
func (s *Station) showMessages() {
	l := &messageList{all: s.status.past, now: s.opts.Now()}
	l.list = rows.New[int](s.style, l, rows.Column{Title: "Time", Width: 120}, rows.Column{Title: "", Width: 100}, rows.Column{Title: "Message"})
	l.list.Empty = "Nothing was said yet."
	s.sheet(fmt.Sprintf("Messages, the last %d", len(l.all)), "filter", l.list, func(text string) {
		text = strings.ToLower(text)
		var order []int
		for i := len(l.all) - 1; i >= 0; i-- {
			if strings.Contains(strings.ToLower(l.all[i].text), text) {
				order = append(order, i)
			}
		}
		l.list.Rearrange(order)
		l.list.ToTop()
	})
}
