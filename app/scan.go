package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"penstock/drivers"
	"penstock/drivers/modbus"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/survey"
)

var scanVerb = verb{
	name: "scan", args: "ENDPOINT | DEVICE --project DIR [--show NUMBER] [--json]", short: "look at the registers of a Modbus unit",
	long: `Reads the registers of a Modbus unit, slowly and without ever writing, and
prints them in every reading an engineer looks for first:

  penstock scan 'modbus://192.0.2.7:502?unit=1' --from 0 --count 200

With --show it ranks which addresses, types and orders could be what the
device's display shows. The ranking gets better the more often it is told what
the display shows: it asks again after each one; an empty line ends.

  penstock scan 'rtu:///dev/ttyUSB0?baud=9600&unit=3' --show 230.1

A number that moves may be a little off: type what the display shows at the moment.
With --live the table is read again and again, and what has changed is marked.

Endpoints are those of devices.toml; --option sets a device's options. With --project a
device of that project is named, and its options are used.`,
	run: func(ctx context.Context, c *call) error { return scan(ctx, c, os.Stdin) },
}

// scanFlags is a call of the verb as it was written.
type scanFlags struct {
	device   drivers.Device
	opts     modbus.ScanOptions
	show     string
	passes   int
	live     bool
	identify bool
	json     bool
}

// keyValues is a flag that may be given several times: KEY=VALUE.
type keyValues map[string]string

func (k keyValues) String() string { return "" }

func (k keyValues) Set(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		return errors.New("write it like base=0")
	}
	k[key] = value
	return nil
}

func (f *scanFlags) parse(c *call) error {
	f.device.Options = map[string]string{}
	tables := c.String("table", "holding,input", "`tables` to read")
	folder := c.String("project", "", "the `folder` of a project that has the device")
	from := c.Int("from", 0, "first `offset` on the wire")
	c.IntVar(&f.opts.Count, "count", 500, "`registers` of each table")
	c.DurationVar(&f.opts.Every, "every", 50*time.Millisecond, "least `pause` between two requests")
	c.DurationVar(&f.device.Timeout, "timeout", time.Second, "`time` a reply may take")
	c.StringVar(&f.show, "show", "", "what the device's display shows, such as 230.1")
	c.IntVar(&f.passes, "passes", 1, "how many `times` to read everything; later passes mark what changed")
	c.BoolVar(&f.live, "live", false, "read again and again, until Ctrl-C")
	c.BoolVar(&f.identify, "identify", false, "only ask the unit what it is")
	c.BoolVar(&f.json, "json", false, "print JSON")
	c.Var(keyValues(f.device.Options), "option", "an option of the device: `KEY=VALUE`, such as base=0; may be given several times")
	if err := c.parse(1); err != nil {
		return err
	}
	if len(c.rest) != 1 {
		return usagef("name the unit, such as modbus://192.0.2.7:502?unit=1, or with --project a device")
	}
	f.device.Name, f.device.Driver, f.device.Endpoint = "unit", "modbus", c.rest[0]
	if *folder != "" {
		if err := deviceOf(*folder, c.rest[0], "modbus", &f.device); err != nil {
			return err
		}
	}
	if strings.HasPrefix(c.rest[0], "opc.tcp://") {
		return usagef("scan reads registers of Modbus units; penstock browse %s lists what an OPC UA server has", c.rest[0])
	}
	if *from < 0 || *from > 0xFFFF {
		return usagef("--from is 0 to 65535")
	}
	f.opts.From = uint16(*from)
	for _, name := range strings.Split(*tables, ",") {
		switch name {
		case "holding":
			f.opts.Tables = append(f.opts.Tables, reg.Holding)
		case "input":
			f.opts.Tables = append(f.opts.Tables, reg.Input)
		case "coil":
			f.opts.Tables = append(f.opts.Tables, reg.Coil)
		case "discrete":
			f.opts.Tables = append(f.opts.Tables, reg.Discrete)
		default:
			return usagef("--table is holding, input, coil, discrete, or several with commas")
		}
	}
	return nil
}

