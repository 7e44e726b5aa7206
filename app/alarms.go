package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"penstock/app/alarm"
	"penstock/app/plant"
	"penstock/historian/journal"
)

// openJournal opens the journal of a data folder to read, while a plant may
// be writing it.
func openJournal(data string) (*journal.Journal, error) {
	if err := exists(data, "data"); err != nil {
		return nil, err
	}
	path := plant.DataDir(data).JournalPath()
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("--data %s holds no ops.db: no plant has run on it", data)
	}
	return journal.Open(journal.Options{Path: path, ReadOnly: true})
}

var alarmsVerb = verb{
	name: "alarms", args: "--data DIR [--format csv|json]", short: "print the standing alarms",
	long: `Prints every alarm that is not plainly normal, with its state, as it is kept in the
data folder. It may run while the plant does.`,
	run: func(_ context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		format := c.String("format", "csv", "csv or json")
		asJSON := c.Bool("json", false, "the same as --format json")
		if err := errors.Join(c.parse(0), c.needs("data")); err != nil {
			return err
		}
		if *format != "csv" && *format != "json" {
			return usagef("--format is %q; write csv or json", *format)
		}
		j, err := openJournal(*data)
		if err != nil {
			return err
		}
		defer j.Close()
		docs, err := j.Docs(alarm.DocKind)
		if err != nil {
			return err
		}
		states, err := alarm.FromDocs(docs)
		if err != nil {
			return err
		}
		w := table{w: c.out, json: *format == "json" || *asJSON}
		w.columns("alarm", "code", "state", "value", "quality", "raised", "returned", "acknowledged", "by", "comment", "occurrence")
		for _, id := range standing(states) {
			s := states[id]
			if err := w.row(id, s.Phase().Code(), s.Phase().String(), s.Raised.Value.String(), s.Raised.Quality.String(),
				stamp(s.RaisedAt), stamp(s.ReturnedAt), stamp(s.AckedAt), s.AckedBy, s.AckedNote, strconv.FormatInt(s.Occurrence, 10)); err != nil {
				return err
			}
		}
		return w.close()
	},
}

// standing lists the alarms that are not normal, the latest first.
func standing(states map[string]alarm.State) (ids []string) {
	for id, s := range states {
		if s.Phase() != alarm.Normal {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(states[b].RaisedAt, states[a].RaisedAt), cmp.Compare(a, b))
	})
	return ids
}

var journalVerb = verb{
	name: "journal", args: "[verify] --data DIR [--from T --to T] [--format csv|json|xlsx]", short: "print or verify what happened and who did it",
	long: `Prints the journal: alarms, commands, people, changes. Entries form a chain in which
each holds the fingerprint of all before it; "journal verify" works the chain out
anew and says where it is broken, and holds it against the anchors that this computer
keeps outside the data folder: they show an end that was cut off and a journal that was
exchanged as a whole. It may run while the plant does.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		from := c.moment("from", 0, "the first `moment`; the beginning where it is left out")
		to := c.moment("to", 0, "the `moment` after the last; now where it is left out")
		kind := c.String("kind", "", "only one of alarm, command, user, config, system")
		format := c.String("format", "csv", "csv, json, or xlsx: a workbook for a spreadsheet")
		asJSON := c.Bool("json", false, "the same as --format json")
		anchors := c.String("anchors", "", "verify: a `file` of anchors that was kept elsewhere")
		if err := errors.Join(c.parse(1), c.needs("data")); err != nil {
			return err
		}
		if len(c.rest) == 1 && c.rest[0] != "verify" {
			return usagef("%q is not understood here; the only word is verify", c.rest[0])
		}
		if *format != "csv" && *format != "json" && *format != "xlsx" {
			return usagef("--format is %q; write csv, json or xlsx", *format)
		}
		f := journal.Filter{OldestFirst: true, To: to.t.Add(time.Second).UnixNano()}
		if given(c, "from") {
			f.From = from.t.UnixNano()
		}
		if *kind != "" {
			known := []journal.Kind{journal.Alarm, journal.Command, journal.User, journal.Config, journal.System}
			if !slices.Contains(known, journal.Kind(*kind)) {
				return usagef("--kind is %q; write alarm, command, user, config or system", *kind)
			}
			f.Kinds = []journal.Kind{journal.Kind(*kind)}
		}
		j, err := openJournal(*data)
		if err != nil {
			return err
		}
		defer j.Close()
		if len(c.rest) == 1 {
			return verify(ctx, c, j, plant.DataDir(*data), *anchors)
		}
		if *format == "xlsx" {
			return j.WriteXLSX(ctx, c.out, f)
		}
		return writeEntries(ctx, &table{w: c.out, json: *format == "json" || *asJSON}, j, f)
	},
}

// writeEntries writes what a filter lets through.
func writeEntries(ctx context.Context, w *table, j *journal.Journal, f journal.Filter) error {
	w.columns("seq", "at", "source", "kind", "action", "on", "area", "who", "station", "old", "new", "outcome", "note", "ref", "level")
	err := j.Each(ctx, f, func(e *journal.Entry) error {
		return w.row(strconv.FormatInt(e.Seq, 10), stamp(e.At), stamp(e.Source), string(e.Kind), e.Action, safe(e.On), e.Area, safe(e.Who), e.Station,
			safe(e.Old), safe(e.New), safe(e.Outcome), safe(e.Note), e.Ref, strconv.Itoa(e.Level))
	})
	return errors.Join(err, w.close())
}

func given(c *call, name string) (ok bool) {
	ok = false
	c.Visit(func(f *flag.Flag) { ok = ok || f.Name == name })
	return ok
}

// safe keeps a spreadsheet from taking a text for a formula.
func safe(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '@' || s[0] == '+' || s[0] == '-') {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

// verify holds the journal against the anchors this computer has of it, and
// against those of a file.
func verify(ctx context.Context, c *call, j *journal.Journal, data plant.DataDir, file string) error {
	keys := keyDir()
	signer, err := keys.AnchorSigner()
	if err != nil {
		return err
	}
	var anchors []journal.Anchor
	if keys != "" && signer != nil {
		if anchors, _, err = journal.ReadAnchors(keys.AnchorFile(data), signer); err != nil {
			return err
		}
	}
	if file != "" {
		if _, err := os.Stat(file); err != nil {
			return usagef("--anchors: %w", err)
		}
		more, by, err := journal.ReadAnchors(file, nil)
		if err != nil {
			return err
		}
		switch {
		case by == nil:
			fmt.Fprintf(c.err, "%s: %s, not signed\n", file, count(len(more), "anchor"))
		case signer != nil && by.Equal(signer):
			fmt.Fprintf(c.err, "%s: %s, signed by this computer\n", file, count(len(more), "anchor"))
		default:
			fmt.Fprintf(c.err, "%s: %s, signed by the key %x\n", file, count(len(more), "anchor"), []byte(by))
		}
		anchors = append(anchors, more...)
	}
	r, err := j.Verify(ctx, anchors...)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, r.String())
	if r.OK() && len(anchors) == 0 {
		fmt.Fprintln(c.err, "this computer has no anchors of this folder: a journal that was cut off at its end or exchanged as a whole would not show")
	}
	if !r.OK() {
		return errQuiet
	}
	return nil
}
