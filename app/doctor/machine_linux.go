package doctor

import (
	"os"
	"syscall"
	"time"
)

// timeError is what adjtimex returns for a clock that nothing keeps right.
const timeError = 5

// clock asks the kernel whether something keeps the clock right.
func clock() Finding {
	const do = "run a time service (chrony, ntpd, systemd-timesyncd): times of alarms and history are only as good as this clock"
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	switch {
	case err != nil:
		return look("clock", do, "whether the clock is kept right cannot be known: %v", err)
	case state == timeError:
		return look("clock", do, "nothing keeps this computer's clock right")
	}
	return ok("clock", "kept right by a time service; error below %v", (time.Duration(t.Maxerror) * time.Microsecond).Round(time.Millisecond))
}

// limits looks at how many files the program may open: connections, files of
// history and child processes each take some.
func limits() []Finding {
	const enough = 1024
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return nil
	}
	if l.Max < enough {
		return []Finding{look("files", "raise the limit (ulimit -n) for this user to 4096", "the program may open %d files", l.Max)}
	}
	return []Finding{ok("files", "the program may open %d", l.Max)}
}

func account() []Finding {
	if os.Geteuid() == 0 {
		return []Finding{look("user", "run it as a user of its own; it needs no rights but those to its folders and devices", "this is root")}
	}
	return nil
}
