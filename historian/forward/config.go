package forward

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ReadURL reads the connection string out of an environment variable: the
// string itself, or file:PATH of a file that has it in its first line. A
// project names the variable and never holds the password.
func ReadURL(variable string) (string, error) {
	text := os.Getenv(variable)
	if path, isFile := strings.CutPrefix(text, "file:"); isFile {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read connection string: %w", err)
		}
		text, _, _ = strings.Cut(string(b), "\n")
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("the environment variable %s has no connection string", variable)
	}
	return text, nil
}

// Source returns the identity of the store in a folder, made when it is asked
// for first. A store that was restored into another folder has another one, and
// is sent again: the commits of both have the same numbers.
func Source(dir string) (string, error) {
	path := filepath.Join(dir, "forward.id")
	b, err := os.ReadFile(path)
	if err == nil && len(b) == 16 {
		return string(b), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("identity of the store: %w", err)
	}
	var id [8]byte
	rand.Read(id[:])
	text := hex.EncodeToString(id[:])
	// A name of its own first: half a file would be another store.
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("identity of the store: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("identity of the store: %w", err)
	}
	return text, nil
}
