package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"penstock/app/alarm"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/assets"
	"penstock/historian"
)

var whatifVerb = verb{
	name: "whatif", args: "--project DIR --data DIR --alarms FILE [--from T --to T]", short: "say what other alarms would have told",
	long: `Replays the stored history through the project's alarms and through those of an
edited alarms.csv, by the same engine that runs the plant, and prints for each alarm
that differs how often it came before and after, how many times would have been
missed, the longest of them, and how much later it would have come. Nothing is
changed. It may run while the plant does.

History that was thinned when it was stored is replayed as it was stored. A lost link
suppresses the bad-quality alarms of its tags, as it does while the plant runs.`,
	run: func(ctx context.Context, c *call) error {
		s := c.station()
		file := c.String("alarms", "", "the edited alarms.csv, a `file`")
		from := c.moment("from", 30*24*time.Hour, "the first `moment`; 30 days ago where it is left out")
		to := c.moment("to", 0, "the `moment` after the last; now where it is left out")
		all := c.Bool("all", false, "print alarms that do not differ as well")
		format := c.String("format", "csv", "csv or json")
		asJSON := c.Bool("json", false, "the same as --format json")
		if err := errors.Join(c.parse(0), c.needs("data", "alarms")); err != nil {
			return err
		}
		switch {
		case *format != "csv" && *format != "json":
			return usagef("--format is %q; write csv or json", *format)
		case !from.t.Before(to.t):
			return usagef("--from %v is not before --to %v", from, to)
		}
		if err := exists(s.data, "data"); err != nil {
			return err
		}
		before, err := s.load()
		if err != nil {
			return err
		}
		after, err := s.loadWith(*file)
		if err != nil {
			return err
		}
		h, err := historian.Open(historian.Options{Dir: plant.DataDir(s.data).HistoryDir(), ReadOnly: true})
		if err != nil {
			return err
		}
		defer h.Close()
		span := trial{ctx: ctx, history: h, from: from.t.UnixNano(), to: to.t.UnixNano()}
		was, err := span.replay(before)
		if err != nil {
			return err
		}
		is, err := span.replay(after)
		if err != nil {
			return err
		}
		w := table{w: c.out, json: *format == "json" || *asJSON}
		w.columns("alarm", "before", "after", "missed", "longest_missed_s", "longest_missed_at", "added", "late_s")
		for _, d := range alarm.Compare(was, is) {
			if !*all && d.Before == d.After && len(d.Missed) == 0 && len(d.Added) == 0 && d.Late == 0 {
				continue
			}
			longest := ""
			if len(d.Missed) > 0 {
				longest = number(d.Longest.Length().Seconds())
			}
			if err := w.row(d.Alarm, strconv.Itoa(d.Before), strconv.Itoa(d.After), strconv.Itoa(len(d.Missed)), longest,
				stamp(d.Longest.From), strconv.Itoa(len(d.Added)), number(d.Late.Seconds())); err != nil {
				return err
			}
		}
		if err := w.close(); err != nil {
			return err
		}
		for _, r := range []struct {
			name string
			*alarm.Replayed
		}{{"before", was}, {"after", is}} {
			n := 0
			for _, spans := range r.Spans {
				n += len(spans)
			}
			days := time.Duration(r.To-r.From).Hours() / 24
			fmt.Fprintf(c.err, "%s: %s, %.3g a day; %s, %v in all; %s replayed\n", r.name, count(n, "annunciation"), float64(n)/days,
				count(r.Floods, "flood"), r.Flooded.Round(time.Second), count(r.Samples, "sample"))
		}
		return nil
	},
}

// loadWith is load with another alarms.csv.
func (s *station) loadWith(file string) (*project.Project, error) {
	if _, err := os.Stat(file); err != nil {
		return nil, usagef("--alarms: %w", err)
	}
	under := assets.Demo()
	if s.project != "" {
		under = os.DirFS(s.project)
	}
	p, err := project.LoadFS(edited{under, file}, s.drivers)
	if probs, ok := errors.AsType[project.Problems](err); ok {
		return nil, fmt.Errorf("with %s the project has %s:\n%w", filepath.Base(file), count(len(probs), "mistake"), err)
	}
	return p, err
}

// edited is a project with one file from elsewhere.
type edited struct {
	fs.FS
	alarms string
}

// Open implements fs.FS.
func (e edited) Open(name string) (fs.File, error) {
	if name == "alarms.csv" {
		return os.Open(e.alarms)
	}
	return e.FS.Open(name)
}

// trial is a span of history to replay.
type trial struct {
	ctx      context.Context
	history  *historian.Store
	from, to int64
}

func (t *trial) replay(p *project.Project) (*alarm.Replayed, error) {
	kinds := map[tag.ID]tag.Kind{}
	for i := range p.Tags {
		kinds[p.Tags[i].ID] = p.Tags[i].Kind
	}
	for i := range p.Devices {
		kinds[project.LinkTag(p.Devices[i].Name)] = tag.KindBool
	}
	scope := func(id tag.ID) (tag.Kind, bool) { return kinds[id], true }
	return alarm.ReplayHistory(t.ctx, p.RunningAlarms(), scope, t.from, t.to, t.history)
}
