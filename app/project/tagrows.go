package project

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// TagRow is a row of tags.csv as people type it: cells by column. A column
// that is not in Cells stays as it is.
type TagRow struct {
	ID    string
	Cells map[string]string
}

// MergeTags writes rows into the text of tags.csv: one whose id is there is
// changed, any other is added at the end. What is not named stays byte for
// byte. The text is not checked: hand it to Replace.
func MergeTags(text []byte, rows []TagRow) (out []byte, added, changed int, err error) {
	f, err := openRows(tagsFile, text)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, r := range rows {
		for col := range r.Cells {
			if !slices.Contains(tagColumns, col) {
				return nil, 0, 0, fmt.Errorf("tags.csv has no column %q", col)
			}
		}
		l := f.row(r.ID)
		if l == nil {
			l = f.add()
			f.set(l, "id", r.ID)
			added++
		} else {
			changed++
		}
		for _, col := range slices.Sorted(maps.Keys(r.Cells)) {
			if word := r.Cells[col]; word != "" || f.column(col) >= 0 {
				f.set(l, col, word)
			}
		}
	}
	return f.bytes(), added, changed, nil
}

// DropTags takes tags out of the text of tags.csv, and the alarms that watch
// them out of that of alarms.csv where alarms is not nil; it says which these
// were. What else is there stays byte for byte. The texts are not checked:
// hand them to Replace.
func DropTags(tags, alarms []byte, ids []string) (tagsOut, alarmsOut []byte, dropped []string, err error) {
	f, err := openRows(tagsFile, tags)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, id := range ids {
		l := f.row(id)
		if l == nil {
			return nil, nil, nil, fmt.Errorf("%s has no tag %s", tagsFile, id)
		}
		l.gone = true
	}
	if alarms == nil {
		return f.bytes(), nil, nil, nil
	}
	a, err := openRows(alarmsFile, alarms)
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range a.rows {
		if l := &a.rows[i]; slices.Contains(ids, strings.TrimSpace(a.cell(l, "tag"))) {
			l.gone = true
			dropped = append(dropped, strings.TrimSpace(a.cell(l, "id")))
		}
	}
	return f.bytes(), a.bytes(), dropped, nil
}

// TagCells is the row of a tag as it stands in the text of tags.csv.
func TagCells(text []byte, id string) (map[string]string, error) {
	f, err := openRows(tagsFile, text)
	if err != nil {
		return nil, err
	}
	l := f.row(id)
	if l == nil {
		return nil, fmt.Errorf("%s has no tag %s", tagsFile, id)
	}
	out := map[string]string{}
	for _, col := range tagColumns {
		out[col] = f.cell(l, col)
	}
	return out, nil
}

// ReadTagRows reads rows to be merged from a CSV file with an id column. A
// column that the file does not have is not touched by merging.
func ReadTagRows(text []byte) (rows []TagRow, err error) {
	f, err := openRows("the file", text)
	if err != nil {
		return nil, err
	}
	for i := range f.rows {
		l := &f.rows[i]
		r := TagRow{ID: strings.TrimSpace(f.cell(l, "id")), Cells: map[string]string{}}
		for _, h := range f.head.cells {
			if col := strings.ToLower(strings.TrimSpace(h)); col != "id" && col != "" {
				r.Cells[col] = f.cell(l, col)
			}
		}
		if r.ID != "" {
			rows = append(rows, r)
		}
	}
	return rows, nil
}
