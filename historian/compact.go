package historian

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"penstock/historian/internal/block"
)

// Compact merges the sealed samples of every day that ended before the given
// time into the month's file, late and corrected samples included, and makes
// the rolls of its minutes and hours. The store does so by itself.
func (s *Store) Compact(ctx context.Context, before time.Time) error {
	s.work.Lock()
	defer s.work.Unlock()
	for _, p := range s.shelf.list("day") {
		if (p.n+1)*day > before.UnixNano() {
			continue
		}
		if err := s.compactDay(ctx, p); err != nil {
			return fmt.Errorf("compact %s: %w", p.name(), err)
		}
	}
	return nil
}

// compactDay compacts one day. Each step may be repeated after a crash: the
// day file goes last.
func (s *Store) compactDay(ctx context.Context, p period) error {
	d := p.n
	sealed, err := s.shelf.take(p)
	if err != nil {
		return err
	}
	defer s.shelf.put(sealed)
	// Samples that were sealed twice or are still in the log stay right: the
	// same sample is kept once.
	nums, err := tagsOf(ctx, sealed)
	if err != nil {
		return err
	}
	reach, err := appliedTo(sealed)
	if err != nil {
		return err
	}
	raw, err := s.shelf.make(rawPeriod(d))
	if err != nil {
		return err
	}
	defer s.shelf.put(raw)
	ids := s.names.all()
	rolled, err := s.newRoller(d)
	if err != nil {
		return err
	}
	var last []block.Point
	err = raw.write(ctx, func(tx *sql.Tx) error {
		w, err := newChunkWriter(tx)
		if err != nil {
			return err
		}
		defer w.close()
		r := &reader{store: s, strict: true, pace: pace{turn: workTurn}}
		for _, num := range nums {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.rest()
			all, err := r.wholeDay(ctx, num, d)
			if err != nil {
				return err
			}
			if err := r.keepDamaged(tx); err != nil {
				return err
			}
			if _, err := tx.Exec("DELETE FROM chunk WHERE id BETWEEN ? AND ?", rawKey(d, num, 0), rawKey(d, num, 1<<msBits-1)); err != nil {
				return err
			}
			if all.Len() == 0 {
				continue
			}
			if err := s.putDay(w, num, d, all); err != nil {
				return err
			}
			last = append(last, all.Point(num, all.Len()-1))
			rolled.add(num, all, s.hint(num))
		}
		if err := s.carryOn(ctx, tx, d, last); err != nil {
			return err
		}
		if err := noteDay(tx, d, reach); err != nil {
			return err
		}
		return raw.nameTags(tx, nums, ids)
	})
	if err != nil {
		return err
	}
	raw.forgetTimes()
	if err := s.carryFurther(ctx, d, last); err != nil {
		return err
	}
	if err := s.writeRolls(ctx, d, rolled, ids); err != nil {
		return err
	}
	return s.shelf.drop(p)
}

// tagsOf lists the tags of a day file, rising.
func tagsOf(ctx context.Context, f *file) ([]uint32, error) {
	rows, err := f.query(ctx, "SELECT id FROM chunk")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []uint32
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, sealedNum(id))
	}
	slices.Sort(out)
	return slices.Compact(out), rows.Err()
}

// wholeDay merges everything the files have of a tag and day.
func (r *reader) wholeDay(ctx context.Context, num uint32, d int64) (*block.Series, error) {
	if err := r.gather(ctx, num, d, d*day, (d+1)*day); err != nil {
		return nil, err
	}
	r.merged.Reset()
	for i := range r.pieces {
		err := r.each(&r.pieces[i], d*day, (d+1)*day, func(b *block.Series) error {
			r.merged.AddSeries(b, 0, b.Len())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	r.merged.Order()
	return &r.merged, nil
}

// keepDamaged keeps the bytes of rows that could not be read, for whoever may
// be able to save something of them.
func (r *reader) keepDamaged(tx *sql.Tx) error {
	for _, row := range r.broken {
		if _, err := tx.Exec("INSERT OR REPLACE INTO damaged VALUES(?,?)", row.id, row.body); err != nil {
			return err
		}
	}
	return nil
}

// putDay writes the merged samples of a tag's day.
func (s *Store) putDay(w *chunkWriter, num uint32, d int64, all *block.Series) error {
	used := int64(-1)
	for i := 0; i < all.Len(); i += block.MaxChunk {
		v := all.View(i, min(i+block.MaxChunk, all.Len()))
		// More than MaxChunk samples in one millisecond: the next key is free.
		ms := max((v.At[0]-d*day)/1e6, used+1)
		used = ms
		if err := w.put(rawKey(d, num, ms), &v, s.hint(num)); err != nil {
			return err
		}
	}
	return nil
}
