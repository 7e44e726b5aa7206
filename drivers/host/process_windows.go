package host

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
}

// together is the job of all children. The system ends them when the last
// handle to it is closed, and we hold the only one: however we end, they do.
var together = sync.OnceValues(func() (windows.Handle, error) {
	return job(windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	})
})

// job makes a job object with limits.
func job(limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION) (windows.Handle, error) {
	h, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, fmt.Errorf("make a job: %w", err)
	}
	if _, err := windows.SetInformationJobObject(h, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits))); err != nil {
		windows.CloseHandle(h)
		return 0, fmt.Errorf("limit a job: %w", err)
	}
	return h, nil
}

// bind lets a child end with us.
func bind(p *os.Process) error {
	all, err := together()
	if err != nil {
		return err
	}
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
	if err != nil {
		return fmt.Errorf("open the child: %w", err)
	}
	defer windows.CloseHandle(h)
	if err := windows.AssignProcessToJobObject(all, h); err != nil {
		return fmt.Errorf("put the child into our job: %w", err)
	}
	return nil
}

// startSize is more than a process of ours has committed when it begins.
const startSize = 128 << 20

// limitAddressSpace lets the process commit limit bytes more than it begins
// with: a job of its own inside the parent's. The handle stays open, since the
// limit goes with it. Without the job the watch on memory is still there.
func limitAddressSpace(limit uint64) {
	h, err := job(windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY},
		ProcessMemoryLimit:    uintptr(limit + startSize),
	})
	if err == nil {
		_ = windows.AssignProcessToJobObject(h, windows.CurrentProcess())
	}
}
