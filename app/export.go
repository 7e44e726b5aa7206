package main

import (
	"context"

	"penstock/app/auth"
	"penstock/app/command"
	"penstock/app/tag"
	"penstock/historian/journal"
	"penstock/screens"
)

var (
	_ screens.Samples = (*room)(nil)
	_ screens.Scribe  = (*room)(nil)
	_ screens.Paper   = (*room)(nil)
)

// Raw hands every stored sample over, for the window's exports.
func (r *room) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	if r.History == nil {
		return nil
	}
	return r.History.Raw(ctx, id, from, to, yield)
}

// Note implements screens.Scribe.
func (r *room) Note(ctx context.Context, s screens.Session, at int64, on tag.ID, text string) error {
	area := ""
	if c := r.Tags().Cell(on); c != nil {
		area = c.Def().Area
	}
	if s == nil || s.Ended() || !s.May(auth.Ack, area) {
		return command.ErrNotAllowed
	}
	return r.Journal.Record(ctx, []journal.Entry{{At: r.Now(), Source: at, Kind: journal.User, Action: screens.Noted,
		On: string(on), Area: area, Who: s.User(), Station: r.Station(), Note: text}}, nil)
}
