package screens

import (
	"context"
	"time"
)

// tickEvery is how often the window pulls.
const tickEvery = 100 * time.Millisecond

// outcomeLimit is how long an action may take before the person is told that
// its outcome is not known.
const outcomeLimit = 20 * time.Second

// run posts at most one frame at a time: while the screen is slow, frames are
// left out and nothing queues up.
func (s *Station) run() {
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-t.C:
		}
		if s.pending.CompareAndSwap(false, true) {
			s.opts.Post(func() {
				defer s.pending.Store(false)
				if s.ctx.Err() == nil {
					s.Frame(s.opts.Now())
				}
			})
		}
	}
}

// Frame pulls what is in sight at every window once. Only the main window has
// a tick.
func (s *Station) Frame(now time.Time) {
	if s.session != nil && s.session.Ended() {
		s.enter(nil)
		s.status.tell(now, "The session has ended. Log in to act.", false)
	}
	s.horn.Frame(now, s.room.Alarms())
	for _, w := range s.all.list {
		w.frame(now)
	}
	if f := &s.all.saved; now.Sub(f.looked).Abs() >= workspaceEvery {
		f.looked = now
		s.keepWorkspace(false)
	}
}

// frame pulls what is in sight of one window.
func (s *Station) frame(now time.Time) {
	s.header.surface.Frame(now)
	s.nav.frame(now)
	if s.kiosk != nil {
		s.kiosk.frame(s, now)
	}
	s.location.frame(now)
	s.machine.frame(now)
	s.pages[s.current].frame(now)
	s.plates.frame(now)
	s.status.surface.Frame(now)
	for _, d := range s.dialogs {
		if d.frame != nil {
			d.frame(now)
		}
	}
}

// act runs do in the background and then, on the UI goroutine, after.
func (s *Station) act(do func(context.Context), after func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), outcomeLimit)
	go func() {
		defer cancel()
		do(ctx)
		s.opts.Post(func() {
			if s.ctx.Err() == nil {
				after()
			}
		})
	}()
}
