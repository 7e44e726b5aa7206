package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Trace calls do with the entries of each subject that are of a kind and not
// later than t, ns since 1970 UTC, the newest of a subject first, until do
// returns false for it or there are no more. However long the journal is, it
// costs a search for each subject and a step for each entry. The entry is valid
// during the call.
func (j *Journal) Trace(ctx context.Context, kind Kind, t int64, subjects []string, do func(*Entry) (more bool)) error {
	fail := func(err error) error { return fmt.Errorf("read the journal: %w", err) }
	var last int64
	switch err := j.file.Reader.QueryRowContext(ctx, "SELECT seq FROM entries WHERE at <= ? ORDER BY at DESC, seq DESC LIMIT 1", t).Scan(&last); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fail(err)
	}
	// No transaction holds the searches together: nothing up to last changes.
	search, err := j.file.Reader.PrepareContext(ctx, "SELECT "+columns+" FROM entries WHERE subject = ? AND kind = ? AND seq <= ? ORDER BY seq DESC")
	if err != nil {
		return fail(err)
	}
	defer search.Close()
	for _, s := range subjects {
		if err := traceOne(ctx, search, do, s, string(kind), last); err != nil {
			return fail(err)
		}
	}
	return nil
}

func traceOne(ctx context.Context, search *sql.Stmt, do func(*Entry) bool, args ...any) error {
	rows, err := search.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := e.scan(rows); err != nil {
			return err
		}
		if !do(&e) {
			return nil
		}
	}
	return rows.Err()
}
