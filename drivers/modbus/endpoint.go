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
)

var schemes = map[string]carrier{
	"modbus":     overTCP,
	"modbus+tls": overTLS,
	"rtu":        rtuSerial,
	"ascii":      asciiSerial,
	"rtu+tcp":    rtuTCP,
	"ascii+tcp":  asciiTCP,
}

// Schemes lists the schemes an endpoint may have.
func Schemes() []string { return slices.Sorted(maps.Keys(schemes)) }

// parseEndpoint reads where a unit is.
func (s *settings) parseEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("want for example modbus://192.0.2.7:502?unit=1 or rtu:///dev/ttyUSB0?baud=19200&parity=E&unit=3")
	}
	c, known := schemes[u.Scheme]
	if !known {
		return fmt.Errorf("no such scheme; want one of %s", strings.Join(Schemes(), ", "))
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
