package drivers

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// hangGrace is how long a driver may go on after its deadline before it is
// given up.
const hangGrace = 300 * time.Millisecond

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
	end := time.Now()
	took := end.Sub(start)
	if err == nil {
		s.answered = end
	}
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
		defer s.link.retire(s.conn)
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
