package plant

import (
	"context"
	"fmt"
	"time"

	"penstock/app/alarm"
	"penstock/app/tag"
	"penstock/historian/journal"
)

// loop is the one order in which things happen.
func (p *Plant) loop() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var measured int64
	for {
		select {
		case a := <-p.batches:
			p.arrived(a)
		case call := <-p.calls:
			call(p.clock.ns())
			p.publish()
		case <-tick.C:
			now, step := p.clock.read()
			if step != 0 {
				p.stepped(now, step)
			}
			p.happened(now, p.Tags().Sweep(now))
			p.keep(p.alarms.Tick(now))
			if now-measured >= int64(systemEvery) {
				measured = now
				p.happened(now, p.Tags().Apply(now, p.measure(now)))
			}
			p.retry()
			p.publish()
		case <-p.ctx.Done():
			p.drain()
			return
		}
	}
}

// drain takes what links had handed over before they stopped.
func (p *Plant) drain() {
	for {
		select {
		case a := <-p.batches:
			p.arrived(a)
		default:
			p.retry()
			return
		}
	}
}

// arrived takes one batch of a link. A link that was lost or came back is
// told of first, so that alarms of its tags can be suppressed by it.
func (p *Plant) arrived(a arrival) {
	now := p.clock.ns()
	p.taken.Add(uint64(len(a.batch)))
	if s, changed := p.linkChanged(a.device, now); changed {
		p.happened(now, p.Tags().Apply(now, []tag.Sample{s}))
	}
	p.happened(now, p.Tags().Apply(now, a.batch))
}

func (p *Plant) happened(now int64, changed []tag.Sample) {
	if len(changed) == 0 {
		return
	}
	if !p.watch {
		p.History.Append(changed)
	}
	p.keep(p.alarms.Observe(now, changed))
}

// publish makes the alarm list people see.
func (p *Plant) publish() {
	if n := p.alarms.Changes(); n != p.seen || p.standing.Load() == nil {
		p.seen = n
		p.standing.Store(p.alarms.Standing())
	}
}

// unkept is what the journal could not take. Alarms are shown all the same;
// their lines are tried again until they are kept.
type unkept struct {
	entries []journal.Entry
	docs    []journal.Doc
	err     error
	since   int64
}

// keep journals transitions. It waits for the disk: an alarm that is not
// journalled has not happened.
func (p *Plant) keep(ts []alarm.Transition) error {
	if len(ts) == 0 || p.watch {
		return nil
	}
	entries, docs := alarm.Record(ts)
	p.unkept.entries = append(p.unkept.entries, entries...)
	p.unkept.docs = append(p.unkept.docs, docs...)
	return p.retry()
}

// retry writes what is not kept yet.
func (p *Plant) retry() error {
	u := &p.unkept
	if p.watch || len(u.entries) == 0 && len(u.docs) == 0 {
		return nil
	}
	if err := p.Journal.Record(context.Background(), u.entries, u.docs); err != nil {
		if u.err == nil {
			u.since = p.clock.ns()
		}
		u.err = err
		p.unkeptWorry.Store(&Worry{Text: fmt.Sprintf("The journal cannot be written; %d lines wait: %v", len(u.entries), err),
			Remedy: "Free space on the disk of the data folder, and check that it can be written", Since: time.Unix(0, u.since)})
		return fmt.Errorf("the journal cannot be written: %w", err)
	}
	p.unkeptWorry.Store(nil)
	*u = unkept{entries: u.entries[:0], docs: u.docs[:0]}
	return nil
}

// stepped notes that somebody, or a time server, set the wall clock.
func (p *Plant) stepped(now int64, by time.Duration) {
	p.steps.Store(int64(by))
	p.stepAt.Store(now)
	p.unkept.entries = append(p.unkept.entries, journal.Entry{At: now, Kind: journal.System, Action: "clock set", Station: p.conf.Station,
		Note: fmt.Sprintf("the clock of this computer was set by %v", by.Round(time.Millisecond))})
}

// inLoop runs f in the loop and waits for it.
func (p *Plant) inLoop(ctx context.Context, f func(now int64)) error {
	done := make(chan struct{})
	call := func(now int64) { defer close(done); f(now) }
	select {
	case p.calls <- call:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return ErrStopped
	}
}
