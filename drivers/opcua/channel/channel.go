package channel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"

	"penstock/drivers/opcua/wire"
)

// Channel is one secure channel. Its methods may be called from any goroutine.
type Channel struct {
	cfg  Config
	conn net.Conn
	in   *reader

	sending sync.Mutex // held while a message goes out, and while a token is renewed
	seq     uint32
	takes   int // bytes of a chunk the server takes

	mu                sync.Mutex
	id                uint32 // of the channel
	current, previous *token
	room              int // bytes of a message that fit in one chunk
	nextID            uint32
	waiting           map[uint32]func(body []byte, err error)
	opening           *opening
	err               error

	done   chan struct{} // closed when the channel has ended
	ended  sync.WaitGroup
	Counts Counts
}

// Counts are what went over the wire, for the link's page.
type Counts struct {
	Requests, Answers, BytesOut, BytesIn, Renewals atomic.Int64
}

// token is one set of keys.
type token struct {
	id      uint32
	alg     *uapolicy.EncryptionAlgorithm
	expires time.Time // we accept messages a quarter of the lifetime beyond it
}

// opening is an OpenSecureChannel that was sent and not yet answered.
type opening struct {
	request uint32
	nonce   []byte
	alg     *uapolicy.EncryptionAlgorithm
}

// Open connects and opens a channel. It returns by the deadline of ctx.
func Open(ctx context.Context, cfg Config) (*Channel, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*cfg.timeout())
	defer cancel()
	l, err := reach(ctx, cfg.URL)
	if err != nil {
		return nil, err
	}
	c := &Channel{cfg: cfg, conn: l.conn, in: l.in, takes: l.takes, waiting: map[uint32]func([]byte, error){}, done: make(chan struct{})}
	c.ended.Add(1)
	go c.receive()
	life, err := c.renew(ctx, ua.SecurityTokenRequestTypeIssue)
	if err != nil {
		c.end(err)
		c.ended.Wait()
		return nil, fmt.Errorf("open secure channel: %w", err)
	}
	c.ended.Add(1)
	go c.keepRenewing(life)
	return c, nil
}

// Done is closed when the channel has ended; Err then says why.
func (c *Channel) Done() <-chan struct{} { return c.done }

// Err is why the channel has ended; nil while it lives.
func (c *Channel) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the channel. What is waited for ends with ErrClosed.
func (c *Channel) Close() {
	if c.Err() == nil {
		c.conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		_ = c.send("CLO", &ua.CloseSecureChannelRequest{}, nil, nil, 0) // the socket is closed either way
	}
	c.end(ErrClosed)
	c.ended.Wait()
}

func (c *Channel) end(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	left := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	close(c.done)
	c.conn.Close()
	for _, answer := range left {
		answer(nil, &SentError{err})
	}
}

// Send sends a request. answer is called once, from the channel's goroutine
// and in the order the answers came, with the body after the response header,
// or with the error; it must not block. The error of Send says that nothing
// was sent.
func (c *Channel) Send(req ua.Request, auth *ua.NodeID, hint time.Duration, answer func(body []byte, err error)) error {
	return c.send("MSG", req, auth, answer, hint)
}

// SentError wraps the error of a request that went out and was not answered:
// the server may have done what it asks.
type SentError struct{ Err error }

func (e *SentError) Error() string { return e.Err.Error() }
func (e *SentError) Unwrap() error { return e.Err }

// Call sends a request and waits for the body of its answer. A refusal of the
// whole request is a ua.StatusCode; see SentError for one without an answer.
func (c *Channel) Call(ctx context.Context, req ua.Request, auth *ua.NodeID) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.timeout(), ua.StatusBadTimeout)
	defer cancel()
	type result struct {
		body []byte
		err  error
	}
	got := make(chan result, 1)
	if err := c.Send(req, auth, c.cfg.timeout(), func(b []byte, err error) { got <- result{b, err} }); err != nil {
		return nil, err
	}
	select {
	case r := <-got:
		return r.body, r.err
	case <-ctx.Done():
		return nil, &SentError{context.Cause(ctx)}
	}
}

