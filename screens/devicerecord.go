package screens

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/rows"
)

// recordings shows what went over a line: the last minutes, or what was kept
// when it was lost.
type recordings struct {
	s    *Station
	list *rows.View[int]
	grid *widgets.Surface
	all  []drivers.Recording
	at   int // index in all
}

// showRecordings opens the flight recorder of a device's link.
func (s *Station) showRecordings(room Recorders, device string) {
	v := &recordings{s: s, all: room.FlightRecordings(device)}
	if len(v.all) == 0 {
		s.status.tell(s.opts.Now(), "There is no recording of "+device+".", true)
		return
	}
	v.list = rows.New[int](s.style, v, rows.Column{Title: "Time", Width: 120}, rows.Column{Title: "Since the line before", Width: 150, Rank: 1}, rows.Column{Title: "What went over the line"})
	v.list.Empty = "Nothing went over the line in the last minutes."
	v.grid = widgets.NewSurface(v.list)
	v.grid.Clock = s.opts.Now
	size := s.win.Canvas().Size()
	v.grid.Least = fyne.NewSize(min(size.Width-120, 1100), max(min(size.Height-380, 560), 160))
	names := make([]string, len(v.all))
	for i, r := range v.all {
		names[i] = "Until " + r.At.Local().Format("15:04:05")
		if r.Why != "" {
			names[i] = r.At.Local().Format("2 Jan 15:04:05") + ": " + r.Why
		}
	}
	which := s.newChoice(names, nil)
	which.OnChanged = func(string) { v.turn(which.SelectedIndex()) }
	var d *dialog
	file := newEntry(func(k keyOf) bool { return d.key(k) })
	file.SetText(filepath.Join(homeFolder(), device+"-"+s.opts.Now().Format("20060102-150405")+".txt"))
	form := container.NewBorder(nil, nil, widget.NewLabel("Write to"), nil, file)
	d = s.askIn(v.grid.Least.Width, "Flight recorder of "+device, container.NewVBox(which, v.grid, form), "Export", nil, func(*dialog) string {
		to := strings.TrimSpace(file.Text)
		if err := v.export(to); err != nil {
			return sentence(err)
		}
		s.status.tell(s.opts.Now(), "The recording was written to "+to+".", false)
		return ""
	})
	v.grid.Forward = d.key
	d.frame = func(now time.Time) { v.grid.Frame(now) }
	which.SetSelectedIndex(0)
	d.first = v.grid
	d.focus(v.grid)
}

// homeFolder is where people find their files.
func homeFolder() string {
	if home, err := os.UserHomeDir(); err == nil {
		return home
	}
	return os.TempDir()
}

// turn shows another recording, its end first.
func (v *recordings) turn(i int) {
	if i < 0 {
		return
	}
	v.at = i
	keys := make([]int, len(v.all[i].Records))
	for k := range keys {
		keys[k] = k
	}
	v.list.SetOrder(keys)
	if len(keys) > 0 {
		v.list.Choose(len(keys) - 1)
	}
	v.list.Touch()
}

// Row implements rows.Model.
func (v *recordings) Row(i int, r *rows.Row) bool {
	records := v.all[v.at].Records
	if i >= len(records) {
		return false
	}
	rec := &records[i]
	r.Cells[0] = rec.At.Local().Format("15:04:05.000")
	if i > 0 {
		r.Cells[1] = fmt.Sprintf("%.6f s", rec.At.Sub(records[i-1].At).Seconds())
	}
	r.Cells[2] = rec.Line
	if strings.HasPrefix(rec.Line, "!") { // what came instead of an answer
		r.Tone = rows.Wrong
	}
	return true
}

// export writes the recording that is shown to a new file.
func (v *recordings) export(path string) error {
	if path == "" {
		return errors.New("name a file")
	}
	if _, err := os.Stat(path); err == nil {
		return errors.New("there is a file of this name already")
	}
	return writeWhole(path, func(w io.Writer) error {
		_, err := v.all[v.at].WriteTo(w)
		return err
	})
}
