package alarm

import (
	"cmp"
	"container/heap"
	"iter"
	"math"
	"slices"
	"time"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Span is one time an alarm was there and not suppressed, from coming to going.
type Span struct {
	From, To int64   // delays counted; To is the end of the replay where Open
	Open     bool    // still there at the end
	Peak     float64 // the value furthest beyond the limit; NaN where there is no such thing
}

// Length is how long the alarm was there.
func (s Span) Length() time.Duration { return time.Duration(s.To - s.From) }

// Replayed is what a replay made of the alarms.
type Replayed struct {
	From, To int64
	Spans    map[string][]Span // by alarm, in order of time; alarms that never came are missing
	Samples  int               // samples that were looked at
	Floods   int               // floods that began
	Flooded  time.Duration     // time in flood
}

// Replay runs rules over samples of the past, through the same engine that
// runs the plant. The samples must be in order of time; time is that of the
// samples, and nobody acknowledges or shelves anything. Times are ns since
// 1970 UTC; samples at or after to are not looked at, those before from set
// the scene: alarms that were there at from count as coming then.
func Replay(rules []Rule, scope calc.Scope, from, to int64, samples iter.Seq[tag.Sample]) (*Replayed, error) {
	limits := UsualLimits
	limits.ChatterCount = -1 // every coming counts
	e, err := NewEngine(rules, Options{Scope: scope, Limits: limits})
	if err != nil {
		return nil, err
	}
	r := replay{e: e, out: &Replayed{From: from, To: to, Spans: map[string][]Span{}}, byTag: map[tag.ID][]*open{}, open: map[string]*open{}}
	for i := range rules {
		o := &open{rule: e.Rule(rules[i].ID)}
		r.open[o.rule.ID] = o
		r.byTag[o.rule.Tag] = append(r.byTag[o.rule.Tag], o)
	}
	one := make([]tag.Sample, 1)
	next := int64(0)
	for s := range samples {
		at := s.At()
		if at >= to {
			break
		}
		if next == 0 {
			next = min(at, from)
		}
		for ; next < at; next += lookEvery {
			r.take(e.Tick(next))
		}
		one[0] = s
		one[0].Flags &^= tag.Backfilled // it is all the past
		r.take(e.Observe(at, one))
		r.peaks(&s)
		r.out.Samples++
	}
	for ; next != 0 && next < to; next += lookEvery {
		r.take(e.Tick(next))
	}
	r.take(e.Tick(to))
	r.end(to)
	return r.out, nil
}

// lookEvery is how often a replay lets time pass where no sample comes. Spans
// are exact all the same; the end of a flood is found so late at most.
const lookEvery = int64(10 * time.Second)

type replay struct {
	e       *Engine
	out     *Replayed
	byTag   map[tag.ID][]*open
	open    map[string]*open
	floodAt int64
	flooded bool
}

// open is an alarm that may be there at the moment.
type open struct {
	rule  *Rule
	there bool
	span  Span
}

func (r *replay) take(ts []Transition) {
	for i := range ts {
		t := &ts[i]
		switch t.Action {
		case FloodBegan:
			r.out.Floods++
			r.floodAt, r.flooded = t.At, true
			continue
		case FloodEnded:
			r.calm(t.At)
			continue
		}
		o := r.open[t.Rule.ID]
		there := t.State.Active && !t.State.Hidden()
		if o == nil || o.there == there {
			continue
		}
		o.there = there
		switch {
		case there:
			o.span = Span{From: t.State.ActiveAt, Peak: math.NaN()}
			if t.From.Hidden() {
				o.span.From = t.At
			}
			o.reach(t.State.Raised)
		case t.State.Active: // it is suppressed
			r.close(o, t.At, false)
		default:
			r.close(o, t.State.ReturnedAt, false)
		}
	}
}

func (r *replay) calm(at int64) {
	if r.flooded {
		r.out.Flooded += time.Duration(at - max(r.floodAt, r.out.From))
		r.flooded = false
	}
}

// close ends a span and keeps it where some of it lies in the replay.
func (r *replay) close(o *open, at int64, stillThere bool) {
	s := o.span
	s.To, s.Open = at, stillThere
	s.From = max(s.From, r.out.From)
	if s.To > s.From || s.From >= r.out.From && s.To >= r.out.From {
		r.out.Spans[o.rule.ID] = append(r.out.Spans[o.rule.ID], s)
	}
}

// peaks lets a reading count for the alarms that are there.
func (r *replay) peaks(s *tag.Sample) {
	for _, o := range r.byTag[s.ID] {
		if o.there {
			o.reach(s.Value)
		}
	}
}

func (o *open) reach(v tag.Value) {
	f, ok := v.Number()
	if !ok {
		return
	}
	switch o.rule.Kind {
	case HighHigh, High:
		if !(o.span.Peak >= f) {
			o.span.Peak = f
		}
	case Low, LowLow:
		if !(o.span.Peak <= f) {
			o.span.Peak = f
		}
	}
}

func (r *replay) end(to int64) {
	for _, l := range r.e.order {
		if o := r.open[l.rule.ID]; o.there {
			r.close(o, to, true)
		}
	}
	r.calm(to)
}

// Difference is what other rules would have made of one alarm.
type Difference struct {
	Alarm         string
	Before, After int           // how often it came
	Missed        []Span        // of before: times that nothing of after would have told
	Added         []Span        // of after: times that nothing of before had told
	Longest       Span          // the longest of Missed
	Late          time.Duration // the most that an alarm still told would have come later
}

// Compare holds two replays of the same time against each other, alarm by
// alarm, ordered by id. Alarms that came in neither are left out.
func Compare(before, after *Replayed) (out []Difference) {
	ids := map[string]bool{}
	for _, r := range []*Replayed{before, after} {
		for id := range r.Spans {
			ids[id] = true
		}
	}
	for id := range ids {
		b, a := before.Spans[id], after.Spans[id]
		d := Difference{Alarm: id, Before: len(b), After: len(a), Missed: without(b, a), Added: without(a, b)}
		for _, s := range d.Missed {
			if s.Length() >= d.Longest.Length() {
				d.Longest = s
			}
		}
		for _, s := range b {
			if first, ok := touching(s, a); ok {
				d.Late = max(d.Late, time.Duration(first.From-s.From))
			}
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Alarm, b.Alarm) })
	return out
}

