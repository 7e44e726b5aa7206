package screens

import (
	"context"
	"sort"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/screens/scene"
	"penstock/widgets"
	"penstock/widgets/toolbar"
)

// recaller is a page that can show the plant as it was.
type recaller interface {
	page
	// recalls reports whether it can show the past now.
	recalls() bool
	// recall shows readings of the time machine's from now on; live again when
	// it has ended.
	recall()
	// shows are the tags whose readings of then it needs.
	shows() []tag.ID
}

// timeMachine shows displays, trend and alarm list as they were. While it is
// on, nothing can be set, and a band says that what is shown is not live; the
// header stays live.
type timeMachine struct {
	s      *Station
	bar    *toolbar.Bar
	tools  *widgets.Surface
	scrub  *scrubBar
	strip  *widgets.Surface
	panel  *fyne.Container
	on     bool
	moment *moment

	story *chronicle   // nil: the journal was not read yet
	known timeSpan     // what it covers, or what could not be read
	rules alarm.Regime // of the moment shown
	doubt string       // what is not sure about its alarms; empty: nothing

	t       int64 // the moment shown, ns
	span    int64 // length of the bar
	end     int64 // its right end, ns; 0: now
	speed   float64
	tick    time.Time
	asked   int64
	busy    bool
	stop    context.CancelFunc
	problem string
}

// timeSpan is a time from from to to, ns.
type timeSpan struct{ from, to int64 }

func newTimeMachine(s *Station) *timeMachine {
	m := &timeMachine{s: s, span: int64(8 * time.Hour)}
	m.bar = toolbar.New(s.style, m.do)
	m.tools = s.surface(m.bar)
	m.tools.Least = fyne.NewSize(200, 34)
	m.scrub = &scrubBar{m: m}
	m.strip = s.surface(m.scrub)
	m.strip.Least = fyne.NewSize(200, 68)
	m.panel = container.New(&upright{1}, m.tools, m.strip)
	m.panel.Hide()
	return m
}

// start goes into the past, a little way at first.
func (m *timeMachine) start() {
	p, ok := m.s.pages[m.s.current].(recaller)
	if m.on || !ok || !p.recalls() || m.s.kiosk != nil {
		return
	}
	now := m.s.opts.Now()
	m.on, m.speed, m.end, m.story, m.rules, m.doubt, m.problem = true, 0, 0, nil, alarm.Regime{}, "", ""
	src := m.s.mimics().src
	m.moment = &moment{live: src, bounds: src.limits}
	m.moment.remember(memory{})
	m.panel.Show()
	m.s.edge.Show()
	m.s.body.Refresh()
	m.turn(now.Add(-time.Minute).UnixNano())
	p.recall()
}

func (m *timeMachine) toggle() {
	if m.on {
		m.finish()
	} else {
		m.start()
	}
}

// follow brings the past to the page that has come into sight, or ends it
// where that page shows only what is live.
func (m *timeMachine) follow() {
	if !m.on {
		return
	}
	p, ok := m.s.pages[m.s.current].(recaller)
	if !ok || !p.recalls() {
		m.finish()
		m.s.status.tell(m.s.opts.Now(), "Back to now: this page shows only what is live.", false)
		return
	}
	p.recall()
	m.asked = 0
}

// finish shows what is live again.
func (m *timeMachine) finish() {
	if !m.on {
		return
	}
	m.close()
	m.on, m.busy = false, false
	m.panel.Hide()
	m.s.edge.Hide()
	m.s.body.Refresh()
	for _, p := range m.s.pages {
		if r, ok := p.(recaller); ok {
			r.recall()
		}
	}
}

