//go:build amd64 || arm64

package bench

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// dropCache makes the system forget what it has cached of a folder's files,
// and reports whether it could be asked to.
func dropCache(dir string) bool {
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	ok := true
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			ok = false
			return nil
		}
		defer f.Close()
		if f.Sync() != nil { // what is not on the disk stays
			ok = false
		}
		if _, _, e := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); e != 0 {
			ok = false
		}
		return nil
	})
	return ok
}
