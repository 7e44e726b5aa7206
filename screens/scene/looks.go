package scene

import (
	"math"
	"slices"
	"strings"

	"penstock/app/tag"
	"penstock/screens/mimic"
	"penstock/widgets/paint"
	"penstock/widgets/symbol"
)

// looksOf says, for each kind of item, which symbol shows it. A test holds
// that every kind has its line.
var looksOf = map[string]func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol{
	"value":     value(false),
	"setpoint":  value(true),
	"state":     state,
	"indicator": indicator,
	"bar":       bar,
	"spark":     spark,
	"star":      star,
	"table":     table,
	"badge": func(_ *Scene, e *element, cond symbol.Condition, _ changes) symbol.Symbol {
		return symbol.Badge{Alarm: symbol.Worse(cond.Alarm, e.area)}
	},
	"mode": func(s *Scene, e *element, cond symbol.Condition, _ changes) symbol.Symbol {
		return symbol.Mode{Text: s.role(e, "value").text(), Condition: cond}
	},
	"interlock": func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		on, _ := s.role(e, "value").truth()
		return symbol.Interlock{Label: label(e, ch), Place: placeOf(e, symbol.Below), Active: on, Condition: cond}
	},
	"bubble": func(_ *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		text := e.item.Props.Text("text", "")
		if ch.text != "" {
			text = ch.text
		}
		letters, loop, _ := strings.Cut(text, " ")
		return symbol.Bubble{Letters: letters, Loop: loop, Where: symbol.Surround(choice(e, "where")), Condition: cond}
	},

	"tank":   tank(symbol.ClosedTank),
	"vessel": tank(symbol.RoundTank),
	"filter": filter,
	"settler": func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		level := s.role(e, "level")
		return symbol.Settler{Label: label(e, ch), Place: placeOf(e, symbol.Below), Level: share(e, level, level.def), Blanket: share(e, s.role(e, "blanket"), level.def),
			Scraper: s.running(e), Mode: s.role(e, "mode").usableText(), Condition: cond}
	},
	"exchanger": func(_ *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Exchanger{Label: label(e, ch), Place: placeOf(e, symbol.Below), Facing: facing(e), Condition: cond}
	},

	"pump":       machine(symbol.Pump),
	"doser":      machine(symbol.Doser),
	"motor":      machine(symbol.Motor),
	"mixer":      machine(symbol.Mixer),
	"fan":        machine(symbol.Fan),
	"blower":     machine(symbol.Blower),
	"compressor": machine(symbol.Compressor),
	"screen":     machine(symbol.RakedScreen),
	"conveyor":   machine(symbol.Conveyor),
	"valve":      valve,

	"pipe": func(s *Scene, e *element, cond symbol.Condition, _ changes) symbol.Symbol {
		l := symbol.Line{Points: e.points, Width: float32(e.item.Props.Number("width", 0)), Pipe: true,
			Medium: symbol.Medium(choice(e, "carries")), Arrow: symbol.Arrow(choice(e, "arrow")), Condition: cond}
		l.Alarm = symbol.Alarm{}
		if flow := s.role(e, "flow"); flow.bound {
			l.Flow = symbol.Still
			if f, ok := flow.number(); ok && f > stillFlow(flow.def) {
				l.Flow = symbol.Flowing
			}
		}
		return l
	},
	"line": func(_ *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Line{Points: e.points, Width: float32(e.item.Props.Number("width", 0)), Tone: tone(e, ch, symbol.Normal), Dashed: e.item.Props.Flag("dashed", false), Condition: symbol.Fine}
	},
	"terminal": func(_ *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Terminal{Words: words(e, ch), Facing: facing(e), From: e.item.Props.Text("end", "to") == "from"}
	},

	"text": func(_ *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Text{Words: words(e, ch), Size: float32(e.item.Props.Number("size", 0)), Align: paint.Align(choice(e, "align")), Tone: tone(e, ch, symbol.Normal), Bold: e.item.Props.Flag("bold", false)}
	},
	"panel": func(_ *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		title := e.item.Props.Text("title", "")
		if ch.text != "" {
			title = ch.text
		}
		return symbol.Panel{Title: title, Plain: e.item.Props.Flag("plain", false)}
	},
	"nav": func(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Nav{Words: words(e, ch), Alarm: e.area, Here: e.item.Go == s.display.Name}
	},
	"button": func(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Button{Words: words(e, ch), Disabled: !s.role(e, "target").cond.Usable()}
	},
	"image": func(s *Scene, e *element, _ symbol.Condition, _ changes) symbol.Symbol {
		p := symbol.Picture{Name: e.item.Props.Text("file", "")}
		if s.opts.Picture != nil {
			p.Image = s.opts.Picture(p.Name)
		}
		return p
	},
}

// choice is the number of the word that an item chose.
func choice(e *element, prop string) int {
	if k := mimic.KindOf(e.item.Kind); k != nil {
		if p := k.Prop(prop); p != nil {
			return max(slices.Index(p.Choices, e.item.Props.Text(prop, "")), 0)
		}
	}
	return 0
}

func label(e *element, ch changes) string {
	if ch.text != "" {
		return ch.text
	}
	return e.item.Props.Text("label", "")
}

func words(e *element, ch changes) string {
	if ch.text != "" {
		return ch.text
	}
	return e.item.Props.Text("text", "")
}

func placeOf(e *element, def symbol.Place) symbol.Place {
	switch e.item.Props.Text("place", "") {
	case "below":
		return symbol.Below
	case "above":
		return symbol.Above
	case "left":
		return symbol.LeftOf
	case "right":
		return symbol.RightOf
	case "none":
		return symbol.Nowhere
	}
	return def
}

func facing(e *element) symbol.Facing {
	switch e.item.Props.Text("facing", "") {
	case "left":
		return symbol.FaceLeft
	case "up":
		return symbol.FaceUp
	case "down":
		return symbol.FaceDown
	}
	return symbol.FaceRight
}

func tone(e *element, ch changes, def symbol.Tone) symbol.Tone {
	name := e.item.Props.Text("tone", "")
	if ch.tone != "" {
		name = ch.tone
	}
	if i := slices.Index(mimic.Tones, name); i >= 0 {
		return symbol.Tone(i)
	}
	return def
}

// ends are the ends of an item's scale: its own, or the tag's range.
func ends(e *element, def *tag.Def) (lo, hi float64) {
	if def != nil {
		lo, hi = def.Lo, def.Hi
	}
	return e.item.Props.Number("lo", lo), e.item.Props.Number("hi", hi)
}

// share is where a value stands on an item's scale; -1 when that is not known.
func share(e *element, v seen, def *tag.Def) float32 {
	f, ok := v.number()
	if !ok || math.IsNaN(f) {
		return -1
	}
	lo, hi := ends(e, def)
	return symbol.Scale{Lo: lo, Hi: hi}.Share(f)
}

// stillFlow is what counts as no flow: the noise of a flow meter at rest.
func stillFlow(d *tag.Def) float64 {
	if d != nil && d.HasRange() {
		return (d.Hi - max(d.Lo, 0)) * 0.004
	}
	return 0
}

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
