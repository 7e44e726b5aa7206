package screens

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/project"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/view"
)

// penPicker is a list of tags beside the plot: Return or a double click adds
// one as a pen.
type penPicker struct {
	s      *Station
	page   *trendsPage
	search *entry
	list   *rows.View[tag.ID]
	grid   *widgets.Surface
	panel  *fyne.Container
	db     *tagdb.DB
	pens   []tag.ID // that are shown already
}

func newPenPicker(s *Station, page *trendsPage) *penPicker {
	p := &penPicker{s: s, page: page}
	p.list = rows.New[tag.ID](s.style, p, rows.Column{Title: "Add a pen", Width: 118}, rows.Column{Title: "by Return or two clicks"})
	p.list.Empty = "No tag matches."
	p.list.OnOpen = func(id tag.ID) { page.add(id) }
	p.grid = s.surface(p.list)
	p.grid.Least = fyne.NewSize(190, 100)
	p.search = newEntry(s.key)
	p.search.SetPlaceHolder("find a tag")
	p.search.OnChanged = func(string) {
		p.order()
		p.list.ToTop()
		p.list.Key(view.Key{Name: view.KeyHome})
	}
	p.search.first = func(k view.Key) bool {
		switch k.Name {
		case view.KeyUp, view.KeyDown, view.KeyReturn:
			return p.list.Key(k)
		case view.KeyEscape:
			page.showPicker(false)
			return true
		}
		return false
	}
	p.panel = container.New(&upright{1}, p.search, p.grid)
	return p
}

func (p *penPicker) frame(now time.Time) {
	if db := p.s.room.Tags(); db != p.db {
		p.db = db
		p.order()
	}
	if p.panel.Visible() {
		if pens := p.page.view.Pens(); !slices.Equal(pens, p.pens) {
			p.pens = pens
			p.list.Touch()
		}
	}
	p.grid.Frame(now)
}

func (p *penPicker) order() {
	if p.db == nil {
		return
	}
	words := strings.Fields(strings.ToLower(p.search.Text))
	var ids, own []tag.ID // own are the station's, which few look for
next:
	for _, c := range p.db.Cells() {
		d := c.Def()
		text := strings.ToLower(string(d.ID) + " " + d.Text)
		for _, w := range words {
			if !strings.Contains(text, w) {
				continue next
			}
		}
		if strings.HasPrefix(string(d.ID), project.SystemPrefix) {
			own = append(own, d.ID)
		} else {
			ids = append(ids, d.ID)
		}
	}
	p.list.Rearrange(append(ids, own...))
}

// Row implements rows.Model.
func (p *penPicker) Row(id tag.ID, r *rows.Row) bool {
	c := p.db.Cell(id)
	if c == nil {
		return false
	}
	r.Cells[0], r.Cells[1] = string(id), c.Def().Text
	if slices.Contains(p.pens, id) {
		r.Tone = rows.Dim
	}
	return true
}
