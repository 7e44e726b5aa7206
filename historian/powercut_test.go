package historian

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A diskOp is a system call of the writing child that changes the disk, or an
// acknowledgement it gave.
type diskOp struct {
	kind byte // w write, t truncate, s sync, u unlink, a acknowledged
	file string
	off  int64
	data []byte
}

// TestPowerCuts records every write and sync of a store under strace, and then
// plays them back to random moments: what was not synced by then is lost, or
// torn at sectors, or all but the last write reached the disk. Whatever was
// acknowledged by then must be there. The number of cuts is PENSTOCK_CUTS.
func TestPowerCuts(t *testing.T) {
	cuts := 9
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_CUTS")); err == nil {
		cuts = n
	}
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("PENSTOCK_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs strace")
	}
	dir := testDir()
	ops := record(t, dir)
	first, syncs, unlinks := -1, 0, 0
	for i, o := range ops {
		switch {
		case o.kind == 'a' && first < 0:
			first = i
		case o.kind == 's':
			syncs++
		case o.kind == 'u':
			unlinks++
		}
	}
	if first < 0 || syncs < 100 {
		t.Fatalf("the trace has %d operations, %d syncs and no acknowledgement", len(ops), syncs)
	}
	r := rand.New(rand.NewPCG(uint64(cuts), 11))
	for cut := range cuts {
		at := first + r.IntN(len(ops)-first)
		files, acked := cutPower(ops[:at], cut%3, r)
		after := testDir()
		for path, b := range files {
			if filepath.Dir(path) == dir && !strings.HasSuffix(path, "-shm") {
				if err := os.WriteFile(filepath.Join(after, filepath.Base(path)), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		lookAfterCrash(t, after, acked)
		if t.Failed() {
			t.Fatalf("cut at operation %d of %d, mode %d, %d acknowledged", at, len(ops), cut%3, acked)
		}
		os.RemoveAll(after)
	}
	t.Logf("%d cuts in %d operations (%d syncs, %d files removed): nothing acknowledged was lost", cuts, len(ops), syncs, unlinks)
}

// record runs the child of the kill test under strace for some hundred
// batches.
func record(t *testing.T, dir string) []diskOp {
	trace := filepath.Join(testDir(), "trace")
	child := exec.Command("strace", "-f", "-y", "-xx", "-s", "300000", "-o", trace, "-e", "trace=pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,write", os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s 0", crashChild, dir), "GODEBUG=asyncpreemptoff=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Skipf("strace does not run here: %v", err)
	}
	const batches = 250
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if i, err := strconv.Atoi(lines.Text()); err == nil && i >= batches {
			break
		}
	}
	child.Process.Kill()
	child.Wait()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var ops []diskOp
	unfinished := map[string]string{}
	in := bufio.NewScanner(f)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		pid, call, _ := strings.Cut(in.Text(), " ")
		call = strings.TrimSpace(call)
		if head, cut := strings.CutSuffix(call, "<unfinished ...>"); cut {
			unfinished[pid] = head
			continue
		}
		if strings.HasPrefix(call, "<... ") {
			_, tail, _ := strings.Cut(call, "resumed>")
			call = unfinished[pid] + tail
		}
		if o, ok := parseCall(t, call); ok {
			ops = append(ops, o)
		}
	}
	return ops
}

func parseCall(t *testing.T, call string) (o diskOp, ok bool) {
	name, args, _ := strings.Cut(call, "(")
	if strings.Contains(call, ") = -1") || strings.Contains(call, ") = ?") {
		return o, false
	}
	o.file = string(unhex(between(args, "<", ">")))
	tail := args[strings.LastIndexByte(args, '"')+1:]
	switch name {
	case "pwrite64":
		var n int
		o.kind, o.data = 'w', unhex(between(args, `"`, `"`))
		if fmt.Sscanf(tail, ", %d, %d", &n, &o.off); n != len(o.data) {
			t.Fatalf("the trace cut a write of %d short to %d", n, len(o.data))
		}
	case "ftruncate":
		o.kind = 't'
		fmt.Sscanf(args[strings.Index(args, ">,")+2:], "%d", &o.off)
	case "fsync", "fdatasync":
		o.kind = 's'
	case "unlink", "unlinkat":
		o.kind, o.file = 'u', string(unhex(between(args, `"`, `"`)))
	case "write":
		n, err := strconv.Atoi(strings.TrimSpace(string(unhex(between(args, `"`, `"`)))))
		if err != nil || !strings.HasPrefix(args, "1<") {
			return o, false
		}
		o.kind, o.off = 'a', int64(n)
	default:
		return o, false
	}
	return o, true
}

func between(s, a, z string) string {
	_, s, _ = strings.Cut(s, a)
	s, _, _ = strings.Cut(s, z)
	return s
}

// unhex reads \x41\x42.
func unhex(s string) []byte {
	b := make([]byte, 0, len(s)/4)
	for ; len(s) >= 4; s = s[4:] {
		v, _ := strconv.ParseUint(s[2:4], 16, 8)
		b = append(b, byte(v))
	}
	return b
}

// cutPower returns the files as they may be after a power cut behind ops, and
// the newest batch acknowledged by then.
func cutPower(ops []diskOp, mode int, r *rand.Rand) (files map[string][]byte, acked int) {
	files, acked = map[string][]byte{}, -1
	waiting := map[string][]diskOp{}
	for _, o := range ops {
		switch o.kind {
		case 'a':
			acked = int(o.off)
		case 's':
			for _, w := range waiting[o.file] {
				files[o.file] = w.apply(files[o.file], nil)
			}
			delete(waiting, o.file)
		case 'u':
			delete(files, o.file)
			delete(waiting, o.file)
		default:
			waiting[o.file] = append(waiting[o.file], o)
		}
	}
	for file, writes := range waiting {
		for i, w := range writes {
			switch {
			case mode == 1 && r.IntN(3) > 0: // some, in any state
				files[file] = w.apply(files[file], r)
			case mode == 2 && i < len(writes)-1: // all but the last, which is torn
				files[file] = w.apply(files[file], nil)
			case mode == 2:
				files[file] = w.apply(files[file], r)
			}
		}
	}
	return files, acked
}

// apply does a write or truncation; with r only some of its sectors get
// through.
func (o *diskOp) apply(b []byte, r *rand.Rand) []byte {
	if o.kind == 't' {
		if int64(len(b)) > o.off {
			return b[:o.off]
		}
		return append(b, make([]byte, o.off-int64(len(b)))...)
	}
	if end := o.off + int64(len(o.data)); int64(len(b)) < end {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	const sector = 512
	for i := 0; i < len(o.data); i += sector {
		if r == nil || r.IntN(2) == 0 {
			copy(b[o.off+int64(i):], o.data[i:min(i+sector, len(o.data))])
		}
	}
	return b
}
