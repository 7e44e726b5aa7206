package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"penstock/historian/internal/sqlite"
)

// version is the version of ops.db this program reads and writes.
const version = 1

// schema makes a new ops.db. The triggers do not stop a determined hand, the
// hash chain shows what it did; they stop a mistake.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
	seq     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	source  INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	action  TEXT NOT NULL,
	subject TEXT NOT NULL,
	area    TEXT NOT NULL,
	who     TEXT NOT NULL,
	station TEXT NOT NULL,
	old     TEXT NOT NULL,
	new     TEXT NOT NULL,
	outcome TEXT NOT NULL,
	note    TEXT NOT NULL,
	ref     TEXT NOT NULL,
	level   INTEGER NOT NULL,
	docs    BLOB,
	hash    BLOB NOT NULL
);
CREATE INDEX entries_at ON entries(at);
CREATE INDEX entries_subject ON entries(subject);
CREATE TABLE docs (
	kind TEXT NOT NULL,
	id   TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entries_are BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entries_follow BEFORE INSERT ON entries
	WHEN NEW.seq <> (SELECT ifnull(max(seq), 0) + 1 FROM entries)
	BEGIN SELECT RAISE(ABORT, 'the journal has no holes'); END;
CREATE TRIGGER meta_stays BEFORE DELETE ON meta BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER meta_is BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
`

// ErrVersion says that ops.db was written by a newer program.
var ErrVersion = errors.New("the journal was written by a newer program")

// prepare makes the schema in a new file and checks that of an old one.
func prepare(ctx context.Context, f *sqlite.File) error {
	var n int
	if err := f.Reader.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'entries'").Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		if f.Writer == nil {
			return errors.New("it holds no journal")
		}
		if err := f.Write(ctx, create); err != nil {
			return err
		}
	}
	var have int
	switch err := f.Reader.QueryRowContext(ctx, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'version'").Scan(&have); {
	case err != nil:
		return fmt.Errorf("read its version: %w", err)
	case have > version:
		return fmt.Errorf("%w: it has version %d, this program reads %d", ErrVersion, have, version)
	}
	return nil
}

// create fills a new file. The genesis is random, so that the chain of one
// installation cannot be passed off as that of another.
func create(tx *sql.Tx) error {
	if _, err := tx.Exec(schema); err != nil {
		return err
	}
	genesis := make([]byte, hashSize)
	rand.Read(genesis) // never fails
	if _, err := tx.Exec("INSERT INTO meta VALUES ('genesis', ?)", genesis); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO meta VALUES ('version', ?)", fmt.Sprint(version))
	return err
}
