package mimic

import (
	"cmp"
	"fmt"
	"slices"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Use is one place where a display refers to something by its name.
type Use struct {
	Display string // its name
	Line    int    // in its file; 0 for the display as a whole
	Item    string // id; of an item in a template led by the template's item and a slash
	How     string // such as "shows it as run"
}

// Uses lists where displays refer to a tag, a display, a template or a picture
// of a name, templates looked through, in the order of displays and lines.
// Scope is what expressions may name.
func Uses(displays []*Display, name string, scope calc.Scope) (out []Use) {
	find := func(name string) *Display {
		for _, d := range displays {
			if d.Name == name {
				return d
			}
		}
		return nil
	}
	for _, d := range displays {
		u := user{d: d, name: name, scope: scope}
		if d.Parent == name {
			u.add("", 0, "is one level below it")
		}
		for i := range d.Items {
			u.direct(&d.Items[i])
		}
		if !d.Template() { // the tags of a template are those of whoever shows it
			items, _ := d.Expand(find)
			for i := range items {
				u.shown(&items[i])
			}
		}
		out = append(out, u.out...)
	}
	slices.SortStableFunc(out, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Display, b.Display), cmp.Compare(a.Line, b.Line))
	})
	return out
}

type user struct {
	d     *Display
	name  string
	scope calc.Scope
	out   []Use
}

func (u *user) add(item string, line int, how string) {
	u.out = append(u.out, Use{u.d.Name, line, item, how})
}

// direct are the references that stand in the display itself.
func (u *user) direct(it *Item) {
	if it.Go == u.name {
		u.add(it.ID, it.Line, "leads to it")
	}
	if it.Use == u.name {
		u.add(it.ID, it.Line, "shows it as a template")
	}
	if it.Kind == "picture" && it.Props.Text("file", "") == u.name {
		u.add(it.ID, it.Line, "shows it")
	}
}

// shown are the tags an item shows, wherever it comes from.
func (u *user) shown(it *Item) {
	line := u.d.LineOf(it)
	for _, role := range keys(it.Tags) {
		expr, ok := Expression(it.Tags[role])
		switch {
		case !ok && it.Tags[role] == u.name:
			u.add(it.ID, line, "shows it as "+role)
		case ok && u.named(expr):
			u.add(it.ID, line, "works "+role+" out from it")
		}
	}
	if slices.Contains(it.Watch, u.name) {
		u.add(it.ID, line, "watches its alarms")
	}
	for i, r := range it.Rules {
		if u.named(r.When) {
			u.add(it.ID, line, fmt.Sprintf("has it in rule %d", i+1))
		}
	}
}

// named reports whether an expression reads the tag.
func (u *user) named(expr string) bool {
	p, err := calc.Compile(expr, u.scope)
	return err == nil && slices.Contains(p.Inputs(), tag.ID(u.name))
}

// LineOf is where a person can mend an item of the expanded display: its own
// line, or that of the item that shows the template it comes from.
func (d *Display) LineOf(it *Item) int {
	if top, ok := it.Top(); ok {
		if outer := d.Item(top); outer != nil {
			return outer.Line
		}
	}
	return it.Line
}

// Top is the id of the item that an expanded item comes from; ok is false
// where that is itself.
func (it *Item) Top() (id string, ok bool) {
	for i := range it.ID {
		if it.ID[i] == '/' {
			return it.ID[:i], true
		}
	}
	return it.ID, false
}
