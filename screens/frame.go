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
	right, left := size.Width, float32(navWidth)
	if l.s.kiosk != nil {
		left = 0
	}
	if l.s.plate.panel.Visible() {
		right -= plateWidth
		place(o[3], right, headerHeight, plateWidth, h)
	}
	place(o[0], 0, 0, size.Width, headerHeight)
	place(o[1], 0, headerHeight, left, h)
	top, w := float32(headerHeight+locationHeight), right-left
	past := float32(0)
	if o[6].Visible() {
		past = o[6].MinSize().Height
		place(o[6], left, headerHeight+h-past, w, past)
	}
	place(o[5], left, headerHeight, w, locationHeight)
	place(o[2], left, top, w, h-locationHeight-past)
	place(o[7], left, top, w, h-locationHeight-past)
	place(o[4], 0, size.Height-statusHeight, size.Width, statusHeight)
}
