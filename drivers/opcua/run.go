package opcua

import (
	"errors"
	"fmt"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/wire"
)

// run takes what the server publishes until the subscription ends.
func (f *feed) run() error {
	if err := f.pushRefused(f.refused); err != nil {
		return err
	}
	f.beat = time.Now()
	for _, cl := range f.classes {
		cl.heard = f.beat
	}
	if err := f.ask(); err != nil {
		return err
	}
	if f.alarms != nil && f.alarms.blind {
		f.alarms.push(nil, true)
	}
	check := time.NewTicker(100 * time.Millisecond)
	defer check.Stop()
	retry := time.NewTicker(retryRefused)
	defer retry.Stop()
	for {
		// What has come counts before the clock does: we may have been held up
		// by push, not by the server.
		select {
		case a := <-f.answers:
			if err := f.take(a); err != nil {
				return err
			}
			continue
		default:
		}
		select {
		case a := <-f.answers:
			if err := f.take(a); err != nil {
				return err
			}
		case <-f.session.Done():
			return f.session.Err()
		case <-f.conn.life.Done():
			return errClosed
		case <-check.C:
			if err := errors.Join(f.alive(time.Now()), f.ask()); err != nil {
				return err
			}
		case <-retry.C:
			if err := errors.Join(f.conn.stillTrusted(), f.retry()); err != nil {
				return err
			}
		}
	}
}

// alive reports what has been silent for too long.
func (f *feed) alive(now time.Time) error {
	if quiet := now.Sub(f.beat); quiet > f.quiet {
		return fmt.Errorf("%w: the server's clock was last heard %.1f s ago", drivers.ErrQuiet, quiet.Seconds())
	}
	for _, cl := range f.classes {
		if quiet := now.Sub(cl.heard); quiet > cl.silence {
			return fmt.Errorf("%w: subscription %d has sent nothing for %.1f s", drivers.ErrQuiet, cl.id, quiet.Seconds())
		}
	}
	return nil
}

// ask keeps enough publish requests at the server.
func (f *feed) ask() error {
	for f.asked < f.depth {
		req := &ua.PublishRequest{SubscriptionAcknowledgements: f.acks}
		if f.acks == nil {
			req.SubscriptionAcknowledgements = []*ua.SubscriptionAcknowledgement{}
		}
		// The channel has room for every answer that was asked for, so the
		// receiver never waits here.
		if err := f.session.Send(req, publishHint, func(body []byte, err error) { f.answers <- answer{body, err} }); err != nil {
			return err
		}
		f.acks = nil
		f.asked++
	}
	return nil
}

// publishHint is how long a publish request may wait at the server.
const publishHint = 30 * time.Second

// take handles one PublishResponse.
func (f *feed) take(a answer) error {
	f.asked--
	switch {
	case errors.Is(a.err, ua.StatusBadTooManyPublishRequests):
		f.depth = max(f.asked, 1) // it keeps fewer than we want; the rest will do
		return nil
	case errors.Is(a.err, ua.StatusBadTimeout), errors.Is(a.err, ua.StatusBadRequestTimeout):
		return f.ask()
	case a.err != nil:
		return fmt.Errorf("publish: %w", a.err)
	}
	r := wire.NewCursor(a.body)
	p := r.Publish()
	if r.Err() != nil {
		return fmt.Errorf("publish: %w", r.Err())
	}
	cl := f.bySub[p.Subscription]
	if cl == nil {
		return f.ask() // a subscription of an earlier session that the server still remembers
	}
	now := time.Now()
	cl.heard = now
	if p.KeepAlive {
		cl.next = p.Sequence
		f.push(nil, nil) // the line is alive
		return f.ask()
	}
	if err := f.fill(cl, p.Sequence); err != nil {
		return err
	}
	cl.next = following(p.Sequence)
	f.acks = append(f.acks, &ua.SubscriptionAcknowledgement{SubscriptionID: p.Subscription, SequenceNumber: p.Sequence})
	// The next request goes out before the values are handed over: the sink
	// may take its time.
	if err := f.ask(); err != nil {
		return err
	}
	err := f.hand(p.Notices)
	f.extend(time.Since(now))
	return err
}

