package channel

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/wire"
)

// receive reads until the channel ends. Whatever a packet does to the code
// that decodes it ends this channel and nothing else.
func (c *Channel) receive() {
	defer c.ended.Done()
	defer func() {
		if r := recover(); r != nil {
			c.end(fmt.Errorf("%w: %v", wire.ErrMalformed, r))
		}
	}()
	in := inbox{parts: map[uint32][]byte{}, chunks: map[uint32]int{}}
	for {
		f, err := c.in.frame(c.cfg.timeout())
		if err == nil {
			c.Counts.BytesIn.Add(int64(len(f.b)))
			err = c.take(f, &in)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("the server closed the connection: %w", err)
			}
			c.end(err)
			return
		}
	}
}

// inbox holds the messages of which a part has come.
type inbox struct {
	parts  map[uint32][]byte
	chunks map[uint32]int
	held   int // bytes of all parts
	last   uint32
	begun  bool
}

// take opens one frame and answers the request it completes.
func (c *Channel) take(f frame, in *inbox) error {
	var plain []byte
	var err error
	switch f.kind[:3] {
	case "OPN":
		plain, err = c.unsealOpen(f.b)
	case "MSG":
		plain, err = c.unsealMessage(f.b)
	case "CLO":
		return fmt.Errorf("the server closed the channel: %w", io.EOF)
	default:
		return fmt.Errorf("%w: a frame of type %q", wire.ErrMalformed, f.kind)
	}
	if err != nil {
		return err
	}
	r := wire.NewCursor(plain)
	seq, request := r.U32(), r.U32()
	if r.Err() != nil {
		return r.Err()
	}
	if wrapped := in.last > 1<<32-1025 && seq < 1024; in.begun && seq != in.last+1 && !wrapped {
		return fmt.Errorf("%w: chunk %d follows %d", ua.StatusBadSequenceNumberInvalid, seq, in.last)
	}
	in.last, in.begun = seq, true
	switch f.kind[3] {
	case 'A':
		code := ua.StatusCode(r.U32())
		in.drop(request)
		c.answer(request, nil, code)
		return nil
	case 'C':
		return in.add(request, r.Rest())
	case 'F':
	default:
		return fmt.Errorf("%w: a chunk of type %q", wire.ErrMalformed, f.kind)
	}
	body := r.Rest()
	if in.chunks[request] > 0 {
		if err := in.add(request, body); err != nil {
			return err
		}
		body = in.parts[request]
		in.drop(request)
	}
	return c.deliver(request, f.kind[:3], body)
}

func (in *inbox) add(request uint32, b []byte) error {
	in.chunks[request]++
	in.held += len(b)
	if in.chunks[request] > maxChunks || in.held > maxMessage {
		return fmt.Errorf("%w: more than %d MB", wire.ErrMalformed, maxMessage>>20)
	}
	in.parts[request] = append(in.parts[request], b...)
	return nil
}

func (in *inbox) drop(request uint32) {
	in.held -= len(in.parts[request])
	delete(in.parts, request)
	delete(in.chunks, request)
}

// openAnswer is the encoding of OpenSecureChannelResponse, faultAnswer of
// ServiceFault.
const (
	openAnswer  = 449
	faultAnswer = 397
)

// deliver takes the header off a whole message and answers the request.
func (c *Channel) deliver(request uint32, kind string, body []byte) error {
	r := wire.NewCursor(body)
	service := wire.Numeric(r.NodeID())
	status := ua.StatusCode(r.Header())
	if r.Err() != nil {
		return r.Err()
	}
	if (kind == "OPN") != (service == openAnswer) && service != faultAnswer {
		return fmt.Errorf("%w: service %d in a frame of type %s", wire.ErrMalformed, service, kind)
	}
	c.Counts.Answers.Add(1)
	switch {
	case status>>30 != 0:
		c.answer(request, nil, status)
	case service == faultAnswer:
		c.answer(request, nil, ua.StatusBadUnknownResponse)
	default:
		c.answer(request, r.Rest(), nil)
	}
	return nil
}

// answer tells who waits; an answer nobody waits for any more is dropped.
func (c *Channel) answer(request uint32, body []byte, err error) {
	c.mu.Lock()
	answer := c.waiting[request]
	delete(c.waiting, request)
	c.mu.Unlock()
	if answer != nil {
		answer(body, err)
	}
}

func (c *Channel) unsealOpen(b []byte) ([]byte, error) {
	head, err := c.cfg.Security.checkSender(b)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	o := c.opening
	c.mu.Unlock()
	if o == nil {
		return nil, fmt.Errorf("%w: an OpenSecureChannel nobody asked for", wire.ErrMalformed)
	}
	if c.cfg.Security.None() {
		return b[head:], nil
	}
	return unseal(o.alg, head, b, true)
}

func (c *Channel) unsealMessage(b []byte) ([]byte, error) {
	if len(b) < chunkHead+tokenHead+sequenceHead {
		return nil, wire.ErrMalformed
	}
	r := wire.NewCursor(b[8:])
	channel, id := r.U32(), r.U32()
	c.mu.Lock()
	t, mine := c.current, c.id
	if t != nil && t.id != id {
		t = c.previous
	}
	c.mu.Unlock()
	if t == nil || t.id != id || channel != mine {
		return nil, fmt.Errorf("%w: channel %d, token %d", ua.StatusBadSecureChannelTokenUnknown, channel, id)
	}
	if time.Now().After(t.expires.Add(c.cfg.lifetime() / 4)) {
		return nil, fmt.Errorf("%w: it has expired", ua.StatusBadSecureChannelTokenUnknown)
	}
	if c.cfg.Security.None() {
		return b[chunkHead+tokenHead:], nil
	}
	return unseal(t.alg, chunkHead+tokenHead, b, c.cfg.Security.Mode == ua.MessageSecurityModeSignAndEncrypt)
}
