package historian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"penstock/historian/internal/sqlite"
)

// Backup writes a copy of the whole store into the folder to, which is made
// and must be empty, while the store goes on working, and verifies the copy.
// Everything committed before the call is in it.
func (s *Store) Backup(ctx context.Context, to string) (Report, error) {
	if err := emptyFolder(to); err != nil {
		return Report{}, fmt.Errorf("backup: %w", err)
	}
	// In the order in which samples move: what is sealed or compacted
	// meanwhile is in both copies, and is kept once when it is read.
	if err := s.hot.CopyTo(ctx, filepath.Join(to, "hot.db")); err != nil {
		return Report{}, fmt.Errorf("backup: %w", err)
	}
	for _, kind := range []string{"day", "raw", "minute", "hour"} {
		if s.o.ReadOnly { // another process writes the store
			if err := s.shelf.look(); err != nil {
				return Report{}, fmt.Errorf("backup: %w", err)
			}
		}
		for _, p := range s.shelf.list(kind) {
			f, err := s.shelf.take(p)
			if err != nil {
				return Report{}, fmt.Errorf("backup: %w", err)
			}
			if f == nil {
				continue // compacted meanwhile
			}
			err = f.CopyTo(ctx, filepath.Join(to, p.name()))
			s.shelf.put(f)
			if err != nil {
				return Report{}, fmt.Errorf("backup: %w", err)
			}
		}
	}
	r, err := Verify(ctx, to)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return r, fmt.Errorf("backup: %w", err)
	}
	return r, nil
}

// Restore makes the folder to, which must be empty, a store out of a backup.
// The backup is verified first and the copy again: a damaged backup is not
// restored unless the caller accepts the damage, which then is in the Report.
func Restore(ctx context.Context, backup, to string, acceptDamage bool) (Report, error) {
	r, err := Verify(ctx, backup)
	if err == nil && !acceptDamage {
		err = r.Err()
	}
	if err == nil {
		err = emptyFolder(to)
	}
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	names, err := storeFiles(backup)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	for _, name := range names {
		if err := copyFile(ctx, filepath.Join(backup, name), filepath.Join(to, name)); err != nil {
			return r, fmt.Errorf("restore: %w", err)
		}
	}
	if r, err = Verify(ctx, to); err == nil && !acceptDamage {
		err = r.Err()
	}
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	return r, nil
}

// copyFile copies a database through SQLite, which sees what its WAL holds; one
// that SQLite cannot read is copied byte by byte.
func copyFile(ctx context.Context, from, to string) error {
	f, err := sqlite.Open(from, sqlite.Options{ReadOnly: true})
	if err == nil {
		err = f.CopyTo(ctx, to)
		f.Close()
	}
	if err == nil || !sqlite.IsDamaged(err) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// emptyFolder makes a folder, or checks that it is empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty", dir)
	}
	return err
}
