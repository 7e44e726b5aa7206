package historian

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/app/tag"
)

// ImportCSV stores samples from a CSV file whose header names the columns tag,
// time, value and, if wanted, quality, in any order. A time is RFC 3339 or ns
// since 1970 UTC; a quality is an OPC UA status code (0 or 0x80050000), "good",
// "uncertain" or "bad"; without one a sample is good. A value is read as the
// kind its tag had last, or else as number, "true" or "false", or text; an
// empty value is none. Imported samples have the flag Backfilled and lie in
// their place whenever they come; importing a file twice changes nothing.
//
// It returns how many samples were stored. A line that cannot be read stops
// the import, and the error names the line; lines before it are stored.
func (s *Store) ImportCSV(ctx context.Context, r io.Reader) (n int, err error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return 0, fmt.Errorf("import: %w", err)
	}
	var col [4]int
	for i, name := range []string{"tag", "time", "value", "quality"} {
		col[i] = slices.IndexFunc(header, func(h string) bool {
			return strings.EqualFold(strings.Trim(h, " \ufeff"), name)
		})
	}
	if col[0] < 0 || col[1] < 0 || col[2] < 0 {
		return 0, errors.New("import: line 1: the header must name the columns tag, time and value")
	}
	kinds := map[tag.ID]tag.Kind{}
	for id, v := range s.Last() {
		kinds[id] = v.Value.Kind()
	}
	const piece = 5000 // samples between waits for the disk, so that none are dropped
	var batch []tag.Sample
	put := func() error {
		before := s.Stats()
		s.Append(batch)
		if err := s.Flush(); err != nil {
			return err
		}
		after := s.Stats()
		n += len(batch)
		batch = batch[:0]
		for _, why := range []Drop{QueueFull, BadTime, TooOld, TooMany, DiskFull, NotStored} {
			if lost := after.Dropped[why] - before.Dropped[why]; lost > 0 {
				return fmt.Errorf("%d samples were not stored: %s", lost, why)
			}
		}
		return ctx.Err()
	}
	for {
		record, err := in.Read()
		if err == io.EOF {
			break
		}
		if err == nil {
			var v tag.Sample
			if v, err = sampleOf(record, col, kinds); err == nil {
				batch = append(batch, v)
			} else {
				line, _ := in.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line, err)
			}
		}
		if err == nil && len(batch) >= piece {
			err = put()
		}
		if err != nil {
			if e := put(); e != nil {
				err = e
			}
			return n, fmt.Errorf("import: %w", err)
		}
	}
	if err := put(); err != nil {
		return n, fmt.Errorf("import: %w", err)
	}
	return n, nil
}

func sampleOf(record []string, col [4]int, kinds map[tag.ID]tag.Kind) (v tag.Sample, err error) {
	v.ID = tag.ID(strings.TrimSpace(record[col[0]]))
	if v.ID == "" {
		return v, errors.New("no tag")
	}
	if v.Source, err = parseTime(record[col[1]]); err != nil {
		return v, err
	}
	v.Flags = tag.Backfilled
	v.Quality = tag.Good
	if col[3] >= 0 {
		if v.Quality, err = parseQuality(record[col[3]]); err != nil {
			return v, err
		}
	}
	v.Value.Value, err = parseValue(record[col[2]], kinds[v.ID])
	return v, err
}

func parseTime(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if ns, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ns, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time (RFC 3339 or ns since 1970)", s)
	}
	return t.UnixNano(), nil
}

func parseQuality(s string) (tag.Quality, error) {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "", "good":
		return tag.Good, nil
	case "uncertain":
		return tag.Uncertain, nil
	case "bad":
		return tag.Bad, nil
	}
	code, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a quality", s)
	}
	return tag.FromStatus(uint32(code)), nil
}

func parseValue(s string, kind tag.Kind) (tag.Scalar, error) {
	if kind != tag.None && kind != tag.KindText && s == "" {
		return tag.Scalar{}, nil
	}
	if kind != tag.None {
		return tag.Parse(kind, s)
	}
	switch f, err := strconv.ParseFloat(s, 64); {
	case s == "":
		return tag.Scalar{}, nil
	case err == nil:
		return tag.Float(f), nil
	case strings.EqualFold(s, "true") || strings.EqualFold(s, "false"):
		return tag.Bool(strings.EqualFold(s, "true")), nil
	}
	return tag.Text(s), nil
}
