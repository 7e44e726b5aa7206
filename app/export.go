package main

import (
	"context"

	"penstock/app/tag"
	"penstock/screens"
)

var _ screens.Samples = (*room)(nil)

// Raw hands every stored sample over, for the window's exports.
func (r *room) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	if r.History == nil {
		return nil
	}
	return r.History.Raw(ctx, id, from, to, yield)
}
