package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"penstock/drivers/sim/plantserver"
	"penstock/drivers/sim/waterworks"
)

// words is a flag that may be given several times.
type words []string

func (w *words) String() string     { return strings.Join(*w, " ") }
func (w *words) Set(s string) error { *w = append(*w, s); return nil }

// refusal says what to do about a plant that did not start: a port in use and
// a recording that cannot be read are no mistakes in the call.
func refusal(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "listen" {
		return fmt.Errorf("%w; stop what uses the port, or take free ones with --opcua 127.0.0.1:0 --modbus 127.0.0.1:0", err)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return usageError{err}
}

var plantVerb = verb{
	name: "plant", args: "[--opcua ADDR] [--modbus ADDR] [--scenario NAME[@DELAY]] [--replay FILE.csv]", short: "run the simulated waterworks",
	long: `Runs a simulated waterworks as a real OPC UA server and a real Modbus TCP server on
loopback, and prints where they listen. With --replay it serves a recording instead:
a CSV whose first column is a time and whose other columns become signals.

Scenarios: ` + strings.Join(waterworks.ScenarioNames(), ", ") + `.`,
	run: func(ctx context.Context, c *call) error {
		var o plantserver.Options
		var scenarios words
		c.StringVar(&o.OPCUA, "opcua", "127.0.0.1:48400", "loopback `address` of the OPC UA server; port 0 is any free one")
		c.StringVar(&o.Modbus, "modbus", "127.0.0.1:15020", "loopback `address` of the Modbus TCP server; port 0 is any free one")
		c.Var(&scenarios, "scenario", "rehearse `NAME`, or NAME@2m some time after the start; may be given several times")
		c.DurationVar(&o.Past, "past", 0, "how `long` the waterworks has run already, for clients that read history over OPC UA, such as 4h")
		c.StringVar(&o.Replay, "replay", "", "serve the recording in `FILE` row by row")
		c.Float64Var(&o.Speed, "speed", 1, "how many `times` as fast as the clock the plant or the recording runs")
		c.Int64Var(&o.Seed, "seed", 1, "of the noise and the weather")
		project := c.String("project-out", "", "with --replay: write a project for the recording into the new folder `DIR`")
		untilEOF := c.Bool("until-eof", false, "end when the input ends")
		if err := c.parse(0); err != nil {
			return err
		}
		o.Scenarios = scenarios
		s, err := plantserver.Start(ctx, o)
		if err != nil {
			return refusal(err)
		}
		defer s.Close()
		if *project != "" {
			if o.Replay == "" {
				return usagef("--project-out goes with --replay; the waterworks' project is built in")
			}
			if err := plantserver.WriteProject(o.Replay, *project, s.OPCUAEndpoint(), s.ModbusEndpoint(), o.Speed); err != nil {
				return err
			}
		}
		what := "waterworks"
		if o.Replay != "" {
			what = o.Replay
		}
		fmt.Fprintf(c.out, "plant: %s\nopcua: %s\nmodbus: %s\nready\n", what, s.OPCUAEndpoint(), s.ModbusEndpoint())
		if *untilEOF {
			go func() {
				io.Copy(io.Discard, os.Stdin)
				s.Close()
			}()
		}
		s.Wait()
		return nil
	},
}
