package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus"
)

// planned is the requests one device's tags cost, and which tags they are of.
type planned struct {
	Device string   `json:"device"`
	Tags   []tag.ID `json:"tags"` // by the number of a point
	modbus.Preview
}

// printPlan prints how a Modbus device of a project will be read. What was
// learnt of it is in the data folder, where one is named.
func printPlan(w io.Writer, p *project.Project, device, data string, asJSON bool) error {
	i := slices.IndexFunc(p.Devices, func(d drivers.Device) bool { return d.Name == device })
	if i < 0 {
		return usagef("--plan: the project has no device %q", device)
	}
	dev := p.Devices[i]
	if dev.Driver != "modbus" {
		return usagef("--plan: %s is a device of driver %s; only those of modbus are read in requests that can be planned", device, dev.Driver)
	}
	d := new(modbus.Driver)
	if data != "" {
		d.Dir = plant.DataDir(data).UnitsDir()
	}
	out := planned{Device: device}
	var points []drivers.Point
	for i := range p.Tags {
		if t := &p.Tags[i]; t.Device == device {
			out.Tags, points = append(out.Tags, t.ID), append(points, project.Point(t))
		}
	}
	var err error
	if out.Preview, err = d.Preview(dev, points); err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(out)
	}
	return out.print(w, dev.Endpoint)
}

func (p *planned) print(w io.Writer, endpoint string) error {
	var err error
	say := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	say("%s %s", p.Device, endpoint)
	say("addresses count from %d; numbers that do not say are in order %s; one read takes at most %d registers or %d bits", p.Base, p.Order, p.MaxRead, p.MaxReadBits)
	say("a request is taken to cost %s and a register %s, until they are measured", seconds(p.Cost.Req), seconds(p.Cost.Place))
	if len(p.Never) > 0 {
		say("never read (option never_read): %s", strings.Join(p.Never, ", "))
	}
	if len(p.Refused) > 0 {
		say("refused by the unit before, so no request crosses: %s", strings.Join(p.Refused, ", "))
	}
	if p.Alive != "" {
		say("a sign of life is %s", p.Alive)
	}
	for _, c := range p.Classes {
		say("\nevery %v: %s in %s, about %s (%s if each were asked for by itself)", c.Period, count(c.Points, "tag"), count(len(c.Requests), "request"), seconds(c.Seconds), seconds(c.Singly))
		if c.Period > 0 && c.Seconds > c.Period.Seconds() {
			say("  TOO MUCH: this takes longer than the period")
		}
		for _, r := range c.Requests {
			unused := ""
			if r.Unused > 0 {
				unused = fmt.Sprintf(", %d of them nobody's", r.Unused)
			}
			what := "register"
			if r.Function == 1 || r.Function == 2 {
				what = "bit"
			}
			say("  FC%d %s: %s%s", r.Function, r.Range, count(r.Places, what), unused)
			for _, x := range r.Points {
				say("    %-24s %s", p.Tags[x.Point], x.Wire)
			}
		}
		for _, x := range c.Unread {
			say("  refused by the unit, asked for now and then: %s %s", p.Tags[x.Point], x.Wire)
		}
	}
	if len(p.Classes) == 0 {
		say("no tag is read from it")
	}
	return err
}

// seconds writes a time that is an estimate.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}
