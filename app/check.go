package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"penstock/app/project"
)

var checkVerb = verb{
	name: "check", args: "--project DIR [--json]", short: "say every mistake of a project, one a line",
	long: `Reads a project and prints every mistake in it, one a line:

  file:line: what is wrong; what to do

Exit code 1 when there is any. Nothing is started and nothing is changed.`,
	run: func(_ context.Context, c *call) error {
		s := c.station()
		asJSON := c.Bool("json", false, "print a list of objects with file, line, what, do")
		if err := errors.Join(c.parse(0), c.needs("project")); err != nil {
			return err
		}
		s.wrap()
		p, err := project.Load(s.project, s.drivers)
		probs, ok := errors.AsType[project.Problems](err)
		if err != nil && !ok {
			return err
		}
		if *asJSON {
			if probs == nil {
				probs = project.Problems{}
			}
			enc := json.NewEncoder(c.out)
			enc.SetIndent("", "  ")
			if err := enc.Encode(probs); err != nil {
				return err
			}
		}
		if len(probs) > 0 {
			if !*asJSON {
				for _, pr := range probs {
					fmt.Fprintln(c.out, pr)
				}
				fmt.Fprintf(c.err, "%s in %s\n", count(len(probs), "mistake"), s.project)
			}
			return errQuiet
		}
		if !*asJSON {
			fmt.Fprintf(c.out, "%s: no mistakes; %s, %s, %s, %s\n", p.Name, count(len(p.Devices), "device"),
				count(len(p.Tags), "tag"), count(len(p.Alarms), "alarm"), count(len(p.Displays), "display"))
		}
		return nil
	},
}
