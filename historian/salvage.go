package historian

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"penstock/historian/internal/block"
	"penstock/historian/internal/sqlite"
)

// freshName is the file that is to replace a damaged hot.db. When it is there
// and hot.db is not, it is whole.
const freshName = "hot-fresh.db"

// openHot opens hot.db. One that is damaged is put aside under a name that says
// so, and replaced by what can be read of it; Stats names the damage.
func (s *Store) openHot() (err error) {
	path := filepath.Join(s.o.Dir, hotName)
	if s.o.ReadOnly {
		if s.hot, err = openHot(path, s.o.Slots, true); sqlite.IsDamaged(err) {
			err = fmt.Errorf("%w; it is replaced when the store is opened for writing", err)
		}
		return err
	}
	if err := finishReplacing(s.o.Dir); err != nil {
		return err
	}
	if s.hot, err = openHot(path, s.o.Slots, false); err == nil {
		if err = checkHot(s.hot); err == nil {
			return nil
		}
		s.hot.Close()
	}
	if !sqlite.IsDamaged(err) && !errors.Is(err, block.ErrDamaged) {
		return err
	}
	aside, held, e := s.salvage(path)
	if e != nil {
		return fmt.Errorf("%w; replacing it: %w", err, e)
	}
	s.salvaged = true
	s.damage.add(path, "", 0, fmt.Errorf("%w: moved to %s; %s could be read and were carried over", err, aside, held))
	s.hot, err = openHot(path, s.o.Slots, false)
	return err
}

// checkHot reports whether all of the file can be read, and what nothing could
// be told without is right.
func checkHot(h *hotFile) error {
	err := checkStructure(context.Background(), h.File)
	if err != nil {
		// A disk that failed to read a page is reported in the same words;
		// next time it may work.
		err = checkStructure(context.Background(), h.File)
	}
	if err == nil {
		_, err = meta(h.Reader, metaSealed)
	} else if !sqlite.IsUnreachable(err) {
		err = fmt.Errorf("%w: %w", block.ErrDamaged, err)
	}
	return err
}

// finishReplacing ends a replacement that was interrupted between taking the
// damaged file away and putting the new one in its place; one that was
// interrupted before is forgotten and done again.
func finishReplacing(dir string) error {
	fresh, path := filepath.Join(dir, freshName), filepath.Join(dir, hotName)
	if _, err := os.Stat(fresh); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(path); err == nil {
		return remove(fresh)
	}
	// What is beside hot.db is the damaged one's, and was read.
	if err := remove(path); err != nil {
		return err
	}
	return sqlite.Rename(fresh, path)
}

// salvage replaces hot.db by what can be read of it, and tells under what name
// it was put aside and what was carried over. Every row has a checksum with its
// place in it, so nothing else passes for one.
func (s *Store) salvage(path string) (aside, held string, err error) {
	found, err := carveHot(path)
	if err != nil {
		return "", "", err
	}
	fresh := filepath.Join(s.o.Dir, freshName)
	if err := remove(fresh); err != nil {
		return "", "", err
	}
	h, err := openHot(fresh, s.o.Slots, false)
	if err != nil {
		return "", "", err
	}
	if err := errors.Join(found.writeTo(h), h.Close()); err != nil {
		return "", "", err
	}
	for i := 0; ; i++ {
		aside = fmt.Sprintf("hot-damaged-%s-%d.db", s.o.Now().UTC().Format("20060102"), i)
		if _, err := os.Stat(filepath.Join(s.o.Dir, aside)); errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if err := sqlite.Rename(path, filepath.Join(s.o.Dir, aside)); err != nil {
		return "", "", err
	}
	return aside, found.String(), sqlite.Rename(fresh, path)
}

// hotRows is the rows of a hot.db as they are kept, by table and id.
type hotRows struct {
	names, edits, meta map[int64][]byte
	log                map[int64]slot // by seq
	sealed             int64
}

type slot struct {
	id   int64
	body []byte
}

func (r *hotRows) String() string {
	return fmt.Sprintf("%d tags, %d commits and %d corrections", len(r.names), len(r.log), len(r.edits))
}

// carveHot reads what is left of a hot.db.
func carveHot(path string) (*hotRows, error) {
	r := &hotRows{names: map[int64][]byte{}, edits: map[int64][]byte{}, meta: map[int64][]byte{}, log: map[int64]slot{}}
	err := sqlite.Carve(path, hotPage, func(id int64, c []any) {
		if len(c) == 3 {
			seq, ok := c[1].(int64)
			body, ok2 := c[2].([]byte)
			if _, err := block.Payload(body, block.Log, seq); ok && ok2 && seq > 0 && err == nil {
				r.log[seq] = slot{id, body}
			}
			return
		}
		if len(c) != 2 {
			return
		}
		body, ok := c[1].([]byte)
		if !ok {
			return
		}
		for table, rows := range map[block.Table]map[int64][]byte{block.Names: r.names, block.Edits: r.edits, block.Meta: r.meta} {
			if payload, err := block.Payload(body, table, id); err == nil {
				rows[id] = body
				if table == block.Meta && id == metaSealed {
					c := block.Read(payload)
					r.sealed = max(r.sealed, c.Int())
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	first := int64(0)
	for seq := range r.log {
		if seq <= r.sealed {
			delete(r.log, seq) // is in sealed files
		} else if first == 0 || seq < first {
			first = seq
		}
	}
	if r.sealed == 0 && first > 0 {
		r.sealed = first - 1 // it is not known; reading twice what was sealed is harmless
	}
	return r, nil
}

// writeTo writes the rows into a new file.
func (r *hotRows) writeTo(h *hotFile) error {
	tx, err := h.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := r.put(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (r *hotRows) put(tx *sql.Tx) error {
	for table, rows := range map[string]map[int64][]byte{"name": r.names, "edit": r.edits, "meta": r.meta} {
		for id, body := range rows {
			if table == "meta" && id != metaLast {
				continue
			}
			if _, err := tx.Exec("INSERT OR REPLACE INTO "+table+" VALUES(?,?)", id, body); err != nil {
				return err
			}
		}
	}
	for seq, slot := range r.log {
		if _, err := tx.Exec("INSERT OR REPLACE INTO log VALUES(?,?,?)", slot.id, seq, slot.body); err != nil {
			return err
		}
	}
	return putMeta(tx, metaSealed, block.AppendInt(nil, r.sealed))
}

// reserve keeps the numbers of tags whose names are lost from being given to
// others. Their samples that are not sealed are nobody's.
func (s *Store) reserve(rows []logRow) {
	for _, r := range rows {
		for i := range r.points {
			if num := r.points[i].Num; s.names.id(num) == "" {
				s.names.reserve(num)
				s.damage.add(s.hot.Path, "name", int64(num), errNameLost)
			}
		}
	}
}

var errNameLost = errors.New("the name of a tag is lost, and with it samples that were not sealed")
