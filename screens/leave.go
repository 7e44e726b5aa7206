package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
)

// Close ends the tick, cancels what is being asked and closes the windows. It
// returns at once and may be called from any goroutine, more than once.
func (s *Station) Close() {
	s.closed.Do(func() {
		s.stop()
		s.opts.Post(func() {
			s.keepWorkspace(true)
			for _, w := range s.all.list {
				w.empty()
				w.win.Close()
			}
		})
	})
}

// quit is what the person means by closing the window. Who insists, and closes
// it once more while it asks, may go: what was drawn is kept as a draft.
func (s *Station) quit() {
	switch {
	case s.kiosk != nil && !s.mayLeave():
	case !s.isMain():
		s.closeWindow()
	case len(s.dialogs) > 0:
		s.leave()
	case s.editing.unsaved():
		s.editing.leave(s.quit)
	default:
		s.askLeave()
	}
}

// leave ends the control room.
func (s *Station) leave() {
	if s.opts.Quit != nil {
		s.opts.Quit()
		return
	}
	s.Close()
}

func (s *Station) askLeave() {
	say := "Values are no longer recorded and alarms no longer come until it is started again."
	if n := len(s.all.list) - 1; n > 0 {
		say += fmt.Sprintf("\nIts other %s with it.", plural(n, "window closes", "windows close"))
	}
	about := widget.NewLabel(say)
	about.Wrapping = fyne.TextWrapWord
	s.ask("End the control room?", about, "End", nil, func(*dialog) string {
		s.leave()
		return ""
	})
}

// mayLeave reports whether the person may end a kiosk; if not, the status line
// says who may.
func (s *Station) mayLeave() bool {
	if s.session != nil && s.session.May(auth.Configure, "") {
		return true
	}
	s.status.tell(s.opts.Now(), "This window stays. To end it, log in as somebody with the right "+auth.Configure+", then press Ctrl+Q.", true)
	return false
}
