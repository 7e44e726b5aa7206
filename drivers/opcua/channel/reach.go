package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// line is a socket whose other end has said hello.
type line struct {
	conn  net.Conn
	in    *reader
	takes int // bytes of a chunk the server takes
}

// tryEvery is when another attempt is begun beside one that has no answer: a
// network that has just come back does not wake the packets it has lost.
const tryEvery = 1100 * time.Millisecond

// reach connects and says hello, by the deadline of ctx. As long as nothing
// answers it begins anew now and then; the first answer counts. A refusal ends
// it at once.
func reach(ctx context.Context, endpoint string) (*line, error) {
	addr, err := Address(endpoint)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	type result struct {
		l   *line
		err error
	}
	results := make(chan result)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	begin := func() {
		all.Go(func() {
			l, err := greet(ctx, addr, endpoint)
			select {
			case results <- result{l, err}:
			case <-ctx.Done():
				if l != nil {
					l.conn.Close()
				}
			}
		})
	}
	begin()
	again := time.NewTicker(tryEvery)
	defer again.Stop()
	for {
		select {
		case r := <-results:
			return r.l, r.err
		case <-again.C:
			begin()
		case <-ctx.Done():
			return nil, &silence{addr, context.Cause(ctx)}
		}
	}
}

// silence is the error of an address where nothing has answered.
type silence struct {
	addr string
	err  error // why it was waited for no longer
}

func (s *silence) Error() string {
	if errors.Is(s.err, context.Canceled) {
		return "nothing had answered at " + s.addr + " when the attempt was stopped"
	}
	return "nothing answers at " + s.addr
}

func (s *silence) Unwrap() error { return s.err }

// greet makes one attempt.
func greet(ctx context.Context, addr, endpoint string) (*line, error) {
	d := net.Dialer{KeepAlive: 15 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	in := newReader(conn)
	takes, err := hello(conn, in, endpoint)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("hello: %w", err)
	}
	return &line{conn, in, takes}, nil
}
