// Package modbus is the driver for Modbus over TCP, TLS, serial lines (RTU,
// ASCII) and serial servers.
//
// The way of one scan: points are resolved once (reg), laid into the fewest
// requests (plan), sent in turn with all other units of the line (line,
// turns), carried and checked (wire), and taken apart into values (reg). An
// endpoint is one unit:
//
//	modbus://192.0.2.7:502?unit=1             Modbus TCP
//	modbus+tls://192.0.2.7:802?unit=1         Modbus/TCP Security
//	rtu:///dev/ttyUSB0?baud=19200&parity=E&unit=3   rtu://COM3?...
//	ascii:///dev/ttyS0?baud=9600&data=7&unit=3
//	rtu+tcp://192.0.2.9:4001?unit=3           serial server that passes RTU frames; also ascii+tcp
//
// Units with the same host and port, or the same serial port, share a line.
//
// Options of a device, all of them optional:
//
//	base           number of the first address in classic notation: 1 (40001) or 0 (40000)
//	order          bytes of numbers of two registers and more: ABCD, CDAB, BADC, DCBA
//	retries        how often an unanswered read is repeated; 2
//	max_read       registers in one read; 125. max_read_bits: 2000. max_write: 123
//	holes          "never": read no register that no tag needs
//	never_read     ranges never to be read, such as HR500-509,IR7
//	depth          requests on their way at once over a socket; 1, because many units mangle more
//	pause          between two requests to the unit. settle: after connecting
//	probe          an address every answer to which shows the unit is there; HR0
//	write          "multiple": write single registers and coils with FC16 and FC15 too; "readwrite": write
//	               registers with FC23, for devices that know no other
//	bit_write      parts of registers: "mask" (FC22), "modify" (read, change, write back), "auto" (FC22,
//	               and "modify" where the unit does not know it), "refuse"
//	alive          "never": do not ask for a sign of life, one small read a second, while no scan is due
//	               (sockets only; on a serial line it is never done)
//	any_unit       "yes": take replies under another unit number (sockets only)
//	demote_after   unanswered requests until a unit is only probed now and then; 3
//	probe_every    about how often then; 10s
//	guard          silence after a lost reply, where nothing better helps; the timeout (serial)
//	gap            silence before a frame, if 3.5 characters are too short (serial)
//	resync         "silence": never send a marker after a lost reply (serial)
//	local_echo     "yes": the interface hears itself (serial; noticed by itself after one read)
//	ca, cert, key, server_name, pin   of modbus+tls: files in PEM, the name in the device's
//	               certificate, or the SHA-256 fingerprint of the one certificate to trust
package modbus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"

	pdu "github.com/goburrow/modbus"

	"penstock/drivers"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/wire"
)

// Driver opens connections to Modbus units. The zero Driver is ready. It
// must not be copied: the lines it has open are shared by its connections.
type Driver struct {
	// Dir is a folder where the ranges that units refused are kept, one text
	// file a device, so that they are not learnt again. Empty: they are
	// forgotten with the Driver.
	Dir string

	mu     sync.Mutex
	lines  map[string]*line
	learnt map[string]*learnt // by device name
}

var (
	_ drivers.Driver    = (*Driver)(nil)
	_ drivers.Liner     = (*Driver)(nil)
	_ drivers.Explainer = (*Driver)(nil)
)

// CheckDevice implements drivers.Driver.
func (d *Driver) CheckDevice(dev drivers.Device) error {
	s, err := parse(dev)
	if err != nil {
		return err
	}
	if s.line.tls.pin != "" {
		if _, err := parsePin(s.line.tls.pin); err != nil {
			return fmt.Errorf("option %w", err)
		}
	}
	return nil
}

// CheckPoint implements drivers.Driver.
func (d *Driver) CheckPoint(dev drivers.Device, p drivers.Point) error {
	_, err := resolve(dev, p)
	return err
}

// Explain implements drivers.Explainer: where a point is in every notation at
// once and how it is read, such as "400001 = HR0 = 0x0000, 2 registers:
// holding register, FC3, float32 CDAB".
func (d *Driver) Explain(dev drivers.Device, p drivers.Point) (string, error) {
	it, err := resolve(dev, p)
	if err != nil {
		return "", err
	}
	s, _ := parse(dev) // a wrong device still has its base
	return s.mapping.Wire(it) + ", " + it.Type.String(), nil
}

