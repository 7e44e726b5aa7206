package main

import (
	"fmt"
	"io"
	"slices"

	"penstock/app/calc"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/mimic"
)

// where prints every place of a project that refers to something of a name,
// one a line as check prints mistakes, and returns how many there are.
func where(out io.Writer, p *project.Project, name string) int {
	kinds := map[tag.ID]tag.Kind{}
	for i := range p.Tags {
		kinds[p.Tags[i].ID] = p.Tags[i].Kind
	}
	scope := func(id tag.ID) (tag.Kind, bool) { k, ok := kinds[id]; return k, ok }
	n := 0
	say := func(file string, line int, what string) {
		n++
		fmt.Fprintln(out, project.Problem{File: file, Line: line, What: what})
	}
	named := func(expr string) bool {
		prog, err := calc.Compile(expr, scope)
		return err == nil && slices.Contains(prog.Inputs(), tag.ID(name))
	}
	for i := range p.Tags {
		if d := &p.Tags[i]; d.Expr != "" && named(d.Expr) {
			say("tags.csv", 0, string(d.ID)+" is worked out from it")
		}
	}
	for i := range p.Alarms {
		r := &p.Alarms[i]
		switch {
		case r.Tag == tag.ID(name):
			say(alarmsCSV, 0, fmt.Sprintf("%s is an alarm of it", r.ID))
		case r.Display == name:
			say(alarmsCSV, 0, fmt.Sprintf("%s leads to it", r.ID))
		case r.Setpoint == tag.ID(name) || r.Expression != "" && named(r.Expression) || r.SuppressWhen != "" && named(r.SuppressWhen):
			say(alarmsCSV, 0, fmt.Sprintf("%s depends on it", r.ID))
		}
	}
	for _, u := range mimic.Uses(p.Displays, name, scope) {
		what := "the display " + u.How
		if u.Item != "" {
			what = u.Item + " " + u.How
		}
		say("displays/"+u.Display+".json", u.Line, what)
	}
	return n
}
