// Package lint reads the displays of a project the way an experienced operator
// would, and says what will make them hard to use: after ISA-101 and the lists
// of its practice. What it says is advice; what cannot work at all is found by
// mimic.Check.
//
// Colour needs no rule for items: a display can only ask for tones, so colour
// stays with alarms. Pictures can break that, and Colours looks for it in what
// is painted.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"penstock/app/tag"
	"penstock/screens/mimic"
)

// Advice is one thing to make better.
type Advice struct {
	Display string // its name; empty for advice about the project
	Line    int    // in the display's file; 0 for the display as a whole
	Item    string // id of the item; may be empty
	Rule    string // a word for each kind of advice, such as "unit"
	What    string
	Do      string
}

// Project is what the displays belong to.
type Project struct {
	Displays []*mimic.Display
	Tag      func(tag.ID) (*tag.Def, bool)
	// Limited reports whether a tag has an alarm with a limit.
	Limited func(tag.ID) bool
	// Alarmed lists the tags that have alarms, each once.
	Alarmed []tag.ID
}

// Viewing is who reads a display, from where.
type Viewing struct {
	PixelMM  float64 // size of a pixel, mm
	Width    float64 // of the screen, pixels
	Distance float64 // of the reader, m
	LeastArc float64 // least height of a letter, minutes of arc
}

// The two usual ways of reading: the overview hangs on the wall and is read
// from three metres; the rest is read at the desk. ISO 9241 wants 16 minutes
// of arc for reading text at length; numbers at known places do with half.
var (
	Wall = Viewing{PixelMM: 0.63, Width: 1920, Distance: 3, LeastArc: 7.5}
	Desk = Viewing{PixelMM: 0.277, Width: 1920, Distance: 0.7, LeastArc: 8}
)

// capShare is the height of a capital in sizes of the text.
const capShare = 0.714

// LeastText is the smallest size of text, in units of a display w units wide,
// that can be read.
func (v Viewing) LeastText(w float64) float64 {
	const minute = 3.14159265 / 180 / 60
	mm := v.Distance * 1000 * v.LeastArc * minute
	return mm / capShare / v.PixelMM * w / v.Width
}

// Bounds of a display that can be taken in.
const (
	maxLive     = 120 // bound items on one display
	maxLiveWall = 90  // on the overview
	maxClicks   = 3
)

// Check gives advice on all displays of a project, in the order of displays
// and lines.
func Check(p Project) []Advice {
	l := linter{p: p, byName: map[string]*mimic.Display{}, shown: map[tag.ID]bool{}}
	for _, d := range p.Displays {
		l.byName[d.Name] = d
	}
	for _, d := range p.Displays {
		if !d.Template() {
			l.display(d)
		}
	}
	l.ways()
	for _, id := range p.Alarmed {
		if !l.shown[id] {
			l.add(Advice{Rule: "alarm", What: fmt.Sprintf("%s has alarms and is on no display", id), Do: "show it, or watch it at the equipment it belongs to"})
		}
	}
	slices.SortStableFunc(l.out, func(a, b Advice) int {
		return cmp.Or(cmp.Compare(a.Display, b.Display), cmp.Compare(a.Line, b.Line))
	})
	return l.out
}

type linter struct {
	p      Project
	byName map[string]*mimic.Display
	shown  map[tag.ID]bool
	links  map[string][]string
	out    []Advice
	seen   map[Advice]bool
}

// add notes advice once, however often a template repeats it.
func (l *linter) add(a Advice) {
	if l.seen == nil {
		l.seen = map[Advice]bool{}
	}
	if !l.seen[a] {
		l.seen[a] = true
		l.out = append(l.out, a)
	}
}

func (l *linter) display(d *mimic.Display) {
	items, _ := d.Expand(func(name string) *mimic.Display { return l.byName[name] })
	live := 0
	for i := range items {
		it := &items[i]
		if len(it.Tags) > 0 && it.Kind != "pipe" {
			live++
		}
		l.item(d, it)
	}
	most := maxLive
	if d.Level == 1 {
		most = maxLiveWall
	}
	if live > most {
		l.add(Advice{Display: d.Name, Rule: "clutter", What: fmt.Sprintf("%d live items are on one display", live), Do: fmt.Sprintf("%d can be taken in at level %d; move detail one level down", most, d.Level)})
	}
	l.hidden(d, items)
}

