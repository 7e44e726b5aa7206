package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"penstock/app/plant"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus"
	"penstock/drivers/opcua"
	"penstock/drivers/opcua/pki"
)

var browseVerb = verb{
	name: "browse", args: "ENDPOINT | DEVICE --project DIR [--data DIR] [--node ADDRESS] [--depth N] [--find TEXT] [--json | --tags DEVICE]", short: "list what an OPC UA server has",
	long: `Lists what is under a node of an OPC UA server, with type, unit, range,
states and description:

  penstock browse opc.tcp://192.0.2.7:4840 --option policy=None
  penstock browse opc.tcp://192.0.2.7:4840 --data DIR --node 'nsu=urn:plc;s=Tank1' --depth 3
  penstock browse PLC1 --project DIR --data DIR

--find looks for a word in names, addresses and descriptions, down to level 8
where --depth does not say otherwise. --tags prints rows ready for tags.csv.
With --project a device of that project is named, and its options are used.
Without policy None the best security the server offers is used; its
certificate must have been trusted in the data folder (penstock certificates).`,
	run: browse,
}

// browseFlags is a call of the verb as it was written.
type browseFlags struct {
	node, find string
	depth      int
	device     string // for --tags
	json       bool
}

func browse(ctx context.Context, c *call) error {
	var f browseFlags
	dev := drivers.Device{Name: "browse", Driver: "opcua", Options: map[string]string{}}
	data := c.String("data", "", "the `folder` with the station's certificates")
	folder := c.String("project", "", "the `folder` of a project that has the device")
	c.StringVar(&f.node, "node", "", "`address` of the node to begin at")
	c.IntVar(&f.depth, "depth", 0, "how many `levels` to go down (default 1, with --find 8)")
	c.StringVar(&f.find, "find", "", "list only what has this `text` in name, address or description")
	c.StringVar(&f.device, "tags", "", "print rows for tags.csv, of this `device`")
	c.BoolVar(&f.json, "json", false, "print a list of objects")
	c.Var(keyValues(dev.Options), "option", "an `option` of the device, as in devices.toml: KEY=VALUE; may be given several times")
	c.DurationVar(&dev.Timeout, "timeout", 4*time.Second, "`time` an answer may take")
	if err := c.parse(1); err != nil {
		return err
	}
	if len(c.rest) != 1 {
		return usagef("name the server's endpoint, like opc.tcp://192.0.2.7:4840, or with --project a device")
	}
	dev.Endpoint = c.rest[0]
	switch {
	case f.depth < 0:
		return usagef("--depth is 1 or more")
	case f.depth == 0 && f.find != "":
		f.depth = findDepth
	case f.depth == 0:
		f.depth = 1
	}
	if *folder != "" {
		if err := deviceOf(*folder, c.rest[0], "opcua", &dev); err != nil {
			return err
		}
	}
	d := opcua.Driver{}
	if *data != "" {
		d.PKI, d.Secret = plant.DataDir(*data).PKIDir(), secretsIn(plant.DataDir(*data).SecretsDir()).Open
	}
	if *folder == "" && !strings.Contains(dev.Endpoint, "://") {
		return usagef("%q is no endpoint, like opc.tcp://192.0.2.7:4840; a device of a project is named together with --project DIR", dev.Endpoint)
	}
	if scheme, _, _ := strings.Cut(dev.Endpoint, "://"); isModbus(scheme) {
		return usagef("browse looks into OPC UA servers; a Modbus unit tells of no names: penstock scan '%s' shows its registers", dev.Endpoint)
	}
	if err := d.CheckDevice(dev); err != nil {
		return usageError{err}
	}
	if *data == "" && !strings.EqualFold(dev.Options["policy"], "None") {
		return usagef("name with --data the folder that has this station's certificates; or write --option policy=None, if the server is to be talked to without security")
	}
	conn, err := d.Connect(ctx, dev)
	if refused, ok := errors.AsType[*pki.Refusal](err); ok && refused.Status == pki.CertificateUntrusted {
		return fmt.Errorf("nobody has trusted the server's certificate yet (%s). Compare this fingerprint with the one the server itself shows; if they are the same: penstock certificates trust %s --data %s", refused.Subject, refused.Thumbprint, *data)
	} else if err != nil {
		return inPlainWords(err)
	}
	defer conn.Close()
	found, err := conn.Walk(ctx, f.node, f.depth, f.find)
	if err != nil {
		return inPlainWords(err)
	}
	if len(found) == 0 {
		fmt.Fprintln(c.err, f.nothing())
	}
	switch {
	case f.json:
		if found == nil {
			found = []opcua.Found{}
		}
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(found)
	case f.device != "":
		return printTags(c, f.device, found)
	}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, n := range found {
		name := strings.Repeat("  ", n.Depth) + n.Name
		if f.find != "" { // what it is under is not in the list
			name = n.Path
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", name, n.Type, rangeText(n.Node), n.Address, n.Text)
	}
	return t.Flush()
}

// findDepth is how far --find looks: plants are seldom deeper, and a server's own
// type system is not looked into.
const findDepth = 8

// nothing says why the list is empty.
func (f *browseFlags) nothing() string {
	if f.find == "" {
		return "there is nothing under this node"
	}
	return fmt.Sprintf("nothing within %s has %q in its name, address or description; --depth looks further down, --node begins elsewhere", count(f.depth, "level"), f.find)
}

// isModbus reports whether an endpoint of this scheme is one of Modbus.
func isModbus(scheme string) bool { return slices.Contains(modbus.Schemes(), scheme) }

// deviceOf puts the endpoint and options of a project's device of this driver in
// dev; options of the command line stay.
func deviceOf(folder, name, driver string, dev *drivers.Device) error {
	all, err := project.LoadDevices(folder, inside())
	if err != nil {
		return notLoaded(err)
	}
	i := slices.IndexFunc(all, func(d drivers.Device) bool { return d.Name == name })
	if i < 0 {
		return usagef("the project has no device %s%s", name, othersOf(all))
	}
	d := all[i]
	if d.Driver != driver {
		return usagef("%s is a device of driver %s; browse looks into those of opcua, penstock scan into those of modbus", name, d.Driver)
	}
	dev.Name, dev.Endpoint = d.Name, d.Endpoint
	for k, v := range d.Options {
		if _, given := dev.Options[k]; !given {
			dev.Options[k] = v
		}
	}
	return nil
}

// othersOf lists devices for whoever named another.
func othersOf(all []drivers.Device) string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// rangeText is unit, range and states in one column.
func rangeText(n drivers.Node) string {
	out := n.Unit
	if n.Lo != n.Hi {
		out = strings.TrimSpace(fmt.Sprintf("%g..%g %s", n.Lo, n.Hi, n.Unit))
	}
	if len(n.States) > 0 {
		out = statesText(n.States)
	}
	return out
}

func statesText(states []tag.State) string {
	var words []string
	for _, s := range states {
		words = append(words, fmt.Sprintf("%d=%s", s.Value, strings.NewReplacer("|", "/", "=", "-").Replace(s.Text)))
	}
	return strings.Join(words, "|")
}

// printTags writes the leaves as rows of tags.csv.
func printTags(c *call, device string, found []opcua.Found) error {
	w := csv.NewWriter(c.out)
	rows := [][]string{{"id", "description", "device", "address", "kind", "unit", "lo", "hi", "states", "access"}}
	times := map[string]int{}
	for _, n := range found {
		times[n.Name]++
	}
	for _, n := range found {
		if !n.Leaf {
			continue
		}
		id := n.Name
		if times[id] > 1 || strings.HasPrefix(id, "[") {
			id = n.Path
		}
		lo, hi, access := "", "", "r"
		if n.Lo != n.Hi {
			lo, hi = strconv.FormatFloat(n.Lo, 'g', -1, 64), strconv.FormatFloat(n.Hi, 'g', -1, 64)
		}
		if n.Writable {
			access = "rw"
		}
		rows = append(rows, []string{id, n.Text, device, n.Address, kindOf(n.Type), n.Unit, lo, hi, statesText(n.States), access})
	}
	return errors.Join(w.WriteAll(rows), w.Error())
}

// kindOf is the kind of tag an OPC UA type makes.
func kindOf(typ string) string {
	switch typ {
	case "Float", "Double", "UInt64":
		return "float"
	case "Boolean":
		return "bool"
	case "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "StatusCode":
		return "int"
	}
	return "text"
}
