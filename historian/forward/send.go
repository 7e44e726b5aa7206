package forward

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"penstock/app/tag"
	"penstock/historian"
)

// ErrTaken says that somebody else has moved this station's cursor: two
// programs forward the same store.
var ErrTaken = errors.New("the cursor was moved by another program")

// A session is one connection and what it knows of the database.
type session struct {
	db              *pgx.Conn
	station, source string
	tags            map[tag.ID]int32
	cursor          cursor
	rows            [][]any
	index           map[rowKey]int
	late            int // transactions that expect rows to be there already
}

// cursor is the row of penstock_forward. Each transaction moves step by one,
// so that of two that began at the same step only one can commit.
type cursor struct {
	step   int64
	place  historian.Place
	sent   int64
	newest int64 // largest time sent, ns
}

type rowKey struct {
	tag int32
	at  int64
}

// open connects, makes the tables and reads the cursor. No transaction lives
// longer than the given time.
func open(ctx context.Context, conf *pgx.ConnConfig, station, source string, longest time.Duration) (*session, error) {
	db, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return nil, err
	}
	s := &session{db: db, station: station, source: source, tags: map[tag.ID]int32{}, index: map[rowKey]int{}}
	if err = bound(ctx, db, longest); err == nil {
		err = setUp(ctx, db)
	}
	if err == nil {
		if err = s.readCursor(ctx); err == nil {
			err = s.readTags(ctx)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// bound makes the server end what it does for us when we are no longer heard:
// after a line that went silent, a transaction it still waits in would hold the
// cursor for hours.
func bound(ctx context.Context, db *pgx.Conn, longest time.Duration) error {
	ms := longest.Milliseconds()
	_, err := db.Exec(ctx, fmt.Sprintf(`SET statement_timeout=%d; SET idle_in_transaction_session_timeout=%d;
		SET tcp_keepalives_idle=30; SET tcp_keepalives_interval=10; SET tcp_keepalives_count=3`, ms, ms))
	if err != nil {
		return fmt.Errorf("set time limits: %w", err)
	}
	return nil
}

func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.db.Close(ctx)
}

func (s *session) readCursor(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `INSERT INTO penstock_forward VALUES($1,$2,0,0,0,0,0,0,0,0,0,now()) ON CONFLICT DO NOTHING`, s.station, s.source)
	if err == nil {
		c := &s.cursor
		err = s.db.QueryRow(ctx, `SELECT step, seq, upto, day, raw, part, chunk, sent, newest FROM penstock_forward WHERE station=$1 AND source=$2`, s.station, s.source).
			Scan(&c.step, &c.place.Seq, &c.place.Upto, &c.place.Day, &c.place.Raw, &c.place.Part, &c.place.Chunk, &c.sent, &c.newest)
	}
	if err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	return nil
}

func (s *session) readTags(ctx context.Context) error {
	rows, err := s.db.Query(ctx, "SELECT tag, id FROM penstock_tag WHERE station=$1", s.station)
	if err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	var name string
	var id int32
	_, err = pgx.ForEachRow(rows, []any{&name, &id}, func() error {
		s.tags[tag.ID(name)] = id
		return nil
	})
	if err != nil {
		return fmt.Errorf("read tags: %w", err)
	}
	return nil
}

// send stores samples and moves the cursor behind them, in one transaction.
// After an error the session is to be closed: what the database has is known
// only by reading the cursor again.
func (s *session) send(ctx context.Context, samples []tag.Sample, next historian.Place) error {
	to := cursor{step: s.cursor.step + 1, place: next, sent: s.cursor.sent, newest: s.cursor.newest}
	for i := range samples {
		to.newest = max(to.newest, samples[i].At())
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if err := s.nameTags(ctx, tx, samples); err != nil {
			return err
		}
		s.lay(samples)
		to.sent += int64(len(s.rows))
		p := &to.place
		done, err := tx.Exec(ctx, `UPDATE penstock_forward SET step=$3, seq=$4, upto=$5, day=$6, raw=$7, part=$8, chunk=$9, sent=$10, newest=$11, updated=now()
			WHERE station=$1 AND source=$2 AND step=$3-1`, s.station, s.source, to.step, p.Seq, p.Upto, p.Day, p.Raw, p.Part, p.Chunk, to.sent, to.newest)
		if err != nil {
			return fmt.Errorf("move cursor: %w", err)
		}
		if done.RowsAffected() != 1 {
			return ErrTaken
		}
		if len(s.rows) == 0 {
			return nil
		}
		return s.store(ctx, tx)
	})
	if err == nil {
		s.cursor = to
	}
	return err
}

