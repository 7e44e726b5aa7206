package historian

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// Report is what Verify found.
type Report struct {
	Files  int
	Rows   int
	Bytes  int64 // of row bodies
	Damage []Damage
}

// Err is nil when nothing is damaged.
func (r Report) Err() error {
	if len(r.Damage) == 0 {
		return nil
	}
	d := r.Damage[0]
	return fmt.Errorf("%d damaged, the first is %s %s row %d: %s", len(r.Damage), d.File, d.Table, d.Row, d.What)
}

// Verify reads every row of every file of a store, or of a backup of one, and
// checks its checksum, that its content decodes, and SQLite's own structure.
// The store may be open, here or elsewhere. An error means that Verify could
// not be done; damage is in the Report.
func Verify(ctx context.Context, dir string) (Report, error) {
	var r Report
	names, err := storeFiles(dir)
	if err != nil {
		return r, fmt.Errorf("verify: %w", err)
	}
	if len(names) == 0 {
		return r, fmt.Errorf("verify: %s holds no historian", dir)
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err := r.file(ctx, dir, name); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				continue // compacted away meanwhile; its samples are in a file to come
			}
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			r.damaged(name, "", 0, err)
		}
	}
	return r, nil
}

// storeFiles lists the files of a store in the order in which samples move
// through them, so that what moves while they are gone through is met twice
// rather than not at all.
func storeFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, stage := range []string{"hot", "day", "raw", "minute", "hour"} {
		for _, e := range entries {
			p, ok := parsePeriod(e.Name())
			if ok && p.kind == stage || stage == "hot" && e.Name() == "hot.db" {
				out = append(out, e.Name())
			}
		}
	}
	return out, nil
}

func (r *Report) damaged(file, table string, row int64, err error) {
	r.Damage = append(r.Damage, Damage{File: file, Table: table, Row: row, What: err.Error()})
}

// file checks one file.
func (r *Report) file(ctx context.Context, dir, name string) error {
	word, _, _ := strings.Cut(strings.TrimSuffix(name, ".db"), "-")
	f, err := sqlite.Open(filepath.Join(dir, name), sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer f.Close()
	if blank, err := isBlank(f); err != nil || blank {
		return err
	}
	r.Files++
	format, err := meta(f.Reader, metaFormat)
	if err == nil {
		err = checkFormat(name, format, word)
	}
	if err != nil {
		return err
	}
	if err := checkStructure(ctx, f); err != nil {
		return err
	}
	checks := map[string]func(q querier, id int64, body []byte) error{
		"meta": rowCheck(block.Meta, nil),
		"name": rowCheck(block.Names, nil),
	}
	var chunk block.Chunk
	var rolls block.Rolls
	var frame block.Frame
	var decoder block.RollDecoder
	switch word {
	case "hot":
		checks["edit"] = func(_ querier, id int64, body []byte) error { _, _, err := readCorrection(body, id); return err }
		checks["log"] = nil // keyed by its sequence, see below
	case "day", "raw":
		checks["chunk"] = rowCheck(block.Chunks, func(q querier, payload []byte) error {
			err := chunk.Open(payload, func(id int64) ([]byte, error) { return sharedRow(q, "times", block.Times, id) })
			if err == nil {
				err = chunk.Each(minTime, 1<<62, func(*block.Series) error { return nil })
			}
			return err
		})
		checks["times"] = rowCheck(block.Times, nil)
		checks["carry"] = rowCheck(block.Carry, func(_ querier, payload []byte) error {
			c := block.Read(payload)
			_, err := c.Points(nil)
			return err
		})
	case "minute":
		checks["roll"] = rowCheck(block.Minutes, func(q querier, payload []byte) error {
			return decoder.Read(&rolls, payload, minute, func(id int64, n int) (*block.Frame, error) {
				b, err := sharedRow(q, "frame", block.Frames, id)
				if err != nil {
					return nil, err
				}
				return &frame, decoder.Frame(&frame, b, n)
			})
		})
		checks["frame"] = rowCheck(block.Frames, nil)
	case "hour":
		checks["roll"] = rowCheck(block.Hours, func(_ querier, payload []byte) error { return decoder.Read(&rolls, payload, hour, noFrame) })
	}
	for table, check := range checks {
		if err := r.table(ctx, f, name, table, check); err != nil {
			return err
		}
	}
	return nil
}

// checkStructure asks SQLite whether the file's pages make sense.
func checkStructure(ctx context.Context, f *sqlite.File) error {
	var what string
	if err := f.Reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&what); err != nil {
		return err
	}
	if what != "ok" {
		return errors.New(what)
	}
	return nil
}

// table checks the rows of one table; a check may need another row, for which
// the pool has a second connection.
func (r *Report) table(ctx context.Context, f *sqlite.File, file, table string, check func(querier, int64, []byte) error) error {
	q := "SELECT id, id, body FROM " + table
	if table == "log" {
		q = "SELECT id, seq, body FROM log WHERE seq > 0"
		check = func(_ querier, seq int64, body []byte) error {
			payload, err := block.Payload(body, block.Log, seq)
			if err == nil {
				c := block.Read(payload)
				_, err = c.Points(nil)
			}
			return err
		}
	}
	rows, err := f.Reader.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, key int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &key, &body); err != nil {
			return err
		}
		r.Rows++
		r.Bytes += int64(len(body))
		if err := check(f.Reader, key, body); err != nil {
			r.damaged(file, table, id, err)
		}
	}
	return rows.Err()
}

func rowCheck(t block.Table, more func(querier, []byte) error) func(querier, int64, []byte) error {
	return func(q querier, id int64, body []byte) error {
		payload, err := block.Payload(body, t, id)
		if err != nil || more == nil {
			return err
		}
		return more(q, payload)
	}
}

func sharedRow(q querier, table string, t block.Table, id int64) ([]byte, error) {
	var b []byte
	if err := q.QueryRow("SELECT body FROM "+table+" WHERE id=?", id).Scan(&b); err != nil {
		return nil, errNoTimes
	}
	return block.Payload(b, t, id)
}
