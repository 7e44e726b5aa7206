package historian

import (
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"penstock/app/tag"
)

// Stats is how the store is doing. Counts are since Open.
type Stats struct {
	Received uint64            // samples given to Append
	Stored   uint64            // samples that are on the disk
	Waiting  int               // samples in the queue
	Dropped  map[Drop]uint64   // samples not stored, by cause; causes without any are left out
	Lost     map[tag.ID]uint64 // samples dropped, by tag, Thinned not counted

	Err string // why the newest commit did not work; empty when it did

	Tags      int // tags that were ever stored
	CommitP50 time.Duration
	CommitP99 time.Duration // of the last 1,024 commits

	Unsealed int              // samples in the log alone
	Files    map[string]int64 // bytes on the disk by kind of file: hot, day, raw, minute, hour

	Disk Disk

	Damage []Damage // rows found broken; the rest is readable
}

// Damage names a row that is not what was written.
type Damage struct {
	File  string // its name in the store's folder
	Table string
	Row   int64
	What  string
}

// Stats tells how the store is doing.
func (s *Store) Stats() Stats {
	if s.o.ReadOnly {
		s.look() // there is no upkeep that does
	}
	q := s.queue
	q.mu.Lock()
	st := Stats{Received: q.received, Waiting: int(q.in - q.out), Dropped: map[Drop]uint64{}, Lost: maps.Clone(q.lost)}
	for d, n := range q.dropped {
		if n > 0 {
			st.Dropped[Drop(d)] = n
		}
	}
	if q.err != nil {
		st.Err = q.err.Error()
	}
	q.mu.Unlock()
	if err := s.trouble.first(); err != nil && st.Err == "" {
		st.Err = err.Error()
	}
	s.mu.RLock()
	st.Stored = s.stored
	st.Unsealed = s.live.Len()
	if s.frozen != nil {
		st.Unsealed += s.frozen.Len()
	}
	st.Disk = s.disk
	s.mu.RUnlock()
	st.Tags = len(s.names.all())
	st.CommitP50, st.CommitP99 = s.commits.percentiles()
	st.Files = s.shelf.sizes()
	st.Files["hot"] = size(s.hot.Path)
	st.Damage = s.damage.list()
	return st
}

// commitTimes remembers how long the newest commits took.
type commitTimes struct {
	mu   sync.Mutex
	ring [1024]time.Duration
	n    int
}

func (c *commitTimes) add(d time.Duration) {
	c.mu.Lock()
	c.ring[c.n%len(c.ring)] = d
	c.n++
	c.mu.Unlock()
}

func (c *commitTimes) percentiles() (p50, p99 time.Duration) {
	c.mu.Lock()
	sorted := slices.Clone(c.ring[:min(c.n, len(c.ring))])
	c.mu.Unlock()
	if len(sorted) == 0 {
		return 0, 0
	}
	slices.Sort(sorted)
	return sorted[len(sorted)/2], sorted[len(sorted)*99/100]
}

// damageList is what was found broken, each row once.
type damageList struct {
	mu   sync.Mutex
	rows []Damage
}

func (l *damageList) add(path, table string, row int64, err error) {
	d := Damage{File: filepath.Base(path), Table: table, Row: row, What: err.Error()}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.rows, d) && len(l.rows) < 10_000 {
		l.rows = append(l.rows, d)
	}
}

// has reports whether a file as a whole is broken.
func (l *damageList) has(file string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.rows, func(d Damage) bool { return d.File == file && d.Table == "" })
}

func (l *damageList) list() []Damage {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.rows)
}

// troubles is why the upkeep's jobs did not work the last time.
type troubles struct {
	mu sync.Mutex
	by map[string]error
}

func (t *troubles) set(job string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]error{}
	}
	if err == nil {
		delete(t.by, job)
	} else {
		t.by[job] = err
	}
}

func (t *troubles) first() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, job := range slices.Sorted(maps.Keys(t.by)) {
		return t.by[job]
	}
	return nil
}
