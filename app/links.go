package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"penstock/app/plant"
	"penstock/drivers"
)

var linksVerb = verb{
	name: "links", args: "DIR [DEVICE] [--json] [--recording]", short: "say how the links of a plant that runs are doing",
	long: `Says how the link to each device is doing, as the station that runs on the data folder
DIR has told within the last second: state, last fault, times to answer, requests,
outages, scan periods kept and not kept, samples and where they were lost; and how far
the copy of history in a database is, where the project has [forward]. It says so
when the station does not run any more; then the exit code is 1.

With --recording it prints what went over the line of DEVICE (of all, where none is
named) in the minutes before it was lost, for the outages that were kept.`,
	run: func(ctx context.Context, c *call) error {
		asJSON := c.Bool("json", false, "print JSON; times of a duration are in nanoseconds (_ns)")
		recording := c.Bool("recording", false, "print the flight recordings that were kept")
		if err := c.parse(2); err != nil {
			return err
		}
		if len(c.rest) == 0 {
			return usagef("name the data folder of the plant")
		}
		data, device := c.rest[0], ""
		if len(c.rest) == 2 {
			device = c.rest[1]
		}
		if err := exists(data, "data"); err != nil {
			return err
		}
		if *recording {
			return printRecordings(c, plant.DataDir(data), device, *asJSON)
		}
		r, err := plant.DataDir(data).LinkReport()
		if err != nil {
			return err
		}
		if device != "" {
			r.Links = slices.DeleteFunc(r.Links, func(l drivers.Status) bool { return l.Device != device })
			if len(r.Links) == 0 {
				return fmt.Errorf("the project has no device %q", device)
			}
			r.Copy = nil
		}
		now := time.Now()
		stale := r.Stale(now)
		if *asJSON {
			err = json.NewEncoder(c.out).Encode(struct {
				Stale string `json:"stale"` // why; empty: it is not
				plant.LinkReport
			}{stale, r})
		} else {
			err = printLinks(c.out, r, stale, now)
		}
		if err == nil && stale != "" {
			return errQuiet
		}
		return err
	},
}

func printLinks(w io.Writer, r plant.LinkReport, stale string, now time.Time) error {
	fmt.Fprintf(w, "%s at station %s, as of %s, %v ago\n", r.Project, r.Station, r.At.Local().Format(time.DateTime), now.Sub(r.At).Round(time.Second))
	if stale != "" {
		fmt.Fprintf(w, "NOT NOW: %s; this is the last that is known\n", stale)
	}
	for i := range r.Links {
		if err := printLink(w, &r.Links[i]); err != nil {
			return err
		}
	}
	if r.Copy != nil {
		return printCopy(w, r.Copy)
	}
	return nil
}

// printCopy writes how the copy of history in a database stands.
func printCopy(w io.Writer, c *plant.CopyReport) error {
	state := "not connected"
	switch {
	case c.Connected && c.CatchingUp:
		state = "catching up out of files"
	case c.Connected:
		state = "connected"
	}
	fmt.Fprintf(w, "\ncopy of history  %s\n", state)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if c.Error != "" {
		since := ""
		if !c.Since.IsZero() {
			since = fmt.Sprintf(" (since %s, tried %d times)", c.Since.Local().Format(time.DateTime), c.Retries)
		}
		fmt.Fprintf(t, "  fault\t%s%s\n", c.Error, since)
	}
	fmt.Fprintf(t, "  waiting\t%s, %v behind\n", count(int(c.Waiting), "commit"), c.Lag.Round(time.Second))
	fmt.Fprintf(t, "  sent\t%d values, %.0f a second now\n", c.Sent, c.Rate)
	return t.Flush()
}

