package screens

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"penstock/screens/edit"
	"penstock/screens/mimic"
)

// titleOf writes the name of a setting or role as a word of the sheet.
func titleOf(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// with gives a setting of these items a value, whatever is selected by now.
func (s *propertySheet) with(ids []string, name string, value any) error {
	doc := s.p.doc
	if !slices.Equal(doc.Selection(), ids) {
		was := doc.Selection()
		doc.Select(ids...)
		defer doc.Select(was...)
	}
	return doc.SetProp(name, value)
}

// props makes a field for each setting of the items.
func (s *propertySheet) props(props []mimic.Prop, ids []string) {
	for i := range props {
		s.prop(&props[i], ids)
	}
}

// differing stands where several items have different values.
const differing = "(they differ)"

// common is what a setting of several items is, in words: "" where they differ.
func (s *propertySheet) common(ids []string, of func(mimic.Props) string) string {
	words := of(s.live(ids[0]).Props)
	for _, id := range ids[1:] {
		if of(s.live(id).Props) != words {
			return ""
		}
	}
	return words
}

func (s *propertySheet) prop(p *mimic.Prop, ids []string) {
	each := func(of func(mimic.Props) string) func() string {
		return func() string { return s.common(ids, of) }
	}
	// field is one that is typed into; where the items differ it is empty.
	field := func(of func(mimic.Props) string, set func(string) error, check func(string) (string, bool)) {
		help := p.Help
		for _, id := range ids[1:] {
			if of(s.live(id).Props) != of(s.live(ids[0]).Props) {
				help = differing
			}
		}
		s.text(titleOf(p.Name), help, each(of), set, check)
	}
	word := func(props mimic.Props) string { return props.Text(p.Name, usual) }
	set := func(v any) error { return s.with(ids, p.Name, v) }
	if p.Name == "file" {
		s.choice(titleOf(p.Name), append([]string{usual}, slices.Sorted(maps.Keys(s.p.project.Pictures))...), each(word), func(t string) error {
			if t == usual {
				return set(nil)
			}
			return set(t)
		})
		return
	}
	switch p.Type {
	case mimic.PropFlag:
		def := p.Name == "unit" // the one that holds unless it is taken away
		t := newSheetTick(s.p, p.Help, func() bool {
			return !slices.ContainsFunc(ids, func(id string) bool { return !s.live(id).Props.Flag(p.Name, def) })
		}, func(on bool) error {
			if on == def {
				return set(nil)
			}
			return set(on)
		})
		s.fields = append(s.fields, t)
		s.box.Add(row(titleOf(p.Name), t, nil))
	case mimic.PropChoice:
		s.choice(titleOf(p.Name), append([]string{usual}, p.Choices...), each(word), func(t string) error {
			if t == usual {
				return set(nil)
			}
			return set(t)
		})
	case mimic.PropNumber:
		field(func(props mimic.Props) string {
			if !props.Has(p.Name) {
				return ""
			}
			return numberText(props.Number(p.Name, 0))
		}, func(t string) error {
			if strings.TrimSpace(t) == "" {
				return set(nil)
			}
			f, err := readNumber(t)
			if err != nil {
				return err
			}
			return set(f)
		}, func(t string) (string, bool) {
			if strings.TrimSpace(t) == "" {
				return "", false
			}
			f, err := readNumber(t)
			switch {
			case err != nil:
				return sentence(err), true
			case p.Lo < p.Hi && (f < p.Lo || f > p.Hi):
				return fmt.Sprintf("Use %g to %g.", p.Lo, p.Hi), true
			}
			return "", false
		})
	case mimic.PropNumbers:
		field(func(props mimic.Props) string {
			var out []string
			for _, f := range props.Numbers(p.Name) {
				out = append(out, numberText(f))
			}
			return strings.Join(out, " ")
		}, func(t string) error {
			var l []float64
			for _, w := range strings.FieldsFunc(t, func(r rune) bool { return r == ' ' || r == ';' }) {
				f, err := readNumber(w)
				if err != nil {
					return err
				}
				l = append(l, f)
			}
			if l == nil {
				return set(nil)
			}
			return set(l)
		}, nil)
	default:
		field(func(props mimic.Props) string { return props.Text(p.Name, "") }, func(t string) error {
			if t == "" {
				return set(nil)
			}
			return set(t)
		}, nil)
	}
}

// template sets which template an item shows, and its parameters.
func (s *propertySheet) template(id string) {
	doc := s.p.doc
	s.head("Template")
	var names []string
	for _, d := range s.p.project.Displays {
		if d.Template() {
			names = append(names, d.Name)
		}
	}
	s.choice("Shows", names, func() string { return s.live(id).Use }, func(t string) error {
		with := map[string]string{}
		if d := s.p.find(t); d != nil {
			for _, name := range d.Params { // what both have is kept
				with[name] = orUsual(s.live(id).With[name], edit.Placeholder)
			}
		}
		return doc.SetTemplate(id, t, with)
	})
	t := s.p.find(s.live(id).Use)
	if t == nil {
		return
	}
	for _, name := range t.Params {
		s.text(name, "", func() string { return s.live(id).With[name] }, func(v string) error {
			with := maps.Clone(s.live(id).With)
			if with == nil {
				with = map[string]string{}
			}
			with[name] = v
			return doc.SetTemplate(id, s.live(id).Use, with)
		}, nil)
	}
}
