package historian

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"penstock/app/tag"
	"penstock/historian/codec"
	"penstock/historian/internal/block"
	"penstock/historian/internal/hot"
)

// metaApplied is in day files: commits up to this one that have samples of the
// day are in the file. It is written with the chunks, so that replaying the
// log after a crash in the middle of a seal skips what is there already.
const metaApplied = 4

// Seal moves everything committed so far from the log into compressed files.
// The store does so by itself; it goes on taking and showing samples meanwhile.
func (s *Store) Seal(ctx context.Context) error {
	s.work.Lock()
	defer s.work.Unlock()
	return s.seal(ctx)
}

// seal is Seal with s.work held. After an error what was to be sealed stays
// visible, and the next call tries again.
func (s *Store) seal(ctx context.Context) error {
	s.mu.Lock()
	if s.frozen == nil {
		if s.live.Len() == 0 {
			s.mu.Unlock()
			return nil
		}
		s.frozen, s.frozenSeq, s.frozenLast = s.live, s.applied, slices.Clone(s.last)
		s.live = hot.New(s.frozen)
	}
	g, seq, last := s.frozen, s.frozenSeq, s.frozenLast
	s.mu.Unlock()

	ids := s.names.all()
	nums := g.Tags()
	for _, d := range sealedDays(g, nums) {
		if err := s.sealDay(ctx, g, d, seq, nums, ids); err != nil {
			return fmt.Errorf("seal %s: %w", dayPeriod(d).name(), err)
		}
	}
	if err := s.hot.markSealed(seq, seen(last)); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	s.mu.Lock()
	s.live.Reuse(s.frozen)
	s.frozen, s.frozenLast = nil, nil
	s.seals++
	s.mu.Unlock()
	s.roomMade()
	return nil
}

// seen leaves out the tags that have no sample.
func seen(last []block.Point) []block.Point {
	out := make([]block.Point, 0, len(last))
	for i := range last {
		if last[i].At != 0 {
			out = append(out, last[i])
		}
	}
	return out
}

// sealedDays lists the days that have samples.
func sealedDays(g *hot.Generation, nums []uint32) []int64 {
	if dayOf(g.First) == dayOf(g.Last) {
		return []int64{dayOf(g.First)}
	}
	days := map[int64]bool{}
	var b block.Series
	for _, num := range nums {
		b.Reset()
		for _, at := range g.Ordered(&b, num) {
			days[dayOf(at)] = true
		}
		for _, at := range b.At {
			days[dayOf(at)] = true
		}
	}
	var out []int64
	for d := range days {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// sealDay writes the samples of one day, in one transaction.
func (s *Store) sealDay(ctx context.Context, g *hot.Generation, d, seq int64, nums []uint32, ids []tag.ID) error {
	f, err := s.shelf.make(dayPeriod(d))
	if err != nil {
		return err
	}
	defer s.shelf.put(f)
	if done, err := appliedTo(f); err != nil || done >= seq {
		return err // written by an attempt that failed at a later day
	}
	return f.write(ctx, func(tx *sql.Tx) error {
		w, err := newChunkWriter(tx)
		if err != nil {
			return err
		}
		defer w.close()
		// The chunks of one seal have a number of their own, so that late
		// samples for the same hour lie behind the earlier ones.
		var gen int64
		if err := tx.QueryRow("SELECT coalesce(max(id),0) FROM meta WHERE id >= ?", metaGens).Scan(&gen); err != nil {
			return err
		}
		gen = max(gen-metaGens, 0) + 1
		if gen >= 1<<genBits {
			return fmt.Errorf("too many seals")
		}
		var b block.Series
		var named []uint32
		pace := pace{turn: workTurn}
		// Rows go in rising: hours first, then tags. An hour at a time keeps
		// memory small, and most seals are within one hour.
		for h := max(g.First-d*day, 0) / hour; h < 24 && d*day+h*hour <= g.Last; h++ {
			from := d*day + h*hour
			for _, num := range nums {
				pace.rest()
				b.Reset()
				g.Append(&b, num, from, from+hour)
				if b.Len() == 0 {
					continue
				}
				b.Order()
				named = append(named, num)
				for i, part := 0, int64(0); i < b.Len(); i, part = i+block.MaxChunk, part+1 {
					v := b.View(i, min(i+block.MaxChunk, b.Len()))
					if err := w.put(sealedKey(h, num, gen+part), &v, s.hint(num)); err != nil {
						return err
					}
					w.parts = max(w.parts, part)
				}
			}
			w.forgetTimes()
		}
		if err := putMeta(tx, metaGens+gen+w.parts, nil); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM meta WHERE id >= ? AND id < ?", metaGens, metaGens+gen+w.parts); err != nil {
			return err
		}
		if err := noteSeal(tx, gen+w.parts, seq); err != nil {
			return err
		}
		if err := f.nameTags(tx, named, ids); err != nil {
			return err
		}
		return putMeta(tx, metaApplied, block.AppendInt(nil, seq))
	})
}

// appliedTo reads the newest commit that is in a day file.
func appliedTo(f *file) (int64, error) {
	b, err := meta(f.Reader, metaApplied)
	if err != nil {
		return 0, err
	}
	c := block.Read(b)
	return c.Int(), nil
}

// metaGens+g is the Meta row that says that the newest seal of a day file was
// number g.
const metaGens = 1 << 32

// hint is what is remembered of a tag's values for coding them; s.work is held.
func (s *Store) hint(num uint32) *codec.Hint {
	h := s.hints[num]
	if h == nil {
		h = new(codec.Hint)
		s.hints[num] = h
	}
	return h
}
