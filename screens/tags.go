package screens

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets"
	"penstock/widgets/paint"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// tagsPage lists every tag with its value, and finds one as its name is typed.
type tagsPage struct {
	s      *Station
	bar    *toolbar.Bar
	tools  *widgets.Surface
	search *entry
	list   *rows.View[tag.ID]
	grid   *widgets.Surface
	root   *fyne.Container

	db     *tagdb.DB
	worst  map[tag.ID]*alarm.Row
	snap   *alarm.Snapshot
	only   string
	sortBy string
	down   bool
	now    time.Time
	second int64
}

func newTagList(s *Station) *tagsPage {
	p := &tagsPage{s: s, worst: map[tag.ID]*alarm.Row{}}
	p.bar, p.tools = s.newBar(p.do)
	p.bar.Denied = func(id string) { s.status.tell(s.opts.Now(), p.bars(id), true) }
	p.list = rows.New[tag.ID](s.style, p,
		rows.Column{ID: "tag", Title: "Tag", Width: 190, Mark: true},
		rows.Column{ID: "text", Title: "Description"},
		rows.Column{ID: "value", Title: "Value", Width: 120, Align: paint.Right},
		rows.Column{Title: "Unit", Width: 60},
		rows.Column{ID: "quality", Title: "Quality", Width: 150, Rank: 1},
		rows.Column{Title: "Age", Width: 84, Align: paint.Right, Rank: 2},
		rows.Column{ID: "area", Title: "Area", Width: 110, Rank: 3},
		rows.Column{ID: "device", Title: "Device", Width: 120, Rank: 4},
		rows.Column{Title: "Address", Width: 220, Rank: 5},
	)
	p.list.Empty = "No tag matches."
	p.list.OnOpen = func(id tag.ID) { s.OpenTag(id) }
	p.list.OnSort = func(by string, down bool) { p.sortBy, p.down = by, down; p.order() }
	p.list.Choices = func(ids []tag.ID) []view.Choice {
		return []view.Choice{
			{Text: "Faceplate", Do: func() { s.OpenTag(ids[0]) }},
			{Text: "Add to trend", Do: func() { s.addPens(ids...) }},
			{Text: "Events of this tag", Do: func() { s.eventsOf(string(ids[0])) }},
			{Text: "Where it is used", Do: func() { s.askUses(ids[0]) }},
			{},
			{Text: "Edit ...", Do: func() { s.askTag(ids[0]) }, Disabled: p.bars("edit") != ""},
			{Text: "Delete ...", Do: func() { s.askDrop(ids) }, Disabled: p.bars("drop") != ""},
		}
	}
	p.grid = s.surface(p.list)
	p.search = newEntry(s.key)
	p.search.SetPlaceHolder("find a tag by name or description")
	p.search.OnChanged = func(string) { p.order(); p.chooseFirst() }
	p.search.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyPageUp, view.KeyPageDown:
			return p.list.Key(k)
		case view.KeyReturn:
			if id, ok := p.list.Focused(); ok {
				s.OpenTag(id)
			}
			return true
		}
		return false
	}
	p.root = container.New(&upright{1}, container.New(&beside{240}, p.tools, container.New(&aside{240}, p.search)), p.grid)
	return p
}

func (p *tagsPage) object() fyne.CanvasObject { return p.root }
func (p *tagsPage) focus() fyne.Focusable     { return p.search }
func (p *tagsPage) open()                     { p.order() }

func (p *tagsPage) chooseFirst() {
	if p.search.Text == "" {
		p.list.Clear()
		return
	}
	p.list.ToTop()
	p.list.Clear()
	p.list.Key(view.Key{Name: view.KeyHome})
}

