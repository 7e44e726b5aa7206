package journal

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Filter chooses entries. The zero Filter chooses all; every field that is
// set narrows it.
type Filter struct {
	From, To int64  // From <= At < To, ns since 1970 UTC; To 0: no end
	After    int64  // Seq above this one
	Before   int64  // Seq below this one; 0: no end
	Kinds    []Kind // one of these
	Areas    []string
	Actions  []string
	On       string // exactly
	Who      string // exactly
	Ref      string // exactly
	Level    int    // this priority; 0: any
	Text     string // somewhere in what, action, who, old, new, outcome or note, large or small letters

	Limit       int  // at most so many; 0: DefaultLimit for Query, all for Each
	OldestFirst bool // else the newest come first
}

// DefaultLimit is how many entries Query returns where a Filter says nothing.
const DefaultLimit = 1000

// page is how many rows one SQL query reads: a reader that stays open keeps
// the WAL from being folded back.
const page = 2000

const columns = "seq, at, source, kind, action, subject, area, who, station, old, new, outcome, note, ref, level"

// Query returns the entries f chooses, in the order of the journal.
func (j *Journal) Query(ctx context.Context, f Filter) ([]Entry, error) {
	if f.Limit == 0 {
		f.Limit = DefaultLimit
	}
	var out []Entry
	err := j.Each(ctx, f, func(e *Entry) error {
		out = append(out, *e)
		return nil
	})
	return out, err
}

// Each calls do with every entry f chooses, in the order of the journal, until
// do returns an error, which Each returns. The entry is valid during the call.
func (j *Journal) Each(ctx context.Context, f Filter, do func(*Entry) error) error {
	if empty, err := j.narrow(ctx, &f); err != nil || empty {
		return err
	}
	left := f.Limit
	for before := int64(0); ; {
		n := page
		if f.Limit > 0 {
			n = min(page, left)
		}
		entries, err := j.read(ctx, f, n)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		for i := range entries {
			e := &entries[i]
			if before != 0 && (e.Seq > before) != f.OldestFirst || e.Seq == before {
				return fmt.Errorf("read the journal: %w", errOrder)
			}
			before = e.Seq
			if err := do(e); err != nil {
				return err
			}
		}
		if left -= len(entries); len(entries) < n || (f.Limit > 0 && left == 0) {
			return nil
		}
		if last := entries[len(entries)-1].Seq; f.OldestFirst {
			f.After = last
		} else {
			f.Before = last
		}
	}
}

// narrow turns the span of time into a span of numbers, which the entries are
// ordered by: the clock may have been set back in between.
func (j *Journal) narrow(ctx context.Context, f *Filter) (empty bool, err error) {
	if f.From == 0 && f.To == 0 {
		return false, nil
	}
	where, args := "at >= ?", []any{f.From}
	if f.To != 0 {
		where, args = where+" AND at < ?", append(args, f.To)
	}
	var lo, hi sql.NullInt64
	// One at a time: SQLite answers each from the index, both together by a scan.
	for _, q := range []struct {
		to    *sql.NullInt64
		query string
	}{{&lo, "SELECT min(seq) FROM entries WHERE "}, {&hi, "SELECT max(seq) FROM entries WHERE "}} {
		if err := j.file.Reader.QueryRowContext(ctx, q.query+where, args...).Scan(q.to); err != nil {
			return false, fmt.Errorf("read the journal: %w", err)
		}
	}
	if !lo.Valid {
		return true, nil
	}
	f.After = max(f.After, lo.Int64-1)
	if f.Before == 0 || f.Before > hi.Int64+1 {
		f.Before = hi.Int64 + 1
	}
	return false, nil
}

func (j *Journal) read(ctx context.Context, f Filter, limit int) ([]Entry, error) {
	where, args := f.where()
	order := "DESC"
	if f.OldestFirst {
		order = "ASC"
	}
	rows, err := j.file.Reader.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM entries WHERE %s ORDER BY seq %s LIMIT %d", columns, where, order, limit), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var e Entry
		if err := e.scan(rows); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

func (e *Entry) scan(rows *sql.Rows, more ...any) error {
	return rows.Scan(append([]any{&e.Seq, &e.At, &e.Source, &e.Kind, &e.Action, &e.On, &e.Area, &e.Who, &e.Station,
		&e.Old, &e.New, &e.Outcome, &e.Note, &e.Ref, &e.Level}, more...)...)
}

// where writes f as SQL. Nothing of f but the number of values is in the text.
func (f *Filter) where() (string, []any) {
	parts, args := []string{"seq > ?"}, []any{f.After}
	add := func(sql string, values ...any) {
		parts = append(parts, sql)
		args = append(args, values...)
	}
	if f.Before != 0 {
		add("seq < ?", f.Before)
	}
	if f.From != 0 {
		add("at >= ?", f.From)
	}
	if f.To != 0 {
		add("at < ?", f.To)
	}
	if len(f.Kinds) > 0 {
		add(oneOf("kind", len(f.Kinds)), anys(f.Kinds)...)
	}
	if len(f.Areas) > 0 {
		add(oneOf("area", len(f.Areas)), anys(f.Areas)...)
	}
	if len(f.Actions) > 0 {
		add(oneOf("action", len(f.Actions)), anys(f.Actions)...)
	}
	for _, is := range []struct{ column, value string }{{"subject", f.On}, {"who", f.Who}, {"ref", f.Ref}} {
		if is.value != "" {
			add(is.column+" = ?", is.value)
		}
	}
	if f.Level != 0 {
		add("level = ?", f.Level)
	}
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Text) + "%"
		var any []string
		for _, c := range []string{"subject", "action", "who", "old", "new", "outcome", "note"} {
			any = append(any, c+` LIKE ? ESCAPE '\'`)
			args = append(args, like)
		}
		parts = append(parts, "("+strings.Join(any, " OR ")+")")
	}
	return strings.Join(parts, " AND "), args
}

func oneOf(column string, n int) string {
	return column + " IN (?" + strings.Repeat(",?", n-1) + ")"
}

func anys[T ~string](in []T) (out []any) {
	for _, v := range in {
		out = append(out, string(v))
	}
	return out
}
