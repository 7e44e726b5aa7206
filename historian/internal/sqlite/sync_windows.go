package sqlite

import "os"

// syncDir does nothing: NTFS journals its names, and Windows does not open
// folders.
func syncDir(string) error { return nil }

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // FlushFileBuffers needs write access
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
