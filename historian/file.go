package historian

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"penstock/app/tag"
	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// file is a sealed file: it names its own tags, so that it can be read without
// any other. It is counted: a reader that holds it may go on reading after it
// was dropped, and the last to let go removes it.
type file struct {
	*sqlite.File
	period  period
	mu      sync.Mutex
	stmts   map[string]*sql.Stmt
	known   map[uint32]bool // tags named in the file; nil: not read yet
	times   map[int64][]byte
	refs    int
	used    int64 // when, as a count of uses
	dropped bool
	serial  int64        // no other file that was ever opened has it
	version atomic.Int64 // rises when rows were written
}

var serials atomic.Int64

// The layouts of sealed files. All rows are written once, in the order of
// their keys; a chunk's key begins with its time, so files grow at the end.
const (
	metaNameSchema = `
CREATE TABLE IF NOT EXISTS meta(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS name(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
`
	samplesSchema = metaNameSchema + `
CREATE TABLE IF NOT EXISTS chunk(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS times(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS carry(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS damaged(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
`
	rollSchema = metaNameSchema + `
CREATE TABLE IF NOT EXISTS roll(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS frame(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
`
)

// A fileKind is what a sealed file holds; its word begins the file's name and
// is in its format row.
type fileKind struct {
	word     string
	schema   string
	pageSize int // bytes; chosen by what fits the rows with the least waste
}

var (
	dayKind    = fileKind{"day", samplesSchema, 16384} // sealed samples of one UTC day
	rawKind    = fileKind{"raw", samplesSchema, 2048}  // compacted samples of one month
	minuteKind = fileKind{"minute", rollSchema, 1024}  // rolls of one month's minutes
	hourKind   = fileKind{"hour", rollSchema, 4096}    // rolls of one year's hours
)

func openFile(path string, kind fileKind, readOnly bool) (*file, error) {
	f, err := sqlite.Open(path, sqlite.Options{PageSize: kind.pageSize, ReadOnly: readOnly, CacheKiB: 1024, Checkpoint: 4 << 20 / kind.pageSize})
	if err != nil {
		return nil, err
	}
	if readOnly {
		var b []byte
		if blank, e := isBlank(f); e != nil || blank {
			err = cmp.Or(e, errBlank)
		} else if b, err = meta(f.Reader, metaFormat); err == nil {
			err = checkFormat(path, b, kind.word)
		}
	} else {
		err = setUp(f, kind.schema, kind.word)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &file{File: f, stmts: map[string]*sql.Stmt{}, times: map[int64][]byte{}, serial: serials.Add(1)}, nil
}

// errBlank says that a file was just made, or its first transaction was lost
// in a power cut: it has nothing yet.
var errBlank = errors.New("the file is blank")

func isBlank(f *sqlite.File) (bool, error) {
	var tables int
	err := f.Reader.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables)
	return tables == 0, err
}

// query is a prepared query on the reader connections.
func (f *file) query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	f.mu.Lock()
	st := f.stmts[q]
	if st == nil {
		var err error
		if st, err = f.Reader.PrepareContext(ctx, q); err != nil {
			f.mu.Unlock()
			return nil, err
		}
		f.stmts[q] = st
	}
	f.mu.Unlock()
	return st.QueryContext(ctx, args...)
}

// one reads the checked payload of one row; nil when there is none.
func (f *file) one(ctx context.Context, q string, t block.Table, id int64) ([]byte, error) {
	rows, err := f.query(ctx, q, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var b []byte
	if err := rows.Scan(&b); err != nil {
		return nil, err
	}
	return block.Payload(b, t, id)
}

// keepShared is how many shared columns a file remembers.
const keepShared = 32

// timesOf fetches the payload of a shared time column.
func (f *file) timesOf(ctx context.Context) func(id int64) ([]byte, error) {
	return func(id int64) ([]byte, error) {
		f.mu.Lock()
		b := f.times[id]
		f.mu.Unlock()
		if b != nil {
			return b, nil
		}
		b, err := f.sharedRow(ctx, "SELECT body FROM times WHERE id=?", block.Times, id)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		if len(f.times) >= keepShared {
			clear(f.times)
		}
		f.times[id] = b
		f.mu.Unlock()
		return b, nil
	}
}

// sharedRow reads the payload of a shared column.
func (f *file) sharedRow(ctx context.Context, q string, table block.Table, id int64) ([]byte, error) {
	b, err := f.one(ctx, q, table, id)
	if err == nil && b == nil {
		err = errNoTimes
	}
	return b, err
}

// forgetTimes drops the remembered time columns.
func (f *file) forgetTimes() {
	f.mu.Lock()
	clear(f.times)
	f.mu.Unlock()
}

var errNoTimes = errors.New("a shared column is missing")

// write is Write; after an error it is not known what the file names.
func (f *file) write(ctx context.Context, do func(*sql.Tx) error) error {
	err := f.Write(ctx, do)
	f.version.Add(1) // after an error too: it may be there
	if err != nil {
		f.known = nil
	}
	return err
}

// nameTags writes the names of tags the file does not name yet.
func (f *file) nameTags(tx *sql.Tx, nums []uint32, ids []tag.ID) error {
	if f.known == nil {
		f.known = map[uint32]bool{}
		rows, err := tx.Query("SELECT id FROM name")
		if err != nil {
			return err
		}
		for rows.Next() {
			var num uint32
			if err := rows.Scan(&num); err != nil {
				rows.Close()
				return err
			}
			f.known[num] = true
		}
		// An error here has ended the transaction; what followed would be
		// committed statement by statement.
		if err := cmp.Or(rows.Close(), rows.Err()); err != nil {
			f.known = nil
			return err
		}
	}
	for _, num := range nums {
		if f.known[num] || int(num) >= len(ids) {
			continue
		}
		if err := putNames(tx, num, ids[num:num+1]); err != nil {
			f.known = nil // the transaction will be rolled back
			return err
		}
		f.known[num] = true
	}
	return nil
}

// close closes the connections.
func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, st := range f.stmts {
		st.Close()
	}
	f.stmts = nil
	return f.Close()
}

// remove deletes a database and what SQLite keeps beside it.
func remove(path string) error {
	err := os.Remove(path)
	for _, end := range []string{"-wal", "-shm"} {
		if e := os.Remove(path + end); err == nil && e != nil && !os.IsNotExist(e) {
			err = e
		}
	}
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// size is what a database takes on the disk, bytes.
func size(path string) (n int64) {
	for _, end := range []string{"", "-wal", "-shm"} {
		if st, err := os.Stat(path + end); err == nil {
			n += st.Size()
		}
	}
	return n
}
