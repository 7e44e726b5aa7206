package scene

import (
	"math"
	"slices"
	"strings"

	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

func value(setPoint bool) func(*Scene, *element, symbol.Condition, changes) symbol.Symbol {
	return func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		r := s.role(e, "value").reading(e.item.Props.Flag("unit", true))
		r.Condition = cond
		return symbol.Value{Label: label(e, ch), Reading: r, Size: float32(e.item.Props.Number("size", 0)), Place: placeOf(e, symbol.Above),
			Align: paint.Align(choice(e, "align")), SetPoint: setPoint, Strong: tone(e, ch, symbol.Normal) == symbol.Strong}
	}
}

func state(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	r := s.role(e, "value").reading(false)
	r.Condition = cond
	return symbol.Value{Label: e.item.Props.Text("label", ""), Reading: r, Size: float32(e.item.Props.Number("size", 0)), Place: placeOf(e, symbol.LeftOf),
		Align: paint.Align(choice(e, "align")), Strong: true}
}

// scaleOf is the scale of an indicator; it stays the same value while nothing
// on it changes.
func (s *Scene) scaleOf(e *element, v seen) *symbol.Scale {
	sc := symbol.NoScale
	sc.Lo, sc.Hi = ends(e, v.def)
	if in := firstSlot(e, "value"); in >= 0 && s.slots[in].def != nil {
		l := s.src.Limits(s.slots[in].id)
		sc.LL, sc.L, sc.H, sc.HH = l.LL, l.L, l.H, l.HH
	}
	if !e.item.Props.Has("lo") && !e.item.Props.Has("hi") {
		sc.Lo, sc.Hi = near(sc)
	}
	if band := e.item.Props.Numbers("normal"); len(band) == 2 {
		sc.NormalLo, sc.NormalHi = band[0], band[1]
	} else if low, high := first(sc.L, sc.LL), first(sc.H, sc.HH); !math.IsNaN(low) || !math.IsNaN(high) {
		sc.NormalLo, sc.NormalHi = first(low, sc.Lo), first(high, sc.Hi)
	}
	if e.scale == nil || !e.scale.Same(sc) {
		e.scale = &sc
	}
	return e.scale
}

// near is the part of a range where the alarms are, with room beyond them: a
// scale on which a normal value is in the middle and a small change shows. It
// never leaves out what an alarm needs, nor goes beyond the range.
func near(sc symbol.Scale) (lo, hi float64) {
	const room = 0.3
	low, high := first(sc.LL, sc.L), first(sc.HH, sc.H)
	span := first(high, sc.Hi) - first(low, sc.Lo)
	lo, hi = sc.Lo, sc.Hi
	if !math.IsNaN(low) {
		lo = max(lo, low-room*span)
	}
	if !math.IsNaN(high) {
		hi = min(hi, high+room*span)
	}
	if lo >= hi {
		return sc.Lo, sc.Hi
	}
	return lo, hi
}

func first(a, b float64) float64 {
	if math.IsNaN(a) {
		return b
	}
	return a
}

func firstSlot(e *element, role string) int {
	for i := range e.inputs {
		if e.inputs[i].role == role {
			return e.inputs[i].slot
		}
	}
	return -1
}

func indicator(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	v := s.role(e, "value")
	r := v.reading(e.item.Props.Flag("unit", true))
	r.Condition = cond
	sc := s.scaleOf(e, v)
	out := symbol.Indicator{Label: label(e, ch), Reading: r, At: -1, SetAt: -1, Scale: sc, Lying: e.item.Props.Flag("lying", false)}
	if f, ok := v.number(); ok {
		out.At = sc.Share(f)
	}
	if sp := s.role(e, "setpoint"); sp.cond.Usable() {
		if f, ok := sp.number(); ok {
			out.SetAt = sc.Share(f)
		}
	}
	return out
}

func bar(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
	v := s.role(e, "value")
	return symbol.Bar{Label: label(e, ch), At: share(e, v, v.def), Lying: e.item.Props.Flag("lying", false), Condition: cond}
}

func star(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
	out := symbol.Star{Label: label(e, ch)}
	for i := range e.inputs {
		in := &e.inputs[i]
		if len(in.role) != 1 || out.N == len(out.Spokes) {
			continue
		}
		v := s.see(in)
		sp := symbol.Spoke{Condition: v.cond}
		if f, ok := v.number(); ok {
			sp.Off = deviation(f, s.bandOf(v, in.slot))
		}
		out.Spokes[out.N] = sp
		out.N++
	}
	return out
}

// bandOf is the normal band of a value: between its alarms, else the middle
// half of its range.
func (s *Scene) bandOf(v seen, slot int) (band [2]float64) {
	lo, hi := 0.0, 0.0
	if v.def != nil {
		lo, hi = v.def.Lo+(v.def.Hi-v.def.Lo)/4, v.def.Hi-(v.def.Hi-v.def.Lo)/4
	}
	if slot >= 0 && s.slots[slot].def != nil {
		l := s.src.Limits(s.slots[slot].id)
		lo, hi = first(first(l.L, l.LL), lo), first(first(l.H, l.HH), hi)
	}
	return [2]float64{lo, hi}
}

// deviation is how far f is from the middle of a band, in half widths, in
// steps that can be seen.
func deviation(f float64, band [2]float64) float32 {
	half := (band[1] - band[0]) / 2
	if half <= 0 {
		return 0
	}
	return float32(math.Round(min(max((f-(band[0]+band[1])/2)/half, -9), 9)*100) / 100)
}

func table(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
	var names []string
	if t := e.item.Props.Text("rows", ""); t != "" {
		names = strings.Split(t, "|")
	}
	var rows []symbol.Row
	for i := range e.inputs {
		in := &e.inputs[i]
		if len(in.role) != 1 {
			continue
		}
		v := s.see(in)
		row := symbol.Row{Reading: v.reading(true)}
		switch n := len(rows); {
		case n < len(names):
			row.Label = names[n]
		case v.def != nil:
			row.Label = v.def.Text
		}
		rows = append(rows, row)
	}
	if e.rows == nil || !slices.Equal(*e.rows, rows) {
		e.rows = &rows
	}
	return symbol.Table{Title: label(e, ch), Rows: e.rows, Size: float32(e.item.Props.Number("size", 0))}
}
