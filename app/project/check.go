package project

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"penstock/app/calc"
	"penstock/app/spell"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/screens/mimic"
)

// readDisplays reads displays/*.json. It returns those that are there and
// cannot be read.
func readDisplays(fsys fs.FS, p *Project, probs *Problems) (unread map[string]*mimic.Display) {
	unread = map[string]*mimic.Display{}
	for _, name := range displayFiles(fsys, probs) {
		stem := strings.TrimSuffix(path.Base(name), ".json")
		text := read(fsys, name, probs)
		if text == nil {
			unread[stem] = &mimic.Display{Name: stem}
			continue
		}
		d, err := mimic.Parse(name, text)
		if err != nil {
			take(probs, name, err)
			unread[stem] = &mimic.Display{Name: stem}
			continue
		}
		p.Displays = append(p.Displays, d)
	}
	return unread
}

// take takes over what was found wrong in a file.
func take(probs *Problems, name string, err error) {
	found, ok := errors.AsType[Problems](err)
	if !ok {
		probs.Add(name, 0, err.Error(), "")
	}
	*probs = append(*probs, found...)
}

// checker looks at what lies between the files, on all that could be read.
type checker struct {
	p       *Project
	set     drivers.Set
	probs   *Problems
	tagAt   map[tag.ID]placed
	alarmAt map[string]placed
	unread  map[string]*mimic.Display // by name: what leads to them is not wrong
	defs    map[tag.ID]*tag.Def
}

func (c *checker) check() {
	c.defs = map[tag.ID]*tag.Def{}
	for i := range c.p.Tags {
		c.defs[c.p.Tags[i].ID] = &c.p.Tags[i]
	}
	c.points()
	c.computed()
	c.alarms()
	c.displays()
}

func (c *checker) scope(id tag.ID) (tag.Kind, bool) {
	d := c.defs[id]
	if d == nil {
		return tag.None, false
	}
	return d.Kind, true
}

// points asks each tag's driver about its address and type.
func (c *checker) points() {
	for i := range c.p.Tags {
		d := &c.p.Tags[i]
		dev := c.p.Device(d.Device)
		if dev == nil || d.Address == "" || c.set[dev.Driver] == nil {
			continue
		}
		for _, err := range split(c.set[dev.Driver].CheckPoint(*dev, Point(d))) {
			at := c.tagAt[d.ID]
			c.probs.Add(at.file, at.line, "tag "+string(d.ID)+": "+err.Error(), "")
		}
	}
}

// Point is a tag as its driver sees it. The driver's deadband is left to the
// live table, which knows the scaling.
func Point(d *tag.Def) drivers.Point {
	return drivers.Point{Address: d.Address, Type: d.Type, Period: d.Period}
}

// computed compiles every expression and looks for circles.
func (c *checker) computed() {
	inputs := map[tag.ID][]tag.ID{}
	for i := range c.p.Tags {
		d := &c.p.Tags[i]
		if d.Expr == "" {
			continue
		}
		prog, err := calc.Compile(d.Expr, c.scope)
		if err != nil {
			c.expression(c.tagAt[d.ID], "expression", err)
			continue
		}
		inputs[d.ID] = prog.Inputs()
	}
	if _, err := calc.Order(inputs); err != nil {
		at := placed{file: tagsFile}
		if cycle, ok := errors.AsType[*calc.CycleError](err); ok {
			at = c.tagAt[cycle.Tags[0]]
		}
		c.probs.Add(at.file, at.line, err.Error(), "a computed tag must not depend on itself, not even by way of others")
	}
}

func (c *checker) expression(at placed, column string, err error) {
	for _, e := range split(err) {
		c.probs.Add(at.file, at.line, column+": "+e.Error(), "")
	}
}

func (c *checker) alarms() {
	for i := range c.p.Alarms {
		a := &c.p.Alarms[i]
		at := c.alarmAt[a.ID]
		if a.Expression != "" {
			if err := calc.Check(a.Expression, c.scope); err != nil {
				c.expression(at, "expression", err)
			}
		}
		if a.SuppressWhen != "" {
			if err := calc.Check(a.SuppressWhen, c.scope); err != nil {
				c.expression(at, "suppress_when", err)
			}
		}
		if a.Display != "" && c.display(a.Display) == nil {
			var names []string
			for _, d := range c.p.Displays {
				names = append(names, d.Name)
			}
			c.probs.Add(at.file, at.line, "there is no display \""+a.Display+"\"", orElse(spell.Near(a.Display, names), "add displays/"+a.Display+".json"))
		}
	}
}

func (c *checker) display(name string) *mimic.Display {
	if d := c.p.Display(name); d != nil {
		return d
	}
	return c.unread[name]
}

func (c *checker) displays() {
	plant := mimic.Plant{
		Tag:     func(id tag.ID) (*tag.Def, bool) { d, ok := c.defs[id]; return d, ok },
		Display: c.display,
		Area:    c.p.hasArea,
		Picture: func(name string) bool { return c.p.Pictures[name] != nil },
		Near:    func(id string) string { return spell.Near(id, c.p.tagNames()) },
	}
	for _, d := range c.p.Displays {
		if probs := d.Check(displaysDir+"/"+d.Name+".json", plant); len(probs) > 0 {
			take(c.probs, d.Name, probs)
		}
	}
}
