package screens

import (
	"fmt"
	"maps"
	"slices"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"penstock/app/calc"
	"penstock/screens/mimic"
)

// rules sets what changes an item's looks while something holds.
func (s *propertySheet) rules(id string) {
	s.head("Rules")
	for i := range s.live(id).Rules {
		s.rule(id, i)
	}
	s.box.Add(newSmallButton(s.p, "Add a rule", theme.ContentAddIcon(), func() { s.p.told(s.addRule(id)) }))
}

// addRule adds one that does nothing yet, so that it can be written in peace.
func (s *propertySheet) addRule(id string) error {
	rules := s.live(id).Clone().Rules
	return s.p.doc.SetRules(id, append(rules, mimic.Rule{When: "false", Set: map[string]any{"visible": false}}))
}

// alter changes rule i of an item.
func (s *propertySheet) alter(id string, i int, f func(r *mimic.Rule)) error {
	rules := s.live(id).Clone().Rules
	if i >= len(rules) {
		return fmt.Errorf("%s has no rule %d any more", id, i+1)
	}
	f(&rules[i])
	return s.p.doc.SetRules(id, rules)
}

func (s *propertySheet) rule(id string, i int) {
	at := func() mimic.Rule {
		if r := s.live(id).Rules; i < len(r) {
			return r[i]
		}
		return mimic.Rule{}
	}
	when := newSheetEntry(s.p, func() string { return at().When }, func(t string) error {
		return s.alter(id, i, func(r *mimic.Rule) { r.When = t })
	}, func(t string) (string, bool) {
		if s.p.doc.Display().Template() {
			return "", false
		}
		if err := calc.Check(t, s.p.scope); err != nil {
			return sentence(err), true
		}
		return "", false
	})
	when.hint("an expression, such as HL.PT601 < 1")
	s.fields = append(s.fields, when)
	drop := newSmallButton(s.p, "", theme.DeleteIcon(), func() {
		rules := s.live(id).Clone().Rules
		s.p.told(s.p.doc.SetRules(id, slices.Delete(rules, i, i+1)))
	})
	s.box.Add(row("While", container.NewBorder(nil, nil, nil, drop, when), when.note))
	for _, t := range mimic.RuleTargets {
		if _, ok := at().Set[t.Name]; ok {
			s.effect(id, i, t, at)
		}
	}
	var rest []string
	for _, t := range mimic.RuleTargets {
		if _, ok := at().Set[t.Name]; !ok {
			rest = append(rest, t.Name)
		}
	}
	if len(rest) > 0 {
		add := newSheetChoice(s.p, rest, func() string { return "" }, func(name string) error {
			return s.alter(id, i, func(r *mimic.Rule) { r.Set[name] = firstEffect(name) })
		})
		add.PlaceHolder = "and also ..."
		s.box.Add(row("", add, nil))
	}
}

// firstEffect is what a rule sets until the person says what.
func firstEffect(name string) any {
	switch name {
	case "text":
		return "text"
	case "tone", "fill":
		return "dim"
	case "dx", "dy", "angle":
		return 10.0
	}
	return false
}

// effect sets one thing that a rule changes.
func (s *propertySheet) effect(id string, i int, t mimic.Prop, at func() mimic.Rule) {
	set := func(v any) error {
		return s.alter(id, i, func(r *mimic.Rule) {
			r.Set = maps.Clone(r.Set)
			if v == nil {
				delete(r.Set, t.Name)
			} else {
				r.Set[t.Name] = v
			}
		})
	}
	const none = "(unchanged)"
	words := func(options []string, get func() string, value func(string) any) {
		s.choice("  "+t.Name, append([]string{none}, options...), get, func(w string) error {
			if w == none {
				if len(at().Set) == 1 {
					return fmt.Errorf("a rule changes something; delete the rule instead")
				}
				return set(nil)
			}
			return set(value(w))
		})
	}
	switch t.Type {
	case mimic.PropFlag:
		words([]string{"yes", "no"}, func() string {
			if b, _ := at().Set[t.Name].(bool); b {
				return "yes"
			}
			return "no"
		}, func(w string) any { return w == "yes" })
	case mimic.PropChoice:
		words(t.Choices, func() string { return mimic.Props(at().Set).Text(t.Name, "") }, func(w string) any { return w })
	case mimic.PropNumber:
		s.text("  "+t.Name, t.Help, func() string { return numberText(mimic.Props(at().Set).Number(t.Name, 0)) }, func(w string) error {
			f, err := readNumber(w)
			if err != nil {
				return err
			}
			return set(f)
		}, nil)
	default:
		s.text("  "+t.Name, t.Help, func() string { return mimic.Props(at().Set).Text(t.Name, "") }, func(w string) error { return set(w) }, nil)
	}
}
