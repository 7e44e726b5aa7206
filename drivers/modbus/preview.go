package modbus

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"penstock/drivers"
	"penstock/drivers/modbus/plan"
)

// Preview is how a unit would be read, so that an engineer sees what his
// points cost before anything is connected.
type Preview struct {
	Base        int       `json:"base"`  // of classic addresses
	Order       string    `json:"order"` // of numbers that do not say
	MaxRead     int       `json:"max_read"`
	MaxReadBits int       `json:"max_read_bits"`
	Cost        plan.Cost `json:"cost"`    // assumed of a request and of a register, seconds; measured once it runs
	Never       []string  `json:"never"`   // ranges that are not to be read
	Refused     []string  `json:"refused"` // ranges the unit was found to refuse
	Alive       string    `json:"alive"`   // how a sign of life is asked for between scans, in words; empty: the scans are one
	Classes     []Class   `json:"classes"` // by period
}

// Class is the points of one period.
type Class struct {
	Period   time.Duration `json:"period_ns"`
	Points   int           `json:"points"`
	Requests []Request     `json:"requests"`
	Unread   []Place       `json:"unread"` // points in ranges the unit refuses; asked for now and then
	Seconds  float64       `json:"seconds"`
	Singly   float64       `json:"seconds_singly"` // if every point were asked for by itself
}

// Request is one read.
type Request struct {
	Function byte    `json:"function"`
	Range    string  `json:"range"`  // "IR0-47"
	Places   int     `json:"places"` // registers or bits
	Unused   int     `json:"unused"` // of these, nobody's: read because that is cheaper than another request
	Points   []Place `json:"points"`
}

// Place is where a point is.
type Place struct {
	Point int    `json:"point"` // index into the points that were given
	Wire  string `json:"wire"`  // as Explain says it
}

// Preview plans the reads of a device's points, with what was learnt of the
// unit before. Nothing is connected. Points that cannot be resolved are an
// error.
func (d *Driver) Preview(dev drivers.Device, points []drivers.Point) (Preview, error) {
	s, err := parse(dev)
	if err != nil {
		return Preview{}, err
	}
	c := newConn(d, nil, dev.Name, s)
	defer c.cancel()
	out := Preview{Base: s.mapping.Base, Order: s.mapping.Order.Letters(2), MaxRead: s.maxRead, MaxReadBits: s.maxReadBits, Cost: c.meter.Cost()}
	if n := c.learnt.longest(false); n > 0 {
		out.MaxRead = min(out.MaxRead, n)
	}
	if n := c.learnt.longest(true); n > 0 {
		out.MaxReadBits = min(out.MaxReadBits, n)
	}
	for _, r := range s.never {
		out.Never = append(out.Never, r.String())
	}
	for _, r := range c.learnt.ranges() {
		out.Refused = append(out.Refused, r.String())
	}
	byPeriod := map[time.Duration][]int{}
	for i, p := range points {
		byPeriod[p.Period] = append(byPeriod[p.Period], i)
		if _, wrong := s.resolve(p); wrong != nil {
			err = errors.Join(err, wrong)
		}
	}
	if err != nil {
		return Preview{}, err
	}
	for period, which := range byPeriod {
		out.Classes = append(out.Classes, c.preview(period, points, which))
	}
	slices.SortFunc(out.Classes, func(a, b Class) int { return cmp.Compare(a.Period, b.Period) })
	if len(out.Classes) > 0 && out.Classes[0].Period > drivers.ProbeAfter {
		out.Alive = c.aliveInWords()
	}
	return out, nil
}

func (c *conn) aliveInWords() string {
	switch {
	case c.set.line.carrier.framed():
		return "not asked for, as on every serial line: that the unit is gone shows at the next scan"
	case c.set.neverAlive:
		return "not asked for (option alive): that the unit is gone shows at the next scan"
	}
	r := c.smallest()
	return fmt.Sprintf("asked for once a second while no scan is due: FC%d %s", r.table.ReadCode(), rangeOf(r.table, r.At, r.At+r.Len-1))
}

// preview plans the points of one period.
func (c *conn) preview(period time.Duration, all []drivers.Point, which []int) Class {
	mine := make([]drivers.Point, len(which))
	for i, k := range which {
		mine[i] = all[k]
	}
	b := c.batchOf(mine)
	c.layOut(b, time.Now())
	place := func(i int) Place {
		return Place{which[i], c.set.mapping.Wire(b.items[i]) + ", " + b.items[i].Type.String()}
	}
	out := Class{Period: period, Points: len(which)}
	read := make([]bool, len(which))
	for _, r := range b.requests {
		if r.suspect {
			continue
		}
		q := Request{Function: r.table.ReadCode(), Range: rangeOf(r.table, r.At, r.At+r.Len-1).String(), Places: r.Len}
		wanted := make([]bool, r.Len)
		for _, i := range r.Items {
			read[i] = true
			q.Points = append(q.Points, place(i))
			for at := range b.items[i].Words() {
				wanted[int(b.items[i].Offset)-r.At+at] = true
			}
		}
		for _, w := range wanted {
			if !w {
				q.Unused++
			}
		}
		out.Requests = append(out.Requests, q)
		out.Seconds += b.cost.Req + b.cost.Place*float64(r.places())
	}
	for i, it := range b.items {
		out.Singly += b.cost.Req + b.cost.Place*float64(request{table: it.Table, Block: plan.Block{Len: it.Words()}}.places())
		if !read[i] {
			out.Unread = append(out.Unread, place(i))
		}
	}
	return out
}
