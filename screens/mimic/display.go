// Package mimic is a display as data: what stands where, what it shows, and
// where it leads. It draws nothing and knows no toolkit.
//
// A display is one strict JSON file. Sizes and places are in display units: a
// display of 1600 x 900 units fills a window of any size. Items are painted in
// the order they are written.
//
//	{
//	 "format": 1,
//	 "title": "High-lift pumps",
//	 "level": 2,
//	 "parent": "overview",
//	 "areas": ["HL"],
//	 "size": [1600, 900],
//	 "items": [
//	  {"id": "P601", "kind": "pump", "box": [400, 300, 90, 110],
//	   "props": {"label": "Pump 1"},
//	   "tags": {"run": "HL.P601.RUN", "fault": "HL.P601.FLT"},
//	   "rules": [{"when": "HL.PT601 < 1", "set": {"visible": false}}]}
//	 ]
//	}
//
// What stands at a role in "tags" is a tag's id, or "= " and an expression of
// package calc. A display with "params" is a template: an item of kind
// "template" shows it with each {NAME} replaced.
package mimic

import (
	"maps"
	"slices"
	"strings"
)

// Format is the version of the file that this program reads and writes.
const Format = 1

// Bounds of one display; beyond them a file is refused.
const (
	MaxItems = 5000
	MaxSize  = 20000 // display units in either direction
	maxDepth = 8     // templates inside templates
)

// Display is one picture of the plant. It is not changed after Parse but by
// an editor that owns it.
type Display struct {
	Name   string // the file's name without .json
	Title  string
	Level  int    // 1 overview, 2 unit, 3 detail, 4 diagnostics (ISA-101); 0 for a template
	Parent string // name of the display one level up; empty at level 1
	Areas  []string
	W, H   float64  // display units
	Params []string // names a template is given values for
	Items  []Item
}

// Template reports whether d is there to be shown inside other displays.
func (d *Display) Template() bool { return len(d.Params) > 0 }

// Item is one thing on a display.
type Item struct {
	ID     string // unique in its display
	Kind   string // one of Kinds
	Box    Box    // where it stands; the hull of Points where the kind has points
	Points []Point
	Props  Props
	Tags   map[string]string // by role: a tag's id, or "= expression"
	Watch  []string          // tags whose alarms the item shows besides those in Tags
	Rules  []Rule
	Go     string            // display that a tap opens
	Use    string            // template that kind "template" shows
	With   map[string]string // its parameters
	Group  string            // items of one group are edited together
	Layer  string            // may be hidden by the operator

	Line int // in the file, from 1; 0 when it does not come from one
}

// Box is a rectangle in display units.
type Box struct{ X, Y, W, H float64 }

// Point is a corner of a line in display units.
type Point struct{ X, Y float64 }

// Props are an item's settings by name: each a string, a float64, a bool or a
// []float64, as the item's Kind says.
type Props map[string]any

// Text returns a text or choice, or def.
func (p Props) Text(name, def string) string {
	if s, ok := p[name].(string); ok {
		return s
	}
	return def
}

// Number returns a number, or def.
func (p Props) Number(name string, def float64) float64 {
	if f, ok := p[name].(float64); ok {
		return f
	}
	return def
}

// Has reports whether a setting is given.
func (p Props) Has(name string) bool { _, ok := p[name]; return ok }

// Flag returns a yes or no, or def.
func (p Props) Flag(name string, def bool) bool {
	if b, ok := p[name].(bool); ok {
		return b
	}
	return def
}

// Numbers returns a list of numbers; nil when not given.
func (p Props) Numbers(name string) []float64 {
	l, _ := p[name].([]float64)
	return l
}

// Rule changes how an item looks while a condition holds. Later rules go
// before earlier ones.
type Rule struct {
	When string         // an expression of package calc
	Set  map[string]any // by the names in RuleTargets
	Line int
}

// Clone returns a copy of it that shares nothing with the original.
func (it Item) Clone() Item {
	it.Points = slices.Clone(it.Points)
	it.Props = maps.Clone(it.Props)
	for k, v := range it.Props {
		if l, ok := v.([]float64); ok {
			it.Props[k] = slices.Clone(l)
		}
	}
	it.Tags = maps.Clone(it.Tags)
	it.Watch = slices.Clone(it.Watch)
	it.With = maps.Clone(it.With)
	it.Rules = slices.Clone(it.Rules)
	for i := range it.Rules {
		it.Rules[i].Set = maps.Clone(it.Rules[i].Set)
	}
	return it
}

// Clone returns a copy of d that shares nothing with the original.
func (d *Display) Clone() *Display {
	c := *d
	c.Areas, c.Params = slices.Clone(d.Areas), slices.Clone(d.Params)
	c.Items = make([]Item, len(d.Items))
	for i := range d.Items {
		c.Items[i] = d.Items[i].Clone()
	}
	return &c
}

// Item returns the item with an id, or nil.
func (d *Display) Item(id string) *Item {
	for i := range d.Items {
		if d.Items[i].ID == id {
			return &d.Items[i]
		}
	}
	return nil
}

// Areas lists the plant areas whose alarms the item shows.
func (it *Item) Areas() []string {
	text, ok := it.Props["area"].(string)
	if !ok {
		return nil
	}
	return strings.Fields(text)
}

// Hull is the smallest box around points.
func Hull(pts []Point) Box {
	if len(pts) == 0 {
		return Box{}
	}
	lo, hi := pts[0], pts[0]
	for _, p := range pts[1:] {
		lo.X, hi.X = min(lo.X, p.X), max(hi.X, p.X)
		lo.Y, hi.Y = min(lo.Y, p.Y), max(hi.Y, p.Y)
	}
	return Box{lo.X, lo.Y, hi.X - lo.X, hi.Y - lo.Y}
}
