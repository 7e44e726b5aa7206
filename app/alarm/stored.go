package alarm

import (
	"context"
	"errors"
	"iter"
	"time"

	"penstock/app/calc"
	"penstock/app/tag"
)

// Past is stored history; see historian.Store.
type Past interface {
	// Raw hands over what is stored of a tag, oldest first.
	Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error
	// At returns what each tag showed at t, the zero Value for nothing.
	At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error)
}

// settling is how much earlier a replay of history begins, so that values and
// delays are as they were when the span begins.
const settling = int64(time.Hour)

// ReplayHistory is Replay over stored history, from <= t < to, ns since 1970
// UTC. It returns soon after ctx is done, with its error. History that was
// thinned when it was stored is replayed as it was stored; what was stored
// before and has not changed since, such as a set point, counts.
func ReplayHistory(ctx context.Context, rules []Rule, scope calc.Scope, from, to int64, past Past) (*Replayed, error) {
	ids, err := Inputs(rules, scope)
	if err != nil {
		return nil, err
	}
	begin := from - settling
	before, err := past.At(ctx, begin-1, ids)
	if err != nil {
		return nil, err
	}
	var fault error
	streams := make([]iter.Seq[tag.Sample], len(ids))
	for i, id := range ids {
		streams[i] = func(yield func(tag.Sample) bool) {
			if v := before[i]; v.Quality != tag.NoData {
				v.Source, v.Received = 0, begin-1
				if !yield(tag.Sample{ID: id, Value: v}) {
					return
				}
			}
			err := past.Raw(ctx, id, begin, to, func(v tag.Value) bool { return ctx.Err() == nil && yield(tag.Sample{ID: id, Value: v}) })
			if fault == nil {
				fault = err
			}
		}
	}
	out, err := Replay(rules, scope, from, to, Merge(streams...))
	if err := errors.Join(fault, err, ctx.Err()); err != nil {
		return nil, err
	}
	return out, nil
}
