//go:build !linux && !windows

package host

import (
	"os"
	"syscall"
)

func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func attributes() *syscall.SysProcAttr { return nil }

// bind has nothing: a child sees the end of its input, and ends.
func bind(*os.Process) error { return nil }

func limitAddressSpace(uint64) {}
