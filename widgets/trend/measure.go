package trend

import (
	"context"
	"math"
	"slices"
	"sync"

	"penstock/app/tag"
)

// Measurer is a Source that also sums a stretch up from every sample. The View
// asks it for what lies between two cursors, which may be far outside of what
// is shown. It is called like a Source.
type Measurer interface {
	Measure(ctx context.Context, id tag.ID, from, to int64) (Stats, error)
}

// measure is what is known of the stretch between the pinned cursors.
type measure struct {
	from, to int64 // that was asked for; none when equal
	ids      []tag.ID
	known    map[tag.ID]Stats
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu   sync.Mutex
	came map[tag.ID]Stats // of the newest question, not taken yet
}

// frameMeasure asks for what lies between the cursors once they rest, and
// takes in what came.
func (v *View) frameMeasure() {
	m, h := &v.measure, &v.hair
	src, ok := v.fetch.src.(Measurer)
	if !ok || v.Small {
		return
	}
	m.mu.Lock()
	for id, s := range m.came {
		m.known[id], v.dirty = s, true
	}
	clear(m.came)
	m.mu.Unlock()
	if h.a == 0 || h.b == 0 || h.a == h.b {
		m.from, m.to = 0, 0
		return
	}
	from, to, ids := min(h.a, h.b), max(h.a, h.b), v.Pens()
	if v.now-h.moved < hairRest || from == m.from && to == m.to && slices.Equal(ids, m.ids) {
		return
	}
	m.ask(src, from, to, ids)
}

// ask drops the question before and asks for a stretch of some pens.
func (m *measure) ask(src Measurer, from, to int64, ids []tag.ID) {
	m.end()
	ctx, cancel := context.WithCancel(context.Background())
	came := map[tag.ID]Stats{}
	m.from, m.to, m.ids, m.known, m.stop = from, to, ids, map[tag.ID]Stats{}, cancel
	m.mu.Lock()
	m.came = came
	m.mu.Unlock()
	m.running.Go(func() {
		for _, id := range ids {
			s, err := src.Measure(ctx, id, from, to)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				continue // what is drawn has to do
			}
			m.mu.Lock()
			came[id] = s
			m.mu.Unlock()
		}
	})
}

// end cancels what is being asked.
func (m *measure) end() {
	if m.stop != nil {
		m.stop()
	}
}

// between is what a pen did between two times: as measured, or else as far as
// what is drawn tells. Of a stretch that is not all drawn it tells nothing.
func (v *View) between(p *pen, from, to int64) Stats {
	if s, ok := v.measure.known[p.Def.ID]; ok && from == v.measure.from && to == v.measure.to {
		return s
	}
	if s := &p.series; from >= s.from && s.from < s.to && (to <= s.to || v.window.Live) {
		return v.statsIn(p, from, to)
	}
	nan := math.NaN()
	return Stats{Min: nan, Max: nan, Mean: nan, Good: nan, Integral: nan}
}
