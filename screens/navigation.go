package screens

import (
	"time"

	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/toolbar"
)

// navigation is the column of pages.
type navigation struct {
	s       *Station
	surface *widgets.Surface
	bar     *toolbar.Bar
}

// pageNames are the pages every station has, in the order of their keys.
var pageNames = []string{"Overview", "Mimics", "Trend", "Alarms", "Devices", "Events", "Tags"}

func newNavigation(s *Station) *navigation {
	n := &navigation{s: s}
	n.bar = toolbar.New(s.style, n.do)
	n.bar.Upright = true
	n.surface = s.surface(n.bar)
	return n
}

func (n *navigation) do(id string) {
	for i, name := range n.s.names {
		if id == name {
			n.s.goTo(i)
		}
	}
	switch id {
	case "day":
		n.s.setDark(n.s.style.Palette != &paint.Dark)
	case "login":
		n.s.askLogin()
	}
}

func (n *navigation) frame(now time.Time) {
	items := make([]toolbar.Item, 0, len(n.s.names)+2)
	for i, name := range n.s.names {
		items = append(items, toolbar.Item{ID: name, Text: name, Hint: pageKey(i), On: i == n.s.current})
	}
	day := "Night"
	if n.s.style.Palette == &paint.Dark {
		day = "Day"
	}
	login := "Log in"
	if n.s.session != nil {
		login = "Log out"
	}
	items = append(items, toolbar.Item{ID: "day", Text: day, Hint: "F9", Gap: true}, toolbar.Item{ID: "login", Text: login, Hint: "F12"})
	n.bar.Set(items)
	n.surface.Frame(now)
}
