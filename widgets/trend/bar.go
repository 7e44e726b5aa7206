package trend

import (
	"fmt"
	"image"
	"time"

	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// spans are the lengths offered on the toolbar and by the keys 1 to 6.
var spans = [...]struct {
	text string
	d    time.Duration
}{{"10 min", 10 * time.Minute}, {"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}, {"30 d", 30 * 24 * time.Hour}}

// setBar shows the toolbar as things are.
func (v *View) setBar() {
	if !v.hasBar() {
		return
	}
	items := make([]toolbar.Item, 0, 20)
	for i, s := range spans {
		items = append(items, toolbar.Item{ID: "span " + s.text, Text: s.text, Hint: fmt.Sprint(i + 1), On: v.window.Span == int64(s.d)})
	}
	items = append(items,
		toolbar.Item{ID: "back", Icon: toolbar.Left, Gap: true},
		toolbar.Item{ID: "on", Icon: toolbar.Right, Off: v.window.Live},
		toolbar.Item{ID: "in", Icon: toolbar.Plus},
		toolbar.Item{ID: "out", Icon: toolbar.Minus},
		toolbar.Item{ID: "undo", Icon: toolbar.Back, Text: "Undo", Off: len(v.undo) == 0})
	say := "live"
	if v.window.Live {
		items = append(items, toolbar.Item{ID: "pause", Icon: toolbar.Pause, Text: "Pause", Hint: "Space"})
	} else {
		items = append(items, toolbar.Item{ID: "now", Icon: toolbar.ToEnd, Text: "Now", Hint: "End", On: true})
		say = behind(v.now - v.window.End)
	}
	items = append(items,
		toolbar.Item{ID: "box", Text: "Box", Hint: "B", On: v.boxing, Gap: true},
		toolbar.Item{ID: "fit", Text: "Fit", Hint: "F", On: v.fitted && len(v.axes) == 0},
		toolbar.Item{ID: "axes", Text: "Axes: " + v.spread.String(), Hint: "A", On: v.spread != shared},
		toolbar.Item{ID: "xy", Text: "XY", Hint: "X", On: v.xy.on},
		toolbar.Item{ID: "day", Text: "Day before", Hint: "D", On: v.ghost.days == 1},
		toolbar.Item{ID: "week", Text: "Week before", Hint: "W", On: v.ghost.days == 7},
		toolbar.Item{Text: say, Gap: true})
	v.bar.Set(items)
}

// OfferRest has menu called with the buttons that have no room, at the button
// that stands for them. Without it they are cut off.
func (v *View) OfferRest(menu func(at image.Rectangle, choices []view.Choice)) {
	v.bar.More = func(at image.Rectangle, items []toolbar.Item) {
		names := map[string]string{"back": "Earlier", "on": "Later", "in": "Zoom in", "out": "Zoom out"}
		var choices []view.Choice
		for _, it := range items {
			text := it.Text
			if text == "" {
				text = names[it.ID]
			}
			if it.Hint != "" {
				text += "    " + it.Hint
			}
			choices = append(choices, view.Choice{Text: text, Do: func() { v.press(it.ID) }, Disabled: it.Off || it.ID == ""})
		}
		menu(at, choices)
	}
}

// behind says how far a window that does not follow now is behind it.
func behind(d int64) string {
	if d < int64(time.Second) {
		return "paused"
	}
	return "paused, ends " + ago(d) + " ago"
}

// ago writes how far behind now something is, ever more coarsely.
func ago(d int64) string {
	s := d / int64(time.Second)
	switch {
	case s < 120:
		return fmt.Sprintf("%d s", s)
	case s < 120*60:
		return fmt.Sprintf("%d min", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%d h %02d min", s/3600, s/60%60)
	}
	return fmt.Sprintf("%d days", s/86400)
}

// press does what a button of the toolbar says.
func (v *View) press(id string) {
	switch id {
	case "back":
		v.shift(-0.5)
	case "on":
		v.shift(0.5)
	case "in":
		v.zoomAt(0.5, v.centre())
	case "out":
		v.zoomAt(2, v.centre())
	case "box":
		v.boxing = !v.boxing
	case "fit":
		v.remember()
		if len(v.axes) == 0 { // else every axis fits again
			v.fitted = !v.fitted
		}
		v.axes = map[string]axis{}
	case "axes":
		v.spread = (v.spread + 1) % (stacked + 1)
		v.axes = map[string]axis{}
		v.place()
	case "xy":
		v.toggleXY()
	case "day":
		v.toggleCompare(1)
	case "week":
		v.toggleCompare(7)
	case "undo":
		v.Undo()
	case "pause":
		v.Pause()
	case "now":
		v.remember()
		v.Resume()
	}
	for _, s := range spans {
		if id == "span "+s.text {
			v.remember()
			v.window = v.window.spanTo(int64(s.d), v.now)
		}
	}
	v.dirty = true
}

func (v *View) toggleCompare(days int) {
	if v.ghost.days == days {
		days = 0
	}
	v.CompareDays(days)
}
