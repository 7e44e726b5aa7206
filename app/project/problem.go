// Package project is what engineers configure: a folder of plain text that
// diffs, merges and opens in a spreadsheet.
//
//	project.toml    name, areas, scan classes, historian and alarm settings
//	devices.toml    one table a device
//	tags.csv        one row a tag
//	alarms.csv      one row an alarm
//	displays/*.json one file a mimic; symbols/*.svg beside them
//
// A project is loaded whole or not at all, and every mistake in it is
// reported at once. Secrets are never part of it.
package project

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a project: where it is, what is wrong, and what
// to do about it.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // from 1; 0: the file as a whole
	What string `json:"what"`
	Do   string `json:"do"`
}

// String is the line that `penstock check` prints: "file:line: what; do".
func (p Problem) String() string {
	at := p.File
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	text := at + ": " + p.What
	if p.Do != "" {
		text += "; " + p.Do
	}
	return text
}

// Problems is every mistake of a project, in the order of files and lines.
// It is the error of Load.
type Problems []Problem

// maxShown bounds how many problems Error writes out; check prints them all.
const maxShown = 20

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i == maxShown {
			fmt.Fprintf(&b, "\n... and %d more", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// add notes a problem. What and do are for people; they hold no newline even
// where a name in them does.
func (ps *Problems) add(file string, line int, what, do string) {
	*ps = append(*ps, Problem{file, line, oneLine(what), oneLine(do)})
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == 0 {
			return ' '
		}
		return r
	}, s)
}

// sort orders problems as the files are read.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(fileRank(a.File), fileRank(b.File)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

func fileRank(name string) int {
	if i := slices.Index([]string{projectFile, devicesFile, tagsFile, alarmsFile}, name); i >= 0 {
		return i
	}
	return 4
}
