package historian

import (
	"context"
	"database/sql"
	"slices"
	"sync"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// A piece is samples of one tag and day from one place: a chunk still coded,
// or samples out of memory. Pieces are in the order in which they were
// written.
type piece struct {
	at, n       int          // the payload in the reader's arena; n 0: series
	series      block.Series // ordered
	first, last int64
	times       func(int64) ([]byte, error)
	row         rowRef
}

// rowRef names a row for reporting damage.
type rowRef struct {
	path string
	id   int64
}

// reader reads tags; readers are pooled for their buffers.
type reader struct {
	store  *Store
	places bool // stream may give places of values instead of them
	strict bool // what cannot be read is an error, not a gap: it is about to be written over
	arena  []byte
	pieces []piece
	chunk  block.Chunk
	rolls  block.Rolls
	roll   block.RollDecoder
	merged block.Series
	broken []brokenRow // rows found damaged since gather
	pace
}

type brokenRow struct {
	id   int64
	body []byte
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// setAside is the store's, unless the reader is strict.
func (r *reader) setAside(ctx context.Context, err error, p period) error {
	if r.strict {
		return err
	}
	return r.store.setAside(ctx, err, p)
}

// gather collects the pieces of a tag and day from the sealed files. The files
// are let go before it returns.
func (r *reader) gather(ctx context.Context, num uint32, d, from, to int64) error {
	r.rest()
	r.arena, r.pieces, r.broken = r.arena[:0], r.pieces[:0], nil
	// The day file is taken first: compaction writes the raw file before it
	// drops the day file, so what is missing here is there.
	sealed, err := r.store.shelf.take(dayPeriod(d))
	if err != nil {
		return r.setAside(ctx, err, dayPeriod(d))
	}
	defer r.store.shelf.put(sealed)
	raw, err := r.store.shelf.take(rawPeriod(d))
	if err != nil {
		return r.setAside(ctx, err, rawPeriod(d))
	}
	defer r.store.shelf.put(raw)
	if raw != nil {
		err := r.rows(ctx, raw, rawKey(d, num, 0), rawKey(d, num, 1<<msBits-1), func(id int64) int64 { return rawStart(id) })
		if err := r.setAside(ctx, err, rawPeriod(d)); err != nil {
			return err
		}
	}
	if sealed == nil {
		return nil
	}
	lo, hi := max(from-d*day, 0)/hour, min(to-1-d*day, day-1)/hour
	for h := lo; h <= hi; h++ {
		err := r.rows(ctx, sealed, sealedKey(h, num, 0), sealedKey(h, num, 1<<genBits-1), func(int64) int64 { return d*day + h*hour })
		if err := r.setAside(ctx, err, dayPeriod(d)); err != nil {
			return err
		}
	}
	return nil
}

// rows adds the chunks of a key range. A damaged one becomes one sample of
// quality BadDataLost where it began.
func (r *reader) rows(ctx context.Context, f *file, lo, hi int64, start func(id int64) int64) error {
	rows, err := f.query(ctx, "SELECT id, body FROM chunk WHERE id BETWEEN ? AND ?", lo, hi)
	if err != nil {
		return err
	}
	base := len(r.pieces)
	for rows.Next() {
		var id int64
		var b sql.RawBytes
		if err := rows.Scan(&id, &b); err != nil {
			rows.Close()
			return err
		}
		p := piece{row: rowRef{f.Path, id}, at: len(r.arena)}
		payload, err := block.Payload(b, block.Chunks, id)
		if err != nil {
			r.broken = append(r.broken, brokenRow{id, slices.Clone(b)})
			p.lost(r.store, start(id), err)
		} else {
			p.n = len(payload)
			r.arena = append(r.arena, payload...)
		}
		r.pieces = append(r.pieces, p)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if err := rows.Err(); err != nil {
		return err
	}
	// The time columns are fetched now, while the file is held and no rows
	// are open.
	times := f.timesOf(ctx)
	for i := range r.pieces[base:] {
		p := &r.pieces[base+i]
		if p.n == 0 {
			continue
		}
		first, last, id, err := block.Bounds(r.arena[p.at : p.at+p.n])
		var b []byte
		if err == nil && id != 0 {
			b, err = times(id)
		}
		if err != nil {
			if !isLost(err) {
				return err
			}
			p.lost(r.store, start(p.row.id), err)
			continue
		}
		p.first, p.last = first, last
		p.times = func(int64) ([]byte, error) { return b, nil }
	}
	return nil
}

// isLost reports whether err says that a row itself is damaged or gone, not
// that it could not be read now.
func isLost(err error) bool { return err == block.ErrDamaged || err == errNoTimes }

// lost turns p into the mark of lost samples.
func (p *piece) lost(s *Store, at int64, err error) {
	s.damage.add(p.row.path, "chunk", p.row.id, err)
	p.series.Reset()
	p.series = block.Series{}
	p.series.Add(&block.Point{At: at, Q: tag.BadDataLost})
	p.n, p.first, p.last = 0, at, at
}

// each calls yield with the samples of piece p in [from, to), in stretches.
func (r *reader) each(p *piece, from, to int64, yield func(*block.Series) error) error {
	if p.last < from || p.first >= to {
		return nil
	}
	if p.n > 0 {
		err := r.chunk.Open(r.arena[p.at:p.at+p.n], p.times)
		if err == nil {
			err = r.chunk.Each(from, to, func(b *block.Series) error {
				r.rest()
				return yield(b)
			})
		}
		if err != block.ErrDamaged {
			return err
		}
		// The checksum held, so this is no rotten bit but an encoder's fault;
		// the reader is better off with what can be read.
		p.lost(r.store, p.first, err)
	}
	v := p.series
	v.Clip(from, to)
	if v.Len() == 0 {
		return nil
	}
	return yield(&v)
}

// stream yields the samples of all pieces in [from, to), ordered, each time
// once.
func (r *reader) stream(from, to int64, yield func(*block.Series) error) error {
	ordered := true
	for i := 1; i < len(r.pieces); i++ {
		if r.pieces[i].first <= r.pieces[i-1].last {
			ordered = false
			break
		}
	}
	if ordered {
		r.chunk.Places = r.places
		defer func() { r.chunk.Places = false }()
		for i := range r.pieces {
			if err := r.each(&r.pieces[i], from, to, yield); err != nil {
				return err
			}
		}
		return nil
	}
	r.merged.Reset()
	for i := range r.pieces {
		err := r.each(&r.pieces[i], from, to, func(b *block.Series) error {
			r.merged.AddSeries(b, 0, b.Len())
			return nil
		})
		if err != nil {
			return err
		}
	}
	r.merged.Order()
	if r.merged.Len() == 0 {
		return nil
	}
	return yield(&r.merged)
}
