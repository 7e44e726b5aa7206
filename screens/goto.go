package screens

import "penstock/app/tag"

// goTo brings a page into sight.
func (s *Station) goTo(n int) {
	if n < 0 || n >= len(s.pages) {
		return
	}
	if s.kiosk != nil && !s.kiosk.shows(s, n) {
		s.status.tell(s.opts.Now(), "This window does not show this page.", true)
		return
	}
	left := n != s.current
	if n != s.current {
		s.pages[s.current].object().Hide()
		s.current = n
		s.pages[n].object().Show()
	}
	s.pages[n].open()
	if left {
		s.machine.follow()
	}
	s.pages[n].frame(s.opts.Now())
	s.arrived()
	s.focusPage()
}

func (s *Station) focusPage() {
	if f := s.pages[s.current].focus(); f != nil && len(s.dialogs) == 0 {
		s.win.Canvas().Focus(f)
	}
}

// OpenTag opens a tag's faceplate at the side of the page; in the past, its
// trend.
func (s *Station) OpenTag(id tag.ID) {
	if s.machine.on { // a faceplate is live
		s.trendAround(id, s.machine.t)
		return
	}
	s.plates.dock(id)
}
