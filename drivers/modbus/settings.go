package modbus

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/drivers"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

// carrier is how frames travel.
type carrier uint8

const (
	overTCP     carrier = iota // Modbus TCP
	overTLS                    // Modbus/TCP Security
	rtuSerial                  // RTU on a serial line
	asciiSerial                // ASCII on a serial line
	rtuTCP                     // RTU frames to a serial server
	asciiTCP                   // ASCII frames to a serial server
)

var schemes = map[string]carrier{
	"modbus":     overTCP,
	"modbus+tls": overTLS,
	"rtu":        rtuSerial,
	"ascii":      asciiSerial,
	"rtu+tcp":    rtuTCP,
	"ascii+tcp":  asciiTCP,
}

func (c carrier) serial() bool { return c == rtuSerial || c == asciiSerial }
func (c carrier) framed() bool { return c != overTCP && c != overTLS }

// lineSettings are those of the physical line, the same for all its units.
type lineSettings struct {
	carrier carrier
	address string // host:port, or the name of a serial port
	baud    int    // 0 behind a socket: unknown
	data    int
	parity  string
	stop    int
	guard   time.Duration
	gap     time.Duration
	settle  time.Duration // pause after the line was opened
	depth   int
	echo    bool
	silence bool // never ask a unit for an echo
	tls     tlsSettings
}

type tlsSettings struct{ ca, cert, key, name, pin string }

// settings of one device: a unit and the line it is on.
type settings struct {
	line    lineSettings
	unit    byte
	timeout time.Duration
	retries int
	pause   time.Duration // between two requests to the unit
	mapping reg.Map

	maxRead, maxReadBits int
	maxWrite             int // registers
	adjacent             bool
	never                []reg.Range
	multiple             bool // write one register with FC16, one coil with FC15
	bits                 bitWrite
	anyUnit              bool
	probe                reg.Item
	failures             int           // unanswered requests before the unit is demoted
	every                time.Duration // between probes of a demoted unit
}

// bitWrite says how a part of a register is written.
type bitWrite uint8

const (
	bitMask   bitWrite = iota // FC22: the device changes only the bits
	bitModify                 // read, change, write back: not atomic in the device
	bitRefuse
)

const (
	defaultTimeout = time.Second
	defaultRetries = 2
	defaultBaud    = 19200
	defaultEvery   = 10 * time.Second
	portPlain      = "502"
	portTLS        = "802"
)

// parse reads a device's endpoint and options. Every mistake is one error.
func parse(d drivers.Device) (settings, error) {
	s := settings{
		timeout: d.Timeout, retries: defaultRetries, mapping: reg.Map{Base: 1},
		maxRead: 125, maxReadBits: 2000, maxWrite: 123, failures: 3, every: defaultEvery,
	}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	var errs []error
	if err := s.parseEndpoint(d.Endpoint); err != nil {
		errs = append(errs, fmt.Errorf("endpoint %q: %w", d.Endpoint, err))
	}
	s.line.guard, s.line.depth = s.timeout, 1
	probe, never := "", ""
	for _, key := range slices.Sorted(maps.Keys(d.Options)) {
		value := d.Options[key]
		var err error
		switch key {
		case "probe":
			probe = value
		case "never_read":
			never = value
		default:
			read, known := options[key]
			if !known {
				err = fmt.Errorf("there is no such option; known are %s", strings.Join(OptionNames(), ", "))
			} else {
				err = read(&s, value)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("option %s = %q: %w", key, value, err))
		}
	}
	// Addresses count from the base, which is known only now.
	var err error
	if s.never, err = reg.ParseRanges(never, s.mapping.Base); err != nil {
		errs = append(errs, fmt.Errorf("option never_read: %w", err))
	}
	if probe == "" {
		probe = "HR0"
	}
	if s.probe, err = s.mapping.Parse(probe, ""); err != nil {
		errs = append(errs, fmt.Errorf("option probe: %w", err))
	}
	if s.line.carrier.framed() && s.line.depth > 1 {
		errs = append(errs, errors.New("option depth: a serial line takes one request at a time"))
	}
	if (s.line.tls.cert == "") != (s.line.tls.key == "") {
		errs = append(errs, errors.New("options cert and key belong together"))
	}
	if s.line.tls != (tlsSettings{}) && s.line.carrier != overTLS {
		errs = append(errs, errors.New("options ca, cert, key, server_name and pin need an endpoint modbus+tls://"))
	}
	return s, errors.Join(errs...)
}

func (s *settings) parseEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("want for example modbus://192.0.2.7:502?unit=1 or rtu:///dev/ttyUSB0?baud=19200&parity=E&unit=3")
	}
	c, known := schemes[u.Scheme]
	if !known {
		return fmt.Errorf("no such scheme; want one of %s", strings.Join(slices.Sorted(maps.Keys(schemes)), ", "))
	}
	s.line.carrier = c
	if u.User != nil || u.Fragment != "" {
		return errors.New("no user or password, and nothing after a #: the protocol knows neither")
	}
	if c.serial() {
		err = s.line.parsePort(u)
	} else {
		err = s.line.parseHost(u)
	}
	return errors.Join(err, s.parseQuery(u.Query()))
}

