package drivers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"penstock/app/tag"
)

const (
	modePolled     = "polled"
	modeSubscribed = "subscribed"
)

// session is the life of one connection. All of it is Run's goroutine's, but
// push.
type session struct {
	link *Link
	ctx  context.Context
	conn Conn
	over chan struct{} // closed when the session has ended: nothing is delivered any more
	hung bool
	up   atomic.Bool

	classes   []*class
	pending   []tag.Sample // of a poll, waiting for the sink
	verifying []verify
	history   HistoryReader // nil: it has none
	prober    Prober        // nil: it gives no sign of life between scans
	answered  time.Time     // when the last request was
	backfill  *backfill
	repairAt  time.Time // not before

	ended       <-chan error // of the subscription
	alarmsEnded <-chan error

	// Of the Conn's goroutine as well.
	data   atomic.Bool  // values came
	heard  atomic.Int64 // when the last push came, ns since began
	inPush atomic.Int32 // pushes that wait for the sink
	began  time.Time
	dead   chan struct{} // closed when pushes have stopped; nil: polled
}

// serve works on one connection until it fails or ctx is done. healthy says
// that data came.
func (l *Link) serve(ctx context.Context, conn Conn) (healthy bool, err error) {
	s := &session{link: l, conn: conn, over: make(chan struct{}), began: time.Now()}
	s.ctx = WithTracer(ctx, l.trace)
	defer func() {
		healthy = s.end()
	}()
	if m, ok := As[Metered](conn); ok {
		l.mu.Lock()
		l.meters = append(l.meters, m)
		l.mu.Unlock()
	}
	s.resume()
	mode := modePolled
	if sub, ok := As[Subscriber](conn); ok {
		mode = modeSubscribed
		s.dead = make(chan struct{})
		go s.watch()
		if s.ended, err = s.subscribe(sub); err != nil {
			return false, fmt.Errorf("subscribe: %w", err)
		}
	} else {
		s.classes = classesOf(l.points, time.Now())
		s.prober, _ = As[Prober](conn)
	}
	if err = s.followAlarms(); err != nil {
		return false, fmt.Errorf("follow alarms: %w", err)
	}
	l.mu.Lock()
	l.status.Mode, l.status.Probed = mode, s.probes()
	l.mu.Unlock()
	if s.subscribed() || len(s.classes) == 0 {
		s.cameUp()
	}
	return false, s.loop()
}

func (s *session) subscribed() bool { return s.dead != nil }

// resume takes up what the connection before has left: writes without an
// answer, and the gap since.
func (s *session) resume() {
	l := s.link
	for _, u := range l.unsettled {
		if u.ctx.Err() == nil {
			s.verifying = append(s.verifying, verify{write: u.write, until: time.Now().Add(verifyFor), unknown: u.err})
		}
	}
	l.unsettled = nil
	var ok bool
	if s.history, ok = As[HistoryReader](s.conn); ok {
		s.backfill = l.gap()
	}
	l.mu.Lock()
	for i := range l.times {
		l.times[i].first = 0
	}
	l.mu.Unlock()
}

// cameUp lets writes in.
func (s *session) cameUp() {
	if s.up.Swap(true) {
		return
	}
	s.hear()
	l := s.link
	if l.everUp {
		l.count(func(c *Counters) { c.Reconnects++ })
	}
	l.everUp = true
	l.enter(Up)
	down := make(chan struct{})
	l.down.Store(&down)
}

// end closes the session. It reports whether data came in it.
func (s *session) end() bool {
	l := s.link
	close(s.over)
	if down := l.down.Swap(nil); down != nil {
		close(*down)
	}
	s.settle()
	if s.pending != nil {
		select {
		case l.out <- s.pending:
		case <-s.ctx.Done():
			l.undo("when the station stopped", len(s.pending))
		}
	}
	s.close()
	if s.data.Load() {
		l.lost, l.everData = false, true // what was delivered must be marked again
	}
	return s.data.Load()
}

// loop does what is most urgent, again and again: a write, a poll that is due,
// a written value to be read back, a browse, a piece of history.
func (s *session) loop() error {
	l := s.link
	for {
		select { // writes go first
		case w := <-l.writes:
			if err := s.write(w); err != nil {
				return err
			}
			continue
		default:
		}
		did, wait, err := s.due(time.Now())
		if err != nil {
			return err
		}
		if did {
			continue
		}
		var out chan []tag.Sample
		if s.pending != nil {
			out = l.out
		}
		t := time.NewTimer(wait)
		select {
		case w := <-l.writes:
			err = s.write(w)
		case out <- s.pending:
			s.pending = nil
		case j := <-l.jobs:
			err = s.job(j)
		case <-t.C:
		case e := <-s.ended:
			if err = e; err == nil {
				err = errors.New("the subscription ended")
			}
		case e := <-s.alarmsEnded:
			if err = e; err == nil {
				err = errors.New("the device has stopped telling its alarms")
			}
		case <-s.dead:
			err = fmt.Errorf("%w (%v)", ErrQuiet, quietLimit)
		case <-s.ctx.Done():
			err = s.ctx.Err()
		}
		t.Stop()
		if err != nil {
			return err
		}
	}
}

// due does one thing that is due at now, or says how long nothing will be.
func (s *session) due(now time.Time) (did bool, wait time.Duration, err error) {
	wait = time.Second
	if s.pending == nil { // the sink has taken the poll before
		c, in := nextDue(s.classes, now)
		if c != nil {
			return true, 0, s.poll(c, now)
		}
		wait = min(wait, in)
	}
	if i, in := s.nextVerify(now); i >= 0 {
		if in <= 0 {
			settled, err := s.readBack(&s.verifying[i])
			if settled {
				s.verifying = slices.Delete(s.verifying, i, i+1)
			}
			return true, 0, err
		}
		wait = min(wait, in)
	}
	if s.up.Load() && s.probes() {
		in := ProbeAfter - now.Sub(s.answered)
		if in <= 0 {
			return true, 0, s.probe()
		}
		wait = min(wait, in)
	}
	if s.up.Load() && s.pending == nil && s.backfill.more() && s.link.clockBelieved() {
		in := max(repairAfter-now.Sub(s.began), s.repairAt.Sub(now))
		if in <= 0 {
			s.repair()
			return true, 0, nil
		}
		wait = min(wait, in)
	}
	return false, wait, nil
}

func (s *session) nextVerify(now time.Time) (at int, in time.Duration) {
	at = -1
	for i := range s.verifying {
		if d := s.verifying[i].next.Sub(now); at < 0 || d < in {
			at, in = i, d
		}
	}
	return at, in
}

// settle ends the writes that wait to be read back when the connection ends:
// confirmed ones are Accepted, unknown ones wait for the next connection.
func (s *session) settle() {
	for i := range s.verifying {
		v := &s.verifying[i]
		if v.unknown != nil && v.res.Checked.IsZero() {
			s.link.unsettled = append(s.link.unsettled, unsettled{v.write, v.unknown})
			continue
		}
		v.giveUp(ErrDown)
	}
	s.verifying = nil
}
