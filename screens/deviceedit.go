package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/auth"
	"penstock/app/project"
)

// DeviceEditor is a Room whose devices can be changed. Methods with a context
// block until the plant runs with the change or the context ends; screens call
// them from goroutines of their own. An error may be a list of problems, one a
// line; then nothing has changed.
type DeviceEditor interface {
	// Fixed says why nothing of the project can be changed here, and what to
	// do about it; nil where it can. It returns at once.
	Fixed() error
	// Drivers are the names of the drivers there are, in order.
	Drivers() []string
	// DeviceCells is a device as it stands in devices.toml, by key; keys of the
	// driver's own settings begin with "options.".
	DeviceCells(name string) (map[string]string, error)
	// SetDevice adds a device, or changes one that is there.
	SetDevice(ctx context.Context, s Session, row project.DeviceRow) error
	// DropDevice takes a device out of the project.
	DropDevice(ctx context.Context, s Session, name string) error
	// Edited is what was changed in the project's folder since the plant took
	// it up. It reads all files.
	Edited() ([]project.Change, error)
	// TakeUp has the plant run the project as its folder is now; changes is
	// how many there were when a person looked.
	TakeUp(ctx context.Context, s Session, changes int) error
}

// endpoints are examples, by driver.
var endpointHints = map[string]string{
	"opcua":  "opc.tcp://192.0.2.7:4840",
	"modbus": "modbus://192.0.2.7:502?unit=1, rtu:///dev/ttyUSB0?baud=19200&unit=3",
	"sim":    "sim://name",
}

var settingHints = map[string]string{
	"opcua":  "policy = None; user = plc; password = secret:plc1",
	"modbus": "gap = 4; never_read = 40100-40199",
}

// mayChange returns who can change a part of the project, such as tags;
// otherwise it has told why nobody can.
func mayChange[E interface{ Fixed() error }](s *Station, part string) (e E, ok bool) {
	e, ok = s.room.(E)
	switch {
	case !ok:
		s.status.tell(s.opts.Now(), "The "+part+" are not kept at this station.", true)
	case e.Fixed() != nil:
		s.status.tell(s.opts.Now(), sentence(e.Fixed()), true)
	default:
		return e, s.may(auth.Configure, "")
	}
	return e, false
}

// askDevice opens the form of a device; of a new one where name is empty.
func (s *Station) askDevice(name string) {
	room, ok := mayChange[DeviceEditor](s, "devices")
	if !ok {
		return
	}
	was := map[string]string{"driver": "opcua"}
	if name != "" {
		var err error
		if was, err = room.DeviceCells(name); err != nil {
			s.status.tell(s.opts.Now(), sentence(err), true)
			return
		}
	}
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	box := container.NewVBox()
	read := map[string]func() string{}
	field := func(word, hint, text string) *entry {
		e := newEntry(key)
		e.SetPlaceHolder(hint)
		e.SetText(text)
		e.OnSubmitted = func(string) { d.yes.OnTapped() }
		box.Add(container.New(&labelled{130}, widget.NewLabel(word), e))
		return e
	}
	var id *entry
	if name == "" {
		id = field("Name", "such as PLC1; tags name their device by it", "")
	}
	cell := func(col, word, hint string) *entry {
		e := field(word, hint, was[col])
		read[col] = func() string { return strings.TrimSpace(e.Text) }
		return e
	}
	cell("description", "Description", "what it is and where it stands")
	driver := s.newChoice(room.Drivers(), nil)
	box.Add(container.New(&labelled{130}, widget.NewLabel("Driver"), driver))
	read["driver"] = func() string { return driver.Selected }
	endpoint := cell("endpoint", "Endpoint", "")
	cell("timeout", "Timeout", "of one request, such as 2s; empty: the driver's own")
	cell("past", "Own history", "how far back it is read for new tags, such as 4h; empty: not at all")
	settings := field("Settings", "", settingsText(was))
	driver.OnChanged = func(d string) {
		endpoint.SetPlaceHolder("such as " + endpointHints[d])
		settings.SetPlaceHolder("none; such as " + settingHints[d])
		if settingHints[d] == "" {
			settings.SetPlaceHolder("none")
		}
	}
	driver.SetSelected(was["driver"])
	off := s.newTick("Out of service: nothing goes over its line")
	off.SetChecked(was["disabled"] == "true")
	box.Add(container.New(&indented{130}, off))
	title, verb, first := "Device "+name, "Save", endpoint
	if name == "" {
		title, verb, first = "New device", "Add", id
	}
	d = s.askIn(620, title, box, verb, first, func(d *dialog) string {
		row := project.DeviceRow{Name: name, Cells: map[string]string{}}
		if id != nil {
			row.Name = strings.TrimSpace(id.Text)
		}
		for col, text := range read {
			if now := text(); now != was[col] || name == "" && now != "" {
				row.Cells[col] = now
			}
		}
		if off.Checked != (was["disabled"] == "true") {
			row.Cells["disabled"] = map[bool]string{true: "true"}[off.Checked]
		}
		if wrong := readSettings(settings.Text, was, row.Cells); wrong != "" {
			return wrong
		}
		switch {
		case row.Name == "":
			return "Name the device."
		case id != nil && s.room.Project().Device(row.Name) != nil:
			return "There is a device " + row.Name + " already."
		case id == nil && len(row.Cells) == 0:
			return ""
		}
		who := s.session
		s.wire(d, "The plant runs with device "+row.Name, func(ctx context.Context) error { return room.SetDevice(ctx, who, row) })
		return stillOpen
	})
}

