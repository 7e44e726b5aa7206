package screens

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/report/figure"
	"penstock/app/report/sheet"
	"penstock/app/tag"
	"penstock/widgets/paint"
	"penstock/widgets/trend"
)

// Samples is a Room that can hand over every sample, for exports.
type Samples interface {
	// Raw: see historian.Store.Raw.
	Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error
}

// Paper is a Room whose computer can print.
type Paper interface {
	// Print hands a PDF to the printer the system prints on by default. The
	// error says what is missing, such as a printer.
	Print(ctx context.Context, title string, pdf []byte) error
}

// exportLimit is how long an export may take, printLimit a page.
const (
	exportLimit = 30 * time.Minute
	printLimit  = time.Minute
)

// An export is a kind of file a trend is written to.
type export struct{ name, ending string }

var exports = []export{
	{"Page, PDF", "pdf"}, {"Drawing, SVG", "svg"}, {"Picture, PNG", "png"},
	{"Every sample, CSV", "csv"}, {"Every sample and statistics, XLSX", "xlsx"}, {"Statistics, CSV", "stats.csv"},
}

// writing is an export on its way.
type writing struct {
	stop    context.CancelFunc
	stopped bool         // by the person
	samples atomic.Int64 // written so far
}

// stopWriting ends the export that is being written.
func (p *trendsPage) stopWriting() {
	if p.writing != nil {
		p.writing.stopped = true
		p.writing.stop()
	}
}

// askExport writes what is shown to a file of a kind the person chooses.
func (p *trendsPage) askExport() {
	if len(p.view.Pens()) == 0 {
		p.s.status.tell(p.s.opts.Now(), "There is no pen to export.", true)
		return
	}
	large := widget.NewLabel(howMuch(p.view.Samples()))
	large.Wrapping = fyne.TextWrapWord
	large.Hide()
	var d *dialog
	path := newEntry(func(k keyOf) bool { return d.key(k) })
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	base := filepath.Join(home, "trend-"+p.s.opts.Now().Format("20060102-150405"))
	path.SetText(base + "." + exports[0].ending)
	var names []string
	for _, e := range exports {
		names = append(names, e.name)
	}
	kind := widget.NewRadioGroup(names, nil)
	kind.SetSelected(names[0])
	kind.Required = true
	kind.OnChanged = func(name string) {
		to := path.Text
		for _, e := range exports { // the longer ending comes last
			if cut, ok := strings.CutSuffix(path.Text, "."+e.ending); ok {
				to = cut
			}
		}
		path.SetText(to + "." + endingOf(name))
		if large.Hide(); strings.HasPrefix(name, "Every sample") {
			large.Show()
		}
	}
	d = p.s.ask("Export what is shown", container.NewVBox(kind, large, widget.NewLabel("File"), path), "Write", path, func(*dialog) string {
		if p.writing != nil {
			return "Another file is being written: stop that first, or wait."
		}
		to := strings.TrimSpace(path.Text)
		if info, err := os.Stat(filepath.Dir(to)); err != nil || !info.IsDir() {
			return "There is no folder " + filepath.Dir(to) + "."
		}
		if _, err := os.Stat(to); err == nil {
			return "There is a file of this name already."
		}
		ending := endingOf(kind.Selected)
		for _, e := range exports { // an ending that was typed says more
			if strings.HasSuffix(to, "."+e.ending) {
				ending = e.ending
			}
		}
		p.export(to, ending)
		return ""
	})
	path.OnSubmitted = func(string) { d.yes.OnTapped() }
}

func endingOf(name string) string {
	for _, e := range exports {
		if e.name == name {
			return e.ending
		}
	}
	return exports[0].ending
}

// rowBytes is about what a sample takes in a CSV file; a workbook takes less.
const rowBytes = 100

// howMuch says what an export of every sample comes to.
func howMuch(samples int) string {
	return fmt.Sprintf("About %s, %s as CSV. A button stops it while it is being written.", plural(samples, "sample", "samples"), megabytes(samples*rowBytes))
}

