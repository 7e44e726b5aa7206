package project

import (
	"fmt"
	"slices"
	"strings"

	"penstock/app/alarm"
	"penstock/app/calc"
	"penstock/app/tag"
	"penstock/screens/mimic"
)

// Use is one place of a project that refers to something by its name.
type Use struct {
	File string
	Line int    // 0 where it is not known
	What string // what refers to it, and how

	Tag   tag.ID // set where this is a tag
	Alarm string // set where this is an alarm that watches the tag, and is nothing without it
}

// String writes u as check writes mistakes.
func (u Use) String() string { return Problem{File: u.File, Line: u.Line, What: u.What}.String() }

// WhereUsed lists every place that refers to a tag, display, template or
// picture of a name: in tags.csv, alarms.csv and the displays, in this order.
func (p *Project) WhereUsed(name string) (out []Use) {
	id := tag.ID(name)
	kinds := make(map[tag.ID]tag.Kind, len(p.Tags))
	for i := range p.Tags {
		kinds[p.Tags[i].ID] = p.Tags[i].Kind
	}
	scope := func(id tag.ID) (tag.Kind, bool) { k, ok := kinds[id]; return k, ok }
	named := func(expr string) bool {
		if !strings.Contains(expr, name) {
			return false // most: compiling is the dear part
		}
		prog, err := calc.Compile(expr, scope)
		return err == nil && slices.Contains(prog.Inputs(), id)
	}
	say := func(file string, line int, format string, args ...any) {
		out = append(out, Use{File: file, Line: line, What: fmt.Sprintf(format, args...)})
	}
	for i := range p.Tags {
		d := &p.Tags[i]
		if d.Expr != "" && named(d.Expr) {
			out = append(out, Use{File: tagsFile, What: string(d.ID) + " is worked out from it", Tag: d.ID})
		}
		if slices.Contains(d.Related, id) {
			out = append(out, Use{File: tagsFile, What: string(d.ID) + " has it beside it", Tag: d.ID})
		}
	}
	for i := range p.Alarms {
		r := &p.Alarms[i]
		if r.Display == name {
			say(alarmsFile, 0, "%s leads to it", r.ID)
		}
		switch {
		case dependsOn(r, id, named):
			say(alarmsFile, 0, "%s depends on it", r.ID)
		case r.Tag == id:
			out = append(out, Use{File: alarmsFile, What: r.ID + " is an alarm of it", Alarm: r.ID})
		}
	}
	for _, u := range mimic.Uses(p.Displays, name, scope) {
		what := "the display " + u.How
		if u.Item != "" {
			what = u.Item + " " + u.How
		}
		say(displaysDir+"/"+u.Display+".json", u.Line, "%s", what)
	}
	return out
}

// dependsOn reports whether an alarm uses a tag otherwise than by watching it
// alone: with others, or to lead a person there.
func dependsOn(r *alarm.Rule, id tag.ID, named func(string) bool) bool {
	return r.Setpoint == id || r.Kind == alarm.Expression && (named(r.Expression) || r.Tag == id) || r.SuppressWhen != "" && named(r.SuppressWhen) ||
		slices.Contains(strings.Fields(r.MoreTags), string(id)) || r.Tag == id && r.MoreTags != ""
}
