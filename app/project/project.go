package project

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"penstock/app/alarm"
	"penstock/app/spell"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/screens/mimic"
	"penstock/widgets/picture"
)

// The files of a project folder.
const (
	projectFile = "project.toml"
	devicesFile = "devices.toml"
	tagsFile    = "tags.csv"
	alarmsFile  = "alarms.csv"
	displaysDir = "displays"
)

// format is the version of the files that this program writes and reads.
const format = 1

// defaultScan is the scan class of a tag that names none.
const defaultScan = "normal"

// Project is a whole, checked project. It is not changed after Load.
type Project struct {
	Name string // of the plant, shown in the header
	Text string

	Areas     []Area
	Scan      map[string]time.Duration
	Historian Historian
	Journal   Journal
	Users     Users
	Forward   Forward
	Alarming  Alarming
	Shifts    Shifts
	Classes   map[string]alarm.Class

	Devices  []drivers.Device
	Tags     []tag.Def
	Alarms   []alarm.Rule
	Displays []*mimic.Display
	Pictures map[string]*picture.Picture // by file name

	Files Files // what it was read from
}

// Area is a part of the plant. Areas form a tree.
type Area struct {
	Name, Text, Parent string
}

// Historian is how long the plant's history is kept. Zero days is for ever.
type Historian struct {
	RawDays    int
	MinuteDays int
}

// Journal is what is done with the journal beside keeping it.
type Journal struct {
	Anchors string // a folder that anchors are written to as well, best on another disk or computer; empty: none
}

// Users is what holds for all users of the plant.
type Users struct {
	Codes []string // roles that nobody acts in without one-time codes
}

// Forward is where history is copied to beside the station's own files. It
// holds no password: URLEnv names the environment variable that does.
type Forward struct {
	URLEnv  string // of the connection string; empty: nothing is forwarded
	Station string // name of this station in the database; empty: the computer's
	Batch   int    // samples of one transaction, about; 0: as the forwarder likes
}

// Alarming is what holds for all alarms of the plant.
type Alarming struct {
	MaxShelve    time.Duration // longest time on the shelf where a class says nothing
	LinkPriority int           // of the alarm that a lost link raises; 0: none
	Priorities   alarm.PriorityNames
}

// Device returns the device with a name, or nil.
func (p *Project) Device(name string) *drivers.Device {
	for i := range p.Devices {
		if p.Devices[i].Name == name {
			return &p.Devices[i]
		}
	}
	return nil
}

