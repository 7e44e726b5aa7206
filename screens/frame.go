package screens

import "fyne.io/fyne/v2"

// frameLayout stands the parts of the window around the page.
type frameLayout struct{ s *Station }

// Sizes of the parts, Fyne units.
const (
	headerHeight = 62
	statusHeight = 26
	navWidth     = 126
	plateWidth   = 372
)

// MinSize is called by Fyne.
func (frameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(960, 600) }

// Layout is called by Fyne.
func (l frameLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	h := size.Height - headerHeight - statusHeight
	page := pageArea(l.s, size)
	left, w := page.at.X, page.size.Width
	place(o[0], 0, 0, size.Width, headerHeight)
	place(o[1], 0, headerHeight, left, h)
	if o[6].Visible() {
		place(o[6], left, page.bottom(), w, headerHeight+h-page.bottom())
	}
	place(o[5], left, headerHeight, w, locationHeight)
	place(o[2], left, page.at.Y, w, page.size.Height)
	place(o[7], left, page.at.Y, w, page.size.Height)
	place(o[4], 0, size.Height-statusHeight, size.Width, statusHeight)
	place(o[3], 0, 0, size.Width, size.Height)
}

// pageArea is what the page has of a window: not the banner, the pages' names,
// the line of the place, the bar of the past, the status line, nor a faceplate
// at its side.
func pageArea(s *Station, size fyne.Size) area {
	a := area{fyne.NewPos(navWidth, headerHeight+locationHeight), size}
	if s.kiosk != nil {
		a.at.X = 0
	}
	a.size.Width -= a.at.X
	a.size.Height -= a.at.Y + statusHeight
	if s.plates.docked() {
		a.size.Width -= plateWidth
	}
	if s.machine.panel.Visible() {
		a.size.Height -= s.machine.panel.MinSize().Height
	}
	return a
}
