package screens

import (
	"fmt"
	"image"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/widgets"
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
	table *sampleTable
	root  *fyne.Container
	start bool

	writing *writing // the export that is being written; nil: none

	before trend.Window // what was in view before the past
	shown  int64        // the moment of the past it ends at, ns; 0: none
	ruled  int64        // of the limits that are drawn: see since
}

func newTrends(s *Station) *trendsPage {
	p := &trendsPage{s: s}
	p.view = trend.New(s.style, past{s.room})
	p.view.Read = s.read
	p.view.OnPick = func(id tag.ID) { s.OpenTag(id) }
	p.view.Fit(true)
	if s.kiosk != nil { // nobody sits before it
		p.view.Enlarge(afar)
	}
	p.view.OnLook = p.askLook
	p.view.OnNote = p.askNote
	p.view.OnCopy = p.copyStatistics
	p.plot = s.surface(p.view)
	p.table = newSampleTable(s, p)
	p.table.grid.Hide()
	p.pick = newPenPicker(s, p)
	p.pick.panel.Hide()
	p.view.OfferRest(func(at image.Rectangle, choices []view.Choice) { p.plot.Offer(image.Pt(at.Min.X, at.Max.Y), choices) })
	p.bar, p.tools = s.newBar(p.do)
	p.root = container.New(&beside{340}, container.New(&upright{1}, p.tools, container.NewStack(p.plot, p.table.grid)), p.pick.panel)
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
func (p *trendsPage) close()                    { p.view.Close() }

func (p *trendsPage) focus() fyne.Focusable {
	if p.table.grid.Visible() {
		return p.table.grid
	}
	return p.plot
}

// setBar shows the tools as things are.
func (p *trendsPage) setBar() {
	from, compared := p.view.Compared()
	items := []toolbar.Item{{ID: "goto", Text: "Go to", Hint: "G"}}
	if compared {
		items = append(items, toolbar.Item{ID: "uncompare", Text: "Compared with " + nanos(from).Format("2 Jan 15:04"), Icon: toolbar.Cross, On: true})
	} else {
		items = append(items, toolbar.Item{ID: "compare", Text: "Compare", Hint: "C"})
	}
	items = append(items,
		toolbar.Item{ID: "note", Text: "Note", Hint: "N"},
		toolbar.Item{ID: "table", Text: "Table", Hint: "T", On: p.table.grid.Visible()},
		toolbar.Item{ID: "groups", Text: "Groups", Hint: "L", Gap: true},
		toolbar.Item{ID: "save", Text: "Save group", Hint: "S"},
		toolbar.Item{ID: "export", Text: "Export", Hint: "E", Gap: true},
		toolbar.Item{ID: "print", Text: "Print", Hint: "P"},
		toolbar.Item{ID: "copy", Text: "Copy statistics", Hint: "Ctrl+C"},
		toolbar.Item{ID: "large", Text: "Large", Hint: "Z", Gap: true, On: p.view.Enlarged() > 1},
		toolbar.Item{ID: "picker", Text: "Add pens", Hint: "I", Icon: toolbar.Plus, On: p.pick.panel.Visible()})
	if w := p.writing; w != nil {
		items = append(items, toolbar.Item{ID: "stop", Text: fmt.Sprintf("Stop writing: %d k", w.samples.Load()/1000), Icon: toolbar.Cross, On: true, Gap: true})
	}
	p.bar.Set(items)
}

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

// The trend follows the time machine: it ends at the moment that is shown.
func (p *trendsPage) recalls() bool   { return true }
func (p *trendsPage) shows() []tag.ID { return nil } // it reads the past by itself
func (p *trendsPage) recall() {
	if m := p.s.machine; m.on {
		p.before, p.shown = p.view.Window(), 0
	} else if p.shown != 0 {
		p.view.Show(p.before.From(), p.before.End)
		if p.before.Live {
			p.view.Resume()
		}
		p.shown = 0
	}
}

func (p *trendsPage) frame(now time.Time) {
	p.setBar()
	p.tools.Frame(now)
	if p.table.grid.Visible() {
		p.table.frame(now)
	} else {
		p.plot.Frame(now)
	}
	if since := p.since(); since != p.ruled {
		p.ruled = since
		p.add()
	}
	if m := p.s.machine; m.on && m.t != p.shown { // after a frame: before it the plot knows no now
		p.shown = m.t
		p.view.Show(m.t-p.view.Window().Span, m.t)
	} else if m.on && p.view.Window().Live { // the person went on to now
		m.finish()
		p.view.Resume()
	}
	p.pick.frame(now)
}

// add puts tags on the trend; the oldest pens make room.
func (p *trendsPage) add(ids ...tag.ID) {
	var pens []trend.Pen
	have := p.view.Pens()
	for _, id := range ids {
		if !slices.Contains(have, id) {
			have = append(have, id)
		}
	}
	if n := len(have) - trend.MaxPens; n > 0 {
		if n < len(p.view.Pens()) {
			p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("A trend has %d pens: %s made room.", trend.MaxPens, have[0]), false)
		}
		have = have[n:]
	}
	for _, id := range have {
		if c := p.s.room.Tags().Cell(id); c != nil {
			pens = append(pens, penOf(c.Def(), p.rules()))
		}
	}
	p.view.SetPens(pens)
}

// since tells rules apart: since when those of then ran, ns; -1 where nobody
// knows, 0 for those of now.
func (p *trendsPage) since() int64 {
	switch m := p.s.machine; {
	case m == nil || !m.on || m.rules.Until == 0 || m.rules.Until == alarm.Never:
		return 0
	case m.rules.From == 0:
		return -1
	default:
		return m.rules.From
	}
}

// rules are the alarms whose limits are drawn: in the past those of then.
func (p *trendsPage) rules() []alarm.Rule {
	if p.since() != 0 {
		return p.s.machine.rules.Rules
	}
	return p.s.room.Project().Alarms
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
