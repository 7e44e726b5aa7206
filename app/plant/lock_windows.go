package plant

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

const (
	lockExclusive  = 2
	lockAtOnce     = 1
	errorLockInUse = syscall.Errno(33) // ERROR_LOCK_VIOLATION
)

// lockFile takes the file for this process until it ends, however it ends.
func lockFile(f *os.File) (taken bool, err error) {
	var at syscall.Overlapped
	ok, _, err := lockFileEx.Call(f.Fd(), lockExclusive|lockAtOnce, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if ok != 0 {
		return true, nil
	}
	if errors.Is(err, errorLockInUse) {
		return false, nil
	}
	return false, err
}
