package scene

import (
	"slices"

	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

// changes are what the bindings of an item's place and looks, and its rules,
// say at the moment. A rule goes before a binding.
type changes struct {
	hide   bool
	text   string
	tone   string
	fill   string
	outOfS bool
	shift  paint.Pt // display units
	angle  float64  // degrees clockwise
}

// apply works out the changes. What is not known changes nothing.
func (s *Scene) apply(e *element) (ch changes) {
	for i := range e.inputs {
		if in := &e.inputs[i]; mimic.AnyRole(in.role) || in.role == "angle" {
			ch.bound(in.role, s.see(in))
		}
	}
	for _, r := range e.rules {
		v, q := s.eval(r.prog, r.args)
		if on, ok := v.Truth(); !ok || !on || !q.Usable() {
			continue
		}
		for name, set := range r.set {
			switch v := set.(type) {
			case bool:
				switch name {
				case "visible":
					ch.hide = !v
				case "service":
					ch.outOfS = !v
				}
			case string:
				switch name {
				case "text":
					ch.text = v
				case "tone":
					ch.tone = v
				case "fill":
					ch.fill = v
				}
			case float64:
				ch.number(name, v)
			}
		}
	}
	return ch
}

// bound takes what a binding says.
func (ch *changes) bound(role string, v seen) {
	switch role {
	case "visible":
		on, known := v.truth()
		ch.hide = known && !on
	case "text":
		if ch.text = v.usableText(); ch.text == "" {
			ch.text = "- - -"
		} else if v.def != nil && v.def.Unit != "" {
			ch.text += " " + v.def.Unit
		}
	case "tone":
		if !v.cond.Usable() {
			return
		}
		if name := v.text(); slices.Contains(mimic.Tones, name) {
			ch.tone = name
		} else if f, ok := v.number(); ok && f >= 0 && int(f) < len(mimic.Tones) {
			ch.tone = mimic.Tones[int(f)]
		}
	default:
		if f, ok := v.number(); ok {
			ch.number(role, f)
		}
	}
}

func (ch *changes) number(name string, v float64) {
	switch name {
	case "dx":
		ch.shift.X = float32(v)
	case "dy":
		ch.shift.Y = float32(v)
	case "angle":
		ch.angle = v
	}
}

// look works out what e shows now.
func (s *Scene) look(e *element) {
	ch := s.apply(e)
	e.visible = !ch.hide && !s.hidden[e.item.Layer]
	if angle := wrap(e.item.Props.Number("angle", 0) + ch.angle); ch.shift != e.shift || angle != e.angle {
		e.shift, e.angle = ch.shift, angle
		e.place(s.at)
	}
	cond := s.condition(e)
	cond.OutOfService = cond.OutOfService || ch.outOfS
	s.flashes(e)
	e.bounds = e.reach
	if e.plain(cond) {
		e.bounds = e.around(0)
	}
	if looks := looksOf[e.item.Kind]; looks != nil {
		e.sym = looks(s, e, cond, ch)
		if pale := ch.tone == "dim" && !toned[e.item.Kind]; e.angle != 0 || pale {
			e.sym = symbol.Styled{Symbol: e.sym, Degrees: e.angle, Pale: pale}
		}
	}
}

// toned are the kinds that have a tone of their own; others can only be pale.
var toned = map[string]bool{"line": true, "pipe": true, "text": true, "panel": true, "shape": true}

// wrap brings an angle into -180 to 180, in steps that can be seen.
func wrap(degrees float64) float32 {
	d := float32(int(degrees*4)%(360*4)) / 4
	switch {
	case d > 180:
		d -= 360
	case d <= -180:
		d += 360
	}
	return d
}
