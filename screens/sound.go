package screens

// silence quiets the horn for every alarm that stands.
func (s *Station) silence() {
	now := s.opts.Now()
	if s.horn.Sounding() > 0 {
		s.status.tell(now, "The horn is silent until the next alarm.", false)
	}
	s.horn.Silence(now)
}

// hearing says why nobody can hear an alarm; "" when they can.
func (s *Station) hearing() string {
	switch {
	case s.horn.Out == nil:
		return "no sound device"
	case s.horn.Out.Err() != nil:
		return s.horn.Out.Err().Error()
	}
	return ""
}
