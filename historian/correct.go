package historian

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"penstock/app/tag"
	"penstock/historian/internal/block"
)

// Correction is a sample that a person put in, and what stood in its place.
// The trail of corrections is only ever added to.
type Correction struct {
	ID   tag.ID
	At   int64     // time of the sample, ns since 1970 UTC
	Made int64     // when the person entered it, ns since 1970 UTC
	Old  tag.Value // the sample stored at that time before; zero when there was none
	New  tag.Value
	Who  string
	Why  string
}

// Correct stores a sample entered by a person, with the flag Manual, and notes
// in the trail who did so, why, and what stood there before (c.Old need not be
// given). Both are one transaction and durable when Correct returns nil. To
// take a sample out, give it a bad quality.
func (s *Store) Correct(ctx context.Context, c Correction) error {
	if s.o.ReadOnly || s.isClosed() {
		return ErrClosed
	}
	if c.At < max(minTime, s.oldest(s.numOf(c.ID)).raw) || c.At > maxTime {
		return fmt.Errorf("correct %s: %s", c.ID, BadTime)
	}
	if c.ID == "" || c.Who == "" {
		return errors.New("a correction needs a tag and a person")
	}
	// What waits is older than what the person says now.
	if err := s.Flush(); err != nil {
		return fmt.Errorf("correct %s: %w", c.ID, err)
	}
	s.queue.mu.Lock()
	num, ok := s.names.number(c.ID)
	s.queue.mu.Unlock()
	if !ok {
		return fmt.Errorf("correct %s: %s", c.ID, TooMany)
	}
	c.Old = tag.Value{}
	if old, found, err := s.before(ctx, num, c.At); err != nil {
		return fmt.Errorf("correct %s: %w", c.ID, err)
	} else if found && old.At == c.At {
		c.Old = old.Value()
	}
	c.New.Flags |= tag.Manual
	c.New.Source, c.New.Received = c.At, c.At
	if err := s.commit([]block.Point{pointOf(num, c.New)}, appendCorrection(nil, num, &c)); err != nil {
		return fmt.Errorf("correct %s: %w", c.ID, err)
	}
	s.queue.mu.Lock()
	s.queue.received++
	s.queue.mu.Unlock()
	return nil
}

func pointOf(num uint32, v tag.Value) block.Point {
	return block.Point{At: v.At(), Bits: v.Value.Bits(), Text: v.Value.Str(), Num: num, Q: v.Quality, Mark: block.MarkOf(v.Value.Kind(), v.Flags)}
}

// Corrections returns the trail of a tag (of all tags when id is empty) with
// sample times in [from, to), in the order in which they were made.
func (s *Store) Corrections(ctx context.Context, id tag.ID, from, to int64) ([]Correction, error) {
	rows, err := s.hot.Reader.QueryContext(ctx, "SELECT id, body FROM edit ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", err)
	}
	defer rows.Close()
	var out []Correction
	for rows.Next() {
		var row int64
		var b sql.RawBytes
		if err := rows.Scan(&row, &b); err != nil {
			return nil, fmt.Errorf("read corrections: %w", err)
		}
		c, num, err := readCorrection(b, row)
		if err != nil {
			s.damage.add(s.hot.Path, "edit", row, err)
			continue
		}
		c.ID = s.names.id(num)
		if (id == "" || c.ID == id) && c.At >= from && c.At < to {
			out = append(out, c)
		}
	}
	return out, rows.Err()
}

// The payload of an Edits row: time made, who, why, count of points, then the
// new sample and, where there was one, the old.
func appendCorrection(b []byte, num uint32, c *Correction) []byte {
	b = block.AppendInt(b, c.Made)
	for _, text := range []string{c.Who, c.Why} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	points := []block.Point{pointOf(num, c.New)}
	if c.Old != (tag.Value{}) {
		points = append(points, pointOf(num, c.Old))
	}
	return block.AppendPoints(b, points)
}

func readCorrection(body []byte, row int64) (c Correction, num uint32, err error) {
	payload, err := block.Payload(body, block.Edits, row)
	if err != nil {
		return c, 0, err
	}
	r := block.Read(payload)
	c.Made = r.Int()
	c.Who = string(r.Bytes(r.Uint()))
	c.Why = string(r.Bytes(r.Uint()))
	points, err := r.Points(nil)
	if err != nil || len(points) < 1 || len(points) > 2 {
		return c, 0, block.ErrDamaged
	}
	c.At, c.New, num = points[0].At, points[0].Value(), points[0].Num
	if len(points) == 2 {
		c.Old = points[1].Value()
	}
	return c, num, nil
}
