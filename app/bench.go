package main

import (
	"context"
	"fmt"
	"os"

	"penstock/historian/bench"
)

var benchVerb = verb{
	name: "bench", args: "[historian]", short: "measure the historian on this machine",
	long: `Measures the historian on this machine: CPU time and bytes a sample takes, how fast it
answers, how steady commits are. In the same run it does the same with a plain SQLite
row table, so that the ratio holds however fast the machine is, and, with -prometheus and
the folder historian/bench/prometheus of the source, with the database of Prometheus: that
is built on the spot and needs Go and the network once. Takes some minutes.`,
	run: func(ctx context.Context, c *call) error {
		dir := c.String("dir", "", "the `folder` to work in; a temporary one where it is left out")
		peer := c.String("prometheus", "", "the `folder` historian/bench/prometheus of the source, to compare with that database too")
		if err := c.parse(1); err != nil {
			return err
		}
		if len(c.rest) == 1 && c.rest[0] != "historian" {
			return usagef("%q is not understood here; what can be measured is the historian", c.rest[0])
		}
		if *dir == "" {
			tmp, err := os.MkdirTemp("", "penstock-bench")
			if err != nil {
				return err
			}
			defer os.RemoveAll(tmp)
			*dir = tmp
		}
		r, err := bench.Run(ctx, bench.Options{Dir: *dir, Prometheus: *peer, Out: c.err})
		if err != nil {
			return err
		}
		for _, f := range r.Figures {
			goal := ""
			if f.Goal != 0 {
				goal = fmt.Sprintf("  (goal %.3g)", f.Goal)
			}
			fmt.Fprintf(c.out, "%-64s %10.3f %s%s\n", f.Name, f.Value, f.Unit, goal)
		}
		return nil
	},
}
