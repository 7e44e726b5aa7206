package sim

import (
	"context"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// beat is how often a pushing connection says that it is alive.
const beat = 500 * time.Millisecond

// Subscribe implements drivers.Subscriber: every point is looked at once a
// period and pushed when it has changed.
func (c *pushConn) Subscribe(ctx context.Context, points []drivers.Point, push func(idx []int, vals []tag.Value)) (<-chan error, error) {
	c.note("-> subscribe %d", len(points))
	if err := c.request(ctx); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go c.pump(points, push, ended)
	return ended, nil
}

func (c *pushConn) pump(points []drivers.Point, push func(idx []int, vals []tag.Value), ended chan<- error) {
	step := beat
	for _, p := range points {
		if p.Period > 0 {
			step = min(step, p.Period)
		}
	}
	t := time.NewTicker(step)
	defer t.Stop()
	last := make([]tag.Value, len(points))
	due := make([]time.Time, len(points))
	var (
		idx  []int
		vals []tag.Value
		said time.Time
	)
	for {
		now := time.Now()
		idx, vals = idx[:0], vals[:0]
		c.plant.mu.Lock()
		hang := c.plant.faults.Hang
		if !hang {
			for i, p := range points {
				if now.Before(due[i]) {
					continue
				}
				due[i] = now.Add(max(p.Period, step) - step/2)
				v := c.value(p)
				if v.Value != last[i].Value || v.Quality != last[i].Quality || last[i] == (tag.Value{}) {
					last[i] = v
					idx, vals = append(idx, i), append(vals, v)
				}
			}
		}
		c.plant.mu.Unlock()
		if !hang && (len(idx) > 0 || now.Sub(said) >= beat) {
			push(idx, vals)
			said = now
		}
		select {
		case <-t.C:
		case <-c.cut:
			ended <- errCut
			return
		case <-c.done:
			ended <- errClosed
			return
		}
	}
}
