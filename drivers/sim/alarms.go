package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"penstock/app/tag"
	"penstock/drivers"
)

// Raise makes the device's own alarm stand, unacknowledged.
func (p *Plant) Raise(id, message string, severity int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events++
	p.report(drivers.Condition{
		ID: id, Name: id, Message: message, Severity: severity, Event: fmt.Sprint("event ", p.events), Time: p.clock(), Quality: tag.Good,
		Retain: true, Enabled: true, Active: true, Confirmed: true,
	})
}

// Clear lets the condition of an alarm return to normal. It stays in the list
// until it is acknowledged.
func (p *Plant) Clear(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.condition(id); i >= 0 {
		c := p.alarms[i]
		p.events++
		c.Active, c.Retain, c.Event = false, !c.Acked, fmt.Sprint("event ", p.events)
		p.report(c)
	}
}

func (p *Plant) condition(id string) int {
	return slices.IndexFunc(p.alarms, func(c drivers.Condition) bool { return c.ID == id })
}

// report replaces what stands of an alarm and tells everyone; p is locked.
func (p *Plant) report(c drivers.Condition) {
	if i := p.condition(c.ID); i >= 0 {
		p.alarms = slices.Delete(p.alarms, i, i+1)
	}
	if c.Retain {
		p.alarms = append(p.alarms, c)
	}
	for _, l := range p.listeners {
		select {
		case l <- c:
		default: // a listener that does not listen
		}
	}
}

// Conditions implements drivers.Alarmer.
func (c *conn) Conditions(ctx context.Context, push func(list []drivers.Condition, all bool)) (<-chan error, error) {
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	p := c.plant
	news := make(chan drivers.Condition, 1000)
	p.mu.Lock()
	standing := slices.Clone(p.alarms)
	p.listeners = append(p.listeners, news)
	p.mu.Unlock()
	ended := make(chan error, 1)
	go func() {
		defer func() {
			p.mu.Lock()
			p.listeners = slices.DeleteFunc(p.listeners, func(l chan drivers.Condition) bool { return l == news })
			p.mu.Unlock()
		}()
		push(standing, true)
		for {
			select {
			case n := <-news:
				push([]drivers.Condition{n}, false)
			case <-c.cut:
				ended <- errCut
				return
			case <-c.done:
				ended <- errClosed
				return
			}
		}
	}()
	return ended, nil
}

// Respond implements drivers.Alarmer.
func (c *conn) Respond(ctx context.Context, r drivers.Response) error {
	if err := c.request(ctx); err != nil {
		return err
	}
	p := c.plant
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.condition(r.ID)
	switch {
	case i < 0:
		return fmt.Errorf("%w: there is no alarm %q", drivers.ErrRefused, r.ID)
	case p.alarms[i].Event != r.Event:
		return fmt.Errorf("%w: the alarm has changed since", drivers.ErrRefused)
	}
	a := p.alarms[i]
	switch r.Do {
	case drivers.Acknowledge:
		if a.Acked {
			return fmt.Errorf("%w: it is acknowledged already", drivers.ErrRefused)
		}
		a.Acked, a.Retain = true, a.Active
	case drivers.Confirm:
		a.Confirmed = true
	case drivers.Comment:
	case drivers.ShelveFor:
		a.Shelved, a.ShelvedFor = true, r.Duration
	case drivers.ShelveOnce:
		a.Shelved, a.ShelvedFor = true, 0
	case drivers.Unshelve:
		a.Shelved, a.ShelvedFor = false, 0
	default:
		return fmt.Errorf("%w: there is no answer %d", drivers.ErrRefused, r.Do)
	}
	a.Comment = r.Comment
	p.events++
	a.Event = fmt.Sprint("event ", p.events)
	p.report(a)
	return nil
}

// Call implements drivers.Caller. The one object is "plant"; its methods are
// "add", which sums numbers, and "set", which sets a register.
func (c *conn) Call(ctx context.Context, object, method string, args []tag.Scalar) ([]tag.Scalar, error) {
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	p := c.plant
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	switch {
	case object == "plant" && method == "add":
		sum := 0.0
		for _, a := range args {
			f, ok := a.Float()
			if !ok {
				return nil, fmt.Errorf("%w: %q is not a number", drivers.ErrRefused, a)
			}
			sum += f
		}
		return []tag.Scalar{tag.Float(sum)}, nil
	case object == "plant" && method == "set" && len(args) == 2 && args[0].Kind() == tag.KindText:
		p.set(strings.TrimSpace(args[0].Str()), args[1])
		if p.faults.Swallow {
			return nil, fmt.Errorf("%w: the answer was lost", drivers.ErrUnknown)
		}
		return nil, nil
	}
	return nil, fmt.Errorf("%w: there is no method %s of %s with %d arguments", drivers.ErrRefused, method, object, len(args))
}

// Calls is how many method calls have reached the device.
func (p *Plant) Calls() int { p.mu.Lock(); defer p.mu.Unlock(); return p.calls }