// Display returns the display with a name, or nil.
func (p *Project) Display(name string) *mimic.Display {
	for _, d := range p.Displays {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Redirect points devices at other endpoints than devices.toml has, for a
// plant whose addresses are known only when it runs. A device the project
// does not have is an error.
func (p *Project) Redirect(endpoints map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		d := p.Device(name)
		if d == nil {
			return fmt.Errorf("no device %q; the project has %s", name, strings.Join(p.deviceNames(), ", "))
		}
		d.Endpoint = endpoints[name]
	}
	return nil
}

func (p *Project) deviceNames() (out []string) {
	for _, d := range p.Devices {
		out = append(out, d.Name)
	}
	return out
}

func (p *Project) areaNames() (out []string) {
	for _, a := range p.Areas {
		out = append(out, a.Name)
	}
	return out
}

func (p *Project) hasArea(name string) bool { return slices.Contains(p.areaNames(), name) }

func (p *Project) scanNames() []string { return slices.Sorted(maps.Keys(p.Scan)) }

// readProject reads project.toml.
func readProject(text []byte, probs *Problems) *Project {
	p := &Project{Scan: map[string]time.Duration{}, Classes: map[string]alarm.Class{}}
	t := readTOML(projectFile, text, probs)
	if t == nil {
		return nil
	}
	if v := t.number("format", 0, 0, 1<<31); v != format {
		t.wrong("format", fmt.Sprintf("format is %d, this program reads %d", v, format), fmt.Sprintf("write format = %d, or use the program the project was made with", format))
	}
	p.Name, p.Text = t.text("name", ""), t.text("description", "")
	if p.Name == "" {
		t.wrong("name", "the project has no name", "write name = \"...\", it stands in the header of the control room")
	}
	for _, a := range t.each("area") {
		p.area(a)
	}
	for i, a := range p.Areas {
		if a.Parent != "" && !p.hasArea(a.Parent) {
			t.wrong(fmt.Sprintf("area#%d.parent", i), fmt.Sprintf("area %s is part of %q, which is not an area", a.Name, a.Parent), spell.Near(a.Parent, p.areaNames()))
		}
	}
	scan := t.sub("scan")
	for _, name := range scan.keys() {
		switch d := scan.duration(name, -1); {
		case d >= minPeriod:
			p.Scan[name] = d
		case d >= 0:
			scan.wrong(name, fmt.Sprintf("scan class %s is faster than %v", name, minPeriod), "no device is asked more often than that")
		}
	}
	if _, ok := p.Scan[defaultScan]; !ok {
		p.Scan[defaultScan] = time.Second
	}
	h := t.sub("historian")
	p.Historian = Historian{RawDays: int(h.number("raw_days", 0, 0, 36500)), MinuteDays: int(h.number("minute_days", 0, 0, 36500))}
	h.done()
	j := t.sub("journal")
	if p.Journal = (Journal{Anchors: j.text("anchors", "")}); p.Journal.Anchors != "" && !filepath.IsAbs(p.Journal.Anchors) {
		j.wrong("anchors", fmt.Sprintf("anchors is %q, which is not a whole path", p.Journal.Anchors), "write where the folder is from the root on, best on another disk or computer")
	}
	j.done()
	u := t.sub("users")
	p.Users.Codes = u.words("codes")
	u.done()
	p.readForward(t.sub("forward"))
	a := t.sub("alarms")
	p.Alarming = Alarming{MaxShelve: a.duration("max_shelve", alarm.DefaultShelve), LinkPriority: int(a.number("link_priority", 2, 0, 4)),
		Priorities: a.priorities("priorities")}
	a.done()
	p.Shifts = t.sub("shifts").readShifts()
	p.readClasses(t)
	t.done()
	return p
}

func (p *Project) readForward(t *table) {
	p.Forward = Forward{URLEnv: t.text("url_env", ""), Station: t.text("station", ""), Batch: int(t.number("batch", 0, 0, 100_000))}
	switch {
	case strings.ContainsAny(p.Forward.URLEnv, ":/= "):
		t.wrong("url_env", "url_env is not the name of an environment variable", "write url_env = \"PENSTOCK_FORWARD\" and put the connection string in that variable: a password never stands in a project")
	case p.Forward.URLEnv == "" && (p.Forward.Station != "" || p.Forward.Batch != 0):
		t.wrong("station", "forward has no url_env, so nothing is forwarded", "write url_env = \"PENSTOCK_FORWARD\", the variable that holds the connection string")
	}
	t.done()
}

// minPeriod bounds how often a scan class may ask a device.
const minPeriod = 20 * time.Millisecond

func (p *Project) area(t *table) {
	a := Area{Name: t.text("name", ""), Text: t.text("text", ""), Parent: t.text("parent", "")}
	t.done()
	if why := badName(a.Name); why != "" {
		t.wrong("name", fmt.Sprintf("the area's name %s", why), "give it a short name such as \"HL\"")
		return
	}
	if p.hasArea(a.Name) {
		t.wrong("name", fmt.Sprintf("area %s is there twice", a.Name), "remove one")
		return
	}
	p.Areas = append(p.Areas, a)
}

// readDevices reads devices.toml.
func readDevices(text []byte, p *Project, set drivers.Set, probs *Problems) (ok bool) {
	t := readTOML(devicesFile, text, probs)
	if t == nil {
		return false
	}
	all := t.sub("device")
	for _, name := range all.keys() {
		d := all.sub(name)
		p.Devices = append(p.Devices, d.device(name, set))
	}
	t.done()
	return true
}

func (t *table) device(name string, set drivers.Set) drivers.Device {
	d := drivers.Device{
		Name: name, Driver: t.text("driver", ""), Endpoint: t.text("endpoint", ""),
		Timeout: t.duration("timeout", 0), MaxSkew: t.duration("max_skew", 0), Past: t.duration("past", 0), Disabled: t.flag("disabled"),
		Options: map[string]string{},
	}
	t.text("description", "")
	opts := t.sub("options")
	for _, k := range opts.keys() {
		d.Options[k] = opts.text(k, "")
	}
	t.done()
	if why := badName(name); why != "" {
		t.wrong("driver", fmt.Sprintf("the device's name %s", why), "use letters, digits, - and _")
	}
	drv := set[d.Driver]
	if drv == nil {
		names := slices.Sorted(maps.Keys(set))
		t.wrong("driver", fmt.Sprintf("device %s: there is no driver %q", name, d.Driver), orElse(spell.Near(d.Driver, names), "known: "+strings.Join(names, ", ")))
		return d
	}
	for _, err := range split(drv.CheckDevice(d)) {
		t.wrong("endpoint", fmt.Sprintf("device %s: %v", name, err), "")
	}
	return d
}

// split takes a joined error apart, so that each mistake is a line.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}
