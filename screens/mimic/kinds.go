package mimic

import "slices"

// Kind describes one sort of item: what can be set and bound. The editor's
// property sheet, the checks and the scene all read this table.
type Kind struct {
	Name  string
	Text  string // for the palette
	Group string // of the palette
	W, H  float64
	Lined bool // has points instead of a box
	Props []Prop
	Roles []Role
}

// PropType is what a setting holds.
type PropType uint8

// The types of settings.
const (
	PropText    PropType = iota
	PropNumber           // from Lo to Hi
	PropFlag             // true or false
	PropChoice           // one of Choices
	PropNumbers          // a list of numbers, Lo to Hi of them
)

// Prop is one setting of a kind.
type Prop struct {
	Name    string
	Type    PropType
	Choices []string
	Lo, Hi  float64 // of a number, none when equal; of a list, how many
	Help    string
}

// Role is one thing a tag can be bound to.
type Role struct {
	Name   string
	Needed bool
	Help   string
}

// Tones are the only colours a display may ask for. There is none for
// "running" or "open": colour is for alarms, which bring their own.
var Tones = []string{"normal", "dim", "strong", "panel", "line", "fill", "light", "dark", "contents"}

var (
	labelProp = Prop{Name: "label", Help: "what operators call it"}
	placeProp = Prop{Name: "place", Type: PropChoice, Choices: []string{"below", "above", "left", "right", "none"}, Help: "where the label stands"}
	faceProp  = Prop{Name: "facing", Type: PropChoice, Choices: []string{"right", "left", "up", "down"}, Help: "where the flow leaves"}
	sizeProp  = Prop{Name: "size", Type: PropNumber, Lo: 6, Hi: 200, Help: "height of the text, display units"}
	alignProp = Prop{Name: "align", Type: PropChoice, Choices: []string{"left", "center", "right"}}
	toneProp  = Prop{Name: "tone", Type: PropChoice, Choices: Tones}
	angleProp = Prop{Name: "angle", Type: PropNumber, Lo: -360, Hi: 360, Help: "turned by this, degrees clockwise"}
	fillProp  = Prop{Name: "fill", Type: PropChoice, Choices: append([]string{"none"}, Tones...), Help: "of its ground"}
	widthProp = Prop{Name: "width", Type: PropNumber, Lo: 0.5, Hi: 60, Help: "of the line, display units"}
	loProp    = Prop{Name: "lo", Type: PropNumber, Help: "low end of the scale; without it the tag's range"}
	hiProp    = Prop{Name: "hi", Type: PropNumber, Help: "high end of the scale"}
	bandProp  = Prop{Name: "normal", Type: PropNumbers, Lo: 2, Hi: 2, Help: "low and high end of the normal band; without it what lies between the alarm limits"}
	unitProp  = Prop{Name: "unit", Type: PropFlag, Help: "write the unit"}

	valueRole = Role{Name: "value", Needed: true, Help: "the value shown"}
	runRole   = Role{Name: "run", Help: "running when not zero"}
	faultRole = Role{Name: "fault", Help: "tripped when not zero"}
	angleRole = Role{Name: "angle", Help: "turns it further, degrees clockwise; a line around its first corner"}
	modeRole  = Role{Name: "mode", Help: "selector: its state's name is shown as a letter when it is not automatic"}
)

func kind(name, text, group string, w, h float64, props []Prop, roles ...Role) Kind {
	return Kind{Name: name, Text: text, Group: group, W: w, H: h, Props: props, Roles: roles}
}

func machine(name, text string, w, h float64, roles ...Role) Kind {
	return kind(name, text, "Machines", w, h, []Prop{labelProp, placeProp, faceProp, angleProp}, slices.Concat([]Role{runRole, faultRole, modeRole}, roles, []Role{angleRole})...)
}

