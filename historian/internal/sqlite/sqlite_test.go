package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPragmasReachEveryConnection(t *testing.T) {
	f, err := Open(filepath.Join(t.TempDir(), "a b%20c#d.db"), Options{PageSize: 16384, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, db := range []*sql.DB{f.Writer, f.Reader, f.Reader} {
		for q, want := range map[string]string{
			"PRAGMA page_size": "16384", "PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA busy_timeout": "10000",
		} {
			var got string
			if err := db.QueryRow(q).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s %v, want %s", q, got, err, want)
			}
		}
	}
	if _, err := os.Stat(f.Path); err != nil {
		t.Errorf("the odd name was not kept: %v", err)
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")
	var n int
	if err := f.Reader.QueryRow("SELECT a FROM t").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v, want the database alone", left)
	}
}

func TestWriteRollsBack(t *testing.T) {
	f, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "CREATE TABLE t(a)")
	no := errors.New("no")
	err = f.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO t VALUES(1)"); err != nil {
			t.Fatal(err)
		}
		return no
	})
	var n int
	if e := f.Reader.QueryRow("SELECT count(*) FROM t").Scan(&n); err != no || e != nil || n != 0 {
		t.Errorf("err %v, %d rows (%v), want the error and no row", err, n, e)
	}
}

func TestCopyAndReadOnly(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "CREATE TABLE t(a)", "INSERT INTO t VALUES(7)")
	copied := filepath.Join(dir, "copy.db")
	if err := f.CopyTo(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := f.CopyTo(t.Context(), copied); !errors.Is(err, os.ErrExist) {
		t.Errorf("second copy: %v, want ErrExist", err)
	}
	for _, path := range []string{copied, f.Path} { // the second while it is open for writing
		r, err := Open(path, Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := r.Reader.QueryRow("SELECT a FROM t").Scan(&n); err != nil || n != 7 {
			t.Errorf("%s: %d %v, want 7", path, n, err)
		}
		if _, err := r.Reader.Exec("INSERT INTO t VALUES(8)"); !IsReadOnly(err) {
			t.Errorf("write to a read-only file: %v", err)
		}
		r.Close()
	}
	if _, err := Open(filepath.Join(dir, "none.db"), Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestDamageIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte("this is not a database, by any means whatsoever, is it?"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !IsDamaged(err) {
		t.Errorf("opened garbage: %v", err)
	}
}

func write(t *testing.T, f *File, queries ...string) {
	t.Helper()
	err := f.Write(context.Background(), func(tx *sql.Tx) error {
		for _, q := range queries {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOthersCannotReadIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights there are those of the folder")
	}
	dir := t.TempDir()
	f, err := Open(filepath.Join(dir, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(t, f, "CREATE TABLE t(a)", "INSERT INTO t VALUES(1)")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has %v, %v", e.Name(), info.Mode(), err)
		}
	}
}