func (p *tagsPage) frame(now time.Time) {
	p.now = now
	if db := p.s.room.Tags(); db != p.db {
		p.db = db
		p.order()
	}
	if snap := p.s.room.Alarms(); snap != p.snap {
		p.snap = snap
		p.worst = worstByTag(snap)
	}
	p.list.Touch()
	if now.Unix() != p.second && (p.only == "bad" || p.only == "alarm" || p.sortBy == "value" || p.sortBy == "quality") {
		p.list.SetOrder(p.ids()) // not asked for: rows stay where somebody points at them
	}
	p.second = now.Unix()
	p.bar.Set([]toolbar.Item{
		{ID: "", Text: plural(p.list.Len(), "tag", "tags")},
		{ID: "all", Text: "All", On: p.only == "", Gap: true},
		{ID: "bad", Text: "Not good", On: p.only == "bad"},
		{ID: "alarm", Text: "In alarm", On: p.only == "alarm"},
		{ID: "write", Text: "Can be set", On: p.only == "write"},
		{ID: "pen", Icon: toolbar.Lines, Text: "Add to trend", Hint: "T", Off: p.bars("pen") != "", Gap: true},
		{ID: "uses", Text: "Where used", Hint: "W", Off: p.bars("uses") != ""},
		{ID: "browse", Text: "Look into a device", Hint: "B", Gap: true, Off: p.bars("browse") != ""},
		{ID: "new", Icon: toolbar.Plus, Text: "New", Hint: "N", Off: p.bars("new") != ""},
		{ID: "edit", Text: "Edit", Hint: "E", Off: p.bars("edit") != ""},
		{ID: "drop", Text: "Delete", Hint: "Del", Off: p.bars("drop") != ""},
		{ID: "import", Text: "Import", Hint: "I", Off: p.bars("import") != ""},
	})
	p.tools.Frame(now)
	p.grid.Frame(now)
}

// worstByTag is the first row of each tag: rows stand in order of urgency.
func worstByTag(s *alarm.Snapshot) map[tag.ID]*alarm.Row {
	out := make(map[tag.ID]*alarm.Row, len(s.Rows))
	for i := range s.Rows {
		r := &s.Rows[i]
		if out[r.Tag] == nil && !r.Phase.Hidden() {
			out[r.Tag] = r
		}
	}
	return out
}

// bars says why something cannot be done now; "" when it can.
func (p *tagsPage) bars(id string) string {
	one := len(p.list.Selected()) > 0
	switch id {
	case "pen", "uses", "edit", "drop":
		if !one {
			return "No tag is selected. Choose one with the arrow keys or the mouse."
		}
		if id == "pen" || id == "uses" {
			return ""
		}
		for _, k := range p.list.Selected() {
			if strings.HasPrefix(string(k), project.SystemPrefix) {
				return string(k) + " belongs to the station itself."
			}
		}
	case "browse", "new", "import":
	default:
		return ""
	}
	e, ok := p.s.room.(TagEditor)
	switch {
	case !ok:
		return "The tags are not kept at this station."
	case id == "browse":
		return ""
	case e.Fixed() != nil:
		return sentence(e.Fixed())
	}
	return p.s.lacks(auth.Configure, "", "change tags")
}

// key is offered the keys the list leaves.
func (p *tagsPage) key(k view.Key) bool {
	id, ok := map[string]string{"T": "pen", "W": "uses", "B": "browse", "N": "new", "E": "edit", "I": "import", view.KeyDelete: "drop"}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	p.do(id)
	return true
}

func (p *tagsPage) do(id string) {
	if why := p.bars(id); why != "" {
		p.s.status.tell(p.s.opts.Now(), why, true)
		return
	}
	switch id {
	case "browse":
		p.s.browseDevices()
		return
	case "new":
		p.s.askTag("")
		return
	case "edit":
		p.s.askTag(p.list.Selected()[0])
		return
	case "uses":
		p.s.askUses(p.list.Selected()[0])
		return
	case "drop":
		p.s.askDrop(p.list.Selected())
		return
	case "import":
		p.s.askImport()
		return
	case "all":
		p.only = ""
	case "pen":
		p.s.addPens(p.list.Selected()...)
		return
	default:
		p.only = id
	}
	p.order()
}

