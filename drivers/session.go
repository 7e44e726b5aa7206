package drivers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"penstock/app/tag"
)

const (
	modePolled     = "polled"
	modeSubscribed = "subscribed"
)

// hangGrace is how long a driver may go on after its deadline before it is
// given up.
const hangGrace = 300 * time.Millisecond

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
	backfill  *backfill

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
	}
	if err = s.followAlarms(); err != nil {
		return false, fmt.Errorf("follow alarms: %w", err)
	}
	l.mu.Lock()
	l.status.Mode = mode
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
	if s.up.Load() && s.pending == nil && s.backfill.more() && s.link.clockBelieved() {
		in := repairAfter - now.Sub(s.began)
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

// call runs one method of the Conn, survives its panic, times it, and gives it
// up when it does not return.
func (s *session) call(ctx context.Context, what string, f func(ctx context.Context) error) error {
	start := time.Now()
	done := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%s: the driver failed: %v", what, r)
			}
			done <- err
		}()
		err = f(ctx)
	}()
	var err error
	select {
	case err = <-done:
	case <-s.dead:
		s.hung = true
		err = fmt.Errorf("%s: %w", what, ErrQuiet)
	case <-ctx.Done():
		grace := time.NewTimer(hangGrace)
		defer grace.Stop()
		select {
		case err = <-done:
		case <-grace.C:
			s.hung = true
			err = fmt.Errorf("%s: %w", what, ErrHung)
		}
	}
	took := time.Since(start)
	l := s.link
	l.mu.Lock()
	l.status.Counters.Requests++
	if err != nil {
		l.status.Counters.Failed++
	}
	l.status.Latency.Add(took)
	l.mu.Unlock()
	if err != nil {
		l.recorder.Add(fmt.Sprintf("%s: failed after %v: %v", what, took.Round(time.Microsecond), err))
	} else {
		l.recorder.Add(fmt.Sprintf("%s: %v", what, took.Round(time.Microsecond)))
	}
	return err
}

// callWhileItGetsOn is call with a context that ends when the driver has not
// traced a reply for so long.
func (s *session) callWhileItGetsOn(ctx context.Context, what string, idle time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("%s: nothing happened for %v: %w", what, idle, context.DeadlineExceeded)
	l, start := s.link, time.Now()
	made := make(chan *time.Timer, 1)
	made <- time.AfterFunc(idle, func() {
		watch := <-made
		defer func() { made <- watch }()
		last := max(time.Duration(l.replied.Load()), start.Sub(l.made))
		if left := idle - (time.Since(l.made) - last); left > 0 {
			watch.Reset(left)
			return
		}
		cancel(stalled)
	})
	defer func() { (<-made).Stop() }()
	err := s.call(ctx, what, f)
	if err != nil && context.Cause(ctx) == stalled {
		return stalled
	}
	return err
}

// trace takes the driver's lines for the flight recorder.
func (l *Link) trace(line string) {
	if strings.HasPrefix(line, replyMark) {
		l.replied.Store(int64(time.Since(l.made)))
	}
	l.recorder.Add(line)
}

// close closes the Conn, beside everything else: the points are marked first.
func (s *session) close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recover() }() // a driver that fails while closing has closed
		s.conn.Close()
	}()
	if !s.hung { // one that hangs is left to itself
		s.link.closing = done
	}
}

// closed waits until the connection before is closed: many devices allow one
// only, and a serial line has one owner.
func (l *Link) closed() {
	if l.closing == nil {
		return
	}
	t := time.NewTimer(closeLimit)
	defer t.Stop()
	select {
	case <-l.closing:
	case <-t.C:
	}
	l.closing = nil
}

// closeLimit is how long a Conn may take to close.
const closeLimit = 2 * time.Second

// requestLimit is the deadline of a request that should be quick. With a scan
// period of a second before it and hangGrace after it, a line that goes dead
// shows within three seconds.
func (l *Link) requestLimit() time.Duration {
	return max(1500*time.Millisecond, l.dev.Timeout+500*time.Millisecond)
}
