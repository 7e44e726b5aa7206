package kpi

import (
	"context"
	"errors"
	"iter"
	"time"

	"penstock/historian/journal"
)

// source is the journal.
type source interface {
	Each(ctx context.Context, f journal.Filter, do func(*journal.Entry) error) error
}

// scene is how far before a span Read looks for alarms that stand when it
// begins. What has stood for longer is not known of.
const scene = 30 * 24 * time.Hour

var errStop = errors.New("stop")

// Read computes the report of a span from the journal. It takes about a second
// for each half million entries, and may be given up through ctx.
func Read(ctx context.Context, from source, o Options) (*Report, error) {
	f := journal.Filter{From: o.From - int64(scene), To: o.To, Kinds: []journal.Kind{journal.Alarm}, OldestFirst: true}
	var err error
	if o.Since == 0 {
		if o.Since, err = begins(ctx, from); err != nil {
			return nil, err
		}
	}
	var entries iter.Seq[journal.Entry] = func(yield func(journal.Entry) bool) {
		err = from.Each(ctx, f, func(e *journal.Entry) error {
			if !yield(*e) {
				return errStop
			}
			return nil
		})
	}
	r := Compute(entries, o)
	if err != nil && err != errStop {
		return nil, err
	}
	return r, nil
}

// begins is when the journal begins; 0 where it is empty.
func begins(ctx context.Context, from source) (at int64, err error) {
	err = from.Each(ctx, journal.Filter{OldestFirst: true, Limit: 1}, func(e *journal.Entry) error {
		at = e.At
		return nil
	})
	return at, err
}
