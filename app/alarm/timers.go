package alarm

// timers is a heap of the alarms that wait for a time, the nearest first, so
// that a tick costs nothing for those that wait for something else.
type timers []timer

type timer struct {
	at    int64
	alarm *live
}

// first returns the alarm that is due at or before now, or nil.
func (t timers) first(now int64) *live {
	if len(t) == 0 || t[0].at > now {
		return nil
	}
	return t[0].alarm
}

// set puts l at a time, or takes it out where at is Never.
func (t *timers) set(l *live, at int64) {
	switch {
	case l.timer < 0 && at == Never:
	case l.timer < 0:
		l.timer = len(*t)
		*t = append(*t, timer{at, l})
		t.up(l.timer)
	case at == Never:
		i, last := l.timer, len(*t)-1
		t.swap(i, last)
		*t = (*t)[:last]
		l.timer = -1
		if i < last {
			t.fix(i)
		}
	case (*t)[l.timer].at != at:
		(*t)[l.timer].at = at
		t.fix(l.timer)
	}
}

func (t *timers) fix(i int) {
	if !t.up(i) {
		t.down(i)
	}
}

func (t *timers) up(i int) (moved bool) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.before(i, parent) {
			return moved
		}
		t.swap(i, parent)
		i, moved = parent, true
	}
	return moved
}

func (t *timers) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(*t) {
			return
		}
		if right := child + 1; right < len(*t) && t.before(right, child) {
			child = right
		}
		if !t.before(child, i) {
			return
		}
		t.swap(i, child)
		i = child
	}
}

// before orders alarms of the same time by id, so that the same events always
// come out in the same order.
func (t *timers) before(i, j int) bool {
	a, b := &(*t)[i], &(*t)[j]
	if a.at != b.at {
		return a.at < b.at
	}
	return a.alarm.rule.ID < b.alarm.rule.ID
}

func (t *timers) swap(i, j int) {
	s := *t
	s[i], s[j] = s[j], s[i]
	s[i].alarm.timer, s[j].alarm.timer = i, j
}