// touching finds the first span of others that shares time with s.
func touching(s Span, others []Span) (Span, bool) {
	i, _ := slices.BinarySearchFunc(others, s.From, func(o Span, from int64) int { return cmp.Compare(o.To, from) })
	if i < len(others) && others[i].From <= s.To {
		return others[i], true
	}
	return Span{}, false
}

func without(these, others []Span) (out []Span) {
	for _, s := range these {
		if _, ok := touching(s, others); !ok {
			out = append(out, s)
		}
	}
	return out
}

// Inputs lists the tags that Replay needs for rules, each once.
func Inputs(rules []Rule, scope calc.Scope) ([]tag.ID, error) {
	e, err := NewEngine(rules, Options{Scope: scope})
	if err != nil {
		return nil, err
	}
	ids := make([]tag.ID, 0, len(e.byTag))
	for id := range e.byTag {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// Merge puts streams of samples, each in order of time, into one.
func Merge(streams ...iter.Seq[tag.Sample]) iter.Seq[tag.Sample] {
	return func(yield func(tag.Sample) bool) {
		var h heads
		for i, s := range streams {
			next, stop := iter.Pull(s)
			defer stop()
			if v, ok := next(); ok {
				h = append(h, head{v, v.At(), i, next})
			}
		}
		heap.Init(&h)
		for len(h) > 0 {
			if !yield(h[0].sample) {
				return
			}
			v, ok := h[0].next()
			if !ok {
				heap.Pop(&h)
				continue
			}
			h[0].sample, h[0].at = v, v.At()
			heap.Fix(&h, 0)
		}
	}
}

// head is the next sample of a stream.
type head struct {
	sample tag.Sample
	at     int64
	stream int
	next   func() (tag.Sample, bool)
}

// heads is a heap.
type heads []head

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].stream < h[j].stream
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(head)) }
func (h *heads) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
