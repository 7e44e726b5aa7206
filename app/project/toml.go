package project

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"penstock/app/spell"
)

// table is one table of a TOML file that is read key by key: a wrong key or
// type is noted with its line, and reading goes on, so that a person sees
// every mistake at once.
type table struct {
	file  string
	path  string // of the table, such as "device.UA"
	m     map[string]any
	lines keyLines
	asked map[string]bool
	probs *Problems
}

// readTOML parses a file into its root table. It returns nil, with the
// problem noted, where the file is not TOML at all.
func readTOML(file string, text []byte, probs *Problems) *table {
	var m map[string]any
	if _, err := toml.Decode(string(text), &m); err != nil {
		line := 0
		what := err.Error()
		if pe, ok := errors.AsType[toml.ParseError](err); ok {
			line, what = pe.Position.Line, pe.Message
		}
		probs.Add(file, line, "this is not TOML: "+what, "correct the line; texts stand in double quotes, tables in [brackets]")
		return nil
	}
	return &table{file: file, m: m, lines: indexKeys(string(text)), asked: map[string]bool{}, probs: probs}
}

func (t *table) line(key string) int { return t.lines.find(join(t.path, key)) }

func (t *table) wrong(key, what, do string) { t.probs.Add(t.file, t.line(key), what, do) }

// text reads a string; missing is def.
func (t *table) text(key, def string) string {
	t.asked[key] = true
	v, ok := t.m[key]
	if !ok {
		return def
	}
	s, ok := v.(string)
	if !ok {
		t.wrong(key, fmt.Sprintf("%s must be a text", key), fmt.Sprintf("write %s = \"...\"", key))
		return def
	}
	return s
}

// duration reads a text such as "500ms" that must not be negative.
func (t *table) duration(key string, def time.Duration) time.Duration {
	s := t.text(key, "")
	if s == "" {
		return def
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		t.wrong(key, fmt.Sprintf("%s is %q, which is not a time", key, s), "write it like \"500ms\", \"2s\" or \"1m30s\"")
		return def
	}
	return d
}

// flag reads true or false.
func (t *table) flag(key string) bool {
	t.asked[key] = true
	v, ok := t.m[key]
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		t.wrong(key, key+" must be true or false", "write "+key+" = true, without quotes")
	}
	return b
}

// words reads a list of texts.
func (t *table) words(key string) (out []string) {
	t.asked[key] = true
	v, ok := t.m[key]
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	for _, v := range list {
		s, text := v.(string)
		out, ok = append(out, s), ok && text
	}
	if !ok {
		t.wrong(key, key+" must be a list of texts", "write "+key+" = [\"...\", \"...\"]")
		return nil
	}
	return out
}

// number reads a whole number between lo and hi.
func (t *table) number(key string, def, lo, hi int64) int64 {
	t.asked[key] = true
	v, ok := t.m[key]
	if !ok {
		return def
	}
	n, ok := v.(int64)
	if !ok || n < lo || n > hi {
		t.wrong(key, fmt.Sprintf("%s must be a whole number from %d to %d", key, lo, hi), "")
		return def
	}
	return n
}

// sub reads a table; missing is an empty one.
func (t *table) sub(key string) *table {
	t.asked[key] = true
	out := &table{file: t.file, path: join(t.path, key), lines: t.lines, asked: map[string]bool{}, probs: t.probs, m: map[string]any{}}
	if v, ok := t.m[key]; ok {
		m, ok := v.(map[string]any)
		if !ok {
			t.wrong(key, key+" must be a table", "write ["+out.path+"] on a line of its own and its keys below")
			return out
		}
		out.m = m
	}
	return out
}

// each reads an array of tables such as [[area]].
func (t *table) each(key string) (out []*table) {
	t.asked[key] = true
	v, ok := t.m[key]
	if !ok {
		return nil
	}
	list, ok := v.([]map[string]any)
	if !ok {
		t.wrong(key, key+" must be a list of tables", "write [["+key+"]] on a line of its own before each")
		return nil
	}
	for i, m := range list {
		out = append(out, &table{file: t.file, path: fmt.Sprintf("%s#%d", join(t.path, key), i), m: m, lines: t.lines, asked: map[string]bool{}, probs: t.probs})
	}
	return out
}

// keys lists what the table holds, in the order of the file.
func (t *table) keys() []string {
	return slices.SortedFunc(maps.Keys(t.m), func(a, b string) int {
		if d := t.line(a) - t.line(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

// done notes every key that nothing has asked for.
func (t *table) done() {
	var known []string
	for k := range t.asked {
		known = append(known, k)
	}
	slices.Sort(known)
	for _, k := range t.keys() {
		if !t.asked[k] {
			do := spell.Near(k, known)
			if do == "" {
				do = "known here: " + strings.Join(known, ", ")
			}
			t.wrong(k, fmt.Sprintf("unknown key %q", k), do)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// keyLines knows on which line a key of a TOML file stands; the parser does
// not say. Array tables are numbered: area#0, area#1.
type keyLines map[string]int

// find returns the line of a path, or of the nearest table around it.
func (k keyLines) find(path string) int {
	for {
		if n, ok := k[path]; ok {
			return n
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
}

func indexKeys(text string) keyLines {
	k := keyLines{}
	seen := map[string]int{}
	head := ""
	n := 0
	for line := range strings.Lines(text) {
		n++
		s := strings.TrimSpace(line)
		switch {
		case s == "" || s[0] == '#':
		case strings.HasPrefix(s, "[["):
			name := unquoteKey(strings.TrimSpace(cutAt(s[2:], "]]")))
			head = fmt.Sprintf("%s#%d", name, seen[name])
			seen[name]++
			k[head] = n
		case s[0] == '[':
			head = unquoteKey(strings.TrimSpace(cutAt(s[1:], "]")))
			k[head] = n
		default:
			if key, _, ok := strings.Cut(s, "="); ok {
				p := join(head, unquoteKey(strings.TrimSpace(key)))
				if _, twice := k[p]; !twice {
					k[p] = n
				}
			}
		}
	}
	return k
}

func cutAt(s, sep string) string {
	before, _, _ := strings.Cut(s, sep)
	return before
}

// unquoteKey writes device."A B".x as device.A B.x, as the table walk does.
func unquoteKey(s string) string {
	return strings.NewReplacer(`"`, "", `'`, "").Replace(s)
}
