package historian

import (
	"context"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// At returns what each tag showed at the instant t: its newest sample at or
// before t, with the time of that sample, or the zero Value when there is
// none. Values are in the order of ids.
func (s *Store) At(ctx context.Context, t int64, ids []tag.ID) ([]tag.Value, error) {
	out := make([]tag.Value, len(ids))
	for i, id := range ids {
		num, ok := s.names.of(id)
		if !ok {
			continue
		}
		p, ok, err := s.before(ctx, num, t)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		if ok {
			out[i] = p.Value()
		}
	}
	return out, nil
}

// before finds the newest sample of a tag at or before t.
func (s *Store) before(ctx context.Context, num uint32, t int64) (p block.Point, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return p, false, err
	}
	s.mu.RLock()
	if s.frozen != nil {
		p, ok = s.frozen.Before(num, t)
	}
	if q, found := s.live.Before(num, t); found && (!ok || q.At >= p.At) {
		p, ok = q, true
	}
	s.mu.RUnlock()
	// A file can have a newer one only if it is of the same day or later.
	d := min(dayOf(t), maxTime/day)
	if ok && dayOf(p.At) == d && !s.shelf.has(dayPeriod(d)) && !s.shelf.has(rawPeriod(d)) {
		return p, true, nil
	}
	keep := func(q block.Point, found bool) {
		// What is in memory was written last.
		if found && (!ok || q.At > p.At) {
			p, ok = q, true
		}
	}
	q, found, err := s.beforeInDay(ctx, num, d, t)
	if err != nil {
		return p, false, err
	}
	if keep(q, found); ok && dayOf(p.At) == d {
		return p, true, nil
	}
	days := s.shelf.list("day")
	for i := len(days) - 1; i >= 0; i-- {
		if n := days[i].n; n < d && (!ok || n >= dayOf(p.At)) {
			q, found, err := s.beforeInDay(ctx, num, n, t)
			if err != nil {
				return p, false, err
			}
			keep(q, found)
		}
	}
	q, found, err = s.carried(ctx, num, d)
	keep(q, found)
	return p, ok, err
}

// beforeInDay finds the newest sample of a tag at or before t in the files of
// one day.
func (s *Store) beforeInDay(ctx context.Context, num uint32, d, t int64) (p block.Point, ok bool, err error) {
	r := readers.Get().(*reader)
	defer readers.Put(r)
	r.begin(s)
	if err := r.gather(ctx, num, d, d*day, min(t+1, (d+1)*day)); err != nil {
		return p, false, err
	}
	for i := range r.pieces {
		pc := &r.pieces[i]
		if pc.first > t || ok && pc.last < p.At {
			continue
		}
		q, found, err := r.beforeInPiece(pc, num, t)
		if err != nil {
			return p, false, err
		}
		if found && (!ok || q.At >= p.At) {
			p, ok = q, true
		}
	}
	return p, ok, nil
}

func (r *reader) beforeInPiece(pc *piece, num uint32, t int64) (p block.Point, ok bool, err error) {
	if pc.n > 0 {
		if err = r.chunk.Open(r.arena[pc.at:pc.at+pc.n], pc.times); err == nil {
			p, ok, err = r.chunk.Before(num, t)
		}
		if err != block.ErrDamaged {
			return p, ok, err
		}
		pc.lost(r.store, pc.first, err)
	}
	if i := pc.series.Search(t + 1); i > 0 {
		return pc.series.Point(num, i-1), true, nil
	}
	return p, false, nil
}

// carried finds what a tag had shown last at the end of the newest compacted
// day before d.
func (s *Store) carried(ctx context.Context, num uint32, d int64) (p block.Point, ok bool, err error) {
	raws := s.shelf.list("raw")
	for i := len(raws) - 1; i >= 0; i-- {
		if firstDay(raws[i].n) >= d {
			continue
		}
		points, _, err := s.carry(ctx, raws[i], d)
		if err := s.setAside(ctx, err, raws[i]); err != nil {
			return p, false, err
		}
		if points == nil {
			continue // no day of this month before d was compacted
		}
		for k := range points {
			if points[k].Num == num {
				return points[k], true, nil
			}
		}
		return p, false, nil
	}
	return p, false, nil
}

// carry reads the newest carry row before day d of a raw file: the newest
// sample of every tag at the end of that day. It returns nil when there is
// none.
func (s *Store) carry(ctx context.Context, of period, d int64) (points []block.Point, at int64, err error) {
	f, err := s.shelf.take(of)
	if err != nil || f == nil {
		return nil, 0, err
	}
	defer s.shelf.put(f)
	rows, err := f.query(ctx, "SELECT id, body FROM carry WHERE id < ? ORDER BY id DESC LIMIT 1", d)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, 0, rows.Err()
	}
	var b []byte
	if err := rows.Scan(&at, &b); err != nil {
		return nil, 0, err
	}
	payload, err := block.Payload(b, block.Carry, at)
	if err != nil {
		s.damage.add(f.Path, "carry", at, err)
		return nil, 0, nil
	}
	c := block.Read(payload)
	if points, err = c.Points([]block.Point{}); err != nil {
		s.damage.add(f.Path, "carry", at, err)
		return nil, 0, nil
	}
	return points, at, nil
}