func (m *timeMachine) close() {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// source is what displays read; was is what they read while it is off.
func (m *timeMachine) source(was *live) scene.Source {
	if m.on {
		return m.moment
	}
	return was
}

// standing is the alarm list that is to be shown.
func (m *timeMachine) standing() *alarm.Snapshot {
	if m.on {
		return m.moment.list
	}
	return m.s.room.Alarms()
}

// reading is what a tag is worth in what is to be shown. A station without a
// window has no time machine.
func (s *Station) reading(id tag.ID) tag.Value {
	if s.machine != nil && s.machine.on {
		return s.machine.moment.values[id]
	}
	return s.read(id)
}

// now is the moment that is shown.
func (m *timeMachine) now(live time.Time) time.Time {
	if m.on {
		return nanos(m.t)
	}
	return live
}

// turn goes to a moment. The bar follows when the moment is not on it.
func (m *timeMachine) turn(t int64) {
	now := m.s.opts.Now().UnixNano()
	m.t = min(max(t, 0), now)
	if s := m.stretch(); m.t < s.from || m.t > s.to {
		m.end = m.t + m.span/2
	}
	if m.end >= now {
		m.end = 0
	}
	m.scrub.dirty = true
}

// stretch is the time on the bar.
func (m *timeMachine) stretch() timeSpan {
	end := m.end
	if end == 0 {
		end = m.s.opts.Now().UnixNano()
	}
	return timeSpan{end - m.span, end}
}

// frame plays on and looks up what has not been looked up.
func (m *timeMachine) frame(now time.Time) {
	if !m.on {
		return
	}
	if m.speed > 0 {
		if d := now.Sub(m.tick); d > 0 && d < time.Second {
			m.turn(m.t + int64(float64(d)*m.speed))
		}
		if m.t >= now.UnixNano() {
			m.speed = 0
		}
	}
	m.tick = now
	if s := m.stretch(); !m.busy && (m.t != m.asked || s.from < m.known.from || s.to > m.known.to+int64(reread)) {
		m.look()
	}
	m.setBar()
	m.tools.Frame(now)
	m.strip.Frame(now)
}

// reread is how far behind now what is known of the journal may fall.
const reread = 10 * time.Second

// look reads the moment in the background; when it moved on meanwhile, the
// next frame reads again.
func (m *timeMachine) look() {
	s := m.s
	m.busy, m.asked = true, m.t
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	m.stop = cancel
	var ids []tag.ID
	if p, ok := s.pages[s.current].(recaller); ok {
		ids = p.shows()
	}
	t, which, want := m.t, m.moment, m.stretch()
	story, rules := m.story, m.rules
	if story == nil || want.from < story.from || want.to > story.to+int64(reread) {
		story, rules = nil, alarm.Regime{} // another project may have been applied
	}
	go func() {
		defer cancel()
		var err error
		if story == nil {
			story, err = readChronicle(ctx, s.room, want)
		}
		var mem memory
		if err == nil {
			mem, err = story.recall(ctx, s.room, rules, ids, t)
		}
		s.opts.Post(func() {
			if !m.on || m.moment != which || s.ctx.Err() != nil {
				return
			}
			m.busy = false
			if err != nil {
				m.problem = sentence(err)
				m.known = want // it is not asked again ten times a second
				return
			}
			m.story, m.known, m.problem = story, story.timeSpan, ""
			m.rules, m.doubt = mem.rules, story.doubt(&mem)
			if m.moment.remember(mem) { // limits stand where they stood
				s.mimics().recall()
				s.overview().recall()
			}
			m.scrub.dirty = true
		})
	}()
}

// jump goes to the next alarm that came after the moment (1), or to the last
// before it (-1).
func (m *timeMachine) jump(d int) {
	s, which := m.s, m.moment
	f := journal.Filter{From: m.t + 1, OldestFirst: true}
	none := "No other alarm has come since."
	if d < 0 {
		f = journal.Filter{To: m.t}
		none = "No alarm came before, as far back as the journal goes."
	}
	f.Kinds, f.Actions, f.Limit = []journal.Kind{journal.Alarm}, []string{alarm.Annunciated.String()}, 1
	var found []journal.Entry
	var err error
	s.act(func(ctx context.Context) { found, err = s.room.Entries(ctx, f) }, func() {
		switch {
		case !m.on || m.moment != which:
		case err != nil:
			s.status.tell(s.opts.Now(), sentence(err), true)
		case len(found) == 0:
			s.status.tell(s.opts.Now(), none, false)
		default:
			m.speed = 0
			m.turn(found[0].At)
		}
	})
}

// lastEvent says what happened last at the moment; "" for nothing known.
func (m *timeMachine) lastEvent() string {
	var last *journal.Entry
	if m.story == nil {
		return ""
	}
	for _, es := range [][]journal.Entry{m.story.told, m.story.events} {
		n := sort.Search(len(es), func(i int) bool { return es[i].At > m.t })
		if n > 0 && (last == nil || es[n-1].At >= last.At) {
			last = &es[n-1]
		}
	}
	if last == nil || last.At < m.story.from {
		return ""
	}
	return m.tell(last)
}

// ruled says by which rules the alarms of the moment are shown, where it is not
// those of today.
func (m *timeMachine) ruled() string {
	switch {
	case m.doubt != "":
		return m.doubt
	case m.rules.Until != 0 && m.rules.Until != alarm.Never:
		return "Alarm rules and limits of " + nanos(m.rules.From).Format("2 Jan 2006 15:04")
	}
	return ""
}

// tell says in a line what an entry of the journal is.
func (m *timeMachine) tell(e *journal.Entry) string {
	say := clockTime(nanos(e.At), nanos(m.t)) + "  "
	if e.On != "" {
		say += e.On + " "
	}
	say += e.Action
	if e.New != "" && e.Kind != journal.Alarm {
		say += " " + e.New
	}
	if e.Who != "" {
		say += ", " + e.Who
	}
	if e.Note != "" {
		say += ": " + e.Note
	}
	return say
}
