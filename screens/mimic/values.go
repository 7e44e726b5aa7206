package mimic

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// props reads settings as their table says.
func (r *parser) props(f field, what string, find func(string) *Prop, names func() []string) Props {
	out := Props{}
	known := map[string]func(field){}
	for _, name := range names() {
		p := find(name)
		known[name] = func(f field) {
			if v := r.prop(f, p); v != nil {
				out[name] = v
			}
		}
	}
	r.object(f.node, what, known)
	return out
}

func (r *parser) prop(f field, p *Prop) any {
	switch p.Type {
	case PropNumber:
		return r.number(f, p.Lo, p.Hi)
	case PropFlag:
		b, ok := f.node.value.(bool)
		if !ok {
			r.wrong(f.line, fmt.Sprintf("%s is %s, not true or false", f.name, f.node.what()), "")
		}
		return b
	case PropChoice:
		s := r.text(f)
		if !slices.Contains(p.Choices, s) {
			r.wrong(f.line, fmt.Sprintf("%s cannot be %q", f.name, s), "one of: "+strings.Join(p.Choices, ", "))
		}
		return s
	case PropNumbers:
		if l := r.numbers(f, int(p.Lo), int(p.Hi)); l != nil {
			return l
		}
		return nil
	}
	return r.text(f)
}

const maxText = 4096 // bytes of one text

func (r *parser) text(f field) string { return r.nodeText(f.node, f.name) }

func (r *parser) nodeText(n *node, what string) string {
	s, ok := n.value.(string)
	if !ok || n.is != 0 {
		r.wrong(n.line, fmt.Sprintf("%s is %s, not a text", what, n.what()), "write it in double quotes")
	}
	if len(s) > maxText {
		r.wrong(n.line, fmt.Sprintf("%s has %d bytes", what, len(s)), fmt.Sprintf("a text may have %d", maxText))
	}
	return s
}

func (r *parser) texts(f field) (out []string) {
	if f.node.is != '[' {
		r.wrong(f.line, fmt.Sprintf("%s is %s, not a list of texts", f.name, f.node.what()), "write it in [ ]")
		return nil
	}
	for _, n := range f.node.list {
		out = append(out, r.nodeText(n, "an entry of "+f.name))
	}
	return out
}

func (r *parser) textMap(f field, what string) map[string]string {
	out := map[string]string{}
	if f.node.is != '{' {
		r.wrong(f.line, fmt.Sprintf("%s is %s, not an object", what, f.node.what()), "write it in { }")
		return nil
	}
	for _, e := range f.node.fields {
		if _, twice := out[e.name]; twice {
			r.wrong(e.line, fmt.Sprintf("%q stands twice in %s", e.name, what), "keep one")
		}
		out[e.name] = r.text(e)
	}
	return out
}

func (r *parser) number(f field, lo, hi float64) float64 {
	return r.nodeNumber(f.node, f.name, lo, hi)
}

func (r *parser) nodeNumber(n *node, what string, lo, hi float64) float64 {
	v, ok := n.value.(float64)
	switch {
	case !ok || n.is != 0:
		r.wrong(n.line, fmt.Sprintf("%s is %s, not a number", what, n.what()), "")
	case lo < hi && (v < lo || v > hi):
		r.wrong(n.line, fmt.Sprintf("%s is %g", what, v), fmt.Sprintf("use %g to %g", lo, hi))
	}
	return v
}

func (r *parser) whole(f field, lo, hi float64) float64 {
	v := r.number(f, lo, hi)
	if v != math.Trunc(v) {
		r.wrong(f.line, fmt.Sprintf("%s is %g, not a whole number", f.name, v), "")
	}
	return v
}

func (r *parser) numbers(f field, least, most int) (out []float64) {
	if f.node.is != '[' || len(f.node.list) < least || len(f.node.list) > most {
		want := fmt.Sprintf("%d", least)
		if most > least {
			want = fmt.Sprintf("%d to %d", least, most)
		}
		r.wrong(f.line, fmt.Sprintf("%s is not a list of %s numbers", f.name, want), "")
		return nil
	}
	for _, n := range f.node.list {
		out = append(out, r.nodeNumber(n, f.name, 0, 0))
	}
	return out
}

func (r *parser) box(f field) (b Box) {
	v := r.numbers(f, 4, 4)
	if v == nil {
		return b
	}
	b = Box{v[0], v[1], v[2], v[3]}
	if b.W <= 0 || b.H <= 0 || !reachable(b.X, b.Y) || !reachable(b.W, b.H) {
		r.wrong(f.line, fmt.Sprintf("the box [%g, %g, %g, %g] cannot be drawn", b.X, b.Y, b.W, b.H), "write [x, y, width, height] in display units")
	}
	return b
}

func reachable(x, y float64) bool { return math.Abs(x) <= MaxSize && math.Abs(y) <= MaxSize }

func (r *parser) points(f field) (out []Point) {
	if f.node.is != '[' || len(f.node.list) > 1000 {
		r.wrong(f.line, "points is not a list of at most 1000 points", "write [[x, y], [x, y]]")
		return nil
	}
	for _, n := range f.node.list {
		v := r.numbers(field{"a point", n.line, n}, 2, 2)
		if v == nil {
			continue
		}
		if !reachable(v[0], v[1]) {
			r.wrong(n.line, fmt.Sprintf("the point [%g, %g] cannot be reached", v[0], v[1]), fmt.Sprintf("a display has at most %d units", MaxSize))
		}
		out = append(out, Point{v[0], v[1]})
	}
	return out
}
