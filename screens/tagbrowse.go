package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/drivers"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// nodesAtMost bounds what one look into a device holds.
const nodesAtMost = 50_000

// branch is a node of a device as it was found.
type branch struct {
	drivers.Node
	up     *branch // nil at the top
	path   string  // the names on the way, with points between
	depth  int
	kids   []*branch
	read   bool // kids is complete
	asking bool
	open   bool
	tag    tag.ID // that has its address already; empty: none
}

// tagBrowser is a look into a device: its nodes as a tree, from which an
// engineer picks what becomes a tag.
type tagBrowser struct {
	s      *Station
	room   TagEditor
	device string
	list   *rows.View[*branch]
	grid   *widgets.Surface
	search *entry
	say    *widget.Label
	dlg    *dialog
	top    *branch
	count  int
	tags   map[string]tag.ID // by address, of the device
	ctx    context.Context
	stop   context.CancelFunc
}

// browseDevices opens a look into the first device.
func (s *Station) browseDevices() { s.lookInto("") }

// lookInto opens a look into a device; into the first where it has no link.
func (s *Station) lookInto(device string) {
	room, ok := s.room.(TagEditor)
	var names []string
	for _, l := range s.room.Links() {
		names = append(names, l.Device)
	}
	if !ok || len(names) == 0 {
		s.status.tell(s.opts.Now(), "There is no device to look into.", true)
		return
	}
	b := &tagBrowser{s: s, room: room}
	b.list = rows.New[*branch](s.style, b,
		rows.Column{Title: "Name"},
		rows.Column{Title: "Type", Width: 84, Rank: 2},
		rows.Column{Title: "Unit", Width: 60, Rank: 2},
		rows.Column{Title: "Range, states", Width: 150, Rank: 1},
		rows.Column{Title: "Access", Width: 58, Rank: 3},
		rows.Column{Title: "Description", Width: 200, Rank: 3},
		rows.Column{Title: "Tag", Width: 130},
	)
	b.list.OnOpen = b.toggle
	b.grid = widgets.NewSurface(b.list)
	b.grid.Clock = s.opts.Now
	size := s.win.Canvas().Size()
	b.grid.Least = fyne.NewSize(min(size.Width-100, 1200), max(min(size.Height-330, 620), 200))
	b.search = newEntry(func(k keyOf) bool { return b.dlg.key(k) })
	b.search.SetPlaceHolder("find in what was read; Return reads all of the device")
	b.search.OnChanged = func(string) { b.order() }
	b.search.OnSubmitted = func(string) { b.readAll() }
	b.say = widget.NewLabel("")
	which := s.newChoice(names, func(name string) { b.turn(name) })
	head := container.NewBorder(nil, nil, which, nil, b.search)
	b.dlg = s.askIn(b.grid.Least.Width, "Look into a device", container.NewVBox(head, b.grid, b.say), "Add as tags", b.grid, func(*dialog) string { return b.add() })
	b.grid.Forward = b.key
	b.dlg.frame = func(now time.Time) { b.grid.Frame(now) }
	b.dlg.ended = func() { b.stop() }
	if !slices.Contains(names, device) {
		device = names[0]
	}
	which.SetSelected(device)
}

// turn looks into another device.
func (b *tagBrowser) turn(device string) {
	if b.stop != nil {
		b.stop()
	}
	b.ctx, b.stop = context.WithCancel(b.s.ctx)
	b.device, b.count = device, 0
	b.top = &branch{depth: -1, open: true}
	b.tags = map[string]tag.ID{}
	for _, c := range b.s.room.Tags().Cells() {
		if d := c.Def(); d.Device == device {
			b.tags[d.Address] = d.ID
		}
	}
	b.list.SetOrder(nil)
	b.dlg.focus(b.grid)
	b.ask(b.top, false)
}

// ask reads what is under a branch; with all set, everything below it too.
func (b *tagBrowser) ask(at *branch, all bool) {
	if at.asking || b.count >= nodesAtMost {
		return
	}
	at.asking = true
	ctx, device := b.ctx, b.device
	b.tell("Reading " + strings.TrimPrefix(device+"."+at.path, ".") + " ...")
	go func() {
		nodes, err := b.room.Browse(ctx, device, at.Address)
		b.s.opts.Post(func() {
			if ctx.Err() == nil {
				b.take(at, nodes, err, all)
			}
		})
	}()
}

