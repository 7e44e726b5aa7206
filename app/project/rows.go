package project

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvText is a CSV file of a project whose rows are changed one by one: what
// is not changed stays byte for byte as people wrote it.
type csvText struct {
	text  []byte
	comma rune
	head  csvLine
	rows  []csvLine // that stand in the file
	more  []csvLine // that come after them
}

// csvLine is a row of a CSV file and where it stands.
type csvLine struct {
	cells    []string
	from, to int // bytes of the file, its end of line counted
	changed  bool
	gone     bool
}

// openRows reads a file whose rows have an id.
func openRows(file string, text []byte) (*csvText, error) {
	f := &csvText{text: text, comma: separator(bytes.TrimPrefix(text, []byte("\ufeff")))}
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
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := r.FieldPos(0)
		l := csvLine{cells: cells, from: skip + lines[line-1], to: skip + int(r.InputOffset())}
		if f.head.cells == nil {
			f.head = l
		} else {
			f.rows = append(f.rows, l)
		}
	}
	if f.head.cells == nil || f.column("id") < 0 {
		return nil, fmt.Errorf("%s has no column id", file)
	}
	return f, nil
}

// column is where a column stands; -1: nowhere.
func (f *csvText) column(name string) int {
	return slices.IndexFunc(f.head.cells, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

// row is the row with an id; nil for none.
func (f *csvText) row(id string) *csvLine {
	at := f.column("id")
	for _, list := range [][]csvLine{f.rows, f.more} {
		for i := range list {
			if c := list[i].cells; at < len(c) && strings.TrimSpace(c[at]) == id {
				return &list[i]
			}
		}
	}
	return nil
}

// cell is what stands in a column of a row.
func (f *csvText) cell(l *csvLine, col string) string {
	if i := f.column(col); i >= 0 && i < len(l.cells) {
		return l.cells[i]
	}
	return ""
}

// add begins a row at the end of the file.
func (f *csvText) add() *csvLine {
	f.more = append(f.more, csvLine{changed: true})
	return &f.more[len(f.more)-1]
}

// set writes a cell; a column that is missing is added at the end.
func (f *csvText) set(l *csvLine, col, word string) {
	i := f.column(col)
	if i < 0 {
		i = len(f.head.cells)
		f.head.cells, f.head.changed = append(f.head.cells, col), true
	}
	for len(l.cells) <= i {
		l.cells = append(l.cells, "")
	}
	if l.cells[i] != word {
		l.cells[i], l.changed = word, true
	}
}

// bytes is the file with its changes.
func (f *csvText) bytes() []byte {
	var out bytes.Buffer
	crlf := bytes.HasSuffix(f.text[f.head.from:f.head.to], []byte("\r\n"))
	at := 0
	for _, l := range append([]csvLine{f.head}, f.rows...) {
		out.Write(f.text[at:l.from])
		old := f.text[l.from:l.to]
		at = l.to
		switch {
		case l.gone:
			continue
		case !l.changed:
			out.Write(old)
			continue
		}
		f.write(&out, l.cells, crlf)
		if !bytes.HasSuffix(old, []byte("\n")) {
			out.Truncate(len(bytes.TrimRight(out.Bytes(), "\r\n")))
		}
	}
	out.Write(f.text[at:])
	if len(f.more) > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
		out.WriteByte('\n')
	}
	for _, l := range f.more {
		f.write(&out, l.cells, crlf)
	}
	return out.Bytes()
}

func (f *csvText) write(out *bytes.Buffer, cells []string, crlf bool) {
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = f.comma, crlf
	w.Write(cells) // a Buffer takes everything, and readCSV has seen the separator
	w.Flush()
}
