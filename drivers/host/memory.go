package host

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"
)

const memoryWords = "out of memory:"

// limitMemory bounds what this process may use: Go collects harder as it comes
// near the limit, a watch ends the process beyond it, and the system refuses
// what comes too fast for the watch, where it can.
func limitMemory(bytes string) {
	limit, err := strconv.ParseUint(bytes, 10, 63)
	if err != nil || limit == 0 {
		return
	}
	debug.SetMemoryLimit(int64(limit / 4 * 3))
	limitAddressSpace(limit)
	go func() {
		used := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		for {
			time.Sleep(100 * time.Millisecond)
			metrics.Read(used)
			if n := used[0].Value.Uint64() - used[1].Value.Uint64(); n > limit {
				fmt.Fprintf(os.Stderr, "%s %d MB are used and %d allowed\n", memoryWords, n>>20, limit>>20)
				os.Exit(3)
			}
		}
	}()
}

// ignoreInterrupt leaves Ctrl-C, which a terminal sends to parent and child
// alike, to the parent.
func ignoreInterrupt() { signal.Ignore(os.Interrupt) }