// printLink writes one link for someone who looks for what is wrong with it.
func printLink(w io.Writer, l *drivers.Status) error {
	fmt.Fprintf(w, "\n%s  %s  %s\n", l.Device, l.State, l.Words)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	c := &l.Counters
	row("where", "%s %s", l.Driver, l.Endpoint)
	if !l.ErrorAt.IsZero() {
		row("last fault", "%s: %s", l.ErrorAt.Local().Format(time.DateTime), l.Error)
		row("", "(%s)", l.Detail)
	}
	if !l.LastData.IsZero() {
		row("last data", "%s", l.LastData.Local().Format(time.DateTime))
	}
	row("connections", "%d tried, %d of them again, %d made anew after an outage; %s", c.Dials, c.Retries, c.Reconnects, count(int(c.Outages), "outage"))
	row("requests", "%d, %d failed", c.Requests, c.Failed)
	if w := l.Wire; w.Sent > 0 {
		row("on the wire", "%d messages sent (%s), %d received (%s)", w.Sent, bytesInWords(w.SentBytes), w.Received, bytesInWords(w.ReceivedBytes))
		if w.Repeated > 0 || w.Unfit > 0 {
			row("", "%d sent again because there was no answer, %d replies fitted no request", w.Repeated, w.Unfit)
		}
	}
	if h := l.Answers(); h.Count() > 0 {
		row("answers", "half within %v, 99 of 100 within %v, the longest %v", h.Quantile(0.5).Round(10*time.Microsecond),
			h.Quantile(0.99).Round(10*time.Microsecond), h.Max.Round(10*time.Microsecond))
		row("", "%s", slots(h))
	}
	for _, y := range l.Cycles {
		late := ""
		if y.Missed > 0 {
			late = fmt.Sprintf("; %d left out because the one before was not done", y.Missed)
		}
		kept := "read once so far"
		if y.Actual > 0 {
			kept = fmt.Sprintf("read every %v (worst %v)", y.Actual.Round(time.Millisecond), y.Worst.Round(time.Millisecond))
		}
		row("every "+y.Period.String(), "%s, %s, in %v%s", count(y.Points, "point"), kept, y.Took.Round(10*time.Microsecond), late)
	}
	if l.Probed {
		row("sign of life", "asked for while no scan is due, so that a dead line shows within seconds; %d times so far", c.Probes)
	}
	if l.Alarms != "" {
		row("its alarms", "%s", l.Alarms)
	}
	row("samples", "%d, %d bad, %d with a wrong time, %d from its history", c.Samples, c.Bad, c.Skewed, c.Backfilled)
	for _, why := range slices.Sorted(maps.Keys(c.Drops)) {
		row("lost", "%d %s", c.Drops[why], why)
	}
	row("set points", "%d sent, %d not sent because the link was down", c.Writes, c.Refused)
	return t.Flush()
}

// bytesInWords writes a number of bytes with three digits or so.
func bytesInWords(n uint64) string {
	f, unit := float64(n), "bytes"
	for _, larger := range []string{"kB", "MB", "GB", "TB"} {
		if f < 10000 {
			break
		}
		f, unit = f/1000, larger
	}
	return fmt.Sprintf("%.0f %s", f, unit)
}

// slots are the counts of a histogram that are not zero: "<1ms: 12, <2ms: 3".
func slots(h *drivers.Histogram) string {
	var out []string
	for i, n := range h.Counts {
		switch {
		case n == 0:
		case i == len(h.Counts)-1:
			out = append(out, fmt.Sprintf("longer: %d", n))
		default:
			out = append(out, fmt.Sprintf("<%v: %d", time.Millisecond<<i, n))
		}
	}
	return strings.Join(out, ", ")
}

// printRecordings prints what can be read, and then says what cannot.
func printRecordings(c *call, data plant.DataDir, device string, asJSON bool) error {
	list, wrong := data.Recordings(device)
	if asJSON {
		if list == nil {
			list = []drivers.Recording{}
		}
		if err := json.NewEncoder(c.out).Encode(list); err != nil {
			return err
		}
		return wrong
	}
	for i, r := range list {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if _, err := r.WriteTo(c.out); err != nil {
			return err
		}
	}
	if len(list) == 0 && wrong == nil {
		fmt.Fprintln(c.out, "no outage was recorded")
	}
	return wrong
}