func (l *lineSettings) parseHost(u *url.URL) error {
	if u.Hostname() == "" || (u.Path != "" && u.Path != "/") {
		return errors.New("want a host and a port, such as modbus://192.0.2.7:502?unit=1")
	}
	port := u.Port()
	switch {
	case port == "" && l.carrier == overTLS:
		port = portTLS
	case port == "" && l.carrier == overTCP:
		port = portPlain
	case port == "":
		return errors.New("a serial server has no usual port; write host:port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("port %s is not 1 to 65535", port)
	}
	l.address = net.JoinHostPort(u.Hostname(), port)
	return nil
}

// parsePort reads rtu:///dev/ttyUSB0, rtu://COM3 and rtu:///COM3.
func (l *lineSettings) parsePort(u *url.URL) error {
	l.baud, l.data, l.parity, l.stop = defaultBaud, 8, "E", 0
	name := u.Host + u.Path
	if com := strings.TrimPrefix(strings.ToUpper(name), "/"); strings.HasPrefix(com, "COM") {
		if n, err := strconv.Atoi(com[3:]); err != nil || n < 1 {
			return fmt.Errorf("%s is no serial port", name)
		}
		l.address = `\\.\` + com // COM10 and above are found only under this name, the others too
		return nil
	}
	if u.Host != "" || !strings.HasPrefix(u.Path, "/") || len(u.Path) < 2 {
		return errors.New("want a serial port, such as rtu:///dev/ttyUSB0 or rtu://COM3")
	}
	l.address = u.Path
	return nil
}

func (s *settings) parseQuery(q url.Values) error {
	var errs []error
	s.unit = 1
	for _, key := range slices.Sorted(maps.Keys(q)) {
		err := error(nil)
		value := q.Get(key)
		switch {
		case len(q[key]) > 1:
			err = errors.New("is given twice")
		case key == "unit":
			err = s.parseUnit(value)
		case s.line.carrier.framed() && key == "baud":
			s.line.baud, err = number(value, 50, 4000000)
		case s.line.carrier.serial() && key == "data":
			s.line.data, err = number(value, 7, 8)
		case s.line.carrier.serial() && key == "stop":
			s.line.stop, err = number(value, 1, 2)
		case s.line.carrier.serial() && key == "parity":
			s.line.parity = strings.ToUpper(value)
			if !strings.Contains("N E O", s.line.parity) || len(s.line.parity) != 1 {
				err = errors.New("want N, E or O")
			}
		default:
			err = errors.New("is not known here")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s=%s: %w", key, value, err))
		}
	}
	if s.line.carrier == rtuSerial && s.line.data == 7 {
		errs = append(errs, errors.New("RTU needs 8 data bits"))
	}
	if s.line.stop == 0 && s.line.carrier.serial() {
		s.line.stop = 1 // the standard asks for 2 without parity; devices in the field use 1
	}
	return errors.Join(errs...)
}

func (s *settings) parseUnit(value string) error {
	n, err := number(value, 0, 255)
	if err != nil {
		return err
	}
	if n == 0 && s.line.carrier.framed() {
		return errors.New("unit 0 is everybody on the line, and nobody answers; want 1 to 247")
	}
	s.unit = byte(n)
	return nil
}

func number(text string, lo, hi int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("want a whole number from %d to %d", lo, hi)
	}
	return n, nil
}

// guessCost is what a request costs before any was measured: known from the
// baud rate on serial lines, that of an ordinary controller elsewhere.
func (s *settings) guessCost() plan.Cost {
	char := s.line.char().Seconds()
	if char == 0 {
		return plan.Cost{Req: 1e-3, Place: 2e-6}
	}
	const turnaround = 10e-3 // a slave's usual time to think
	per := char
	if s.line.carrier == asciiSerial || s.line.carrier == asciiTCP {
		per *= 2
	}
	return plan.Cost{Req: (8+5)*per + 7*char + turnaround + s.pause.Seconds(), Place: 2 * per}
}

// char is the time of one character on the line; 0 when unknown.
func (l *lineSettings) char() time.Duration {
	if l.baud == 0 {
		return 0
	}
	bits := 11 // start, 8 data, parity or second stop, stop
	return time.Duration(bits) * time.Second / time.Duration(l.baud)
}

// quiet is the silence before a frame: 3.5 characters, 1.75 ms from 19200
// baud upwards (Modbus over serial line V1.02, 2.5.1.1).
func (l *lineSettings) quiet() time.Duration {
	return max(l.gap, 1750*time.Microsecond, l.char()*7/2)
}
