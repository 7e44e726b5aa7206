package screens

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"penstock/historian/journal"
	"penstock/widgets"
	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// speeds are how much faster than life the past is played.
var speeds = [...]float64{0.5, 1, 8, 32, 128}

// pastSpans are the lengths of the bar.
var pastSpans = [...]struct {
	text string
	d    time.Duration
}{{"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}}

// timeMachine shows the display of the mimics page as it was. While it is on,
// nothing can be set, and the picture says that it is not live.
type timeMachine struct {
	page    *mimicsPage
	bar     *toolbar.Bar
	tools   *widgets.Surface
	scrub   *scrubBar
	strip   *widgets.Surface
	panel   *fyne.Container
	on      bool
	moment  *moment
	entries []journal.Entry
	loaded  bool

	t       int64 // the moment shown, ns
	span    int64
	speed   float64 // 0: it stands
	tick    time.Time
	asked   int64
	busy    bool
	stop    context.CancelFunc
	problem string
}

func newTimeMachine(p *mimicsPage) *timeMachine {
	m := &timeMachine{page: p, span: int64(8 * time.Hour)}
	m.bar = toolbar.New(p.s.style, m.do)
	m.tools = p.s.surface(m.bar)
	m.tools.Least = fyne.NewSize(200, 34)
	m.scrub = &scrubBar{m: m}
	m.strip = p.s.surface(m.scrub)
	m.strip.Least = fyne.NewSize(200, 52)
	m.panel = container.New(&upright{1}, m.tools, m.strip)
	m.panel.Hide()
	return m
}

// start goes into the past, a little way at first.
func (m *timeMachine) start() {
	if m.page.scene == nil {
		return
	}
	now := m.page.s.opts.Now()
	m.on, m.speed, m.loaded, m.problem = true, 0, false, ""
	m.moment = &moment{live: m.page.src}
	m.moment.remember(memory{})
	m.page.scene.SetSource(m.moment)
	m.panel.Show()
	m.page.root.Refresh()
	m.turn(now.Add(-time.Minute).UnixNano())
}

// end shows what is live again.
func (m *timeMachine) end() {
	if !m.on {
		return
	}
	m.close()
	m.on, m.busy = false, false
	m.page.scene.SetSource(m.page.src)
	m.panel.Hide()
	m.page.root.Refresh()
}

func (m *timeMachine) close() {
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// turn goes to a moment.
func (m *timeMachine) turn(t int64) {
	now := m.page.s.opts.Now().UnixNano()
	m.t = min(max(t, now-m.span), now)
	m.scrub.dirty = true
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
	if !m.busy && m.t != m.asked {
		m.look()
	}
	m.setBar(now)
	m.tools.Frame(now)
	m.strip.Frame(now)
}

// look reads the moment in the background; when it moved on meanwhile, the
// next frame reads again.
func (m *timeMachine) look() {
	s := m.page.s
	m.busy, m.asked = true, m.t
	ctx, cancel := context.WithTimeout(s.ctx, 10*time.Second)
	m.stop = cancel
	t, ids, entries, loaded := m.t, m.page.scene.Tags(), m.entries, m.loaded
	now, which := s.opts.Now().UnixNano(), m.moment
	go func() {
		defer cancel()
		var err error
		if !loaded {
			entries, err = alarmsBefore(ctx, s.room, now-int64(pastSpans[len(pastSpans)-1].d), now)
		}
		var mem memory
		if err == nil {
			mem, err = recall(ctx, s.room, entries, ids, t)
		}
		s.opts.Post(func() {
			if !m.on || m.moment != which || s.ctx.Err() != nil {
				return
			}
			m.busy = false
			if err != nil {
				m.problem = sentence(err)
				return
			}
			m.entries, m.loaded, m.problem = entries, true, ""
			m.moment.remember(mem)
			m.scrub.dirty = true
		})
	}()
}

func (m *timeMachine) setBar(now time.Time) {
	items := []toolbar.Item{
		{ID: "now", Icon: toolbar.ToEnd, Text: "Back to now", Hint: "Esc", On: true},
		{ID: "-", Icon: toolbar.Left, Text: "1 min", Gap: true},
		{ID: "+", Icon: toolbar.Right, Text: "1 min"},
	}
	for i, v := range speeds {
		items = append(items, toolbar.Item{ID: fmt.Sprint("x", v), Icon: toolbar.Right, Text: fmt.Sprintf("%gx", v), On: m.speed == v, Gap: i == 0})
	}
	items = append(items, toolbar.Item{ID: "stop", Icon: toolbar.Pause, Text: "Stop", Hint: "Space", Off: m.speed == 0})
	for i, sp := range pastSpans {
		items = append(items, toolbar.Item{ID: sp.text, Text: sp.text, On: m.span == int64(sp.d), Gap: i == 0})
	}
	if m.problem != "" {
		items = append(items, toolbar.Item{Text: m.problem, Gap: true})
	}
	m.bar.Set(items)
}

func (m *timeMachine) do(id string) {
	switch id {
	case "now":
		m.end()
		return
	case "-":
		m.turn(m.t - int64(time.Minute))
	case "+":
		m.turn(m.t + int64(time.Minute))
	case "stop":
		m.speed = 0
	}
	for _, v := range speeds {
		if id == fmt.Sprint("x", v) {
			m.speed = v
		}
	}
	for _, sp := range pastSpans {
		if id == sp.text {
			m.span = int64(sp.d)
			m.turn(m.t)
		}
	}
}

// key moves in time with the arrows while the past is shown.
func (m *timeMachine) key(k view.Key) bool {
	step := int64(10 * time.Second)
	if k.Mods&view.Shift != 0 {
		step = int64(10 * time.Minute)
	}
	switch k.Name {
	case view.KeyLeft:
		m.turn(m.t - step)
	case view.KeyRight:
		m.turn(m.t + step)
	case view.KeySpace:
		if m.speed > 0 {
			m.speed = 0
		} else {
			m.speed = 8
		}
	case view.KeyEscape, view.KeyEnd:
		m.end()
	default:
		return false
	}
	return true
}
