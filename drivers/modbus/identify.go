package modbus

import (
	"context"
	"fmt"
	"strings"

	pdu "github.com/goburrow/modbus"

	"penstock/drivers"
	"penstock/drivers/modbus/wire"
)

// Identity is what a unit says about itself (function 43, MEI type 14).
type Identity []IdentityField

// IdentityField is one object of a unit's identity.
type IdentityField struct {
	Object byte
	Name   string // of the standard objects 0 to 6, else "object N"
	Text   string
}

func (id Identity) String() string {
	var s []string
	for _, f := range id {
		s = append(s, f.Name+": "+f.Text)
	}
	return strings.Join(s, ", ")
}

var identityNames = [...]string{"vendor", "product code", "revision", "vendor URL", "product", "model", "application"}

const (
	encapsulated  = 43
	readIdentity  = 14
	basicIdentity = 1 // vendor, product code, revision
	allIdentity   = 2 // and the other standard objects
	mostParts     = 32
)

// Identify asks a unit what it is. A unit that does not know the question
// answers with an error that wraps drivers.ErrRefused.
func (d *Driver) Identify(ctx context.Context, dev drivers.Device) (Identity, error) {
	c, err := d.dial(ctx, dev)
	if err != nil {
		return nil, err
	}
	id, err := c.identify(ctx)
	if closing := c.Close(); err == nil {
		err = closing
	}
	return id, err
}

func (c *conn) identify(ctx context.Context) (id Identity, err error) {
	ctx, done := c.bound(ctx)
	defer done()
	for _, depth := range []byte{allIdentity, basicIdentity} {
		if id, err = c.identifyAt(ctx, depth); err == nil || !answered(err) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("device identification: %w", inWords(err))
	}
	return id, nil
}

// identifyAt collects the parts of an identity; a long one takes several.
func (c *conn) identifyAt(ctx context.Context, depth byte) (id Identity, err error) {
	l := c.newLane()
	object := byte(0)
	for range mostParts {
		reply, err := l.again(ctx, polling, 1+c.set.retries, func(pdu.Client) ([]byte, error) {
			return l.raw(encapsulated, readIdentity, depth, object)
		})
		if err != nil {
			return nil, err
		}
		part, more, next, err := parseIdentity(reply)
		if err != nil {
			return nil, err
		}
		id = append(id, part...)
		if !more || next <= object {
			return id, nil
		}
		object = next
	}
	return id, nil
}

// raw makes a request goburrow's client has no method for, in its packaging,
// and returns what follows the function code.
func (l *lane) raw(function byte, data ...byte) ([]byte, error) {
	request, err := l.pack.Encode(&pdu.ProtocolDataUnit{FunctionCode: function, Data: data})
	if err != nil {
		return nil, err
	}
	frame, err := l.Send(request)
	if err != nil {
		return nil, err
	}
	reply, err := l.pack.Decode(frame)
	if err != nil {
		return nil, err
	}
	if reply.FunctionCode != function {
		return nil, &pdu.ModbusError{FunctionCode: reply.FunctionCode, ExceptionCode: reply.Data[0]}
	}
	return reply.Data, nil
}

// parseIdentity takes a reply apart: MEI type, depth, conformity, more
// follows, next object, count, then object, length and text of each.
func parseIdentity(b []byte) (part Identity, more bool, next byte, err error) {
	const fixed = 6
	if len(b) < fixed || b[0] != readIdentity {
		return nil, false, 0, fmt.Errorf("%w: no identity", wire.ErrReply)
	}
	more, next = b[3] == 0xFF, b[4]
	rest := b[fixed:]
	for range b[5] {
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			return nil, false, 0, fmt.Errorf("%w: an identity cut short", wire.ErrReply)
		}
		f := IdentityField{Object: rest[0], Name: fmt.Sprintf("object %d", rest[0]), Text: printable(rest[2 : 2+int(rest[1])])}
		if int(f.Object) < len(identityNames) {
			f.Name = identityNames[f.Object]
		}
		part = append(part, f)
		rest = rest[2+int(rest[1]):]
	}
	return part, more, next, nil
}

// printable reads Latin-1 and leaves control characters out.
func printable(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c >= ' ' && c != 0x7F {
			s.WriteRune(rune(c))
		}
	}
	return strings.TrimSpace(s.String())
}
