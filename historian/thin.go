package historian

import (
	"context"
	"database/sql"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"penstock/historian/internal/block"
)

// metaThinned is in raw and minute files: the tags that were taken out because
// their retention is shorter than others', as a hash of their numbers.
const metaThinned = 5

// thin takes tags whose retention has ended out of the file of a month, and
// gives its room back; a file of such tags alone goes as a whole. s.work is
// held. Each step may be repeated.
func (s *Store) thin(ctx context.Context, p period, ended func(num uint32) bool) error {
	f, err := s.shelf.take(p)
	if err != nil || f == nil {
		return err
	}
	defer s.shelf.put(f)
	named, err := idsOf(f.Reader, "SELECT id FROM name")
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(named), func(num int64) bool { return !ended(uint32(num)) })
	switch len(gone) {
	case 0:
		return nil
	case len(named):
		return s.shelf.drop(p)
	}
	mark := hashOf(gone)
	done, err := meta(f.Reader, metaThinned)
	if err != nil {
		return err
	}
	if !slices.Equal(done, mark) {
		err := f.write(ctx, func(tx *sql.Tx) error {
			if err := layouts[p.kind].removeTags(tx, ended); err != nil {
				return err
			}
			return putMeta(tx, metaThinned, mark)
		})
		if err != nil {
			return err
		}
		f.forgetTimes()
	}
	var free, pages int
	if err := f.Reader.QueryRow("PRAGMA freelist_count").Scan(&free); err != nil {
		return err
	}
	if err := f.Reader.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if free <= pages/16 {
		return nil
	}
	if _, err := f.Writer.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	_, err = f.Writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func hashOf(nums []int64) []byte {
	h := fnv.New64a()
	for _, n := range nums {
		binary.Write(h, binary.LittleEndian, n)
	}
	return h.Sum(nil)
}

// layout says where the rows of tags are in a file of a month, and the rows
// that they share.
type layout struct {
	table, shared string
	num           func(id int64) uint32
	sharedBy      func(payload []byte) (id int64, err error)
	kind          block.Table
}

var layouts = map[string]layout{
	"raw": {"chunk", "times", func(id int64) uint32 { return uint32(id >> msBits & (maxTags - 1)) },
		func(b []byte) (int64, error) { _, _, id, err := block.Bounds(b); return id, err }, block.Chunks},
	"minute": {"roll", "frame", func(id int64) uint32 { return uint32(id & (maxTags - 1)) }, block.FrameOf, block.Minutes},
}

// removeTags deletes the rows of tags and what then nobody shares any more.
func (l layout) removeTags(tx *sql.Tx, ended func(num uint32) bool) error {
	all, err := idsOf(tx, "SELECT id FROM "+l.table)
	if err != nil {
		return err
	}
	remove, err := tx.Prepare("DELETE FROM " + l.table + " WHERE id=?")
	if err != nil {
		return err
	}
	defer remove.Close()
	for _, id := range all {
		if ended(l.num(id)) {
			if _, err := remove.Exec(id); err != nil {
				return err
			}
		}
	}
	used, err := l.used(tx)
	if err != nil || used == nil {
		return err
	}
	columns, err := idsOf(tx, "SELECT id FROM "+l.shared)
	if err != nil || len(columns) == 0 {
		return err
	}
	// The newest stays in any case: its number must not be given again while
	// a reader remembers it.
	for _, id := range columns[:len(columns)-1] {
		if used[id] {
			continue
		}
		if _, err := tx.Exec("DELETE FROM "+l.shared+" WHERE id=?", id); err != nil {
			return err
		}
	}
	return nil
}

// used is the shared rows that rows still refer to; nil when a damaged row
// does not say.
func (l layout) used(tx *sql.Tx) (map[int64]bool, error) {
	rows, err := tx.Query("SELECT id, body FROM " + l.table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]bool{}
	for rows.Next() {
		var id int64
		var b sql.RawBytes
		if err := rows.Scan(&id, &b); err != nil {
			return nil, err
		}
		payload, err := block.Payload(b, l.kind, id)
		if err == nil {
			id, err = l.sharedBy(payload)
		}
		if err != nil {
			return nil, nil
		}
		out[id] = true
	}
	return out, rows.Err()
}

// idsOf reads a column of numbers, rising.
func idsOf(q querier, query string) (out []int64, err error) {
	rows, err := q.Query(query + " ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
