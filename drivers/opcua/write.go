package opcua

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/wire"
)

// Write implements drivers.Conn. The value is checked against the type,
// access and range that the server gives before anything is sent.
func (c *Conn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	return inWords(c.write(ctx, p, v))
}

func (c *Conn) write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	a, err := parseAddress(p.Address)
	if err != nil {
		return err
	}
	s, err := c.command(ctx)
	if err != nil {
		return err
	}
	node, ok := c.node(&a)
	if !ok {
		return refused(p, "the server has no namespace of this name")
	}
	w := &ua.WriteValue{NodeID: node, AttributeID: ua.AttributeIDValue}
	switch {
	case len(a.path) == 1 && a.path[0].member == "":
		w.IndexRange = a.path[0].indexRange()
	case len(a.path) > 0:
		return refused(p, "a member of a structure cannot be written alone")
	}
	t, err := c.target(ctx, s, p, node)
	if err != nil {
		return err
	}
	if err := t.inRange(p, v); err != nil {
		return err
	}
	val, err := encodeAs(t.typ, v)
	if err != nil {
		return refused(p, "%v", err)
	}
	if w.IndexRange != "" {
		val = inArray(val, len(a.path[0].at))
	}
	w.Value = &ua.DataValue{EncodingMask: ua.DataValueValue, Value: val}
	drivers.Trace(ctx, "-> Write %s = %s as %v", p.Address, v, t.typ)
	var results []ua.StatusCode
	err = s.Do(ctx, &ua.WriteRequest{NodesToWrite: []*ua.WriteValue{w}}, &results)
	if err == nil && len(results) != 1 {
		err = &channel.SentError{Err: wire.ErrMalformed}
	}
	if err == nil {
		err = judged(results[0])
	} else {
		err = outcome(err)
	}
	if err != nil {
		drivers.Trace(ctx, "<- %v", err)
		return fmt.Errorf("write %s: %w", p.Address, err)
	}
	drivers.Trace(ctx, "<- accepted")
	return nil
}

// refused is a write that is not sent because the server would refuse it.
func refused(p drivers.Point, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return drivers.Plain(fmt.Errorf("write %s: %w: %s", p.Address, drivers.ErrRefused, why), "Nothing was sent: %s.", why)
}

// judged says what the status of a single operation means for the one who
// asked for it.
func judged(status ua.StatusCode) error {
	switch {
	case status>>30 == 0:
		return nil
	case vague(status):
		return fmt.Errorf("%w: %w", drivers.ErrUnknown, status)
	}
	return fmt.Errorf("%w: %w", drivers.ErrRefused, status)
}

// vague are the statuses of a server that asked somebody else and does not
// know either.
func vague(status ua.StatusCode) bool {
	switch status {
	case ua.StatusBadTimeout, ua.StatusBadRequestTimeout, ua.StatusBadCommunicationError, ua.StatusBadNoCommunication, ua.StatusBadRequestCancelledByClient:
		return true
	}
	return false
}

// outcome sorts the error of a whole request: not sent, refused, or unknown.
func outcome(err error) error {
	var sent *channel.SentError
	var status ua.StatusCode
	switch {
	case errors.As(err, &sent), errors.Is(err, wire.ErrMalformed):
		return fmt.Errorf("%w: %w", drivers.ErrUnknown, err)
	case errors.As(err, &status):
		switch status {
		case ua.StatusBadSessionIDInvalid, ua.StatusBadSessionClosed, ua.StatusBadSessionNotActivated, ua.StatusBadSecureChannelIDInvalid, ua.StatusBadServerHalted, ua.StatusBadShutdown:
			return err
		}
		return judged(status)
	}
	return err
}

// target is what a write has to know of its node.
type target struct {
	typ    wire.Type
	ranged bool
	lo, hi float64
	asked  time.Time
}

// targetFor is how long that is believed. The server has the last word anyway.
const targetFor = 30 * time.Second

// target asks for the type, access and range of a node, and remembers them
// for the next write.
func (c *Conn) target(ctx context.Context, s *channel.Session, p drivers.Point, node *ua.NodeID) (target, error) {
	k := p.Type + " " + key(node)
	c.mu.Lock()
	t, known := c.targets[k]
	c.mu.Unlock()
	if known && time.Since(t.asked) < targetFor {
		return t, nil
	}
	t = target{asked: time.Now()}
	var err error
	if t.typ, err = c.writable(ctx, s, p, node); err != nil {
		return t, err
	}
	if t.lo, t.hi, t.ranged, err = c.ranges(ctx, s, node); err != nil {
		return t, err
	}
	c.mu.Lock()
	if c.targets == nil {
		c.targets = map[string]target{}
	}
	c.targets[k] = t
	c.mu.Unlock()
	return t, nil
}

// inRange compares a number with the node's EURange, which the server gives
// for this purpose. A node without one takes anything its type holds.
func (t *target) inRange(p drivers.Point, v tag.Scalar) error {
	f, ok := v.Float()
	if ok && v.Kind() != tag.KindBool && t.ranged && (f < t.lo || f > t.hi) {
		num := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
		return refused(p, "%s is outside the range %s to %s", num(f), num(t.lo), num(t.hi))
	}
	return nil
}

// writable finds the type a node's value is written in, and whether we may.
func (c *Conn) writable(ctx context.Context, s *channel.Session, p drivers.Point, node *ua.NodeID) (wire.Type, error) {
	got, err := c.read(ctx, s, []*ua.ReadValueID{attribute(node, ua.AttributeIDDataType), attribute(node, ua.AttributeIDUserAccessLevel), valueOf(node)}, ua.TimestampsToReturnNeither)
	if err != nil {
		return 0, err
	}
	if st := got[0].Status; st>>30 != 0 && p.Type == "" {
		return 0, fmt.Errorf("write %s: %w: %w", p.Address, drivers.ErrRefused, ua.StatusCode(st))
	}
	if level, _ := got[1].Value.Scalar(); got[1].Status>>30 == 0 {
		if n, ok := level.Int(); ok && n&accessWrite == 0 {
			return 0, refused(p, "the server does not let this user write it")
		}
	}
	typ, _ := wire.ParseType(p.Type)
	if id, ok := nodeID(got[0].Value); ok {
		t, err := c.dataType(ctx, s, id, deepest)
		if err != nil {
			return 0, err
		}
		typ = t.builtin
	}
	if typ == wire.VariantType || typ == wire.Null {
		typ = got[2].Value.Type // any type will do: keep the one it has
	}
	if typ == wire.ExtensionObject {
		return 0, refused(p, "a structure cannot be written as one value")
	}
	return typ, nil
}

// ranges reads the EURange of a node.
func (c *Conn) ranges(ctx context.Context, s *channel.Session, node *ua.NodeID) (lo, hi float64, ok bool, err error) {
	ids, err := c.children(ctx, s, []*ua.NodeID{node}, "EURange")
	if err != nil || ids[0] == nil {
		return 0, 0, false, err
	}
	got, err := c.read(ctx, s, []*ua.ReadValueID{valueOf(ids[0])}, ua.TimestampsToReturnNeither)
	if err != nil {
		return 0, 0, false, err
	}
	lo, hi, ok = euRange(got[0].Value)
	return lo, hi, ok && got[0].Status>>30 == 0, nil
}
