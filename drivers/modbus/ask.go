package modbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	pdu "github.com/goburrow/modbus"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/wire"
)

// The exceptions of a Modbus reply (Modbus Application Protocol V1.1b3, 7).
const (
	illegalFunction   = 1
	illegalAddress    = 2
	illegalValue      = 3
	deviceFailure     = 4
	acknowledged      = 5
	busy              = 6
	parityError       = 8
	gatewayNoPath     = 10
	gatewayNoResponse = 11
)

// badResource is the status BadResourceUnavailable: the device was busy.
var badResource = tag.FromStatus(0x80040000)

var exceptions = map[byte]struct {
	text    string
	quality tag.Quality
}{
	illegalFunction:   {"it does not know the function", tag.BadConfigurationError},
	illegalAddress:    {"it has no such address", tag.BadConfigurationError},
	illegalValue:      {"it does not accept the value or the number of registers", tag.BadConfigurationError},
	deviceFailure:     {"it has failed", tag.BadDeviceFailure},
	acknowledged:      {"it needs more time", badResource},
	busy:              {"it is busy", badResource},
	parityError:       {"its memory has a parity error", tag.BadDeviceFailure},
	gatewayNoPath:     {"the gateway has no path to it", tag.BadNoCommunication},
	gatewayNoResponse: {"it does not answer the gateway", tag.BadNoCommunication},
}

// exceptionOf returns the exception a device answered with, or 0.
func exceptionOf(err error) byte {
	var e *pdu.ModbusError
	if errors.As(err, &e) {
		return e.ExceptionCode
	}
	return 0
}

// exceptionError is an exception in words.
type exceptionError struct{ *pdu.ModbusError }

func (e exceptionError) Error() string {
	return fmt.Sprintf("%v: %s", drivers.ErrRefused, reason(e.ExceptionCode))
}

// reason says what an exception means.
func reason(code byte) string {
	if x, ok := exceptions[code]; ok {
		return fmt.Sprintf("%s (exception %d)", x.text, code)
	}
	return fmt.Sprintf("exception %d", code)
}

func (e exceptionError) Is(target error) bool { return target == drivers.ErrRefused }
func (e exceptionError) Unwrap() error        { return e.ModbusError }

// inWords replaces the library's words for an exception.
func inWords(err error) error {
	var e *pdu.ModbusError
	if errors.As(err, &e) {
		return exceptionError{e}
	}
	return err
}

// qualityOf is what a failed request makes of the points it would have read.
func qualityOf(err error) tag.Quality {
	if x, ok := exceptions[exceptionOf(err)]; ok {
		return x.quality
	}
	if errors.Is(err, wire.ErrTimeout) {
		return tag.BadTimeout
	}
	if exceptionOf(err) != 0 {
		return tag.BadConfigurationError
	}
	return tag.BadCommunicationError
}

// answered reports whether the unit itself said something.
func answered(err error) bool {
	code := exceptionOf(err)
	return err == nil || code != 0 && code != gatewayNoPath && code != gatewayNoResponse
}

// silent reports whether the unit said nothing, or nothing of use, on a line
// that works.
func silent(err error) bool {
	return (errors.Is(err, wire.ErrTimeout) || errors.Is(err, wire.ErrReply) || exceptionOf(err) != 0) && !errors.Is(err, wire.ErrNotSent) && !answered(err)
}

// repeatable reports whether asking again may help.
func repeatable(err error) bool {
	code := exceptionOf(err)
	return err != nil && (code == 0 || code == busy || code == acknowledged || !answered(err))
}

// lane is one request on its way: goburrow's transporter over our transport.
// A lane is used by one goroutine at a time.
type lane struct {
	c       *conn
	client  pdu.Client
	pack    pdu.Packager
	ctx     context.Context
	urgency urgency
	holding bool // the turn is held over several requests

	sent time.Time     // of the last request
	took time.Duration // until its reply
}

