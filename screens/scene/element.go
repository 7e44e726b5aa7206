package scene

import (
	"image"
	"slices"

	"penstock/app/calc"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

// element is an item with what it shows at the moment.
type element struct {
	item   mimic.Item
	inputs []input // in the order of the kind's roles
	watch  []int   // slots
	rules  []rule
	area   symbol.Alarm // of the area the item names

	stale   bool // something it shows may have changed
	sym     symbol.Symbol
	fast    bool // shows something that flashes fast, slow
	slow    bool
	visible bool
	shift   paint.Pt // by roles and rules, display units
	angle   float32  // by roles, rules and its setting, degrees clockwise
	box     paint.Box
	bounds  image.Rectangle // all it paints at the moment, pixels
	reach   image.Rectangle // all it may ever paint here, pixels
	at      transform

	points *[]paint.Pt   // of a line, pixels from the box
	scale  *symbol.Scale // of an indicator
	rows   *[]symbol.Row
	pasts  []*past      // of a sparkline, or of the pens of a trend box
	axes   *symbol.Axes // of a trend box
}

// input is what one role is bound to.
type input struct {
	role string
	slot int // -1 for an expression
	prog *calc.Program
	args []int
}

type rule struct {
	prog *calc.Program
	args []int
	set  map[string]any
}

// sortedRoles lists the roles an item binds, in the order of its kind, so that
// the first is what the item is mainly about.
func sortedRoles(it *mimic.Item) (out []string) {
	if k := mimic.KindOf(it.Kind); k != nil {
		for _, r := range slices.Concat(k.Roles, mimic.AnyRoles) {
			if it.Tags[r.Name] != "" {
				out = append(out, r.Name)
			}
		}
	}
	return out
}

// place puts the element where the transform says.
func (e *element) place(at transform) {
	e.at = at
	b := e.item.Box
	b.X, b.Y = b.X+float64(e.shift.X), b.Y+float64(e.shift.Y)
	e.box = at.box(b)
	if len(e.item.Points) > 0 {
		pts := make([]paint.Pt, len(e.item.Points))
		for i, p := range e.item.Points {
			pts[i] = paint.Pt{X: float32(p.X-e.item.Box.X) * at.unit, Y: float32(p.Y-e.item.Box.Y) * at.unit}
		}
		e.points = &pts
	}
	e.reach = e.around(symbol.Margin)
	e.bounds = e.reach
}

// around is the box with all that hangs over it, and a margin, display units,
// for the marks of what is unusual.
func (e *element) around(margin float32) image.Rectangle {
	x, y := e.overhang()
	x, y = max(x, margin)*e.at.unit+2, max(y, margin)*e.at.unit+2
	r := paint.Box{X: e.box.X - x, Y: e.box.Y - y, W: e.box.W + 2*x, H: e.box.H + 2*y}.Outer()
	if e.angle != 0 {
		pivot := e.box.Center()
		if e.points != nil { // a line swings around its first corner
			pivot = paint.Pt{X: e.box.X + (*e.points)[0].X, Y: e.box.Y + (*e.points)[0].Y}
		}
		r = r.Union(paint.TurnedBox(paint.BoxOf(r), pivot, e.angle).Outer())
	}
	return r
}

// overhang is how far the plain symbol may stick out of its box to the sides
// and up or down, display units.
func (e *element) overhang() (x, y float32) {
	if len(e.item.Points) > 0 {
		w := float32(e.item.Props.Number("width", 6))
		return w + 10, w + 10
	}
	label := e.item.Props.Text("label", "") != "" || len(e.rules) > 0
	switch e.item.Kind {
	case "value", "setpoint", "state":
		if label {
			return 4 * symbol.Margin, 0
		}
	case "tank", "filter", "settler":
		x, y = 8, 8
	case "indicator":
		return 2*symbol.Margin + 12, 0
	case "valve":
		x, y = 10, 10
	case "pump", "doser", "motor", "mixer", "fan", "blower", "compressor", "screen", "conveyor":
		x, y = 6, 4
	case "star", "bubble":
		x, y = 12, 12
	}
	if label {
		x = 2*symbol.Margin + 2
	}
	return x, y
}

// flashes notes at which pace e flashes. A table shows every alarm of its
// rows, not only the worst.
func (s *Scene) flashes(e *element) {
	e.fast, e.slow = false, false
	note := func(a symbol.Alarm) {
		e.fast = e.fast || a.Phase == symbol.Unacked
		e.slow = e.slow || a.Phase == symbol.Returned
	}
	note(e.area)
	for i := range e.inputs {
		note(s.see(&e.inputs[i]).cond.Alarm)
	}
	for _, w := range e.watch {
		note(s.slots[w].alarm)
	}
}

// plain reports whether an item has no marks around it. Items that show
// several values mark each of them.
func (e *element) plain(cond symbol.Condition) bool {
	return cond == symbol.Fine && e.item.Kind != "table" && e.item.Kind != "star"
}
