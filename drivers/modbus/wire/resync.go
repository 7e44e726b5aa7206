package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrSilent is an ErrTimeout for which nothing but a harmless marker was
// sent: the unit did not answer even that.
var ErrSilent = silent{}

type silent struct{}

func (silent) Error() string        { return "the unit is silent" }
func (silent) Timeout() bool        { return true }
func (silent) Is(target error) bool { return target == ErrTimeout }

// A reply that was given up may still come, and to the next request of the
// same shape it would look right: every later value would be that of another
// register, with nothing to show it. Two things prevent that.
//
// A unit answers its requests in order. So after a lost reply it is sent a
// marker: a read whose function none of the lost requests had, and of another
// length each time. Replies carry function and length, so the marker's cannot
// be mistaken. When it has come, if only as a refusal, every older reply has
// come before it and was dropped.
//
// A unit that ignores the marker's function altogether is left alone for the
// guard time instead, and then asked plainly. Which kind a unit is, is found
// out by turns: a marker, then a plain request, until it answers.
//
// Function 8, "return query data", would be made for this; but units that do
// not know it may neither refuse nor skip it, and then lose the request after
// it too.

// trust is what is known about one unit of a serial line.
type trust struct {
	sound   bool      // the last request was answered: no reply is under way
	lost    time.Time // when the last reply was given up
	owed    uint64    // functions of plain requests whose replies were given up, as bits
	markers int       // sent since the unit was sound
	marked  bool      // the last thing sent was a marker
	answers bool      // it has answered a marker before
	ignored int       // markers it ignored while it answered plain requests
}

const (
	// deafToMarkers is the number of ignored markers after which a unit is sent
	// no more.
	deafToMarkers = 2
	// markerLengths is how many lengths markers have before they repeat.
	markerLengths = 16
)

// markerFunctions are those a marker may have, the best known first.
var markerFunctions = [...]byte{readCoils, readHolding, readDiscrete, readInput}

// marker makes the next marker for a unit; ok is false when no reply to one
// could be told from those it owes.
func (u *trust) marker() (pdu []byte, ok bool) {
	for _, f := range markerFunctions {
		if u.owed>>f&1 == 1 {
			continue
		}
		n := 1 + u.markers%markerLengths // bytes or registers in the reply
		if f == readCoils || f == readDiscrete {
			n = 8*n - 7
		}
		return binary.BigEndian.AppendUint16([]byte{f, 0, 0}, uint16(n)), true
	}
	return nil, false
}

func (s *Stream) resync(ctx context.Context, unit byte, timeout time.Duration) error {
	u := s.unit(unit)
	if u.sound {
		return nil
	}
	if pdu, ok := s.wantsMarker(u); ok {
		u.markers++
		_, err := s.exchange(ctx, s.Framing.Frame(unit, pdu), timeout)
		s.judgeMarker(u, err)
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
	if sound {
		return 0
	}
	if _, ok := s.wantsMarker(u); ok {
		return 0
	}
	return s.rest(u)
}

func (s *Stream) rest(u *trust) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Guard - time.Since(u.lost)
}

func (s *Stream) wantsMarker(u *trust) (pdu []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.NoMarkers || !u.answers && (u.marked || u.ignored >= deafToMarkers) {
		return nil, false
	}
	return u.marker()
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
func (s *Stream) judge(id, function byte, err error) {
	if errors.Is(err, ErrNotSent) {
		return
	}
	u := s.unit(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		u.sound, u.marked, u.lost = false, false, time.Now()
		u.owed |= 1 << (function & 0x3F)
		return
	}
	if u.marked && !u.answers { // it ignores markers, and answers this
		u.ignored++
	}
	u.settle()
}

// judgeMarker notes how a marker ended.
func (s *Stream) judgeMarker(u *trust, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		u.marked, u.lost = true, time.Now()
		return
	}
	u.answers = true
	u.settle()
}

// settle: nothing is owed any more.
func (u *trust) settle() {
	u.sound, u.marked, u.markers, u.owed = true, false, 0, 0
}
