package forward

import (
	"context"
	"errors"
	"sync"
	"time"

	"penstock/app/tag"
	"penstock/historian"
)

// History is a store with what the database has beyond it: what local history
// still has comes from there, the rest from the database. It is safe for
// concurrent use.
type History struct {
	*historian.Store
	far *Reader

	mu    sync.Mutex
	since time.Time // the database is left alone until then
}

// NewHistory joins a store and a reader of what it has sent.
func NewHistory(s *historian.Store, far *Reader) *History { return &History{Store: s, far: far} }

// A trend must not wait for a database that is away.
const (
	patience = 10 * time.Second
	leave    = 30 * time.Second // after a failure
	longest  = 8 * 24 * time.Hour
)

// Buckets is historian.Store.Buckets. Where the store lacks what was asked for
// and the database does not answer, it is what the store has. Ranges of more
// than eight days are the store's, whose rolls of hours are kept for good.
func (h *History) Buckets(ctx context.Context, id tag.ID, from, to int64, n int) ([]historian.Bucket, error) {
	if to-from > int64(longest) || !h.Lacks(id, from, to, n) || !h.answers() {
		return h.Store.Buckets(ctx, id, from, to, n)
	}
	_, horizon := h.Newest()
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := historian.BucketsOf(joined{short, h, id, h.SamplesFrom(id)}, from, to, n, horizon)
	if err == nil {
		return out, nil
	}
	h.failed(ctx)
	near, other := h.Store.Buckets(ctx, id, from, to, n)
	if other != nil {
		return nil, errors.Join(other, err)
	}
	return near, nil
}

func (h *History) answers() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().After(h.since)
}

// failed leaves the database alone for a while, unless it was the caller who
// gave up.
func (h *History) failed(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	h.mu.Lock()
	h.since = time.Now().Add(leave)
	h.mu.Unlock()
}

// Raw is historian.Store.Raw, with the database's samples of the time before
// the store's own.
func (h *History) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	return joined{ctx, h, id, h.SamplesFrom(id)}.Samples(from, to, yield)
}

// joined is one tag of both.
type joined struct {
	ctx    context.Context
	h      *History
	id     tag.ID
	border int64 // from here on the store has samples
}

func (j joined) Before(t int64) (tag.Value, bool, error) {
	if t >= j.border {
		v, err := j.h.At(j.ctx, t, []tag.ID{j.id})
		if err != nil || v[0].At() >= j.border {
			return v[0], err == nil, err
		}
	}
	return j.h.far.Before(j.ctx, j.id, min(t, j.border-1))
}

func (j joined) Samples(from, to int64, yield func(tag.Value) bool) error {
	stopped := false
	err := j.h.far.Raw(j.ctx, j.id, from, min(to, j.border), func(v tag.Value) bool {
		stopped = !yield(v)
		return !stopped
	})
	if err != nil || stopped {
		return err
	}
	return j.h.Store.Raw(j.ctx, j.id, max(from, j.border), to, yield)
}
