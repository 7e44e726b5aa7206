package plant

import (
	"context"
	"fmt"
	"slices"
	"time"

	"penstock/app/alarm"
	"penstock/historian/journal"
)

// unkept is what the journal has yet to take. Alarms are shown all the same
// where it cannot; their lines are tried again until they are kept.
type unkept struct {
	entries []journal.Entry // to be written now
	docs    []journal.Doc
	rest    []alarm.Transition // of a flood, to be written piece by piece
	resting map[string]bool    // alarms that are in rest

	err   error
	since int64
}

// pieceSize is how many transitions are written before it is the turn of a
// person who waits: some ten milliseconds of a disk.
const pieceSize = 128

// gather puts what rests of a flood, in its order, to what is written now.
func (u *unkept) gather() {
	u.add(u.rest)
	u.rest, u.resting = nil, nil
}

func (u *unkept) add(ts []alarm.Transition) {
	entries, docs := alarm.Record(ts)
	u.entries, u.docs = append(u.entries, entries...), append(u.docs, docs...)
}

// keep journals transitions, after all that came before them. It waits for the
// disk: an alarm that is not journalled has not happened.
func (p *Plant) keep(ts []alarm.Transition) error {
	if len(ts) == 0 || p.watch {
		return nil
	}
	p.unkept.gather()
	p.unkept.add(ts)
	return p.write()
}

// keepBatch is keep for what devices made happen. A flood is journalled in
// pieces, between which people are attended to; the list they see is made
// anew only when all of it is durable.
func (p *Plant) keepBatch(ts []alarm.Transition) {
	if len(ts) <= pieceSize || p.watch {
		p.keep(ts)
		return
	}
	u := &p.unkept
	if u.resting == nil {
		u.resting = map[string]bool{}
	}
	for i := range ts {
		u.resting[ts[i].Rule.ID] = true
	}
	u.rest = append(u.rest, ts...) // copied: the engine uses its slice again
	for len(u.rest) > 0 {
		n := min(pieceSize, len(u.rest))
		u.add(u.rest[:n])
		u.rest = u.rest[n:]
		if p.write() != nil {
			u.gather()
			return
		}
		p.attend()
	}
	u.rest, u.resting = nil, nil
}

// keepAnswer is keep for what a person did. It goes before what rests of a
// flood, unless that is about the same alarms.
func (p *Plant) keepAnswer(ts []alarm.Transition) error {
	u := &p.unkept
	follows := func(t alarm.Transition) bool { return u.resting[t.Rule.ID] }
	if len(u.rest) == 0 || len(u.entries) > 0 || slices.ContainsFunc(ts, follows) {
		return p.keep(ts)
	}
	if len(ts) == 0 || p.watch {
		return nil
	}
	u.add(ts)
	return p.write()
}

// retry writes what is not kept yet.
func (p *Plant) retry() error {
	p.unkept.gather()
	return p.write()
}

// write writes what is to be written now.
func (p *Plant) write() error {
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
	u.entries, u.docs, u.err = u.entries[:0], u.docs[:0], nil
	return nil
}
