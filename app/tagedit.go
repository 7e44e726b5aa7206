package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/screens"
)

var _ screens.TagEditor = (*room)(nil)

// tagsCSV is the file of a project that holds its tags.
const tagsCSV = "tags.csv"

// MergeTags implements screens.TagEditor.
func (r *room) MergeTags(ctx context.Context, s screens.Session, rows []project.TagRow, why string) (added, changed int, err error) {
	if err := r.Fixed(); err != nil {
		return 0, 0, err
	}
	text, err := os.ReadFile(filepath.Join(r.shop.folder, tagsCSV))
	if err != nil {
		return 0, 0, err
	}
	if text, added, changed, err = project.MergeTags(text, rows); err != nil {
		return 0, 0, err
	}
	what := fmt.Sprintf("tags.csv: %s added, %d changed", count(added, "tag"), changed)
	if why != "" {
		what += ": " + why
	}
	return added, changed, r.exchange(ctx, s, map[string][]byte{tagsCSV: text}, what)
}

// TagCells implements screens.TagEditor.
func (r *room) TagCells(id tag.ID) (map[string]string, error) {
	if err := r.Fixed(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(r.shop.folder, tagsCSV))
	if err != nil {
		return nil, err
	}
	return project.TagCells(text, string(id))
}

// RowOf implements screens.TagEditor.
func (r *room) RowOf(device string, n drivers.Node) project.TagRow {
	cells := map[string]string{"description": n.Text, "device": device, "address": n.Address, "kind": kindOf(n.Type), "unit": n.Unit, "states": statesText(n.States), "access": "r"}
	if n.Lo != n.Hi {
		cells["lo"], cells["hi"] = strconv.FormatFloat(n.Lo, 'g', -1, 64), strconv.FormatFloat(n.Hi, 'g', -1, 64)
	}
	if n.Writable {
		cells["access"] = "rw"
	}
	return project.TagRow{ID: n.Name, Cells: cells}
}
