package historian

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

const faultChild = "PENSTOCK_FAULT_CHILD"

// runFaultChild stores batches for a moment while strace makes system calls
// fail. It says each batch that is durable, and each error that was told, and
// in the end what the books say.
func runFaultChild(dir string, batches int) {
	var s *Store
	var err error
	for range 200 {
		if s, err = crashStore(dir); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		fmt.Println("never opened:", err)
		os.Exit(0) // told, and nothing was promised
	}
	for i := range batches {
		s.Append(crashBatch(i))
		for s.Flush() != nil { // the batch stays queued and is tried again
			time.Sleep(time.Millisecond)
		}
		os.Stdout.WriteString(strconv.Itoa(i) + "\n")
		if i%25 == 24 { // what fails is done the next time
			fmt.Println("seal", i, s.Seal(bg))
			fmt.Println("compact", i, s.Compact(bg, time.Unix(0, crashBatch(i)[0].At())))
		}
	}
	st := s.Stats()
	sum := st.Stored
	for _, n := range st.Dropped {
		sum += n
	}
	fmt.Println("books", st.Received == sum, st.Received, sum)
	os.Exit(0)
}

// TestFailingSystemCalls makes system calls fail, one or a few in a row, and
// looks: no crash, no sample that was said to be durable is missing, the store
// works on afterwards. PENSTOCK_FAULTS sets at how many places of each kind.
func TestFailingSystemCalls(t *testing.T) {
	places := 2
	if testing.Short() {
		places = 1
	}
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_FAULTS")); err == nil {
		places = n
	}
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("PENSTOCK_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs strace")
	}
	// The number of calls a run makes says how far the places reach. SQLite
	// opens with open, where the system has it, Go with openat.
	for _, f := range []struct {
		calls, fault string
		of           int
	}{
		{"fsync,fdatasync", "EIO", 130},
		{"pwrite64", "ENOSPC", 500},
		{"pwrite64", "EIO", 500},
		{"pread64", "EIO", 100},
		{"?open,openat", "EMFILE", 70},
		{"ftruncate", "EIO", 11},
		{"?unlink,unlinkat", "EIO", 20},
	} {
		for n := range places {
			for _, more := range []int{0, 3} { // what ails a disk seldom ails it once
				when := 3 + n*f.of/places
				t.Run(fmt.Sprintf("%s:%s:when=%d..%d", f.calls, f.fault, when, when+more), func(t *testing.T) {
					failCalls(t, f.calls, f.fault, when, when+more)
				})
			}
		}
	}
}

// failCalls runs a store, of which in each thread the calls with the numbers
// from first to last fail.
func failCalls(t *testing.T, calls, fault string, first, last int) {
	const batches = 60
	dir := t.TempDir()
	child := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace="+calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d..%d", calls, fault, first, last), os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", faultChild, dir, batches))
	out, err := child.Output()
	if err != nil && len(out) == 0 {
		t.Skipf("strace does not run here: %v", err)
	}
	acked, books := -1, false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if i, err := strconv.Atoi(line); err == nil {
			acked = i
		}
		if strings.HasPrefix(line, "books true") || strings.HasPrefix(line, "never opened") {
			books = true
		}
	}
	defer func() {
		if t.Failed() {
			t.Logf("the store said:\n%s", out)
		}
	}()
	if err != nil || !books {
		t.Fatalf("the store did not come to its end: %v", err)
	}
	lookAfterCrash(t, dir, acked)
}