func scan(ctx context.Context, c *call, in io.Reader) error {
	var f scanFlags
	if err := f.parse(c); err != nil {
		return err
	}
	d := new(modbus.Driver)
	if err := d.CheckDevice(f.device); err != nil {
		return usageError{err}
	}
	if f.identify {
		return identify(ctx, c, d, &f)
	}
	s, err := d.Scan(ctx, f.device, f.opts)
	if err != nil {
		return inPlainWords(err)
	}
	defer s.Close()
	if f.show != "" {
		return find(ctx, c, s, &f, in)
	}
	var before survey.Snapshot
	for pass := 0; pass < max(1, f.passes) || f.live; pass++ {
		now, err := s.Pass(ctx)
		if f.live && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return inPlainWords(err)
		}
		if f.live && !f.json {
			fmt.Fprint(c.out, newScreen)
		}
		if err := printRows(c.out, now.Rows(s.Base(), before), f.json); err != nil {
			return err
		}
		if pass == 0 || f.live {
			printThere(c.err, now)
		}
		before = now
	}
	return nil
}

// newScreen makes a terminal begin at its top again.
const newScreen = "\x1b[H\x1b[2J"

// printThere says which of what was asked for the unit has.
func printThere(w io.Writer, s survey.Snapshot) {
	var there []string
	for _, r := range s.Ranges() {
		there = append(there, r.String())
	}
	if len(there) == 0 {
		fmt.Fprintln(w, "the unit answers, but has nothing of what was asked for; try other --from, --count and --table")
		return
	}
	fmt.Fprintf(w, "the unit has %s, and nothing else of what was asked for\n", strings.Join(there, ", "))
}

// inPlainWords puts what an electrician can do with it before the error.
func inPlainWords(err error) error {
	return fmt.Errorf("%s (%w)", strings.TrimSuffix(drivers.Words(err), "."), err)
}

func identify(ctx context.Context, c *call, d *modbus.Driver, f *scanFlags) error {
	id, err := d.Identify(ctx, f.device)
	if err != nil {
		return inPlainWords(err)
	}
	if f.json {
		return json.NewEncoder(c.out).Encode(id)
	}
	for _, field := range id {
		fmt.Fprintf(c.out, "%s: %s\n", field.Name, field.Text)
	}
	return nil
}

// find ranks after every number it is told.
func find(ctx context.Context, c *call, s *modbus.Scanner, f *scanFlags, in io.Reader) error {
	finder := survey.NewFinder(s.Base())
	lines := bufio.NewScanner(in)
	for shown := f.show; shown != ""; shown = strings.TrimSpace(lines.Text()) {
		now, err := s.Pass(ctx)
		if err != nil {
			return inPlainWords(err)
		}
		if err := finder.Observe(shown, now); err != nil {
			fmt.Fprintln(c.err, err)
		} else if err := printCandidates(c.out, finder.Best(10), f.json); err != nil {
			return err
		}
		fmt.Fprint(c.err, "what does the display show now? (empty line ends) ")
		if !lines.Scan() {
			break
		}
	}
	fmt.Fprintln(c.err)
	return lines.Err()
}

func printRows(w io.Writer, rows []survey.Row, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "address\twire\thex\tuint16\tint16\tuint32 ABCD\tuint32 CDAB\tfloat32 ABCD\tfloat32 CDAB\ttext\t\t")
	for _, r := range rows {
		mark := ""
		if r.Changed {
			mark = "changed"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t\n",
			r.Address, r.Wire, r.Hex, r.Uint16, r.Int16, r.Uint32, r.Uint32S, r.Float, r.FloatS, r.Text, mark)
	}
	return t.Flush()
}

func printCandidates(w io.Writer, best []survey.Candidate, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(best)
	}
	if len(best) == 0 {
		fmt.Fprintln(w, "nothing that was read fits; it may be in registers that were not read (--from, --count, --table),\nor the display shows another unit than the register")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "address\twire\ttype\ttimes\treads now\tfits\thow sure")
	for _, k := range best {
		fmt.Fprintf(t, "%s\t%s\t%s\t%g\t%.6g\t%d of %d\t%s (%.0f bits)\n", k.Address, k.Wire, k.Type, k.Factor, k.Value, k.Fits, k.Of, k.Sure, k.Bits)
	}
	return t.Flush()
}
