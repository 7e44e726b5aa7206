package modbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	pdu "github.com/goburrow/modbus"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/wire"
)

// refusalError is a write that is refused here, before the device is asked.
// It is a drivers.ErrRefused in words of its own.
type refusalError string

func (e refusalError) Error() string        { return string(e) }
func (e refusalError) Is(target error) bool { return target == drivers.ErrRefused }

func refuse(format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	return drivers.Plain(refusalError(what), "The write was refused before it was sent: %s.", what)
}

// Write implements drivers.Conn. A value of several registers goes out in
// one request, so that the device never holds half of it; a write is never
// repeated, because nobody knows whether the first was taken.
func (c *conn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	it, err := c.set.resolve(p)
	if err != nil {
		return refuse("%v", err)
	}
	if it.Table.ReadOnly() {
		return refuse("%s is a %s and cannot be written", it.Address, it.Table)
	}
	raw, err := it.Encode(v)
	if err != nil {
		return refuse("%s: %v", it.Address, err)
	}
	most := c.set.maxWrite
	if c.writeCode(it) == reg.WriteAndRead {
		most = min(most, maxAndRead)
	}
	if n := it.Words(); n > most {
		return refuse("%s has %d registers, and the device takes at most %d at once (option max_write)", it.Address, n, most)
	}
	ctx, done := c.bound(ctx)
	defer done()
	l := c.newLane()
	if it.Table == reg.Holding && it.Part() {
		err = c.writePart(ctx, l, it, binary.BigEndian.Uint16(raw))
	} else {
		_, err = l.once(ctx, writing, c.writer(it, raw))
	}
	return writeError(it, err)
}

// writeError says what a failed write means.
func writeError(it reg.Item, err error) error {
	switch {
	case err == nil, errors.Is(err, drivers.ErrRefused):
		return err
	case exceptionOf(err) == acknowledged: // taken, and still being worked on
		return fmt.Errorf("write %s: %w: the device needs more time", it.Address, drivers.ErrUnknown)
	case exceptionOf(err) == gatewayNoResponse: // passed on, and not answered behind the gateway
		return fmt.Errorf("write %s: %w: it did not answer the gateway", it.Address, drivers.ErrUnknown)
	case exceptionOf(err) != 0:
		err = inWords(err)
		return drivers.Plain(fmt.Errorf("write %s: %w", it.Address, err), "The device was asked to write %s and refused: %s.", it.Address, reason(exceptionOf(err)))
	case errors.Is(err, wire.ErrNotSent), errors.Is(err, wire.ErrSilent):
		return fmt.Errorf("write %s: %w", it.Address, err)
	}
	return fmt.Errorf("write %s: %w: %w", it.Address, drivers.ErrUnknown, err)
}

// maxAndRead is how many registers FC23 takes.
const maxAndRead = 121

// writeCode is the tag's own choice of a function, else the device's.
func (c *conn) writeCode(it reg.Item) reg.WriteCode {
	if it.Write != reg.WriteAuto {
		return it.Write
	}
	return c.set.write
}

// writer makes the request that writes a whole register, several, or a coil.
func (c *conn) writer(it reg.Item, raw []byte) func(pdu.Client) ([]byte, error) {
	code := c.writeCode(it)
	many := it.Words() > 1 || code == reg.WriteMultiple || code == reg.WriteAndRead
	return func(cl pdu.Client) ([]byte, error) {
		switch on := raw[len(raw)-1]; {
		case it.Table == reg.Coil && many:
			return cl.WriteMultipleCoils(it.Offset, 1, []byte{on})
		case it.Table == reg.Coil:
			return cl.WriteSingleCoil(it.Offset, uint16(on)*0xFF00)
		case code == reg.WriteAndRead: // what it reads is read back as after every write
			return cl.ReadWriteMultipleRegisters(it.Offset, uint16(it.Words()), it.Offset, uint16(it.Words()), raw)
		case many:
			return cl.WriteMultipleRegisters(it.Offset, uint16(it.Words()), raw)
		}
		return cl.WriteSingleRegister(it.Offset, binary.BigEndian.Uint16(raw))
	}
}

// writePart writes some bits of a register and leaves the others: in the
// device by mask write where that is allowed and known, else by reading, changing
// and writing back with the line held meanwhile. The second is not atomic: what
// the device itself changes in between is lost.
func (c *conn) writePart(ctx context.Context, l *lane, it reg.Item, bits uint16) error {
	mask := it.Mask()
	switch c.set.bits {
	case bitRefuse:
		return refuse("%s: writing a part of a register is forbidden (option bit_write)", it.Address)
	case bitMask, bitAuto:
		if c.noMask.Load() {
			break
		}
		_, err := l.once(ctx, writing, func(cl pdu.Client) ([]byte, error) {
			return cl.MaskWriteRegister(it.Offset, ^mask, bits)
		})
		if exceptionOf(err) != illegalFunction {
			return err
		}
		if c.set.bits == bitMask {
			return refuse("%s: the device cannot write a part of a register (function 22); option bit_write = \"modify\" reads it, changes it and writes it back, which is not atomic", it.Address)
		}
		c.noMask.Store(true)
	}
	if err := c.line.turns.take(ctx, writing); err != nil {
		return fmt.Errorf("%w: %w", wire.ErrNotSent, err)
	}
	defer c.line.turns.give()
	l.holding = true
	b, err := l.once(ctx, writing, read(reg.Holding, int(it.Offset), 1))
	if err != nil {
		if exceptionOf(err) != 0 {
			return err
		}
		return fmt.Errorf("%w: %w", wire.ErrNotSent, err)
	}
	now := binary.BigEndian.Uint16(b)&^mask | bits
	_, err = l.once(ctx, writing, c.writer(it, binary.BigEndian.AppendUint16(nil, now)))
	return err
}
