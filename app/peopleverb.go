package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"penstock/app/auth"
	"penstock/app/plant"
	"penstock/historian/journal"
)

var peopleVerb = verb{
	name: "people", args: "[recover NAME] --data DIR", short: "list who may log in, and give the administrator a new password",
	long: `Lists the people of a data folder with what they may do.

When the only administrator's password is forgotten, recover gives NAME, who
could manage people, a new one; it must be changed at the next login, and
one-time codes are set up anew. It asks for nothing but the data folder, whose
station must not run meanwhile, and the journal says so.

  penstock people recover anna --data DIR            asks for the password
  penstock people recover anna --data DIR < password.txt`,
	run: func(ctx context.Context, c *call) error { return peopleOf(ctx, c, os.Stdin) },
}

func peopleOf(ctx context.Context, c *call, in *os.File) (err error) {
	folder := c.String("data", "", "the data `folder` of the plant")
	if err := errors.Join(c.parse(2), c.needs("data")); err != nil {
		return err
	}
	data := plant.DataDir(*folder)
	mend := len(c.rest) == 2 && c.rest[0] == "recover"
	if len(c.rest) > 0 && !mend {
		return usagef("write recover NAME, or nothing")
	}
	if _, err := os.Stat(data.JournalPath()); err != nil {
		return fmt.Errorf("%s is no data folder that a plant ran on: %w", *folder, err)
	}
	if mend {
		lock, err := data.Lock()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	j, err := journal.Open(journal.Options{Path: data.JournalPath(), ReadOnly: !mend})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	gate, err := auth.Open(j, auth.Options{Station: "command line"})
	if err != nil {
		return err
	}
	if !mend {
		return printPeople(c, gate.Users())
	}
	password, err := readSecret(c, in, "")
	if err != nil {
		return err
	}
	if err := gate.Recover(ctx, c.rest[1], string(password)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s has a new password, to be changed at the next login\n", c.rest[1])
	return nil
}

func printPeople(c *call, users []auth.User) error {
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, u := range users {
		if u.Deleted {
			continue
		}
		var grants []string
		for _, g := range u.Grants {
			grants = append(grants, g.String())
		}
		last := "never logged in"
		if u.LoginAt != 0 {
			last = "last login " + time.Unix(0, u.LoginAt).Local().Format("2006-01-02 15:04")
		}
		if u.Disabled {
			last = "barred"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", u.Name, u.FullName, strings.Join(grants, ", "), last)
	}
	return t.Flush()
}
