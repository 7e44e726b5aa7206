package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// residentMiB is the memory the process holds; where the system does not say,
// what the Go heap has of it.
func residentMiB() float64 {
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				if kb, err := strconv.Atoi(strings.Fields(rest)[0]); err == nil {
					return float64(kb) / 1024
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}
