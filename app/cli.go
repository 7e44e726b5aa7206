package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Exit codes of every verb.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work, or a check found mistakes
	exitUsage  = 2 // the call itself cannot work
)

// verb is one of the things the program does when called by name.
type verb struct {
	name  string
	args  string // what follows the name, for the usage line
	short string // one line for the list
	long  string // more, for --help
	run   func(ctx context.Context, c *call) error
}

// call is one call of a verb: its flags and where it reads and writes.
type call struct {
	*flag.FlagSet
	verb     verb
	rest     []string
	out, err io.Writer
}

// usageError is a mistake in the call itself: exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// quiet ends the program with exit code 1 where everything has been said.
var errQuiet = errors.New("already reported")

// parse reads the flags and refuses words that are left over.
func (c *call) parse(words int) error {
	args, rest := c.rest, []string(nil)
	for {
		if err := c.FlagSet.Parse(args); err != nil {
			return err
		}
		if c.NArg() == 0 {
			break
		}
		rest, args = append(rest, c.Arg(0)), c.Args()[1:]
	}
	if len(rest) > words {
		return usagef("%q is not understood here", rest[words])
	}
	c.rest = rest
	return nil
}

// needs says which flags must be given.
func (c *call) needs(names ...string) error {
	given := map[string]bool{}
	c.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, n := range names {
		if !given[n] {
			return usagef("--%s is missing", n)
		}
	}
	return nil
}

// dispatch runs the verb that args name, or the control room where they name
// none, and returns the exit code.
func dispatch(ctx context.Context, verbs []verb, args []string, out, errOut io.Writer) int {
	v := verbs[0]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == args[0] })
		if i < 0 || args[0] == "" {
			fmt.Fprintf(errOut, "penstock: there is no %q; penstock --help lists what there is\n", args[0])
			return exitUsage
		}
		v, args = verbs[i], args[1:]
	}
	c := &call{FlagSet: flag.NewFlagSet(v.name, flag.ContinueOnError), verb: v, rest: args, out: out, err: errOut}
	c.SetOutput(io.Discard)
	err := v.run(ctx, c)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		help(out, verbs, c)
		return exitOK
	case errors.Is(err, errQuiet):
		return exitFailed
	}
	name := "penstock"
	if v.name != "" {
		name += " " + v.name
	}
	fmt.Fprintf(errOut, "%s: %v\n", name, err)
	if isUsage(err) {
		fmt.Fprintf(errOut, "try %s --help\n", name)
		return exitUsage
	}
	return exitFailed
}

func isUsage(err error) bool {
	if _, ok := errors.AsType[usageError](err); ok {
		return true
	}
	// The flag package has no error of its own for a flag it does not know.
	return strings.HasPrefix(err.Error(), "flag provided but") || strings.HasPrefix(err.Error(), "invalid value") ||
		strings.HasPrefix(err.Error(), "flag needs") || strings.HasPrefix(err.Error(), "invalid boolean")
}

func help(w io.Writer, verbs []verb, c *call) {
	fmt.Fprintf(w, "usage: %s\n\n%s\n", strings.Join(strings.Fields("penstock "+c.verb.name+" "+c.verb.args), " "), strings.TrimSpace(c.verb.long))
	var flags strings.Builder
	c.SetOutput(&flags)
	c.PrintDefaults()
	if flags.Len() > 0 {
		fmt.Fprintf(w, "\nflags:\n%s", flags.String())
	}
	if c.verb.name != "" {
		return
	}
	fmt.Fprint(w, "\nother things it does (penstock NAME --help tells more):\n")
	for _, v := range verbs {
		if v.name != "" && v.short != "" {
			fmt.Fprintf(w, "  %-12s %s\n", v.name, v.short)
		}
	}
	fmt.Fprint(w, "\nExit code 0: done; 1: it did not work, or a check found mistakes; 2: the call is wrong.\nTimes are RFC 3339, such as 2026-03-29T08:00:00Z, or back from now, such as -15m.\n")
}

// moment is a flag that holds a time: RFC 3339, or back from now like -15m.
type moment struct {
	t   time.Time
	now func() time.Time
}

func (m *moment) String() string {
	if m == nil || m.t.IsZero() {
		return ""
	}
	return m.t.Format(time.RFC3339)
}

func (m *moment) Set(s string) error {
	now := m.now()
	if s == "now" {
		m.t = now
		return nil
	}
	if strings.HasPrefix(s, "-") {
		d, err := time.ParseDuration(s)
		if err != nil {
			return errors.New("write a time back from now like -15m, -8h or -90s")
		}
		m.t = now.Add(d)
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			m.t = t
			return nil
		}
	}
	return errors.New("write a time like 2026-03-29T08:00:00Z, or back from now like -15m")
}

// moment adds a time flag with a default given back from now.
func (c *call) moment(name string, back time.Duration, usage string) *moment {
	m := &moment{now: time.Now}
	m.t = m.now().Add(-back)
	c.Var(m, name, usage)
	c.Lookup(name).DefValue = ""
	return m
}

// exists refuses a folder that is not there, before anything is made in it.
func exists(dir, flagName string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("--%s %s: there is no such folder", flagName, dir)
	}
	if !info.IsDir() {
		return fmt.Errorf("--%s %s is a file, not a folder", flagName, dir)
	}
	return nil
}
