package mimic

import (
	"fmt"
	"slices"
	"strings"
)

// Expand returns the items of d with every template replaced by what it
// holds: its items scaled into the box, ids led by the item's id and a slash,
// and each {NAME} replaced. Find returns a display by name, or nil. What
// cannot be expanded is left out and named in the problems, with the line in d.
func (d *Display) Expand(find func(name string) *Display) ([]Item, Problems) {
	x := expander{find: find, file: d.Name + ".json"}
	x.add(d.Items, nil, []string{d.Name})
	return x.out, x.probs
}

type expander struct {
	find  func(string) *Display
	file  string
	line  int // of the outermost template item, 0 outside of one
	out   []Item
	probs Problems
}

func (x *expander) wrong(line int, what, do string) {
	if x.line > 0 {
		line = x.line
	}
	x.probs.Add(x.file, line, what, do)
}

// frame is where a template's items go.
type frame struct {
	prefix string
	at     Box
	w, h   float64 // of the template
	with   *strings.Replacer
	hidden []Rule // rules of the item that shows the template
	group  string
	layer  string
}

func (x *expander) add(items []Item, f *frame, path []string) {
	for i := range items {
		it := items[i].Clone()
		if f != nil {
			f.place(&it)
		}
		if it.Kind != templateKind {
			if len(x.out) >= MaxItems {
				x.wrong(it.Line, fmt.Sprintf("with its templates the display has more than %d items", MaxItems), "split the display")
				return
			}
			x.out = append(x.out, it)
			continue
		}
		x.template(it, f, path)
	}
}

func (x *expander) template(it Item, f *frame, path []string) {
	if f == nil {
		x.line = it.Line
		defer func() { x.line = 0 }()
	}
	t := x.find(it.Use)
	switch {
	case t == nil:
		x.wrong(it.Line, fmt.Sprintf("there is no template %q", it.Use), "name a file of the displays folder without .json")
		return
	case !t.Template():
		x.wrong(it.Line, fmt.Sprintf("the display %q is not a template", it.Use), `give it "params", or use another`)
		return
	}
	if slices.Contains(path, t.Name) {
		x.wrong(it.Line, fmt.Sprintf("the template %q holds itself: %s", t.Name, strings.Join(append(path, t.Name), " > ")), "take one out")
		return
	}
	if len(path) >= maxDepth {
		x.wrong(it.Line, fmt.Sprintf("templates are nested more than %d deep", maxDepth), "")
		return
	}
	var pairs []string
	complete := true
	for _, p := range t.Params {
		v, ok := it.With[p]
		if !ok {
			x.wrong(it.Line, fmt.Sprintf("the template %q needs a value for %q", t.Name, p), fmt.Sprintf(`add "with": {%q: "..."}`, p))
			complete = false
		}
		pairs = append(pairs, "{"+p+"}", v)
	}
	for _, name := range keys(it.With) {
		if !slices.Contains(t.Params, name) {
			x.wrong(it.Line, fmt.Sprintf("the template %q has no parameter %q", t.Name, name), "its parameters: "+strings.Join(t.Params, ", "))
		}
	}
	if !complete {
		return // its tags would be nonsense
	}
	x.add(t.Items, &frame{it.ID + "/", it.Box, t.W, t.H, strings.NewReplacer(pairs...), it.Rules, it.Group, it.Layer}, append(path[:len(path):len(path)], t.Name))
}

// place moves an item of a template to where it stands on the display.
func (f *frame) place(it *Item) {
	sx, sy := f.at.W/f.w, f.at.H/f.h
	it.ID = f.prefix + it.ID
	it.Box = Box{f.at.X + it.Box.X*sx, f.at.Y + it.Box.Y*sy, it.Box.W * sx, it.Box.H * sy}
	for i, p := range it.Points {
		it.Points[i] = Point{f.at.X + p.X*sx, f.at.Y + p.Y*sy}
	}
	s := min(sx, sy)
	for _, name := range []string{"size", "width"} { // text and lines shrink with the rest
		if v, ok := it.Props[name].(float64); ok {
			it.Props[name] = v * s
		}
	}
	for k, v := range it.Props {
		if t, ok := v.(string); ok {
			it.Props[k] = f.with.Replace(t)
		}
	}
	for k, v := range it.Tags {
		it.Tags[k] = f.with.Replace(v)
	}
	for k, v := range it.With {
		it.With[k] = f.with.Replace(v)
	}
	for i, v := range it.Watch {
		it.Watch[i] = f.with.Replace(v)
	}
	for i := range it.Rules {
		r := &it.Rules[i]
		r.When = f.with.Replace(r.When)
		for k, v := range r.Set {
			if t, ok := v.(string); ok {
				r.Set[k] = f.with.Replace(t)
			}
		}
	}
	it.Rules = append(it.Rules, f.hidden...)
	it.Go, it.Use = f.with.Replace(it.Go), f.with.Replace(it.Use)
	if f.group != "" {
		it.Group = f.group
	}
	if f.layer != "" {
		it.Layer = f.layer
	}
}
