package screens

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/tag"
	"penstock/widgets/view"
)

// Samples is a Room that can hand over every sample, for exports.
type Samples interface {
	// Raw: see historian.Store.Raw.
	Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error
}

// trendGroup is a named choice of pens.
type trendGroup struct {
	Name string        `json:"name"`
	Pens []tag.ID      `json:"pens"`
	Span time.Duration `json:"span"` // ns
}

// groupsFile is where a station keeps its trend groups, in Options.Folder.
const groupsFile = "trends.json"

// loadGroups reads what saveGroups wrote. A file that is not there is no
// groups; one that cannot be read is an error, and is not written over.
func loadGroups(folder string) ([]trendGroup, error) {
	text, err := os.ReadFile(filepath.Join(folder, groupsFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the trend groups: %w", err)
	}
	var out []trendGroup
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("read the trend groups in %s: %w", filepath.Join(folder, groupsFile), err)
	}
	return out, nil
}

func saveGroups(folder string, groups []trendGroup) error {
	text, err := json.MarshalIndent(groups, "", " ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(folder, groupsFile), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// writeWhole writes a file beside its place and moves it there when it is
// complete: nobody ever finds half of it.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".penstock-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buf := bufio.NewWriterSize(f, 1<<16)
	if err = write(buf); err != nil {
		return err
	}
	if err = errors.Join(buf.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// key is offered the keys the plot leaves.
func (p *trendsPage) key(k view.Key) bool {
	id, ok := map[string]string{"G": "goto", "L": "groups", "S": "save", "E": "export", "P": "picture"}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	p.do(id)
	return true
}

func (p *trendsPage) do(id string) {
	switch id {
	case "goto":
		p.askGo()
	case "save":
		p.askSave()
	case "groups":
		p.askGroup()
	case "export":
		p.askExport()
	case "picture":
		p.askPicture()
	}
}

// parseMoment reads a time as people type it: a date, a date and a time, a
// time of today, or how long ago, such as -90m or -2h.
func parseMoment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if d, err := time.ParseDuration(text); err == nil && d < 0 {
		return now.Add(d), nil
	}
	for _, f := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2 Jan 2006 15:04", "2.1.2006 15:04", "2.1.2006"} {
		if t, err := time.ParseInLocation(f, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, f := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(f, text, now.Location()); err == nil {
			y, m, d := now.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-03-14 09:00, 09:00 or -2h", text)
}

// askGo shows the stretch between two typed times.
func (p *trendsPage) askGo() {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	w := p.view.Window()
	from, to := newEntry(key), newEntry(key)
	from.SetText(nanos(w.From()).Format("2006-01-02 15:04:05"))
	to.SetText(nanos(w.End).Format("2006-01-02 15:04:05"))
	help := widget.NewLabel("2026-03-14 09:00, 2026-03-14, 09:00 for today, or -2h")
	d = p.s.ask("Go to", container.NewVBox(widget.NewLabel("From"), from, widget.NewLabel("To"), to, help), "Show", from, func(*dialog) string {
		now := p.s.opts.Now()
		a, err1 := parseMoment(from.Text, now)
		b, err2 := parseMoment(to.Text, now)
		if err := errors.Join(err1, err2); err != nil {
			return sentence(err)
		}
		if !a.Before(b) {
			return "The first time must be before the second."
		}
		if !a.Before(now) {
			return "That has not happened yet."
		}
		p.view.Show(a.UnixNano(), b.UnixNano())
		return ""
	})
	from.OnSubmitted = func(string) { p.s.win.Canvas().Focus(fyne.Focusable(to)) }
	to.OnSubmitted = func(string) { d.yes.OnTapped() }
}

func (p *trendsPage) folder() (string, bool) {
	if p.s.opts.Folder == "" {
		p.s.status.tell(p.s.opts.Now(), "This station has no folder to keep trend groups in.", true)
		return "", false
	}
	return p.s.opts.Folder, true
}

// askSave keeps the pens shown under a name.
func (p *trendsPage) askSave() {
	folder, ok := p.folder()
	if !ok || len(p.view.Pens()) == 0 {
		return
	}
	var d *dialog
	name := newEntry(func(k keyOf) bool { return d.key(k) })
	name.SetPlaceHolder("name of the group")
	d = p.s.ask("Save the pens as a group", name, "Save", name, func(*dialog) string {
		g := trendGroup{strings.TrimSpace(name.Text), p.view.Pens(), time.Duration(p.view.Window().Span)}
		if g.Name == "" {
			return "Give it a name."
		}
		groups, err := loadGroups(folder)
		if err != nil {
			return sentence(err)
		}
		groups = slices.DeleteFunc(groups, func(o trendGroup) bool { return o.Name == g.Name })
		if err := saveGroups(folder, append(groups, g)); err != nil {
			return sentence(err)
		}
		p.s.status.tell(p.s.opts.Now(), "Group "+g.Name+" was saved.", false)
		return ""
	})
	name.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// askGroup shows a saved group.
func (p *trendsPage) askGroup() {
	folder, ok := p.folder()
	if !ok {
		return
	}
	groups, err := loadGroups(folder)
	if err != nil {
		p.s.status.tell(p.s.opts.Now(), sentence(err), true)
		return
	}
	if len(groups) == 0 {
		p.s.status.tell(p.s.opts.Now(), "No group was saved yet. S saves the pens shown.", true)
		return
	}
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	pick := widget.NewRadioGroup(names, nil)
	pick.SetSelected(names[len(names)-1])
	drop := widget.NewCheck("delete it instead", nil)
	p.s.ask("Trend groups", container.NewVBox(pick, drop), "Show", nil, func(*dialog) string {
		i := slices.Index(names, pick.Selected)
		if i < 0 {
			return "Choose one."
		}
		if drop.Checked {
			if err := saveGroups(folder, slices.Delete(groups, i, i+1)); err != nil {
				return sentence(err)
			}
			p.s.status.tell(p.s.opts.Now(), "Group "+names[i]+" was deleted.", false)
			return ""
		}
		p.view.SetPens(nil)
		p.add(groups[i].Pens...)
		p.view.Span(groups[i].Span)
		return ""
	})
}

// exportLimit is how long an export may take.
const exportLimit = 30 * time.Minute

// askExport writes every sample of the pens in the window to a CSV file.
func (p *trendsPage) askExport() {
	raw, ok := p.s.room.(Samples)
	if !ok || len(p.view.Pens()) == 0 {
		p.s.status.tell(p.s.opts.Now(), "There is nothing to export.", true)
		return
	}
	w, pens := p.view.Window(), p.view.Pens()
	p.askFile("Export samples as CSV", "csv", func(path string) {
		n := 0
		ctx, cancel := context.WithTimeout(p.s.ctx, exportLimit)
		p.s.status.tell(p.s.opts.Now(), "Writing "+path+" ...", false)
		go func() {
			defer cancel()
			err := writeWhole(path, func(out io.Writer) (err error) {
				n, err = writeSamples(ctx, out, p.s.room, raw, pens, w.From(), w.End)
				return err
			})
			p.s.opts.Post(func() {
				if err != nil {
					p.s.status.tell(p.s.opts.Now(), "Nothing was exported: "+sentence(err), true)
					return
				}
				p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("%s written to %s.", plural(n, "sample", "samples"), path), false)
			})
		}()
	})
}

// writeSamples writes one line a sample, pen after pen, oldest first.
func writeSamples(ctx context.Context, out io.Writer, room Room, raw Samples, pens []tag.ID, from, to int64) (n int, err error) {
	c := csv.NewWriter(out)
	if err := c.Write([]string{"time", "tag", "description", "value", "unit", "quality", "status"}); err != nil {
		return 0, err
	}
	for _, id := range pens {
		cell := room.Tags().Cell(id)
		if cell == nil {
			continue
		}
		d := cell.Def()
		var werr error
		err := raw.Raw(ctx, id, from, to, func(v tag.Value) bool {
			value := ""
			if v.Value.Kind() != tag.None {
				value = v.Value.String()
			}
			werr = c.Write([]string{nanos(v.At()).Format("2006-01-02T15:04:05.000000Z07:00"), string(id), d.Text, value, d.Unit, v.Quality.String(), "0x" + strconv.FormatUint(uint64(v.Quality.Status()), 16)})
			n++
			return werr == nil
		})
		if err := errors.Join(err, werr, ctx.Err()); err != nil {
			return n, err
		}
	}
	c.Flush()
	return n, c.Error()
}

// askPicture writes the trend as it is shown to a PNG file.
func (p *trendsPage) askPicture() {
	p.askFile("Save the picture", "png", func(path string) {
		scale := p.plot.Scale()
		size := p.plot.Size()
		img := p.view.Picture(int(size.Width*scale), int(size.Height*scale), scale, p.s.opts.Now())
		p.plot.Repaint()
		err := writeWhole(path, func(w io.Writer) error { return png.Encode(w, img) })
		if err != nil {
			p.s.status.tell(p.s.opts.Now(), sentence(err), true)
			return
		}
		p.s.status.tell(p.s.opts.Now(), "The picture is in "+path+".", false)
	})
}

// askFile asks where to write.
func (p *trendsPage) askFile(title, kind string, write func(path string)) {
	var d *dialog
	path := newEntry(func(k keyOf) bool { return d.key(k) })
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	path.SetText(filepath.Join(home, "trend-"+p.s.opts.Now().Format("20060102-150405")+"."+kind))
	d = p.s.ask(title, container.NewVBox(widget.NewLabel("File"), path), "Write", path, func(*dialog) string {
		to := strings.TrimSpace(path.Text)
		if info, err := os.Stat(filepath.Dir(to)); err != nil || !info.IsDir() {
			return "There is no folder " + filepath.Dir(to) + "."
		}
		if _, err := os.Stat(to); err == nil {
			return "There is a file of this name already."
		}
		write(to)
		return ""
	})
	path.OnSubmitted = func(string) { d.yes.OnTapped() }
}
