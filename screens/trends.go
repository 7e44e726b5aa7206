package screens

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/app/tagdb"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// trendsPage is the page of the trend.
type trendsPage struct {
	s     *Station
	view  *trend.View
	plot  *widgets.Surface
	bar   *toolbar.Bar
	tools *widgets.Surface
	pick  *penPicker
	root  *fyne.Container
	start bool
}

func newTrends(s *Station) *trendsPage {
	p := &trendsPage{s: s}
	p.view = trend.New(s.style, past{s.room})
	p.view.Read = s.read
	p.view.OnPick = func(id tag.ID) { s.OpenTag(id) }
	p.plot = s.surface(p.view)
	p.pick = newPenPicker(s, p)
	p.bar = toolbar.New(s.style, p.do,
		toolbar.Item{ID: "goto", Text: "Go to", Hint: "G"},
		toolbar.Item{ID: "groups", Text: "Groups", Hint: "L", Gap: true},
		toolbar.Item{ID: "save", Text: "Save group", Hint: "S"},
		toolbar.Item{ID: "export", Text: "Export CSV", Hint: "E", Gap: true},
		toolbar.Item{ID: "picture", Text: "Picture", Hint: "P"})
	p.tools = s.surface(p.bar)
	p.tools.Least = fyne.NewSize(200, 30)
	p.root = container.New(&beside{230}, container.New(&upright{1}, p.tools, p.plot), p.pick.panel)
	return p
}

// read is the newest reading of a tag.
func (s *Station) read(id tag.ID) tag.Value {
	if c := s.room.Tags().Cell(id); c != nil {
		return c.Load().Value
	}
	return tag.Value{}
}

func (p *trendsPage) object() fyne.CanvasObject { return p.root }
func (p *trendsPage) focus() fyne.Focusable     { return p.plot }
func (p *trendsPage) close()                    { p.view.Close() }

// open shows something at first: from each area the measurement with the most
// urgent limits.
func (p *trendsPage) open() {
	if p.start {
		return
	}
	p.start = true
	best := map[string]*alarm.Rule{}
	rules := p.s.room.Project().Alarms
	for i := range rules {
		r := &rules[i]
		if b := best[r.Area]; levelName(r.Kind) != "" && (b == nil || r.Priority < b.Priority) {
			best[r.Area] = r
		}
	}
	for _, a := range p.s.room.Project().Areas {
		if r := best[a.Name]; r != nil && len(p.view.Pens()) < 6 {
			p.add(r.Tag)
		}
	}
}

func (p *trendsPage) frame(now time.Time) {
	p.tools.Frame(now)
	p.plot.Frame(now)
	p.pick.frame(now)
}

// add puts tags on the trend; the oldest pens make room.
func (p *trendsPage) add(ids ...tag.ID) {
	var pens []trend.Pen
	have := append(p.view.Pens(), ids...)
	if n := len(have); n > trend.MaxPens {
		have = have[n-trend.MaxPens:]
	}
	for _, id := range have {
		if c := p.s.room.Tags().Cell(id); c != nil {
			pens = append(pens, penOf(c.Def(), p.s.room.Project().Alarms))
		}
	}
	p.view.SetPens(pens)
}

// addPens puts tags on the trend and goes there.
func (s *Station) addPens(ids ...tag.ID) {
	p := s.pages[trendPage].(*trendsPage)
	p.start = true
	p.add(ids...)
	s.goTo(trendPage)
}

// trendAround shows a tag around a moment.
func (s *Station) trendAround(id tag.ID, at int64) {
	s.addPens(id)
	if at != 0 {
		const half = int64(15 * time.Minute)
		s.pages[trendPage].(*trendsPage).view.Show(at-half, at+half)
	}
}

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
}

func newPenPicker(s *Station, page *trendsPage) *penPicker {
	p := &penPicker{s: s, page: page}
	p.list = rows.New[tag.ID](s.style, p, rows.Column{Title: "Add a pen", Width: 0})
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
	p.grid.Frame(now)
}

func (p *penPicker) order() {
	if p.db == nil {
		return
	}
	words := strings.Fields(strings.ToLower(p.search.Text))
	var ids []tag.ID
next:
	for _, c := range p.db.Cells() {
		d := c.Def()
		text := strings.ToLower(string(d.ID) + " " + d.Text)
		for _, w := range words {
			if !strings.Contains(text, w) {
				continue next
			}
		}
		ids = append(ids, d.ID)
	}
	p.list.SetOrder(ids)
}

// Row implements rows.Model.
func (p *penPicker) Row(id tag.ID, r *rows.Row) bool {
	c := p.db.Cell(id)
	if c == nil {
		return false
	}
	r.Cells[0] = string(id) + "  " + c.Def().Text
	return true
}
