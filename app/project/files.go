package project

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"maps"
	"slices"
)

// Files is the text of a project's files by their names in its folder.
type Files map[string][]byte

// Digest is the fingerprint of all files: 64 hexadecimal digits of SHA-256. It
// does not depend on when or where they were written.
func (f Files) Digest() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(f)) {
		h.Write(binary.AppendUvarint(nil, uint64(len(name))))
		h.Write([]byte(name))
		h.Write(binary.AppendUvarint(nil, uint64(len(f[name]))))
		h.Write(f[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// witness is a file system that remembers what was read from it, so that what
// is kept of a project is what was loaded, whatever happens to its folder.
type witness struct {
	fs.FS
	files Files
}

// ReadFile implements fs.ReadFileFS.
func (w witness) ReadFile(name string) ([]byte, error) {
	text, err := fs.ReadFile(w.FS, name)
	if err == nil {
		w.files[name] = text
	}
	return text, err
}

// ReadDir implements fs.ReadDirFS.
func (w witness) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.FS, name) }