// extend forgives the silence of the time we were busy ourselves.
func (f *feed) extend(busy time.Duration) {
	f.beat = f.beat.Add(busy)
	for _, cl := range f.classes {
		cl.heard = cl.heard.Add(busy)
	}
}

func following(seq uint32) uint32 {
	if seq++; seq == 0 {
		return 1
	}
	return seq
}

// maxFill is how many lost messages are asked for again.
const maxFill = 100

// fill asks again for messages that went missing before seq.
func (f *feed) fill(cl *class, seq uint32) error {
	for n := 0; cl.next != seq && n < maxFill && seq-cl.next < maxFill; n++ {
		body, err := f.session.Call(f.conn.life, &ua.RepublishRequest{SubscriptionID: cl.id, RetransmitSequenceNumber: cl.next})
		if _, ok := refusal(err); ok {
			return nil // lost for good; the queues' overflow bits tell of it
		}
		if err != nil {
			return fmt.Errorf("republish: %w", err)
		}
		p := wire.NewCursor(body).Republish()
		if err := f.hand(p.Notices); err != nil {
			return err
		}
		cl.next = following(cl.next)
	}
	return nil
}

// hand pushes the values of one message.
func (f *feed) hand(n wire.Notices) error {
	f.idx, f.vals = f.idx[:0], f.vals[:0]
	f.conn.mu.Lock()
	names := f.conn.namespaces
	f.conn.mu.Unlock()
	var ended ua.StatusCode
	err := n.Each(wire.Sink{
		Data: func(handle uint32, dv wire.DataValue) {
			if handle == beatHandle {
				f.beat = time.Now()
				return
			}
			n := int(handle) - firstHandle
			if n < 0 || n >= len(f.items) {
				return
			}
			it := &f.items[n]
			for j, p := range it.points {
				f.idx = append(f.idx, p)
				f.vals = append(f.vals, it.picks[j].value(&dv))
			}
		},
		Event: func(_ uint32, v []wire.Value) {
			if f.alarms != nil {
				f.alarms.event(v, names)
			}
		},
		Ended: func(status uint32) { ended = ua.StatusCode(status) },
	})
	if err != nil {
		return err
	}
	f.push(f.idx, f.vals)
	if f.alarms != nil {
		f.alarms.flush()
		if f.alarms.again && !f.alarms.blind {
			if err := f.refresh(f.conn.life); err != nil {
				return err
			}
		}
	}
	if ended != ua.StatusOK {
		return fmt.Errorf("the server ended the subscription: %w", ended)
	}
	return nil
}

// pushRefused tells that items have no value, and why.
func (f *feed) pushRefused(items []int) error {
	f.idx, f.vals = f.idx[:0], f.vals[:0]
	for _, n := range items {
		it := &f.items[n]
		for _, p := range it.points {
			f.idx = append(f.idx, p)
			f.vals = append(f.vals, tag.Value{Quality: tag.FromStatus(uint32(it.status))})
		}
	}
	f.push(f.idx, f.vals)
	return nil
}

// retry tries the refused items again: a program may have been loaded into
// the controller meanwhile.
func (f *feed) retry() error {
	if len(f.refused) == 0 {
		return nil
	}
	items := f.refused
	f.refused = nil
	ctx := f.conn.life
	if err := f.renames(ctx); err != nil {
		return err
	}
	if err := f.resolve(ctx, items); err != nil {
		return err
	}
	for _, cl := range f.classes {
		var mine []int
		for _, n := range items {
			if f.items[n].class == cl {
				mine = append(mine, n)
			}
		}
		if len(mine) == 0 {
			continue
		}
		if err := f.monitor(ctx, cl, mine); err != nil {
			return err
		}
	}
	return f.pushRefused(f.refused)
}
