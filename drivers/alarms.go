package drivers

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// followAlarms follows the device's own alarms, where somebody wants them and
// the device has some. A device that refuses is followed without.
func (s *session) followAlarms() error {
	l := s.link
	a, ok := As[Alarmer](s.conn)
	if !ok || l.opts.Conditions == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, firstReadLimit)
	defer cancel()
	err := s.call(ctx, "follow alarms", func(ctx context.Context) (err error) {
		s.alarmsEnded, err = a.Conditions(ctx, s.conditions)
		return err
	})
	words := "followed"
	if errors.Is(err, ErrRefused) {
		why := strings.TrimPrefix(err.Error(), "follow alarms: ")
		words, err = "the device tells of none ("+strings.TrimPrefix(why, ErrRefused.Error()+": ")+")", nil
	}
	l.mu.Lock()
	l.status.Alarms = words
	l.mu.Unlock()
	return err
}

// conditions is called by the Conn, from a goroutine of its own.
func (s *session) conditions(list []Condition, all bool) {
	select {
	case <-s.over:
		return
	default:
	}
	s.hear()
	s.inPush.Add(1)
	defer s.inPush.Add(-1)
	s.link.opts.Conditions(slices.Clone(list), all)
	s.hear()
}
