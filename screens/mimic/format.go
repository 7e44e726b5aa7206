package mimic

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// maxLine is how long an item's line may be before each of its fields gets a
// line of its own.
const maxLine = 140

// Text writes d as a file that Parse reads back to the same display. The same
// display is always the same bytes, an item is a line or a few, and fields
// come in one order, so that files compare and merge line by line.
func (d *Display) Text() []byte {
	var w writer
	w.WriteString("{\n")
	w.line(`"format": ` + strconv.Itoa(Format))
	if d.Title != "" {
		w.line(`"title": ` + quote(d.Title))
	}
	if d.Level != 0 {
		w.line(`"level": ` + strconv.Itoa(d.Level))
	}
	if d.Parent != "" {
		w.line(`"parent": ` + quote(d.Parent))
	}
	if len(d.Areas) > 0 {
		w.line(`"areas": ` + texts(d.Areas))
	}
	w.line(`"size": ` + numbers(d.W, d.H))
	if len(d.Params) > 0 {
		w.line(`"params": ` + texts(d.Params))
	}
	if len(d.Items) > 0 {
		w.line(`"items": [` + "\n")
		for i := range d.Items {
			if i > 0 {
				w.WriteString(",\n")
			}
			w.item(&d.Items[i])
		}
		w.WriteString("\n ]")
	}
	w.WriteString("\n}\n")
	return w.Bytes()
}

type writer struct {
	bytes.Buffer
	fields int
}

// line writes one field of the display.
func (w *writer) line(s string) {
	if w.fields > 0 {
		w.WriteString(",\n")
	}
	w.fields++
	w.WriteString(" " + s)
}

func (w *writer) item(it *Item) {
	parts := []string{`"id": ` + quote(it.ID) + `, "kind": ` + quote(it.Kind)}
	add := func(name, value string) { parts = append(parts, quote(name)+": "+value) }
	if k := KindOf(it.Kind); k != nil && k.Lined {
		var pts []string
		for _, p := range it.Points {
			pts = append(pts, numbers(p.X, p.Y))
		}
		parts[0] += `, "points": [` + join(pts) + "]"
	} else {
		parts[0] += `, "box": ` + numbers(it.Box.X, it.Box.Y, it.Box.W, it.Box.H)
	}
	if it.Use != "" {
		parts[0] += `, "use": ` + quote(it.Use)
	}
	if len(it.With) > 0 {
		add("with", textMap(it.With))
	}
	if len(it.Props) > 0 {
		add("props", values(it.Props))
	}
	if len(it.Tags) > 0 {
		add("tags", textMap(it.Tags))
	}
	if len(it.Watch) > 0 {
		add("watch", texts(it.Watch))
	}
	if len(it.Rules) > 0 {
		var rules []string
		for _, r := range it.Rules {
			rules = append(rules, `{"when": `+quote(r.When)+`, "set": `+values(r.Set)+"}")
		}
		add("rules", "["+join(rules)+"]")
	}
	for _, f := range [...]struct{ name, value string }{{"go", it.Go}, {"group", it.Group}, {"layer", it.Layer}} {
		if f.value != "" {
			add(f.name, quote(f.value))
		}
	}
	if one := join(parts); len(one) <= maxLine {
		w.WriteString("  {" + one + "}")
		return
	}
	w.WriteString("  {")
	for i, p := range parts {
		if i > 0 {
			w.WriteString(",\n   ")
		}
		w.WriteString(p)
	}
	w.WriteString("}")
}

func join(parts []string) string {
	var b bytes.Buffer
	for i, p := range parts {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p)
	}
	return b.String()
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // < and > are common in conditions
	if err := e.Encode(s); err != nil {
		panic("mimic: a text cannot be written: " + err.Error())
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// number writes f exactly; what cannot be a JSON number never got in.
func number(f float64) string {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func numbers(fs ...float64) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = number(f)
	}
	return "[" + join(parts) + "]"
}

func texts(l []string) string {
	parts := make([]string, len(l))
	for i, s := range l {
		parts[i] = quote(s)
	}
	return "[" + join(parts) + "]"
}

func textMap(m map[string]string) string {
	var parts []string
	for _, k := range keys(m) {
		parts = append(parts, quote(k)+": "+quote(m[k]))
	}
	return "{" + join(parts) + "}"
}

func values(m map[string]any) string {
	var parts []string
	for _, k := range keys(m) {
		s := ""
		switch v := m[k].(type) {
		case string:
			s = quote(v)
		case float64:
			s = number(v)
		case bool:
			s = strconv.FormatBool(v)
		case []float64:
			s = numbers(v...)
		}
		parts = append(parts, quote(k)+": "+s)
	}
	return "{" + join(parts) + "}"
}
