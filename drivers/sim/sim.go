// Package sim is the reference driver: a device inside the process that
// answers at once, by polling or by pushing, and that tests can make fail. What
// it does is what the contract in package drivers means.
//
// Endpoints are "sim://NAME"; devices with equal names share their registers.
// Addresses:
//
//	sine?period=10s&lo=0&hi=100     also ramp, square, triangle, noise
//	const?value=42
//	count?period=1s                 goes up by one a period
//	reg:NAME                        a register that can be set, of the point's type
//	reg:NAME?value=5                one that holds 5 before it is first set
//
// A register's source time is that of its last change, a signal's that of the
// reading. Types are float (also ""), int, bool and text. Options: mode = poll (also "")
// or push; latency = 5ms of every request; registers = closed: only registers
// that were made by Poke or a value exist (open: any).
package sim

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// Driver is the simulator. The zero Driver is ready. Its methods may be called
// from any goroutine.
type Driver struct {
	mu     sync.Mutex
	plants map[string]*Plant
}

// Plant is the state of one simulated device. It outlives connections.
type Plant struct {
	mu      sync.Mutex
	faults  Faults
	cut     chan struct{} // closed by a fault that ends connections
	changed chan struct{} // closed by every change of faults
	frozen  []func()      // writes that arrived while it hung
	regs    map[string]tag.Scalar
	past    map[string][]tag.Value
	writes  int
	dials   int
	open    int
	calls   int

	alarms    []drivers.Condition // the device's own, that stand
	events    int
	listeners []chan drivers.Condition
}

// Faults are what is wrong with a simulated device.
type Faults struct {
	Cut     error         // every connection ends with it, every dial fails with it
	Hang    bool          // nothing answers any more, pushes stop
	Latency time.Duration // of every request
	Refuse  bool          // writes are refused
	Swallow bool          // writes are done, but not confirmed
	Ignore  bool          // writes are confirmed, but not done
	Clock   time.Duration // the device's clock minus the true time
}

// Plant returns the state of the device at an endpoint.
func (d *Driver) Plant(endpoint string) *Plant {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plants == nil {
		d.plants = map[string]*Plant{}
	}
	p := d.plants[endpoint]
	if p == nil {
		p = &Plant{regs: map[string]tag.Scalar{}, past: map[string][]tag.Value{}, cut: make(chan struct{}), changed: make(chan struct{})}
		d.plants[endpoint] = p
	}
	return p
}

// Fault makes the device behave as f says; the zero Faults heal it.
func (p *Plant) Fault(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
	if !f.Hang {
		for _, do := range p.frozen {
			if f.Cut == nil { // else it is lost with its connection
				do()
			}
		}
		p.frozen = nil
	}
	close(p.changed)
	p.changed = make(chan struct{})
	if f.Cut != nil {
		close(p.cut)
		p.cut = make(chan struct{})
	}
}

// Poke sets a register as the process would.
func (p *Plant) Poke(name string, v tag.Scalar) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(name, v)
}

// Peek returns a register; none is a Scalar without a value.
func (p *Plant) Peek(name string) tag.Scalar {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.regs[name]
}

// Writes is how many writes have reached the device, Dials how many attempts
// to connect, Open how many connections there are now.
func (p *Plant) Writes() int { p.mu.Lock(); defer p.mu.Unlock(); return p.writes }

// Dials is how many attempts to connect have reached the device.
func (p *Plant) Dials() int { p.mu.Lock(); defer p.mu.Unlock(); return p.dials }

// Open is how many connections there are now.
func (p *Plant) Open() int { p.mu.Lock(); defer p.mu.Unlock(); return p.open }

const pastLimit = 10_000 // values a register remembers

func (p *Plant) set(name string, v tag.Scalar) {
	p.regs[name] = v
	h := append(p.past[name], tag.Value{Source: p.clock(), Value: v, Quality: tag.Good})
	p.past[name] = h[max(0, len(h)-pastLimit):]
}

func (p *Plant) clock() int64 { return time.Now().Add(p.faults.Clock).UnixNano() }

// CheckDevice implements drivers.Driver.
func (d *Driver) CheckDevice(dev drivers.Device) error {
	var faults []error
	if u, err := url.Parse(dev.Endpoint); err != nil || u.Scheme != "sim" || u.Host == "" {
		faults = append(faults, fmt.Errorf("%w: endpoint %q is not sim://NAME", drivers.ErrAddress, dev.Endpoint))
	}
	for k, v := range dev.Options {
		switch k {
		case "mode":
			if v != "" && v != "poll" && v != "push" {
				faults = append(faults, fmt.Errorf("option mode is %q, not poll or push", v))
			}
		case "registers":
			if v != "" && v != "open" && v != "closed" {
				faults = append(faults, fmt.Errorf("option registers is %q, not open or closed", v))
			}
		case "alive":
			if v != "" && v != "ask" && v != "never" {
				faults = append(faults, fmt.Errorf("option alive is %q, not ask or never", v))
			}
		case "latency":
			if l, err := time.ParseDuration(v); err != nil || l < 0 {
				faults = append(faults, fmt.Errorf("option latency is %q, not a duration such as 5ms", v))
			}
		default:
			faults = append(faults, fmt.Errorf("there is no option %s", k))
		}
	}
	return errors.Join(faults...)
}

// CheckPoint implements drivers.Driver.
func (d *Driver) CheckPoint(_ drivers.Device, p drivers.Point) error {
	_, err := parse(p)
	return err
}

// Dial implements drivers.Driver.
func (d *Driver) Dial(ctx context.Context, dev drivers.Device) (drivers.Conn, error) {
	if err := d.CheckDevice(dev); err != nil {
		return nil, err
	}
	p := d.Plant(dev.Endpoint)
	p.mu.Lock()
	p.dials++
	p.mu.Unlock()
	latency, _ := time.ParseDuration(dev.Options["latency"])
	c := &conn{plant: p, latency: latency, closed: dev.Options["registers"] == "closed", alive: dev.Options["alive"] != "never", done: make(chan struct{}), trace: drivers.TracerOf(ctx)}
	p.mu.Lock()
	c.cut = p.cut
	p.mu.Unlock()
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.open++
	p.mu.Unlock()
	if strings.EqualFold(dev.Options["mode"], "push") {
		return &pushConn{conn: c}, nil
	}
	return c, nil
}
