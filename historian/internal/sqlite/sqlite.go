// Package sqlite opens the SQLite files of the historian and the journal, each
// in the one way that was measured to keep what was acknowledged: WAL, full
// synchronisation, one writer connection, a few readers. It is the only
// package that names the SQL driver.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite"
)

// Options say how a file is opened. The zero Options open a durable file for
// reading and writing, and make it when it is not there.
type Options struct {
	PageSize   int           // bytes, a power of two from 512 to 65536, of a new file; 0: 4096
	Readers    int           // most reader connections; 0: 4
	CacheKiB   int           // page cache of each connection; 0: 2048
	Checkpoint int           // pages in the WAL that start a checkpoint; 0: 1000
	WALLimit   int           // bytes the WAL file is cut back to after a checkpoint; 0: 16 MiB
	Busy       time.Duration // how long to wait for another process's lock; 0: 10 s
	ReadOnly   bool          // open an existing file for reading alone; Writer is nil
}

// File is one open database file. Writer is a pool of exactly one connection
// whose transactions take the write lock at once (a commit that returns nil is
// on the disk); Reader is a pool for reading that sees committed data alone.
// A read must not run a second query while rows of the first are open, unless
// both go through one *sql.Conn: a full pool would wait for itself.
//
// SQLite's locks belong to the process: nobody may open the path by other
// means while it is open here.
type File struct {
	Path           string
	Writer, Reader *sql.DB
}

// Open opens the file at path.
func Open(path string, o Options) (*File, error) {
	f := &File{Path: path}
	isNew := false
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	} else {
		_, err := os.Stat(path)
		if isNew = os.IsNotExist(err); isNew {
			// The engine would let everybody read it. What it makes beside a
			// file gets the rights of the file.
			made, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				return nil, err
			}
			made.Close()
		}
		if f.Writer, err = connect(path, o, false); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		f.Writer.SetMaxOpenConns(1)
		f.Writer.SetMaxIdleConns(1)
		// The first connection is made here, so that a file that cannot be
		// opened fails now and the reader never has to create it.
		if err := touch(f.Writer); err != nil {
			f.Writer.Close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	var err error
	if f.Reader, err = connect(path, o, true); err == nil {
		n := orElse(o.Readers, 4)
		f.Reader.SetMaxOpenConns(n)
		f.Reader.SetMaxIdleConns(n)
		if err = touch(f.Reader); o.ReadOnly && IsReadOnly(err) {
			// A crash left a journal that must be rolled back before anyone
			// can read.
			err = recoverFile(path, o)
			if err == nil {
				err = touch(f.Reader)
			}
		}
	}
	if err == nil && isNew {
		err = syncDir(filepath.Dir(path)) // the new name must outlive a power cut
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return f, nil
}

func recoverFile(path string, o Options) error {
	o.ReadOnly = false
	db, err := connect(path, o, true)
	if err != nil {
		return err
	}
	defer db.Close()
	return touch(db)
}

// Close folds the WAL back into the file where no other process reads it, and
// closes the connections. Statements prepared on f must be closed before, or
// the WAL stays and the next opening has to recover it.
func (f *File) Close() error {
	if f.Reader != nil {
		f.Reader.Close()
	}
	if f.Writer == nil {
		return nil
	}
	_, err := f.Writer.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	if e := f.Writer.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", f.Path, err)
	}
	return nil
}

// Write runs do in one transaction. It is committed, and durable, when Write
// returns nil. After an error the transaction may or may not be there
// (a commit can fail after it reached the disk), so do must be idempotent.
func (f *File) Write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.Writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.Rollback()
		return err
	}
	return tx.Commit()
}

// CopyTo writes a consistent, compact copy of f to path, which must not exist,
// while f goes on being read and written. The copy is synced.
func (f *File) CopyTo(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("copy %s to %s: %w", f.Path, path, os.ErrExist)
	}
	if _, err := f.Reader.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		os.Remove(path)
		return fmt.Errorf("copy %s to %s: %w", f.Path, path, err)
	}
	if err := syncFile(path); err != nil {
		return fmt.Errorf("copy %s to %s: %w", f.Path, path, err)
	}
	return syncDir(filepath.Dir(path))
}

// Rename gives a database that nobody has open another name, with its WAL,
// durably. The database goes first: where only it has gone when the power
// fails, the WAL is found under the old name.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(from+end, to+end); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return syncDir(filepath.Dir(to))
}

func connect(path string, o Options, reader bool) (*sql.DB, error) {
	// The driver runs _pragma values in the order of their names, so that
	// page_size would come after journal_mode and be ignored: the mode has a
	// key of its own, which is applied last.
	dsn := fmt.Sprintf("%s?_pragma=page_size(%d)&_pragma=cache_size(-%d)&_pragma=wal_autocheckpoint(%d)&_pragma=journal_size_limit(%d)&_busy_timeout=%d&_txlock=immediate",
		uri(path), orElse(o.PageSize, 4096), orElse(o.CacheKiB, 2048), orElse(o.Checkpoint, 1000), orElse(o.WALLimit, 16<<20),
		orElse(o.Busy, 10*time.Second).Milliseconds())
	switch {
	case o.ReadOnly:
		dsn += "&mode=ro"
	case reader:
		dsn += "&_synchronous=FULL" // VACUUM INTO of a reader syncs the copy
	default:
		dsn += "&_journal_mode=WAL&_synchronous=FULL"
	}
	return sql.Open("sqlite", dsn)
}

// uri writes path as SQLite reads file names in URIs.
func uri(path string) string {
	path = filepath.ToSlash(path)
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	if filepath.VolumeName(path) != "" {
		path = "/" + path // file:/C:/data/hot.db
	}
	return "file:" + path
}

func touch(db *sql.DB) error {
	var n int
	return db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n)
}

func orElse[T comparable](v, or T) T {
	var zero T
	if v == zero {
		return or
	}
	return v
}
