package mimic

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The reference of display files is written from the tables the program reads
// them by, so that it cannot be wrong. UPDATE=1 writes it anew.
func TestReference(t *testing.T) {
	const file = "../../app/doc/displays.md"
	want := reference()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is not what the program reads; run this test with UPDATE=1", file)
	}
}

const preface = `# Display files

A display is one JSON file in the folder ` + "`displays`" + ` of a project; its name is the file's name without ` + "`.json`" + `. Sizes and places are in
display units: a display of 1600 x 860 units fills a window of any size. Items are painted in the order they are written.
` + "`penstock check`" + ` says every mistake with its line, ` + "`penstock check --advice`" + ` what makes a display hard to use, and
` + "`penstock snapshot --display NAME -o FILE.png`" + ` paints it without a window.

` + "```json" + `
{
 "format": 1,
 "title": "High-lift pumps",
 "level": 2,
 "parent": "overview",
 "areas": ["HL"],
 "size": [1600, 860],
 "items": [
  {"id": "P601", "kind": "pump", "box": [400, 300, 90, 110],
   "props": {"label": "Pump 1"},
   "tags": {"run": "HL.P601.RUN", "fault": "HL.P601.FLT", "speed": "= HL.ST601 / 1.1"},
   "watch": ["HL.VT601"],
   "rules": [{"when": "HL.PT601 < 1", "set": {"tone": "dim"}}]},
  {"id": "main", "kind": "pipe", "points": [[490, 340], [700, 340]], "props": {"arrow": "end"}, "tags": {"flow": "HL.FT601"}},
  {"id": "F510", "kind": "template", "box": [0, 0, 380, 560], "use": "filter-cell", "with": {"N": "1"}}
 ]
}
` + "```" + `

| of a display | |
|---|---|
| level | 1 overview, 2 plant unit, 3 detail, 4 diagnostics (ISA-101) |
| parent | the display one level up; none at level 1 |
| areas | plant areas it belongs to |
| params | makes it a template: an item of kind template shows it with each {NAME} replaced by what stands in "with" |

| of an item | |
|---|---|
| id | unique in its display |
| kind | one of those below |
| box, points | [x, y, width, height], or the corners of a line |
| props | settings of its kind |
| tags | what each role shows: a tag's id, or "= " and an expression |
| watch | tags whose alarms the item shows besides |
| rules | while "when" holds, "set" changes the item; later rules go before earlier ones; what is not known changes nothing |
| go | the display a tap opens |
| group, layer | edited together; hidden together |

Displays of all levels, templates and pictures are in ` + "`assets/demo`" + `; ` + "`penstock new --demo DIR`" + ` copies it to be changed,
` + "`penstock new DIR`" + ` begins a small one. ` + "`penstock check --where NAME`" + ` says which displays use a tag, template, display or picture.

There is no property for a colour: colour is for alarms. A tone names a grey by what it means: those of text ("normal", "dim", "strong"),
of what lies behind ("panel", "line"), and of symbols ("fill" at rest, "light" running or open, "dark" stopped or closed, "contents" of
a tank). What has no tone of its own is drawn pale by "dim". The limits on scales, the alarm marks, the marks of bad, stale, lost or
manual values come by themselves.

## Pictures

A picture is a file of the project's folder ` + "`pictures`" + `, of at most 8 MiB: PNG, JPEG (24 million pixels at most, kept with 2048 a side), or SVG.
It is shown in greys unless "colours" says otherwise. An SVG file is read as shapes and nothing else: path, rect, circle, ellipse, line,
polyline, polygon, g, use and symbol, with transforms, fills, strokes, dashes, opacity, clip paths and classes of a style sheet; a gradient
is its mean, and text (text, tspan) is written in the program's own typeface, whichever it asks for. What runs, fetches, includes, animates
or would be drawn wrong (masks, patterns, text along a path, letters the typeface does not have) is refused with its line, and so is a file
with more than 20000 elements, 20000 letters, 300000 points, 200 clip paths or 64 levels.

## Rules and bindings
`

func reference() string {
	var b strings.Builder
	b.WriteString(preface)
	b.WriteString("\nA rule sets: " + propList(RuleTargets) + ".\n")
	b.WriteString("\nEvery item also has the roles " + roleList(AnyRoles) + ".\n")
	group := ""
	for _, k := range Kinds {
		if k.Group != group {
			group = k.Group
			fmt.Fprintf(&b, "\n## %s\n\n| kind | | props | tags |\n|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", k.Name, k.Text, propList(k.Props), roleList(k.Roles))
	}
	return b.String()
}

func propList(props []Prop) string {
	var out []string
	for _, p := range props {
		s := "`" + p.Name + "`"
		switch {
		case p.Type == PropChoice:
			s += " " + strings.Join(p.Choices, "/")
		case p.Type == PropFlag:
			s += " true/false"
		case p.Type == PropNumber && p.Lo < p.Hi:
			s += fmt.Sprintf(" %g to %g", p.Lo, p.Hi)
		case p.Type == PropNumber:
			s += " number"
		case p.Type == PropNumbers:
			s += " [number, number]"
		}
		if p.Help != "" {
			s += " (" + strings.ReplaceAll(p.Help, "|", "a bar") + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func roleList(roles []Role) string {
	if len(roles) >= 12 {
		return fmt.Sprintf("`%s` to `%s`, one after the other", roles[0].Name, roles[len(roles)-1].Name)
	}
	var out []string
	for _, r := range roles {
		s := "`" + r.Name + "`"
		if r.Needed {
			s += ", needed"
		}
		if r.Help != "" {
			s += " (" + r.Help + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}