func (l *linter) item(d *mimic.Display, it *mimic.Item) {
	say := func(rule, what, do string) { l.add(Advice{d.Name, d.LineOf(it), it.ID, rule, what, do}) }
	if b := it.Box; b.X < 0 || b.Y < 0 || b.X+b.W > d.W || b.Y+b.H > d.H {
		id := ownItem(it.ID) // of a template all of it is moved
		l.add(Advice{d.Name, d.LineOf(it), id, "edge", id + " reaches over the edge of the display", "move it inside"})
	}
	v := Desk
	if d.Level == 1 {
		v = Wall
	}
	if size := it.Props.Number("size", 0); size > 0 && size < v.LeastText(d.W) {
		say("text", fmt.Sprintf("the text of %s is %.3g units high", it.ID, size), fmt.Sprintf("make it %.3g or more to be read from %g m", v.LeastText(d.W), v.Distance))
	}
	for _, role := range slices.Sorted(keys(it.Tags)) {
		if _, isExpr := mimic.Expression(it.Tags[role]); isExpr {
			continue
		}
		id := tag.ID(it.Tags[role])
		def, ok := l.p.Tag(id)
		if !ok {
			continue // mimic.Check says so
		}
		l.shown[id] = true
		l.binding(it, role, def, say)
	}
	for _, id := range it.Watch {
		l.shown[tag.ID(id)] = true
	}
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (l *linter) binding(it *mimic.Item, role string, def *tag.Def, say func(rule, what, do string)) {
	number := def.Kind == tag.KindFloat && len(def.States) == 0
	switch it.Kind {
	case "value", "setpoint", "indicator", "spark", "table":
		if number && def.Unit == "" && it.Props.Flag("unit", true) && !counts(def) {
			say("unit", fmt.Sprintf("%s shows %s without a unit", it.ID, def.ID), "give the tag its unit")
		}
	}
	switch it.Kind {
	case "indicator":
		if role == "value" && !it.Props.Has("normal") && l.p.Limited != nil && !l.p.Limited(def.ID) {
			say("limits", fmt.Sprintf("%s shows %s on a scale without limits", it.ID, def.ID), `give the tag an alarm, or the item a "normal" band: a pointer without one says nothing`)
		}
		if role == "value" && !def.HasRange() && !(it.Props.Has("lo") && it.Props.Has("hi")) {
			say("scale", fmt.Sprintf("%s has no scale", it.ID), `give the tag a range, or the item "lo" and "hi"`)
		}
	case "setpoint", "button":
		if !def.Writable {
			say("write", fmt.Sprintf("%s offers to change %s, which cannot be written", it.ID, def.ID), "show it as a value, or make the tag writable")
		}
	case "tank", "vessel", "filter", "settler", "bar":
		if (role == "level" || role == "value") && !def.HasRange() && !(it.Props.Has("lo") && it.Props.Has("hi")) {
			say("scale", fmt.Sprintf("%s has no scale", it.ID), `give the tag a range, or the item "lo" and "hi"`)
		}
	}
}

// ownItem is the item of the display itself that one of a template belongs to.
func ownItem(id string) string {
	own, _, _ := strings.Cut(id, "/")
	return own
}

// counts reports whether a number has no unit by nature: a count of things.
func counts(d *tag.Def) bool {
	return d.Decimals == 0 && !d.HasRange() || d.Decimals == 0 && d.Hi <= 16
}

// hidden finds live items that stand behind others.
func (l *linter) hidden(d *mimic.Display, items []mimic.Item) {
	for i := range items {
		a := &items[i]
		if len(a.Tags) == 0 || len(a.Points) > 0 || a.Box.W*a.Box.H == 0 {
			continue
		}
		for j := i + 1; j < len(items); j++ {
			b := &items[j]
			if len(b.Points) > 0 || len(b.Rules) > 0 || b.Kind == "text" || b.Kind == "badge" || b.Layer != a.Layer {
				continue // lines are thin; what has rules may be there at another time
			}
			if share := overlap(a.Box, b.Box) / (a.Box.W * a.Box.H); share > 0.6 && b.Kind != "mixer" {
				front, back := b.ID, a.ID
				if ownItem(front) != ownItem(back) { // of two templates, or of one and another item: said once
					front, back = ownItem(front), ownItem(back)
				}
				l.add(Advice{d.Name, d.LineOf(a), back, "hidden", fmt.Sprintf("%s stands behind %s", back, front), "move one of them"})
			}
		}
	}
}

func overlap(a, b mimic.Box) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X)
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	return max(w, 0) * max(h, 0)
}
