package project

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/spell"
)

// sheet is a CSV file with a header row. Cells are asked for by column name;
// what cannot be read is noted with its line, and reading goes on.
type sheet struct {
	file  string
	cols  map[string]int
	rows  []row
	probs *Problems
}

type row struct {
	s     *sheet
	line  int
	cells []string
}

// readCSV reads a file whose header may name any of known, in any order. It
// returns nil, with the problem noted, where there is no usable header.
func readCSV(file string, text []byte, known, required []string, probs *Problems) *sheet {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if i := bytes.IndexByte(text, 0); i >= 0 {
		probs.Add(file, 1+bytes.Count(text[:i], []byte("\n")), "the file holds a zero byte", "save it as CSV in UTF-8, not as a spreadsheet or UTF-16")
		return nil
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	r.Comment = '#'
	r.Comma = separator(text)
	head, err := r.Read()
	if err != nil {
		probs.Add(file, 1, "the header row cannot be read", "the first line names the columns: "+strings.Join(known, ","))
		return nil
	}
	s := &sheet{file: file, cols: map[string]int{}, probs: probs}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		_, twice := s.cols[h]
		switch {
		case twice:
			probs.Add(file, 1, fmt.Sprintf("column %q stands twice in the header", h), "keep one")
		case !slices.Contains(known, h):
			do := spell.Near(h, known)
			if do == "" {
				do = "known columns: " + strings.Join(known, ", ")
			}
			probs.Add(file, 1, fmt.Sprintf("unknown column %q", h), do)
		}
		s.cols[h] = i
	}
	for _, c := range required {
		if _, ok := s.cols[c]; !ok {
			probs.Add(file, 1, fmt.Sprintf("there is no column %q", c), "add it to the header")
			return nil
		}
	}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return s
		}
		if pe, ok := errors.AsType[*csv.ParseError](err); ok {
			probs.Add(file, pe.StartLine, "this is not a CSV row: "+pe.Err.Error(), "a text that holds a quote or the separator stands in double quotes; a quote inside is doubled")
			if pe.Err != csv.ErrBareQuote {
				return s
			}
			continue
		}
		line, _ := r.FieldPos(0)
		if len(cells) > len(head) {
			probs.Add(file, line, fmt.Sprintf("the row has %d cells, the header %d", len(cells), len(head)), "a text that holds the separator stands in double quotes")
		}
		if !blank(cells) {
			s.rows = append(s.rows, row{s, line, cells})
		}
	}
}

// separator guesses what a spreadsheet wrote between cells.
func separator(text []byte) rune {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		if n := bytes.Count(line, []byte(";")); n > bytes.Count(line, []byte(",")) {
			return ';'
		}
		if bytes.Count(line, []byte("\t")) > bytes.Count(line, []byte(",")) {
			return '\t'
		}
		break
	}
	return ','
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

func (r row) wrong(what, do string) { r.s.probs.Add(r.s.file, r.line, what, do) }

// text returns a cell without the space around it; "" where there is none.
func (r row) text(col string) string {
	i, ok := r.s.cols[col]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// number reads a cell as a finite number; empty is def.
func (r row) number(col string, def float64) float64 {
	s := r.text(col)
	if s == "" {
		return def
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f-f != 0 { // an infinity or a NaN is not equal to itself after subtraction
		do := "write it like 12.5"
		if strings.Contains(s, ",") {
			do = "write the decimal point as a point, like 12.5"
		}
		r.wrong(fmt.Sprintf("%s is %q, which is not a number", col, s), do)
		return def
	}
	return f
}

// whole reads a cell as a whole number from lo to hi; empty is def.
func (r row) whole(col string, def, lo, hi int) int {
	s := r.text(col)
	if s == "" {
		return def
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		r.wrong(fmt.Sprintf("%s is %q, which is not a whole number from %d to %d", col, s, lo, hi), "")
		return def
	}
	return n
}

// duration reads a cell such as "500ms"; empty is def.
func (r row) duration(col string, def time.Duration) time.Duration {
	s := r.text(col)
	if s == "" {
		return def
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		r.wrong(fmt.Sprintf("%s is %q, which is not a time", col, s), "write it like 500ms, 2s or 1m30s")
		return def
	}
	return d
}

// yes reads a cell as yes or no; empty is no.
func (r row) yes(col string) bool {
	switch strings.ToLower(r.text(col)) {
	case "", "no", "n", "false", "0":
		return false
	case "yes", "y", "true", "1":
		return true
	}
	r.wrong(fmt.Sprintf("%s is %q", col, r.text(col)), "write yes or no")
	return false
}