func (c *conn) newLane() *lane {
	l := &lane{c: c}
	switch c.set.line.carrier {
	case overTCP, overTLS:
		h := pdu.NewTCPClientHandler("")
		h.SlaveId, l.pack = c.set.unit, h
	case rtuSerial, rtuTCP:
		h := pdu.NewRTUClientHandler("")
		h.SlaveId, l.pack = c.set.unit, h
	default:
		h := pdu.NewASCIIClientHandler("")
		h.SlaveId, l.pack = c.set.unit, h
	}
	l.client = pdu.NewClient2(l.pack, l)
	return l
}

// Send implements goburrow's Transporter.
func (l *lane) Send(frame []byte) ([]byte, error) {
	if !l.holding {
		// Wait before taking the turn: the others on the line need not.
		rest := max(l.c.line.rest(l.c.set.unit), l.c.set.pause-time.Since(*l.c.ended.Load()))
		if err := sleep(l.ctx, rest); err != nil {
			return nil, err
		}
		if err := l.c.line.turns.take(l.ctx, l.urgency); err != nil {
			return nil, fmt.Errorf("%w: %w", wire.ErrNotSent, err)
		}
		defer l.c.line.turns.give()
	}
	return l.do(frame)
}

// do sends a frame, times it and leaves a trace of it and of the reply.
func (l *lane) do(frame []byte) ([]byte, error) {
	l.sent = time.Now()
	defer func() {
		end := time.Now()
		l.took = end.Sub(l.sent)
		l.c.ended.Store(&end)
	}()
	trace := drivers.TracerOf(l.ctx)
	if trace == nil {
		return l.exchange(frame)
	}
	asked, err := l.pack.Decode(frame)
	if err != nil {
		return nil, err
	}
	trace(fmt.Sprintf("-> unit %d %s", l.c.set.unit, describe(asked)))
	dropped := l.c.line.counters.Dropped.Load()
	reply, err := l.exchange(frame)
	if l.c.line.counters.Dropped.Load() != dropped {
		trace("   late, foreign or broken replies were dropped")
	}
	took := time.Since(l.sent).Round(10 * time.Microsecond)
	if err != nil {
		trace(fmt.Sprintf("!  unit %d after %v: %v", l.c.set.unit, took, err))
		return nil, err
	}
	answer, err := l.pack.Decode(reply)
	if err != nil {
		return nil, err
	}
	trace(fmt.Sprintf("<- unit %d after %v: %s", l.c.set.unit, took, describeReply(asked.FunctionCode, answer)))
	return reply, nil
}

// exchange sends a frame and counts it and its reply.
func (l *lane) exchange(frame []byte) ([]byte, error) {
	reply, err := l.c.line.transport.Do(l.ctx, frame, l.c.set.timeout)
	if !errors.Is(err, wire.ErrNotSent) {
		l.c.Sent(len(frame))
	}
	switch {
	case err == nil:
		l.c.Received(len(reply), time.Since(l.sent))
	case errors.Is(err, wire.ErrReply):
		l.c.Unfit()
	}
	return reply, err
}

// sleep waits before anything is sent.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", wire.ErrNotSent, ctx.Err())
	}
}

// once makes one request.
func (l *lane) once(ctx context.Context, u urgency, call func(pdu.Client) ([]byte, error)) ([]byte, error) {
	l.ctx, l.urgency = ctx, u
	b, err := call(l.client)
	if good := answered(err); good || silent(err) {
		l.c.line.heard(&l.c.set, good)
	}
	return b, err
}

// busyWait is the first pause after a device said it is busy; it doubles.
const busyWait = 100 * time.Millisecond

// again makes a request that may be repeated without harm, up to attempts
// times. A refusal is an answer and is not repeated, unless the device was
// only busy.
func (l *lane) again(ctx context.Context, u urgency, attempts int, call func(pdu.Client) ([]byte, error)) (b []byte, err error) {
	wait := busyWait
	for i := range attempts {
		if i > 0 {
			l.c.Repeats()
		}
		b, err = l.once(ctx, u, call)
		switch code := exceptionOf(err); {
		case err == nil, ctx.Err() != nil, errors.Is(err, wire.ErrNotSent):
			return b, err
		case code == busy || code == acknowledged:
			select {
			case <-time.After(wait):
				wait *= 2
			case <-ctx.Done():
				return nil, err
			}
		case code != 0 && answered(err):
			return nil, err
		}
	}
	return b, err
}
