package project

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/alarm"
)

// Retune writes another tuning of one alarm into the text of alarms.csv, and
// who reviewed it on which day where the file keeps that. Only the line of the
// alarm changes, and of it only what differs from was; a column that is
// missing is added at the end. The text is not checked: hand it to Replace.
func Retune(text []byte, id string, was, is alarm.Tuning, by string, on time.Time) ([]byte, error) {
	cells := map[string]string{}
	put := func(col string, differs bool, word string) {
		if differs {
			cells[col] = word
		}
	}
	put("limit", was.Limit != is.Limit, strconv.FormatFloat(is.Limit, 'g', -1, 64))
	put("deadband", was.Deadband != is.Deadband, is.Deadband.String())
	put("on_delay", was.OnDelay != is.OnDelay, delayText(is.OnDelay))
	put("off_delay", was.OffDelay != is.OffDelay, delayText(is.OffDelay))
	if len(cells) == 0 {
		return text, nil
	}
	f, err := findRow(text, id)
	if err != nil {
		return nil, err
	}
	for _, col := range slices.Sorted(maps.Keys(cells)) {
		if f.column(col) < 0 {
			f.head.cells = append(f.head.cells, col)
			f.head.changed = true
		}
		f.set(col, cells[col])
	}
	for col, word := range map[string]string{"rationalised_by": by, "rationalised_on": on.Format(time.DateOnly)} {
		if f.column(col) >= 0 {
			f.set(col, word)
		}
	}
	return f.bytes(), nil
}

// delayText writes a time as people write it into the file: 1m, not 1m0s.
func delayText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// found is a CSV file with the row that is to be changed.
type found struct {
	text      []byte
	comma     rune
	head, row csvLine
}

// csvLine is a row of a CSV file and where it stands.
type csvLine struct {
	cells    []string
	from, to int // bytes of the file, its end of line counted
	changed  bool
}

func findRow(text []byte, id string) (*found, error) {
	f := &found{text: text, comma: separator(bytes.TrimPrefix(text, []byte("\ufeff")))}
	skip := len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff")))
	body := text[skip:]
	lines := []int{0} // where each line begins
	for i, b := range body {
		if b == '\n' {
			lines = append(lines, i+1)
		}
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord, r.Comment, r.Comma = -1, '#', f.comma
	at := -1
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil, fmt.Errorf("alarms.csv has no alarm %s any more", id)
		}
		if err != nil {
			return nil, fmt.Errorf("alarms.csv: %w", err)
		}
		line, _ := r.FieldPos(0)
		l := csvLine{cells: cells, from: skip + lines[line-1], to: skip + int(r.InputOffset())}
		if f.head.cells == nil {
			f.head = l
			if at = f.column("id"); at < 0 {
				return nil, fmt.Errorf("alarms.csv has no column id")
			}
			continue
		}
		if at < len(cells) && strings.TrimSpace(cells[at]) == id {
			f.row = l
			return f, nil
		}
	}
}

// column is where a column stands; -1: nowhere.
func (f *found) column(name string) int {
	return slices.IndexFunc(f.head.cells, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

func (f *found) set(col, word string) {
	i := f.column(col)
	for len(f.row.cells) <= i {
		f.row.cells = append(f.row.cells, "")
	}
	f.row.cells[i], f.row.changed = word, true
}

func (f *found) bytes() []byte {
	var out bytes.Buffer
	out.Write(f.text[:f.head.from])
	f.line(&out, &f.head)
	out.Write(f.text[f.head.to:f.row.from])
	f.line(&out, &f.row)
	out.Write(f.text[f.row.to:])
	return out.Bytes()
}

// line writes a row; one that has not changed as it stands in the file.
func (f *found) line(out *bytes.Buffer, l *csvLine) {
	old := f.text[l.from:l.to]
	if !l.changed {
		out.Write(old)
		return
	}
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = f.comma, bytes.HasSuffix(old, []byte("\r\n"))
	w.Write(l.cells) // a Buffer takes everything, and readCSV has seen the separator
	w.Flush()
	if !bytes.HasSuffix(old, []byte("\n")) {
		out.Truncate(out.Len() - 1)
	}
}