var columns = []string{"at", "time", "status", "number", "whole", "tag", "kind", "flags", "text", "bytes"}

const uniqueViolation = "23505"

// expectLate is how many transactions after one that met rows that were there
// expect the same. A COPY that fails leaves dead rows behind.
const expectLate = 16

// store copies the rows. Nearly always none of them is there yet and one COPY
// does it; where one is, because it was corrected or was sent before, all go
// through a table of their own and replace what is there.
func (s *session) store(ctx context.Context, tx pgx.Tx) error {
	if s.late > 0 {
		s.late--
		return s.replace(ctx, tx)
	}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.copyTo(ctx, tx, "penstock_sample") })
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != uniqueViolation {
		return err
	}
	s.late = expectLate
	return s.replace(ctx, tx)
}

// replace is store for rows of which some are there.
func (s *session) replace(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE IF NOT EXISTS penstock_late (LIKE penstock_sample) ON COMMIT DELETE ROWS"); err != nil {
		return fmt.Errorf("make table for late samples: %w", err)
	}
	if err := s.copyTo(ctx, tx, "penstock_late"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO penstock_sample (at, time, status, number, whole, tag, kind, flags, text, bytes)
		SELECT at, time, status, number, whole, tag, kind, flags, text, bytes FROM penstock_late
		ON CONFLICT (tag, time, at) DO UPDATE SET status=EXCLUDED.status, number=EXCLUDED.number, whole=EXCLUDED.whole,
		kind=EXCLUDED.kind, flags=EXCLUDED.flags, text=EXCLUDED.text, bytes=EXCLUDED.bytes`)
	if err != nil {
		return fmt.Errorf("replace samples: %w", err)
	}
	return nil
}

func (s *session) copyTo(ctx context.Context, tx pgx.Tx, table string) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(s.rows)); err != nil {
		return fmt.Errorf("copy samples: %w", err)
	}
	return nil
}

// nameTags numbers the tags the database does not know yet. Numbers of a
// transaction that fails go with its session.
func (s *session) nameTags(ctx context.Context, tx pgx.Tx, samples []tag.Sample) error {
	for i := range samples {
		id := samples[i].ID
		if _, ok := s.tags[id]; ok {
			continue
		}
		var num int32
		err := tx.QueryRow(ctx, `INSERT INTO penstock_tag(station, tag) VALUES($1,$2)
			ON CONFLICT (station, tag) DO UPDATE SET tag=EXCLUDED.tag RETURNING id`, s.station, plain(string(id))).Scan(&num)
		if err != nil {
			return fmt.Errorf("number tag %s: %w", id, err)
		}
		s.tags[id] = num
	}
	return nil
}

// lay turns samples into rows, of two for one tag and time the later alone.
func (s *session) lay(samples []tag.Sample) {
	s.rows = s.rows[:0]
	clear(s.index)
	for i := range samples {
		key := rowKey{s.tags[samples[i].ID], samples[i].At()}
		row := rowOf(key.tag, &samples[i].Value)
		if at, ok := s.index[key]; ok {
			s.rows[at] = row
			continue
		}
		s.index[key] = len(s.rows)
		s.rows = append(s.rows, row)
	}
}

// rowOf lays out one sample in the order of columns.
func rowOf(num int32, v *tag.Value) []any {
	at := v.At()
	row := []any{at, time.Unix(0, at), int64(v.Quality.Status()), nil, nil, num, int16(v.Value.Kind()), int16(v.Flags), nil, nil}
	switch v.Value.Kind() {
	case tag.KindFloat:
		row[3] = math.Float64frombits(v.Value.Bits())
	case tag.KindInt:
		row[3], row[4] = float64(int64(v.Value.Bits())), int64(v.Value.Bits())
	case tag.KindBool:
		row[3] = float64(v.Value.Bits())
	case tag.KindText:
		text := v.Value.Str()
		if p := plain(text); p != text {
			row[8], row[9] = p, []byte(text)
		} else {
			row[8] = text
		}
	}
	return row
}

// plain is a text without what PostgreSQL refuses: NUL, and bytes that are not
// UTF-8.
func plain(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
