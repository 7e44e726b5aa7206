package wire

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// TCP carries Modbus TCP, plain or inside TLS. Every request goes out under
// a transaction id of its own, so that late replies are recognised and
// dropped. It dials when it has to; any error of the connection closes it
// and fails all requests on the way. Do may be called from any goroutine.
type TCP struct {
	// Dial opens a connection. Its reads block until there is data, and end
	// when it is closed.
	Dial func(context.Context) (io.ReadWriteCloser, error)
	// AnyUnit lets a reply come under another unit id than asked, for devices
	// that always answer as unit 0, 1 or 255. The transaction id still counts.
	AnyUnit bool

	Counters Counters

	mu   sync.Mutex
	live *socket
	id   uint16
}

// Counters say what happened on a line. They may be read at any time.
type Counters struct {
	Requests atomic.Int64 // frames sent
	Timeouts atomic.Int64 // requests without a reply
	Dropped  atomic.Int64 // late or foreign replies, or on serial lines bytes
	Wrong    atomic.Int64 // replies that did not fit their request
	Dials    atomic.Int64 // connections opened
}

// socket is one connection and who waits for what on it.
type socket struct {
	c      io.ReadWriteCloser
	wait   map[uint16]chan []byte // nil when the socket is dead
	quiet  int                    // timeouts since the last frame came
	failed error                  // why it is dead
}

// deaf is the number of timeouts without a single frame after which a
// connection is taken for half open, and closed.
const deaf = 2

// Do sends a request and returns the reply to it, under the request's
// transaction id, or ErrTimeout.
func (t *TCP) Do(ctx context.Context, request []byte, timeout time.Duration) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	s, id, answer, err := t.send(ctx, request, timeout)
	if err != nil {
		return nil, err
	}
	sent := time.Now()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case reply, ok := <-answer:
		if !ok {
			return nil, fmt.Errorf("the connection broke: %w", s.failed)
		}
		copy(reply, request[:2])
		if err := t.check(request, reply); err != nil {
			t.Counters.Wrong.Add(1)
			return nil, err
		}
		return reply, nil
	case <-timer.C:
		t.Counters.Timeouts.Add(1)
		t.giveUp(s, id, true)
		return nil, ErrTimeout
	case <-ctx.Done():
		silent := patient(ctx, sent, timeout)
		t.giveUp(s, id, silent)
		if silent {
			t.Counters.Timeouts.Add(1)
			return nil, ErrTimeout
		}
		return nil, ctx.Err()
	}
}

func (t *TCP) check(request, reply []byte) error {
	if reply[6] != request[6] && !t.AnyUnit {
		return fmt.Errorf("%w: unit %d answered where %d was asked", ErrReply, reply[6], request[6])
	}
	reply[6] = request[6]
	return Check(request[mbapLen:], reply[mbapLen:])
}

func (t *TCP) open(ctx context.Context) error {
	if t.live != nil {
		return nil
	}
	c, err := t.Dial(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	t.Counters.Dials.Add(1)
	t.live = &socket{c: c, wait: map[uint16]chan []byte{}}
	go t.receive(t.live)
	return nil
}

func (t *TCP) send(ctx context.Context, request []byte, timeout time.Duration) (*socket, uint16, chan []byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.open(ctx); err != nil {
		return nil, 0, nil, err
	}
	s := t.live
	for t.id++; s.wait[t.id] != nil; t.id++ {
	}
	id, answer := t.id, make(chan []byte, 1)
	s.wait[id] = answer
	frame := append([]byte(nil), request...)
	binary.BigEndian.PutUint16(frame, id)
	if d, ok := s.c.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(time.Now().Add(timeout)) // a failure shows in the write
	}
	t.Counters.Requests.Add(1)
	if _, err := s.c.Write(frame); err != nil {
		t.drop(s, err)
		return nil, 0, nil, fmt.Errorf("the connection broke: %w", err)
	}
	return s, id, answer, nil
}

// giveUp stops waiting for a reply. A connection on which nothing ever comes
// is closed: half open, it would look alive for ever.
func (t *TCP) giveUp(s *socket, id uint16, timedOut bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(s.wait, id)
	if timedOut {
		if s.quiet++; s.quiet >= deaf {
			t.drop(s, ErrTimeout)
		}
	}
}

func (t *TCP) receive(s *socket) {
	r := bufio.NewReaderSize(s.c, mbapLen+maxPDU)
	for {
		frame, err := readMBAP(r)
		if err != nil {
			t.mu.Lock()
			t.drop(s, err)
			t.mu.Unlock()
			return
		}
		id := binary.BigEndian.Uint16(frame)
		t.mu.Lock()
		s.quiet = 0
		if answer := s.wait[id]; answer != nil {
			delete(s.wait, id)
			answer <- frame
		} else {
			t.Counters.Dropped.Add(1)
		}
		t.mu.Unlock()
	}
}

// drop closes a connection and wakes everyone who waits on it.
func (t *TCP) drop(s *socket, why error) {
	if s.wait == nil {
		return
	}
	s.failed = why
	for _, answer := range s.wait {
		close(answer)
	}
	s.wait = nil
	_ = s.c.Close() // nothing is left to lose on it
	if t.live == s {
		t.live = nil
	}
}

// Close closes the connection. The next request opens another.
func (t *TCP) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live != nil {
		t.drop(t.live, ErrClosed)
	}
}
