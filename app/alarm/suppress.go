package alarm

import "penstock/app/tag"

// suppressFirst lets the suppression logic become true before the values of
// the same batch are judged: what follows from a pump that stopped arrives
// together with the news that it did. That it becomes false comes last, for
// the same reason.
func (e *Engine) suppressFirst(samples []tag.Sample) {
	if len(e.byLogic) == 0 {
		return
	}
	for i := range samples {
		s := &samples[i]
		if alarms := e.byLogic[s.ID]; len(alarms) > 0 && s.Flags&tag.Backfilled == 0 {
			e.last[s.ID] = s.Value
			for _, l := range alarms {
				if !l.dirty {
					l.dirty = true
					e.dirty = append(e.dirty, l)
				}
			}
		}
	}
	for _, l := range e.dirty {
		l.dirty = false
		if on, known := e.suppressed(l); known && on {
			e.logic(l)
		}
	}
	e.dirty = e.dirty[:0]
}

// suppressed works out whether l is suppressed by design. While an input has
// never been received that is not known; logic that fails later suppresses
// nothing.
func (e *Engine) suppressed(l *live) (on, known bool) {
	v, q := l.suppress.Eval(e.inputs(l.suppress))
	if q == tag.NoData {
		return false, false
	}
	on, ok := v.Truth()
	return on && ok && q.Usable(), true
}

// logic lets the suppression logic of l act.
func (e *Engine) logic(l *live) {
	if l.suppress == nil {
		return
	}
	switch on, known := e.suppressed(l); {
	case !known:
	case on && !l.state.Suppressed:
		e.step(l, &Event{At: e.now, What: Suppress, Note: e.because(l)})
	case !on && l.state.Suppressed:
		e.step(l, &Event{At: e.now, What: Unsuppress, Note: e.because(l)})
	}
}

// unsuppressed lets an alarm go whose suppression logic was taken out of its
// rule.
func (e *Engine) unsuppressed(l *live) {
	if l.suppress == nil && l.state.Suppressed {
		e.step(l, &Event{At: e.now, What: Unsuppress, Note: "its logic is no longer configured"})
	}
}

// because says what the suppression logic of l was, and on what values.
func (e *Engine) because(l *live) string {
	s := l.rule.SuppressWhen
	for i, id := range l.suppress.Inputs() {
		sep := ", "
		if i == 0 {
			sep = " with "
		}
		v := e.last[id]
		s += sep + string(id) + " = " + v.Value.String()
		if !v.Quality.IsGood() {
			s += " (" + v.Quality.String() + ")"
		}
	}
	return s
}
