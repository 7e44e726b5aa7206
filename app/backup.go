package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"penstock/app/plant"
	"penstock/historian"
)

var backupVerb = verb{
	name: "backup", args: "--data DIR --to DIR", short: "copy a data folder while the plant runs, and verify the copy",
	long: `Copies a data folder (journal, alarm states, users, history, certificates, versions of
the project) into a new folder, while the plant may go on running on it, and verifies
every checksum and the chain of the journal in the copy. The copy holds the station's private key: keep it safe.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder` of the plant")
		to := c.String("to", "", "the `folder` for the copy; made, must be empty")
		if err := errors.Join(c.parse(0), c.needs("data", "to")); err != nil {
			return err
		}
		from, copied := plant.DataDir(*data), plant.DataDir(*to)
		began := time.Now()
		j, err := openJournal(*data)
		if err != nil {
			return err
		}
		defer j.Close()
		if err := emptyFolder(*to); err != nil {
			return err
		}
		if err := j.Copy(ctx, copied.JournalPath()); err != nil {
			return fmt.Errorf("copy the journal: %w", err)
		}
		h, err := historian.Open(historian.Options{Dir: from.HistoryDir(), ReadOnly: true})
		if err != nil {
			return err
		}
		defer h.Close()
		if _, err := h.Backup(ctx, copied.HistoryDir()); err != nil {
			return err
		}
		if err := copyBeside(from, copied); err != nil {
			return err
		}
		if err := verifyData(ctx, c, *to); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "copied and verified in %v: %s\n", time.Since(began).Round(time.Millisecond), *to)
		return nil
	},
}

var restoreVerb = verb{
	name: "restore", args: "--from DIR --data DIR", short: "make a data folder out of a backup, verified first",
	long: `Makes a new data folder out of a backup. The backup is verified first, and the copy
again; a damaged or changed backup is refused. With --accept-damage the readable rest
of a damaged history is restored; a journal whose chain is broken never is.`,
	run: func(ctx context.Context, c *call) error {
		from := c.String("from", "", "the `folder` of the backup")
		data := c.String("data", "", "the data `folder` to make; must be empty or missing")
		accept := c.Bool("accept-damage", false, "restore what is readable of a damaged history")
		if err := errors.Join(c.parse(0), c.needs("from", "data")); err != nil {
			return err
		}
		if err := exists(*from, "from"); err != nil {
			return err
		}
		backup, to := plant.DataDir(*from), plant.DataDir(*data)
		if err := emptyFolder(*data); err != nil {
			return err
		}
		j, err := openJournal(*from)
		if err != nil {
			return err
		}
		defer j.Close()
		if err := verify(ctx, c, j, backup, ""); err != nil {
			return err
		}
		r, err := historian.Restore(ctx, backup.HistoryDir(), to.HistoryDir(), *accept)
		if err != nil {
			return err
		}
		for _, d := range r.Damage {
			fmt.Fprintf(c.out, "history: %s %s row %d is lost: %s\n", d.File, d.Table, d.Row, d.What)
		}
		if err := copyBeside(backup, to); err != nil {
			return err
		}
		// The journal comes last: a folder without it is no data folder yet.
		if err := j.Copy(ctx, to.JournalPath()); err != nil {
			return fmt.Errorf("copy the journal: %w", err)
		}
		fmt.Fprintf(c.out, "restored %d files of history and the journal into %s\n", r.Files, *data)
		kept, err := keyDir().RetireAnchors(to, time.Now())
		if err != nil {
			return err
		}
		if kept != "" {
			fmt.Fprintf(c.out, "the anchors of what was in this folder before are now %s\n", kept)
		}
		return nil
	},
}

var verifyVerb = verb{
	name: "verify", args: "--data DIR", short: "read every checksum of a data folder",
	long: `Reads every row of history and checks its checksum and content, and works out the
chain of the journal anew. Exit code 1 when anything is damaged or was changed. It may
run while the plant does, and on a backup.`,
	run: func(ctx context.Context, c *call) error {
		data := c.String("data", "", "the data `folder`")
		if err := errors.Join(c.parse(0), c.needs("data")); err != nil {
			return err
		}
		return verifyData(ctx, c, *data)
	},
}

// verifyData reads everything in a data folder and says what it found.
func verifyData(ctx context.Context, c *call, data string) error {
	j, err := openJournal(data)
	if err != nil {
		return err
	}
	defer j.Close()
	bad := verify(ctx, c, j, plant.DataDir(data), "")
	if bad != nil && !errors.Is(bad, errQuiet) {
		return bad
	}
	r, err := historian.Verify(ctx, plant.DataDir(data).HistoryDir())
	if err != nil {
		return err
	}
	for _, d := range r.Damage {
		fmt.Fprintf(c.out, "history: %s %s row %d is damaged: %s\n", d.File, d.Table, d.Row, d.What)
		bad = errQuiet
	}
	fmt.Fprintf(c.out, "history: %d rows in %d files, %d damaged\n", r.Rows, r.Files, len(r.Damage))
	return bad
}

// emptyFolder makes a folder, or refuses one that holds anything.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the folder cannot be made: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("the folder cannot be read: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty; name a new folder", dir)
	}
	return nil
}

// copyBeside copies what stands beside journal and history.
func copyBeside(from, to plant.DataDir) error {
	return errors.Join(copyTree(from.PKIDir(), to.PKIDir()), copyTree(from.VersionsDir(), to.VersionsDir()), copyTree(from.UnitsDir(), to.UnitsDir()))
}

// copyTree copies plain files with their rights; a folder that is not there
// is no mistake.
func copyTree(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), ".") && e.IsDir() {
			return fs.SkipDir // being made at this moment
		}
		target := filepath.Join(to, rel)
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s is not a plain file", name)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o600)
	})
}
