package edit

import (
	"strings"

	"penstock/app/tag"
	"penstock/screens/mimic"
)

// Proposal is an item for a tag that is dropped onto a display.
type Proposal struct {
	Kind  string
	Props mimic.Props
	Tags  map[string]string
}

// Propose picks the right symbol for a tag by what it is and by its letters
// after ISA-5.1, and binds what belongs to it. Has reports whether the project
// has a tag: a pump's running signal brings its fault and its selector along.
func Propose(d *tag.Def, has func(tag.ID) bool) Proposal {
	base, signal, dotted := cutLast(string(d.ID))
	loop := base[strings.LastIndexByte(base, '.')+1:]
	letters := strings.ToUpper(strings.TrimRight(loop, "0123456789"))
	label := shortLabel(d)
	p := Proposal{Props: mimic.Props{}, Tags: map[string]string{}}
	if label != "" {
		p.Props["label"] = label
	}
	sibling := func(role string, names ...string) {
		for _, n := range names {
			if id := base + "." + n; has(tag.ID(id)) {
				p.Tags[role] = id
				return
			}
		}
	}
	switch {
	case dotted && signal == "RUN":
		p.Kind = machineFor(letters, d.Text)
		p.Tags["run"] = string(d.ID)
		sibling("fault", "FLT", "FAULT", "TRIP")
		sibling("mode", "MODE")
	case dotted && (signal == "POS" || signal == "ST") && strings.HasPrefix(letters, "V"):
		p.Kind = "valve"
		sibling("state", "ST")
		sibling("position", "POS")
		sibling("command", "CMD")
		sibling("fault", "FLT")
	case dotted && signal == "MODE":
		p.Kind, p.Props = "mode", nil
		p.Tags["value"] = string(d.ID)
	case d.Writable && d.Kind == tag.KindBool:
		p.Kind, p.Props = "button", mimic.Props{"text": label, "write": 1.0}
		p.Tags["target"] = string(d.ID)
	case d.Writable:
		p.Kind = "setpoint"
		p.Tags["value"] = string(d.ID)
	case len(d.States) > 0 || d.Kind == tag.KindBool || d.Kind == tag.KindText:
		p.Kind = "state"
		p.Tags["value"] = string(d.ID)
	case d.Kind == tag.KindFloat && d.HasRange():
		p.Kind = "indicator"
		p.Tags["value"] = string(d.ID)
	default:
		p.Kind = "value"
		p.Tags["value"] = string(d.ID)
	}
	if k := mimic.KindOf(p.Kind); k != nil {
		for name := range p.Props {
			if k.Prop(name) == nil {
				delete(p.Props, name)
			}
		}
	}
	if len(p.Props) == 0 {
		p.Props = nil
	}
	return p
}

func cutLast(id string) (base, signal string, ok bool) {
	if i := strings.LastIndexByte(id, '.'); i > 0 {
		return id[:i], id[i+1:], true
	}
	return id, "", false
}

// machineFor knows a machine by its letters, else by the words it is called.
func machineFor(letters, text string) string {
	words := strings.ToLower(text)
	for _, m := range [...]struct{ word, kind string }{
		{"blower", "blower"}, {"fan", "fan"}, {"compressor", "compressor"}, {"mixer", "mixer"}, {"agitator", "mixer"}, {"dosing", "doser"},
		{"screen", "screen"}, {"conveyor", "conveyor"}, {"pump", "pump"}, {"scraper", "motor"}, {"motor", "motor"},
	} {
		if strings.Contains(words, m.word) {
			return m.kind
		}
	}
	switch {
	case strings.HasPrefix(letters, "P"):
		return "pump"
	case strings.HasPrefix(letters, "B"):
		return "blower"
	case strings.HasPrefix(letters, "S"):
		return "screen"
	}
	return "motor"
}

// shortLabel is the description without what the symbol says itself.
func shortLabel(d *tag.Def) string {
	s := d.Text
	for _, cut := range []string{" wanted position", " position"} {
		s = strings.TrimSuffix(s, cut)
	}
	if s == "" {
		return string(d.ID)
	}
	return s
}
