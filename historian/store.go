package historian

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"penstock/app/tag"
	"penstock/historian/internal/block"
	"penstock/historian/internal/hot"
)

// ErrClosed is returned by calls on a closed store.
var ErrClosed = errors.New("historian is closed")

// Options say where and how a store keeps its files. Zero fields have the
// defaults given.
type Options struct {
	Dir string // folder of the files; made when missing

	Queue  int           // samples that may wait for the disk; 262,144
	Linger time.Duration // how long a commit waits for more samples; 200 ms. It bounds what a power cut can take
	Slots  int           // commits the log holds before they must be sealed; 4,096

	ReadOnly bool // read a folder that another process may be writing; nothing is changed

	Now func() time.Time // the clock; time.Now
}

func (o *Options) fill() {
	set(&o.Queue, 1<<18)
	set(&o.Linger, 200*time.Millisecond)
	set(&o.Slots, 4096)
	if o.Now == nil {
		o.Now = time.Now
	}
}

func set[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// Store keeps samples. All methods are safe for concurrent use.
type Store struct {
	o     Options
	hot   *hotFile
	names *names
	queue *queue

	mu      sync.RWMutex
	live    *hot.Generation // committed and not sealed
	last    []block.Point   // newest sample by tag number; Mark 0 and At 0: none
	stored  uint64
	horizon int64 // largest time of receipt or sample that is committed: until then values are held

	oldest  atomic.Int64 // samples before are refused
	damage  damageList
	commits commitTimes

	stop     chan struct{}
	done     sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// Open opens the store in o.Dir, brings what was committed but not sealed back
// into memory, and starts writing.
func Open(o Options) (*Store, error) {
	o.fill()
	if !o.ReadOnly {
		if err := os.MkdirAll(o.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("open historian: %w", err)
		}
	}
	s := &Store{o: o, names: newNames(), queue: newQueue(o.Queue), live: hot.New(nil), stop: make(chan struct{})}
	s.oldest.Store(minTime)
	var err error
	if s.hot, err = openHot(o.Dir, o.Slots, o.ReadOnly); err != nil {
		return nil, fmt.Errorf("open historian: %w", err)
	}
	if err := s.recover(); err != nil {
		s.hot.Close()
		return nil, fmt.Errorf("open historian: %w", err)
	}
	if !o.ReadOnly {
		s.done.Add(1)
		go s.write()
	} else {
		s.queue.closed = true
	}
	return s, nil
}

// recover reads names, newest values and the log.
func (s *Store) recover() error {
	told := func(table string, id int64, err error) { s.damage.add(s.hot.Path, table, id, err) }
	if err := readNames(s.hot.Reader, s.names.set, told); err != nil {
		return err
	}
	s.names.saved = len(s.names.ids)
	last, rows, err := s.hot.read(told)
	if err != nil {
		return err
	}
	s.note(last)
	for _, r := range rows {
		s.live.Add(r.points)
		s.note(r.points)
	}
	return nil
}

// note keeps the newest sample of each tag.
func (s *Store) note(points []block.Point) {
	for i := range points {
		p := &points[i]
		if n := int(p.Num) + 1 - len(s.last); n > 0 {
			s.last = append(s.last, make([]block.Point, n)...)
		}
		if p.At >= s.last[p.Num].At {
			s.last[p.Num] = *p
			s.horizon = max(s.horizon, p.At)
		}
	}
}

// Close commits what waits and closes the files. Samples that cannot be
// committed are counted as dropped, and Close returns why.
func (s *Store) Close() error {
	s.closing.Do(func() {
		close(s.stop)
		s.queue.signal()
		s.done.Wait()
		s.queue.mu.Lock()
		s.queue.closed = true
		s.closeErr = s.queue.err
		s.queue.changed.Broadcast()
		s.queue.mu.Unlock()
		if err := s.hot.Close(); s.closeErr == nil {
			s.closeErr = err
		}
	})
	return s.closeErr
}

// Last returns the newest stored value of every tag, for the start of the
// plant.
func (s *Store) Last() map[tag.ID]tag.Value {
	ids := s.names.all()
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make(map[tag.ID]tag.Value, len(s.last))
	for num := range s.last {
		if p := &s.last[num]; p.At != 0 && num < len(ids) {
			out[ids[num]] = p.Value()
		}
	}
	return out
}
