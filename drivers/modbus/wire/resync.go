package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrSilent is an ErrTimeout for which nothing but a harmless echo request
// was sent: the unit did not answer even that.
var ErrSilent = silent{}

type silent struct{}

func (silent) Error() string        { return "the unit is silent" }
func (silent) Timeout() bool        { return true }
func (silent) Is(target error) bool { return target == ErrTimeout }

// trust is what is known about one unit of a serial line.
type trust struct {
	sound   bool      // the last request was answered: no reply is under way
	lost    time.Time // when the last reply was given up
	echoes  bool      // it has answered an echo
	ignored int       // echoes it ignored while it answered other requests
	echoed  bool      // the last thing asked was an echo
	count   uint16    // echoes asked, and the number to echo
}

// deafToEcho is the number of ignored echoes after which a unit is not asked
// for one any more.
const deafToEcho = 2

// A reply that was given up may still come, and to the next request of the
// same shape it would look right: every later value would be that of another
// register, with nothing to show it. Two things prevent that.
//
// A unit answers its requests in order. So after a lost reply it is asked to
// echo a number (function 8, return query data); when the echo has come, or
// the refusal of a unit that knows no function 8, every older reply has come
// before it and was dropped.
//
// A unit that ignores function 8 altogether is left alone for the guard time
// instead, and then asked plainly. Which kind a unit is, is found out by
// turns: an echo, then a plain request, until it answers.
func (s *Stream) resync(ctx context.Context, unit byte, timeout time.Duration) error {
	u := s.unit(unit)
	if u.sound {
		return nil
	}
	if s.wantsEcho(u) {
		u.count++
		pdu := binary.BigEndian.AppendUint16([]byte{diagnostics, 0, 0}, u.count)
		_, err := s.exchange(ctx, s.Framing.Frame(unit, pdu), timeout)
		s.judgeEcho(u, err)
		if errors.Is(err, ErrTimeout) || errors.Is(err, ErrReply) {
			return ErrSilent
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		return nil
	}
	select {
	case <-time.After(s.rest(u)):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNotSent, ctx.Err())
	}
}

// Rest is how long a unit is to be left alone before the next request to it.
// Waiting for it before taking a turn leaves the line to the other units.
func (s *Stream) Rest(unit byte) time.Duration {
	u := s.unit(unit)
	s.mu.Lock()
	sound := u.sound
	s.mu.Unlock()
	if sound || s.wantsEcho(u) {
		return 0
	}
	return s.rest(u)
}

func (s *Stream) rest(u *trust) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Guard - time.Since(u.lost)
}

func (s *Stream) wantsEcho(u *trust) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.NoEcho && (u.echoes || u.ignored < deafToEcho && !u.echoed)
}

func (s *Stream) unit(id byte) *trust {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.units == nil {
		s.units = map[byte]*trust{}
	}
	u := s.units[id]
	if u == nil {
		u = &trust{sound: true}
		s.units[id] = u
	}
	return u
}

// judge notes how a plain request ended.
func (s *Stream) judge(id byte, err error) {
	if errors.Is(err, ErrNotSent) {
		return
	}
	u := s.unit(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.sound = err == nil; !u.sound {
		u.lost, u.echoed = time.Now(), false
	} else if u.echoed && !u.echoes {
		u.ignored++
		u.echoed = false
	}
}

// judgeEcho notes how an echo ended.
func (s *Stream) judgeEcho(u *trust, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.echoed = true
	if u.sound = err == nil; u.sound {
		u.echoes = true
	} else {
		u.lost = time.Now()
	}
}
