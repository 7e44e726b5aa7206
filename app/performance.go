package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/alarm/kpi"
	"penstock/app/plant"
	"penstock/app/project"
	"penstock/drivers/host"
)

// lists are what performance can list besides its figures.
var lists = []string{"counts", "chattering", "fleeting", "stale", "occurrences", "floods"}

var performanceVerb = verb{
	name: "performance", args: "--data DIR [--from T --to T] [--areas A,B] [--list WHAT] [--format pdf -o FILE]", short: "say how well the alarms serve people",
	long: `Prints the performance figures of ISA-18.2 and EEMUA 191 for one operating position,
each with what is recommended and a verdict, from the journal. --list prints what a
figure was counted from: counts, chattering, fleeting, stale, occurrences or floods.
--format pdf draws the rate, the priorities and the most frequent alarms as well, with
the messages of the alarms beside their names. Messages, and what the plant calls its
priorities, are those of the project that ran last on the data folder, or of --project.
At least 30 days should be looked at before figures are judged.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		from := c.moment("from", 30*24*time.Hour, "the first `moment`; 30 days ago where it is left out")
		to := c.moment("to", 0, "the `moment` after the last; now where it is left out")
		areas := c.String("areas", "", "the `areas` of the operating position, with commas between; all where it is left out")
		list := c.String("list", "", "print one of "+strings.Join(lists, ", ")+" instead of the figures")
		format := c.String("format", "csv", "csv, json, or pdf: charts and figures to print")
		file := c.String("o", "", "the `file` for pdf")
		folder := c.String("project", "", "the `folder` of the project, for its words; the one that ran last where it is left out")
		asJSON := c.Bool("json", false, "the same as --format json")
		if err := errors.Join(c.parse(0), c.needs("data")); err != nil {
			return err
		}
		switch {
		case *format != "csv" && *format != "json" && *format != "pdf":
			return usagef("--format is %q; write csv, json or pdf", *format)
		case (*format == "pdf") != (*file != ""):
			return usagef("--format pdf goes with -o FILE")
		case *format == "pdf" && (*list != "" || *asJSON):
			return usagef("--format pdf goes without --list and --json")
		case !from.t.Before(to.t):
			return usagef("--from %v is not before --to %v", from, to)
		case *list != "" && !slices.Contains(lists, *list):
			return usagef("--list is %q; write one of %s", *list, strings.Join(lists, ", "))
		}
		o := kpi.Options{From: from.t.UnixNano(), To: to.t.UnixNano()}
		if *areas != "" {
			in := strings.Split(*areas, ",")
			o.Position = func(a string) bool { return slices.Contains(in, a) }
		}
		j, err := openJournal(*data)
		if err != nil {
			return err
		}
		defer j.Close()
		p, err := c.wordsOf(*folder, plant.DataDir(*data))
		if err != nil {
			return err
		}
		if p != nil {
			o.Priorities = p.Alarming.Priorities
		}
		r, err := kpi.Read(ctx, j, o)
		if err != nil {
			return err
		}
		if *format == "pdf" {
			return printPerformance(*file, r, p, *areas)
		}
		inJSON := *format == "json" || *asJSON
		switch {
		case *list != "":
			return listPerformance(&table{w: c.out, json: inJSON}, r, *list)
		case inJSON:
			enc := json.NewEncoder(c.out)
			enc.SetIndent("", "  ")
			return enc.Encode(figuresOf(r))
		}
		return r.WriteCSV(c.out)
	},
}

// wordsOf is the project whose words a report uses: the one in a folder, or
// the one that ran last on a data folder; nil where there is none that this
// program reads.
func (c *call) wordsOf(folder string, data plant.DataDir) (*project.Project, error) {
	set := host.Wrap(inside())
	if folder != "" {
		p, err := project.Load(folder, set)
		if err != nil {
			return nil, fmt.Errorf("--project %s:\n%w", folder, err)
		}
		return p, nil
	}
	kept, err := project.Versions(data.VersionsDir())
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	p, err := project.Load(kept[len(kept)-1].Folder, set)
	if err != nil {
		fmt.Fprintln(c.err, "this program cannot read the project that ran last, so its words are missing; name one with --project")
		return nil, nil
	}
	return p, nil
}

// figureJSON is a figure with nothing where there is nothing.
type figureJSON struct {
	Figure  string   `json:"figure"`
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit,omitempty"`
	Target  *float64 `json:"target,omitempty"`
	Limit   *float64 `json:"limit,omitempty"`
	Verdict string   `json:"verdict,omitempty"`
}

func figuresOf(r *kpi.Report) (out []figureJSON) {
	some := func(f float64) *float64 {
		if math.IsNaN(f) {
			return nil
		}
		return &f
	}
	for _, f := range r.Figures() {
		out = append(out, figureJSON{f.Name, some(f.Value), f.Unit, some(f.Target), some(f.Limit), f.Grade.String()})
	}
	return append(out, figureJSON{Figure: "class after EEMUA 191", Verdict: r.Verdict()})
}

func listPerformance(w *table, r *kpi.Report, what string) error {
	var err error
	switch what {
	case "occurrences", "stale":
		w.columns("alarm", "occurrence", "area", "priority", "at", "acknowledged", "by", "gone", "times", "active_s")
		occurrences := r.Occurrences
		if what == "stale" {
			occurrences = r.Stale
		}
		for _, o := range occurrences {
			err = errors.Join(err, w.row(o.Alarm, o.Ref, o.Area, strconv.Itoa(o.Priority), stamp(o.At), stamp(o.Acked), o.AckedBy, stamp(o.Gone),
				strconv.Itoa(o.Times), number(o.Active.Seconds())))
		}
	case "floods":
		w.columns("from", "to", "annunciations", "peak_in_10_min")
		for _, f := range r.Floods {
			err = errors.Join(err, w.row(stamp(f.From), stamp(f.To), strconv.Itoa(f.N), strconv.Itoa(f.Peak)))
		}
	default:
		w.columns("alarm", "times", "share")
		for _, n := range map[string][]kpi.Count{"counts": r.Counts, "chattering": r.Chattering, "fleeting": r.Fleeting}[what] {
			err = errors.Join(err, w.row(n.Alarm, strconv.Itoa(n.N), strconv.FormatFloat(n.Share, 'f', 4, 64)))
		}
	}
	return errors.Join(err, w.close())
}
