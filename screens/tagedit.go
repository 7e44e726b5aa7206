package screens

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
)

// TagEditor is a Room whose tags can be changed. Methods with a context block
// until the plant runs with the change or the context ends; screens call them
// from goroutines of their own. An error may be a list of problems, one a
// line; then nothing has changed.
type TagEditor interface {
	// Fixed says why nothing of the project can be changed here, and what to
	// do about it; nil where it can. It returns at once.
	Fixed() error
	// Browse lists what is directly under a node of a device, over its link;
	// "" is the root.
	Browse(ctx context.Context, device, under string) ([]drivers.Node, error)
	// RowOf is the row of tags.csv for what was found by browsing. It returns
	// at once.
	RowOf(device string, n drivers.Node) project.TagRow
	// MergeTags adds rows to tags.csv, and changes those that are there.
	MergeTags(ctx context.Context, s Session, rows []project.TagRow, why string) (added, changed int, err error)
	// DropTags takes tags out of tags.csv, and with alarms set those that watch
	// them out of alarms.csv; it says which these were. Stored history stays.
	DropTags(ctx context.Context, s Session, ids []tag.ID, alarms bool) (dropped []string, err error)
	// TagCells is the row of a tag as it stands in tags.csv.
	TagCells(id tag.ID) (map[string]string, error)
}

// tagField is a column of tags.csv in the form.
type tagField struct {
	col, label, hint string
	new              bool // only for a new tag: it cannot be changed later
	choose           func(*project.Project) []string
}

var tagFields = []tagField{
	{col: "id", label: "Tag", hint: "such as HL.PT601", new: true},
	{col: "description", label: "Description", hint: "what an operator reads"},
	{col: "area", label: "Area", choose: func(p *project.Project) (out []string) {
		for _, a := range p.Areas {
			out = append(out, a.Name)
		}
		return append(out, "")
	}},
	{col: "device", label: "Device", choose: func(p *project.Project) (out []string) {
		for i := range p.Devices {
			out = append(out, p.Devices[i].Name)
		}
		return append(out, "")
	}},
	{col: "address", label: "Address", hint: "as the device's driver writes it"},
	{col: "type", label: "Raw type", hint: "such as float32 CDAB; empty: the device knows"},
	{col: "expression", label: "Expression", hint: "of a computed tag, instead of a device"},
	{col: "kind", label: "Kind", choose: func(*project.Project) []string { return []string{"float", "int", "bool", "text", ""} }},
	{col: "unit", label: "Unit"},
	{col: "lo", label: "Range from"}, {col: "hi", label: "Range to"},
	{col: "raw_lo", label: "Raw from", hint: "what the device sends at ..."}, {col: "raw_hi", label: "Raw to", hint: "empty: it is not scaled"},
	{col: "eng_lo", label: "is in units", hint: "... this value in the unit"}, {col: "eng_hi", label: "is in units"},
	{col: "decimals", label: "Decimals"},
	{col: "states", label: "States", hint: "0=Stopped|1=Running"},
	{col: "scan", label: "Scan", choose: func(p *project.Project) (out []string) {
		for name := range p.Scan {
			out = append(out, name)
		}
		slices.Sort(out)
		return append(out, "")
	}},
	{col: "stale", label: "Stale after", hint: "such as 30s; empty: by its scan"},
	{col: "store", label: "Stored", choose: func(*project.Project) []string { return append(tag.StoreClassNames(), "") }},
	{col: "store_band", label: "Stored above", hint: "smallest change worth storing"},
	{col: "raw_days", label: "Samples kept", hint: "days; empty: as long as the plant's"},
	{col: "minute_days", label: "Minutes kept", hint: "days; empty: as long as the plant's"},
	{col: "access", label: "Access", choose: func(*project.Project) []string { return []string{"r", "rw"} }},
	{col: "write_lo", label: "Set from"}, {col: "write_hi", label: "Set to"},
	{col: "confirm", label: "Confirm", choose: func(*project.Project) []string { return []string{"ask", "none", "sign", ""} }},
	{col: "related", label: "Beside it", hint: "interlocks and permissives, with | between"},
}

