package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"penstock/app/plant"
	"penstock/app/project"
	"penstock/historian/journal"
)

var versionsVerb = verb{
	name: "versions", args: "--data DIR [--diff VERSION [--with VERSION|DIR]] [--json]", short: "list every project that ran, and what changed between two",
	long: `Lists every version of the project that ran on a data folder: when, who applied it,
and why. Each is kept as a project folder in DIR/versions: to go back to one, look at
what that would change with --diff, and copy its files into the project's folder.

With --diff it says what changed from the version before it to the named one; with
--with, from the named one to another version, or to a project folder. The beginning
of a name, or "last", is enough.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		diff := c.String("diff", "", "say what changed: the `version` that is compared")
		with := c.String("with", "", "the `version or folder` it is compared with; the version before it where left out")
		asJSON := c.Bool("json", false, "print a list of objects")
		if err := errors.Join(c.parse(0), c.needs("data")); err != nil {
			return err
		}
		if *with != "" && *diff == "" {
			return usagef("--with is for --diff")
		}
		j, err := openJournal(*data)
		if err != nil {
			return err
		}
		defer j.Close()
		all, err := project.Versions(plant.DataDir(*data).VersionsDir())
		if err != nil {
			return err
		}
		if *diff != "" {
			return compare(c, all, *diff, *with, *asJSON)
		}
		w := table{w: c.out, json: *asJSON}
		w.columns("version", "applied", "who", "why", "folder")
		applied, err := appliedBy(ctx, j)
		if err != nil {
			return err
		}
		for _, v := range all {
			e := applied[v.Name]
			if err := w.row(v.Name, stamp(v.At.UnixNano()), e.Who, e.Note, v.Folder); err != nil {
				return err
			}
		}
		return w.close()
	},
}

// appliedBy is the line of the journal with which each version first ran.
func appliedBy(ctx context.Context, j *journal.Journal) (map[string]journal.Entry, error) {
	out := map[string]journal.Entry{}
	f := journal.Filter{OldestFirst: true, Kinds: []journal.Kind{journal.Config, journal.System}}
	err := j.Each(ctx, f, func(e *journal.Entry) error {
		switch e.Action {
		case "project applied", "station started":
		default:
			return nil
		}
		if _, ok := out[e.New]; e.New != "" && !ok {
			if e.Action == "station started" {
				e.Note = "read from its folder at a start"
			}
			out[e.New] = *e
		}
		return nil
	})
	return out, err
}

// named is the version that a person means.
func named(all []project.Version, name string) (int, error) {
	if name == "last" && len(all) > 0 {
		return len(all) - 1, nil
	}
	hits := 0
	at := -1
	for i, v := range all {
		if strings.HasPrefix(v.Name, name) {
			hits, at = hits+1, i
		}
	}
	switch hits {
	case 0:
		return 0, usagef("there is no version %q; penstock versions --data DIR lists them", name)
	case 1:
		return at, nil
	}
	return 0, usagef("%d versions begin with %q; write more of the name", hits, name)
}

func compare(c *call, all []project.Version, name, with string, asJSON bool) error {
	i, err := named(all, name)
	if err != nil {
		return err
	}
	was, is := "", all[i].Folder
	switch info, serr := os.Stat(with); {
	case with == "" && i == 0:
		return usagef("%s is the first version; name another --with it", all[i].Name)
	case with == "":
		was = all[i-1].Folder
	case serr == nil && info.IsDir():
		was, is = is, with
	default:
		k, err := named(all, with)
		if err != nil {
			return err
		}
		was, is = is, all[k].Folder
	}
	before, err := project.ReadFiles(was)
	if err != nil {
		return err
	}
	after, err := project.ReadFiles(is)
	if err != nil {
		return err
	}
	changes := project.Diff(before, after)
	if asJSON {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(slices.Concat([]project.Change{}, changes))
	}
	for _, ch := range changes {
		fmt.Fprintln(c.out, ch)
	}
	fmt.Fprintln(c.out, count(len(changes), "change"))
	return nil
}
