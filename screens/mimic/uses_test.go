package mimic

import (
	"fmt"
	"strings"
	"testing"

	"penstock/app/tag"
)

func displays(t *testing.T, texts map[string]string) (all []*Display, find func(string) *Display) {
	t.Helper()
	for _, name := range keys(texts) {
		d, err := Parse(name+".json", []byte(texts[name]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all, func(name string) *Display {
		for _, d := range all {
			if d.Name == name {
				return d
			}
		}
		return nil
	}
}

var linked = map[string]string{
	"top": `{"format": 1, "title": "Top", "level": 1, "size": [100, 100], "items": [
 {"id": "a", "kind": "template", "box": [0, 0, 50, 50], "use": "way", "with": {"TO": "low", "T": "P"}},
 {"id": "b", "kind": "pump", "box": [0, 0, 50, 50], "tags": {"run": "P.RUN", "speed": "= P.LVL * 2"}, "watch": ["P.LVL"], "rules": [{"when": "P.LVL > 3", "set": {"visible": false}}], "go": "low"},
 {"id": "c", "kind": "picture", "box": [0, 0, 50, 50], "props": {"file": "low"}}]}`,
	"low": `{"format": 1, "title": "Low", "level": 2, "parent": "top", "size": [100, 100], "items": [
 {"id": "back", "kind": "nav", "box": [0, 0, 50, 50], "go": "top"},
 {"id": "here", "kind": "text", "box": [0, 0, 50, 50], "props": {"text": "low"}}]}`,
	"way": `{"format": 1, "size": [100, 100], "params": ["TO", "T"], "items": [
 {"id": "in", "kind": "template", "box": [0, 0, 50, 50], "use": "button", "with": {"WHERE": "{TO}"}},
 {"id": "v", "kind": "value", "box": [0, 0, 50, 50], "tags": {"value": "{T}.LVL"}}]}`,
	"button": `{"format": 1, "size": [100, 100], "params": ["WHERE"], "items": [{"id": "n", "kind": "nav", "box": [0, 0, 50, 50], "go": "{WHERE}"}]}`,
}

func TestUses(t *testing.T) {
	all, _ := displays(t, linked)
	scope := func(id tag.ID) (tag.Kind, bool) { return tag.KindFloat, strings.HasPrefix(string(id), "P.") }
	for _, c := range []struct{ name, want string }{
		{"P.LVL", "top:2 a/v shows it as value, top:3 b works speed out from it, top:3 b watches its alarms, top:3 b has it in rule 1"},
		{"P.RUN", "top:3 b shows it as run"},
		{"low", "top:3 b leads to it, top:4 c shows it"},
		{"top", "low:0  is one level below it, low:2 back leads to it"},
		{"way", "top:2 a shows it as a template"},
		{"button", "way:2 in shows it as a template"},
		{"P.XX", ""},
	} {
		var have []string
		for _, u := range Uses(all, c.name, scope) {
			have = append(have, fmt.Sprintf("%s:%d %s %s", u.Display, u.Line, u.Item, u.How))
		}
		if got := strings.Join(have, ", "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Another name is followed by everything that leads there, through templates
// in templates too, and by nothing else.
func TestRenamed(t *testing.T) {
	all, find := displays(t, linked)
	after := map[string]*Display{}
	for _, d := range all {
		next := d.Renamed("low", "deep", find)
		if (next == d) != (d.Name == "way" || d.Name == "button") {
			t.Errorf("%s: changed %v", d.Name, next != d)
		}
		after[next.Name] = next
	}
	top := after["top"]
	if top.Item("a").With["TO"] != "deep" || top.Item("a").With["T"] != "P" || top.Item("b").Go != "deep" {
		t.Errorf("the top is %s", top.Text())
	}
	if after["deep"] == nil || after["deep"].Item("here").Props.Text("text", "") != "low" {
		t.Errorf("the display itself is %v", after["deep"])
	}
	if find("top").Item("b").Go != "low" {
		t.Error("the display that was handed in was changed")
	}
	if up := find("low").Renamed("top", "summit", find); up.Parent != "summit" || up.Item("back").Go != "summit" {
		t.Errorf("below the one that was renamed: %s", up.Text())
	}
	if way := find("top").Renamed("way", "path", find); way.Item("a").Use != "path" || way.Item("a").With["TO"] != "low" {
		t.Errorf("of a template that was renamed: %s", way.Text())
	}
}
