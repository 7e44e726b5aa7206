package screens

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/paint"
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
	text    string // to be found in a listed alarm
	list    *rows.View[string]
	grid    *widgets.Surface
	details *alarmDetails
	side    *widgets.Surface
	root    *fyne.Container

	snap     *alarm.Snapshot
	byID     map[string]*alarm.Row
	now      time.Time
	second   int64
	which    string // of shelves
	priority int    // 0: all
	sortBy   string
	down     bool
	tested   int // priority whose sound was played last
}

// shelves are the lists an alarm can be on.
var shelves = []struct{ id, text string }{{"standing", "Standing"}, {"new", "Unacknowledged"}, {"shelved", "Shelved"}, {"hidden", "Suppressed, out of service"}}

// newAlarmModel is the list without its place in a window.
func newAlarmModel(s *Station) *alarmsPage {
	return &alarmsPage{s: s, which: "standing", byID: map[string]*alarm.Row{}}
}

func newAlarms(s *Station) *alarmsPage {
	p := newAlarmModel(s)
	p.bar = toolbar.New(s.style, p.do)
	p.tools = s.surface(p.bar)
	p.tools.Least = fyne.NewSize(200, 34)
	p.lists = toolbar.New(s.style, p.do)
	p.filters = s.surface(p.lists)
	p.filters.Least = fyne.NewSize(200, 34)
	p.list = p.newList()
	p.list.OnSelect = p.picked
	p.list.OnOpen = func(id string) { p.openTag(id) }
	p.list.OnSort = func(by string, down bool) { p.sortBy, p.down = by, down; p.order() }
	p.list.Choices = p.choices
	p.grid = s.surface(p.list)
	p.details = &alarmDetails{s: s}
	p.side = s.surface(p.details)
	p.side.Least = fyne.NewSize(200, 190)
	p.search = newEntry(s.key)
	p.search.SetPlaceHolder("filter by text, tag or area")
	p.search.OnChanged = func(text string) { p.text = text; p.order() }
	filters := container.New(&beside{230}, p.filters, container.New(&aside{230}, p.search))
	p.root = container.New(&upright{2}, p.tools, filters, p.grid, p.side)
	return p
}

// newList makes the list itself.
func (p *alarmsPage) newList() *rows.View[string] {
	l := rows.New[string](p.s.style, p,
		rows.Column{ID: "priority", Title: "Pri", Width: 58, Mark: true},
		rows.Column{ID: "time", Title: "Time", Width: 116},
		rows.Column{ID: "state", Title: "State", Width: 128},
		rows.Column{ID: "message", Title: "Message"},
		rows.Column{ID: "tag", Title: "Tag", Width: 148, Rank: 1},
		rows.Column{Title: "Value", Width: 96, Align: paint.Right, Rank: 2},
		rows.Column{Title: "Limit", Width: 92, Align: paint.Right, Rank: 4},
		rows.Column{ID: "area", Title: "Area", Width: 110, Rank: 3},
		rows.Column{Title: "Duration", Width: 92, Align: paint.Right, Rank: 5},
	)
	l.Empty = "No alarms."
	return l
}

func (p *alarmsPage) object() fyne.CanvasObject { return p.root }
func (p *alarmsPage) focus() fyne.Focusable     { return p.grid }
func (p *alarmsPage) open()                     { p.snap = nil }

func (p *alarmsPage) frame(now time.Time) {
	p.now = now
	if snap := p.s.room.Alarms(); snap != p.snap {
		p.take(snap)
	}
	if now.Unix() != p.second { // durations and live values
		p.second = now.Unix()
		p.list.Touch()
	}
	p.setBar()
	p.tools.Frame(now)
	p.filters.Frame(now)
	p.grid.Frame(now)
	p.picked()
	p.side.Frame(now)
}

// take lists a newer snapshot.
func (p *alarmsPage) take(snap *alarm.Snapshot) {
	p.snap = snap
	clear(p.byID)
	for i := range snap.Rows {
		p.byID[snap.Rows[i].Rule.ID] = &snap.Rows[i]
	}
	p.order()
	p.list.Touch()
}

