//go:build unix

package host_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"penstock/drivers"
	"penstock/drivers/host"
)

// A child that is frozen is given up and replaced.
func TestAFrozenChildIsReplaced(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"poll", "push"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			drv := host.Wrap(inside())["sim"].(*host.Driver)
			_, changes := follow(t, drv, drivers.Device{Name: "A", Endpoint: "sim://a", Options: map[string]string{"mode": mode}})
			next(t, changes)
			frozen := drv.Pids()[0]
			syscall.Kill(frozen, syscall.SIGSTOP)
			outage(t, changes)
			if slices.Contains(drv.Pids(), frozen) {
				t.Error("the frozen process is still in use")
			}
			gone(t, frozen)
		})
	}
}

// gone waits until a process is no more.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("process %d still lives", pid)
}

func TestAChildDiesWithItsParent(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_TEST_PARENT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	n, _ := out.Read(buf)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		t.Fatalf("the parent says %q", buf[:n])
	}
	cmd.Process.Kill()
	cmd.Wait()
	gone(t, pid)
}
