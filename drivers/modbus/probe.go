package modbus

import (
	"context"
	"fmt"
	"time"

	"penstock/drivers"
	"penstock/drivers/modbus/plan"
)

var _ drivers.Prober = (*conn)(nil)

// Has is for drivers.As.
func (c *conn) Has(ability any) bool {
	_, probe := ability.(*drivers.Prober)
	return !probe || c.set.alive()
}

// Probe implements drivers.Prober. Units that share a socket, as those behind a
// gateway do, share one sign of life a second: each is asked in its turn.
func (c *conn) Probe(ctx context.Context) error {
	every := time.Duration(c.line.shared()) * drivers.ProbeAfter
	if time.Since(*c.ended.Load()) < every-drivers.ProbeAfter/2 {
		return nil
	}
	ctx, done := c.bound(ctx)
	defer done()
	r := c.smallest()
	_, err := c.lanes[0].again(ctx, polling, 1+c.set.retries, read(r.table, r.At, r.Len))
	if answered(err) {
		return nil
	}
	return words(c.set, fmt.Errorf("unit %d: %w", c.set.unit, err))
}

// smallest is the shortest of the reads the unit is asked for anyway; before
// there are any, the probe that every unit is expected to answer.
func (c *conn) smallest() request {
	p := c.set.probe
	best, found := request{table: p.Table, Block: plan.Block{At: int(p.Offset), Len: p.Words()}}, false
	for _, b := range c.batches {
		for _, r := range b.requests {
			if !r.suspect && (!found || r.places() < best.places()) {
				best, found = r, true
			}
		}
	}
	return best
}
