package screens

import (
	"fmt"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/screens/horn"
	"penstock/widgets/paint"
)

// windows are all windows of one control room. They share who is logged in,
// the colours, the horn and the tick; each has pages of its own. The first is
// the main one: it ticks, edits displays, and ends them all.
type windows struct {
	list       []*Station
	make       func(Options) *Station // one more of them
	style      *paint.Style
	horn       horn.Horn
	favourites *favourites
	saved      workspaceFile
	shown      bool // before the main window nothing is
}

// mostWindows bounds how many windows there can be: each costs memory and
// time in every frame.
const mostWindows = 8

func (s *Station) main() *Station { return s.all.list[0] }
func (s *Station) isMain() bool   { return s.main() == s }

// enter lets a person in, or with nil out, at every window.
func (s *Station) enter(who Session) {
	for _, w := range s.all.list {
		w.session = who
	}
}

// openWindow opens another window at the place where the person is.
func (s *Station) openWindow() *Station {
	if n := len(s.all.list); n >= mostWindows {
		s.status.tell(s.opts.Now(), fmt.Sprintf("There are %d windows. Close one of them first.", n), true)
		return nil
	}
	p, ok := s.here()
	w := s.addWindow(s.win.Canvas().Size())
	if ok {
		w.visit(p)
	}
	s.status.tell(s.opts.Now(), "Another window was opened. Ctrl+W closes it.", false)
	return w
}

// addWindow makes a window beside the main one and shows it.
func (s *Station) addWindow(size fyne.Size) *Station {
	m := s.main()
	opts := m.opts
	opts.Session, opts.Kiosk = m.session, nil
	w := s.all.make(opts)
	w.win.Resize(size)
	w.win.SetTitle(fmt.Sprintf("%s  (%d)", m.room.Project().Name, len(s.all.list)))
	if s.all.shown {
		w.win.Show()
	}
	w.focusPage()
	return w
}

// Fit makes windows that are larger than a screen of w x h pixels as large as
// it is: without a window manager nobody else does, and what stands at the
// edges could not be reached.
func (s *Station) Fit(w, h int) {
	for _, o := range s.all.list {
		c := o.win.Canvas()
		size, k := c.Size(), c.Scale()
		if k <= 0 || o.win.FullScreen() {
			continue
		}
		if in := fyne.NewSize(min(size.Width, float32(w)/k), min(size.Height, float32(h)/k)); in != size {
			o.win.Resize(in)
		}
	}
}

// emptied is how long the content of a window is let go before the window
// closes: Fyne keeps what a closed window held for good.
const emptied = 300 * time.Millisecond

// closeWindow takes a window away that is not the main one.
func (s *Station) closeWindow() {
	i := slices.Index(s.all.list, s)
	if i <= 0 {
		return
	}
	s.all.list = slices.Delete(s.all.list, i, i+1)
	s.empty()
	time.AfterFunc(emptied, func() { s.opts.Post(s.win.Close) })
	s.main().win.RequestFocus()
	s.main().focusPage()
}

// empty ends what the window does and lets its content go.
func (s *Station) empty() {
	s.stop()
	for _, p := range s.pages {
		if c, ok := p.(interface{ close() }); ok {
			c.close()
		}
	}
	s.plates.close()
	s.win.SetCloseIntercept(nil)
	s.win.SetContent(widget.NewLabel(""))
}
