package journal

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// header names the columns of an export. They are a contract with those who
// read it: columns are only ever added at the end.
var header = []string{"seq", "at", "source", "kind", "action", "on", "area", "who", "station", "old", "new", "outcome", "note", "ref", "level"}

// record is e as the columns of header, times in RFC 3339 UTC to the
// microsecond.
func (e *Entry) record() []string {
	level := ""
	if e.Level != 0 {
		level = strconv.Itoa(e.Level)
	}
	return []string{strconv.FormatInt(e.Seq, 10), stamp(e.At), stamp(e.Source), string(e.Kind), e.Action, e.On, e.Area, e.Who, e.Station,
		e.Old, e.New, e.Outcome, e.Note, e.Ref, level}
}

func stamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000Z07:00")
}

// WriteCSV writes the entries f chooses. A cell that a spreadsheet would take
// for a formula gets an apostrophe before it; a line break in a cell becomes
// a space, so that an entry is a line.
func (j *Journal) WriteCSV(ctx context.Context, w io.Writer, f Filter) error {
	c := csv.NewWriter(w)
	if err := c.Write(header); err != nil {
		return err
	}
	err := j.Each(ctx, f, func(e *Entry) error {
		cells := e.record()
		for i := range cells {
			cells[i] = harmless(oneLine(cells[i]))
		}
		return c.Write(cells)
	})
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("export the journal: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from working a cell out. Numbers stay numbers.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t|", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// oneLine replaces what would break a line or hide text: control characters,
// and the marks that turn the direction of writing.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7F, r == 0x85, r >= 0x2028 && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return ' '
		}
		return r
	}, s)
}

// sheetRows is how many entries a sheet takes: the format's limit less the
// header.
const sheetRows = 1<<20 - 1

// WriteXLSX writes the entries f chooses as a workbook, times in a column of
// dates (UTC), a sheet for each million entries.
func (j *Journal) WriteXLSX(ctx context.Context, w io.Writer, f Filter) (err error) {
	x := excelize.NewFile()
	defer x.Close()
	s := sheets{book: x}
	if s.dates, err = x.NewStyle(&excelize.Style{CustomNumFmt: ptr("yyyy-mm-dd hh:mm:ss.000")}); err == nil {
		s.bold, err = x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	}
	if err == nil {
		err = s.next()
	}
	if err == nil {
		err = j.Each(ctx, f, s.add)
	}
	if err == nil {
		err = s.out.Flush()
	}
	if err == nil {
		err = x.Write(w)
	}
	if err != nil {
		return fmt.Errorf("export the journal: %w", err)
	}
	return nil
}

type sheets struct {
	book        *excelize.File
	out         *excelize.StreamWriter
	dates, bold int
	count, rows int
}

// next begins a sheet.
func (s *sheets) next() (err error) {
	if s.out != nil {
		if err := s.out.Flush(); err != nil {
			return err
		}
	}
	s.count++
	s.rows = 0
	name := "Journal"
	if s.count == 1 {
		err = s.book.SetSheetName("Sheet1", name)
	} else {
		name = fmt.Sprintf("Journal %d", s.count)
		_, err = s.book.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if s.out, err = s.book.NewStreamWriter(name); err != nil {
		return err
	}
	for i, width := range []float64{8, 24, 24, 10, 16, 20, 10, 14, 12, 20, 20, 16, 50, 16, 6} {
		if err := s.out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = excelize.Cell{StyleID: s.bold, Value: h}
	}
	return s.out.SetRow("A1", cells)
}

func (s *sheets) add(e *Entry) error {
	if s.rows == sheetRows {
		if err := s.next(); err != nil {
			return err
		}
	}
	s.rows++
	cells := make([]any, len(header))
	for i, v := range e.record() {
		cells[i] = oneLine(v) // a text cell is never a formula
	}
	cells[0] = e.Seq
	cells[1] = s.date(e.At)
	cells[2] = s.date(e.Source)
	if e.Level != 0 {
		cells[14] = e.Level
	}
	return s.out.SetRow("A"+strconv.Itoa(s.rows+1), cells)
}

func (s *sheets) date(ns int64) any {
	if ns == 0 {
		return nil
	}
	// Days since 1899-12-30. A time.Time would lose what is below a second.
	return excelize.Cell{StyleID: s.dates, Value: float64(ns)/float64(24*time.Hour) + 25569}
}

func ptr[T any](v T) *T { return &v }
