package screens

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/widgets/toolbar"
	"penstock/widgets/view"
)

// speeds are how much faster than life the past is played.
var speeds = [...]float64{0.5, 1, 2, 8, 32, 128}

// pastSpans are the lengths of the bar.
var pastSpans = [...]struct {
	text string
	d    time.Duration
}{{"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}}

func (m *timeMachine) setBar() {
	items := []toolbar.Item{
		{ID: "now", Icon: toolbar.ToEnd, Text: "Back to now", Hint: "Esc", On: true},
		{ID: "goto", Text: "Go to", Hint: "G", Gap: true},
		{ID: "-", Icon: toolbar.Left, Text: "1 min"},
		{ID: "+", Icon: toolbar.Right, Text: "1 min"},
		{ID: "before", Icon: toolbar.Left, Text: "Alarm", Hint: "B", Gap: true},
		{ID: "next", Icon: toolbar.Right, Text: "Alarm", Hint: "N"},
	}
	for i, v := range speeds {
		items = append(items, toolbar.Item{ID: fmt.Sprint("x", v), Text: fmt.Sprintf("%gx", v), On: m.speed == v, Gap: i == 0})
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
		m.finish()
		return
	case "goto":
		m.askMoment()
	case "-":
		m.turn(m.t - int64(time.Minute))
	case "+":
		m.turn(m.t + int64(time.Minute))
	case "before":
		m.jump(-1)
	case "next":
		m.jump(1)
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

// askMoment goes to a moment that is typed.
func (m *timeMachine) askMoment() {
	s := m.s
	var d *dialog
	when := newEntry(func(k keyOf) bool { return d.key(k) })
	when.SetText(nanos(m.t).Format("2006-01-02 15:04:05"))
	help := widget.NewLabel("Such as 2026-03-14 09:00, 09:00 for today, or -2h for two hours ago.")
	d = s.ask("Go to a moment of the past", container.NewVBox(when, help), "Go", when, func(*dialog) string {
		now := s.opts.Now()
		t, err := parseMoment(when.Text, now)
		switch {
		case err != nil:
			return sentence(err)
		case t.After(now):
			return "That is in the future."
		}
		m.turn(t.UnixNano())
		return ""
	})
	when.OnSubmitted = func(string) { d.yes.OnTapped() }
}

// key moves in time while the past is shown.
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
	case "N":
		m.jump(1)
	case "B":
		m.jump(-1)
	case "G":
		m.askMoment()
	case view.KeySpace:
		if m.speed > 0 {
			m.speed = 0
		} else {
			m.speed = 8
		}
	case view.KeyEscape, view.KeyEnd, "H":
		m.finish()
	default:
		return false
	}
	return true
}
