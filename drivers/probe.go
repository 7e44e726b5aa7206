package drivers

import (
	"context"
	"fmt"
	"time"
)

// Prober is a Conn without Subscriber that can ask its device for a sign of
// life, the smallest request there is. Link does so when nothing was answered for
// ProbeAfter, so that a line which dies between two scans that are far apart shows
// as soon as one that dies between two that are not.
type Prober interface {
	// Probe returns nil when the device has answered anything, or when it is
	// better not asked now. An error is for the connection, as that of Read.
	Probe(ctx context.Context) error
}

// ProbeAfter is how long after the last answer a device is asked for a sign of
// life.
const ProbeAfter = time.Second

// probe asks for a sign of life.
func (s *session) probe() error {
	l := s.link
	l.count(func(c *Counters) { c.Probes++ })
	ctx, cancel := context.WithTimeout(s.ctx, l.requestLimit())
	defer cancel()
	if err := s.call(ctx, "sign of life", s.prober.Probe); err != nil {
		return fmt.Errorf("sign of life: %w", err)
	}
	return nil
}

// probes reports whether the session asks for signs of life, which a period of
// at most ProbeAfter makes needless.
func (s *session) probes() bool {
	return s.prober != nil && len(s.classes) > 0 && s.classes[0].period > ProbeAfter
}
