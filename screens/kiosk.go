package screens

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/app/project"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// kiosk keeps the window on a few places: no pages beside them, no editing,
// and nobody ends it but who has the right to.
type kiosk struct {
	places []spot
	turn   time.Duration // 0: turned by hand
	since  time.Time     // when the place in sight came
	at     int
}

// Kiosk checks the names a kiosk is to show, of displays or of pages, such as
// "overview", "highlift" or "alarms".
func Kiosk(p *project.Project, names []string) error {
	for _, n := range names {
		if _, ok := kioskPlace(p, n); !ok {
			var have []string
			for i, page := range pageNames {
				if i != mimicPage {
					have = append(have, strings.ToLower(page))
				}
			}
			for _, d := range p.Displays {
				if !d.Template() && d.Level != 1 {
					have = append(have, d.Name)
				}
			}
			return fmt.Errorf("there is no display or page %q; there are %s", n, strings.Join(have, ", "))
		}
	}
	return nil
}

func kioskPlace(p *project.Project, name string) (spot, bool) {
	for _, d := range p.Displays {
		if d.Name == name && !d.Template() {
			if d.Level == 1 {
				return spot{Page: pageNames[overviewPage]}, true
			}
			return spot{pageNames[mimicPage], name}, true
		}
	}
	for i, page := range pageNames {
		if i != mimicPage && strings.EqualFold(page, name) {
			return spot{Page: page}, true
		}
	}
	return spot{}, false
}

func newKiosk(p *project.Project, names []string, turn time.Duration) *kiosk {
	k := &kiosk{turn: turn}
	for _, n := range names {
		if at, ok := kioskPlace(p, n); ok {
			k.places = append(k.places, at)
		}
	}
	if len(k.places) == 0 {
		k.places = []spot{{Page: pageNames[overviewPage]}}
	}
	return k
}

// holds reports whether a place is one of the kiosk's.
func (k *kiosk) holds(p spot) bool { return slices.Contains(k.places, p) }

// shows reports whether a page is one of the kiosk's.
func (k *kiosk) shows(s *Station, page int) bool {
	return page < len(s.names) && slices.ContainsFunc(k.places, func(p spot) bool { return p.Page == s.names[page] })
}

// show goes to the n-th place.
func (k *kiosk) show(s *Station, n int) {
	k.at, k.since = (n+len(k.places))%len(k.places), s.opts.Now()
	s.visit(k.places[k.at])
}

// frame turns to the next place when it is time and nobody is at work here.
func (k *kiosk) frame(s *Station, now time.Time) {
	if k.turn > 0 && len(k.places) > 1 && now.Sub(k.since) >= k.turn && len(s.dialogs) == 0 && len(s.plates.shown()) == 0 {
		k.show(s, k.at+1)
	}
}

func (k *kiosk) items(s *Station) (out []toolbar.Item) {
	for i, p := range k.places {
		out = append(out, toolbar.Item{ID: fmt.Sprint("kiosk", i), Text: s.title(p), On: i == k.at})
	}
	return out
}

func (k *kiosk) do(s *Station, id string) {
	for i := range k.places {
		if id == fmt.Sprint("kiosk", i) {
			k.show(s, i)
		}
	}
}

// key turns by hand, and keeps every key away that leads out.
func (k *kiosk) key(s *Station, key view.Key) bool {
	k.since = s.opts.Now()
	if key.Mods&(view.Ctrl|view.Alt|view.Super) != 0 {
		if key.Name == "Q" && key.Mods == view.Ctrl {
			s.quit()
		}
		return true
	}
	switch key.Name {
	case view.KeyPageDown:
		k.show(s, k.at+1)
	case view.KeyPageUp:
		k.show(s, k.at-1)
	case "F11":
	default:
		return false
	}
	return true
}
