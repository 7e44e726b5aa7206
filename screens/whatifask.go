package screens

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"penstock/app/alarm"
	"penstock/app/auth"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/widgets"
	"penstock/widgets/trend"
)

// trialLimit is how long a replay may take.
const trialLimit = 5 * time.Minute

// whatIf is the dialog in which an alarm is tuned otherwise over what really
// happened. There is one a station, opened again and again.
type whatIf struct {
	s     *Station
	rule  alarm.Rule
	def   *tag.Def
	now   time.Time // when it was opened: the end of the history that is tried on
	view  *trend.View
	plot  *widgets.Surface
	face  *trialFace
	below *widgets.Surface

	about             *widget.Label
	limit, band       *entry
	onDelay, offDelay *entry
	spans             *widget.RadioGroup
	why               *entry
	apply             *button
	fixed             *widget.Label // why it cannot be applied
	box               *fyne.Container
	d                 *dialog
	turn              int
	stop              context.CancelFunc // of the replay under way; nil: none
	trying            alarm.Tuning       // what it tries
	done              *trial
	saving            bool
}

const trialNote = "History is replayed as it was stored: what was thinned away then is not seen now. Nobody acknowledges or shelves in a replay."

func newWhatIf(s *Station) *whatIf {
	w := &whatIf{s: s}
	w.view = trend.New(s.style, past{s.room})
	w.view.Small, w.view.Bare = true, true
	w.plot = s.surface(w.view)
	w.face = &trialFace{s: s, over: w.view}
	w.below = s.surface(w.face)
	w.below.Least = fyne.NewSize(200, 176)
	key := func(k keyOf) bool { return w.d.key(k) }
	field := func() *entry {
		e := newEntry(key)
		e.OnChanged = func(string) { w.changed() }
		e.OnSubmitted = func(string) { w.d.yes.OnTapped() }
		return e
	}
	w.limit, w.band, w.onDelay, w.offDelay = field(), field(), field(), field()
	w.why = newEntry(key)
	w.why.SetPlaceHolder("reason, such as: chatters on every pump start, agreed with operations")
	w.why.OnChanged = func(string) { w.changed() }
	var words []string
	for _, sp := range trialSpans {
		words = append(words, sp.text)
	}
	w.spans = widget.NewRadioGroup(words, nil)
	w.spans.Horizontal = true
	w.apply = newButton("Apply as a reviewed change", key, w.applyNow)
	w.about, w.fixed = widget.NewLabel(""), widget.NewLabel("")
	w.fixed.Wrapping = fyne.TextWrapWord
	w.fixed.Importance = widget.LowImportance
	note := widget.NewLabel(trialNote)
	note.Wrapping = fyne.TextWrapWord
	note.Importance = widget.LowImportance
	named := func(name string, o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewBorder(nil, nil, widget.NewLabel(name), nil, o)
	}
	fields := container.NewGridWithColumns(4, named("Limit", w.limit), named("Deadband", w.band), named("On delay", w.onDelay), named("Off delay", w.offDelay))
	w.box = container.NewVBox(container.NewBorder(nil, nil, nil, w.spans, w.about), w.plot, w.below, fields, note,
		container.NewBorder(nil, nil, widget.NewLabel("Reason"), w.apply, w.why), w.fixed)
	return w
}

func (w *whatIf) close() {
	w.cancel()
	w.view.Close()
}