func resolve(dev drivers.Device, p drivers.Point) (reg.Item, error) {
	s, _ := parse(dev) // CheckDevice reports what is wrong with the device
	it, err := s.resolve(p)
	if err != nil {
		return it, fmt.Errorf("%w: %w", drivers.ErrAddress, err)
	}
	return it, nil
}

func (s *settings) resolve(p drivers.Point) (reg.Item, error) {
	it, err := s.mapping.Parse(p.Address, p.Type)
	if err != nil {
		return it, err
	}
	if n := it.Words(); n > s.maxRead && !it.Table.IsBits() {
		return it, fmt.Errorf("%s has %d registers, and the device gives at most %d at once (option max_read)", it.Type, n, s.maxRead)
	}
	for _, r := range s.never {
		if r.Table == it.Table && int(it.Offset) <= int(r.To) && int(it.Offset)+it.Words() > int(r.From) {
			return it, fmt.Errorf("%s is in the range %s that is never read (option never_read)", it.Address, r)
		}
	}
	return it, nil
}

// Line implements drivers.Liner.
func (d *Driver) Line(dev drivers.Device) string {
	s, err := parse(dev)
	if err != nil {
		return dev.Endpoint
	}
	return s.line.lineName()
}

// Dial implements drivers.Driver. The unit has answered once when it
// answered anything at all to a read of the probe address.
func (d *Driver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	c, err := d.dial(ctx, dev)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (d *Driver) dial(ctx context.Context, dev drivers.Device) (*conn, error) {
	s, err := parse(dev)
	if err != nil {
		return nil, err
	}
	l, err := d.join(s)
	if err != nil {
		return nil, err
	}
	c := newConn(d, l, dev.Name, s)
	if err := c.greet(ctx); err != nil {
		return nil, errors.Join(words(s, fmt.Errorf("unit %d at %s: %w", s.unit, l.name, err)), c.Close())
	}
	return c, nil
}

// words adds what a fault means in the plant, where the protocol knows more
// than the network does.
func words(s settings, err error) error {
	var untrusted *tls.CertificateVerificationError
	switch code := exceptionOf(err); {
	case errors.As(err, &untrusted):
		return drivers.Plain(err, "The device's certificate is not trusted (%v). Check option ca, pin or server_name; if it was changed, ask by whom.", untrusted.Err)
	case errors.Is(err, errDemoted):
		return drivers.Plain(err, "Unit %d does not answer. It is asked only now and then, so that the others on the line keep their time.", s.unit)
	case errors.Is(err, wire.ErrTimeout) && s.line.carrier.framed():
		return drivers.Plain(err, "Unit %d does not answer. Check its power, its unit number, the line's baud rate and parity, and the two wires.", s.unit)
	case errors.Is(err, wire.ErrTimeout):
		return drivers.Plain(err, "The connection stands, but unit %d does not answer. Check the unit number and the address it is asked for (option probe); it may also be too busy.", s.unit)
	case errors.Is(err, wire.ErrReply) && !s.line.carrier.framed():
		return drivers.Plain(err, "What unit %d answers does not fit what it was asked. If it always answers under another unit number, set option any_unit; else the device or a gateway before it is at fault.", s.unit)
	case errors.Is(err, wire.ErrReply):
		return drivers.Plain(err, "What unit %d answers cannot be read. On a serial line check baud rate, parity and termination; two units may have one number.", s.unit)
	case code == gatewayNoPath, code == gatewayNoResponse:
		return drivers.Plain(err, "The gateway answers, but unit %d behind it does not. Check the unit number and the line behind the gateway.", s.unit)
	}
	return err
}

// greet asks the unit for one register, and is content with any answer.
func (c *conn) greet(ctx context.Context) error {
	attempts, err := c.line.admit(ctx, &c.set)
	if err != nil {
		return err
	}
	u := polling
	if attempts == 1 {
		u = probing
	}
	if _, err = c.lanes[0].again(ctx, u, attempts, c.probe()); answered(err) {
		return nil
	}
	return err
}

// probe is the request every unit is expected to answer, if only with a
// refusal.
func (c *conn) probe() func(pdu.Client) ([]byte, error) {
	at := c.set.probe
	return read(at.Table, int(at.Offset), at.Words())
}
