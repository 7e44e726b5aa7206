package journal

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/historian/internal/sqlite"
)

// Options say which journal is opened, and how.
type Options struct {
	Path     string           // of ops.db
	ReadOnly bool             // an existing journal, perhaps one that another process writes
	Now      func() time.Time // the clock of entries that bring no time; nil: time.Now

	Anchors     []string           // files that anchors are appended to, best on another disk; made where they are missing
	AnchorKey   ed25519.PrivateKey // signs anchors; nil: they are bare
	anchorEvery time.Duration      // 0: anchorEvery
}

// ErrClosed is returned once Close was called.
var ErrClosed = errors.New("the journal is closed")

// ErrNoEntry says that documents were to be changed without saying why.
var ErrNoEntry = errors.New("documents change only with an entry that says why")

// Journal is an open ops.db. Its methods may be called from any goroutine.
type Journal struct {
	file *sqlite.File
	now  func() time.Time

	insert, keep, drop *sql.Stmt

	mu      sync.Mutex
	wake    sync.Cond
	urgent  []*request
	patient []*request
	held    map[docKey]int // documents in the patient queue
	closed  bool
	stopped chan struct{}

	// Of the writing goroutine.
	seq  int64
	head Hash
	buf  []byte

	anchors *anchoring // nil: none are written
	stats   stats
}

type docKey struct{ kind, id string }

// request is one call of Record.
type request struct {
	entries []Entry
	docs    []Doc
	done    chan error
	taken   bool
}

// Open opens the journal at o.Path, and makes it when it is not there. The
// error tells an unreadable file from a newer one (ErrVersion).
func Open(o Options) (*Journal, error) {
	j, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("open the journal %s: %w", o.Path, err)
	}
	return j, nil
}

func open(o Options) (*Journal, error) {
	f, err := sqlite.Open(o.Path, sqlite.Options{ReadOnly: o.ReadOnly})
	if err != nil {
		return nil, err
	}
	j := &Journal{file: f, now: o.Now, held: map[docKey]int{}, stopped: make(chan struct{})}
	j.wake.L = &j.mu
	if j.now == nil {
		j.now = time.Now
	}
	ctx := context.Background()
	if err = prepare(ctx, f); err == nil {
		j.seq, j.head, err = readHead(ctx, f.Reader)
	}
	if err == nil && !o.ReadOnly {
		err = j.statements()
	}
	if err != nil {
		j.release()
		return nil, err
	}
	if o.ReadOnly {
		close(j.stopped)
	} else {
		j.anchors = j.startAnchoring(o)
		go j.write()
	}
	return j, nil
}

func (j *Journal) statements() (err error) {
	for _, s := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&j.insert, "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
		{&j.keep, "INSERT INTO docs VALUES (?,?,?) ON CONFLICT DO UPDATE SET body = excluded.body"},
		{&j.drop, "DELETE FROM docs WHERE kind = ? AND id = ?"},
	} {
		if *s.to, err = j.file.Writer.Prepare(s.query); err != nil {
			return err
		}
	}
	return nil
}

// readHead returns the newest link of the chain: the genesis, with number 0,
// where there is no entry.
func readHead(ctx context.Context, db *sql.DB) (seq int64, h Hash, err error) {
	var b []byte
	err = db.QueryRowContext(ctx, "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").Scan(&seq, &b)
	if errors.Is(err, sql.ErrNoRows) {
		err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'genesis'").Scan(&b)
	}
	if err == nil && len(b) != hashSize {
		err = fmt.Errorf("the hash of entry %d has %d bytes", seq, len(b))
	}
	copy(h[:], b)
	return seq, h, err
}

// Close ends what is being recorded, and closes the file. Calls of Record
// that wait are recorded first.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closed = true
	j.wake.Signal()
	j.mu.Unlock()
	<-j.stopped
	j.anchors.stop()
	return j.release()
}

func (j *Journal) release() error {
	for _, s := range []*sql.Stmt{j.insert, j.keep, j.drop} {
		if s != nil {
			s.Close()
		}
	}
	return j.file.Close()
}

// Docs returns the documents of a kind, ordered by id.
func (j *Journal) Docs(kind string) ([]Doc, error) {
	rows, err := j.file.Reader.Query("SELECT id, body FROM docs WHERE kind = ? ORDER BY id", kind)
	if err != nil {
		return nil, fmt.Errorf("read the %s documents: %w", kind, err)
	}
	defer rows.Close()
	var out []Doc
	for rows.Next() {
		d := Doc{Kind: kind}
		if err := rows.Scan(&d.ID, &d.Body); err != nil {
			return nil, fmt.Errorf("read the %s documents: %w", kind, err)
		}
		if n := len(out); n > 0 && d.ID <= out[n-1].ID {
			return nil, fmt.Errorf("read the %s documents: %w", kind, errOrder)
		}
		out = append(out, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the %s documents: %w", kind, err)
	}
	return out, nil
}

// Copy writes a consistent copy of the journal to path, which must not exist.
func (j *Journal) Copy(ctx context.Context, path string) error { return j.file.CopyTo(ctx, path) }
