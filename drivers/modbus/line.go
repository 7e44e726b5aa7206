package modbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/drivers/modbus/wire"
)

// line owns one physical line. All units on it share it, and with it the
// order in which their requests go.
type line struct {
	name      string
	set       lineSettings
	transport transport
	counters  *wire.Counters
	rest      func(unit byte) time.Duration // how long to leave a unit alone
	turns     turns

	refs int // guarded by Driver.mu

	mu    sync.Mutex
	units map[byte]*unit
	users map[byte]int // connections by unit, so that it is known who shares the line
}

type transport interface {
	Do(ctx context.Context, request []byte, timeout time.Duration) ([]byte, error)
	Close()
}

func newLine(name string, s settings) *line {
	l := &line{name: name, set: s.line, units: map[byte]*unit{}, users: map[byte]int{}}
	l.turns.free = s.line.depth
	if !s.line.carrier.framed() {
		t := &wire.TCP{Dial: s.line.open, AnyUnit: s.anyUnit}
		l.transport, l.counters = t, &t.Counters
		l.rest = func(byte) time.Duration { return 0 }
		return l
	}
	t := &wire.Stream{
		Dial: s.line.open, Framing: wire.RTU{}, LocalEcho: s.line.echo, NoMarkers: s.line.silence,
		Char: s.line.char(), Quiet: s.line.quiet(), Guard: s.line.guard, Gap: s.line.innerGap(),
	}
	if s.line.carrier == asciiSerial || s.line.carrier == asciiTCP {
		t.Framing = wire.ASCII{}
	}
	l.transport, l.counters, l.rest = t, &t.Counters, t.Rest
	return l
}

// lineName is equal for devices that share a physical line.
func (l *lineSettings) lineName() string {
	if l.carrier.serial() {
		return "serial " + l.address
	}
	return "tcp " + l.address
}

// physical is what all units on a line must agree about; in the rest the
// first to come decides.
func (l lineSettings) physical() lineSettings {
	return lineSettings{carrier: l.carrier, address: l.address, baud: l.baud, data: l.data, parity: l.parity, stop: l.stop, tls: l.tls}
}

// join finds or makes the line of a device; leave gives it back. A line that
// nobody uses is closed but not forgotten: which of its units are demoted and
// which may still owe a reply matters when they are dialled again.
func (d *Driver) join(s settings) (*line, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := s.line.lineName()
	l := d.lines[name]
	if l == nil || l.refs == 0 && l.set != s.line {
		l = newLine(name, s)
		if d.lines == nil {
			d.lines = map[string]*line{}
		}
		d.lines[name] = l
	}
	if l.set.physical() != s.line.physical() {
		return nil, fmt.Errorf("another device uses %s with other line settings", name)
	}
	l.refs++
	l.mu.Lock()
	l.users[s.unit]++
	l.mu.Unlock()
	return l, nil
}

func (d *Driver) leave(l *line, unit byte) {
	l.mu.Lock()
	if l.users[unit]--; l.users[unit] == 0 {
		delete(l.users, unit)
	}
	l.mu.Unlock()
	d.mu.Lock()
	l.refs--
	last := l.refs == 0
	d.mu.Unlock()
	if last {
		l.transport.Close()
	}
}

// unit is what a line remembers of one of its units.
type unit struct {
	silent int           // requests without an answer since the last one
	wait   time.Duration // between probes while demoted; 0: not demoted
	next   time.Time     // of the next probe
}

var errDemoted = errors.New("it did not answer before and is probed only now and then, so that the others on the line keep their time")

// admit waits until a demoted unit may be probed. It returns how many
// attempts its probe has: a demoted unit has one. Where no other unit of the
// line answers it takes nobody's time and may be asked whenever somebody wants
// to: so a line that was cut is found again at once.
func (l *line) admit(ctx context.Context, s *settings) (attempts int, err error) {
	l.mu.Lock()
	u := l.units[s.unit]
	if u == nil || u.wait == 0 {
		l.mu.Unlock()
		return 1 + s.retries, nil
	}
	next := u.next
	alone := !l.othersAnswer(s.unit)
	l.mu.Unlock()
	if alone {
		return 1, nil
	}
	if limit, ok := ctx.Deadline(); ok && limit.Before(next.Add(s.timeout)) {
		return 0, fmt.Errorf("unit %d: %w; next in %v", s.unit, errDemoted, time.Until(next).Round(time.Second))
	}
	select {
	case <-time.After(time.Until(next)):
		return 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// shared is how many units use the line.
func (l *line) shared() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(1, len(l.users))
}

// othersAnswer reports whether the line is used by another unit that is not
// known to be silent. The caller holds l.mu.
func (l *line) othersAnswer(id byte) bool {
	for other := range l.users {
		if u := l.units[other]; other != id && (u == nil || u.silent == 0) {
			return true
		}
	}
	return false
}

// heard notes whether a unit answered, and demotes one that did not answer
// for too long. The first probe comes soon, because it may have been a hiccup;
// then the time between probes grows to three times what is set.
func (l *line) heard(s *settings, answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.units[s.unit]
	if answered {
		delete(l.units, s.unit)
		if u != nil && !l.othersAnswer(s.unit) { // it was the line: forgive them all
			clear(l.units)
		}
		return
	}
	if u == nil {
		u = new(unit)
		l.units[s.unit] = u
	}
	if u.silent++; u.silent < s.failures {
		return
	}
	u.wait = min(max(2*u.wait, s.every/4), 3*s.every)
	u.next = time.Now().Add(u.wait)
}
