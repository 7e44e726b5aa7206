package scene

import (
	"penstock/app/calc"
	"penstock/app/tag"
	"penstock/widgets/symbol"
)

// seen is a value as an element sees it.
type seen struct {
	value tag.Value
	def   *tag.Def
	cond  symbol.Condition
	bound bool
}

// number returns the value as a number that may be shown as one.
func (v seen) number() (float64, bool) {
	if !v.bound || v.cond.Trust == symbol.NoData {
		return 0, false
	}
	return v.value.Value.Float()
}

// truth reports whether the value is not zero; known is false when that
// cannot be said.
func (v seen) truth() (on, known bool) {
	if !v.bound || !v.cond.Usable() {
		return false, false
	}
	return v.value.Value.Truth()
}

// text is the value in words.
func (v seen) text() string {
	if !v.bound || v.def == nil || v.value.Value.Kind() == tag.None {
		return ""
	}
	return v.def.Format(v.value.Value)
}

// usableText is the value in words that may be acted on.
func (v seen) usableText() string {
	if !v.cond.Usable() {
		return ""
	}
	return v.text()
}

func (v seen) reading(unit bool) symbol.Reading {
	r := symbol.Reading{Text: v.text(), Condition: v.cond}
	if unit && v.def != nil {
		r.Unit = v.def.Unit
	}
	return r
}

// exprDef is how the value of an expression is written.
var exprDef = [...]tag.Def{{Decimals: 0}, {Decimals: 1}, {Decimals: 2}, {Decimals: 3}}

func (s *Scene) see(in *input) seen {
	if in.prog == nil {
		if in.slot < 0 { // an expression that cannot be worked out
			return seen{bound: true, cond: symbol.Condition{Trust: symbol.Bad}, value: tag.Value{Quality: tag.BadConfigurationError}}
		}
		return s.seeSlot(in.slot)
	}
	v := seen{bound: true, cond: symbol.Fine}
	decimals := 0
	for _, a := range in.args {
		arg := s.seeSlot(a)
		v.cond = v.cond.And(arg.cond)
		if arg.def != nil {
			decimals = max(decimals, arg.def.Decimals)
		}
		v.value.Source = max(v.value.Source, arg.value.Source)
		v.value.Received = max(v.value.Received, arg.value.Received)
	}
	v.value.Value, v.value.Quality = s.eval(in.prog, in.args)
	v.cond.Trust = symbol.TrustOf(v.value.Quality)
	v.def = &exprDef[min(decimals, len(exprDef)-1)]
	return v
}

func (s *Scene) seeSlot(n int) seen {
	sl := &s.slots[n]
	if sl.def == nil {
		return seen{bound: true, cond: symbol.Condition{Trust: symbol.Bad}, value: tag.Value{Quality: tag.BadConfigurationError}}
	}
	v := seen{value: sl.value, def: sl.def, bound: true, cond: symbol.ConditionOf(&sl.value)}
	v.cond.Alarm = sl.alarm
	return v
}

func (s *Scene) eval(p *calc.Program, args []int) (tag.Scalar, tag.Quality) {
	return p.Eval(func(i int) (tag.Scalar, tag.Quality) {
		sl := &s.slots[args[i]]
		if sl.def == nil {
			return tag.Scalar{}, tag.BadConfigurationError
		}
		return sl.value.Value, sl.value.Quality
	})
}

// role sees what a role is bound to; the zero seen when it is not.
func (s *Scene) role(e *element, name string) seen {
	for i := range e.inputs {
		if e.inputs[i].role == name {
			return s.see(&e.inputs[i])
		}
	}
	return seen{}
}

// condition joins all that an element is bound to and watches.
func (s *Scene) condition(e *element) symbol.Condition {
	c := symbol.Fine
	for i := range e.inputs {
		if r := e.inputs[i].role; r != "dx" && r != "dy" {
			c = c.And(s.see(&e.inputs[i]).cond)
		}
	}
	for _, w := range e.watch {
		c.Alarm = symbol.Worse(c.Alarm, s.slots[w].alarm)
	}
	return c
}