// order works out which alarms are listed and in what order.
func (p *alarmsPage) order() {
	if p.snap == nil {
		return
	}
	text := strings.ToLower(strings.TrimSpace(p.text))
	picked := make([]*alarm.Row, 0, len(p.snap.Rows))
	for i := range p.snap.Rows {
		r := &p.snap.Rows[i]
		if p.listed(r) && (text == "" || strings.Contains(strings.ToLower(r.Message+" "+string(r.Tag)+" "+r.Area+" "+r.Rule.ID), text)) {
			picked = append(picked, r)
		}
	}
	if p.sortBy != "" {
		slices.SortStableFunc(picked, func(a, b *alarm.Row) int {
			c := p.compare(a, b)
			if p.down {
				return -c
			}
			return c
		})
	}
	ids := make([]string, len(picked))
	for i, r := range picked {
		ids[i] = r.Rule.ID
	}
	p.list.SetOrder(ids)
}

func (p *alarmsPage) listed(r *alarm.Row) bool {
	if p.priority != 0 && r.Priority != p.priority {
		return false
	}
	switch p.which {
	case "new":
		return r.Phase.Flashes()
	case "shelved":
		return r.Phase == alarm.Shelved
	case "hidden":
		return r.Phase == alarm.Suppressed || r.Phase == alarm.OutOfService
	}
	return !r.Phase.Hidden()
}

func (p *alarmsPage) compare(a, b *alarm.Row) int {
	switch p.sortBy {
	case "priority":
		return cmp.Compare(a.Priority, b.Priority)
	case "time":
		return cmp.Compare(a.Since(), b.Since())
	case "state":
		return cmp.Compare(a.Phase, b.Phase)
	case "tag":
		return cmp.Compare(a.Tag, b.Tag)
	case "area":
		return cmp.Compare(a.Area, b.Area)
	}
	return cmp.Compare(a.Message, b.Message)
}

// Row implements rows.Model.
func (p *alarmsPage) Row(id string, r *rows.Row) bool {
	a := p.byID[id]
	if a == nil {
		return false
	}
	r.Mark = a.Priority
	r.Flash = a.Phase.Flashes()
	r.Fade = a.Phase == alarm.Returned
	r.Hollow = a.Phase == alarm.Acked || a.Phase == alarm.LatchedAcked || a.Phase.Hidden()
	if a.Phase.Hidden() {
		r.Tone = rows.Dim
	} else if a.Phase == alarm.Unacked {
		r.Tone = rows.Strong
	}
	switch {
	case a.Chattering:
		r.Badge = "chattering"
	case a.State.FirstOut:
		r.Badge = "first out"
	case a.Frozen:
		r.Badge = "value lost"
	}
	r.Cells[1] = clockTime(nanos(a.Since()), p.now)
	r.Cells[2] = a.Phase.String()
	r.Cells[3] = a.Message
	r.Cells[4] = string(a.Tag)
	if c := p.s.room.Tags().Cell(a.Tag); c != nil {
		r.Cells[5] = withUnit(valueText(c.Def(), c.Load().Value), c.Def().Unit)
		r.Cells[6] = limitText(c.Def(), a)
	}
	r.Cells[7] = a.Area
	r.Cells[8] = ago(p.now.Sub(nanos(a.Since())))
	if a.Phase == alarm.Shelved {
		r.Cells[8] = ago(nanos(a.ShelvedUntil).Sub(p.now)) + " left"
	}
	return true
}

// limitText is what the value was held against.
func limitText(d *tag.Def, a *alarm.Row) string {
	if !a.Kind.NeedsLimit() {
		return a.Kind.String()
	}
	if a.Kind == alarm.Discrete {
		if s, ok := d.StateText(int64(a.Limit)); ok {
			return "= " + s
		}
	}
	name := levelName(a.Kind)
	if name != "" {
		name += " "
	}
	return name + d.Format(tag.Float(a.LimitNow))
}

func (p *alarmsPage) picked() {
	id, ok := p.list.Focused()
	if !ok {
		id = ""
	}
	p.details.show(p.byID[id], p.now)
}

