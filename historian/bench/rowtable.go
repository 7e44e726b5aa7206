package bench

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	"penstock/app/tag"
	"penstock/historian/internal/sqlite"
)

// rows stores the same samples as plain rows, one fsynced commit a second, in
// a table ordered by tag and time.
func (b *run) rows() error {
	dir, err := b.folder("rows")
	if err != nil {
		return err
	}
	f, err := sqlite.Open(filepath.Join(dir, "rows.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Writer.Exec("CREATE TABLE sample(tag INTEGER, at INTEGER, value, quality INTEGER, PRIMARY KEY(tag, at)) WITHOUT ROWID"); err != nil {
		return err
	}
	made := making(b.Tags, b.Rows)
	p := newPlant(b.Tags, 42)
	num := map[tag.ID]int64{}
	start := cpu()
	for range b.Rows {
		err := f.Write(b.ctx, func(tx *sql.Tx) error {
			insert, err := tx.Prepare("INSERT INTO sample VALUES(?,?,?,?)")
			if err != nil {
				return err
			}
			defer insert.Close()
			var failed error
			p.each(1, func(batch []tag.Sample) {
				for _, v := range batch {
					n, ok := num[v.ID]
					if !ok {
						n = int64(len(num) + 1)
						num[v.ID] = n
					}
					if _, err := insert.Exec(n, v.Source, plain(v.Value.Value), int64(v.Quality.Status())); err != nil {
						failed = err
					}
				}
			})
			return failed
		})
		if err != nil {
			return err
		}
	}
	used, samples := cpu()-start-made, float64(b.Tags*b.Rows)
	b.beside(b.nameIngest(), func(f *Figure) { f.Rows = used.Seconds() / samples * 1e6 })
	from := int64(plantStart)
	b.query(fmt.Sprintf("row table: 1 tag, %d s, raw", b.Rows), 0, func() (int, error) {
		rows, err := f.Reader.QueryContext(b.ctx, "SELECT at, value, quality FROM sample WHERE tag=? AND at BETWEEN ? AND ?", 1, from, from+int64(b.Rows)*int64(time.Second))
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var at, q int64
			var v any
			if err := rows.Scan(&at, &v, &q); err != nil {
				return n, err
			}
			n++
		}
		return n, rows.Err()
	})
	if err := f.Close(); err != nil {
		return err
	}
	b.beside(nameBytes, func(f *Figure) { f.Rows = float64(diskUse(dir)["rows"]) / samples })
	return nil
}

// plain is a value as a column of a row holds it.
func plain(v tag.Scalar) any {
	switch v.Kind() {
	case tag.KindText:
		return v.Str()
	case tag.KindInt, tag.KindBool:
		i, _ := v.Int()
		return i
	case tag.KindFloat:
		f, _ := v.Float()
		return f
	}
	return nil
}
