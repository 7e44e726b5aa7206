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
	"trend":     trendBox,
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

	"pipe": func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		l := symbol.Line{Points: e.points, Width: float32(e.item.Props.Number("width", 0)), Pipe: true, Tone: tone(e, ch, symbol.Normal),
			Medium: symbol.Medium(choice(e, "carries")), Arrow: symbol.Arrow(choice(e, "arrow")), Condition: cond}
		l.Alarm = symbol.Alarm{}
		if flow := s.role(e, "flow"); flow.bound {
			l.Flow = flowOf(flow)
		}
		return l
	},
	"line": func(_ *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Line{Points: e.points, Width: float32(e.item.Props.Number("width", 0)), Tone: tone(e, ch, symbol.Normal), Dashed: e.item.Props.Flag("dashed", false), Condition: cond}
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
		return symbol.Panel{Title: title, Plain: e.item.Props.Flag("plain", false), Tone: tone(e, ch, symbol.Normal)}
	},
	"shape": shape,
	"picture": func(s *Scene, e *element, cond symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Picture{Label: label(e, ch), Place: placeOf(e, symbol.Below), Picture: s.opts.Picture(e.item.Props.Text("file", "")), Coloured: e.item.Props.Flag("colours", false), Condition: cond}
	},
	"nav": func(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Nav{Words: words(e, ch), Alarm: e.area, Here: e.item.Go == s.display.Name}
	},
	"button": func(s *Scene, e *element, _ symbol.Condition, ch changes) symbol.Symbol {
		return symbol.Button{Words: words(e, ch), Disabled: !s.role(e, "target").cond.Usable()}
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
