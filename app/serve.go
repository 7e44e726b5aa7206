package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var serveVerb = verb{
	name: "serve", args: "--project DIR --data DIR", short: "run a plant without a window",
	long: `Runs a project without a window: links, history, alarms and journal. It needs no
display. It stops cleanly on SIGTERM or Ctrl-C, with everything written down.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		quiet := c.Bool("quiet", false, "say nothing while it runs")
		if err := errors.Join(c.parse(0), c.needs("project", "data")); err != nil {
			return err
		}
		proj, err := s.load()
		if err != nil {
			return err
		}
		p, err := s.start(proj)
		if err != nil {
			return err
		}
		if !*quiet {
			fmt.Fprintf(c.out, "%s runs: %s, %s; data in %s\n", proj.Name, count(len(proj.Devices), "device"), count(len(proj.Tags), "tag"), s.data)
		}
		states := map[string]string{}
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if *quiet {
					continue
				}
				for _, l := range p.Links() {
					text := string(l.State)
					if l.Error != "" && l.State != "up" {
						text += ": " + l.Error
					}
					if states[l.Device] != text {
						states[l.Device] = text
						fmt.Fprintf(c.out, "%s %s %s\n", time.Now().Format(time.RFC3339), l.Device, text)
					}
				}
			case <-ctx.Done():
				err := p.Stop()
				if !*quiet && err == nil {
					fmt.Fprintln(c.out, "stopped")
				}
				return err
			}
		}
	},
}