// askTag opens the form of a tag; of a new one where id is empty.
func (s *Station) askTag(id tag.ID) {
	room, ok := mayChange[TagEditor](s, "tags")
	if !ok {
		return
	}
	was := map[string]string{"access": "r"}
	if id != "" {
		var err error
		if was, err = room.TagCells(id); err != nil {
			s.status.tell(s.opts.Now(), sentence(err), true)
			return
		}
	}
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	read := map[string]func() string{}
	grid := container.NewGridWithColumns(2)
	var first fyne.Focusable
	for _, f := range tagFields {
		if f.new && id != "" {
			continue
		}
		var o fyne.CanvasObject
		if f.choose != nil {
			options := f.choose(s.room.Project())
			if !slices.Contains(options, was[f.col]) {
				options = append(options, was[f.col])
			}
			pick := s.newChoice(options, nil)
			pick.SetSelected(was[f.col])
			o, read[f.col] = pick, func() string { return pick.Selected }
		} else {
			e := newEntry(key)
			e.SetText(was[f.col])
			e.CursorColumn = len([]rune(was[f.col]))
			e.SetPlaceHolder(f.hint)
			e.OnSubmitted = func(string) { d.yes.OnTapped() }
			o, read[f.col] = e, func() string { return strings.TrimSpace(e.Text) }
			if first == nil {
				first = e
			}
		}
		grid.Add(container.New(&labelled{104}, widget.NewLabel(f.label), o))
	}
	title, verb := "Tag "+string(id), "Save"
	if id == "" {
		title, verb = "New tag", "Add"
	}
	d = s.askIn(860, title, grid, verb, first, func(d *dialog) string {
		row := project.TagRow{ID: string(id), Cells: map[string]string{}}
		for col, text := range read {
			if now := text(); col == "id" {
				row.ID = now
			} else if now != was[col] {
				row.Cells[col] = now
			}
		}
		switch {
		case row.ID == "":
			return "Name the tag."
		case id == "" && s.room.Tags().Cell(tag.ID(row.ID)) != nil:
			return "There is a tag " + row.ID + " already."
		case id != "" && len(row.Cells) == 0:
			return ""
		}
		s.merge(d, room, []project.TagRow{row}, "", func() { s.OpenTag(tag.ID(row.ID)) })
		return stillOpen
	})
}

// merge hands rows over and tells what became of them; then is called when it
// was done.
func (s *Station) merge(d *dialog, room TagEditor, rows []project.TagRow, why string, then func()) {
	d.wait()
	who := s.session
	var added, changed int
	var err error
	s.act(func(ctx context.Context) { added, changed, err = room.MergeTags(ctx, who, rows, why) }, func() {
		if err != nil {
			d.fail(fewLines(err.Error(), 6))
			return
		}
		d.close()
		s.status.tell(s.opts.Now(), fmt.Sprintf("%s added, %d changed; the plant runs with them.", plural(added, "tag", "tags"), changed), false)
		if then != nil {
			then()
		}
	})
}

// fewLines keeps a long list of problems readable.
func fewLines(text string, most int) string {
	lines := strings.Split(text, "\n")
	if len(lines) <= most {
		return text
	}
	return strings.Join(lines[:most], "\n") + fmt.Sprintf("\nand %d more", len(lines)-most)
}

// importLimit is how large a file of tags may be, bytes.
const importLimit = 64 << 20

// askImport merges a CSV file with columns of tags.csv: first it says what
// would change, and then does it.
func (s *Station) askImport() {
	room, ok := mayChange[TagEditor](s, "tags")
	if !ok {
		return
	}
	var d *dialog
	path := newEntry(func(k keyOf) bool { return d.key(k) })
	path.SetPlaceHolder("a CSV file with an id column and any others of tags.csv")
	d = s.ask("Import tags", container.NewVBox(widget.NewLabel("File"), path), "Look", path, func(*dialog) string {
		rows, err := readTagFile(strings.TrimSpace(path.Text))
		if err != nil {
			return sentence(err)
		}
		fresh := 0
		for _, r := range rows {
			if s.room.Tags().Cell(tag.ID(r.ID)) == nil {
				fresh++
			}
		}
		var parts []string
		if fresh > 0 {
			parts = append(parts, plural(fresh, "tag is", "tags are")+" added")
		}
		if old := len(rows) - fresh; old > 0 {
			parts = append(parts, "of "+plural(old, "tag that is there", "tags that are there")+" the cells that the file has are changed")
		}
		say := strings.Join(parts, ", and ") + ". Everything else stays as it is."
		from := strings.TrimSpace(path.Text)
		d.close() // first: Fyne takes what stands on it away with it
		s.ask("Import tags", newNote(s, from, "", say), "Import", nil, func(d *dialog) string {
			s.merge(d, room, rows, "imported from "+from, nil)
			return stillOpen
		})
		return stillOpen
	})
	path.OnSubmitted = func(string) { d.yes.OnTapped() }
}

func readTagFile(path string) ([]project.TagRow, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() || info.Size() > importLimit {
		return nil, fmt.Errorf("%s is no file of tags", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := project.ReadTagRows(text)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s has no rows", path)
	}
	return rows, err
}
