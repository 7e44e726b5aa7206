package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"penstock/app/plant"
	"penstock/app/tag"
	"penstock/historian"
)

var historyVerb = verb{
	name: "history", args: "--data DIR --tag ID --from T --to T [--points N | --raw | --out FILE]", short: "print or draw what tags were",
	long: `Prints the stored values of a tag as CSV or JSON: every sample (--raw), or at most
N slices of time with the first, smallest, largest and last value of each, so that
no spike is hidden. Slices without any sample are left out. It may run while the
plant does. The quality is the 32-bit OPC UA status, in words and in hex.

With --out it writes a file: a trend of up to eight tags on a page (.pdf, .svg, .png),
or every sample of them with zone and quality (.csv, .xlsx). --project tells what they
are called, their units and ranges.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		id := c.String("tag", "", "the tag's `id`; with --out several with commas between")
		from := c.moment("from", time.Hour, "the first `moment`; an hour ago where it is left out")
		to := c.moment("to", 0, "the `moment` after the last; now where it is left out")
		points := c.Int("points", 500, "at most `N` slices of time")
		raw := c.Bool("raw", false, "every sample as it was stored")
		format := c.String("format", "csv", "csv or json")
		out := c.String("out", "", "the `file` to write; it must not exist")
		proj := c.String("project", "", "with --out: the project's `folder`, for names, units and ranges")
		asJSON := c.Bool("json", false, "the same as --format json")
		if err := errors.Join(c.parse(0), c.needs("data", "tag")); err != nil {
			return err
		}
		if *asJSON {
			*format = "json"
		}
		switch {
		case *format != "csv" && *format != "json":
			return usagef("--format is %q; write csv or json", *format)
		case *points < 1 || *points > 1_000_000:
			return usagef("--points is %d; from 1 to 1000000", *points)
		case *out == "" && *proj != "":
			return usagef("--project is for --out")
		case *out != "" && !historyFile(*out):
			return usagef("--out %s: the file must end in .pdf, .svg, .png, .csv or .xlsx", *out)
		case !from.t.Before(to.t):
			return usagef("--from %v is not before --to %v", from, to)
		}
		if err := exists(*data, "data"); err != nil {
			return err
		}
		h, err := historian.Open(historian.Options{Dir: plant.DataDir(*data).HistoryDir(), ReadOnly: true})
		if err != nil {
			return err
		}
		defer h.Close()
		ids := []string{*id}
		if *out != "" {
			ids = strings.Split(*id, ",")
		}
		last := h.Last()
		for _, id := range ids {
			if _, known := last[tag.ID(id)]; !known {
				return fmt.Errorf("no sample of tag %q was ever stored here", id)
			}
		}
		if *out != "" {
			defs, err := namedTags(*proj, ids, last)
			if err != nil {
				return err
			}
			return writeHistory(ctx, *out, h, defs, from.t.UnixNano(), to.t.UnixNano())
		}
		w := table{w: c.out, json: *format == "json"}
		if *raw {
			err = rawHistory(ctx, h, tag.ID(*id), from.t.UnixNano(), to.t.UnixNano(), &w)
		} else {
			err = sliceHistory(ctx, h, tag.ID(*id), from.t.UnixNano(), to.t.UnixNano(), *points, &w)
		}
		return errors.Join(err, w.close())
	},
}

func rawHistory(ctx context.Context, h *historian.Store, id tag.ID, from, to int64, w *table) error {
	w.columns("time", "value", "kind", "quality", "status", "received", "flags")
	var fault error
	err := h.Raw(ctx, id, from, to, func(v tag.Value) bool {
		fault = w.row(stamp(v.At()), v.Value.String(), v.Value.Kind().String(), v.Quality.String(),
			fmt.Sprintf("0x%08X", v.Quality.Status()), stamp(v.Received), flags(v.Flags))
		return fault == nil
	})
	return errors.Join(err, fault)
}

func sliceHistory(ctx context.Context, h *historian.Store, id tag.ID, from, to int64, n int, w *table) error {
	w.columns("from", "to", "first", "min", "max", "last", "mean", "count", "bad", "good")
	buckets, err := h.Buckets(ctx, id, from, to, n)
	for _, b := range buckets {
		if err := w.row(stamp(b.From), stamp(b.To), number(b.First), number(b.Min), number(b.Max), number(b.Last), number(b.Mean),
			strconv.Itoa(b.Count), strconv.Itoa(b.Bad), number(b.Good)); err != nil {
			return err
		}
	}
	return err
}

// stamp writes a time with all its digits, in UTC.
func stamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

// number writes nothing for what is not known.
func number(f float64) string {
	if math.IsNaN(f) {
		return ""
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func flags(f tag.Flags) (out string) {
	for _, n := range []struct {
		f tag.Flags
		s string
	}{{tag.Skewed, "skewed"}, {tag.Backfilled, "backfilled"}, {tag.Manual, "manual"}, {tag.Simulated, "simulated"}} {
		if f&n.f != 0 {
			if out != "" {
				out += "+"
			}
			out += n.s
		}
	}
	return out
}

// table writes rows as CSV, or as a JSON list of objects.
type table struct {
	w    io.Writer
	json bool
	csv  *csv.Writer
	cols []string
	n    int
}

func (t *table) columns(names ...string) {
	t.cols = names
	if t.json {
		return
	}
	t.csv = csv.NewWriter(t.w)
	t.csv.Write(names) // an error shows at close
}

func (t *table) row(cells ...string) error {
	if !t.json {
		return t.csv.Write(cells)
	}
	sep := ",\n"
	if t.n == 0 {
		sep = "[\n"
	}
	t.n++
	if _, err := io.WriteString(t.w, sep+" {"); err != nil {
		return err
	}
	for i, name := range t.cols {
		cell, err := json.Marshal(cells[i])
		if err != nil {
			return err
		}
		sep := ", "
		if i == 0 {
			sep = ""
		}
		if _, err := fmt.Fprintf(t.w, "%s%q: %s", sep, name, cell); err != nil {
			return err
		}
	}
	_, err := io.WriteString(t.w, "}")
	return err
}

func (t *table) close() error {
	if !t.json {
		if t.csv == nil {
			return nil
		}
		t.csv.Flush()
		return t.csv.Error()
	}
	end := "\n]\n"
	if t.n == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(t.w, end)
	return err
}
