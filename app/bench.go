package main

import (
	"context"
	"errors"
	"os"

	"penstock/historian/bench"
)

var benchVerb = verb{
	name: "bench", args: "[historian]", short: "measure the historian on this machine",
	long: `Measures the historian on this machine: CPU time and bytes a sample takes, how fast it
answers, how steady commits are. In the same run it does the same with a plain SQLite
row table, so that the ratio holds however fast the machine is, and, with -prometheus and
the folder historian/bench/prometheus of the source, with the database of Prometheus: that
is built on the spot and needs Go and the network once. Takes some minutes, and ends with
one table: what was seen, the goal, the others, and whether the goal was reached.`,
	run: func(ctx context.Context, c *call) error {
		dir := c.String("dir", "", "the `folder` to work in; a temporary one where it is left out")
		peer := c.String("prometheus", "", "the `folder` historian/bench/prometheus of the source, to compare with that database too")
		hours := c.Int("hours", 2, "`hours` of plant time that ingest is measured over; bytes are judged from 24 on")
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
		r, err := bench.Run(ctx, bench.Options{Dir: *dir, Seconds: 3600 * *hours, Prometheus: *peer, Out: c.err})
		return errors.Join(r.Write(c.out), err) // of what came to an end
	},
}