func megabytes(n int) string {
	if n < 1e6 {
		return "less than 1 MB"
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

// export writes the trend to a file in the background and tells the person.
func (p *trendsPage) export(path, ending string) {
	write := p.writer(ending)
	if write == nil {
		p.s.status.tell(p.s.opts.Now(), "This plant cannot hand over samples.", true)
		return
	}
	p.s.status.tell(p.s.opts.Now(), "Writing "+path+" ...", false)
	ctx, cancel := context.WithTimeout(p.s.ctx, exportLimit)
	now := &writing{stop: cancel}
	p.writing = now
	go func() {
		defer cancel()
		said := ""
		err := writeWhole(path, func(out io.Writer) (err error) {
			said, err = write(ctx, &stoppable{ctx, out}, &now.samples)
			return errors.Join(err, ctx.Err())
		})
		p.s.opts.Post(func() {
			p.writing = nil
			if now.stopped && err != nil {
				p.s.status.tell(p.s.opts.Now(), "The export was stopped; there is no file.", false)
				return
			}
			if err != nil {
				p.s.status.tell(p.s.opts.Now(), "Nothing was exported: "+sentence(err), true)
				return
			}
			p.s.status.tell(p.s.opts.Now(), said+" written to "+path+".", false)
		})
	}()
}

// stoppable is a Writer that ends with a Context: closing a workbook writes
// most of it.
type stoppable struct {
	ctx context.Context
	io.Writer
}

func (s *stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Writer.Write(p)
}

// writer takes what is shown now and returns what writes it, counting samples
// as it goes; nil where that cannot be.
func (p *trendsPage) writer(ending string) func(context.Context, io.Writer, *atomic.Int64) (said string, err error) {
	w := p.view.Window()
	switch ending {
	case "stats.csv":
		head, rows := p.view.Statistics()
		return func(_ context.Context, out io.Writer, _ *atomic.Int64) (string, error) {
			c := csv.NewWriter(out)
			return "Statistics", errors.Join(c.Write(head), c.WriteAll(rows))
		}
	case "csv", "xlsx":
		raw, ok := p.s.room.(Samples)
		if !ok {
			return nil
		}
		defs := p.defs()
		head, rows := p.view.Statistics()
		zone := p.view.Zone
		return func(ctx context.Context, out io.Writer, n *atomic.Int64) (string, error) {
			err := writeSamples(ctx, out, n, ending, zone, raw, defs, w, head, rows)
			return plural(int(n.Load()), "sample", "samples"), err
		}
	}
	f := p.view.Figure(&paint.Light)
	about := figure.About{Title: p.s.room.Project().Name + ": trend", By: p.s.user(), Made: p.s.opts.Now()}
	return func(_ context.Context, out io.Writer, _ *atomic.Int64) (string, error) {
		return "The trend was", figure.Write(out, figure.Format(ending), f, about)
	}
}

// defs are the tags of the pens.
func (p *trendsPage) defs() (out []*tag.Def) {
	for _, id := range p.view.Pens() {
		if c := p.s.room.Tags().Cell(id); c != nil {
			out = append(out, c.Def())
		}
	}
	return out
}

// writeSamples writes one row a sample, pen after pen, oldest first, and
// counts them in n. It ends soon after ctx.
func writeSamples(ctx context.Context, out io.Writer, n *atomic.Int64, format string, zone *time.Location, raw Samples, defs []*tag.Def, w trend.Window, head []string, stats [][]string) error {
	s, err := sheet.New(format, out, zone)
	if err != nil {
		return err
	}
	for _, d := range defs {
		var werr error
		err := raw.Raw(ctx, d.ID, w.From(), w.End, func(v tag.Value) bool {
			werr = s.Add(d, v)
			return werr == nil && (n.Add(1)%1024 != 0 || ctx.Err() == nil)
		})
		if err := errors.Join(err, werr, ctx.Err()); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	return errors.Join(s.Table("Statistics", head, stats), s.Close())
}

// print puts the trend on paper.
func (p *trendsPage) print() {
	paper, ok := p.s.room.(Paper)
	if !ok || len(p.view.Pens()) == 0 {
		p.s.status.tell(p.s.opts.Now(), "There is nothing to print on here. E writes a page as PDF.", true)
		return
	}
	write := p.writer("pdf")
	title := p.s.room.Project().Name + " trend"
	p.s.status.tell(p.s.opts.Now(), "Printing ...", false)
	ctx, cancel := context.WithTimeout(p.s.ctx, printLimit)
	go func() {
		defer cancel()
		var page bytes.Buffer
		_, err := write(ctx, &page, nil)
		if err == nil {
			err = paper.Print(ctx, title, page.Bytes())
		}
		p.s.opts.Post(func() {
			if err != nil {
				p.s.status.tell(p.s.opts.Now(), "Nothing was printed: "+sentence(err), true)
				return
			}
			p.s.status.tell(p.s.opts.Now(), "The trend was given to the printer.", false)
		})
	}()
}

// copyStatistics puts the statistics onto the clipboard, for a spreadsheet.
func (p *trendsPage) copyStatistics() {
	head, rows := p.view.Statistics()
	if len(rows) == 0 {
		return
	}
	p.s.app.Clipboard().SetContent(tabbed(append([][]string{head}, rows...)))
	p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("The statistics of %s are on the clipboard.", plural(len(rows), "pen", "pens")), false)
}

// tabbed writes rows as spreadsheets take them from the clipboard.
func tabbed(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, c := range r {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strings.Join(strings.Fields(c), " "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