func (b *tagBrowser) take(at *branch, nodes []drivers.Node, err error, all bool) {
	at.asking = false
	if err != nil {
		b.tell(b.device + " cannot be read: " + sentence(err))
		return
	}
	at.read, at.kids = true, nil
	for _, n := range nodes {
		path := n.Name
		if at.path != "" {
			path = at.path + "." + n.Name
		}
		at.kids = append(at.kids, &branch{Node: n, up: at, path: path, depth: at.depth + 1, tag: b.tags[n.Address]})
	}
	b.count += len(nodes)
	b.order()
	if all {
		b.readAll()
	}
	switch {
	case b.count >= nodesAtMost:
		b.tell(fmt.Sprintf("The first %d nodes were read; the device has more.", b.count))
	case b.reading() == nil:
		b.tell(fmt.Sprintf("%s read. Return or Right opens, Left closes, Space selects.", plural(b.count, "node", "nodes")))
	}
}

// readAll goes on reading until everything below the top is known.
func (b *tagBrowser) readAll() {
	if at := b.unread(b.top); at != nil {
		b.ask(at, true)
	}
}

// unread is the first branch that was not read yet. What was reached before,
// from another side, is left out, or a walk in circles would never end.
func (b *tagBrowser) unread(at *branch) *branch {
	seen := map[string]bool{}
	var find func(at *branch) *branch
	find = func(at *branch) *branch {
		if seen[at.Address] {
			return nil
		}
		seen[at.Address] = true
		if !at.read && (at.Parent || at == b.top) {
			return at
		}
		for _, k := range at.kids {
			if u := find(k); u != nil {
				return u
			}
		}
		return nil
	}
	return find(at)
}

func (b *tagBrowser) reading() *branch {
	var find func(at *branch) *branch
	find = func(at *branch) *branch {
		if at.asking {
			return at
		}
		for _, k := range at.kids {
			if u := find(k); u != nil {
				return u
			}
		}
		return nil
	}
	return find(b.top)
}

func (b *tagBrowser) tell(text string) { b.say.SetText(text) }

// order lists the open branches, or what matches the search wherever it is.
func (b *tagBrowser) order() {
	words := strings.Fields(strings.ToLower(b.search.Text))
	var out []*branch
	var walk func(at *branch)
	walk = func(at *branch) {
		for _, k := range at.kids {
			if len(words) == 0 || matches(k, words) {
				out = append(out, k)
			}
			if k.open || len(words) > 0 {
				walk(k)
			}
		}
	}
	walk(b.top)
	b.list.Empty = "Nothing here."
	if len(words) > 0 {
		b.list.Empty = "Nothing that was read matches. Return reads all of the device."
	}
	b.list.Rearrange(out)
	b.list.Touch()
}

