package screens

import (
	"context"
	"math"
	"sync"

	"penstock/app/alarm"
	"penstock/app/project"
	"penstock/app/tag"
	"penstock/screens/scene"
	"penstock/widgets/symbol"
)

// live is the running plant as scenes read it. It belongs to one goroutine;
// only what its searches share is guarded.
type live struct {
	room Room
	ctx  context.Context

	project *project.Project
	limits  map[tag.ID]scene.Limits
	within  map[string][]string // an area and the areas it is part of

	snap  *alarm.Snapshot
	seq   uint64
	tags  map[tag.ID]symbol.Alarm
	areas map[string]symbol.Alarm

	mu    sync.Mutex
	found map[search]*lines
}

// search is one question about the past of a tag.
type search struct {
	id   tag.ID
	span int64
	n    int
}

// lines is the answer, or that it is being looked for.
type lines struct {
	to        int64
	low, high []float64
	ready     bool
}

func newLive(ctx context.Context, room Room) *live {
	l := &live{room: room, ctx: ctx, found: map[search]*lines{}}
	l.learn()
	return l
}

// learn takes in what is configured.
func (l *live) learn() {
	p := l.room.Project()
	if p == l.project {
		return
	}
	l.project, l.limits, l.within = p, LimitsOf(p.Alarms), map[string][]string{}
	parent := map[string]string{}
	for _, a := range p.Areas {
		parent[a.Name] = a.Parent
	}
	for _, a := range p.Areas {
		for n, steps := a.Name, 0; n != "" && steps <= len(p.Areas); n, steps = parent[n], steps+1 {
			l.within[a.Name] = append(l.within[a.Name], n)
		}
	}
}

// LimitsOf tells where the alarms of each tag are. A limit that follows a set
// point stands at no place, and a tag with none of the four kinds is left out
// or has scene.NoLimits.
func LimitsOf(rules []alarm.Rule) map[tag.ID]scene.Limits {
	all := map[tag.ID]scene.Limits{}
	for i := range rules {
		r := &rules[i]
		if r.Setpoint != "" {
			continue
		}
		lim, ok := all[r.Tag]
		if !ok {
			lim = scene.NoLimits
		}
		switch r.Kind {
		case alarm.HighHigh:
			lim.HH = r.Limit
		case alarm.High:
			lim.H = r.Limit
		case alarm.Low:
			lim.L = r.Limit
		case alarm.LowLow:
			lim.LL = r.Limit
		}
		all[r.Tag] = lim
	}
	return all
}

// Def implements scene.Source.
func (l *live) Def(id tag.ID) (*tag.Def, bool) {
	if c := l.room.Tags().Cell(id); c != nil {
		return c.Def(), true
	}
	return nil, false
}

// Reading implements scene.Source.
func (l *live) Reading(id tag.ID) (tag.Value, uint64) {
	if c := l.room.Tags().Cell(id); c != nil {
		r := c.Load()
		return r.Value, r.Seq
	}
	return tag.Value{}, 0
}

// AlarmSeq implements scene.Source.
func (l *live) AlarmSeq() uint64 {
	if snap := l.room.Alarms(); snap != l.snap {
		l.snap = snap
		l.seq++
		l.tags, l.areas = map[tag.ID]symbol.Alarm{}, map[string]symbol.Alarm{}
		for i := range snap.Rows {
			r := &snap.Rows[i]
			a := symbol.Alarm{Priority: uint8(r.Priority), Phase: phaseOf(r.Phase)}
			l.tags[r.Tag] = symbol.Worse(l.tags[r.Tag], a)
			if a.Phase == symbol.Silenced {
				continue
			}
			areas := l.within[r.Area]
			if len(areas) == 0 {
				areas = []string{r.Area}
			}
			for _, n := range areas {
				l.areas[n] = symbol.Worse(l.areas[n], a)
			}
		}
	}
	return l.seq
}

func phaseOf(p alarm.Phase) symbol.Phase {
	switch p {
	case alarm.Unacked, alarm.LatchedUnacked:
		return symbol.Unacked
	case alarm.Returned:
		return symbol.Returned
	case alarm.Acked, alarm.LatchedAcked:
		return symbol.Acked
	case alarm.Shelved, alarm.Suppressed, alarm.OutOfService:
		return symbol.Silenced
	}
	return symbol.Quiet
}

// Alarm implements scene.Source.
func (l *live) Alarm(id tag.ID) symbol.Alarm { l.AlarmSeq(); return l.tags[id] }

// AreaAlarm implements scene.Source.
func (l *live) AreaAlarm(area string) symbol.Alarm { l.AlarmSeq(); return l.areas[area] }

// Limits implements scene.Source.
func (l *live) Limits(id tag.ID) scene.Limits {
	if lim, ok := l.limits[id]; ok {
		return lim
	}
	return scene.NoLimits
}

// Past implements scene.Past: what was asked before is answered, what is new
// is looked for in the background.
func (l *live) Past(id tag.ID, from, to int64, n int) (low, high []float64, ok bool) {
	if l.room.Tags().Cell(id) == nil {
		return nil, nil, false
	}
	s := search{id, to - from, n}
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.found[s]
	if a != nil && a.ready && to-a.to < s.span/int64(n) {
		return a.low, a.high, true
	}
	if a == nil || a.ready {
		a = &lines{to: to}
		l.found[s] = a
		go l.search(s, a)
	}
	return nil, nil, false
}

// search answers a question. Where history cannot be read nothing is known:
// the line fills as values come in.
func (l *live) search(s search, a *lines) {
	low, high := l.look(s, a.to-s.span, a.to)
	l.mu.Lock()
	a.low, a.high, a.ready = low, high, true
	l.mu.Unlock()
}

// looking reports whether history has still to answer something.
func looking(found map[search]*lines) bool {
	for _, a := range found {
		if !a.ready {
			return true
		}
	}
	return false
}

// look reads the lowest and highest of each stretch; nil where it cannot.
func (l *live) look(s search, from, to int64) (low, high []float64) {
	buckets, err := l.room.Buckets(l.ctx, s.id, from, to, s.n)
	held, err2 := l.room.At(l.ctx, from, []tag.ID{s.id})
	if err != nil || err2 != nil {
		return nil, nil
	}
	low, high = make([]float64, s.n), make([]float64, s.n)
	last := math.NaN()
	if len(held) == 1 {
		if f, ok := held[0].Number(); ok {
			last = f
		}
	}
	k := 0
	for i := range low {
		start, end := from+int64(i)*(to-from)/int64(s.n), from+int64(i+1)*(to-from)/int64(s.n)
		low[i], high[i] = last, last
		for ; k < len(buckets) && buckets[k].From < end; k++ {
			b := &buckets[k]
			if b.To <= start {
				continue
			}
			if b.Count > 0 {
				low[i], high[i] = lesser(low[i], b.Min), greater(high[i], b.Max)
			}
			if last = b.Last; b.Count == 0 || b.BadEnd {
				last = math.NaN()
			}
		}
	}
	return low, high
}

// waiting reports whether a line is still being looked for.
func (l *live) waiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return looking(l.found)
}

// lesser and greater pass over a NaN in a.
func lesser(a, b float64) float64 {
	if a < b {
		return a
	}
	return b
}
func greater(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}
