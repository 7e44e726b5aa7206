package screens

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// What a station keeps for its people lies in Options.Folder, a file a sort:
// windows, favourites, trend groups. Each is JSON that people can read and
// copy to another station. One that cannot be read is told and never written
// over.

// readKept reads what writeKept wrote, strictly. A file that is not there
// leaves into as it is: there is false. What names the content to a person.
func readKept(folder, name, what string, into any) (there bool, err error) {
	path := filepath.Join(folder, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		err = dec.Decode(into)
	}
	if err != nil {
		return true, fmt.Errorf("the %s in %s cannot be read: %w", what, path, err)
	}
	return true, nil
}

// keptText is what writeKept writes of a value.
func keptText(of any) ([]byte, error) {
	text, err := json.MarshalIndent(of, "", "  ")
	return append(text, '\n'), err
}

// writeKept puts a text into the folder, whole or not at all.
func writeKept(folder, name string, text []byte) error {
	return writeWhole(filepath.Join(folder, name), func(w io.Writer) error { _, err := w.Write(text); return err })
}

// writeWhole writes a file beside its place and moves it there when it is
// complete: nobody ever finds half of it.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".penstock-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	buf := bufio.NewWriterSize(f, 1<<16)
	if err = write(buf); err != nil {
		return err
	}
	if err = errors.Join(buf.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
