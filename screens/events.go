package screens

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// eventsAtMost is how many entries are listed at a time; older ones are
// reached with a filter or a shorter span.
const eventsAtMost = 5000

// eventsRefresh is how often the list looks for newer entries.
const eventsRefresh = 2 * time.Second

// eventsPage lists the journal, the newest entry first.
type eventsPage struct {
	s      *Station
	bar    *toolbar.Bar
	tools  *widgets.Surface
	search *entry
	list   *rows.View[int64]
	grid   *widgets.Surface
	detail *eventDetails
	side   *widgets.Surface
	root   *fyne.Container

	kinds   map[journal.Kind]bool // empty: all
	span    int                   // index of eventSpans
	on      string                // entries about one thing only
	entries map[int64]journal.Entry
	asked   time.Time
	wait    time.Time // a filter that was just typed is asked a moment later
	busy    bool
	turn    int
	problem string
	now     time.Time
	stop    context.CancelFunc
}

var eventSpans = []struct {
	text string
	d    time.Duration
}{{"1 h", time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}, {"All", 0}}

var eventKinds = []struct {
	kind journal.Kind
	text string
}{{journal.Alarm, "Alarms"}, {journal.Command, "Commands"}, {journal.User, "People"}, {journal.Config, "Changes"}, {journal.System, "System"}}

func newEvents(s *Station) *eventsPage {
	p := &eventsPage{s: s, kinds: map[journal.Kind]bool{}, span: 1, entries: map[int64]journal.Entry{}}
	p.bar, p.tools = s.newBar(p.do)
	p.list = rows.New[int64](s.style, p,
		rows.Column{Title: "Time", Width: 128},
		rows.Column{Title: "Kind", Width: 92, Mark: true},
		rows.Column{Title: "What happened", Width: 150},
		rows.Column{Title: "To", Width: 190},
		rows.Column{Title: "Detail"},
		rows.Column{Title: "Old", Width: 130, Rank: 3},
		rows.Column{Title: "New", Width: 130, Rank: 2},
		rows.Column{Title: "Outcome", Width: 130, Rank: 4},
		rows.Column{Title: "Who", Width: 110, Rank: 1},
		rows.Column{Title: "Area", Width: 90, Rank: 5},
	)
	p.list.OnOpen = p.openEntry
	p.list.Choices = func(ids []int64) []view.Choice {
		e := p.entries[ids[0]]
		return []view.Choice{
			{Text: "Faceplate", Do: func() { p.openEntry(ids[0]) }},
			{Text: "Trend around the moment", Do: func() { s.trendAround(p.tagOf(e), e.At) }, Disabled: p.tagOf(e) == ""},
			{Text: "Only events of " + e.On, Do: func() { s.eventsOf(e.On) }, Disabled: e.On == ""},
		}
	}
	p.grid = s.surface(p.list)
	p.search = newEntry(s.key)
	p.search.SetPlaceHolder("search what, who, old, new or note")
	p.search.OnChanged = func(string) { p.wait = p.now.Add(300 * time.Millisecond) }
	p.search.first = func(k view.Key) bool { // back to the list, to read what was found
		if k.Name != view.KeyDown && k.Name != view.KeyReturn {
			return false
		}
		s.focusPage()
		return true
	}
	p.detail = &eventDetails{details: details{s: s}}
	p.side = s.surface(p.detail)
	p.side.Least = fyne.NewSize(200, 130)
	p.root = container.New(&upright{1}, container.New(&beside{240}, p.tools, container.New(&aside{240}, p.search)), p.grid, p.side)
	return p
}

func (p *eventsPage) object() fyne.CanvasObject { return p.root }
func (p *eventsPage) focus() fyne.Focusable     { return p.grid }
func (p *eventsPage) open()                     { p.asked = time.Time{} }

func (p *eventsPage) close() {
	if p.stop != nil {
		p.stop()
	}
}

func (p *eventsPage) frame(now time.Time) {
	p.now = now
	typed := !p.wait.IsZero() && now.After(p.wait)
	if typed || (!p.busy && now.Sub(p.asked) > eventsRefresh) {
		p.query()
	}
	p.setBar()
	p.tools.Frame(now)
	p.grid.Frame(now)
	id, _ := p.list.Focused()
	p.detail.show(p.entries[id])
	p.side.Frame(now)
}

// query asks the journal in the background; a newer query cancels it.
func (p *eventsPage) query() {
	p.close()
	p.asked, p.wait, p.busy = p.now, time.Time{}, true
	p.turn++
	turn := p.turn
	f := p.filter()
	f.Limit = eventsAtMost
	ctx, cancel := context.WithTimeout(p.s.ctx, 10*time.Second)
	p.stop = cancel
	go func() {
		defer cancel()
		entries, err := p.s.room.Entries(ctx, f)
		p.s.opts.Post(func() {
			if turn == p.turn && p.s.ctx.Err() == nil {
				p.take(entries, err)
			}
		})
	}()
}

