package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/screens"
	"penstock/screens/lint"
	"penstock/screens/proof"
	"penstock/screens/scene"
	"penstock/widgets/paint"
	"penstock/widgets/picture"
)

var checkVerb = verb{
	name: "check", args: "--project DIR [--advice [--data DIR] | --plan DEVICE | --where NAME] [--json]", short: "say every mistake of a project, one a line",
	long: `Reads a project and prints every mistake in it, one a line:

  file:line: what is wrong; what to do

Exit code 1 when there is any. Nothing is started and nothing is changed.
With --advice it also says what makes the displays hard to use: values without
units, scales without limits, words that are cut off or too small to be read from
where they are read, colour on a quiet day, displays nothing leads to or that are
more than three clicks away, alarms on no display; and what a rationalisation asks of
alarms: those without a response, there twice, out of reach, bound to chatter. With
--data deadbands are held against the noise of the last day. Advice is no mistake.

With --plan it shows in which requests a Modbus device will be read, what they cost, and
where each tag is on the wire; with --data, without the ranges the unit has refused.

With --where it says where a tag, display, template or picture is used.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		asJSON := c.Bool("json", false, "print a list of objects with file, line, what, do")
		advise := c.Bool("advice", false, "say what makes displays and alarms hard to use, too")
		plan := c.String("plan", "", "show the requests that read the Modbus `DEVICE`")
		used := c.String("where", "", "say where the tag, display, template or picture `NAME` is used")
		if err := errors.Join(c.parse(0), c.needs("project")); err != nil {
			return err
		}
		s.wrap()
		p, err := project.Load(s.project, s.drivers)
		probs, ok := errors.AsType[project.Problems](err)
		if err != nil && !ok {
			return err
		}
		if p != nil {
			if wrong := rolesOf(p); len(wrong) > 0 {
				p, probs = nil, wrong
			}
		}
		if *plan != "" && p != nil {
			return printPlan(c.out, p, *plan, s.data, *asJSON)
		}
		if *used != "" && p != nil {
			if where(c.out, p, *used) == 0 {
				fmt.Fprintf(c.err, "nothing in %s uses %s\n", s.project, *used)
				return errQuiet
			}
			return nil
		}
		var hints project.Problems
		if *advise && p != nil {
			found, err := review(ctx, p, s.data)
			if err != nil {
				return err
			}
			if hints, err = advice(p); err != nil {
				return err
			}
			hints = append(hints, found...)
		}
		if *asJSON {
			if probs = append(probs, hints...); probs == nil {
				probs = project.Problems{}
			}
			enc := json.NewEncoder(c.out)
			enc.SetIndent("", "  ")
			if err := enc.Encode(probs); err != nil {
				return err
			}
		}
		if p == nil {
			if !*asJSON {
				for _, pr := range probs {
					fmt.Fprintln(c.out, pr)
				}
				fmt.Fprintf(c.err, "%s in %s\n", count(len(probs), "mistake"), s.project)
			}
			return errQuiet
		}
		if !*asJSON {
			for _, h := range hints {
				fmt.Fprintln(c.out, "advice:", h)
			}
			fmt.Fprintf(c.out, "%s: no mistakes; %s, %s, %s, %s\n", p.Name, count(len(p.Devices), "device"),
				count(len(p.Tags), "tag"), count(len(p.Alarms), "alarm"), count(len(p.Displays), "display"))
		}
		return nil
	},
}

// advice is what the linter of displays says about a project, and what their
// pictures show.
func advice(p *project.Project) (out project.Problems, err error) {
	l := lint.Project{Displays: p.Displays}
	defs, limited := map[tag.ID]*tag.Def{}, map[tag.ID]bool{}
	for i := range p.Tags {
		defs[p.Tags[i].ID] = &p.Tags[i]
	}
	for i := range p.Alarms {
		r := &p.Alarms[i]
		if r.Tag == "" {
			continue
		}
		if !slices.Contains(l.Alarmed, r.Tag) {
			l.Alarmed = append(l.Alarmed, r.Tag)
		}
		switch r.Kind {
		case alarm.HighHigh, alarm.High, alarm.Low, alarm.LowLow:
			limited[r.Tag] = true
		}
	}
	l.Tag = func(id tag.ID) (*tag.Def, bool) { d, ok := defs[id]; return d, ok }
	l.Limited = func(id tag.ID) bool { return limited[id] }
	all := lint.Check(l)
	faces, err := paint.ParseFaces(assets.SansRegular, assets.SansBold)
	if err != nil {
		return nil, err
	}
	seen := proof.Project{Tag: l.Tag, Limits: limitsOf(p), Find: p.Display, Picture: func(name string) *picture.Picture { return p.Pictures[name] }, Faces: faces}
	for _, d := range p.Displays {
		if !d.Template() {
			all = append(all, proof.Check(d, seen)...)
		}
	}
	for _, a := range all {
		file := "displays"
		if a.Display != "" {
			file = path.Join("displays", a.Display+".json")
		}
		out = append(out, project.Problem{File: file, Line: a.Line, What: a.What, Do: a.Do})
	}
	slices.SortStableFunc(out, func(a, b project.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out, nil
}

// limitsOf tells where the alarms of a tag are.
func limitsOf(p *project.Project) func(tag.ID) scene.Limits {
	all := screens.LimitsOf(p.Alarms)
	return func(id tag.ID) scene.Limits {
		if l, ok := all[id]; ok {
			return l
		}
		return scene.NoLimits
	}
}
