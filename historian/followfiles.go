package historian

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Meta rows that say which commits a sealed file has, so that a follower whose
// commits have left the log finds them without reading everything again. Files
// of before these rows were written count as commit 1.
const (
	metaSeals = 1 << 24 // + number of a seal, in day files: commits up to this one were sealed by then
	metaDays  = 1 << 25 // + day, in raw files: commits up to this one are in the compacted day
)

const firstCommit = 1

// noteSeal writes how far the seal with the given number reached.
func noteSeal(tx *sql.Tx, gen, seq int64) error {
	return putMeta(tx, metaSeals+gen, block.AppendInt(nil, seq))
}

// noteDay brings the reach of a day file into the raw file it is compacted into.
func noteDay(tx *sql.Tx, d, seq int64) error {
	old, err := metaInt(tx, metaDays+d)
	if err != nil {
		return err
	}
	return putMeta(tx, metaDays+d, block.AppendInt(nil, max(seq, old)))
}

// metaInt reads a number; 0 when there is none.
func metaInt(q querier, id int64) (int64, error) {
	b, err := meta(q, id)
	if b == nil || err != nil {
		return 0, err
	}
	c := block.Read(b)
	return c.Int(), nil
}

// followFiles is follow in the sealed files: every day that has commits after
// p.Seq, in the order of time, up to what was sealed when that began.
func (s *Store) followFiles(ctx context.Context, p Place, most int) ([]tag.Sample, Place, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, p, err
		}
		switch p.Part {
		case partNone:
			d, ok := s.dayFrom(p.Day)
			if !ok {
				return nil, Place{Seq: p.Upto}, nil
			}
			p.Day = d
			if err := s.beginDay(ctx, &p); err != nil {
				return nil, p, err
			}
		case partRaw, partSealed:
			out, last, err := s.followPart(ctx, p, most)
			if err != nil {
				return nil, p, fmt.Errorf("day %s: %w", dayPeriod(p.Day).name(), err)
			}
			if last != p.Chunk {
				p.Chunk = last
				return out, p, nil
			}
			// The part is at its end. What was compacted meanwhile is in the
			// raw file now.
			reach, err := s.rawReach(ctx, p.Day)
			switch {
			case err != nil:
				return nil, p, err
			case reach > p.Seq && reach != p.Raw:
				p.Raw, p.Part, p.Chunk = reach, partRaw, 0
			case p.Part == partRaw:
				p.Part, p.Chunk = partSealed, 0
			default:
				p = Place{Seq: p.Seq, Upto: p.Upto, Day: p.Day + 1}
			}
		default:
			p = Place{Seq: p.Seq, Upto: p.Upto} // of another program; reading again is safe
		}
	}
}

// beginDay chooses where reading of p.Day begins.
func (s *Store) beginDay(ctx context.Context, p *Place) error {
	reach, err := s.rawReach(ctx, p.Day)
	if err != nil {
		return err
	}
	p.Part, p.Chunk, p.Raw = partSealed, 0, 0
	if reach > p.Seq {
		p.Part, p.Raw = partRaw, reach
	}
	return nil
}

// dayFrom is the first day at or after d that files may have samples of.
func (s *Store) dayFrom(d int64) (first int64, ok bool) {
	for _, kind := range []string{"day", "raw"} {
		for _, p := range s.shelf.list(kind) {
			if at := max(p.begin(), d); at < p.end() && (!ok || at < first) {
				first, ok = at, true
			}
		}
	}
	return first, ok
}

// rawReach is the newest commit in the compacted part of a day; 0: there is none.
func (s *Store) rawReach(ctx context.Context, d int64) (int64, error) {
	f, err := s.shelf.take(rawPeriod(d))
	if err != nil || f == nil {
		return 0, s.setAside(ctx, err, rawPeriod(d))
	}
	defer s.shelf.put(f)
	reach, err := metaInt(f.Reader, metaDays+d)
	if reach != 0 || err != nil {
		return reach, s.setAside(ctx, err, rawPeriod(d))
	}
	var has bool
	err = f.Reader.QueryRowContext(ctx, "SELECT EXISTS(SELECT 1 FROM chunk WHERE id BETWEEN ? AND ?)", rawKey(d, 0, 0), rawKey(d+1, 0, 0)-1).Scan(&has)
	if has {
		reach = firstCommit
	}
	return reach, s.setAside(ctx, err, rawPeriod(d))
}