// filter is what of the journal the page lists.
func (p *eventsPage) filter() journal.Filter {
	f := journal.Filter{Text: strings.TrimSpace(p.search.Text), On: p.on}
	if d := eventSpans[p.span].d; d > 0 {
		f.From = p.now.Add(-d).UnixNano()
	}
	for _, k := range eventKinds {
		if p.kinds[k.kind] {
			f.Kinds = append(f.Kinds, k.kind)
		}
	}
	return f
}

func (p *eventsPage) take(entries []journal.Entry, err error) {
	p.busy = false
	if err != nil {
		p.problem = "The journal cannot be read: " + sentence(err)
		p.list.Empty = p.problem
		p.list.Spoil()
		return
	}
	p.problem = ""
	p.list.Empty = "Nothing in the journal matches."
	ids := make([]int64, len(entries))
	known := make(map[int64]journal.Entry, len(entries))
	for i, e := range entries {
		ids[i] = e.Seq
		known[e.Seq] = e
	}
	p.entries = known
	p.list.SetOrder(ids)
	p.list.Touch()
}

// Row implements rows.Model.
func (p *eventsPage) Row(id int64, r *rows.Row) bool {
	e, ok := p.entries[id]
	if !ok {
		return false
	}
	t := nanos(e.At)
	r.Cells[0] = t.Format("15:04:05.000")
	if t.YearDay() != p.now.YearDay() || t.Year() != p.now.Year() {
		r.Cells[0] = t.Format("2 Jan 15:04:05")
	}
	r.Mark, r.Hollow = e.Level, true
	r.Cells[1] = string(e.Kind)
	r.Cells[2], r.Cells[3], r.Cells[4] = e.Action, e.On, e.Note
	r.Cells[5], r.Cells[6], r.Cells[7] = e.Old, e.New, e.Outcome
	r.Cells[8], r.Cells[9] = e.Who, e.Area
	if strings.HasPrefix(e.Outcome, "refused") || strings.HasPrefix(e.Outcome, "rejected") {
		r.Tone = rows.Wrong
	}
	if e.Kind == journal.System {
		r.Tone = rows.Dim
	}
	return true
}

// tagOf is the tag an entry is about; "" when it is about none.
func (p *eventsPage) tagOf(e journal.Entry) tag.ID {
	if p.s.room.Tags().Cell(tag.ID(e.On)) != nil {
		return tag.ID(e.On)
	}
	for _, r := range p.s.room.Project().Alarms {
		if r.ID == e.On {
			return r.Tag
		}
	}
	return ""
}

func (p *eventsPage) openEntry(id int64) {
	if t := p.tagOf(p.entries[id]); t != "" {
		p.s.OpenTag(t)
	}
}

func (p *eventsPage) setBar() {
	var items []toolbar.Item
	for i, s := range eventSpans {
		items = append(items, toolbar.Item{ID: "span" + fmt.Sprint(i), Text: s.text, On: i == p.span})
	}
	for i, k := range eventKinds {
		items = append(items, toolbar.Item{ID: string(k.kind), Text: k.text, On: p.kinds[k.kind], Gap: i == 0})
	}
	if p.on != "" {
		items = append(items, toolbar.Item{ID: "any", Icon: toolbar.Cross, Text: "only " + p.on, On: true, Gap: true})
	}
	say := plural(p.list.Len(), "entry", "entries")
	if p.list.Len() >= eventsAtMost {
		say = fmt.Sprintf("the newest %d entries", eventsAtMost)
	}
	items = append(items, toolbar.Item{Text: say, Gap: true}, toolbar.Item{ID: "export", Text: "Export", Hint: "E", Gap: true})
	p.bar.Set(items)
}

// key is offered the keys the list leaves.
func (p *eventsPage) key(k view.Key) bool {
	if k.Mods != 0 {
		return false
	}
	switch k.Name {
	case "E":
		p.do("export")
	case "F": // the field is told no letters before the key is over
		p.s.opts.Post(func() { p.s.win.Canvas().Focus(p.search) })
	default:
		return false
	}
	return true
}

func (p *eventsPage) do(id string) {
	if id == "export" {
		p.askExport()
		return
	}
	for i := range eventSpans {
		if id == "span"+fmt.Sprint(i) {
			p.span = i
		}
	}
	if slices.ContainsFunc(eventKinds, func(k struct {
		kind journal.Kind
		text string
	}) bool {
		return string(k.kind) == id
	}) {
		p.kinds[journal.Kind(id)] = !p.kinds[journal.Kind(id)]
	}
	if id == "any" {
		p.on = ""
	}
	p.query()
}

// eventsOf lists what happened to one thing.
func (s *Station) eventsOf(on string) {
	p := s.pages[eventPage].(*eventsPage)
	p.on, p.span = on, len(eventSpans)-1
	s.goTo(eventPage)
}
