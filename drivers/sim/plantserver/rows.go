package plantserver

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// rows is a recording in memory.
type rows struct {
	file    string
	times   []time.Time
	columns []column
}

// A column is one signal of a recording; a cell that is empty is NaN.
type column struct {
	title    string // as in the file
	name     string // fit for a signal's name
	decimals int
	values   []float64
}

// The bounds of a recording.
const (
	maxRows    = 5_000_000
	maxColumns = 30 // so that one Modbus request holds a row
	maxCells   = 20_000_000
	maxSpan    = 2 * 366 * 24 * time.Hour
)

// readRows reads a CSV file: a header, then rows whose first cell is a time
// and whose others are numbers or empty. The separator is ; or , or a tab,
// whichever the header has most of. Errors say the file, the line and what
// to do.
func readRows(path string) (*rows, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the recording: %w", err)
	}
	defer f.Close()
	return parseRows(filepath.Base(path), f)
}

func parseRows(name string, src io.Reader) (*rows, error) {
	in := bufio.NewReaderSize(src, 64<<10)
	if bom, _ := in.Peek(3); string(bom) == "\xEF\xBB\xBF" {
		in.Discard(3)
	}
	head, err := in.Peek(32 << 10)
	if len(head) == 0 {
		return nil, fmt.Errorf("%s is empty: a recording has a header line and one line a row", name)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	c := csv.NewReader(in)
	c.Comma = separator(string(head))
	c.ReuseRecord = true
	c.FieldsPerRecord = -1
	r := &rows{file: name}
	at := func(format string, a ...any) error {
		line, _ := c.FieldPos(0)
		return fmt.Errorf("%s:%d: %s", name, line, fmt.Sprintf(format, a...))
	}
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: the header cannot be read: %w", name, err)
	}
	if err := r.header(header); err != nil {
		return nil, at("%v", err)
	}
	layout := ""
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(row) != len(r.columns)+1 {
			return nil, at("%d cells, but the header has %d: every row needs a cell for each column", len(row), len(r.columns)+1)
		}
		var t time.Time
		if t, layout, err = parseTime(row[0], layout); err != nil {
			return nil, at("%v", err)
		}
		if n := len(r.times); n > 0 && t.Before(r.times[n-1]) {
			return nil, at("the time %s is before that of the row above: rows must be in order of time", row[0])
		}
		if len(r.times) > 0 && t.Sub(r.times[0]) > maxSpan {
			return nil, at("the time %s is more than two years after the first row's: longer recordings cannot be replayed", row[0])
		}
		if len(r.times) == maxRows || (len(r.times)+1)*len(r.columns) > maxCells {
			return nil, at("the recording is too long; at most %d rows and %d values can be replayed", maxRows, maxCells)
		}
		r.times = append(r.times, t)
		for i := range r.columns {
			v, err := cell(row[i+1], c.Comma)
			if err != nil {
				return nil, at("column %q: %v", r.columns[i].title, err)
			}
			r.columns[i].values = append(r.columns[i].values, v)
			if len(r.times) <= 100 {
				r.columns[i].decimals = max(r.columns[i].decimals, decimals(strings.TrimSpace(row[i+1])))
			}
		}
	}
	if len(r.times) == 0 {
		return nil, fmt.Errorf("%s has a header but no rows", name)
	}
	return r, nil
}

func (r *rows) header(cells []string) error {
	if len(cells) < 2 {
		return errors.New("the header has one column: the first is the time, the others are signals, separated by ; or ,")
	}
	if len(cells)-1 > maxColumns {
		return fmt.Errorf("%d signals; at most %d can be replayed", len(cells)-1, maxColumns)
	}
	used := map[string]string{strings.ToLower(rowSignal): "(the row counter)", strings.ToLower(rowsSignal): "(the number of rows)"}
	for i, title := range cells[1:] {
		title = strings.TrimSpace(title)
		if _, err := strconv.ParseFloat(title, 64); err == nil {
			return fmt.Errorf("the first line has the number %s where a column's name is expected: a recording needs a header line", title)
		}
		name := identifier(title)
		if name == "" {
			return fmt.Errorf("column %d has no name", i+2)
		}
		if other, twice := used[strings.ToLower(name)]; twice {
			return fmt.Errorf("columns %q and %q would have the same signal name %s: rename one", other, title, name)
		}
		used[strings.ToLower(name)] = title
		r.columns = append(r.columns, column{title: title, name: name})
	}
	return nil
}

// identifier makes a signal's name of a title: what is not a letter, a digit
// or an underscore becomes an underscore.
func identifier(title string) string {
	var b strings.Builder
	for _, c := range title {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			b.WriteRune(c)
		case c >= '0' && c <= '9':
			if b.Len() == 0 {
				b.WriteByte('_')
			}
			b.WriteRune(c)
		default:
			b.WriteByte('_')
		}
	}
	return strings.Trim(b.String(), "_ ")
}

// separator is what the first line has most of.
func separator(head string) rune {
	line, _, _ := strings.Cut(head, "\n")
	best, most := ',', 0
	for _, c := range ";,\t" {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// cell reads a number; where the comma does not separate cells it may be the
// decimal sign.
func cell(s string, comma rune) (float64, error) {
	s = strings.TrimSpace(s)
	if s == "" || strings.EqualFold(s, "nan") || strings.EqualFold(s, "null") {
		return math.NaN(), nil
	}
	if comma != ',' && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a number; leave the cell empty where there is none", s)
	}
	return v, nil
}

var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04",
	"02.01.2006 15:04:05.999999999", "02.01.2006 15:04", "01/02/2006 15:04:05.999999999", "2006/01/02 15:04:05.999999999", "20060102T150405",
}

// parseTime reads a time, in the layout of the rows before if there is one. A
// plain number is seconds, or from the size of it milliseconds, since 1970.
func parseTime(s, layout string) (time.Time, string, error) {
	s = strings.TrimSpace(s)
	if layout == "number" || layout == "" {
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && math.Abs(f) < 1e15 {
			if math.Abs(f) > 1e11 {
				return time.UnixMilli(int64(f)).UTC(), "number", nil
			}
			return time.Unix(0, int64(math.Round(f*1e6))*1000).UTC(), "number", nil
		}
	}
	for _, l := range layouts {
		if layout != "" && l != layout {
			continue
		}
		if t, err := time.Parse(l, s); err == nil {
			return t, l, nil
		}
	}
	if layout != "" {
		return time.Time{}, layout, fmt.Errorf("%q is not a time like those of the rows above", s)
	}
	return time.Time{}, "", fmt.Errorf("%q is not a time; write it like 2020-02-08 13:30:47, 2020-02-08T13:30:47Z or seconds since 1970", s)
}
