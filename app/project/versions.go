package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Version is a project as it was applied once, kept as a folder of its files.
// The folder is a project itself: check it, compare it, open it.
type Version struct {
	Name   string // of the folder: when it was first applied, UTC, and the first digits of Digest
	At     time.Time
	Folder string
}

const (
	versionTime   = "20060102T150405.000Z"
	versionDigits = 12 // of the digest in a name
	unfinished    = ".unfinished"
)

// Keep keeps files as a version in dir, unless they are what the newest version
// has. The version is there whole or not at all.
func Keep(dir string, files Files, at time.Time) (Version, error) {
	all, err := Versions(dir)
	if err != nil {
		return Version{}, err
	}
	digest := files.Digest()[:versionDigits]
	if n := len(all); n > 0 && strings.HasSuffix(all[n-1].Name, "-"+digest) {
		return all[n-1], nil
	}
	v := Version{Name: at.UTC().Format(versionTime) + "-" + digest, At: at.UTC()}
	v.Folder = filepath.Join(dir, v.Name)
	if _, err := os.Stat(v.Folder); err == nil {
		return v, nil // to and fro within a millisecond
	}
	tmp := filepath.Join(dir, unfinished)
	if err := os.RemoveAll(tmp); err != nil {
		return Version{}, err
	}
	for name, text := range files {
		file := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return Version{}, err
		}
		if err := writeSynced(file, text); err != nil {
			return Version{}, err
		}
	}
	return v, errors.Join(syncDir(tmp), os.Rename(tmp, v.Folder), syncDir(dir))
}

// Versions lists the versions in dir, the oldest first. There are none where
// there is no folder.
func Versions(dir string) (out []Version, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		when, _, ok := strings.Cut(e.Name(), "-")
		at, perr := time.Parse(versionTime, when)
		if ok && perr == nil && e.IsDir() {
			out = append(out, Version{Name: e.Name(), At: at, Folder: filepath.Join(dir, e.Name())})
		}
	}
	slices.SortFunc(out, func(a, b Version) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// ReadFiles reads the files of a project folder without a look at what they
// say. Anything else in the folder is left out.
func ReadFiles(dir string) (Files, error) {
	out := Files{}
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if e.IsDir() {
			if strings.HasPrefix(e.Name(), ".") && rel != "." {
				return fs.SkipDir
			}
			return nil
		}
		info, err := e.Info()
		if err != nil || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		if info.Size() > maxFile {
			return fmt.Errorf("%s has %d MiB; a file of a project may have %d", file, info.Size()>>20, maxFile>>20)
		}
		out[filepath.ToSlash(rel)], err = os.ReadFile(file)
		return err
	})
	return out, err
}
