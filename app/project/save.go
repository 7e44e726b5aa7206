package project

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"penstock/drivers"
	"penstock/widgets/picture"
)

// Changes to a project folder are whole or not at all, whenever the power
// fails: the new files are written into stagedDir, then committed by making
// the marker, and only then moved into place. Load finishes what a power cut
// interrupted after the marker, and throws away what it interrupted before.
const (
	stagedDir = ".staged"
	marker    = "COMMIT"
)

// Replace checks the project as it would be with some files changed, and
// writes them if it is without a mistake. Names are those of a project folder,
// such as "alarms.csv" or "displays/pumps.json"; nil removes a file. The error
// is Problems, and nothing has changed, where there are mistakes.
func Replace(dir string, files map[string][]byte, set drivers.Set) (*Project, error) {
	if err := finish(dir); err != nil {
		return nil, err
	}
	for name := range files {
		if !ours(name) {
			return nil, fmt.Errorf("%q is not a file of a project", name)
		}
	}
	p, err := LoadFS(overlay{os.DirFS(dir), files}, set)
	if err != nil {
		return nil, err
	}
	if err := stage(dir, files); err != nil {
		return nil, fmt.Errorf("the project cannot be saved: %w", err)
	}
	if err := finish(dir); err != nil {
		return nil, err
	}
	return p, nil
}

// ours reports whether a name is one that a project's file can have.
func ours(name string) bool {
	switch name {
	case projectFile, devicesFile, tagsFile, alarmsFile:
		return true
	}
	if base, ok := strings.CutPrefix(name, picturesDir+"/"); ok {
		return pictureName.MatchString(base) && picture.Known(base)
	}
	base, ok := strings.CutPrefix(name, displaysDir+"/")
	base, json := strings.CutSuffix(base, ".json")
	return ok && json && badName(base) == "" && !strings.ContainsAny(base, `/\:`)
}

// stage writes the new files and commits them.
func stage(dir string, files map[string][]byte) error {
	staged := filepath.Join(dir, stagedDir)
	if err := os.RemoveAll(staged); err != nil {
		return err
	}
	for _, sub := range subfolders {
		if err := os.MkdirAll(filepath.Join(staged, sub), 0o700); err != nil {
			return err
		}
	}
	var removed bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if files[name] == nil {
			fmt.Fprintln(&removed, name)
			continue
		}
		if err := writeSynced(filepath.Join(staged, filepath.FromSlash(name)), files[name]); err != nil {
			return err
		}
	}
	for _, sub := range subfolders {
		if err := syncDir(filepath.Join(staged, sub)); err != nil {
			return err
		}
	}
	if err := syncDir(staged); err != nil {
		return err
	}
	// The marker lists what is to be removed; it comes by a rename, so it is
	// whole or not there.
	tmp := filepath.Join(staged, marker+".tmp")
	if err := writeSynced(tmp, removed.Bytes()); err != nil {
		return err
	}
	return errors.Join(os.Rename(tmp, filepath.Join(staged, marker)), syncDir(staged), syncDir(dir))
}

// finish moves committed files into place, and removes what was not
// committed. It may be interrupted and called again.
func finish(dir string) error {
	staged := filepath.Join(dir, stagedDir)
	removed, err := os.ReadFile(filepath.Join(staged, marker))
	if errors.Is(err, fs.ErrNotExist) {
		return os.RemoveAll(staged)
	}
	if err != nil {
		return fmt.Errorf("a change of the project was interrupted and cannot be finished: %w", err)
	}
	err = filepath.WalkDir(staged, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(staged, file)
		if err != nil || name == marker {
			return err
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.Rename(file, to)
	})
	if err == nil {
		for name := range strings.Lines(string(removed)) {
			if rerr := os.Remove(filepath.Join(dir, filepath.FromSlash(strings.TrimSpace(name)))); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = rerr
			}
		}
	}
	if err == nil {
		err = syncDir(dir)
	}
	for _, sub := range subfolders {
		if _, derr := os.Stat(filepath.Join(dir, sub)); err == nil && derr == nil {
			err = syncDir(filepath.Join(dir, sub))
		}
	}
	if err != nil {
		return fmt.Errorf("a change of the project was interrupted and cannot be finished: %w", err)
	}
	return os.RemoveAll(staged)
}

func writeSynced(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
