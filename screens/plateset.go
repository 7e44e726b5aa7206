package screens

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/command"
	"penstock/app/tag"
)

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
		p.states.Add(newButton(st.Text, p.key, func() { p.set(stateScalar(d, st.Value)) }))
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
