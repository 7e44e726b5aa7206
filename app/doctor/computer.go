package doctor

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

// Computer looks at what every project needs of the machine.
func Computer() []Finding {
	out := []Finding{program(), clock()}
	if runtime.GOOS == "linux" {
		out = append(out, display())
	}
	out = append(out, limits()...)
	return append(out, account()...)
}

func program() Finding {
	const few = 2
	f := ok("computer", "%s %s, %d cores, built with %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if runtime.NumCPU() < few {
		f.Level, f.Do = Look, "give the workstation two cores: drawing and history work at the same time"
	}
	return f
}

func display() Finding {
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY"} {
		if v := os.Getenv(name); v != "" {
			return ok("display", "%s is %s", name, v)
		}
	}
	return look("display", "start the window from a desktop session; serve, history, alarms and the other verbs need none", "there is no display here")
}

// The time a disk takes to make a small write durable, beyond which a person
// who acknowledges waits, and beyond which alarms pile up.
const (
	slowDisk = 50 * time.Millisecond
	badDisk  = 500 * time.Millisecond
)

// Folder looks at a folder that a plant keeps its data in: whether it can be
// written, how fast, who else can read it, and how much room there is.
func Folder(dir string) (out []Finding) {
	const on = "data folder"
	info, err := os.Stat(dir)
	if err != nil {
		return []Finding{wrong(on, "name the folder that the plant runs on", "%s cannot be read: %v", dir, err)}
	}
	if !info.IsDir() {
		return []Finding{wrong(on, "name the folder that the plant runs on", "%s is a file", dir)}
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		out = append(out, look(on, fmt.Sprintf("chmod 700 %q: it holds the journal and private keys", dir), "%s can be read by other users (%v)", dir, mode))
	}
	p50, p99, err := durable(dir)
	switch do := "move the data folder to a local solid-state disk"; {
	case err != nil:
		return append(out, wrong(on, "give this user the right to write it, or free room", "%s cannot be written: %v", dir, err))
	case p99 > badDisk:
		out = append(out, wrong(on, do, "a durable write takes %v, the slowest %v", p50, p99))
	case p99 > slowDisk:
		out = append(out, look(on, do, "a durable write takes %v, the slowest %v", p50, p99))
	default:
		out = append(out, ok(on, "%s can be written; a durable write takes %v, the slowest %v", dir, p50, p99))
	}
	return out
}

// durable measures how long it takes to append 4 KiB so that a power cut does
// not lose it: the median and the slowest of a few.
func durable(dir string) (median, slowest time.Duration, err error) {
	const tries = 25
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	page := make([]byte, 4096)
	for range tries {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[tries/2].Round(10 * time.Microsecond), took[tries-1].Round(10 * time.Microsecond), nil
}

// Room judges how much of a disk is left, by the shares at which the station
// raises its own alarms.
func Room(free, total int64, fullIn time.Duration) Finding {
	if total <= 0 {
		return look("disk", "see to it that the folder is on a local disk", "how much room there is cannot be known")
	}
	used := 100 * (1 - float64(free)/float64(total))
	say := fmt.Sprintf("%.0f %% of the disk is used, %.1f GiB are free", used, float64(free)/(1<<30))
	if fullIn > 0 {
		say += fmt.Sprintf("; at the pace of the last days that is enough for %d days", int(fullIn.Hours()/24))
	}
	const do = "free room, shorten the retention in project.toml, or move the data folder"
	switch {
	case used >= 90:
		return wrong("disk", do, "%s", say)
	case used >= 80, fullIn > 0 && fullIn < 14*24*time.Hour:
		return look("disk", do, "%s", say)
	}
	return ok("disk", "%s", say)
}

// Expiry judges a certificate by the days it has left.
func Expiry(name string, notAfter, now time.Time) Finding {
	const day = 24 * time.Hour
	left := notAfter.Sub(now)
	const do = "renew it before, or links that use it are lost on that day"
	switch {
	case left <= 0:
		return wrong("certificate", "renew it: links that use it are refused", "%s expired on %s", name, notAfter.Format(time.DateOnly))
	case left < 30*day:
		return look("certificate", do, "%s expires in %d days, on %s", name, int(left/day), notAfter.Format(time.DateOnly))
	}
	return ok("certificate", "%s is valid until %s", name, notAfter.Format(time.DateOnly))
}
