package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An operator's quarter of an hour at the trends of the real window: zooms
// and undoes, measures between two cursors, compares with the day before, puts
// one pen against another, lists the samples, notes what was seen, and takes
// a page and a table home.
func TestTrendsAtTheWindow(t *testing.T) {
	d := seat(t, "1280x800", nil, nil, "--full-screen")
	page := d.look("trend-before")
	d.key("F3")
	d.do("xdotool", "mousemove", "--window", d.window, "500", "300")
	last := d.turns("trend-live", page, 2000)
	for _, step := range []struct{ name, keys string }{
		{"trend-zoomed", "plus plus"}, {"trend-undone", "BackSpace BackSpace"}, {"trend-stacked", "a a"}, {"trend-shared", "a"},
		{"trend-day-before", "d"}, {"trend-xy", "d x"}, {"trend-large", "x z"}, {"trend-table", "z t"}, {"trend-back", "Escape"},
	} {
		d.key(strings.Fields(step.keys)...)
		last = d.turns(step.name, last, 1000)
	}
	for _, x := range []string{"400", "900"} { // two cursors
		d.do("xdotool", "mousemove", "--window", d.window, x, "300", "click", "1")
		d.look("trend-cursors")
	}
	d.turns("trend-cursors", last, 1000)

	d.asks("trend-noting", "n")
	d.typed("filter two was backwashed by hand")
	d.key("Return")
	until(t, "the note is in the journal", func() bool { return d.told("user", "filter two was backwashed by hand", "operator") })
	d.look("trend-note")

	for _, c := range []struct{ ending, begins string }{{"pdf", "%PDF-"}, {"svg", "<?xml"}, {"xlsx", "PK"}, {"csv", "time,tag,"}} {
		file := filepath.Join(d.home, "taken."+c.ending)
		d.asks("trend-export", "e")
		d.key("ctrl+a")
		d.typed(file)
		d.key("Return")
		until(t, file+" is written", func() bool {
			text, err := os.ReadFile(file)
			return err == nil && bytes.HasPrefix(text, []byte(c.begins)) && len(text) > 500
		})
	}
	d.leave()
}
