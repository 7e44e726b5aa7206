package screens

import (
	"slices"

	"penstock/screens/mimic"
)

// spot is somewhere a person can be: a page, and which display where the page
// shows displays.
type spot struct {
	Page    string `json:"page"`
	Display string `json:"display,omitempty"`
}

// here is where the person is; not ok in the editor, which is nowhere to come
// back to.
func (s *Station) here() (p spot, ok bool) {
	if s.current >= len(s.names) {
		return spot{}, false
	}
	p.Page = s.names[s.current]
	if s.current == mimicPage {
		p.Display = s.mimics().current
	}
	return p, true
}

func (s *Station) mimics() *mimicsPage       { return s.pages[mimicPage].(*mimicsPage) }
func (s *Station) overview() *overviewScreen { return s.pages[overviewPage].(*overviewScreen) }

// exists reports whether there is such a place in the project that runs.
func (s *Station) exists(p spot) bool {
	if !slices.Contains(s.names, p.Page) {
		return false
	}
	d := s.display(p.Display)
	return p.Display == "" || d != nil && !d.Template()
}

func (s *Station) display(name string) *mimic.Display {
	for _, d := range s.room.Project().Displays {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// title names a place to a person.
func (s *Station) title(p spot) string {
	if d := s.display(p.Display); d != nil {
		return d.Title
	}
	return p.Page
}

// visit goes to a place; one that is gone is passed over.
func (s *Station) visit(p spot) {
	if !s.exists(p) {
		s.status.tell(s.opts.Now(), "The project has no "+p.Page+" "+p.Display+" any more.", true)
		return
	}
	if p.Display != "" {
		s.openDisplay(p.Display)
		return
	}
	s.goTo(slices.Index(s.names, p.Page))
}

// above are the displays that lead down to one, the highest first, and the
// display itself.
func (s *Station) above(name string) (out []*mimic.Display) {
	for d := s.display(name); d != nil && !slices.Contains(out, d); d = s.display(d.Parent) {
		out = append(out, d)
	}
	slices.Reverse(out)
	return out
}

// trail is where the person was, as a browser keeps it.
type trail struct {
	places []spot
	at     int
}

// trailLength bounds how far back the trail goes.
const trailLength = 100

// note writes down where the person has come to; where there was a way
// forward, it ends here.
func (t *trail) note(p spot) {
	if len(t.places) > 0 && t.places[t.at] == p {
		return
	}
	if len(t.places) > 0 {
		t.places = t.places[:t.at+1]
	}
	t.places = append(t.places, p)
	if n := len(t.places) - trailLength; n > 0 {
		t.places = slices.Delete(t.places, 0, n)
	}
	t.at = len(t.places) - 1
}

// can reports whether there is a way back (-1) or forward (1).
func (t *trail) can(d int) bool { return t.at+d >= 0 && t.at+d < len(t.places) }

// arrived notes where the person is.
func (s *Station) arrived() {
	if p, ok := s.here(); ok && !s.retracing {
		s.trail.note(p)
	}
	s.plates.left()
}

// retrace goes back (-1) or forward (1) along the trail, past places that are
// gone. It reports whether there was such a way.
func (s *Station) retrace(d int) bool {
	if p, ok := s.here(); !ok || len(s.trail.places) > 0 && p != s.trail.places[s.trail.at] { // out of the editor, back is where one came from
		if d > 0 || len(s.trail.places) == 0 {
			return false
		}
		s.retracing = true
		s.visit(s.trail.places[s.trail.at])
		s.retracing = false
		return true
	}
	for s.trail.can(d) {
		s.trail.at += d
		if p := s.trail.places[s.trail.at]; s.exists(p) {
			s.retracing = true
			s.visit(p)
			s.retracing = false
			return true
		}
	}
	return false
}