func (p *alarmsPage) setBar() {
	n := len(p.unacked(p.list.Selected()))
	page := len(p.unacked(p.list.InSight()))
	one := len(p.list.Selected()) > 0
	items := []toolbar.Item{
		{ID: "ack", Icon: toolbar.Tick, Text: "Acknowledge", Hint: "A", Off: n == 0},
		{ID: "ackpage", Icon: toolbar.Tick, Text: fmt.Sprintf("Page (%d)", page), Hint: "P", Off: page == 0},
		{ID: "comment", Text: "Comment", Hint: "C", Off: !one},
		{ID: "shelve", Text: "Shelve", Hint: "S", Off: !one},
		{ID: "trend", Text: "Trend", Hint: "T", Off: !one},
		{ID: "plate", Text: "Faceplate", Hint: "Return", Off: !one},
	}
	switch a := p.focused(); {
	case p.which == "shelved":
		items[3] = toolbar.Item{ID: "unshelve", Text: "Unshelve", Hint: "U", Off: !one}
	case p.which == "hidden":
		items[3] = toolbar.Item{ID: "restore", Text: "Put into service", Hint: "U", Off: a == nil || !a.OutOfService}
	}
	if a := p.focused(); a != nil && a.Latched {
		items = append(items, toolbar.Item{ID: "reset", Text: "Reset", Hint: "R", Off: a.Unacked})
	}
	items = append(items, toolbar.Item{ID: "remove", Text: "Out of service", Hint: "O", Off: !one || p.which == "hidden"})
	p.bar.Set(items)
	counts := p.counts()
	var lists []toolbar.Item
	for i, s := range shelves {
		lists = append(lists, toolbar.Item{ID: s.id, Text: fmt.Sprintf("%s %d", s.text, counts[i]), On: p.which == s.id})
	}
	if p.priority != 0 {
		lists = append(lists, toolbar.Item{ID: "allpri", Icon: toolbar.Cross, Text: "only priority " + fmt.Sprint(p.priority), On: true, Gap: true})
	}
	if p.text != "" {
		lists = append(lists, toolbar.Item{ID: "alltext", Icon: toolbar.Cross, Text: "only \"" + p.text + "\"", On: true, Gap: true})
	}
	lists = append(lists, toolbar.Item{ID: "kpi", Text: "Performance", Hint: "K", Tail: true}, toolbar.Item{ID: "sound", Icon: toolbar.Bell, Text: "Test sound"})
	p.lists.Set(lists)
}

// testSound plays the sound of one priority after the other.
func (p *alarmsPage) testSound() {
	p.tested = p.tested%alarm.Lowest + 1
	say := "This is the sound of priority " + fmt.Sprint(p.tested) + ", " + paint.PriorityWords[p.tested] + "."
	if deaf := p.s.hearing(); deaf != "" {
		say = "It cannot be heard: " + deaf + "."
	}
	p.s.horn.Test(p.tested)
	p.s.status.tell(p.s.opts.Now(), say, p.s.hearing() != "")
}

func (p *alarmsPage) counts() (n [4]int) {
	if p.snap == nil {
		return n
	}
	n[2], n[3] = p.snap.Shelved, p.snap.Suppressed+p.snap.OutOfService
	n[0] = len(p.snap.Rows) - n[2] - n[3]
	n[1] = p.snap.Unacked[0]
	return n
}

// unacked keeps those of ids that can be acknowledged.
func (p *alarmsPage) unacked(ids []string) (out []string) {
	for _, id := range ids {
		if r := p.byID[id]; r != nil && r.Unacked && !r.Phase.Hidden() {
			out = append(out, id)
		}
	}
	return out
}

