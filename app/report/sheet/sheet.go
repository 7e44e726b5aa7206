// Package sheet writes what pens were, sample by sample, as CSV or as a
// workbook: every time with its zone, every value with its quality.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"penstock/app/tag"
)

// Header names the columns. They are a contract with those who read the
// files: columns are only ever added at the end.
var Header = []string{"time", "tag", "description", "value", "unit", "quality", "status", "flags"}

// Writer takes samples and writes them as rows. It belongs to one goroutine.
type Writer interface {
	// Add writes a sample of a tag.
	Add(d *tag.Def, v tag.Value) error
	// Table writes a heading and rows after the samples, such as statistics:
	// onto a sheet of its own where the format has sheets, else not at all.
	Table(name string, head []string, rows [][]string) error
	// Close writes what is left. It does not close what is underneath.
	Close() error
}

// New makes the Writer of a format, "csv" or "xlsx". Times are written in a
// zone, which no file leaves out.
func New(format string, w io.Writer, zone *time.Location) (Writer, error) {
	switch format {
	case "csv":
		c := &csvWriter{w: csv.NewWriter(w), zone: zone}
		return c, c.w.Write(Header)
	case "xlsx":
		return newBook(w, zone)
	}
	return nil, fmt.Errorf("no format %q: csv or xlsx", format)
}

// Flags are the words of f.
func Flags(f tag.Flags) string {
	var out []string
	for _, n := range []struct {
		f tag.Flags
		s string
	}{{tag.Skewed, "skewed"}, {tag.Backfilled, "backfilled"}, {tag.Manual, "manual"}, {tag.Simulated, "simulated"}} {
		if f&n.f != 0 {
			out = append(out, n.s)
		}
	}
	return strings.Join(out, "+")
}

// Cells are a sample as people and programs read it.
func Cells(d *tag.Def, v tag.Value, zone *time.Location) []string {
	value := ""
	if v.Value.Kind() != tag.None {
		value = v.Value.String()
	}
	return []string{time.Unix(0, v.At()).In(zone).Format("2006-01-02T15:04:05.000000Z07:00"), string(d.ID), d.Text, value, d.Unit,
		v.Quality.String(), fmt.Sprintf("0x%08X", v.Quality.Status()), Flags(v.Flags)}
}

type csvWriter struct {
	w    *csv.Writer
	zone *time.Location
}

func (c *csvWriter) Add(d *tag.Def, v tag.Value) error {
	cells := Cells(d, v, c.zone)
	for _, i := range [...]int{1, 2, 4} {
		cells[i] = harmless(cells[i])
	}
	if v.Value.Kind() == tag.KindText { // a number may begin with a minus
		cells[3] = harmless(cells[3])
	}
	return c.w.Write(cells)
}

func (c *csvWriter) Table(string, []string, [][]string) error { return nil }

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, s)
	if s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) {
		return "'" + s
	}
	return s
}

// bookRows is how many samples one sheet of a workbook holds.
const bookRows = 1_000_000

type book struct {
	w      io.Writer
	zone   *time.Location
	file   *excelize.File
	out    *excelize.StreamWriter
	dates  int
	bold   int
	sheets int
	rows   int
}

func newBook(w io.Writer, zone *time.Location) (*book, error) {
	b := &book{w: w, zone: zone, file: excelize.NewFile()}
	format := "yyyy-mm-dd hh:mm:ss.000"
	var err1, err2 error
	b.dates, err1 = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	b.bold, err2 = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err := errors.Join(err1, err2, b.file.SetSheetName("Sheet1", "Samples"), b.next()); err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

// next begins a sheet of samples.
func (b *book) next() error {
	if b.out != nil {
		if err := b.out.Flush(); err != nil {
			return err
		}
	}
	name := "Samples"
	if b.sheets++; b.sheets > 1 {
		name = fmt.Sprintf("Samples %d", b.sheets)
	}
	head := append([]string{}, Header...)
	head[0] = "time (" + zoneName(b.zone) + ")"
	head = append(head, "UTC offset")
	return b.begin(name, head, 24, 20, 30, 14, 10, 22, 14, 14, 12)
}

// zoneName names a zone to a person: that of the computer, which Go calls
// Local, by what its clocks are called in winter and in summer.
func zoneName(zone *time.Location) string {
	if zone != time.Local {
		return zone.String()
	}
	winter, _ := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
	summer, _ := time.Date(2026, 7, 1, 0, 0, 0, 0, zone).Zone()
	if winter == summer {
		return winter
	}
	return winter + "/" + summer
}

func (b *book) begin(name string, head []string, widths ...float64) (err error) {
	if i, _ := b.file.GetSheetIndex(name); i < 0 {
		if _, err := b.file.NewSheet(name); err != nil {
			return err
		}
	}
	if b.out, err = b.file.NewStreamWriter(name); err != nil {
		return err
	}
	for i, w := range widths {
		if err := b.out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	b.rows = 1
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = excelize.Cell{StyleID: b.bold, Value: h}
	}
	return b.out.SetRow("A1", cells)
}

func (b *book) Add(d *tag.Def, v tag.Value) error {
	if b.rows > bookRows {
		if err := b.next(); err != nil {
			return err
		}
	}
	text := Cells(d, v, b.zone)
	cells := make([]any, len(text), len(text)+1)
	for i, s := range text {
		cells[i] = s
	}
	// The clock of the zone as days since 1899-12-30: workbooks know no zones,
	// so how far it is from UTC stands in a column of its own.
	at := time.Unix(0, v.At()).In(b.zone)
	_, offset := at.Zone()
	cells[0] = excelize.Cell{StyleID: b.dates, Value: (float64(v.At())/1e9+float64(offset))/86400 + 25569}
	if f, ok := v.Value.Float(); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
		cells[3] = f
	}
	b.rows++
	return b.out.SetRow("A"+strconv.Itoa(b.rows), append(cells, at.Format("-07:00")))
}

func (b *book) Table(name string, head []string, rows [][]string) error {
	if err := b.out.Flush(); err != nil {
		return err
	}
	if err := b.begin(name, head, 20, 30, 10, 28, 28); err != nil {
		return err
	}
	for _, r := range rows {
		cells := make([]any, len(r))
		for i, s := range r {
			cells[i] = s
			if f, err := strconv.ParseFloat(s, 64); err == nil && i > 4 {
				cells[i] = f
			}
		}
		b.rows++
		if err := b.out.SetRow("A"+strconv.Itoa(b.rows), cells); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) Close() error {
	err := b.out.Flush()
	if err == nil {
		err = b.file.Write(b.w)
	}
	return errors.Join(err, b.file.Close())
}
