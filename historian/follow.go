package historian

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Place is how far a follower has read the store: everything of commits up to
// Seq is behind it. When the log no longer has what comes next, the follower
// reads it out of the sealed files; until it has caught up with commit Upto,
// the rest says how far in those files it is. The zero Place is the beginning.
// A follower keeps its Place where it keeps the samples, and looks at Seq and
// Upto alone.
type Place struct {
	Seq   int64
	Upto  int64 // 0: the log has what comes next
	Day   int64 // day being read, days since 1970
	Raw   int64 // newest commit in the compacted part of the day when reading that began; 0: not read
	Part  int64 // of the day: 0 not begun, 1 compacted, 2 sealed
	Chunk int64 // last row read of that part
}

// Behind says how many commits are still to come.
func (p Place) Behind(newest int64) int64 { return max(newest-p.Seq, 0) }

// Parts of a day.
const (
	partNone = iota
	partRaw
	partSealed
)

// Newest is the number of the newest commit, for comparing with Place.Seq, and
// the largest time of a sample.
func (s *Store) Newest() (seq, at int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.applied, s.horizon
}

// Follow returns what was stored after a place, in about the given number of
// samples, and the place after them. A sample may come again, when its file was
// compacted on the way, or when a later one for the same tag and time corrected
// it; of two the later counts. No samples and the same place: there is nothing
// new yet. The log comes in the order of commits, files in that of time.
//
// Follow reads what is durable and waits for nobody who writes; damaged rows are left out and
// named in Stats. A place beyond the newest commit is one of before a restore,
// and reading starts over.
func (s *Store) Follow(ctx context.Context, from Place, most int) ([]tag.Sample, Place, error) {
	if s.o.ReadOnly {
		return nil, from, errors.New("follow: the store is open for reading only")
	}
	newest, _ := s.Newest()
	if from.Seq > newest {
		from = Place{}
	}
	out, next, err := s.follow(ctx, from, newest, most)
	if err != nil {
		return nil, from, fmt.Errorf("follow: %w", err)
	}
	return out, next, nil
}

func (s *Store) follow(ctx context.Context, from Place, newest int64, most int) ([]tag.Sample, Place, error) {
	if from.Upto == 0 {
		if from.Seq == newest {
			return nil, from, nil
		}
		out, seq, err := s.followLog(ctx, from.Seq, newest, most)
		if err != nil || seq > from.Seq {
			return out, Place{Seq: seq}, err
		}
		// The ring has moved on, or its row is damaged: what it held is in
		// the sealed files, or will be after the next seal.
		s.hot.mu.Lock()
		sealed := s.hot.sealed
		s.hot.mu.Unlock()
		if sealed <= from.Seq {
			return nil, from, nil
		}
		from = Place{Seq: from.Seq, Upto: sealed}
	}
	return s.followFiles(ctx, from, most)
}

// rowsAtOnce bounds the rows, and so the memory, of one read.
const rowsAtOnce = 64

// followLog reads commits after seq from the ring, as far as they are there.
func (s *Store) followLog(ctx context.Context, seq, newest int64, most int) ([]tag.Sample, int64, error) {
	slot := seq % s.hot.slots
	rows, err := s.hot.Reader.QueryContext(ctx, "SELECT id, seq, body FROM log WHERE id >= ? AND id < ? ORDER BY id", slot, slot+min(rowsAtOnce, newest-seq))
	if err != nil {
		return nil, seq, err
	}
	defer rows.Close()
	var out []tag.Sample
	var points []block.Point
	for len(out) < most && rows.Next() {
		var id, n int64
		var b sql.RawBytes
		if err := rows.Scan(&id, &n, &b); err != nil {
			return nil, seq, err
		}
		if n != seq+1 {
			break
		}
		payload, err := block.Payload(b, block.Log, n)
		if err == nil {
			c := block.Read(payload)
			points, err = c.Points(points[:0])
		}
		if err != nil {
			s.damage.add(s.hot.Path, "log", id, err)
			break
		}
		for i := range points {
			if id := s.names.id(points[i].Num); id != "" { // else it is lost
				out = append(out, tag.Sample{ID: id, Value: points[i].Value()})
			}
		}
		seq = n
	}
	return out, seq, rows.Err()
}
