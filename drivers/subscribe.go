package drivers

import (
	"context"
	"fmt"
	"time"

	"penstock/app/tag"
)

// subscribe starts the subscription of all points.
func (s *session) subscribe(sub Subscriber) (ended <-chan error, err error) {
	l := s.link
	points := make([]Point, len(l.points))
	for i := range l.points {
		points[i] = l.points[i].Point
		if points[i].Period <= 0 {
			points[i].Period = defaultPeriod
		}
	}
	// Like the first read: nothing is known of how long it takes.
	ctx, cancel := context.WithTimeout(s.ctx, firstReadLimit)
	defer cancel()
	err = s.call(ctx, fmt.Sprintf("subscribe %d points", len(points)), func(ctx context.Context) (err error) {
		ended, err = sub.Subscribe(ctx, points, s.push)
		return err
	})
	return ended, err
}

// push is called by the Conn, from a goroutine of its own.
func (s *session) push(idx []int, vals []tag.Value) {
	select {
	case <-s.over:
		s.link.drop("after the connection ended", len(idx))
		return
	default:
	}
	s.hear()
	defer s.hear()
	if len(idx) == 0 {
		return
	}
	l := s.link
	batch := l.samples(time.Now(), idx, vals)
	l.recorder.Add(pushLine(batch))
	s.inPush.Add(1)
	defer s.inPush.Add(-1)
	select {
	case l.out <- batch:
		s.data.Store(true)
	case <-s.over:
		l.undo("while the connection ended", len(batch))
	}
}

func (s *session) hear() { s.heard.Store(int64(time.Since(s.began))) }

// watch closes dead when pushes have stopped. A push that waits for the sink
// is a slow sink, not a dead line.
func (s *session) watch() {
	t := time.NewTicker(quietLimit / 10)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.over:
			return
		}
		if s.inPush.Load() == 0 && s.up.Load() && time.Since(s.began)-time.Duration(s.heard.Load()) > quietLimit {
			close(s.dead)
			return
		}
	}
}

// drop counts values that came and were not handed on.
func (l *Link) drop(cause string, n int) {
	if n == 0 {
		return
	}
	l.count(func(c *Counters) {
		if c.Drops == nil {
			c.Drops = map[string]uint64{}
		}
		c.Drops[cause] += uint64(n)
	})
}

// undo counts samples that were made and could not be handed on.
func (l *Link) undo(cause string, n int) {
	l.count(func(c *Counters) { c.Samples -= uint64(n) })
	l.drop(cause, n)
}

// pushLine is a push as the flight recorder keeps it: how many, and the first.
func pushLine(batch []tag.Sample) string {
	const shown = 3
	line := fmt.Sprintf("pushed %d:", len(batch))
	for i, x := range batch {
		if i == shown {
			line += " ..."
			break
		}
		line += fmt.Sprintf(" %s=%v %v", x.ID, x.Value.Value, x.Quality)
	}
	return line
}
