package host

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// self is this program, also when its file has been replaced meanwhile.
func self() string { return "/proc/self/exe" }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// bind has nothing to do: Pdeathsig ends a child with its parent.
func bind(*os.Process) error { return nil }

// limitAddressSpace lets the process map limit bytes more than it has mapped.
// (Go maps about a gigabyte at its start that it never uses.)
func limitAddressSpace(limit uint64) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return
	}
	pages, err := strconv.ParseUint(string(bytes.Fields(text)[0]), 10, 63)
	if err != nil {
		return
	}
	all := pages*uint64(os.Getpagesize()) + limit
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &r) == nil {
		r.Cur = min(all, r.Max)
		syscall.Setrlimit(syscall.RLIMIT_AS, &r)
	}
}
