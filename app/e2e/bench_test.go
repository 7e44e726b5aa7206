package e2e

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkStart is how long a station takes from its command to running the
// demo project, and the bare process for comparison: the ratio is what
// Penstock itself adds.
func BenchmarkStart(b *testing.B) {
	binary := penstock(b)
	demo := filepath.Join(root(b), "assets", "demo")
	var bare, station time.Duration
	for b.Loop() {
		began := time.Now()
		if err := exec.Command(binary, "check", "--help").Run(); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(began)
		began = time.Now()
		cmd := exec.Command(binary, "serve", "--project", demo, "--data", b.TempDir(),
			"--endpoint", "PLC1=opc.tcp://127.0.0.1:9", "--endpoint", "RTU1=modbus://127.0.0.1:9?unit=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.Contains(line, "runs") {
			b.Fatalf("%q, %v", line, err)
		}
		station += time.Since(began)
		cmd.Process.Kill()
		cmd.Wait()
	}
	b.ReportMetric(float64(station.Milliseconds())/float64(b.N), "ms/start")
	b.ReportMetric(float64(station)/float64(bare), "of-bare-process")
}
