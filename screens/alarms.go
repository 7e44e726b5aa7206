package screens

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/rows"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// alarmsPage is the alarm list: what stands, what to do about it, and the
// tools to answer it.
type alarmsPage struct {
	s       *Station
	bar     *toolbar.Bar // what can be done
	tools   *widgets.Surface
	lists   *toolbar.Bar // what is listed
	filters *widgets.Surface
	search  *entry
	list    *rows.View[string]
	grid    *widgets.Surface
	flood   *floodView // the same in groups, for when there are too many
	heaps   *widgets.Surface
	details *alarmDetails
	side    *widgets.Surface
	trial   *whatIf // nil until somebody asks
	root    *fyne.Container

	snap    *alarm.Snapshot
	byID    map[string]*alarm.Row
	now     time.Time
	second  int64
	grouped bool   // the groups are shown instead of the list
	which   string // of shelves
	filter  alarmFilter
	hiding  int // how many of the list the filter hides
	project *project.Project
	within  map[string][]string // for each area of it, those it lies in
	shown   shownOn             // which mimic shows which tag
	sortBy  string
	down    bool
	tested  int       // priority whose sound was played last
	acked   time.Time // by key, last
}

// newAlarmModel is the list without its place in a window.
func newAlarmModel(s *Station) *alarmsPage {
	return &alarmsPage{s: s, which: "standing", byID: map[string]*alarm.Row{}}
}

func newAlarms(s *Station) *alarmsPage {
	p := newAlarmModel(s)
	p.bar, p.tools = s.newBar(p.do)
	p.bar.Denied = p.denied
	p.lists, p.filters = s.newBar(p.do)
	p.list = p.newList()
	p.list.OnSelect = p.picked
	p.list.OnOpen = func(id string) { p.openTag(id) }
	p.list.OnSort = func(by string, down bool) { p.sortBy, p.down = by, down; p.order() }
	p.list.Choices = p.choices
	p.grid = s.surface(p.list)
	p.flood = newFloodView(s, p.openHeap)
	p.heaps = s.surface(p.flood)
	p.heaps.Hide()
	p.details = &alarmDetails{details: details{s: s}}
	p.side = s.surface(p.details)
	p.side.Least = fyne.NewSize(200, 190)
	p.search = newEntry(s.key)
	p.search.SetPlaceHolder("filter by text, tag, area    F")
	p.search.OnChanged = func(text string) { p.filter.text = strings.ToLower(strings.TrimSpace(text)); p.order() }
	p.search.first = func(k view.Key) bool { // back to the list, to work on what was found
		if k.Name != view.KeyDown && k.Name != view.KeyReturn && k.Name != view.KeyEscape {
			return false
		}
		s.focusPage()
		return true
	}
	filters := container.New(&beside{210}, p.filters, container.New(&aside{210}, p.search))
	p.root = container.New(&upright{2}, p.tools, filters, container.NewStack(p.grid, p.heaps), p.side)
	return p
}

func (p *alarmsPage) object() fyne.CanvasObject { return p.root }
func (p *alarmsPage) open()                     { p.snap = nil }
func (p *alarmsPage) close() {
	if p.trial != nil {
		p.trial.close()
	}
}
func (p *alarmsPage) focus() fyne.Focusable {
	if p.grouped {
		return p.heaps
	}
	return p.grid
}

func (p *alarmsPage) frame(now time.Time) {
	now = p.s.machine.now(now)
	p.now = now
	if snap := p.s.machine.standing(); snap != p.snap {
		p.take(snap)
	}
	if now.Unix() != p.second { // durations and live values
		p.second = now.Unix()
		p.list.Touch()
	}
	p.setBar()
	p.tools.Frame(now)
	p.filters.Frame(now)
	if p.grouped {
		p.heaps.Frame(now)
		p.details.show(p.flood.leading(), now)
	} else {
		p.grid.Frame(now)
		p.picked()
	}
	p.side.Frame(now)
}

// The alarm list shows the past as well: the states of then.
func (p *alarmsPage) recalls() bool   { return true }
func (p *alarmsPage) recall()         { p.snap = nil }
func (p *alarmsPage) shows() []tag.ID { return nil } // the moment knows what the listed alarms need

func (p *alarmsPage) picked() {
	id, ok := p.list.Focused()
	if !ok {
		id = ""
	}
	p.details.show(p.byID[id], p.now)
}

func (p *alarmsPage) openTag(id string) {
	if a := p.byID[id]; a != nil {
		p.s.OpenTag(a.Tag)
	}
}

// ack acknowledges what the person saw of these alarms, and no later one.
func (p *alarmsPage) ack(ids []string, comment string) { p.s.ack(p.rowsOf(p.unacked(ids)), comment) }