// Kinds is every kind of item, in the order of the palette.
var Kinds = []Kind{
	kind("value", "Value", "Values", 110, 44, []Prop{labelProp, placeProp, sizeProp, unitProp, alignProp}, valueRole),
	kind("setpoint", "Set point", "Values", 110, 44, []Prop{labelProp, placeProp, sizeProp, unitProp, alignProp}, valueRole),
	kind("state", "State as text", "Values", 120, 30, []Prop{labelProp, placeProp, sizeProp, alignProp}, valueRole),
	kind("indicator", "Moving analog indicator", "Values", 60, 200,
		[]Prop{labelProp, loProp, hiProp, bandProp, unitProp, {Name: "lying", Type: PropFlag, Help: "level instead of upright"}},
		valueRole, Role{Name: "setpoint", Help: "marked on the scale"}),
	kind("bar", "Bar", "Values", 24, 120, []Prop{labelProp, loProp, hiProp, {Name: "lying", Type: PropFlag, Help: "level instead of upright"}}, valueRole),
	kind("spark", "Sparkline", "Values", 140, 40,
		[]Prop{labelProp, loProp, hiProp, bandProp, {Name: "span", Type: PropNumber, Lo: 60, Hi: 7 * 86400, Help: "seconds shown; 3600 without it"}}, valueRole),
	kind("trend", "Trend box", "Values", 320, 200,
		[]Prop{labelProp, loProp, hiProp, {Name: "span", Type: PropNumber, Lo: 60, Hi: 7 * 86400, Help: "seconds shown; 3600 without it"}, {Name: "names", Help: "names of the lines, separated by |; without it the tags' descriptions"}}, spokes(symbolPens)...),
	kind("star", "Deviation star", "Values", 160, 160, []Prop{labelProp}, spokes(12)...),
	kind("table", "Table of values", "Values", 300, 160, []Prop{labelProp, sizeProp, {Name: "rows", Help: "names of the rows, separated by |; without it the tags' descriptions"}}, spokes(24)...),
	kind("badge", "Alarm badge", "Values", 22, 22, []Prop{{Name: "area", Help: "plant areas whose worst alarm is shown, with spaces between"}}),
	kind("mode", "Mode", "Values", 24, 24, nil, valueRole),
	kind("interlock", "Interlock", "Values", 24, 24, []Prop{labelProp, placeProp}, valueRole),
	kind("bubble", "Instrument bubble", "Values", 46, 46,
		[]Prop{{Name: "text", Help: "such as FT 601"}, {Name: "where", Type: PropChoice, Choices: []string{"field", "panel", "shared", "computer", "plc"}, Help: "ISA-5.1: what surrounds the circle"}},
		Role{Name: "value"}),

	kind("tank", "Tank", "Vessels", 140, 160,
		[]Prop{labelProp, placeProp, {Name: "shape", Type: PropChoice, Choices: []string{"closed", "open", "basin", "round"}}, loProp, hiProp},
		Role{Name: "level", Help: "drawn as contents"}, Role{Name: "blanket", Help: "a layer at the bottom, on the same scale"}),
	kind("vessel", "Pressure vessel", "Vessels", 90, 160, []Prop{labelProp, placeProp, loProp, hiProp}, Role{Name: "level"}),
	kind("filter", "Gravity filter", "Vessels", 150, 180, []Prop{labelProp, placeProp, loProp, hiProp},
		Role{Name: "level"}, Role{Name: "state", Help: "its name is written; 0 is out of service, 1 is at work, others stand out"}, modeRole),
	kind("settler", "Settling tank", "Vessels", 220, 150, []Prop{labelProp, placeProp, loProp, hiProp},
		Role{Name: "level"}, Role{Name: "blanket", Help: "sludge blanket, on the same scale"}, Role{Name: "run", Help: "scraper"}, Role{Name: "fault", Help: "scraper"}, modeRole),
	kind("exchanger", "Heat exchanger", "Vessels", 90, 90, []Prop{labelProp, placeProp, faceProp, angleProp}, angleRole),

	machine("pump", "Pump", 70, 90, Role{Name: "speed", Help: "percent, written under the label"}),
	machine("doser", "Dosing pump", 60, 80, Role{Name: "speed", Help: "stroke in percent"}),
	machine("motor", "Motor", 50, 70),
	machine("mixer", "Mixer", 60, 100),
	machine("fan", "Fan", 70, 90),
	machine("blower", "Blower", 70, 90),
	machine("compressor", "Compressor", 70, 90),
	machine("screen", "Raked screen", 70, 120),
	machine("conveyor", "Conveyor", 160, 60),
	kind("valve", "Valve", "Machines", 50, 60,
		[]Prop{labelProp, placeProp, faceProp, angleProp, {Name: "type", Type: PropChoice, Choices: []string{"onoff", "control", "threeway", "penstock", "check"}}},
		Role{Name: "state", Help: "its name says open, closed, opening, closing or fault"},
		Role{Name: "position", Help: "percent open"}, Role{Name: "command", Help: "wanted percent open"}, faultRole, modeRole, angleRole),

	{Name: "pipe", Text: "Pipe", Group: "Pipes", Lined: true,
		Props: []Prop{widthProp, {Name: "carries", Type: PropChoice, Choices: []string{"water", "sludge", "chemical", "air", "signal"}},
			{Name: "arrow", Type: PropChoice, Choices: []string{"none", "end", "middle"}}},
		Roles: []Role{{Name: "flow", Help: "above zero it flows along the line, below zero against it, at zero it is hollow"}, angleRole}},
	{Name: "line", Text: "Line", Group: "Pipes", Lined: true, Props: []Prop{widthProp, toneProp, {Name: "dashed", Type: PropFlag}}, Roles: []Role{angleRole}},
	kind("terminal", "Connection to another display", "Pipes", 150, 34, []Prop{{Name: "text"}, faceProp, {Name: "end", Type: PropChoice, Choices: []string{"from", "to"}}}),

	kind("text", "Text", "Page", 160, 24, []Prop{{Name: "text"}, sizeProp, alignProp, toneProp, {Name: "bold", Type: PropFlag}, angleProp}, angleRole),
	kind("shape", "Shape", "Page", 100, 80,
		[]Prop{labelProp, placeProp, {Name: "form", Type: PropChoice, Choices: []string{"rectangle", "rounded", "ellipse", "diamond", "triangle", "hexagon"}}, fillProp, toneProp, widthProp, loProp, hiProp, angleProp},
		Role{Name: "level", Help: "fills it from the bottom"}, angleRole),
	kind("picture", "Picture from a file", "Page", 160, 120,
		[]Prop{labelProp, placeProp, {Name: "file", Help: "a PNG, JPEG or SVG file in the project's folder pictures"}, {Name: "colours", Type: PropFlag, Help: "its own instead of greys"}, angleProp}, Role{Name: "value", Help: "its marks and alarms are shown"}, angleRole),
	kind("panel", "Panel", "Page", 300, 200, []Prop{{Name: "title"}, {Name: "plain", Type: PropFlag, Help: "without a frame"}}),
	kind("nav", "Button to a display", "Page", 160, 44, []Prop{{Name: "text"}, {Name: "area", Help: "plant areas whose worst alarm is shown, with spaces between"}}),
	kind("button", "Button that writes", "Page", 140, 40, []Prop{{Name: "text"}, {Name: "write", Type: PropNumber, Help: "the value written when pressed"}}, Role{Name: "target", Needed: true, Help: "the tag written"}),
	{Name: templateKind, Text: "Template", Group: "Page", W: 160, H: 160},
}

