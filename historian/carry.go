package historian

import (
	"context"
	"database/sql"
	"slices"

	"penstock/historian/internal/block"
)

// carryOn writes the carry row of day d: what every tag had shown last at its
// end. last are the newest samples of tags that changed.
func (s *Store) carryOn(ctx context.Context, tx *sql.Tx, d int64, last []block.Point) error {
	var base []block.Point
	raws := s.shelf.list("raw")
	for i := len(raws) - 1; i >= 0 && base == nil; i-- {
		if firstDay(raws[i].n) > d {
			continue
		}
		var err error
		if base, _, err = s.carry(ctx, raws[i], d+1); err != nil {
			return err
		}
	}
	return putCarry(tx, d, newest(base, last))
}

// carryFurther brings samples that came late into the carry rows of the days
// after d.
func (s *Store) carryFurther(ctx context.Context, d int64, last []block.Point) error {
	for _, p := range s.shelf.list("raw") {
		if p.end() <= d+1 {
			continue
		}
		f, err := s.shelf.take(p)
		if err != nil {
			return err
		}
		for at := p.end(); ; {
			points, found, err := s.carry(ctx, p, at)
			if err != nil || points == nil || found <= d {
				if err != nil {
					s.shelf.put(f)
					return err
				}
				break
			}
			at = found
			merged := newest(points, last)
			if slices.Equal(merged, points) {
				continue
			}
			if err := f.Write(ctx, func(tx *sql.Tx) error { return putCarry(tx, found, merged) }); err != nil {
				s.shelf.put(f)
				return err
			}
		}
		s.shelf.put(f)
	}
	return nil
}

// newest joins two lists of one sample a tag; of two the later counts, and of
// two with one time the second.
func newest(a, b []block.Point) []block.Point {
	by := make(map[uint32]block.Point, len(a)+len(b))
	for _, list := range [][]block.Point{a, b} {
		for _, p := range list {
			if q, ok := by[p.Num]; !ok || p.At >= q.At {
				by[p.Num] = p
			}
		}
	}
	out := make([]block.Point, 0, len(by))
	for _, p := range by {
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y block.Point) int { return int(x.Num) - int(y.Num) })
	return out
}

func putCarry(tx *sql.Tx, d int64, points []block.Point) error {
	b := block.Finish(block.AppendPoints(block.Begin(nil), points), 0, block.Carry, d)
	_, err := tx.Exec("INSERT OR REPLACE INTO carry VALUES(?,?)", d, b)
	return err
}
