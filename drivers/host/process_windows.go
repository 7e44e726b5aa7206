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

// noWindow keeps a child of a window program from opening a console.
const noWindow = 0x08000000

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: noWindow | syscall.CREATE_NEW_PROCESS_GROUP}
}

func limitAddressSpace(uint64) {}
