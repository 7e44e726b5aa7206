package historian

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"

	"penstock/app/tag"
	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// formatVersion is the version of every file's layout, in its Meta row 1.
// A store reads this version and older ones, and refuses newer ones. Version 2
// has how samples are spread in the rolls of hours.
const formatVersion = 2

// Keys of Meta rows.
const (
	metaFormat = 1 // format version, and what file this is
	metaSealed = 2 // hot.db: log rows up to this one are in sealed files
	metaLast   = 3 // hot.db: the newest sample of every tag when metaSealed was written
)

// hotFile is hot.db: the log of commits that are not sealed yet, as a ring of
// rows that are overwritten in place (one page a commit, nothing allocated),
// the numbers of the tags, and the correction trail.
type hotFile struct {
	*sqlite.File
	conn   *sql.Conn // the writer connection, for the prepared statement
	update *sql.Stmt
	slots  int64

	mu     sync.Mutex // guards the connection and what follows
	seq    int64      // newest commit
	sealed int64      // newest commit that is in sealed files
	body   []byte
}

// growBy is how many slots the ring grows by.
const growBy = 64

// errLogFull says that every row of the ring is still to be sealed.
var errLogFull = errors.New("the log is full until the next seal")

// filling reports whether the log should be sealed soon.
func (h *hotFile) filling() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq-h.sealed >= h.slots*3/4
}

const hotSchema = `
CREATE TABLE IF NOT EXISTS log(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS meta(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS name(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS edit(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
`

// hotPage holds a commit of 1,000 samples in one row.
const hotPage = 8192

// hotName is the name of the file in the store's folder.
const hotName = "hot.db"

func openHot(path string, slots int, readOnly bool) (*hotFile, error) {
	f, err := sqlite.Open(path, sqlite.Options{PageSize: hotPage, Checkpoint: 2000, ReadOnly: readOnly})
	if err != nil {
		return nil, err
	}
	h := &hotFile{File: f, slots: int64(slots)}
	if !readOnly {
		if err = setUp(f, hotSchema, "hot"); err == nil {
			h.conn, err = f.Writer.Conn(context.Background())
		}
		if err == nil {
			h.update, err = h.conn.PrepareContext(context.Background(), "UPDATE log SET seq=?2, body=?3 WHERE id=?1")
		}
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *hotFile) Close() error {
	if h.update != nil {
		h.update.Close()
	}
	if h.conn != nil {
		h.conn.Close()
	}
	return h.File.Close()
}

// commit makes points durable as commit h.seq+1, with tags numbered since the
// last one and the payload of the correction that made them, if any. After an
// error the same call is to be made again: it writes the same row.
func (h *hotFile) commit(points []block.Point, first uint32, newTags []tag.ID, correction []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ctx := context.Background()
	seq := h.seq + 1
	if seq-h.sealed > h.slots {
		return errLogFull
	}
	b := block.AppendPoints(block.Begin(h.body[:0]), points)
	h.body = block.Finish(b, 0, block.Log, seq)
	id := (seq - 1) % h.slots
	if len(newTags) == 0 && correction == nil {
		done, err := h.update.ExecContext(ctx, id, seq, h.body)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			h.seq = seq
			return err
		}
	}
	tx, err := h.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := putNames(tx, first, newTags); err != nil {
		return err
	}
	if correction != nil {
		b := append(block.Begin(nil), correction...)
		if _, err := tx.Exec("INSERT OR REPLACE INTO edit VALUES(?,?)", seq, block.Finish(b, 0, block.Edits, seq)); err != nil {
			return err
		}
	}
	// New slots are made as large as a page, so that the rows of the ring
	// never share one and later commits change one page each.
	if _, err := tx.Exec("INSERT OR IGNORE INTO log(id,seq,body) WITH RECURSIVE slot(id) AS (SELECT ?1 UNION ALL SELECT id+1 FROM slot WHERE id+1 < ?2) SELECT id, 0, zeroblob(?3) FROM slot",
		id, min(id+growBy, h.slots), hotPage-192); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE log SET seq=?2, body=?3 WHERE id=?1", id, seq, h.body); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	h.seq = seq
	return nil
}

// markSealed makes it durable that commits up to seq are in sealed files.
func (h *hotFile) markSealed(seq int64, last []block.Point) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	tx, err := h.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := putMeta(tx, metaSealed, block.AppendInt(nil, seq)); err != nil {
		return err
	}
	if err := putMeta(tx, metaLast, block.AppendPoints(nil, last)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	h.sealed = seq
	return nil
}

// A logRow is one commit read back.
type logRow struct {
	seq    int64
	points []block.Point
}

// read returns the newest samples as of the last seal and the commits since,
// in order. Rows whose checksum does not hold are left out and told.
func (h *hotFile) read(damaged func(table string, id int64, err error)) (last []block.Point, rows []logRow, err error) {
	tx, err := h.Reader.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, nil, err
	}
	defer tx.Rollback() // one snapshot for all three
	if b, err := meta(tx, metaSealed); err != nil {
		return nil, nil, err
	} else if b != nil {
		c := block.Read(b)
		h.sealed = c.Int()
	}
	h.seq = h.sealed
	if b, err := meta(tx, metaLast); err != nil {
		damaged("meta", metaLast, err)
	} else if b != nil {
		c := block.Read(b)
		if last, err = c.Points(nil); err != nil {
			damaged("meta", metaLast, err)
		}
	}
	take := func(id int64, seq int64, body []byte) {
		h.seq = max(h.seq, seq)
		row := logRow{seq: seq}
		payload, err := block.Payload(body, block.Log, seq)
		if err == nil {
			c := block.Read(payload)
			row.points, err = c.Points(nil)
		}
		if err != nil {
			damaged("log", id, err)
			return
		}
		rows = append(rows, row)
	}
	if err := h.unsealed(tx, take); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(rows, func(a, b logRow) int { return int(a.seq - b.seq) })
	return last, rows, nil
}

// unsealed calls take with the rows of commits after h.sealed. They lie behind
// that commit's own row, so that of a ring of tens of megabytes only as much is
// read as is to be sealed.
func (h *hotFile) unsealed(q querier, take func(id, seq int64, body []byte)) error {
	// between calls take with rows of a range and returns how many there were.
	between := func(lo, hi int64) (n int, err error) {
		rows, err := q.Query("SELECT id, seq, body FROM log WHERE id >= ? AND id < ? AND seq > ?", lo, hi, h.sealed)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			var id, seq int64
			var body sql.RawBytes
			if err := rows.Scan(&id, &seq, &body); err != nil {
				return n, err
			}
			take(id, seq, body)
			n++
		}
		return n, rows.Err()
	}
	// The ring may have been of another size when it was written: its rows
	// say how large it is, and the row of the sealed commit whether that is
	// so. Where it is not as expected, every row is looked at.
	var ring, newest int64
	if err := q.QueryRow("SELECT coalesce(max(id)+1,0) FROM log").Scan(&ring); err != nil || ring == 0 {
		return err
	}
	at := (h.sealed - 1 + ring) % ring
	err := q.QueryRow("SELECT seq FROM log WHERE id=?", at).Scan(&newest)
	if err != nil && err != sql.ErrNoRows {
		return err
	}
	if newest != h.sealed || h.sealed == 0 {
		_, err := between(0, ring)
		return err
	}
	// One damaged number does not end the search, a row of them does.
	const together = 16
	at++
	for left := ring - 1; left > 0; {
		at %= ring
		n := min(together, left, ring-at)
		found, err := between(at, at+n)
		if err != nil || found == 0 && n == together {
			return err
		}
		at += n
		left -= n
	}
	return nil
}
