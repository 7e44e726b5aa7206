package historian

import (
	"database/sql"
	"slices"

	"penstock/historian/codec"
	"penstock/historian/internal/block"
)

// chunkWriter writes chunks in one transaction; chunks that have their times
// in common share one time column.
type chunkWriter struct {
	chunk, times *sql.Stmt
	enc          block.Encoder
	body         []byte
	nextTimes    int64
	columns      map[timesKey][]timesColumn
	parts        int64
}

// timesKey finds columns that are likely the same.
type timesKey struct {
	n           int
	first, last int64
}

type timesColumn struct {
	id int64 // 0: used once so far, by the chunk that has it inside
	at []int64
}

func newChunkWriter(tx *sql.Tx) (*chunkWriter, error) {
	w := &chunkWriter{columns: map[timesKey][]timesColumn{}}
	var err error
	if err = tx.QueryRow("SELECT coalesce(max(id),0) FROM times").Scan(&w.nextTimes); err != nil {
		return nil, err
	}
	if w.chunk, err = tx.Prepare("INSERT OR REPLACE INTO chunk VALUES(?,?)"); err != nil {
		return nil, err
	}
	w.times, err = tx.Prepare("INSERT OR REPLACE INTO times VALUES(?,?)")
	return w, err
}

func (w *chunkWriter) close() {
	w.chunk.Close()
	if w.times != nil {
		w.times.Close()
	}
}

// forgetTimes ends the sharing of time columns met so far.
func (w *chunkWriter) forgetTimes() { clear(w.columns) }

func (w *chunkWriter) put(key int64, s *block.Series, h *codec.Hint) error {
	id, err := w.timesID(s.At)
	if err != nil {
		return err
	}
	w.body = w.enc.AppendChunk(block.Begin(w.body[:0]), s, id, h)
	_, err = w.chunk.Exec(key, block.Finish(w.body, 0, block.Chunks, key))
	return err
}

// shareFrom is the fewest times worth a row of their own.
const shareFrom = 16

// timesID returns the row of a shared time column; 0 when the times are better
// kept in the chunk: they are few, or no other chunk has had them yet. The
// second chunk with the same times makes the row.
func (w *chunkWriter) timesID(at []int64) (int64, error) {
	if len(at) < shareFrom {
		return 0, nil
	}
	key := timesKey{len(at), at[0], at[len(at)-1]}
	for i := range w.columns[key] {
		c := &w.columns[key][i]
		if !slices.Equal(c.at, at) {
			continue
		}
		if c.id == 0 {
			w.nextTimes++
			c.id = w.nextTimes
			w.body = w.enc.AppendTimes(block.Begin(w.body[:0]), at)
			if _, err := w.times.Exec(c.id, block.Finish(w.body, 0, block.Times, c.id)); err != nil {
				return 0, err
			}
		}
		return c.id, nil
	}
	w.columns[key] = append(w.columns[key], timesColumn{at: slices.Clone(at)})
	return 0, nil
}