// order shows what the person has asked for.
func (p *tagsPage) order() {
	if p.db != nil {
		p.list.Rearrange(p.ids())
	}
}

// ids are the tags to be listed; unless they are sorted, the plant's own come
// before those by which the station measures itself.
func (p *tagsPage) ids() []tag.ID {
	words := strings.Fields(strings.ToLower(p.search.Text))
	var picked []*tagdb.Cell
	for _, c := range p.db.Cells() {
		if p.listed(c, words) {
			picked = append(picked, c)
		}
	}
	if p.sortBy == "" {
		slices.SortStableFunc(picked, func(a, b *tagdb.Cell) int { return rankOf(a) - rankOf(b) })
	} else {
		slices.SortStableFunc(picked, func(a, b *tagdb.Cell) int {
			c := p.compare(a, b)
			if p.down {
				return -c
			}
			return c
		})
	}
	ids := make([]tag.ID, len(picked))
	for i, c := range picked {
		ids[i] = c.Def().ID
	}
	return ids
}

func rankOf(c *tagdb.Cell) int {
	if strings.HasPrefix(string(c.Def().ID), project.SystemPrefix) {
		return 1
	}
	return 0
}

// addressText is an address with what tells it from others first: the
// namespace of an OPC UA address, which many share, stands at its end.
func addressText(a string) string {
	space, rest, ok := strings.Cut(a, ";")
	if uri, named := strings.CutPrefix(space, "nsu="); ok && named {
		return rest + " of " + uri
	}
	return a
}

func (p *tagsPage) listed(c *tagdb.Cell, words []string) bool {
	d := c.Def()
	switch p.only {
	case "bad":
		if trust(c.Load().Value) == believed {
			return false
		}
	case "alarm":
		if p.worst[d.ID] == nil {
			return false
		}
	case "write":
		if !d.Writable {
			return false
		}
	}
	text := strings.ToLower(string(d.ID) + " " + d.Text + " " + d.Area)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (p *tagsPage) compare(a, b *tagdb.Cell) int {
	x, y := a.Def(), b.Def()
	switch p.sortBy {
	case "text":
		return cmp.Compare(x.Text, y.Text)
	case "area":
		return cmp.Compare(x.Area, y.Area)
	case "device":
		return cmp.Compare(x.Device, y.Device)
	case "quality":
		return cmp.Compare(a.Load().Quality.Class(), b.Load().Quality.Class())
	case "value":
		f, _ := a.Load().Value.Value.Float()
		g, _ := b.Load().Value.Value.Float()
		return cmp.Compare(f, g)
	}
	return cmp.Compare(x.ID, y.ID)
}

// Row implements rows.Model.
func (p *tagsPage) Row(id tag.ID, r *rows.Row) bool {
	c := p.db.Cell(id)
	if c == nil {
		return false
	}
	d, v := c.Def(), c.Load()
	switch trust(v.Value) {
	case refused:
		r.Tone = rows.Wrong
	case doubted:
		r.Tone = rows.Dim
	}
	if a := p.worst[id]; a != nil {
		r.Mark, r.Hollow, r.Flash = a.Priority, a.Phase == alarm.Acked, a.Phase.Flashes()
		r.Fade = a.Phase == alarm.Returned
	}
	r.Cells[0], r.Cells[1] = string(d.ID), d.Text
	r.Cells[2], r.Cells[3], r.Cells[4] = valueText(d, v.Value), d.Unit, v.Quality.String()
	if at := v.At(); at != 0 {
		r.Cells[5] = ago(p.now.Sub(nanos(at)))
	}
	r.Cells[6], r.Cells[7], r.Cells[8] = d.Area, d.Device, addressText(d.Address)
	if d.Expr != "" {
		r.Cells[7], r.Cells[8] = "computed", d.Expr
	}
	if v.Flags&tag.Simulated != 0 {
		r.Badge = "simulated"
	} else if v.Flags&tag.Manual != 0 {
		r.Badge = "manual"
	}
	return true
}
