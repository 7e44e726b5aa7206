package drivertest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
)

// The smallest driver that keeps every promise, for a protocol of lines over
// TCP: "get NAME" is answered with a number or "none", "set NAME NUMBER" with
// "ok", "none" or "no". app/doc/052 says what each part is for.

type lines struct{}

// CheckDevice implements drivers.Driver.
func (lines) CheckDevice(d drivers.Device) error {
	var errs []error
	if u, err := url.Parse(d.Endpoint); err != nil || u.Scheme != "lines" || u.Port() == "" {
		errs = append(errs, fmt.Errorf("endpoint: %q is not like lines://host:4000", d.Endpoint))
	}
	for _, key := range slices.Sorted(maps.Keys(d.Options)) {
		errs = append(errs, fmt.Errorf("option %s: not known; this driver has none", key))
	}
	return errors.Join(errs...)
}

// CheckPoint implements drivers.Driver.
func (lines) CheckPoint(_ drivers.Device, p drivers.Point) error {
	if p.Address == "" || strings.ContainsAny(p.Address, " \n") {
		return fmt.Errorf("%w: %q is not a name without spaces", drivers.ErrAddress, p.Address)
	}
	return nil
}

// Dial implements drivers.Driver. A device that takes connections may hang all
// the same, so it is asked for something.
func (lines) Dial(ctx context.Context, d drivers.Device) (drivers.Conn, error) {
	u, err := url.Parse(d.Endpoint)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	sock, err := dialer.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	c := &lineConn{sock: sock, in: bufio.NewReader(sock), timeout: d.Timeout}
	if c.timeout == 0 {
		c.timeout = 2 * time.Second
	}
	if _, err := c.ask(ctx, "get hello"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

type lineConn struct {
	sock    net.Conn
	in      *bufio.Reader
	timeout time.Duration
	drivers.Meter
}

// ask sends a line and waits for the answer, no longer than the caller or the
// device's timeout allow.
func (c *lineConn) ask(ctx context.Context, line string) (string, error) {
	until := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	defer context.AfterFunc(ctx, func() { c.sock.SetDeadline(time.Unix(1, 0)) })()
	if err := errors.Join(ctx.Err(), c.sock.SetDeadline(until)); err != nil {
		return "", err
	}
	drivers.Trace(ctx, "-> %s", line)
	if _, err := fmt.Fprintln(c.sock, line); err != nil {
		return "", err
	}
	c.Sent(len(line) + 1)
	sent := time.Now()
	answer, err := c.in.ReadString('\n')
	if err != nil {
		drivers.Trace(ctx, "!  %v", err)
		return "", err
	}
	c.Received(len(answer), time.Since(sent))
	drivers.Trace(ctx, "<- %s", strings.TrimSpace(answer))
	return strings.TrimSpace(answer), nil
}

// Read implements drivers.Conn.
func (c *lineConn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	for i, p := range points {
		answer, err := c.ask(ctx, "get "+p.Address)
		if err != nil {
			return err
		}
		f, err := strconv.ParseFloat(answer, 64)
		if vals[i] = (tag.Value{Value: tag.Float(f), Quality: tag.Good}); err != nil {
			vals[i] = tag.Value{Quality: tag.BadConfigurationError}
		}
	}
	return nil
}

// Write implements drivers.Conn. Once the line is on its way, an error means
// that nobody knows.
func (c *lineConn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	f, ok := v.Float()
	if !ok {
		return fmt.Errorf("%w: %v is not a number", drivers.ErrRefused, v)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch answer, err := c.ask(ctx, "set "+p.Address+" "+strconv.FormatFloat(f, 'g', -1, 64)); {
	case err != nil:
		return fmt.Errorf("%w: %w", drivers.ErrUnknown, err)
	case answer != "ok":
		return fmt.Errorf("%w: it answers %q", drivers.ErrRefused, answer)
	}
	return nil
}

// Close implements drivers.Conn.
func (c *lineConn) Close() error {
	if err := c.sock.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// device is what the driver talks to.
type device struct {
	net.Listener
	mu        sync.Mutex
	held      map[string]float64
	cut, hung bool
	conns     []net.Conn
}

func newDevice(t *testing.T) *device {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &device{Listener: l, held: map[string]float64{"level": 1.5, "flow": 30, "setpoint": 1}}
	t.Cleanup(func() { l.Close(); d.set(true, false) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.conns = append(d.conns, c)
			if d.cut {
				c.Close()
			}
			d.mu.Unlock()
			go d.serve(c)
		}
	}()
	return d
}

// set begins and ends what goes wrong.
func (d *device) set(cut, hung bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut, d.hung = cut, hung
	for _, c := range d.conns {
		if cut {
			c.Close()
		}
	}
}

func (d *device) serve(c net.Conn) {
	defer c.Close()
	for in := bufio.NewScanner(c); in.Scan(); {
		if answer, ok := d.answer(strings.Fields(in.Text())); ok {
			fmt.Fprintln(c, answer)
		}
	}
}

func (d *device) answer(w []string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, known := d.held[w[1]]
	switch {
	case d.hung:
		return "", false
	case !known:
		return "none", true
	case w[0] == "get":
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	f, err := strconv.ParseFloat(w[2], 64)
	if err != nil || f > 1000 {
		return "no", true
	}
	d.held[w[1]] = f
	return "ok", true
}

func (d *device) value(name string) tag.Scalar {
	d.mu.Lock()
	defer d.mu.Unlock()
	return tag.Float(d.held[name])
}

func TestTheSmallestDriver(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		d := newDevice(t)
		return drivertest.Harness{
			Driver:    lines{},
			Device:    drivers.Device{Name: "L", Driver: "lines", Endpoint: "lines://" + d.Addr().String()},
			Readable:  []drivers.Point{{Address: "level"}, {Address: "flow"}},
			Writable:  drivers.Point{Address: "setpoint"},
			Values:    [2]tag.Scalar{tag.Float(7), tag.Float(-8.5)},
			TooBig:    tag.Float(5000),
			Missing:   drivers.Point{Address: "nothing"},
			Broken:    drivers.Point{Address: "two words"},
			BadDevice: drivers.Device{Endpoint: "lines://"},
			Held:      func() tag.Scalar { return d.value("setpoint") },
			Cut:       func() { d.set(true, false) },
			Hang:      func() { d.set(false, true) },
			Heal:      func() { d.set(false, false) },
		}
	})
}
