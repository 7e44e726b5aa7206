package proof

import (
	"unicode/utf8"

	"penstock/app/tag"
	"penstock/screens/scene"
	"penstock/widgets/symbol"
)

// Defs are the tags of a project.
type Defs func(tag.ID) (*tag.Def, bool)

// plant is a source where nothing is unusual: every value is in the middle of
// what is normal, or, for wide words, the longest that can be written.
type plant struct {
	defs   Defs
	limits func(tag.ID) scene.Limits
	wide   bool
}

// Def implements scene.Source.
func (p plant) Def(id tag.ID) (*tag.Def, bool) { return p.defs(id) }

// Reading implements scene.Source.
func (p plant) Reading(id tag.ID) (tag.Value, uint64) {
	d, _ := p.defs(id)
	if d == nil {
		return tag.Value{}, 0
	}
	v := p.calm(d)
	if p.wide {
		v = p.widest(d)
	}
	return tag.Value{Value: v, Quality: tag.Good}, 1
}

// calm is a value that needs no attention.
func (p plant) calm(d *tag.Def) tag.Scalar {
	l := p.limits(d.ID)
	lo, hi := d.Lo, d.Hi
	for _, v := range [...]float64{l.LL, l.L} {
		if v > lo { // false for none
			lo = v
		}
	}
	for _, v := range [...]float64{l.HH, l.H} {
		if v < hi {
			hi = v
		}
	}
	return scalar(d, lo+(hi-lo)/2)
}

func scalar(d *tag.Def, f float64) tag.Scalar {
	switch d.Kind {
	case tag.KindBool:
		return tag.Bool(false)
	case tag.KindInt:
		if len(d.States) > 0 {
			return tag.Int(d.States[0].Value)
		}
		return tag.Int(int64(f))
	case tag.KindText:
		return tag.Text("")
	}
	return tag.Float(f)
}

// widest is the value of a tag that takes the most room.
func (p plant) widest(d *tag.Def) tag.Scalar {
	candidates := []tag.Scalar{p.calm(d)}
	if len(d.States) > 0 {
		candidates = nil
		for _, s := range d.States {
			if d.Kind == tag.KindBool {
				candidates = append(candidates, tag.Bool(s.Value != 0))
			} else {
				candidates = append(candidates, tag.Int(s.Value))
			}
		}
	} else if d.Kind == tag.KindFloat || d.Kind == tag.KindInt {
		candidates = append(candidates, scalar(d, d.Lo), scalar(d, d.Hi))
	}
	best := candidates[0]
	for _, v := range candidates {
		if utf8.RuneCountInString(d.Format(v)) > utf8.RuneCountInString(d.Format(best)) {
			best = v
		}
	}
	return best
}

// Alarm implements scene.Source.
func (plant) Alarm(tag.ID) symbol.Alarm { return symbol.Alarm{} }

// AreaAlarm implements scene.Source.
func (plant) AreaAlarm(string) symbol.Alarm { return symbol.Alarm{} }

// AlarmSeq implements scene.Source.
func (plant) AlarmSeq() uint64 { return 1 }

// Limits implements scene.Source.
func (p plant) Limits(id tag.ID) scene.Limits { return p.limits(id) }
