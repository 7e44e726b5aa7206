package modbus

import (
	"context"
	"errors"
	"slices"
	"time"

	"penstock/app/tag"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
	"penstock/drivers/modbus/wire"
)

// Some units say nothing at all to a request they do not like, instead of
// refusing it. Without care one such address would look like a dead unit and
// take all its tags down. So a request without an answer is followed by the
// probe: when that is answered, the unit is there and ignored the request.
// What exactly it ignores is found by halving, as for refusals, but because
// every step costs a whole timeout only one is paid for a scan.

// errIgnored is a request that a unit ignored while it answers others.
var errIgnored = errors.New("the unit ignores this request")

// oftenIgnored is in how many scans in a row a request must be ignored before
// it is looked into: less may be an accident.
const oftenIgnored = 4

// alive asks the unit something it is known to answer.
func (r *scan) alive(ctx context.Context, l *lane) bool {
	_, err := l.once(ctx, polling, r.c.probe())
	return answered(err)
}

// block is a request without its items.
type block struct {
	table   reg.Table
	at, len int
}

func (r request) block() block { return block{r.table, r.At, r.Len} }

// doubt is a part of an ignored request that is not yet understood.
type doubt struct {
	request
	twin *doubt // the other half
	good bool   // it was answered after all
}

// doubted says which items are kept out of the plan because of a doubt.
func (b *batch) doubted() []bool {
	out := make([]bool, len(b.items))
	for _, d := range b.doubts {
		for _, i := range d.Items {
			out[i] = true
			b.standing[i] = tag.BadTimeout
		}
	}
	return out
}

// explore counts the requests ignored in this scan, and looks into doubts
// until one has cost a timeout.
func (r *scan) explore(ctx context.Context, l *lane) {
	b := r.batch
	missed := map[block]int{}
	for _, req := range r.ignored {
		k := req.block()
		if missed[k] = b.missed[k] + 1; missed[k] == oftenIgnored {
			r.divide(&doubt{request: req})
		}
	}
	b.missed = missed
	if len(r.ignored) > 0 {
		return // this scan has cost enough
	}
	for len(b.doubts) > 0 && r.fatal == nil && ctx.Err() == nil {
		if limit, ok := ctx.Deadline(); ok && time.Until(limit) < r.c.set.timeout*5/4 {
			return // not enough time to tell
		}
		d := b.doubts[0]
		b.doubts = b.doubts[1:]
		b.version = -1
		err := r.fetchDoubt(ctx, l, d)
		switch {
		case err == nil:
			d.good = true
			r.reunite(d)
		case refusal(exceptionOf(err)):
			r.refused = append(r.refused[:0], refusedRequest{d.request, exceptionOf(err)})
			r.learn(ctx, l)
		case errors.Is(err, wire.ErrTimeout) && r.alive(ctx, l):
			r.divide(d)
			return
		default:
			b.doubts = append(b.doubts, d)
			return
		}
	}
}

func (r *scan) fetchDoubt(ctx context.Context, l *lane, d *doubt) error {
	data, err := l.once(ctx, polling, read(d.table, d.At, d.Len))
	if err == nil {
		r.batch.deliver(d.request, data, l.sent.Add(l.took/2).UnixNano(), r.vals)
	}
	return err
}

// divide halves a doubt, or blames what cannot be halved.
func (r *scan) divide(d *doubt) {
	r.batch.version = -1
	left, right, ok := plan.Halve(r.batch.spans(), d.Block)
	if !ok {
		r.c.learnt.rest(rangeOf(d.table, d.At, d.At+d.Len-1), time.Now(), ignoredRest)
		return
	}
	a := &doubt{request: request{table: d.table, Block: left}}
	z := &doubt{request: request{table: d.table, Block: right}, twin: a}
	a.twin = z
	r.batch.doubts = slices.Insert(r.batch.doubts, 0, a, z)
}

// reunite blames what lies between two halves that are each answered: the
// hole, or where there is none the length.
func (r *scan) reunite(d *doubt) {
	if d.twin == nil || !d.twin.good {
		return
	}
	left, right := d, d.twin
	if left.At > right.At {
		left, right = right, left
	}
	if end := left.At + left.Len; end < right.At {
		r.c.learnt.avoid(rangeOf(d.table, end, right.At-1))
		return
	}
	r.c.learnt.shorten(d.table.IsBits(), max(left.Len, right.Len))
}
