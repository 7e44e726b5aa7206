package forward

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// layout is the version of the tables; it is in penstock_layout.
const layout = 1

// The tables. They have the names of the program, so that they can share a
// database with others. at is exact; time is at cut to the microsecond that
// PostgreSQL keeps, and what people and hypertables work with.
var tables = []string{
	`CREATE TABLE IF NOT EXISTS penstock_layout(version integer PRIMARY KEY)`,
	`CREATE TABLE IF NOT EXISTS penstock_tag(
		id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		station text NOT NULL,
		tag text NOT NULL,
		UNIQUE(station, tag))`,
	`CREATE TABLE IF NOT EXISTS penstock_sample(
		at bigint NOT NULL,
		time timestamptz NOT NULL,
		status bigint NOT NULL,
		number double precision,
		whole bigint,
		tag integer NOT NULL,
		kind smallint NOT NULL,
		flags smallint NOT NULL,
		text text,
		bytes bytea,
		PRIMARY KEY(tag, time, at))`,
	`CREATE TABLE IF NOT EXISTS penstock_forward(
		station text NOT NULL,
		source text NOT NULL,
		step bigint NOT NULL,
		seq bigint NOT NULL,
		upto bigint NOT NULL,
		day bigint NOT NULL,
		raw bigint NOT NULL,
		part bigint NOT NULL,
		chunk bigint NOT NULL,
		sent bigint NOT NULL,
		newest bigint NOT NULL,
		updated timestamptz NOT NULL,
		PRIMARY KEY(station, source))`,
	`COMMENT ON COLUMN penstock_sample.at IS 'ns since 1970 UTC'`,
	`COMMENT ON COLUMN penstock_sample.status IS 'OPC UA StatusCode: below 1073741824 good, below 2147483648 uncertain, else bad'`,
	`COMMENT ON COLUMN penstock_sample.kind IS '0 none, 1 float, 2 int, 3 bool, 4 text'`,
	`COMMENT ON COLUMN penstock_sample.bytes IS 'a text that PostgreSQL cannot hold as text'`,
	`CREATE OR REPLACE VIEW penstock_history AS
		SELECT t.station, t.tag, s.time, s.at, s.number, s.whole, s.text, s.status, s.status < 1073741824 AS good, s.kind, s.flags
		FROM penstock_sample s JOIN penstock_tag t ON t.id = s.tag`,
}

// setUpLock keeps two stations from making the tables at the same time.
const setUpLock = 0x70656e73

// setUp makes the tables where they are missing, in one transaction. A user who
// may not make tables is fine when somebody else has.
func setUp(ctx context.Context, db *pgx.Conn) error {
	var there bool
	if err := db.QueryRow(ctx, "SELECT to_regclass('penstock_layout') IS NOT NULL").Scan(&there); err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	if there {
		var version int
		if err := db.QueryRow(ctx, "SELECT max(version) FROM penstock_layout").Scan(&version); err != nil {
			return fmt.Errorf("read layout: %w", err)
		}
		if version > layout {
			return fmt.Errorf("the database has tables of a newer program (layout %d, this one writes %d)", version, layout)
		}
		return nil
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", setUpLock); err != nil {
			return err
		}
		for _, q := range tables {
			if _, err := tx.Exec(ctx, q); err != nil {
				return fmt.Errorf("make tables: %w", err)
			}
		}
		if err := makeHypertable(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO penstock_layout VALUES($1) ON CONFLICT DO NOTHING", layout)
		return err
	})
}

// makeHypertable partitions the samples by week where the database has
// TimescaleDB.
func makeHypertable(ctx context.Context, tx pgx.Tx) error {
	var has bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS(SELECT 1 FROM pg_extension WHERE extname = 'timescaledb')").Scan(&has); err != nil || !has {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT create_hypertable('penstock_sample', 'time', chunk_time_interval => INTERVAL '7 days', if_not_exists => TRUE)"); err != nil {
		return fmt.Errorf("make hypertable: %w", err)
	}
	return nil
}
