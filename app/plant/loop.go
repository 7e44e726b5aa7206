package plant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/historian/journal"
)

// loop is the one order in which things happen.
func (p *Plant) loop() {
	if !p.watch {
		p.wg.Go(p.tellLinks)
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var measured int64
	for {
		select {
		case a := <-p.batches:
			p.arrived(a)
			p.attend()
		case c := <-p.calls:
			p.attendTo(c)
			if s := p.standing.Load(); s == nil || len(s.Rows) < longList {
				p.publish()
			}
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

// longList is how many rows are too many to make the list anew for every
// click; the next tick does.
const longList = 1000

// call is something that is done in the loop.
type call struct {
	do     func(now int64)
	answer *answering // instead of do: what a person answers
}

// attend does what people wait for. The loop's select is fair, and in a flood
// of batches that is unfair: nobody who acts should wait for more than the one
// that is being taken.
func (p *Plant) attend() {
	select {
	case c := <-p.calls:
		p.attendTo(c)
	default:
	}
}

// attendAtMost bounds how many calls are done before batches have their turn.
const attendAtMost = 100

// attendTo does c and what else waits. Answers that wait together share a
// transaction, so that the last of a crowd waits no longer than the first.
func (p *Plant) attendTo(c call) {
	var answers []*answering
	for range attendAtMost {
		if c.answer != nil {
			p.answer(c.answer)
			answers = append(answers, c.answer)
		} else {
			p.settle(answers)
			answers = nil
			c.do(p.clock.ns())
		}
		select {
		case c = <-p.calls:
			continue
		default:
		}
		break
	}
	p.settle(answers)
}

// drain takes what links had handed over before they stopped.
func (p *Plant) drain() {
	for {
		select {
		case a := <-p.batches:
			p.arrived(a)
		default:
			p.keep(p.alarms.Flush(p.clock.ns()))
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
	if len(changed) <= pieceSize {
		p.keepBatch(p.alarms.Observe(now, changed))
		return
	}
	// Between the pieces of a large batch people are attended to.
	together, apart := p.alarms.Split(changed)
	p.keepBatch(p.alarms.Observe(now, together))
	for part := range slices.Chunk(apart, pieceSize) {
		p.keepBatch(p.alarms.Observe(now, part))
		p.attend()
	}
}

// publish makes the alarm list people see.
func (p *Plant) publish() {
	if n := p.alarms.Changes() + p.foreign.changes; n != p.seen || p.standing.Load() == nil {
		p.seen = n
		p.standing.Store(p.alarms.Standing().With(p.theirRows()))
	}
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
	c := call{do: func(now int64) { defer close(done); f(now) }}
	select {
	case p.calls <- c:
		<-done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return ErrStopped
	}
}
