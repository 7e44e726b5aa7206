package modbus

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	silence bool // resynchronise by silence alone
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
	write                reg.WriteCode // of types that do not say
	bits                 bitWrite
	anyUnit              bool
	probe                reg.Item
	failures             int           // unanswered requests before the unit is demoted
	every                time.Duration // between probes of a demoted unit
	neverAlive           bool          // it is not asked for signs of life
}

// bitWrite says how a part of a register is written.
type bitWrite uint8

const (
	bitMask   bitWrite = iota // FC22: the device changes only the bits
	bitModify                 // read, change, write back: not atomic in the device
	bitRefuse
	bitAuto // FC22, and reading and writing back where the device does not know it
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

// alive reports whether the unit is asked for signs of life between scans that
// are far apart. On a serial line they would cost the others their time, and a
// dead line shows on whichever of its units is asked next.
func (s *settings) alive() bool { return !s.neverAlive && !s.line.carrier.framed() }

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

// innerGap is the silence inside a reply after which it is taken for broken.
// USB adapters deliver in pieces up to 20 ms apart; a network that repeats a
// lost segment takes a few hundred.
func (l *lineSettings) innerGap() time.Duration {
	if l.carrier.serial() {
		return 100*time.Millisecond + 4*l.char()
	}
	return 400 * time.Millisecond
}
