package main

import (
	"context"
	"fmt"
	"io"

	"penstock/historian/journal"
	"penstock/screens"
)

var _ screens.JournalWriter = (*room)(nil)

// WriteJournal implements screens.JournalWriter.
func (r *room) WriteJournal(ctx context.Context, w io.Writer, format string, f journal.Filter) error {
	switch {
	case r.Journal == nil:
		return fmt.Errorf("this station keeps no journal")
	case format == "xlsx":
		return r.Journal.WriteXLSX(ctx, w, f)
	}
	return writeEntries(ctx, &table{w: w}, r.Journal, f)
}