func matches(at *branch, words []string) bool {
	text := strings.ToLower(at.path + " " + at.Address + " " + at.Text + " " + string(at.tag))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// Row implements rows.Model.
func (b *tagBrowser) Row(at *branch, r *rows.Row) bool {
	name := strings.Repeat("     ", at.depth)
	switch {
	case strings.TrimSpace(b.search.Text) != "":
		name = at.path
	case !at.Parent:
		name += "   " + at.Name
	case at.open:
		name += "- " + at.Name
	default:
		name += "+ " + at.Name
	}
	r.Cells[0], r.Cells[1], r.Cells[2], r.Cells[3] = name, at.Type, at.Unit, nodeRange(at.Node)
	if at.Leaf {
		r.Cells[4] = "read"
		if at.Writable {
			r.Cells[4] = "set"
		}
	}
	r.Cells[5], r.Cells[6] = at.Text, string(at.tag)
	if at.tag != "" {
		r.Tone = rows.Dim
	}
	return true
}

// nodeRange is the range of a node, or its states.
func nodeRange(n drivers.Node) string {
	if len(n.States) > 0 {
		var words []string
		for _, s := range n.States {
			words = append(words, s.Text)
		}
		return strings.Join(words, ", ")
	}
	if n.Lo == n.Hi {
		return ""
	}
	return fmt.Sprintf("%g to %g", n.Lo, n.Hi)
}

// toggle opens a branch or closes it.
func (b *tagBrowser) toggle(at *branch) {
	if !at.Parent {
		return
	}
	if at.open = !at.open; at.open && !at.read {
		b.ask(at, false)
	}
	b.order()
}

// key is offered the keys the list leaves.
func (b *tagBrowser) key(k view.Key) bool {
	at, ok := b.list.Focused()
	switch {
	case ok && k.Name == view.KeyRight && at.Parent && !at.open, ok && k.Name == view.KeyLeft && at.open:
		b.toggle(at)
	case ok && k.Name == view.KeyLeft && at.up != b.top:
		b.list.Choose(at.up)
	default:
		return b.dlg.key(k)
	}
	return true
}

// add asks where the selected values belong, and makes tags of them.
func (b *tagBrowser) add() string {
	if err := b.room.Fixed(); err != nil {
		return sentence(err)
	}
	var picked []*branch
	for _, at := range b.list.Selected() {
		if at.Leaf && at.tag == "" {
			picked = append(picked, at)
		}
	}
	if len(picked) == 0 {
		return "Select values that are no tags yet, with Space, or with Ctrl or Shift and the mouse."
	}
	room, ok := mayChange[TagEditor](b.s, "tags")
	if !ok {
		return b.s.status.text
	}
	b.askPlace(room, picked)
	return stillOpen
}

// askPlace asks for what a device does not know of its values: the area, and
// how the ids begin.
func (b *tagBrowser) askPlace(room TagEditor, picked []*branch) {
	var d *dialog
	key := func(k keyOf) bool { return d.key(k) }
	p := b.s.room.Project()
	var areas, scans []string
	for _, a := range p.Areas {
		areas = append(areas, a.Name)
	}
	for name := range p.Scan {
		scans = append(scans, name)
	}
	slices.Sort(scans)
	area, scan := b.s.newChoice(append(areas, ""), nil), b.s.newChoice(append(scans, ""), nil)
	area.PlaceHolder, scan.PlaceHolder = "none", "the plant's own"
	prefix := newEntry(key)
	prefix.SetPlaceHolder("such as HL. ; may be empty")
	show := widget.NewLabel("")
	show.Wrapping = fyne.TextWrapWord
	ids := func() []string { return b.ids(picked, strings.TrimSpace(prefix.Text)) }
	prefix.OnChanged = func(string) { show.SetText(someOf(ids(), 6)) }
	prefix.OnChanged("")
	line := func(label string, o fyne.CanvasObject) fyne.CanvasObject {
		return container.New(&labelled{150}, widget.NewLabel(label), o)
	}
	d = b.s.askIn(520, "Add "+plural(len(picked), "tag", "tags")+" of "+b.device,
		container.NewVBox(line("Ids begin with", prefix), line("Area", area), line("Scan", scan), show), "Add", prefix, func(d *dialog) string {
			names := ids()
			rows := make([]project.TagRow, len(picked))
			for i, at := range picked {
				if b.s.room.Tags().Cell(tag.ID(names[i])) != nil {
					return "There is a tag " + names[i] + " already; begin the ids with something else."
				}
				rows[i] = room.RowOf(b.device, at.Node)
				rows[i].ID = names[i]
				rows[i].Cells["area"], rows[i].Cells["scan"] = area.Selected, scan.Selected
			}
			b.s.merge(d, room, rows, "picked from "+b.device, func() { b.dlg.close(); b.s.OpenTag(tag.ID(names[0])) })
			return stillOpen
		})
	prefix.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// ids names tags after their nodes: by the name, or by the whole path where
// two would be the same.
func (b *tagBrowser) ids(picked []*branch, prefix string) []string {
	times := map[string]int{}
	for _, at := range picked {
		times[plainID(at.Name)]++
	}
	out := make([]string, len(picked))
	for i, at := range picked {
		name := plainID(at.Name)
		if times[name] > 1 || b.s.room.Tags().Cell(tag.ID(prefix+name)) != nil {
			name = plainID(at.path)
		}
		out[i] = prefix + name
	}
	return out
}

// plainID makes a name one that tags can have.
func plainID(name string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("._-/:#[]", c) {
			return c
		}
		return '_'
	}, name), ".")
}

// someOf lists the first of many.
func someOf(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