// followPart reads rows of one part of a day after p.Chunk. The same row comes
// back when there are no more.
func (s *Store) followPart(ctx context.Context, p Place, most int) ([]tag.Sample, int64, error) {
	period, lo, hi := dayPeriod(p.Day), int64(0), int64(math.MaxInt64)
	num := sealedNum
	if p.Part == partRaw {
		period, lo, hi = rawPeriod(p.Day), rawKey(p.Day, 0, 0), rawKey(p.Day+1, 0, 0)-1
		num = func(id int64) uint32 { return uint32(id >> msBits & (maxTags - 1)) }
	}
	f, err := s.shelf.take(period)
	if err != nil || f == nil {
		return nil, p.Chunk, s.setAside(ctx, err, period)
	}
	defer s.shelf.put(f)
	mask, first, last := int64(0), int64(0), int64(0) // every row
	if p.Part == partSealed {
		if first, last, err = sealsBetween(ctx, f, p.Seq, p.Upto); err != nil {
			return nil, p.Chunk, s.setAside(ctx, err, period)
		}
		mask = 1<<genBits - 1
	}
	var out []tag.Sample
	var c block.Chunk
	for at := p.Chunk; ; {
		chunks, err := f.chunks(ctx, max(at+1, lo), hi, mask, first, last)
		if err != nil {
			return nil, p.Chunk, s.setAside(ctx, err, period)
		}
		for _, row := range chunks {
			if len(out) >= most {
				return out, at, nil
			}
			at = row.id
			if out, err = s.followChunk(ctx, f, &c, row, s.names.id(num(row.id)), out); err != nil {
				return nil, p.Chunk, err
			}
		}
		if len(chunks) < rowsAtOnce {
			return out, at, nil
		}
	}
}

// followChunk appends the samples of one row; of a damaged one none.
func (s *Store) followChunk(ctx context.Context, f *file, c *block.Chunk, row chunkRow, id tag.ID, out []tag.Sample) ([]tag.Sample, error) {
	payload, err := block.Payload(row.body, block.Chunks, row.id)
	if err == nil {
		if err = c.Open(payload, f.timesOf(ctx)); err == nil {
			err = c.Each(math.MinInt64, math.MaxInt64, func(b *block.Series) error {
				for i := range b.At {
					out = append(out, tag.Sample{ID: id, Value: b.Value(i)})
				}
				return nil
			})
		}
	}
	if isLost(err) {
		s.damage.add(f.Path, "chunk", row.id, err)
		err = nil
	}
	return out, err
}

// sealsBetween gives the numbers of the seals that hold commits after seq, up
// to commit upto.
func sealsBetween(ctx context.Context, f *file, seq, upto int64) (first, last int64, err error) {
	rows, err := f.query(ctx, "SELECT id, body FROM meta WHERE id >= ? AND id < ? ORDER BY id", metaSeals, metaDays)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	known, cut := int64(0), false // the newest seal that says how far it reached
	last = 1<<genBits - 1
	for rows.Next() {
		var id int64
		var b []byte
		if err := rows.Scan(&id, &b); err != nil {
			return 0, 0, err
		}
		payload, err := block.Payload(b, block.Meta, id)
		if err != nil {
			continue // reading its seal once more is harmless
		}
		c := block.Read(payload)
		switch reach := c.Int(); {
		case reach <= seq:
			first = id - metaSeals + 1
		case reach > upto && known > 0 && !cut:
			last, cut = known, true
		}
		known = id - metaSeals
	}
	return first, last, rows.Err()
}

type chunkRow struct {
	id   int64
	body []byte
}

// chunks reads rows whose id is in [lo, hi], and under the mask in [first, last].
func (f *file) chunks(ctx context.Context, lo, hi, mask, first, last int64) (out []chunkRow, err error) {
	rows, err := f.query(ctx, "SELECT id, body FROM chunk WHERE id BETWEEN ?1 AND ?2 AND id & ?3 BETWEEN ?4 AND ?5 ORDER BY id LIMIT ?6", lo, hi, mask, first, last, rowsAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r chunkRow
		if err := rows.Scan(&r.id, &r.body); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
