package screens

import (
	"image"

	"fyne.io/fyne/v2"

	"penstock/widgets"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// barHeight is how tall a page's row of buttons is, Fyne units.
const barHeight = 34

// newBar makes a row of buttons with a surface of its own. What has no room
// is offered in a menu at its end.
func (s *Station) newBar(do func(id string)) (*toolbar.Bar, *widgets.Surface) {
	b := toolbar.New(s.style, do)
	on := s.surface(b)
	on.Least = fyne.NewSize(200, barHeight)
	b.More = func(at image.Rectangle, items []toolbar.Item) {
		choices := make([]view.Choice, 0, len(items))
		for _, it := range items {
			text := it.Text
			if it.Hint != "" {
				text += "    " + it.Hint
			}
			choices = append(choices, view.Choice{Text: text, Do: func() { do(it.ID) }, Disabled: it.Off || it.ID == ""})
		}
		on.Offer(image.Pt(at.Min.X, at.Max.Y), choices)
	}
	return b, on
}

// offerAt opens a menu under a button.
func offerAt(b *toolbar.Bar, on *widgets.Surface, id string, choices []view.Choice) {
	if r, ok := b.Rect(id); ok {
		on.Offer(image.Pt(r.Min.X, r.Max.Y), choices)
	}
}

// lacks says which right the person who is logged in does not have in an
// area; "" when they have it, and when nobody is logged in: then they are
// asked to. Nor does it say so of rights that only rest, see refused: then the
// person is asked for what wakes them.
func (s *Station) lacks(right, area, what string) string {
	if s.session == nil || s.session.May(right, area) || s.idle() || s.needsCode() {
		return ""
	}
	where := ""
	if area != "" {
		where = " in area " + area
	}
	return s.session.User() + " does not have the right to " + what + where + "."
}
