package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	err = r.revise(ctx, s, func() (map[string][]byte, string, error) {
		text, err := os.ReadFile(filepath.Join(r.shop.folder, tagsCSV))
		if err != nil {
			return nil, "", err
		}
		if text, added, changed, err = project.MergeTags(text, rows); err != nil {
			return nil, "", err
		}
		what := fmt.Sprintf("tags.csv: %s added, %d changed", count(added, "tag"), changed)
		if why != "" {
			what += ": " + why
		}
		return map[string][]byte{tagsCSV: text}, what, nil
	})
	return added, changed, err
}

// DropTags implements screens.TagEditor.
func (r *room) DropTags(ctx context.Context, s screens.Session, ids []tag.ID, alarms bool) (dropped []string, err error) {
	err = r.revise(ctx, s, func() (map[string][]byte, string, error) {
		files := map[string][]byte{}
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = string(id)
		}
		tags, err := os.ReadFile(filepath.Join(r.shop.folder, tagsCSV))
		if err != nil {
			return nil, "", err
		}
		var sheet []byte
		if alarms {
			if sheet, err = os.ReadFile(filepath.Join(r.shop.folder, alarmsCSV)); err != nil {
				return nil, "", err
			}
		}
		if tags, sheet, dropped, err = project.DropTags(tags, sheet, names); err != nil {
			return nil, "", err
		}
		files[tagsCSV] = tags
		what := "tags deleted: " + strings.Join(names, ", ")
		if len(dropped) > 0 {
			files[alarmsCSV] = sheet
			what += "; with them the alarms " + strings.Join(dropped, ", ")
		}
		return files, what, nil
	})
	return dropped, err
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
