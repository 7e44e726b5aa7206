// Package fault wraps a driver so that it fails, delays and lies by a script:
//
//	dial 1-3 error connection refused
//	read 5 delay 2s
//	read 7+ hang
//	write 1 unknown
//
// A line says which operation, its how manieth (counted from 1 for each device,
// over all its connections; 3, 2-5, 4+, or * for every one), and what happens.
// Lines end at a newline or semicolon; # begins a comment. The script is the
// device's option "script". The operations are dial, read, write, push and
// history; what may happen:
//
//	error TEXT     it fails with this error
//	delay TIME     it happens so much later
//	hang           it does not return before the connection is closed, whatever its context says
//	panic          it panics
//	crash          a goroutine beside it panics, which nothing can recover
//	exit           the process exits
//	memory         memory is allocated until something ends it
//	bad            every value of it is BadDeviceFailure
//	lie            every number of it is 1000 too high, and good
//	late           the values are those of the read before
//	unknown        (write) it is done and reported as ErrUnknown
//	lost           (write) it is not done and reported as ErrUnknown
//	stop           (push) nothing is pushed from there on, not even signs of life
package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// Driver is a driver that goes wrong. Its methods may be called from any
// goroutine.
type Driver struct {
	Inner drivers.Driver

	mu     sync.Mutex
	counts map[string]map[string]int // by device, by operation
}

// split takes the script off a device.
func split(dev drivers.Device) (drivers.Device, Script, error) {
	s, err := Parse(dev.Options["script"])
	dev.Options = maps.Clone(dev.Options)
	delete(dev.Options, "script")
	return dev, s, err
}

// CheckDevice implements drivers.Driver.
func (d *Driver) CheckDevice(dev drivers.Device) error {
	inner, _, err := split(dev)
	return errors.Join(err, d.Inner.CheckDevice(inner))
}

// CheckPoint implements drivers.Driver.
func (d *Driver) CheckPoint(dev drivers.Device, p drivers.Point) error {
	inner, _, _ := split(dev)
	return d.Inner.CheckPoint(inner, p)
}

// next counts one operation of a device and returns what is to happen.
func (d *Driver) next(device string, s Script, op string) step {
	d.mu.Lock()
	if d.counts == nil {
		d.counts = map[string]map[string]int{}
	}
	if d.counts[device] == nil {
		d.counts[device] = map[string]int{}
	}
	d.counts[device][op]++
	n := d.counts[device][op]
	d.mu.Unlock()
	return s.at(op, n)
}

// Dial implements drivers.Driver.
func (d *Driver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	inner, script, err := split(dev)
	if err != nil {
		return nil, err
	}
	c := &conn{driver: d, device: dev.Name, script: script, closed: make(chan struct{})}
	if err := c.before(ctx, c.step("dial")); err != nil {
		return nil, err
	}
	if c.Conn, err = d.Inner.Dial(ctx, inner); err != nil {
		return nil, err
	}
	return c, nil
}

// Has is for drivers.As.
func (c *conn) Has(ability any) bool {
	ok := false
	switch ability.(type) {
	case *drivers.Subscriber:
		_, ok = drivers.As[drivers.Subscriber](c.Conn)
	case *drivers.Browser:
		_, ok = drivers.As[drivers.Browser](c.Conn)
	case *drivers.HistoryReader:
		_, ok = drivers.As[drivers.HistoryReader](c.Conn)
	case *drivers.Prober:
		_, ok = drivers.As[drivers.Prober](c.Conn)
	}
	return ok
}

// hoard is what the action memory has taken.
var hoard [][]byte

type conn struct {
	drivers.Conn
	driver *Driver
	device string
	script Script
	once   sync.Once
	closed chan struct{}
	last   []tag.Value
}

func (c *conn) step(op string) step { return c.driver.next(c.device, c.script, op) }

// before does what a step does before, or instead of, the operation.
func (c *conn) before(ctx context.Context, s step) error {
	switch s.action {
	case "error":
		return errors.New(s.text)
	case "delay":
		t := time.NewTimer(s.delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
		}
	case "hang":
		<-c.closed
		return errors.New("fault: the connection was closed")
	case "panic":
		panic("fault: as the script says")
	case "crash":
		go panic("fault: beside the operation, as the script says")
		<-c.closed
	case "exit":
		os.Exit(7)
	case "memory":
		for {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1 // a page that is not touched costs nothing
			}
			hoard = append(hoard, b)
		}
	}
	return nil
}

// after changes the values of a step that lies.
func (c *conn) after(s step, vals []tag.Value) {
	switch s.action {
	case "bad":
		for i := range vals {
			vals[i] = tag.Value{Source: vals[i].Source, Quality: tag.BadDeviceFailure}
		}
	case "lie":
		for i := range vals {
			if f, ok := vals[i].Value.Float(); ok {
				vals[i].Value = tag.Float(f + 1000)
			}
		}
	case "late":
		now := append([]tag.Value(nil), vals...)
		copy(vals, c.last)
		c.last = now
		return
	}
	c.last = append(c.last[:0], vals...)
}

// Read implements drivers.Conn.
func (c *conn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	s := c.step("read")
	if err := c.before(ctx, s); err != nil {
		return err
	}
	if err := c.Conn.Read(ctx, points, vals); err != nil {
		return err
	}
	c.after(s, vals)
	return nil
}

// Write implements drivers.Conn.
func (c *conn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	s := c.step("write")
	switch s.action {
	case "lost":
		return fmt.Errorf("%w: as the script says", drivers.ErrUnknown)
	case "unknown":
		if err := c.Conn.Write(ctx, p, v); err != nil {
			return err
		}
		return fmt.Errorf("%w: as the script says", drivers.ErrUnknown)
	}
	if err := c.before(ctx, s); err != nil {
		return err
	}
	return c.Conn.Write(ctx, p, v)
}

// Close implements drivers.Conn.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	if c.Conn == nil {
		return nil
	}
	return c.Conn.Close()
}

// Browse implements drivers.Browser.
func (c *conn) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	b, _ := drivers.As[drivers.Browser](c.Conn)
	return b.Browse(ctx, under)
}

// ReadHistory implements drivers.HistoryReader.
func (c *conn) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	if err := c.before(ctx, c.step("history")); err != nil {
		return nil, err
	}
	h, _ := drivers.As[drivers.HistoryReader](c.Conn)
	return h.ReadHistory(ctx, p, from, to)
}

// Probe implements drivers.Prober.
func (c *conn) Probe(ctx context.Context) error {
	p, _ := drivers.As[drivers.Prober](c.Conn)
	return p.Probe(ctx)
}

// Subscribe implements drivers.Subscriber.
func (c *conn) Subscribe(ctx context.Context, points []drivers.Point, push func(idx []int, vals []tag.Value)) (<-chan error, error) {
	inner, _ := drivers.As[drivers.Subscriber](c.Conn)
	stopped := false
	return inner.Subscribe(ctx, points, func(idx []int, vals []tag.Value) {
		if stopped {
			return
		}
		s := c.step("push")
		if stopped = s.action == "stop"; stopped {
			return
		}
		if c.before(context.Background(), s) != nil {
			return
		}
		c.after(s, vals)
		push(idx, vals)
	})
}
