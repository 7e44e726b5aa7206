package scene

import (
	"math"
	"slices"
	"strings"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/symbol"
)

// stillFlow is what counts as no flow: the noise of a flow meter at rest.
func stillFlow(d *tag.Def) float64 {
	if d != nil && d.HasRange() {
		return (d.Hi - max(d.Lo, 0)) * 0.004
	}
	return 0
}

// flowOf is what a value says of the flow in a pipe: less than nothing flows
// back.
func flowOf(v seen) symbol.Flow {
	f, ok := v.number()
	still := stillFlow(v.def)
	switch {
	case !ok || !v.cond.Usable() || math.IsNaN(f):
		return symbol.FlowUnknown
	case f > still:
		return symbol.Flowing
	case f < -still:
		return symbol.Reversed
	}
	return symbol.Standing
}

func tank(def symbol.Shape) func(*Scene, *element, symbol.Condition, changes) symbol.Symbol {
	return func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		shape := def
		switch e.item.Props.Text("shape", "") {
		case "open":
			shape = symbol.OpenTank
		case "basin":
			shape = symbol.Basin
		case "round":
			shape = symbol.RoundTank
		}
		level := s.role(e, "level")
		return symbol.Tank{Label: label(e, ch), Place: placeOf(e, symbol.Below), Shape: shape, Level: share(e, level, level.def),
			Blanket: share(e, s.role(e, "blanket"), level.def), Condition: cond}
	}
}

// The values of a filter's state that need no attention.
const (
	filterOut  = 0
	filterWork = 1
)

func filter(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	level, st := s.role(e, "level"), s.role(e, "state")
	f := symbol.Filter{Label: label(e, ch), Place: placeOf(e, symbol.Below), Level: share(e, level, level.def), State: st.usableText(), Mode: s.role(e, "mode").usableText(), Condition: cond}
	if n, ok := st.value.Value.Int(); ok && st.bound {
		f.OutOfService = f.OutOfService || n == filterOut
		f.Busy = n > filterWork
	}
	return f
}

// running is what a machine does.
func (s *Scene) running(e *element) symbol.Run {
	if on, known := s.role(e, "fault").truth(); known && on {
		return symbol.Tripped
	}
	on, known := s.role(e, "run").truth()
	switch {
	case !known:
		return symbol.RunUnknown
	case on:
		return symbol.Running
	}
	return symbol.Stopped
}

func machine(k symbol.MachineKind) func(*Scene, *element, symbol.Condition, changes) symbol.Symbol {
	return func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		m := symbol.Machine{Kind: k, Label: label(e, ch), Place: placeOf(e, symbol.Below), Facing: facing(e), Run: s.running(e), Mode: s.role(e, "mode").usableText(), Condition: cond}
		if sp := s.role(e, "speed"); sp.bound && sp.def != nil {
			m.Second = strings.TrimSpace(sp.reading(true).Text + " " + sp.def.Unit)
			if !sp.cond.Usable() {
				m.Second = "- - -"
			}
		}
		return m
	}
}

func valve(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	v := symbol.Valve{Kind: symbol.ValveKind(choice(e, "type")), Label: label(e, ch), Place: placeOf(e, symbol.Below), Facing: facing(e), Open: -1, Mode: s.role(e, "mode").usableText(), Condition: cond}
	pos := s.role(e, "position")
	if f, ok := pos.number(); ok && pos.cond.Usable() {
		v.Open = symbol.Scale{Lo: 0, Hi: 100}.Share(f)
		switch {
		case f >= 98:
			v.Travel = symbol.Open
		case f <= 2:
			v.Travel = symbol.Closed
		default:
			v.Travel = symbol.Partly
		}
		v.Second = pos.text() + " %"
	}
	if st := s.role(e, "state"); st.bound {
		if t := symbol.TravelOf(st.usableText()); t != symbol.TravelUnknown {
			v.Travel = t
		}
	}
	if on, known := s.role(e, "fault").truth(); known && on {
		v.Travel = symbol.Stuck
	}
	return v
}

func shape(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	level := s.role(e, "level")
	p := symbol.Plain{Form: symbol.Form(choice(e, "form")), Label: label(e, ch), Place: placeOf(e, symbol.Below), Width: float32(e.item.Props.Number("width", 0)),
		Outline: tone(e, ch, symbol.Normal), Level: -1, Condition: cond}
	fill := e.item.Props.Text("fill", "none")
	if ch.fill != "" {
		fill = ch.fill
	}
	if i := slices.Index(mimic.Tones, fill); i >= 0 {
		p.Filled, p.Fill = true, symbol.Tone(i)
	}
	if level.bound {
		p.Level = share(e, level, level.def)
	}
	return p
}