// Do sends a request and decodes the answer's body, without its header, into
// each of parts in order (pointers, as ua.Decode wants them).
func (c *Channel) Do(ctx context.Context, req ua.Request, auth *ua.NodeID, parts ...any) (err error) {
	body, err := c.Call(ctx, req, auth)
	if err != nil {
		return err
	}
	return Decode(body, parts...)
}

// Decode reads parts from body with the library's codec. Its panics on
// malformed bytes become errors.
func Decode(body []byte, parts ...any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", wire.ErrMalformed, r)
		}
	}()
	for _, p := range parts {
		n, err := ua.Decode(body, p)
		if err != nil {
			return fmt.Errorf("%w: %w", wire.ErrMalformed, err)
		}
		body = body[n:]
	}
	return nil
}

// send writes a request in as many chunks as it takes. answer may be nil.
func (c *Channel) send(kind string, req ua.Request, auth *ua.NodeID, answer func([]byte, error), hint time.Duration) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	id, err := c.expect(answer)
	if err != nil {
		return err
	}
	body, err := encode(req, id, auth, hint)
	if err != nil {
		c.forget(id)
		return err
	}
	if err := c.write(kind, id, body); err != nil {
		if c.forget(id) {
			c.end(fmt.Errorf("send: %w", err))
			return fmt.Errorf("send: %w", err)
		}
		return nil // the answer function has been told why the channel ended
	}
	c.Counts.Requests.Add(1)
	return nil
}

// expect registers answer under a new request id.
func (c *Channel) expect(answer func([]byte, error)) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if c.nextID++; c.nextID == 0 {
		c.nextID = 1
	}
	if answer != nil {
		c.waiting[c.nextID] = answer
	}
	return c.nextID, nil
}

func (c *Channel) forget(id uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		return false
	}
	delete(c.waiting, id)
	return true
}

func encode(req ua.Request, id uint32, auth *ua.NodeID, hint time.Duration) ([]byte, error) {
	if auth == nil {
		auth = ua.NewTwoByteNodeID(0)
	}
	req.SetHeader(&ua.RequestHeader{AuthenticationToken: auth, Timestamp: time.Now(), RequestHandle: id, TimeoutHint: uint32(hint / time.Millisecond)})
	service := ua.ServiceTypeID(req)
	if service == 0 {
		return nil, fmt.Errorf("no service for %T", req)
	}
	b, err := ua.Encode(ua.NewFourByteExpandedNodeID(0, service))
	if err != nil {
		return nil, err
	}
	body, err := ua.Encode(req)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", req, err)
	}
	return append(b, body...), nil
}

// write sends body as chunks of a kind. Sending is locked by the caller.
func (c *Channel) write(kind string, request uint32, body []byte) error {
	c.mu.Lock()
	channel, key, room := c.id, c.current, c.room
	c.mu.Unlock()
	if key == nil {
		return errors.New("channel not open")
	}
	encrypt := c.cfg.Security.Mode == ua.MessageSecurityModeSignAndEncrypt
	for first := true; first || len(body) > 0; first = false {
		n := min(len(body), room)
		last := byte('F')
		if n < len(body) {
			last = 'C'
		}
		b := make([]byte, 0, chunkHead+tokenHead+sequenceHead+n+64)
		b = append(b, kind...)
		b = append(b, last, 0, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, channel)
		b = binary.LittleEndian.AppendUint32(b, key.id)
		b = c.appendSequence(b, request)
		b = append(b, body[:n]...)
		body = body[n:]
		if err := c.put(key.alg, chunkHead+tokenHead, b, encrypt); err != nil {
			return err
		}
	}
	return nil
}

func (c *Channel) appendSequence(b []byte, request uint32) []byte {
	if c.seq++; c.seq > 1<<32-1024 {
		c.seq = 1
	}
	b = binary.LittleEndian.AppendUint32(b, c.seq)
	return binary.LittleEndian.AppendUint32(b, request)
}

// put seals one chunk and writes it.
func (c *Channel) put(alg *uapolicy.EncryptionAlgorithm, head int, b []byte, encrypt bool) error {
	if c.cfg.Security.None() {
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	} else {
		var err error
		if b, err = seal(alg, head, b, encrypt); err != nil {
			return err
		}
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(c.cfg.timeout())); err != nil {
		return err
	}
	n, err := c.conn.Write(b)
	c.Counts.BytesOut.Add(int64(n))
	return err
}
