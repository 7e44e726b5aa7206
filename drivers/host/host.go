// Package host runs drivers in child processes, so that what goes wrong in a
// protocol library (a panic in a goroutine of its own, a gigabyte allocated for
// nine bytes received, a deadlock) costs one child and not the control room.
//
// Wrap makes of each driver of a set one that runs it in a supervised child of
// the same binary, and is itself a Driver with the same abilities; nothing above
// it can tell. There is one child for each device, or for each line that devices
// share. Main, called first in main, is the child's side:
//
//	func main() {
//		host.Main(drivers.Set{"modbus": new(modbus.Driver), ...}) // does not return in a child
//		set := host.Wrap(drivers.Set{"modbus": new(modbus.Driver), ...})
//
// Parent and child speak length-limited frames over the child's standard input
// and output. What a child writes to standard error goes to the flight recorder.
// The parent believes nothing it receives: a frame that does not decode ends the
// child.
//
// A child dies with its parent: when its input ends, and on Linux also by the
// kernel's hand. (Windows: only by its input; a job object would be the kernel's
// hand there.) It has a memory limit: Go's own, a watch on it, and on Linux
// RLIMIT_AS. When it dies every connection in it fails at once, and the next
// Dial starts a new one.
package host

import (
	"context"
	"fmt"
	"maps"
	"os"
	"sync"
	"time"

	"penstock/drivers"
)

// Memory is how much a child may use beyond what it starts with, in bytes.
const Memory = 512 << 20

// linger is how long a child without connections is kept for the next Dial.
const linger = 20 * time.Second

// verb is the hidden command that makes the binary a child.
const verb = "io-host"

// Environment of a child.
const (
	envDriver = "PENSTOCK_IO_DRIVER" // its key in the set
	envMemory = "PENSTOCK_IO_MEMORY" // bytes
)

// Main serves a driver of set and exits, if this process is a child; else it
// returns at once.
func Main(set drivers.Set) {
	if len(os.Args) < 2 || os.Args[1] != verb {
		return
	}
	drv := set[os.Getenv(envDriver)]
	if drv == nil {
		fmt.Fprintln(os.Stderr, verb+" is how the program runs its own drivers; there is nothing in it for people")
		os.Exit(2)
	}
	out := os.Stdout
	os.Stdout = os.Stderr // a library that prints must not speak to the parent
	limitMemory(os.Getenv(envMemory))
	ignoreInterrupt()
	if err := serve(drv, os.Stdin, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Wrap returns a set whose drivers run in child processes.
func Wrap(set drivers.Set) drivers.Set {
	out := maps.Clone(set)
	for name, d := range set {
		w := &Driver{name: name, inner: d, memory: Memory}
		out[name] = w
		if l, ok := d.(drivers.Liner); ok {
			out[name] = &lineDriver{Driver: w, liner: l}
		}
	}
	return out
}

// Driver runs another driver in child processes.
type Driver struct {
	name   string
	inner  drivers.Driver
	memory int

	mu       sync.Mutex
	children map[string]*child
}

type lineDriver struct {
	*Driver
	liner drivers.Liner
}

// Line implements drivers.Liner.
func (d *lineDriver) Line(dev drivers.Device) string { return d.liner.Line(dev) }

// Dial implements drivers.Driver.
func (d *lineDriver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	if line := d.liner.Line(dev); line != "" {
		return d.dial(ctx, dev, "line "+line)
	}
	return d.Driver.Dial(ctx, dev)
}

// CheckDevice implements drivers.Driver: in this process, since it only looks
// at what an engineer wrote.
func (d *Driver) CheckDevice(dev drivers.Device) error { return d.inner.CheckDevice(dev) }

// Explain implements drivers.Explainer, in this process. It is empty where the
// inner driver has nothing to say.
func (d *Driver) Explain(dev drivers.Device, p drivers.Point) (string, error) {
	if e, ok := d.inner.(drivers.Explainer); ok {
		return e.Explain(dev, p)
	}
	return "", nil
}

// CheckPoint implements drivers.Driver, in this process.
func (d *Driver) CheckPoint(dev drivers.Device, p drivers.Point) error {
	return d.inner.CheckPoint(dev, p)
}

// Dial implements drivers.Driver. It starts a child where none is running.
func (d *Driver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	return d.dial(ctx, dev, "device "+dev.Name+" "+dev.Endpoint)
}

func (d *Driver) dial(ctx context.Context, dev drivers.Device, key string) (drivers.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ch, err := d.hold(key)
	if err != nil {
		return nil, fmt.Errorf("start the driver's process: %w", err)
	}
	c := &conn{child: ch, trace: drivers.TracerOf(ctx)}
	ch.register(c)
	body := putDevice(putBool(nil, c.trace != nil), dev)
	r, err := ch.call(ctx, opDial, c.id, c.id, body)
	c.audited(ctx)
	if err != nil {
		if ctx.Err() != nil { // it may connect all the same
			ch.post(context.Background(), opClose, ch.number(), c.id, []byte{0})
		}
		ch.forget(c)
		d.release(ch)
		return nil, err
	}
	c.can = r.u8()
	if r.err != nil {
		ch.fail(fmt.Errorf("dial: %w", r.err))
		ch.forget(c)
		d.release(ch)
		return nil, r.err
	}
	c.done = func() { ch.forget(c); d.release(ch) }
	return c, nil
}

// hold returns a living child for key, counted as used once more.
func (d *Driver) hold(key string) (*child, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ch := d.children[key]; ch != nil && ch.alive() {
		ch.used++
		return ch, nil
	}
	ch, err := start(d.name, d.memory)
	if err != nil {
		return nil, err
	}
	if d.children == nil {
		d.children = map[string]*child{}
	}
	ch.key, ch.used = key, 1
	d.children[key] = ch
	return ch, nil
}

// release gives a child back; one that nobody uses is ended after a while.
func (d *Driver) release(ch *child) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ch.used--; ch.used > 0 {
		return
	}
	if !ch.alive() {
		d.drop(ch)
		return
	}
	ch.idle++
	idle := ch.idle
	time.AfterFunc(linger, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if ch.used == 0 && ch.idle == idle {
			d.drop(ch)
			ch.end()
		}
	})
}

func (d *Driver) drop(ch *child) {
	if d.children[ch.key] == ch {
		delete(d.children, ch.key)
	}
}

// Pids lists the processes of the children that live, for tests and for the
// page that shows what runs.
func (d *Driver) Pids() (out []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ch := range d.children {
		if ch.alive() {
			out = append(out, ch.cmd.Process.Pid)
		}
	}
	return out
}
