package mimic

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"penstock/app/spell"
)

// Parse reads a display. Name is the path of its file, which is also how
// problems name it; the display is called what the file is, without .json. The
// error is Problems with every mistake; the display is nil then.
func Parse(name string, data []byte) (*Display, error) {
	n, bad := readNode(name, data)
	if bad != nil {
		return nil, Problems{*bad}
	}
	r := parser{file: name}
	d := r.display(n)
	d.Name = strings.TrimSuffix(path.Base(name), ".json")
	if len(r.probs) > 0 {
		slices.SortStableFunc(r.probs, func(a, b Problem) int { return a.Line - b.Line })
		return nil, r.probs
	}
	return d, nil
}

type parser struct {
	file  string
	probs Problems
}

func (r *parser) wrong(line int, what, do string) {
	r.probs.Add(r.file, line, what, do)
}

// object calls known for each field of n that has a reader in it.
func (r *parser) object(n *node, what string, known map[string]func(f field)) bool {
	if n.is != '{' {
		r.wrong(n.line, fmt.Sprintf("%s is %s, not an object", what, n.what()), "write it in { }")
		return false
	}
	seen := map[string]bool{}
	for _, f := range n.fields {
		read, ok := known[f.name]
		switch {
		case seen[f.name]:
			r.wrong(f.line, fmt.Sprintf("%q stands twice in %s", f.name, what), "keep one")
		case !ok:
			do := spell.Near(f.name, keys(known))
			if do == "" {
				do = "known: " + strings.Join(keys(known), ", ")
			}
			r.wrong(f.line, fmt.Sprintf("%s has no %q", what, f.name), do)
		default:
			read(f)
		}
		seen[f.name] = true
	}
	return true
}

func keys[V any](m map[string]V) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (r *parser) display(n *node) *Display {
	d := &Display{}
	hasFormat, hasLevel, hasSize := false, false, false
	r.object(n, "the display", map[string]func(field){
		"format": func(f field) {
			hasFormat = true
			if v := r.number(f, Format, Format); v != Format {
				r.wrong(f.line, "this program reads format 1", "update the program, or save the display as format 1")
			}
		},
		"title":  func(f field) { d.Title = r.text(f) },
		"level":  func(f field) { hasLevel = true; d.Level = int(r.whole(f, 1, 4)) },
		"parent": func(f field) { d.Parent = r.text(f) },
		"areas":  func(f field) { d.Areas = r.texts(f) },
		"size": func(f field) {
			hasSize = true
			if v := r.numbers(f, 2, 2); v != nil {
				if d.W, d.H = v[0], v[1]; d.W < 10 || d.H < 10 || d.W > MaxSize || d.H > MaxSize {
					r.wrong(f.line, fmt.Sprintf("the size is %g x %g", d.W, d.H), fmt.Sprintf("use 10 to %d display units; 1600 x 900 is usual", MaxSize))
				}
			}
		},
		"params": func(f field) {
			for i, p := range r.texts(f) {
				if !nameForm.MatchString(p) || slices.Contains(d.Params, p) {
					r.wrong(f.node.list[i].line, fmt.Sprintf("%q cannot be the name of a parameter", p), "use letters and digits, each name once")
				}
				d.Params = append(d.Params, p)
			}
		},
		"items": func(f field) { d.Items = r.items(f) },
	})
	if n.is != '{' {
		return d
	}
	if !hasFormat {
		r.wrong(n.line, `the display has no "format"`, `begin with "format": 1`)
	}
	if !hasSize {
		r.wrong(n.line, `the display has no "size"`, `add "size": [1600, 900]`)
	}
	switch {
	case d.Template() && (hasLevel || d.Parent != ""):
		r.wrong(n.line, "a template has no level and no parent", `remove them, or remove "params"`)
	case !d.Template() && !hasLevel:
		r.wrong(n.line, `the display has no "level"`, "1 is the overview, 2 a plant unit, 3 a detail, 4 diagnostics")
	case d.Level == 1 && d.Parent != "":
		r.wrong(n.line, "a display of level 1 has no parent", `remove "parent"`)
	case d.Level > 1 && d.Parent == "":
		r.wrong(n.line, `the display has no "parent"`, "name the display one level up, so that people find their way")
	}
	if d.Title == "" && !d.Template() {
		r.wrong(n.line, `the display has no "title"`, "operators know it by its title")
	}
	return d
}

func (r *parser) items(f field) (out []Item) {
	if f.node.is != '[' {
		r.wrong(f.line, fmt.Sprintf("items is %s, not a list", f.node.what()), "write it in [ ]")
		return nil
	}
	if len(f.node.list) > MaxItems {
		r.wrong(f.line, fmt.Sprintf("there are %d items", len(f.node.list)), fmt.Sprintf("a display may have %d", MaxItems))
		return nil
	}
	at := map[string]int{}
	for _, n := range f.node.list {
		it, ok := r.item(n)
		if !ok {
			continue
		}
		if line, twice := at[it.ID]; twice {
			r.wrong(n.line, fmt.Sprintf("the id %q is already used on line %d", it.ID, line), "give each item an id of its own")
		}
		at[it.ID] = n.line
		out = append(out, it)
	}
	return out
}

