package screens

import (
	"image/color"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/toolbar"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// faceplate is one tag in full: what it is worth and how far that can be
// believed, its alarms, its last ten minutes, and where it may be set, the
// field for it. See plates for where it stands.
type faceplate struct {
	s      *Station
	panel  *fyne.Container
	parts  *fyne.Container // in the panel
	ground *canvas.Rectangle
	edge   *canvas.Rectangle // around one that floats

	floats  bool          // over the page; else it docks at the page's side
	at      fyne.Position // of one that floats, in the window
	size    fyne.Size
	home    spot          // where it was opened, floating
	grabbed fyne.Position // where it stood when its head was taken

	face  *plateFace
	top   *widgets.Surface
	small *trend.View
	plot  *widgets.Surface
	bar   *toolbar.Bar
	tools *widgets.Surface

	fields *fyne.Container
	write  *fyne.Container // the field, or a button a state
	field  *entry
	advice *widget.Label // what may be typed, or what is wrong with what was
	yes    *button
	states *fyne.Container

	id tag.ID
}

func newFaceplate(s *Station) *faceplate {
	p := &faceplate{s: s}
	p.face = &plateFace{s: s, plate: p}
	p.top = s.surface(p.face)
	p.top.Forward = p.key
	p.small = trend.New(s.style, past{s.room})
	p.small.Small = true
	p.small.Read = s.read
	p.plot = s.surface(p.small)
	p.plot.Forward = p.key
	p.plot.Least = fyne.NewSize(200, 150)
	p.bar, p.tools = s.newBar(p.do)
	p.tools.Forward = p.key
	p.bar.Denied = p.denied
	p.field = newEntry(p.key)
	p.field.OnSubmitted = func(string) { p.ask() }
	p.field.OnChanged = func(string) { p.advise() }
	p.yes = newButton("Set", p.key, p.ask)
	p.yes.Importance = widget.HighImportance
	p.advice = widget.NewLabel("")
	p.advice.Wrapping = fyne.TextWrapWord
	p.write = container.New(&upright{-1}, container.NewBorder(nil, nil, nil, p.yes, p.field), p.advice)
	p.states = container.NewGridWithColumns(2)
	p.fields = container.New(layout.NewCustomPaddedLayout(4, 4, 12, 12), container.NewVBox(p.write, p.states))
	p.ground, p.edge = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	p.edge.StrokeWidth = 1.5
	p.parts = container.New(&upright{}, p.top, p.plot, p.fields, p.tools)
	p.panel = container.NewStack(p.ground, p.parts, p.edge)
	return p
}

// key is offered the keys its parts leave: Escape closes this one.
func (p *faceplate) key(k view.Key) bool {
	if k.Name == view.KeyEscape && k.Mods == 0 && len(p.s.dialogs) == 0 {
		p.s.plates.hide(p)
		return true
	}
	return p.s.key(k)
}

// pinned reports whether it stays while others are opened.
func (p *faceplate) pinned() bool { return slices.Contains(p.s.plates.pinned, p) }

// tall is how high it must be to show all but the origin of the value, which is
// reached by scrolling, Fyne units.
func (p *faceplate) tall() float32 {
	k := p.top.Scale()
	h := p.face.measure(int(plateWidth*k), k, p.s.opts.Now()) / k
	p.top.Repaint()
	return h + p.plot.MinSize().Height + p.tools.MinSize().Height + p.fieldsHeight()
}

func (p *faceplate) fieldsHeight() float32 {
	if !p.fields.Visible() {
		return 0
	}
	return p.fields.MinSize().Height
}

// grow makes one that floats higher when there is more to show, such as what
// became of a command, as far as the page has room.
func (p *faceplate) grow() {
	more := float32(p.face.brief)/max(p.face.scale, 0.1) - p.top.Size().Height
	if p.floats && more > 1 && p.panel.Size().Height >= p.size.Height {
		p.size.Height += more
		p.s.plates.layer.Refresh()
	}
}

// dress gives what is not painted the colours of the palette.
func (p *faceplate) dress() {
	pal, edge := p.s.style.Palette, color.Color(color.Transparent)
	if p.floats {
		edge = pal.Outline
	}
	if p.ground.FillColor != color.Color(pal.Panel) || p.edge.StrokeColor != edge {
		p.ground.FillColor, p.edge.StrokeColor = pal.Panel, edge
		p.ground.Refresh()
		p.edge.Refresh()
	}
}

func (p *faceplate) close() { p.small.Close() }

// show turns to a tag, and reports whether there is such a tag.
func (p *faceplate) show(id tag.ID) bool {
	c := p.s.room.Tags().Cell(id)
	if c == nil {
		return false
	}
	d := c.Def()
	p.id = id
	p.face.turn(d)
	p.small.SetPens([]trend.Pen{penOf(d, p.s.room.Project().Alarms)})
	p.small.Span(10 * time.Minute)
	p.buildWrite(d)
	p.readNotes()
	return true
}

// turn shows another tag in the same place.
func (p *faceplate) turn(id tag.ID) {
	if o := p.s.plates.of(id); o != nil && o != p {
		p.s.plates.raise(o)
		return
	}
	if p.show(id) {
		p.size.Height = p.tall()
		p.s.plates.opened(p)
	}
}

func (p *faceplate) frame(now time.Time) {
	p.dress()
	p.top.Frame(now)
	p.grow()
	p.plot.Frame(now)
	p.bar.Set([]toolbar.Item{
		{ID: "ack", Icon: toolbar.Tick, Text: "Acknowledge", Off: !p.face.unacked},
		{ID: "trend", Icon: toolbar.Lines, Text: "Trend"},
		{ID: "note", Text: "Note"},
		{ID: "whatif", Text: "What if", Off: len(p.face.rules) == 0},
		{ID: "events", Text: "Events"},
	})
	p.tools.Frame(now)
}

func (p *faceplate) do(id string) {
	switch id {
	case "ack":
		p.s.ack(p.alarms(), "")
	case "trend":
		p.s.addPens(p.id)
	case "note":
		p.askNote()
	case "whatif":
		p.askTuning()
	case "events":
		p.s.eventsOf(string(p.id))
	}
}

// alarms are the tag's alarms that wait for an acknowledgement.
func (p *faceplate) alarms() (out []*alarm.Row) {
	snap := p.s.room.Alarms()
	for i := range snap.Rows {
		if r := &snap.Rows[i]; r.Tag == p.id && r.Unacked && !r.Phase.Hidden() {
			out = append(out, r)
		}
	}
	return out
}

// denied says why a button is off.
func (p *faceplate) denied(id string) {
	say := map[string]string{"ack": "No alarm of " + string(p.id) + " waits to be acknowledged.", "whatif": "No alarm watches " + string(p.id) + "."}[id]
	p.s.status.tell(p.s.opts.Now(), say, true)
}

// askTuning tries another tuning of an alarm of the tag; of several the person
// chooses one.
func (p *faceplate) askTuning() {
	var choices []view.Choice
	for _, r := range p.face.rules {
		choices = append(choices, view.Choice{Text: r.ID + ": " + ruleWords(p.face.def, r), Do: func() { p.s.goTo(alarmPage); p.s.whatIf(r.ID) }})
	}
	if len(choices) == 1 {
		choices[0].Do()
		return
	}
	offerAt(p.bar, p.tools, "whatif", choices)
}
