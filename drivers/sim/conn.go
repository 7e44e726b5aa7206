package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// conn is one connection to a Plant.
type conn struct {
	drivers.Meter // messages; there is no wire to have bytes on
	plant         *Plant
	latency       time.Duration
	closed        bool // registers do not come to be by being named
	alive         bool // signs of life are given
	trace         drivers.Tracer
	cut           chan struct{} // closed when the plant cuts its connections
	once          sync.Once
	done          chan struct{} // closed by Close
}

// pushConn is a conn that can also push.
type pushConn struct{ *conn }

var (
	errClosed = errors.New("sim: the connection is closed")
	errCut    = errors.New("sim: the line was cut")
)

// request takes the time a request takes and fails where the line would. What
// hangs goes on when the fault ends, as after a frozen process.
func (c *conn) request(ctx context.Context) (err error) {
	c.Sent(0)
	start := time.Now()
	defer func() {
		if err == nil {
			c.Received(0, time.Since(start))
		}
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.plant.mu.Lock()
		f, changed := c.plant.faults, c.plant.changed
		c.plant.mu.Unlock()
		if f.Cut != nil {
			return f.Cut
		}
		answer := make(chan struct{})
		if !f.Hang {
			t := time.AfterFunc(c.latency+f.Latency, func() { close(answer) })
			defer t.Stop()
			changed = nil // the answer is on its way
		}
		select {
		case <-c.done:
			return errClosed
		case <-c.cut:
			return errCut
		default:
		}
		if !f.Hang && c.latency+f.Latency == 0 {
			return nil
		}
		select {
		case <-answer:
			return nil
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.cut:
			return errCut
		case <-c.done:
			return errClosed
		}
	}
}

func (c *conn) note(format string, args ...any) {
	if c.trace != nil {
		c.trace(fmt.Sprintf(format, args...))
	}
}

// Has is for drivers.As.
func (c *conn) Has(ability any) bool {
	_, probe := ability.(*drivers.Prober)
	return !probe || c.alive
}

// Probe implements drivers.Prober.
func (c *conn) Probe(ctx context.Context) error {
	c.note("-> are you there?")
	if err := c.request(ctx); err != nil {
		return err
	}
	c.note("<- yes")
	return nil
}

// Read implements drivers.Conn.
func (c *conn) Read(ctx context.Context, points []drivers.Point, vals []tag.Value) error {
	c.note("-> read %d", len(points))
	if err := c.request(ctx); err != nil {
		return err
	}
	c.plant.mu.Lock()
	defer c.plant.mu.Unlock()
	for i, p := range points {
		vals[i] = c.value(p)
	}
	c.note("<- %d values", len(points))
	return nil
}

// value reads one point; the plant is locked.
func (c *conn) value(p drivers.Point) tag.Value {
	s, err := parse(p)
	if err != nil {
		return tag.Value{Quality: tag.BadConfigurationError}
	}
	v := tag.Value{Source: c.plant.clock(), Quality: tag.Good, Flags: tag.Simulated}
	if s.shape != "reg" {
		v.Value = s.at(time.Unix(0, v.Source))
		return v
	}
	held, ok := c.plant.regs[s.name]
	if !ok {
		if c.closed && s.value.Kind() == tag.None {
			return tag.Value{Quality: tag.BadConfigurationError}
		}
		if held = s.value; held.Kind() == tag.None {
			held, _ = s.hold(zero(s.kind))
		}
	}
	if h := c.plant.past[s.name]; ok && len(h) > 0 {
		v.Source = h[len(h)-1].Source // as OPC UA servers do: when it last changed
	}
	if v.Value, err = s.hold(held); err != nil {
		return tag.Value{Source: v.Source, Quality: tag.BadTypeMismatch}
	}
	return v
}

func zero(k tag.Kind) tag.Scalar {
	if k == tag.KindText {
		return tag.Text("")
	}
	return tag.Int(0)
}

// Write implements drivers.Conn.
func (c *conn) Write(ctx context.Context, p drivers.Point, v tag.Scalar) error {
	s, err := parse(p)
	if err != nil {
		return fmt.Errorf("%w: %w", drivers.ErrRefused, err)
	}
	if s.shape != "reg" {
		return fmt.Errorf("%w: %s can only be read", drivers.ErrRefused, p.Address)
	}
	held, err := s.hold(v)
	if err != nil {
		return err
	}
	c.note("-> write %s = %v", p.Address, v)
	c.plant.mu.Lock()
	f := c.plant.faults
	_, exists := c.plant.regs[s.name]
	switch {
	case ctx.Err() != nil || f.Cut != nil:
		c.plant.mu.Unlock()
		return c.request(ctx)
	case c.closed && !exists && s.value.Kind() == tag.None, f.Refuse:
		c.plant.mu.Unlock()
		return fmt.Errorf("%w: %s", drivers.ErrRefused, p.Address)
	}
	c.plant.writes++
	switch {
	case f.Hang: // it has arrived, and will be done when the device goes on
		c.plant.frozen = append(c.plant.frozen, func() { c.plant.set(s.name, held) })
	case !f.Ignore:
		c.plant.set(s.name, held)
	}
	c.plant.mu.Unlock()
	if f.Swallow {
		return fmt.Errorf("%w: the answer was lost", drivers.ErrUnknown)
	}
	if err := c.request(ctx); err != nil {
		return fmt.Errorf("%w: %w", drivers.ErrUnknown, err)
	}
	return nil
}

// Close implements drivers.Conn.
func (c *conn) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.plant.mu.Lock()
		c.plant.open--
		c.plant.mu.Unlock()
	})
	return nil
}

// Browse implements drivers.Browser: signals and registers.
func (c *conn) Browse(ctx context.Context, under string) ([]drivers.Node, error) {
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	switch under {
	case "":
		return []drivers.Node{{Address: "signals", Name: "signals", Parent: true}, {Address: "registers", Name: "registers", Parent: true}}, nil
	case "signals":
		var out []drivers.Node
		for _, shape := range strings.Fields("sine ramp square triangle noise count") {
			out = append(out, drivers.Node{Address: shape, Name: shape, Type: "float", Lo: 0, Hi: 100, Leaf: true})
		}
		return out, nil
	case "registers":
		c.plant.mu.Lock()
		defer c.plant.mu.Unlock()
		var out []drivers.Node
		for name, v := range c.plant.regs {
			out = append(out, drivers.Node{Address: "reg:" + name, Name: name, Type: v.Kind().String(), Leaf: true, Writable: true})
		}
		slices.SortFunc(out, func(a, b drivers.Node) int { return strings.Compare(a.Name, b.Name) })
		return out, nil
	}
	return nil, fmt.Errorf("%w: there is nothing under %q", drivers.ErrRefused, under)
}

// ReadHistory implements drivers.HistoryReader: registers remember.
func (c *conn) ReadHistory(ctx context.Context, p drivers.Point, from, to int64) ([]tag.Value, error) {
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	s, err := parse(p)
	if err != nil || s.shape != "reg" {
		return nil, fmt.Errorf("%w: %s has no history", drivers.ErrRefused, p.Address)
	}
	c.plant.mu.Lock()
	defer c.plant.mu.Unlock()
	if _, ok := c.plant.regs[s.name]; !ok && c.closed {
		return nil, fmt.Errorf("%w: there is no register %s", drivers.ErrRefused, s.name)
	}
	var out []tag.Value
	for _, v := range c.plant.past[s.name] {
		if v.Source >= from && v.Source < to {
			v.Flags |= tag.Simulated
			out = append(out, v)
		}
	}
	return out, nil
}
