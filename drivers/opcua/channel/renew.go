package channel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/gopcua/opcua/ua"
	"github.com/gopcua/opcua/uapolicy"

	"penstock/drivers/opcua/wire"
)

// renew asks for a token and waits until the receiver has taken it into use.
// Nothing else is sent meanwhile.
func (c *Channel) renew(ctx context.Context, kind ua.SecurityTokenRequestType) (time.Duration, error) {
	sec := &c.cfg.Security
	alg, err := sec.asymmetric()
	if err != nil {
		return 0, err
	}
	head, err := sec.asymmetricHeader()
	if err != nil {
		return 0, err
	}
	nonce, err := alg.MakeNonce()
	if err != nil {
		return 0, err
	}
	mode := sec.Mode
	if sec.None() {
		mode = ua.MessageSecurityModeNone
	}
	req := &ua.OpenSecureChannelRequest{RequestType: kind, SecurityMode: mode, ClientNonce: nonce, RequestedLifetime: uint32(c.cfg.lifetime() / time.Millisecond)}
	got := make(chan error, 1)
	var life time.Duration

	c.sending.Lock()
	defer c.sending.Unlock()
	id, err := c.expect(func(body []byte, err error) {
		if err == nil {
			life, err = c.adopt(body)
		}
		got <- err
	})
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	c.opening = &opening{request: id, nonce: nonce, alg: alg}
	channel := c.id
	c.mu.Unlock()
	body, err := encode(req, id, nil, c.cfg.timeout())
	if err != nil {
		return 0, err
	}
	b := append([]byte("OPNF"), 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, channel)
	b = append(b, head...)
	at := len(b)
	b = c.appendSequence(b, id)
	b = append(b, body...)
	if err := c.put(alg, at, b, true); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.timeout(), ua.StatusBadTimeout)
	defer cancel()
	select {
	case err := <-got:
		return life, err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// adopt takes the token of an OpenSecureChannelResponse into use. It runs in
// the receiver, so that the next message may already need the new keys; who
// called renew holds sending.
func (c *Channel) adopt(body []byte) (time.Duration, error) {
	r := wire.NewCursor(body)
	r.U32() // protocol version
	channel, id := r.U32(), r.U32()
	r.Take(8)
	life := time.Duration(r.U32()) * time.Millisecond
	nonce := r.ByteString()
	if r.Err() != nil {
		return 0, r.Err()
	}
	c.mu.Lock()
	o, old := c.opening, c.id
	c.opening = nil
	c.mu.Unlock()
	if old != 0 && channel != old {
		return 0, fmt.Errorf("%w: channel %d was renewed as %d", wire.ErrMalformed, old, channel)
	}
	if o == nil {
		return 0, errors.New("nobody asked for a token")
	}
	policy := c.cfg.Security.Policy
	if c.cfg.Security.None() {
		policy = ua.SecurityPolicyURINone
	} else if len(nonce) != len(o.nonce) {
		return 0, fmt.Errorf("%w: a nonce of %d bytes", ua.StatusBadNonceInvalid, len(nonce))
	}
	alg, err := uapolicy.Symmetric(policy, o.nonce, nonce)
	if err != nil {
		return 0, err
	}
	if limit := c.cfg.lifetime(); life <= 0 || life > limit {
		life = limit
	}
	c.mu.Lock()
	c.previous, c.current, c.id = c.current, &token{id: id, alg: alg, expires: time.Now().Add(life)}, channel
	c.room = bodyRoom(alg, c.takes)
	c.mu.Unlock()
	return life, nil
}

// keepRenewing asks for a new token when three quarters of the old one's life
// have passed.
func (c *Channel) keepRenewing(life time.Duration) {
	defer c.ended.Done()
	for {
		timer := time.NewTimer(life * 3 / 4)
		select {
		case <-c.done:
			timer.Stop()
			return
		case <-timer.C:
		}
		var err error
		if life, err = c.renew(context.Background(), ua.SecurityTokenRequestTypeRenew); err != nil {
			c.end(fmt.Errorf("renew security token: %w", err))
			return
		}
		c.Counts.Renewals.Add(1)
	}
}
