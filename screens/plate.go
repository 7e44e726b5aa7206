package screens

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/toolbar"
	"penstock/widgets/trend"
	"penstock/widgets/view"
)

// faceplate is one tag in full, beside the page: what it is worth and how far
// that can be believed, its alarms, its last ten minutes, and where it may be
// set, the field for it.
type faceplate struct {
	s     *Station
	panel *fyne.Container

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
	p.face = &plateFace{s: s}
	p.top = s.surface(p.face)
	p.small = trend.New(s.style, past{s.room})
	p.small.Small = true
	p.small.Read = s.read
	p.plot = s.surface(p.small)
	p.plot.Least = fyne.NewSize(200, 150)
	p.bar, p.tools = s.newBar(p.do)
	p.bar.Denied = p.denied
	p.field = newEntry(s.key)
	p.field.OnSubmitted = func(string) { p.ask() }
	p.field.OnChanged = func(string) { p.advise() }
	p.yes = newButton("Set", s.key, p.ask)
	p.yes.Importance = widget.HighImportance
	p.advice = widget.NewLabel("")
	p.advice.Wrapping = fyne.TextWrapWord
	p.write = container.New(&upright{-1}, container.NewBorder(nil, nil, nil, p.yes, p.field), p.advice)
	p.states = container.NewGridWithColumns(2)
	p.fields = container.NewPadded(container.NewVBox(p.write, p.states))
	p.panel = container.New(&upright{}, p.top, p.plot, p.fields, p.tools)
	return p
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

// buildWrite shows the field for a number or a text, or a button for each
// named state; nothing for a tag that cannot be set.
func (p *faceplate) buildWrite(d *tag.Def) {
	p.write.Hide()
	p.states.Hide()
	p.states.RemoveAll()
	p.fields.Hide()
	if !d.Writable {
		return
	}
	p.fields.Show()
	states := d.States
	if len(states) == 0 && d.Kind == tag.KindBool {
		states = []tag.State{{Value: 0, Text: "off"}, {Value: 1, Text: "on"}}
	}
	if len(states) == 0 {
		p.field.SetText("")
		p.field.SetPlaceHolder("new value")
		p.advise()
		p.write.Show()
		return
	}
	for _, st := range states {
		p.states.Add(newButton(st.Text, p.s.key, func() { p.set(stateScalar(d, st.Value)) }))
	}
	p.states.Show()
}

func stateScalar(d *tag.Def, v int64) tag.Scalar {
	switch d.Kind {
	case tag.KindBool:
		return tag.Bool(v != 0)
	case tag.KindFloat:
		return tag.Float(float64(v))
	}
	return tag.Int(v)
}

// rangeWords is what may be written, such as ", 2.0 to 6.5 bar".
func rangeWords(d *tag.Def) string {
	lo, hi := writeRange(d)
	if lo >= hi {
		return ""
	}
	return fmt.Sprintf(", %s to %s", d.Format(tag.Float(lo)), withUnit(d.Format(tag.Float(hi)), d.Unit))
}

func (p *faceplate) frame(now time.Time) {
	p.top.Frame(now)
	p.plot.Frame(now)
	p.bar.Set([]toolbar.Item{
		{ID: "ack", Icon: toolbar.Tick, Text: "Acknowledge", Off: !p.face.unacked},
		{ID: "trend", Icon: toolbar.Lines, Text: "Trend"},
		{ID: "note", Text: "Note"},
		{ID: "whatif", Text: "What if", Off: len(p.face.rules) == 0},
		{ID: "events", Text: "Events"},
		{ID: "close", Icon: toolbar.Cross, Text: "Close", Hint: "Esc", Tail: true},
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
	case "close":
		p.s.closePlate()
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

// typed reads what is in the field. wrong says why it cannot be set, in words;
// nothing typed is neither a value nor wrong.
func (p *faceplate) typed(d *tag.Def) (v tag.Scalar, wrong string) {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(p.field.Text), d.Unit))
	if text == "" {
		return v, ""
	}
	kind := d.Kind
	if kind == tag.None {
		kind = tag.KindFloat
	}
	if kind == tag.KindFloat {
		text = strings.Replace(text, ",", ".", 1) // as many people type it
	}
	v, err := tag.Parse(kind, text)
	if err == nil {
		err = command.Fits(*d, v)
	}
	return v, refusal(d, v, err)
}

// advise says under the field what may be typed, or at once what is wrong.
func (p *faceplate) advise() {
	c := p.s.room.Tags().Cell(p.id)
	if c == nil {
		return
	}
	d := c.Def()
	_, wrong := p.typed(d)
	say, how := wrong, widget.DangerImportance
	if wrong == "" {
		how = widget.LowImportance
		if say = strings.TrimPrefix(rangeWords(d), ", "); say != "" {
			say = "May be set: " + say + "."
		}
	}
	if p.advice.Text != say || p.advice.Importance != how {
		p.advice.Importance = how
		p.advice.SetText(say)
		p.panel.Refresh() // it may take a line more
	}
	if wrong != "" || strings.TrimSpace(p.field.Text) == "" {
		p.yes.Disable()
	} else {
		p.yes.Enable()
	}
}

// ask takes what was typed further, if it can be set.
func (p *faceplate) ask() {
	c := p.s.room.Tags().Cell(p.id)
	if c == nil {
		return
	}
	v, wrong := p.typed(c.Def())
	switch {
	case wrong != "":
		p.face.result(p.s.opts.Now(), "Not sent. "+wrong, true)
	case v.Kind() != tag.None:
		p.set(v)
	}
}

// set asks the person, and then the desk, to write a value.
func (p *faceplate) set(v tag.Scalar) {
	c := p.s.room.Tags().Cell(p.id)
	if c == nil || !p.s.may(command.RightWrite, c.Def().Area) {
		return
	}
	d, shown := c.Def(), c.Load().Value
	req := command.Request{Tag: d.ID, Value: v, Shown: shown.Value}
	if trust(shown) == refused {
		// The present value is not known: the person must say that they
		// write all the same.
		req.Shown, req.Blind = tag.Scalar{}, true
	}
	if d.Confirm == tag.ConfirmNone && !req.Blind {
		p.send(d, req)
		return
	}
	p.confirm(d, shown, req)
}

// confirm shows the old and the new value and asks.
func (p *faceplate) confirm(d *tag.Def, shown tag.Value, req command.Request) {
	from := withUnit(valueText(d, shown), d.Unit)
	to := withUnit(d.Format(req.Value), d.Unit)
	doubt := ""
	if req.Blind {
		doubt = shown.Quality.String()
	}
	box := container.NewVBox(newChange(p.s, d, from, to, doubt))
	var dlg *dialog
	key := func(k keyOf) bool { return dlg.key(k) }
	var pass *entry
	code := newCodeField(&dlg)
	var first fyne.Focusable
	if d.Confirm == tag.ConfirmSign {
		pass = newPasswordEntry(key)
		pass.SetPlaceHolder("your password again")
		pass.OnSubmitted = func(string) { dlg.yes.OnTapped() }
		box.Add(pass)
		box.Add(code.box)
		first = pass
	}
	dlg = p.s.ask("Set a value", box, "Set to "+to, first, func(*dialog) string {
		if pass != nil {
			p.sign(dlg, d, pass, code, req, from, to)
			return stillOpen
		}
		p.send(d, req)
		return ""
	})
}

// sign asks for the password before the value is written.
func (p *faceplate) sign(dlg *dialog, d *tag.Def, pass *entry, code *codeField, req command.Request, from, to string) {
	dlg.wait()
	who, password, digits := p.s.session, pass.Text, code.text()
	var err error
	p.s.act(func(ctx context.Context) {
		err = p.s.room.Sign(ctx, who, password, digits, "set "+string(d.ID), from+" to "+to)
	}, func() {
		if err != nil {
			code.asked(err, pass)
			dlg.fail(sentence(err))
			return
		}
		dlg.close()
		p.send(d, req)
	})
}

// send writes and tells how it ended: what was read back, or why not.
func (p *faceplate) send(d *tag.Def, req command.Request) {
	who, to := p.s.session, withUnit(d.Format(req.Value), d.Unit)
	p.face.result(p.s.opts.Now(), "Setting to "+to+" ...", false)
	p.s.status.tell(p.s.opts.Now(), fmt.Sprintf("%s: setting to %s ...", d.ID, to), false)
	var out command.Outcome
	p.s.act(func(ctx context.Context) { out = p.s.room.Set(ctx, who, req) }, func() {
		say, wrong := outcomeWords(d, req, out)
		p.s.status.tell(p.s.opts.Now(), string(d.ID)+": "+say, wrong)
		if p.id == d.ID {
			p.face.result(p.s.opts.Now(), say, wrong)
			p.field.SetText("")
		}
	})
}

// outcomeWords says what became of a command.
func outcomeWords(d *tag.Def, req command.Request, o command.Outcome) (say string, wrong bool) {
	to := withUnit(d.Format(req.Value), d.Unit)
	read := withUnit(d.Format(o.Read), d.Unit)
	switch o.Stage {
	case command.Verified:
		return "Set to " + to + ", and the device reads " + read + ".", false
	case command.Accepted:
		return "Set to " + to + ". The device said yes; it could not be read back.", false
	case command.Mismatch:
		return "The device took " + to + ", but it reads " + read + ".", true
	case command.Unknown:
		return "Sent, but not confirmed. Look at the value before you try again.", true
	case command.Rejected:
		return "The device refused " + to + ". " + sentenceOf(o), true
	}
	return "Not sent. " + sentenceOf(o), true
}

func sentenceOf(o command.Outcome) string {
	if o.Detail != "" {
		return sentence(fmt.Errorf("%s", o.Detail))
	}
	if o.Err != nil {
		return sentence(o.Err)
	}
	return ""
}
