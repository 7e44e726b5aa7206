package project

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is one difference between two projects.
type Change struct {
	File   string `json:"file"`
	On     string `json:"on,omitempty"`     // the id of a row; empty for a line of another file
	Column string `json:"column,omitempty"` // of the row; empty where all of it came or went
	Was    string `json:"was"`
	Is     string `json:"is"`
	Came   bool   `json:"came,omitempty"` // the row, line or file is new
	Went   bool   `json:"went,omitempty"`
}

// String is the change in one line.
func (c Change) String() string {
	what := c.File
	if c.On != "" {
		what += " " + c.On
	}
	switch {
	case c.Came:
		return strings.TrimRight(what+" + "+c.Is, " ")
	case c.Went:
		return strings.TrimRight(what+" - "+c.Was, " ")
	}
	return fmt.Sprintf("%s %s: %q -> %q", what, c.Column, c.Was, c.Is)
}

// Diff is what must be done to was to make it is. Rows of CSV files are told
// apart by their id and compared cell by cell, wherever they stand; of other
// files the lines that came and went are told.
func Diff(was, is Files) (out []Change) {
	names := map[string]bool{}
	for n := range was {
		names[n] = true
	}
	for n := range is {
		names[n] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, before := was[name]
		b, after := is[name]
		switch {
		case bytes.Equal(a, b) && before && after:
		case !after:
			out = append(out, Change{File: name, Went: true})
		case !before:
			out = append(out, Change{File: name, Came: true})
		default:
			rows, order := keyed(a)
			next, nextOrder := keyed(b)
			if rows != nil && next != nil && strings.HasSuffix(name, ".csv") {
				out = append(out, diffRows(name, rows, next, order, nextOrder)...)
			} else {
				out = append(out, diffLines(name, a, b)...)
			}
		}
	}
	return out
}

// keyed reads a CSV file into its rows by id, each by column. It is nil where
// that cannot be: no id, or one twice.
func keyed(text []byte) (rows map[string]map[string]string, order []string) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.Comment, r.Comma = -1, '#', separator(text)
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return nil, nil
	}
	head := all[0]
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	id := slices.Index(head, "id")
	if id < 0 {
		return nil, nil
	}
	rows = map[string]map[string]string{}
	for _, cells := range all[1:] {
		if len(cells) <= id || rows[cells[id]] != nil {
			return nil, nil
		}
		row := map[string]string{}
		for i, cell := range cells[:min(len(cells), len(head))] {
			row[head[i]] = cell
		}
		rows[cells[id]] = row
		order = append(order, cells[id])
	}
	return rows, order
}

func diffRows(file string, was, is map[string]map[string]string, order, nextOrder []string) (out []Change) {
	for _, id := range order {
		row, stays := is[id]
		if !stays {
			out = append(out, Change{File: file, On: id, Was: short(was[id]), Went: true})
			continue
		}
		columns := map[string]bool{}
		for c := range was[id] {
			columns[c] = true
		}
		for c := range row {
			columns[c] = true
		}
		for _, c := range slices.Sorted(maps.Keys(columns)) {
			if a, b := was[id][c], row[c]; a != b {
				out = append(out, Change{File: file, On: id, Column: c, Was: a, Is: b})
			}
		}
	}
	for _, id := range nextOrder {
		if was[id] == nil {
			out = append(out, Change{File: file, On: id, Is: short(is[id]), Came: true})
		}
	}
	return out
}

// short is what a row says of itself: its description or message.
func short(row map[string]string) string {
	if s := row["description"]; s != "" {
		return s
	}
	return row["message"]
}

// diffLines tells the lines that only one of two texts has, as often as it has
// them.
func diffLines(file string, was, is []byte) (out []Change) {
	for _, line := range without(was, is) {
		out = append(out, Change{File: file, Was: line, Went: true})
	}
	for _, line := range without(is, was) {
		out = append(out, Change{File: file, Is: line, Came: true})
	}
	if len(out) == 0 {
		out = append(out, Change{File: file, Column: "order of lines or ends of line", Was: "as before", Is: "changed"})
	}
	return out
}

// without is the lines of text less those of other.
func without(text, other []byte) (out []string) {
	there := map[string]int{}
	for line := range strings.Lines(string(other)) {
		there[strings.TrimRight(line, "\r\n")]++
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if there[line]--; there[line] < 0 {
			out = append(out, line)
		}
	}
	return out
}