func (p *alarmsPage) do(id string) {
	switch id {
	case "ack":
		p.ack(p.list.Selected(), "")
	case "ackpage":
		p.ack(p.list.InSight(), "")
	case "comment":
		p.askComment()
	case "shelve":
		p.s.askShelve(p.rowsOf(p.list.Selected()))
	case "unshelve":
		if a := p.focused(); a != nil && p.s.may(auth.Shelve, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Unshelve}, "taken off the shelf")
		}
	case "reset":
		if a := p.focused(); a != nil && p.s.may(auth.Ack, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Reset}, "reset")
		}
	case "remove":
		p.s.askRemove(p.rowsOf(p.list.Selected()))
	case "restore":
		if a := p.focused(); a != nil && p.s.may(auth.Suppress, a.Area) {
			p.s.answer(p.list.Selected(), alarm.Event{What: alarm.Restore}, "put into service")
		}
	case "trend":
		if a := p.focused(); a != nil {
			p.s.trendAround(a.Tag, a.Since())
		}
	case "plate":
		if a := p.focused(); a != nil {
			p.openTag(a.Rule.ID)
		}
	case "kpi":
		p.s.goTo(p.s.performance)
	case "sound":
		p.testSound()
	case "allpri":
		p.only(0)
	case "alltext":
		p.search.SetText("")
	default:
		p.which = id
		p.list.SetOrder(nil)
		p.order()
	}
}

func (p *alarmsPage) focused() *alarm.Row {
	id, _ := p.list.Focused()
	return p.byID[id]
}

func (p *alarmsPage) rowsOf(ids []string) (out []*alarm.Row) {
	for _, id := range ids {
		if r := p.byID[id]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

func (p *alarmsPage) openTag(id string) {
	if a := p.byID[id]; a != nil {
		p.s.OpenTag(a.Tag)
	}
}

// ack acknowledges what the person saw of these alarms, and no later one.
func (p *alarmsPage) ack(ids []string, comment string) { p.s.ack(p.rowsOf(p.unacked(ids)), comment) }

// key is offered the keys the list leaves: each button has one.
func (p *alarmsPage) key(k view.Key) bool {
	id, ok := map[string]string{"A": "ack", "P": "ackpage", "C": "comment", "S": "shelve", "U": "unshelve", "T": "trend", "R": "reset", "O": "remove", "K": "kpi"}[k.Name]
	if !ok || k.Mods != 0 {
		return false
	}
	if id == "unshelve" && p.which == "hidden" {
		id = "restore"
	}
	p.do(id)
	return true
}

// only lists one priority; 0 lists all.
func (p *alarmsPage) only(priority int) {
	p.priority = priority
	p.order()
}

// reveal lists all that stands and goes to one alarm.
func (p *alarmsPage) reveal(id string) {
	p.which, p.priority = "standing", 0
	p.search.SetText("")
	if p.snap == nil {
		p.take(p.s.room.Alarms())
	}
	p.order()
	p.list.Choose(id)
}

func (p *alarmsPage) choices(ids []string) []view.Choice {
	a := p.byID[ids[0]]
	if a == nil {
		return nil
	}
	un := len(p.unacked(ids))
	return []view.Choice{
		{Text: fmt.Sprintf("Acknowledge %s", plural(un, "alarm", "alarms")), Do: func() { p.ack(ids, "") }, Disabled: un == 0},
		{Text: "Comment ...", Do: p.askComment},
		{Text: "Shelve ...", Do: func() { p.s.askShelve(p.rowsOf(ids)) }, Disabled: a.Phase.Hidden()},
		{Text: "Unshelve", Do: func() { p.do("unshelve") }, Disabled: a.Phase != alarm.Shelved},
		{Text: "Reset", Do: func() { p.do("reset") }, Disabled: a.Phase != alarm.LatchedAcked},
		{Text: "Take out of service ...", Do: func() { p.s.askRemove(p.rowsOf(ids)) }, Disabled: a.OutOfService},
		{Text: "Put into service", Do: func() { p.do("restore") }, Disabled: !a.OutOfService},
		{},
		{Text: "Faceplate", Do: func() { p.openTag(a.Rule.ID) }},
		{Text: "Trend around the moment", Do: func() { p.s.trendAround(a.Tag, a.Since()) }},
		{Text: "Mimic", Do: func() { p.s.openDisplay(a.Display) }, Disabled: a.Display == ""},
		{Text: "Events of this alarm", Do: func() { p.s.eventsOf(a.Rule.ID) }},
	}
}
