package plantserver

import (
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers/sim/waterworks"
)

// A source is what is served: a model or a recording. It is called under the
// image's lock.
type source interface {
	// signals lists what there is, with the address of each on its server.
	signals() []tag.Def
	// advance lets the source go on to now and puts every new reading; it may
	// put several for one signal, oldest first.
	advance(now time.Time, put func(i int, v reading))
	// next is when advance wants to be called again at the latest.
	next(now time.Time) time.Time
	// write gives an order; errors are those of package waterworks.
	write(i int, v tag.Scalar) error
	// read is what signal i shows at this moment.
	read(i int) (tag.Scalar, tag.Quality)
}

// A reading is what a signal showed at a time.
type reading struct {
	value   tag.Scalar
	quality tag.Quality
	source  time.Time
}

// The image is the newest reading of every signal.
type image struct {
	mu      sync.Mutex
	src     source
	defs    []tag.Def
	index   map[tag.ID]int
	newest  []reading
	clock   func() time.Duration   // error of the controllers' clocks
	notify  func(i int, v reading) // hears every reading, under mu
	touched func()                 // hears that somebody looks, under mu; may be nil
}

func newImage(src source) *image {
	m := &image{src: src, defs: src.signals(), index: map[tag.ID]int{}, notify: func(int, reading) {}, clock: func() time.Duration { return 0 }}
	m.newest = make([]reading, len(m.defs))
	for i, d := range m.defs {
		m.index[d.ID] = i
	}
	return m
}

func (m *image) put(i int, v reading) {
	m.newest[i] = v
	m.notify(i, v)
}

// advance lets the source go on, and returns when it wants to go on again.
func (m *image) advance(now time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.src.advance(now, m.put)
	return m.src.next(now)
}

// at returns the newest reading of signal i.
func (m *image) at(i int) reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newest[i]
}

// write gives an order and shows at once what came of it.
func (m *image) write(i int, v tag.Scalar) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writeLocked(i, v)
}

func (m *image) writeLocked(i int, v tag.Scalar) error {
	if err := m.src.write(i, v); err != nil {
		return err
	}
	now := time.Now().Add(m.clock())
	value, quality := m.src.read(i)
	m.put(i, reading{value, quality, now})
	return nil
}

// touch tells that somebody is looking.
func (m *image) touch() {
	if m.touched == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.touched()
}

// works is the waterworks as a source.
type works struct {
	plant *waterworks.Plant
	defs  []tag.Def
	speed float64
	last  time.Time
	shown []reading
}

// worksPace is how often the model is looked at.
const worksPace = 100 * time.Millisecond

// pastPace is how often it was looked at before the start.
const pastPace = 5 * time.Second

func newWorks(p *waterworks.Plant, speed float64, now time.Time) *works {
	return &works{plant: p, defs: waterworks.Signals(), speed: speed, last: now, shown: make([]reading, p.Len())}
}

func (w *works) signals() []tag.Def { return w.defs }

func (w *works) advance(now time.Time, put func(int, reading)) {
	dt := min(now.Sub(w.last), 5*time.Second) // the machine may have slept
	w.last = now
	w.step(dt, now, put)
}

// before lets the plant run for d up to now, and returns what it showed.
func (w *works) before(now time.Time, d time.Duration) []past {
	out := make([]past, len(w.defs))
	for at := now.Add(-d); at.Before(now); at = at.Add(pastPace) {
		w.step(pastPace, at, func(i int, v reading) { out[i].add(v, now) })
	}
	clear(w.shown) // nobody has seen it: all of it is new
	return out
}

// step lets dt of the clock pass up to now, and puts what has changed.
func (w *works) step(dt time.Duration, now time.Time, put func(int, reading)) {
	w.plant.Step(time.Duration(float64(dt) * w.speed))
	at := now.Add(w.plant.ClockError())
	for i := range w.shown {
		v, q := w.read(i)
		if v == w.shown[i].value && q == w.shown[i].quality && !w.shown[i].source.IsZero() {
			continue
		}
		w.shown[i] = reading{v, q, at}
		put(i, w.shown[i])
	}
}

func (w *works) next(now time.Time) time.Time         { return now.Add(worksPace) }
func (w *works) read(i int) (tag.Scalar, tag.Quality) { return w.plant.At(i) }
func (w *works) write(i int, v tag.Scalar) error {
	if err := w.plant.Write(w.defs[i].ID, v); err != nil {
		return err
	}
	// What the order changed at once need not be shown again.
	value, quality := w.read(i)
	w.shown[i] = reading{value, quality, w.last}
	return nil
}
