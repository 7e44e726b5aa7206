package historian

import (
	"context"
	"database/sql"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// querier is what *sql.DB, *sql.Tx and *sql.Conn have in common for us.
type querier interface {
	Query(string, ...any) (*sql.Rows, error)
	QueryRow(string, ...any) *sql.Row
}

// setUp makes the tables of a file and its version row, or checks that the
// file is what its name says and not newer than this program.
func setUp(f *sqlite.File, schema, what string) error {
	b, err := meta(f.Writer, metaFormat)
	if err == nil && b != nil {
		return checkFormat(f.Path, b, what)
	}
	return f.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(schema); err != nil {
			return err
		}
		b, err := meta(tx, metaFormat)
		if err != nil || b != nil {
			return err
		}
		return putMeta(tx, metaFormat, append([]byte{formatVersion}, what...))
	})
}

func checkFormat(path string, b []byte, what string) error {
	if len(b) < 1 || string(b[1:]) != what {
		return fmt.Errorf("%s is a %q file, not a %q file", path, b[min(1, len(b)):], what)
	}
	if b[0] > formatVersion {
		return fmt.Errorf("%s was written by a newer program (format %d, this one reads %d)", path, b[0], formatVersion)
	}
	return nil
}

// raiseFormat makes a file that an older program began one of this version,
// before anything is written to it that the older one could not read.
func raiseFormat(tx *sql.Tx) error {
	b, err := meta(tx, metaFormat)
	if err != nil || len(b) < 1 || b[0] >= formatVersion {
		return err
	}
	b[0] = formatVersion
	return putMeta(tx, metaFormat, b)
}

// meta reads the payload of a Meta row; nil when there is none.
func meta(q querier, id int64) ([]byte, error) {
	var b []byte
	err := q.QueryRow("SELECT body FROM meta WHERE id=?", id).Scan(&b)
	if err == sql.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return block.Payload(b, block.Meta, id)
}

func putMeta(tx *sql.Tx, id int64, payload []byte) error {
	b := append(block.Begin(nil), payload...)
	_, err := tx.Exec("INSERT OR REPLACE INTO meta VALUES(?,?)", id, block.Finish(b, 0, block.Meta, id))
	return err
}

func putNames(tx *sql.Tx, first uint32, ids []tag.ID) error {
	for i, id := range ids {
		if id == "" { // a number whose tag is not known any more
			continue
		}
		num := int64(first) + int64(i)
		b := append(block.Begin(nil), id...)
		if _, err := tx.Exec("INSERT OR REPLACE INTO name VALUES(?,?)", num, block.Finish(b, 0, block.Names, num)); err != nil {
			return err
		}
	}
	return nil
}

// readNames calls f for every tag a file knows.
func readNames(q querier, f func(num uint32, id tag.ID), damaged func(table string, id int64, err error)) error {
	rows, err := q.Query("SELECT id, body FROM name ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var num int64
		var b sql.RawBytes
		if err := rows.Scan(&num, &b); err != nil {
			return err
		}
		payload, err := block.Payload(b, block.Names, num)
		if err != nil || num < 0 || num >= maxTags {
			damaged("name", num, block.ErrDamaged)
			continue
		}
		f(uint32(num), tag.ID(payload))
	}
	return rows.Err()
}