func (w *whatIf) cancel() {
	w.turn++
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// whatIf opens the dialog for an alarm of the project.
func (s *Station) whatIf(id string) {
	rules := s.room.Project().Alarms
	i := slices.IndexFunc(rules, func(r alarm.Rule) bool { return r.ID == id })
	if i < 0 {
		s.status.tell(s.opts.Now(), "Alarm "+id+" belongs to the station itself and cannot be tuned.", true)
		return
	}
	p := s.pages[alarmPage].(*alarmsPage)
	if p.trial == nil {
		p.trial = newWhatIf(s)
	}
	p.trial.open(rules[i])
}

func (w *whatIf) open(rule alarm.Rule) {
	w.rule, w.def, w.now, w.done = rule, &tag.Def{}, w.s.opts.Now(), nil
	if c := w.s.room.Tags().Cell(rule.Tag); c != nil {
		w.def = c.Def()
	}
	w.face.unit = w.def.Unit
	size := w.s.win.Canvas().Size()
	w.plot.Least = fyne.NewSize(200, min(max(size.Height-560, 110), 320))
	what := rule.ID + ", " + rule.Kind.String()
	if rule.Tag != "" {
		what += " of " + string(rule.Tag)
	}
	if w.def.Unit != "" {
		what += ", " + w.def.Unit
	}
	w.about.SetText(what)
	w.d = nil // what is filled in is not typed
	w.limit.SetText(strconv.FormatFloat(rule.Limit, 'g', -1, 64))
	w.band.SetText(rule.Deadband.String())
	w.onDelay.SetText(delayWord(rule.OnDelay))
	w.offDelay.SetText(delayWord(rule.OffDelay))
	w.why.SetText("")
	hasLimit, hasBand := tunable(rule.Kind)
	able(&w.limit.Entry, hasLimit)
	able(&w.band.Entry, hasBand)
	first := w.onDelay
	if hasLimit {
		first = w.limit
	}
	w.spans.OnChanged = nil
	w.spans.SetSelected(trialSpans[1].text)
	w.d = w.s.askIn(min(1060, size.Width-60), "What if: "+rule.Message, w.box, "Replay", first, func(*dialog) string {
		if t, err := w.typed(); w.stop != nil && err == nil && t == w.trying {
			w.cancel()
			w.face.tell(nil, "The replay was stopped.")
			w.changed()
			return stillOpen
		}
		if wrong := w.replay(); wrong != "" {
			return wrong
		}
		return stillOpen
	})
	w.d.ended, w.d.frame = w.cancel, w.frame
	w.spans.OnChanged = func(string) { w.showSpan(); w.replay() }
	w.showSpan()
	w.replay()
}

func able(e *widget.Entry, on bool) {
	if on {
		e.Enable()
	} else {
		e.Disable()
	}
}

func (w *whatIf) span() time.Duration {
	for _, sp := range trialSpans {
		if sp.text == w.spans.Selected {
			return sp.d
		}
	}
	return trialSpans[0].d
}

func (w *whatIf) showSpan() { w.view.Show(w.now.Add(-w.span()).UnixNano(), w.now.UnixNano()-1) }

func (w *whatIf) frame(now time.Time) {
	w.plot.Frame(now)
	w.below.Frame(now)
}

func (w *whatIf) typed() (alarm.Tuning, error) {
	return readTuning(&w.rule, w.def, w.limit.Text, w.band.Text, w.onDelay.Text, w.offDelay.Text)
}

// changed follows the fields: the limit on the trend, and whether what was
// replayed is what stands in them.
func (w *whatIf) changed() {
	if w.d == nil {
		return
	}
	t, err := w.typed()
	if w.def.ID != "" {
		pen := trend.Pen{Def: w.def}
		if name := levelName(w.rule.Kind); name != "" && w.rule.Setpoint == "" {
			pen.Limits = append(pen.Limits, trend.Limit{Value: w.rule.Limit, Name: name, Priority: w.rule.Priority})
			if err == nil && t.Limit != w.rule.Limit {
				pen.Limits = append(pen.Limits, trend.Limit{Value: t.Limit, Name: "tried"})
			}
		}
		w.view.SetPens([]trend.Pen{pen})
	}
	word := "Replay"
	if w.stop != nil && err == nil && t == w.trying {
		word = "Stop"
	}
	w.d.yes.SetText(word)
	why := w.unable(t, err)
	w.fixed.SetText(why)
	if why == "" && !w.saving {
		w.apply.Enable()
	} else {
		w.apply.Disable()
	}
}

// unable says why the change cannot be applied as it stands; "" where it can.
func (w *whatIf) unable(t alarm.Tuning, err error) string {
	room, ok := w.s.room.(Reviewer)
	switch {
	case !ok:
		return "Alarms cannot be changed at this station."
	case room.Untunable() != nil:
		return sentence(room.Untunable())
	case w.s.session == nil:
		return "To apply a change, log in as somebody who may change the project."
	case !w.s.session.May(auth.Configure, ""):
		return w.s.session.User() + " may try this out, but not change the project. Ask an engineer to apply it."
	case err != nil:
		return sentence(err)
	case t == w.rule.Tuning():
		return "Nothing differs from how it is."
	case w.done == nil || w.done.tried != t:
		return "Replay it before it is applied: what is applied was seen."
	case strings.TrimSpace(w.why.Text) == "":
		return "A reason is needed to apply it."
	}
	return ""
}

// replay tries out what stands in the fields, in the background; a newer
// replay cancels it. It returns what is wrong with a field.
func (w *whatIf) replay() string {
	t, err := w.typed()
	if err != nil {
		return sentence(err)
	}
	w.cancel()
	turn := w.turn
	ctx, cancel := context.WithTimeout(w.s.ctx, trialLimit)
	w.stop, w.trying, w.done = cancel, t, nil
	w.d.note.Hide()
	w.face.tell(nil, "Replaying "+w.spans.Selected+" of history ...")
	w.changed()
	room, rule, from, to := w.s.room, w.rule, w.now.Add(-w.span()).UnixNano(), w.now.UnixNano()
	go func() {
		defer cancel()
		got, err := try(ctx, room, rule, t, from, to)
		w.s.opts.Post(func() {
			if turn == w.turn && w.s.ctx.Err() == nil {
				w.take(got, err)
			}
		})
	}()
	return ""
}

func (w *whatIf) take(t *trial, err error) {
	w.stop = nil
	w.done = t
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		w.face.tell(nil, "The replay took longer than "+spanWords(trialLimit)+" and was stopped. Try a shorter time.")
	case err != nil:
		w.face.tell(nil, "The history cannot be replayed: "+sentence(err))
	default:
		w.face.tell(t, "")
	}
	w.changed()
}

// applyNow changes the project to what was tried.
func (w *whatIf) applyNow() {
	t, err := w.typed()
	if w.saving || w.unable(t, err) != "" {
		w.changed()
		return
	}
	who, room, d := w.s.session, w.s.room.(Reviewer), w.d
	r := Review{Alarm: w.rule.ID, Was: w.rule.Tuning(), Is: t, Why: strings.TrimSpace(w.why.Text)}
	w.saving = true
	w.changed()
	w.s.act(func(ctx context.Context) { err = room.Retune(ctx, who, r) }, func() {
		w.saving = false
		switch {
		case err == nil:
			w.s.status.tell(w.s.opts.Now(), "Alarm "+r.Alarm+" is changed. The journal says from what, to what, by whom and why.", false)
			d.close()
			return
		case errors.Is(err, command.ErrNotAllowed):
			err = errors.New("you may not change the project")
		}
		if d.gone {
			w.s.status.tell(w.s.opts.Now(), "Alarm "+r.Alarm+" is not changed: "+sentence(err), true)
			return
		}
		d.fail(sentence(err))
		w.changed()
	})
}
