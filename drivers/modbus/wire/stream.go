package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Framing finds replies in a stream of bytes.
type Framing interface {
	PDU(frame []byte) (unit byte, pdu []byte)
	Frame(unit byte, pdu []byte) []byte
	Find(seen, request []byte) (frame []byte, err error)
}

// Stream carries RTU or ASCII frames over a serial line, or over a socket
// that ends in one. It opens the line when it has to. Such frames have no
// transaction id, so a reply that was given up must never be taken for the
// reply to a later request: see resync. Do may be called from any goroutine;
// one request is on the line at a time.
type Stream struct {
	// Dial opens the line. Its reads block until there is data, and end when
	// it is closed.
	Dial    func(context.Context) (io.ReadWriteCloser, error)
	Framing Framing
	// Char is the time one character takes; 0 when unknown.
	Char time.Duration
	// Quiet is the silence before every request, 3.5 characters or more.
	Quiet time.Duration
	// Gap is the silence inside a reply after which it is taken for broken.
	Gap time.Duration
	// Guard is how long a unit is left alone after a reply of it was lost.
	Guard time.Duration
	// NoMarkers says to resynchronise by silence alone.
	NoMarkers bool
	// LocalEcho says that the interface hears itself: every request comes
	// back before the reply and is cut off. It is also noticed, but only once
	// something was read.
	LocalEcho bool

	Counters Counters

	once sync.Once
	busy chan struct{} // holds one token while a request is on the line

	// What follows belongs to the holder of the token.
	last  time.Time // when the line was last used
	hears bool      // the interface was found to hear itself

	mu    sync.Mutex // guards what follows
	port  io.ReadWriteCloser
	rx    chan []byte
	ended error // why rx was closed
	units map[byte]*trust
}

// babble is how long a line may go on talking before it is given up.
const babble = time.Second

// Do sends a request and returns the frame that answers it, or ErrTimeout.
// The timeout counts until the reply begins; the time its characters take is
// added to it.
func (s *Stream) Do(ctx context.Context, request []byte, timeout time.Duration) ([]byte, error) {
	s.once.Do(func() { s.busy = make(chan struct{}, 1) })
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrNotSent, ctx.Err())
	}
	unit, asked := s.Framing.PDU(request)
	if err := s.resync(ctx, unit, timeout); err != nil {
		return nil, err
	}
	reply, err := s.exchange(ctx, request, timeout)
	s.judge(unit, asked[0], err)
	return reply, err
}

// exchange makes one request of whatever kind.
func (s *Stream) exchange(ctx context.Context, request []byte, timeout time.Duration) ([]byte, error) {
	port, rx, err := s.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	s.Counters.Requests.Add(1)
	if err := writeAll(port, request); err != nil {
		s.drop(port)
		return nil, fmt.Errorf("the line broke: %w", err)
	}
	reply, err := s.collect(ctx, rx, request, timeout)
	s.last = time.Now()
	if err == io.EOF {
		err = fmt.Errorf("the line broke: %w", s.why())
		s.drop(port)
	}
	return reply, err
}

// ready opens the line if it is not and waits until it is quiet. A line that
// turns out to have ended since the last request is opened anew.
func (s *Stream) ready(ctx context.Context) (port io.ReadWriteCloser, rx chan []byte, err error) {
	for range 2 {
		if port, rx, err = s.open(ctx); err != nil {
			return nil, nil, err
		}
		if err = s.hush(ctx, rx); err != io.EOF {
			return port, rx, err
		}
		s.drop(port)
	}
	return nil, nil, s.why()
}

// collect reads until the reply is whole, the line goes quiet or time is up.
func (s *Stream) collect(ctx context.Context, rx chan []byte, request []byte, timeout time.Duration) ([]byte, error) {
	_, asked := s.Framing.PDU(request)
	sent := time.Now()
	whole := timeout + time.Duration(len(request)+longest(asked))*s.Char
	timer := time.NewTimer(whole)
	defer timer.Stop()
	broken := time.NewTimer(whole)
	defer broken.Stop()
	var seen []byte
	var wrong error
	for {
		select {
		case b, ok := <-rx:
			if !ok {
				return nil, io.EOF
			}
			seen = append(seen, b...)
			heard := seen
			if asked[0] <= readInput && bytes.HasPrefix(seen, request) {
				s.hears = true // no reply to a read begins with the request
			}
			if s.hears || s.LocalEcho {
				if len(seen) <= len(request) && bytes.HasPrefix(request, seen) {
					continue
				}
				heard = bytes.TrimPrefix(seen, request)
			}
			frame, err := s.Framing.Find(heard, request)
			if frame != nil {
				s.Counters.Dropped.Add(int64(len(heard) - len(frame)))
				return append([]byte(nil), frame...), nil
			}
			if len(seen) > 4*maxPDU {
				s.Counters.Wrong.Add(1)
				return nil, fmt.Errorf("%w: %d bytes and no end", ErrReply, len(seen))
			}
			wrong = err
			broken.Reset(s.Gap)
		case <-broken.C:
			if len(seen) == 0 {
				continue
			}
			s.Counters.Wrong.Add(1)
			if wrong == nil {
				wrong = fmt.Errorf("%w: % x", ErrReply, seen[:min(len(seen), 16)])
			}
			return nil, wrong
		case <-timer.C:
			s.Counters.Timeouts.Add(1)
			return nil, ErrTimeout
		case <-ctx.Done():
			if patient(ctx, sent, whole) {
				s.Counters.Timeouts.Add(1)
				return nil, ErrTimeout
			}
			return nil, ctx.Err()
		}
	}
}

// longest is about how many characters the reply to a PDU has at most.
func longest(asked []byte) int {
	switch asked[0] {
	case readHolding, readInput, readWrite:
		return 2*(5+2*quantity(asked)) + 9
	case readCoils, readDiscrete:
		return 2*(5+quantity(asked)/8) + 9
	}
	return 40
}

// hush waits until the line has been quiet for long enough to send, and
// drops what comes meanwhile.
func (s *Stream) hush(ctx context.Context, rx chan []byte) error {
	quiet := s.Quiet - time.Since(s.last)
	if s.last.IsZero() {
		quiet = s.Guard // a reply to the line's former owner may be under way
	}
	limit := time.Now().Add(s.Guard + babble)
	for {
		if quiet <= 0 {
			select {
			case b, ok := <-rx:
				if !ok {
					return io.EOF
				}
				s.Counters.Dropped.Add(int64(len(b)))
				quiet = s.Quiet
				continue
			default:
				return nil
			}
		}
		timer := time.NewTimer(quiet)
		select {
		case b, ok := <-rx:
			timer.Stop()
			if !ok {
				return io.EOF
			}
			s.Counters.Dropped.Add(int64(len(b)))
			if time.Now().After(limit) {
				return fmt.Errorf("%w: the line never goes quiet", ErrReply)
			}
		case <-timer.C:
			return nil
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