// wire does something to the devices in the background; a list of problems is
// told in the dialog.
func (s *Station) wire(d *dialog, done string, do func(context.Context) error) {
	d.wait()
	var err error
	s.act(func(ctx context.Context) { err = do(ctx) }, func() {
		if err != nil {
			d.fail(fewLines(err.Error(), 6))
			return
		}
		d.close()
		s.status.tell(s.opts.Now(), done+".", false)
	})
}

// optionsKey begins the keys of a driver's own settings.
const optionsKey = "options."

// settingsText is a device's own settings in one line.
func settingsText(cells map[string]string) string {
	var out []string
	for k, v := range cells {
		if name, ok := strings.CutPrefix(k, optionsKey); ok {
			out = append(out, name+" = "+v)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// readSettings puts what differs between a line of settings and what was into
// cells; it says what is wrong with the line.
func readSettings(line string, was, cells map[string]string) string {
	is := map[string]bool{}
	for part := range strings.SplitSeq(line, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		k, v, ok := strings.Cut(part, "=")
		k, v = optionsKey+strings.TrimSpace(k), strings.Trim(strings.TrimSpace(v), `"`)
		switch {
		case !ok || k == optionsKey || v == "":
			return fmt.Sprintf("%q is no setting. Write name = value, and ; between two.", part)
		case is[k]:
			return fmt.Sprintf("The setting %s stands there twice.", strings.TrimPrefix(k, optionsKey))
		}
		is[k] = true
		if was[k] != v {
			cells[k] = v
		}
	}
	for k := range was {
		if strings.HasPrefix(k, optionsKey) && !is[k] {
			cells[k] = ""
		}
	}
	return ""
}

// askDropDevice takes a device out of the project when no tag needs it.
func (s *Station) askDropDevice(name string) {
	room, ok := mayChange[DeviceEditor](s, "devices")
	if !ok {
		return
	}
	say := widget.NewLabel("Its link ends. What it has recorded stays in history. A device that tags still name is not removed.")
	say.Wrapping = fyne.TextWrapWord
	who := s.session
	s.ask("Remove device "+name+"?", say, "Remove", nil, func(d *dialog) string {
		s.wire(d, "Device "+name+" was removed", func(ctx context.Context) error { return room.DropDevice(ctx, who, name) })
		return stillOpen
	})
}

// askTakeUp shows what was changed in the project's folder by other means, and
// has the plant run with it.
func (s *Station) askTakeUp() {
	room, ok := mayChange[DeviceEditor](s, "devices")
	if !ok {
		return
	}
	var changes []project.Change
	var err error
	s.act(func(context.Context) { changes, err = room.Edited() }, func() {
		switch {
		case err != nil:
			say := widget.NewLabel(fewLines(err.Error(), 12))
			say.Wrapping = fyne.TextWrapWord
			s.askIn(720, "The files of the project have mistakes", container.NewVBox(say, widget.NewLabel("The plant goes on with what it has.")), "Look again", nil, func(d *dialog) string {
				d.close()
				s.askTakeUp()
				return stillOpen
			})
			return
		case len(changes) == 0:
			s.status.tell(s.opts.Now(), "The plant runs the files of the project's folder as they are now.", false)
			return
		}
		var lines []string
		for _, c := range changes {
			lines = append(lines, c.String())
		}
		say := widget.NewLabel(fewLines(strings.Join(lines, "\n"), 14))
		say.Wrapping = fyne.TextWrapWord
		who := s.session
		s.askIn(720, plural(len(changes), "change", "changes")+" in the project's folder", say, "Run with this", nil, func(d *dialog) string {
			s.wire(d, "The plant runs with what was changed", func(ctx context.Context) error { return room.TakeUp(ctx, who, len(changes)) })
			return stillOpen
		})
	})
}
