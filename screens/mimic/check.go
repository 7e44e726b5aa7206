package mimic

import (
	"fmt"
	"slices"
	"strings"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Plant is what a display refers to. Near may be nil; else it proposes what a
// misspelt tag could have meant, or "".
type Plant struct {
	Tag     func(tag.ID) (*tag.Def, bool)
	Display func(name string) *Display
	Area    func(name string) bool
	Near    func(id string) string
	Picture func(name string) bool // may be nil: pictures are not looked for
}

// Check reports what d refers to that is not there: tags, displays, areas,
// templates, and expressions that cannot be worked out. File is how problems
// name the display's file. A template is checked where it is used.
func (d *Display) Check(file string, plant Plant) Problems {
	c := checker{file: file, plant: plant}
	if d.Parent != "" {
		switch p := plant.Display(d.Parent); {
		case p == nil || p.Template():
			c.wrong(1, fmt.Sprintf("the parent %q is not a display of the project", d.Parent), "name one, without .json")
		case p.Level >= d.Level:
			c.wrong(1, fmt.Sprintf("the parent %q has level %d, the display %d", d.Parent, p.Level, d.Level), "the parent has a smaller level")
		}
	}
	for _, a := range d.Areas {
		c.area(1, a)
	}
	if d.Template() {
		return c.probs
	}
	items, probs := d.Expand(plant.Display)
	for _, p := range probs {
		c.wrong(p.Line, p.What, p.Do)
	}
	for i := range items {
		c.item(&items[i], d)
	}
	slices.SortStableFunc(c.probs, func(a, b Problem) int { return a.Line - b.Line })
	return c.probs
}

type checker struct {
	file  string
	plant Plant
	probs Problems
	seen  map[string]bool
}

// wrong notes a mistake once, however often a template repeats it.
func (c *checker) wrong(line int, what, do string) {
	key := fmt.Sprint(line, what)
	if c.seen[key] {
		return
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[key] = true
	c.probs.Add(c.file, line, what, do)
}

func (c *checker) area(line int, name string) {
	if c.plant.Area != nil && !c.plant.Area(name) {
		c.wrong(line, fmt.Sprintf("there is no area %q", name), "name an area of project.toml")
	}
}

func (c *checker) item(it *Item, d *Display) {
	line := d.LineOf(it)
	for _, role := range keys(it.Tags) {
		b := it.Tags[role]
		if expr, ok := Expression(b); ok {
			c.expression(line, fmt.Sprintf("%s of %s", role, it.ID), expr)
		} else {
			c.tag(line, it.ID, b)
		}
	}
	for _, id := range it.Watch {
		c.tag(line, it.ID, id)
	}
	for _, r := range it.Rules {
		c.expression(line, "the rule of "+it.ID, r.When)
	}
	if file := it.Props.Text("file", ""); it.Kind == "picture" && c.plant.Picture != nil && !c.plant.Picture(file) {
		what, do := fmt.Sprintf("%s shows the picture %q, which is not in the project", it.ID, file), "put a PNG, JPEG or SVG file of this name into the folder pictures"
		if file == "" {
			what, do = it.ID+" shows no picture", `name a file of the folder pictures as its "file"`
		}
		c.wrong(line, what, do)
	}
	if it.Go != "" {
		if to := c.plant.Display(it.Go); to == nil || to.Template() {
			c.wrong(line, fmt.Sprintf("%s leads to %q, which is not a display", it.ID, it.Go), "name a display of the project, without .json")
		}
	}
	for _, a := range it.Areas() {
		c.area(line, a)
	}
}

func (c *checker) tag(line int, item, id string) {
	if _, ok := c.plant.Tag(tag.ID(id)); ok {
		return
	}
	do := "name a tag of tags.csv"
	if c.plant.Near != nil {
		if hint := c.plant.Near(id); hint != "" {
			do = hint
		}
	}
	c.wrong(line, fmt.Sprintf("%s shows the tag %q, which is not in the project", item, id), do)
}

func (c *checker) expression(line int, what, expr string) {
	err := calc.Check(expr, func(id tag.ID) (tag.Kind, bool) {
		d, ok := c.plant.Tag(id)
		if !ok {
			return tag.None, false
		}
		return d.Kind, true
	})
	if err != nil {
		c.wrong(line, fmt.Sprintf("%s cannot be worked out: %v", what, err), "")
	}
}

// Expression takes what stands at a role apart: "= a + b" is the expression
// "a + b"; everything else is a tag's id.
func Expression(binding string) (expr string, ok bool) {
	if rest, ok := strings.CutPrefix(binding, "="); ok {
		return strings.TrimSpace(rest), true
	}
	return "", false
}