// TestDiskFull fills a small disk under the store, and frees it again.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", dir).Run(); err != nil {
		t.Skip("needs the right to mount a small disk")
	}
	defer exec.Command("umount", "-l", dir).Run()
	s, err := Open(Options{Dir: dir, Linger: time.Microsecond, Slots: 64, Queue: 20_000, MinFree: 1, SealAfter: 5000, seamless: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ballast := dir + "/ballast"
	if err := os.WriteFile(ballast, make([]byte, 500_000), 0o644); err != nil {
		t.Fatal(err)
	}
	m := model{}
	i, refused := 0, false
	for ; i < 5000 && !refused; i++ {
		s.Append(crashBatch(i))
		if s.Flush() != nil {
			refused = true
		} else {
			for _, v := range crashBatch(i) {
				m.put(v)
			}
		}
	}
	if !refused {
		t.Fatal("the disk never was full")
	}
	if st := s.Stats(); st.Err == "" {
		t.Error("the trouble is not told")
	}
	for range 50 { // the plant goes on; Append must not block
		s.Append(crashBatch(i))
		i++
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mount", "-o", "remount,size=60m", dir).Run(); err != nil {
		t.Skip(err)
	}
	deadline := time.Now().Add(time.Minute)
	for s.Flush() != nil {
		if time.Now().After(deadline) {
			t.Fatal("no recovery within a minute of space coming back")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for id := range m {
		for _, v := range raw(t, s, id) {
			if w, ok := m[id][v.At()]; ok && w != v {
				t.Fatalf("%s: %v, want %v", id, v, w)
			}
			delete(m[id], v.At())
		}
		if len(m[id]) > 0 {
			t.Errorf("%s: %d acknowledged samples are missing", id, len(m[id]))
		}
	}
	st := s.Stats()
	sum := st.Stored
	for _, n := range st.Dropped {
		sum += n
	}
	if st.Received != sum {
		t.Errorf("received %d, stored and dropped %d", st.Received, sum)
	}
}

// Below MinFree samples are refused at once and counted, so that alarms and
// actions have room.
func TestRoomForAlarmsIsLeft(t *testing.T) {
	s := open(t, Options{MinFree: 1 << 60})
	s.Append([]tag.Sample{sample("X", t0, tag.Int(1), tag.Good)})
	flush(t, s)
	if st := s.Stats(); st.Dropped[DiskFull] != 1 || st.Lost["X"] != 1 || st.Disk.Free == 0 {
		t.Errorf("%+v", st)
	}
	beside := open(t, Options{Dir: s.o.Dir, ReadOnly: true}) // as the doctor does
	if st := beside.Stats(); st.Disk.Total == 0 {
		t.Error("who only reads is not told of the disk")
	}
}

// TestTheLastRoomOfADisk goes through what an operator sees of a disk that fills
// up: samples are refused before it is full, what was stored stays, others can
// still write, and once there is room again the store goes on by itself.
func TestTheLastRoomOfADisk(t *testing.T) {
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", dir).Run(); err != nil {
		t.Skip("needs the right to mount a small disk")
	}
	defer exec.Command("umount", "-l", dir).Run()
	s, err := Open(Options{Dir: dir, Linger: time.Microsecond, Slots: 64, SealAfter: 5000, seamless: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := model{}
	i := 0
	until := func(what string, reached func(Stats) bool) {
		t.Helper()
		deadline := time.Now().Add(time.Minute)
		for {
			before := s.Stats()
			s.Append(crashBatch(i))
			if err := s.Flush(); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			after := s.Stats()
			if after.Dropped[DiskFull] == before.Dropped[DiskFull] {
				for _, v := range crashBatch(i) {
					m.put(v)
				}
			}
			i++
			if reached(after) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("not within a minute: %s, %+v", what, after.Disk)
			}
			s.look() // the upkeep does every few seconds
		}
	}
	until("samples are stored", func(st Stats) bool { return st.Stored > 1000 })
	used := func(st Stats) float64 { return 1 - float64(st.Disk.Free)/float64(st.Disk.Total) }
	for _, full := range []float64{0.80, 0.90} {
		_, total, err := space(dir)
		if err != nil {
			t.Fatal(err)
		}
		free, _, _ := space(dir)
		if n := free - int64((1-full)*float64(total)); n > 0 {
			if err := os.WriteFile(fmt.Sprintf("%s/ballast%.0f", dir, 100*full), make([]byte, n), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		// Here the plant raises its alarms; samples are stored as ever.
		stored := s.Stats().Stored
		until(fmt.Sprintf("the disk is %.0f %% full", 100*full), func(st Stats) bool { return used(st) >= full && st.Stored > stored })
	}
	if n := s.Stats().Dropped[DiskFull]; n > 0 {
		t.Errorf("%d samples were refused while there was room", n)
	}
	until("samples are refused", func(st Stats) bool { return st.Dropped[DiskFull] > 0 })
	if err := os.WriteFile(dir+"/journal", make([]byte, 1<<20), 0o644); err != nil {
		t.Errorf("alarms have no room: %v", err)
	}
	if st := s.Stats(); st.Err != "" {
		t.Errorf("refusing samples is no fault of the store: %s", st.Err)
	}
	for _, full := range []string{"80", "90"} {
		if err := os.Remove(dir + "/ballast" + full); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	stored := s.Stats().Stored
	until("samples are stored again", func(st Stats) bool { return st.Stored > stored })
	for id := range m {
		checkRaw(t, s, m, id, 0, maxTime)
	}
	st := s.Stats()
	if st.Received != st.Stored+st.Dropped[DiskFull] {
		t.Errorf("received %d, stored %d, refused %d", st.Received, st.Stored, st.Dropped[DiskFull])
	}
}

func TestAStoreThatCannotBeWrittenSaysSo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir + "/file/store"}); err == nil {
		t.Error("opened in a file")
	}
	if _, err := Open(Options{Dir: dir + "/nothing", ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opened nothing for reading: %v", err)
	}
}