const templateKind = "template"

// symbolPens is how many lines a trend box holds.
const symbolPens = 4

// spokes are n numbered roles, the first needed.
func spokes(n int) (out []Role) {
	for i := range n {
		out = append(out, Role{Name: string(rune('a' + i)), Needed: i == 0})
	}
	return out
}

var kindsByName = func() map[string]*Kind {
	m := map[string]*Kind{}
	for i := range Kinds {
		m[Kinds[i].Name] = &Kinds[i]
	}
	return m
}()

// KindOf returns the kind with a name, or nil.
func KindOf(name string) *Kind { return kindsByName[name] }

// Prop returns the setting with a name, or nil.
func (k *Kind) Prop(name string) *Prop {
	for i := range k.Props {
		if k.Props[i].Name == name {
			return &k.Props[i]
		}
	}
	return nil
}

// Role returns the role with a name, or nil. The roles in AnyRoles belong to
// every kind.
func (k *Kind) Role(name string) *Role {
	for i := range k.Roles {
		if k.Roles[i].Name == name {
			return &k.Roles[i]
		}
	}
	for i := range AnyRoles {
		if AnyRoles[i].Name == name {
			return &AnyRoles[i]
		}
	}
	return nil
}

// AnyRoles are what every item can be bound to.
var AnyRoles = []Role{
	{Name: "visible", Help: "hides the item while it is zero or false"},
	{Name: "text", Help: "written instead of the label or text"},
	{Name: "tone", Help: "a tone by its name or number, from 0 on"},
	{Name: "dx", Help: "moves the item to the right, display units"},
	{Name: "dy", Help: "moves the item down, display units"},
}

// AnyRole reports whether every item can be bound to a role.
func AnyRole(name string) bool {
	return slices.ContainsFunc(AnyRoles, func(r Role) bool { return r.Name == name })
}

// RuleTargets are what a rule may set.
var RuleTargets = []Prop{
	{Name: "visible", Type: PropFlag},
	{Name: "text", Type: PropText, Help: "instead of the label or text"},
	{Name: "tone", Type: PropChoice, Choices: Tones},
	{Name: "fill", Type: PropChoice, Choices: Tones, Help: "of the ground of a shape"},
	{Name: "service", Type: PropFlag, Help: "false draws the item as out of service"},
	{Name: "dx", Type: PropNumber, Help: "moves it to the right, display units"},
	{Name: "dy", Type: PropNumber, Help: "moves it down, display units"},
	{Name: "angle", Type: PropNumber, Lo: -360, Hi: 360, Help: "turns it further, degrees clockwise"},
}

func ruleTarget(name string) *Prop {
	for i := range RuleTargets {
		if RuleTargets[i].Name == name {
			return &RuleTargets[i]
		}
	}
	return nil
}
