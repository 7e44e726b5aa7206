package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"penstock/drivers"
)

// Limits of what is read at all. A file beyond them is refused before it is
// parsed, so that no project can fill the memory.
const (
	maxFile     = 64 << 20
	maxDisplays = 2000
)

// Load reads and checks the project in a folder. The error is Problems with
// every mistake, or one sentence when there is no project at all; the project
// is nil then.
func Load(dir string, set drivers.Set) (*Project, error) {
	if err := isFolder(dir); err != nil {
		return nil, err
	}
	if has(os.DirFS(dir), stagedDir) {
		if err := finish(dir); err != nil {
			return nil, err
		}
	}
	return LoadFS(os.DirFS(dir), set)
}

func isFolder(dir string) error {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s; name the folder that holds project.toml", dir)
	case err != nil:
		return fmt.Errorf("the project folder %s cannot be read: %w", dir, err)
	case !info.IsDir():
		return fmt.Errorf("%s is a file; name the folder that holds project.toml", dir)
	}
	return nil
}

// LoadFS is Load for any file system, such as the demo project inside the
// program.
func LoadFS(fsys fs.FS, set drivers.Set) (*Project, error) {
	var probs Problems
	seen := witness{fsys, Files{}}
	fsys = seen
	text := read(fsys, projectFile, &probs)
	if text == nil {
		return nil, probs
	}
	p := readProject(text, &probs)
	// Where one of the files that others lean on cannot be read as a whole, only
	// the form of those is looked at: that they name what is not known would hide
	// the one mistake there is.
	whole := p != nil
	if !whole {
		p = &Project{}
	}
	p.Files = seen.files
	if text := read(fsys, devicesFile, &probs); text == nil {
		whole = false
	} else if whole {
		whole = readDevices(text, p, set, &probs)
	} else {
		readTOML(devicesFile, text, &probs)
	}
	c := checker{p: p, set: set, probs: &probs}
	if text := read(fsys, tagsFile, &probs); text == nil {
		whole = false
	} else if whole {
		c.tagAt = readTags(text, p, &probs)
		whole = c.tagAt != nil
	} else {
		readCSV(tagsFile, text, tagColumns, []string{"id"}, &probs)
	}
	if has(fsys, alarmsFile) {
		if text := read(fsys, alarmsFile, &probs); text != nil && whole {
			c.alarmAt = readAlarms(text, p, &probs)
		} else if text != nil {
			readCSV(alarmsFile, text, alarmColumns, []string{"id", "kind"}, &probs)
		}
	}
	readPictures(fsys, p, &probs)
	c.unread = readDisplays(fsys, p, &probs)
	if whole {
		c.check()
	}
	if len(probs) > 0 {
		inOrder(probs)
		return nil, probs
	}
	return p, nil
}

func has(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// read returns a file's bytes, or nil with the problem noted.
func read(fsys fs.FS, name string, probs *Problems) []byte {
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		probs.Add(name, 0, "the file is missing", "every project has project.toml, devices.toml and tags.csv")
		return nil
	case err == nil && info.Size() == 0 && name != devicesFile:
		probs.Add(name, 0, "the file is empty", "penstock versions --data DIR says where the versions that ran are kept; take it from there, or from a backup")
		return nil
	case err == nil && info.Size() > maxFile:
		probs.Add(name, 0, fmt.Sprintf("the file has %d MiB", info.Size()>>20), fmt.Sprintf("a file may have %d MiB; split the project", maxFile>>20))
		return nil
	}
	var text []byte
	if err == nil {
		text, err = fs.ReadFile(fsys, name)
	}
	if err != nil {
		probs.Add(name, 0, "the file cannot be read: "+err.Error(), "check that it is a file and may be read")
		return nil
	}
	if text == nil {
		text = []byte{}
	}
	return text
}

// displayFiles lists the display files by name.
func displayFiles(fsys fs.FS, probs *Problems) (out []string) {
	entries, err := fs.ReadDir(fsys, displaysDir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			probs.Add(displaysDir, 0, "the folder cannot be read: "+err.Error(), "")
		}
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".json") {
			out = append(out, path.Join(displaysDir, e.Name()))
		}
	}
	if len(out) > maxDisplays {
		probs.Add(displaysDir, 0, fmt.Sprintf("there are %d displays", len(out)), fmt.Sprintf("a project may have %d", maxDisplays))
		return nil
	}
	return out
}
