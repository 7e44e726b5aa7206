package widgets

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/view"
)

// Offer opens a menu at a pixel of the surface.
func (s *Surface) Offer(at image.Point, choices []view.Choice) {
	d := fyne.CurrentApp().Driver()
	c := d.CanvasForObject(s)
	if len(choices) == 0 || c == nil {
		return
	}
	k := s.Scale()
	from := d.AbsolutePositionForObject(s)
	widget.ShowPopUpMenuAtPosition(menu(choices), c, from.AddXY(float32(at.X)/k, float32(at.Y)/k))
}

// Of maps a pixel of another surface in the same window to one of s: where a
// drag that began there is over s.
func (s *Surface) Of(other *Surface, at image.Point) image.Point {
	d := fyne.CurrentApp().Driver()
	k := s.Scale()
	by := d.AbsolutePositionForObject(other).Subtract(d.AbsolutePositionForObject(s))
	return at.Add(image.Pt(int(by.X*k), int(by.Y*k)))
}
