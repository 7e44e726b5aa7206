package screens

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"penstock/widgets"
	"penstock/widgets/toolbar"
)

// location is the line above every page: the way back and forward, where in
// the plant the person is, and what leads elsewhere.
type location struct {
	s       *Station
	bar     *toolbar.Bar
	surface *widgets.Surface
}

// locationHeight is its height, Fyne units.
const locationHeight = 34

func newLocation(s *Station) *location {
	l := &location{s: s}
	l.bar = toolbar.New(s.style, l.do)
	l.surface = s.surface(l.bar)
	l.surface.Least = fyne.NewSize(200, locationHeight)
	return l
}

// displayCrumb begins the id of a button that leads to a display.
const displayCrumb = "display:"

func (l *location) frame(now time.Time) {
	s := l.s
	if s.kiosk != nil {
		l.bar.Set(s.kiosk.items(s))
		l.surface.Frame(now)
		return
	}
	items := []toolbar.Item{
		{ID: "back", Icon: toolbar.Left, Text: "Back", Hint: "Alt+Left", Off: !s.trail.can(-1)},
		{ID: "forward", Icon: toolbar.Right, Hint: "Alt+Right", Off: !s.trail.can(1)},
	}
	items = append(items, l.crumbs()...)
	p, ok := s.here()
	r, past := s.pages[s.current].(recaller)
	items = append(items, toolbar.Item{ID: "past", Text: "Past", Hint: "Ctrl+H", On: s.machine.on, Off: !past || !r.recalls(), Tail: true})
	star := toolbar.Item{ID: "favour", Icon: toolbar.Star, Hint: "Ctrl+D", Gap: true, Off: !ok}
	if s.favourites().has(s.user(), p) {
		star.Icon = toolbar.Starred
	}
	l.bar.Set(append(items, star,
		toolbar.Item{ID: "favourites", Text: "Favourites", Icon: toolbar.Down},
		toolbar.Item{ID: "find", Text: "Find", Hint: "Ctrl+K", Gap: true},
		toolbar.Item{ID: "window", Text: "New window", Hint: "Ctrl+N"},
		toolbar.Item{ID: "keys", Text: "Keys", Hint: "Shift+F1"}))
	l.surface.Frame(now)
}

// crumbs name where the person is, from the whole plant down.
func (l *location) crumbs() (out []toolbar.Item) {
	s := l.s
	p, ok := s.here()
	switch {
	case !ok:
		return []toolbar.Item{{Text: "Editor", Gap: true}}
	case s.current == overviewPage && s.overview().display != nil:
		p.Display = s.overview().display.Name
	case p.Display == "":
		return []toolbar.Item{{Text: p.Page, Gap: true}}
	}
	way := s.above(p.Display)
	for i, d := range way {
		if i > 0 {
			out = append(out, toolbar.Item{Text: "\u203a"})
		}
		if i < len(way)-1 {
			out = append(out, toolbar.Item{ID: displayCrumb + d.Name, Text: d.Title, Gap: i == 0})
		} else {
			out = append(out, toolbar.Item{Text: d.Title, Gap: i == 0})
		}
	}
	return out
}

func (l *location) do(id string) {
	s := l.s
	if name, ok := strings.CutPrefix(id, displayCrumb); ok {
		s.openDisplay(name)
		return
	}
	switch id {
	case "back":
		s.retrace(-1)
	case "forward":
		s.retrace(1)
	case "past":
		s.machine.toggle()
	case "favour":
		s.favour()
	case "favourites":
		l.offer()
	case "find":
		s.find()
	case "window":
		s.openWindow()
	case "keys":
		s.showKeys()
	default:
		if s.kiosk != nil {
			s.kiosk.do(s, id)
		}
	}
}