func (r *parser) item(n *node) (Item, bool) {
	it := Item{Line: n.line}
	boxed := false
	var props, rules *field
	ok := r.object(n, "an item", map[string]func(field){
		"id":     func(f field) { it.ID = r.text(f) },
		"kind":   func(f field) { it.Kind = r.text(f) },
		"box":    func(f field) { boxed = true; it.Box = r.box(f) },
		"points": func(f field) { it.Points = r.points(f) },
		"props":  func(f field) { props = &f },
		"tags":   func(f field) { it.Tags = r.textMap(f, "tags") },
		"watch":  func(f field) { it.Watch = r.texts(f) },
		"rules":  func(f field) { rules = &f },
		"go":     func(f field) { it.Go = r.text(f) },
		"use":    func(f field) { it.Use = r.text(f) },
		"with":   func(f field) { it.With = r.textMap(f, "with") },
		"group":  func(f field) { it.Group = r.text(f) },
		"layer":  func(f field) { it.Layer = r.text(f) },
	})
	if !ok {
		return it, false
	}
	if !nameForm.MatchString(it.ID) {
		r.wrong(n.line, fmt.Sprintf("%q cannot be an item's id", it.ID), `give it an "id" of letters, digits, dots and dashes`)
	}
	k := KindOf(it.Kind)
	if k == nil {
		do := spell.Near(it.Kind, kindNames())
		if do == "" {
			do = "known kinds: " + strings.Join(kindNames(), ", ")
		}
		r.wrong(n.line, fmt.Sprintf("there is no kind %q", it.Kind), do)
		return it, true
	}
	switch {
	case k.Lined && (boxed || len(it.Points) < 2):
		r.wrong(n.line, fmt.Sprintf("a %s has no box, but two points or more", k.Name), `write "points": [[x, y], [x, y]]`)
	case !k.Lined && (!boxed || it.Points != nil):
		r.wrong(n.line, fmt.Sprintf("a %s stands in a box", k.Name), `write "box": [x, y, width, height]`)
	case k.Lined:
		it.Box = Hull(it.Points)
	}
	if (it.Use != "" || it.With != nil) != (k.Name == templateKind) {
		r.wrong(n.line, `"use" and "with" belong to an item of kind template, and to no other`, "")
	}
	if props != nil {
		it.Props = r.props(*props, "the "+k.Name, k.Prop, func() (names []string) {
			for _, p := range k.Props {
				names = append(names, p.Name)
			}
			return names
		})
	}
	if rules != nil {
		it.Rules = r.rules(*rules)
	}
	r.roles(n, k, &it)
	return it, true
}

func (r *parser) roles(n *node, k *Kind, it *Item) {
	for _, role := range keys(it.Tags) {
		if k.Role(role) == nil {
			var names []string
			for _, known := range slices.Concat(k.Roles, AnyRoles) {
				names = append(names, known.Name)
			}
			r.wrong(n.line, fmt.Sprintf("a %s has no role %q in tags", k.Name, role), "its roles: "+strings.Join(names, ", "))
		}
	}
	for _, role := range k.Roles {
		if role.Needed && it.Tags[role.Name] == "" {
			r.wrong(n.line, fmt.Sprintf("the %s %s shows nothing", k.Name, it.ID), fmt.Sprintf(`add "tags": {%q: ...}`, role.Name))
		}
	}
}

func kindNames() (out []string) {
	for _, k := range Kinds {
		out = append(out, k.Name)
	}
	return out
}

func (r *parser) rules(f field) (out []Rule) {
	if f.node.is != '[' {
		r.wrong(f.line, fmt.Sprintf("rules is %s, not a list", f.node.what()), `write [{"when": "...", "set": {...}}]`)
		return nil
	}
	for _, n := range f.node.list {
		rule := Rule{Line: n.line}
		r.object(n, "a rule", map[string]func(field){
			"when": func(f field) { rule.When = r.text(f) },
			"set": func(f field) {
				rule.Set = r.props(f, "a rule", ruleTarget, func() (names []string) {
					for _, p := range RuleTargets {
						names = append(names, p.Name)
					}
					return names
				})
			},
		})
		if n.is == '{' && (rule.When == "" || len(rule.Set) == 0) {
			r.wrong(n.line, "a rule needs a condition and something to set", `write {"when": "HL.PT601 < 1", "set": {"visible": false}}`)
		}
		out = append(out, rule)
	}
	return out
}
