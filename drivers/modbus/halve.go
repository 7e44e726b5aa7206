package modbus

import (
	"context"
	"time"

	"penstock/app/tag"
	"penstock/drivers/modbus/plan"
	"penstock/drivers/modbus/reg"
)

// learnBudget is how many requests one scan may spend on finding out what
// exactly the unit refuses. What is not found stays for the next scan.
const learnBudget = 64

// learn halves the requests the unit refused until it is known which points,
// which holes between points or which length it refuses.
func (r *scan) learn(ctx context.Context, l *lane) {
	h := halver{scan: r, l: l, spans: r.batch.spans(), budget: learnBudget}
	for _, f := range r.refused {
		h.split(ctx, f.request, f.code)
	}
}

// halver finds out what is wrong with refused requests. It runs when all
// lanes are done.
type halver struct {
	*scan
	l      *lane
	spans  []plan.Span
	budget int
}

// split looks into a request the unit refused.
func (h *halver) split(ctx context.Context, req request, code byte) {
	if code == illegalFunction {
		h.c.noTable[req.table] = time.Now().Add(refusedRest)
		h.blame(req)
		h.batch.version = -1
		return
	}
	left, right, ok := plan.Halve(h.spans, req.Block)
	if !ok {
		h.blame(req)
		h.c.learnt.rest(rangeOf(req.table, req.At, req.At+req.Len-1), time.Now(), refusedRest)
		return
	}
	okLeft := h.try(ctx, request{table: req.table, Block: left, suspect: req.suspect})
	okRight := h.try(ctx, request{table: req.table, Block: right, suspect: req.suspect})
	if okLeft && okRight {
		h.join(ctx, req, left, right)
	}
}

// join finds out why two halves can be read but not the whole. It is the
// hole between them, if a short request over the hole is refused too, or
// else the length.
func (h *halver) join(ctx context.Context, req request, left, right plan.Block) {
	if end := left.At + left.Len; end < right.At {
		last, first := h.spans[left.Items[len(left.Items)-1]], h.spans[right.Items[0]]
		at := min(last.At, end-1)
		length := first.At + first.Len - at
		bridged := refusedIt
		if length < req.Len {
			bridged = h.read(ctx, req.table, at, length)
		}
		if bridged == refusedIt {
			h.c.learnt.avoid(rangeOf(req.table, end, right.At-1))
		}
		if bridged != gaveIt {
			return
		}
	}
	// Every place of the whole can be read: narrow the length down.
	most, tooLong := max(left.Len, right.Len), req.Len
	for tooLong-most > 1 {
		middle := (most + tooLong) / 2
		switch h.read(ctx, req.table, req.At, middle) {
		case gaveIt:
			most = middle
		case refusedIt:
			tooLong = middle
		default:
			return
		}
	}
	h.c.learnt.shorten(req.table.IsBits(), most)
}

// try reads a part of a refused request.
func (h *halver) try(ctx context.Context, req request) bool {
	if h.budget == 0 || h.fatal != nil {
		return false
	}
	h.budget--
	err := h.fetch(ctx, h.l, req)
	if code := exceptionOf(err); refusal(code) {
		h.split(ctx, req, code)
		return false
	}
	h.settle(req, err)
	return err == nil
}

// trial is how a request ended that was made only to learn from it.
type trial uint8

const (
	saidNothing trial = iota // nothing was learnt
	gaveIt
	refusedIt
)

// read reads without handing anything out.
func (h *halver) read(ctx context.Context, t reg.Table, at, n int) trial {
	if h.budget == 0 || h.fatal != nil {
		return saidNothing
	}
	h.budget--
	_, err := h.l.again(ctx, polling, 1+h.c.set.retries, read(t, at, n))
	switch {
	case err == nil:
		return gaveIt
	case refusal(exceptionOf(err)):
		return refusedIt
	}
	return saidNothing
}

func (h *halver) blame(req request) {
	for _, i := range req.Items {
		h.vals[i] = tag.Value{Quality: tag.BadConfigurationError}
	}
}

func rangeOf(t reg.Table, from, to int) reg.Range {
	return reg.Range{Table: t, From: uint16(from), To: uint16(to)}
}

// refusal reports whether an exception says that a request asked for
// something the unit does not have.
func refusal(code byte) bool {
	return code == illegalFunction || code == illegalAddress || code == illegalValue
}
