package forward

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"penstock/app/tag"
	"penstock/historian"
)

// Reader reads forwarded samples back, with the same calls and results as the
// store that sent them. It is safe for concurrent use, one query at a time.
type Reader struct {
	conf    *pgx.ConnConfig
	station string

	mu sync.Mutex
	db *pgx.Conn
}

// NewReader makes a reader of a station's samples. It connects when it is asked
// for some, and again after a failure.
func NewReader(url, station string) (*Reader, error) {
	conf, err := configure(url, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &Reader{conf: conf, station: station}, nil
}

// Close ends the connection.
func (r *Reader) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop()
}

func (r *Reader) drop() {
	if r.db != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		r.db.Close(ctx)
		r.db = nil
	}
}

// Raw is historian.Store.Raw. yield must not call the Reader.
func (r *Reader) Raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw(ctx, id, from, to, yield)
}

const columnsOf = `SELECT s.at, s.status, s.number, s.whole, s.kind, s.flags, s.text, s.bytes FROM penstock_sample s
	WHERE s.tag = (SELECT id FROM penstock_tag WHERE station = $1 AND tag = $2)`

// time is at rounded down, so bounds on it leave nothing out, and let a
// hypertable skip its other parts.
const rangeQuery = columnsOf + ` AND s.time >= $3 AND s.time <= $4 AND s.at >= $5 AND s.at < $6 ORDER BY s.time, s.at`

const beforeQuery = columnsOf + ` AND s.time <= $3 AND s.at <= $4 ORDER BY s.time DESC, s.at DESC LIMIT 1`

func (r *Reader) raw(ctx context.Context, id tag.ID, from, to int64, yield func(tag.Value) bool) error {
	if from >= to {
		return nil
	}
	return r.each(ctx, id, yield, rangeQuery, r.station, string(id), floor(from), floor(to), from, to)
}

// floor is the time column of a sample at the given ns.
func floor(at int64) time.Time { return time.Unix(0, at).Truncate(time.Microsecond) }

// each calls yield with the samples a query finds.
func (r *Reader) each(ctx context.Context, id tag.ID, yield func(tag.Value) bool, query string, args ...any) (err error) {
	defer func() {
		if err != nil {
			r.drop()
			err = fmt.Errorf("read %s from the database: %w", id, err)
		}
	}()
	if r.db == nil || r.db.IsClosed() {
		if r.db, err = pgx.ConnectConfig(ctx, r.conf); err != nil {
			return err
		}
	}
	rows, err := r.db.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var row sampleRow
	for rows.Next() {
		if err := rows.Scan(&row.at, &row.status, &row.number, &row.whole, &row.kind, &row.flags, &row.text, &row.bytes); err != nil {
			return err
		}
		if !yield(row.value()) {
			// The rest is on its way: a new connection is cheaper than
			// reading years of it.
			if rows.Next() {
				r.drop()
			}
			return nil
		}
	}
	return rows.Err()
}

type sampleRow struct {
	at, status  int64
	number      *float64
	whole       *int64
	kind, flags int16
	text        *string
	bytes       []byte
}

// value is the sample as it was stored.
func (s *sampleRow) value() tag.Value {
	v := tag.Value{Source: s.at, Received: s.at, Quality: tag.FromStatus(uint32(s.status)), Flags: tag.Flags(s.flags)}
	var bits uint64
	var text string
	switch kind := tag.Kind(s.kind); {
	case kind == tag.KindInt && s.whole != nil:
		bits = uint64(*s.whole)
	case kind == tag.KindFloat && s.number != nil:
		bits = math.Float64bits(*s.number)
	case kind == tag.KindBool && s.number != nil:
		bits = uint64(*s.number)
	case kind == tag.KindText && s.bytes != nil:
		text = string(s.bytes)
	case kind == tag.KindText && s.text != nil:
		text = *s.text
	}
	v.Value = tag.FromBits(tag.Kind(s.kind), bits, text)
	return v
}

// Before returns the newest sample of a tag at or before t; ok is false when
// there is none.
func (r *Reader) Before(ctx context.Context, id tag.ID, t int64) (v tag.Value, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.before(ctx, id, t)
}

func (r *Reader) before(ctx context.Context, id tag.ID, t int64) (v tag.Value, ok bool, err error) {
	err = r.each(ctx, id, func(found tag.Value) bool { v, ok = found, true; return true }, beforeQuery, r.station, string(id), floor(t), t)
	return v, ok, err
}

// Buckets is historian.Store.Buckets, made of samples throughout: what the
// store makes of rolls, to within their rounding, is exact here. A value is
// held until horizon at most, the newest time of the store (see
// historian.Store.Newest).
func (r *Reader) Buckets(ctx context.Context, id tag.ID, from, to int64, n int, horizon int64) ([]historian.Bucket, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return historian.BucketsOf(past{ctx, r, id}, from, to, n, horizon)
}

// past is one tag of a Reader whose lock is held.
type past struct {
	ctx context.Context
	r   *Reader
	id  tag.ID
}

func (p past) Before(t int64) (tag.Value, bool, error) { return p.r.before(p.ctx, p.id, t) }

func (p past) Samples(from, to int64, yield func(tag.Value) bool) error {
	return p.r.raw(p.ctx, p.id, from, to, yield)
}
