package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"penstock/assets"
)

var newVerb = verb{
	name: "new", args: "[--demo] DIR", short: "begin a project in a folder of its own",
	long: `Writes a small project into the folder DIR: a pumping station with a simulated device,
two displays, a template and two alarms, to be changed into the real plant. With
--demo it is a copy of the demo waterworks, which talks to "penstock plant". DIR is
made where it is missing; one that holds anything already is left as it is.`,
	run: func(_ context.Context, c *call) error {
		demo := c.Bool("demo", false, "copy the demo waterworks")
		if err := c.parse(1); err != nil {
			return err
		}
		if len(c.rest) != 1 {
			return usagef("name the folder that the project is to be in")
		}
		dir, from := c.rest[0], assets.Starter()
		if *demo {
			from = assets.Demo()
		}
		if err := begin(dir, from); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "A project is in %s. To look for mistakes, and to run it:\n", dir)
		fmt.Fprintf(c.out, "  penstock check --project %[1]s\n", dir)
		if *demo {
			fmt.Fprintln(c.out, "  penstock plant   (the simulated waterworks, in a terminal of its own)")
		}
		fmt.Fprintf(c.out, "  penstock --project %[1]s --data %[1]s-data\n", dir)
		return nil
	},
}

// begin copies a project into a folder that holds nothing yet.
func begin(dir string, from fs.FS) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("%s is not empty; name a new folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder cannot be used: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder cannot be made: %w", err)
	}
	return fs.WalkDir(from, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if e.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := fs.ReadFile(from, name)
		if err == nil {
			err = os.WriteFile(to, text, 0o644)
		}
		if err != nil {
			return fmt.Errorf("the project cannot be written: %w", err)
		}
		return nil
	})
}
