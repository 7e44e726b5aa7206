package scene

import (
	"fmt"

	"penstock/app/calc"
	"penstock/app/tag"
	"penstock/screens/mimic"
)

// bind connects the elements to a source.
func (s *Scene) bind(src Source) (probs mimic.Problems) {
	s.src, s.slots, s.slotOf, s.alarmed = src, nil, map[tag.ID]int{}, false
	scope := func(id tag.ID) (tag.Kind, bool) {
		def, ok := src.Def(id)
		if !ok {
			return tag.None, false
		}
		return def.Kind, true
	}
	for i := range s.elements {
		e := &s.elements[i]
		e.inputs, e.rules, e.watch, e.sym, e.scale = nil, nil, nil, nil, nil
		for _, role := range sortedRoles(&e.item) {
			in := input{role: role, slot: -1}
			if expr, ok := mimic.Expression(e.item.Tags[role]); ok {
				prog, err := calc.Compile(expr, scope)
				if err != nil {
					probs = append(probs, s.problem(e, fmt.Sprintf("%s of %s cannot be worked out: %v", role, e.item.ID, err)))
				} else {
					in.prog, in.args = prog, s.slotsOf(prog, i)
				}
			} else {
				in.slot = s.slot(tag.ID(e.item.Tags[role]), i)
			}
			e.inputs = append(e.inputs, in)
		}
		for _, r := range e.item.Rules {
			prog, err := calc.Compile(r.When, scope)
			if err != nil {
				probs = append(probs, s.problem(e, fmt.Sprintf("a rule of %s cannot be worked out: %v", e.item.ID, err)))
				continue
			}
			e.rules = append(e.rules, rule{prog, s.slotsOf(prog, i), r.Set})
		}
		for _, id := range e.item.Watch {
			e.watch = append(e.watch, s.slot(tag.ID(id), i))
		}
		e.stale = true
	}
	s.all = true
	return probs
}

func (s *Scene) problem(e *element, what string) mimic.Problem {
	return mimic.Problem{File: s.display.Name + ".json", Line: max(e.item.Line, 1), What: what}
}

func (s *Scene) slot(id tag.ID, user int) int {
	n, ok := s.slotOf[id]
	if !ok {
		n = len(s.slots)
		s.slotOf[id] = n
		def, _ := s.src.Def(id)
		s.slots = append(s.slots, slot{id: id, def: def})
		if def != nil {
			s.slots[n].value, s.slots[n].seq = s.src.Reading(id)
		}
	}
	sl := &s.slots[n]
	if k := len(sl.users); k == 0 || sl.users[k-1] != int32(user) {
		sl.users = append(sl.users, int32(user))
	}
	return n
}

func (s *Scene) slotsOf(p *calc.Program, user int) (out []int) {
	for _, id := range p.Inputs() {
		out = append(out, s.slot(id, user))
	}
	return out
}
