package sqlite

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// carvable makes a file of rows from small to many pages long, some of them in
// the WAL alone, and copies it as a crash would leave it.
func carvable(t testing.TB) (path string, want map[int64][]byte) {
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "a.db"), Options{PageSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	exec := func(q string, args ...any) {
		t.Helper()
		if _, err := f.Writer.Exec(q, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE a(id INTEGER PRIMARY KEY, n, x, s, body)")
	want = map[int64][]byte{}
	put := func(id int64, size int) {
		want[id] = bytes.Repeat([]byte{byte(id), byte(size)}, size)
		exec("INSERT OR REPLACE INTO a VALUES(?,?,?,?,?)", id, id*id*id*id*id*id, float64(id)/8, fmt.Sprint("row ", id), want[id])
	}
	for i := range int64(60) {
		put(i-20, int(i*i))
	}
	exec("PRAGMA wal_checkpoint(TRUNCATE)")
	for i := range int64(30) {
		put(i, int(i*40))
	}
	path = filepath.Join(dir, "b.db")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, "a.db"+end))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path, want
}

func carve(t testing.TB, path string) map[int64][]byte {
	got := map[int64][]byte{}
	err := Carve(path, 1024, func(id int64, c []any) {
		if len(c) != 5 {
			return // of the schema
		}
		if n, ok := c[1].(int64); ok && n == id*id*id*id*id*id && c[2] == float64(id)/8 && c[3] == fmt.Sprint("row ", id) {
			got[id] = c[4].([]byte)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestCarveFindsEveryRow(t *testing.T) {
	path, want := carvable(t)
	if got := carve(t, path); !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("found %d of %d rows: %v", len(got), len(want), slices.Sorted(maps.Keys(got)))
	}
	// Without its first page there is nothing that SQLite could go by.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[:1024])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := carve(t, path); !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("without the first page found %d of %d rows", len(got), len(want))
	}
}

func FuzzCarve(f *testing.F) {
	path, _ := carvable(f)
	db, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(db[:8192], wal[:8192])
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		path := filepath.Join(t.TempDir(), "f.db")
		if os.WriteFile(path, db, 0o600) != nil || os.WriteFile(path+"-wal", wal, 0o600) != nil {
			t.Skip()
		}
		if err := Carve(path, 512, func(int64, []any) {}); err != nil {
			t.Fatal(err)
		}
	})
}
