// Package project is what engineers configure: a folder of plain text that
// diffs, merges and opens in a spreadsheet.
//
//	project.toml    name, areas, scan classes, historian and alarm settings
//	devices.toml    one table a device
//	tags.csv        one row a tag
//	alarms.csv      one row an alarm
//	displays/*.json one file a mimic
//	pictures/*      PNG, JPEG and SVG files that displays show
//
// A project is loaded whole or not at all, and every mistake in it is
// reported at once. Secrets are never part of it.
package project

import (
	"cmp"
	"slices"

	"penstock/app/mistake"
)

// Problem is one mistake in a project.
type Problem = mistake.One

// Problems is every mistake of a project, in the order of files and lines.
// It is the error of Load.
type Problems = mistake.List

// inOrder sorts problems as the files are read.
func inOrder(ps Problems) {
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
