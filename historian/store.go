package historian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"penstock/app/tag"
	"penstock/historian/codec"
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

	SealAfter int           // samples in memory that start a seal; 900,000
	SealEvery time.Duration // a seal at least so often; 15 min
	Quiet     time.Duration // how long after its end a day is compacted; 10 min

	Keep    Keep  // retention
	MinFree int64 // bytes of the disk that must stay free; 64 MiB, or a twentieth of a small disk

	ReadOnly bool // read a folder that another process may be writing; nothing is changed

	Now func() time.Time // the clock; time.Now

	seamless bool // do not mark the time the store was closed, for tests
}

func (o *Options) fill() {
	set(&o.Queue, 1<<18)
	set(&o.Linger, 200*time.Millisecond)
	set(&o.Slots, 4096)
	set(&o.SealAfter, 900_000)
	set(&o.SealEvery, 15*time.Minute)
	set(&o.Quiet, 10*time.Minute)
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
	o        Options
	hot      *hotFile
	names    *names
	salvaged bool // hot.db is what could be read of a damaged one
	queue    *queue
	classes  classes

	committing sync.Mutex // commits are durable and visible in one order

	mu      sync.RWMutex
	live    *hot.Generation // committed and not sealed
	last    []block.Point   // newest sample by tag number; At 0: none
	stored  uint64
	horizon int64 // largest time of a sample that is committed
	applied int64 // newest commit in live

	frozen     *hot.Generation // being sealed; nil: none
	frozenSeq  int64
	frozenLast []block.Point
	seals      uint64

	work      sync.Mutex // one seal, compaction or clean-up at a time
	shelf     *shelf
	compacted map[int64]time.Time    // when the upkeep compacted a day last
	hints     map[uint32]*codec.Hint // with work
	calls     chan struct{}          // wakes the upkeep
	room      chan struct{}          // the log has room again

	keeping retention
	thinned *keptSince  // with work: what the files were thinned to
	full    atomic.Bool // the disk is
	disk    Disk        // with mu
	damage  damageList
	rolls   rollCache
	commits commitTimes
	trouble troubles

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
	s := &Store{
		o: o, names: newNames(), queue: newQueue(o.Queue), live: hot.New(nil), hints: map[uint32]*codec.Hint{},
		classes: classes{by: map[uint32]*class{}}, compacted: map[int64]time.Time{},
		stop: make(chan struct{}), calls: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
	s.keeping.all, s.keeping.by = o.Keep, map[uint32]ownDays{}
	s.keeping.since.Store(&keptSince{all: tiers{minTime, minTime}})
	var err error
	if err = s.openHot(); err != nil {
		return nil, fmt.Errorf("open historian: %w", err)
	}
	if err = s.recover(); err != nil {
		s.hot.Close()
		if s.shelf != nil {
			s.shelf.close()
		}
		return nil, fmt.Errorf("open historian: %w", err)
	}
	if o.ReadOnly {
		s.queue.closed = true
		return s, nil
	}
	s.refuseOlder()
	s.look()
	if !o.seamless {
		s.markGap()
	}
	s.done.Add(2)
	go s.write()
	go s.upkeep()
	return s, nil
}

// markGap ends what every tag showed when the store was closed or killed: from
// then until the next sample there is no data. The mark has the old value, for
// whoever wants to know what it was.
func (s *Store) markGap() {
	at := s.horizon + 1
	for num := range s.last {
		if p := s.last[num]; p.At != 0 && p.Q.Usable() {
			p.At, p.Q, p.Mark = at, tag.BadNoData, block.MarkOf(p.Mark.Kind(), 0)
			s.queue.points = append(s.queue.points, p)
			s.queue.in++
			s.queue.received++
		}
	}
	s.queue.signal()
}

// recover reads names, newest values and the log.
func (s *Store) recover() error {
	forgot := false
	told := func(table string, id int64, err error) {
		s.damage.add(s.hot.Path, table, id, err)
		forgot = forgot || table == "name"
	}
	if err := readNames(s.hot.Reader, s.names.set, told); err != nil {
		return err
	}
	s.names.saved = len(s.names.ids)
	last, rows, err := s.hot.read(told)
	if err != nil {
		return err
	}
	// The files are listed after the log was read: a store that another
	// process writes may seal in between, and then samples are in both.
	if s.shelf, err = openShelf(s.o.Dir, s.o.ReadOnly); err != nil {
		return err
	}
	s.note(last)
	applied := map[int64]int64{}
	for _, r := range rows {
		fresh := r.points[:0]
		for i := range r.points {
			d := dayOf(r.points[i].At)
			upTo, known := applied[d]
			if !known {
				upTo = s.appliedTo(d)
				applied[d] = upTo
			}
			if r.seq > upTo {
				fresh = append(fresh, r.points[i])
			}
		}
		s.note(fresh)
		s.live.Add(fresh)
	}
	if forgot || s.salvaged || s.isHotLost() {
		if err := s.rebuild(context.Background()); err != nil {
			return err
		}
	}
	s.reserve(rows)
	s.applied = s.hot.seq
	return nil
}

// appliedTo is the newest commit whose samples of a day are sealed.
func (s *Store) appliedTo(d int64) int64 {
	f, err := s.shelf.take(dayPeriod(d))
	if err != nil || f == nil {
		return 0
	}
	defer s.shelf.put(f)
	seq, err := appliedTo(f)
	if err != nil {
		return 0 // reading them twice is harmless: the same sample is kept once
	}
	return seq
}

// note keeps the newest sample of each tag.
func (s *Store) note(points []block.Point) {
	horizon := s.horizon
	for i := range points {
		p := &points[i]
		if n := int(p.Num) + 1 - len(s.last); n > 0 {
			s.last = append(s.last, make([]block.Point, n)...)
		}
		if last := &s.last[p.Num]; p.At >= last.At {
			*last = *p
			horizon = max(horizon, p.At)
		}
	}
	s.horizon = horizon
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
		for _, close := range []func() error{s.shelf.close, s.hot.Close} {
			if err := close(); s.closeErr == nil {
				s.closeErr = err
			}
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
