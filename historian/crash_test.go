package historian

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"penstock/app/tag"
)

// The child of the kill test stores batch after batch and says the number of
// each when it is durable. It seals and compacts often, so that kills fall
// into everything.
const crashChild = "PENSTOCK_CRASH_CHILD"

const crashTags = 40

// crashBatch is batch i: one scan an hour, so that a run crosses many days,
// and now and then a late sample and a text.
func crashBatch(i int) []tag.Sample {
	at := t0 + int64(i)*3600*second/4
	out := make([]tag.Sample, 0, crashTags+1)
	for k := range crashTags {
		v := tag.Float(float64((k*7919+i*104729)%4096) * 0.25)
		q := tag.Good
		if i%97 == 96 {
			q = tag.BadTimeout
		}
		if k == 3 {
			v = tag.Text(fmt.Sprint("batch ", i/10))
		}
		out = append(out, sample(tag.ID(fmt.Sprintf("T%02d", k)), at, v, q))
	}
	if i%5 == 4 {
		out = append(out, sample("LATE", at-5*day+int64(i), tag.Int(int64(i)), tag.Good))
	}
	return out
}

func crashStore(dir string) (*Store, error) {
	return Open(Options{Dir: dir, Linger: time.Microsecond, SealAfter: 1500, Slots: 64, Quiet: 100_000 * time.Hour, seamless: true})
}

func runCrashChild(dir string, from int) {
	s, err := crashStore(dir)
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(3)
	}
	for i := from; ; i++ {
		s.Append(crashBatch(i))
		if err := s.Flush(); err != nil {
			fmt.Println("flush:", err)
			os.Exit(3)
		}
		os.Stdout.WriteString(strconv.Itoa(i) + "\n")
		if i%60 == 59 {
			go s.Compact(bg, time.Unix(0, crashBatch(i)[0].At()))
		}
	}
}

// TestKills kills a store that is being written, at random, and looks whether
// everything that was said to be durable is there, once, and right. The number
// of kills is PENSTOCK_KILLS.
func TestKills(t *testing.T) {
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_KILLS")); err == nil {
		kills = n
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 3))
	dir, acked, extra := testDir(), -1, 0
	for k := range kills {
		if k%20 == 19 { // anew, so that looking stays quick
			dir, acked = testDir(), -1
		}
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", crashChild, dir, acked+1))
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		timer := time.AfterFunc(time.Duration(20+r.IntN(400))*time.Millisecond, func() { child.Process.Kill() })
		for lines.Scan() {
			if i, err := strconv.Atoi(lines.Text()); err == nil {
				acked = i
			} else {
				t.Fatalf("child: %s", lines.Text())
			}
		}
		timer.Stop()
		child.Wait()
		more := lookAfterCrash(t, dir, acked)
		extra += more
		acked += more // was committed, not said
	}
	t.Logf("%d kills: nothing lost, doubled or wrong; %d commits were there that were not yet acknowledged", kills, extra)
}

// lookAfterCrash compares the store with batches 0 to acked, and returns how
// many more batches are there whole: at most one that was being committed.
func lookAfterCrash(t *testing.T, dir string, acked int) (more int) {
	t.Helper()
	s, err := crashStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := model{}
	for i := range acked + 1 {
		for _, v := range crashBatch(i) {
			m.put(v)
		}
	}
	if n := len(raw(t, s, "T00")); n > acked+1 {
		if n > acked+2 {
			t.Fatalf("%d batches, %d acknowledged", n, acked+1)
		}
		more = 1
		for _, v := range crashBatch(acked + 1) {
			m.put(v)
		}
	}
	for id := range m {
		checkRaw(t, s, m, id, 0, maxTime)
		checkAt(t, s, m, id, maxTime)
	}
	if d := s.Stats().Damage; len(d) > 0 {
		t.Fatalf("a crash is no damage: %v", d)
	}
	if r, err := Verify(t.Context(), dir); err != nil || r.Err() != nil {
		t.Fatalf("verify: %v %v", err, r.Err())
	}
	return more
}

// startAsChild runs the child when this process is one.
func startAsChild() {
	if dir, from, ok := strings.Cut(os.Getenv(crashChild), " "); ok {
		n, _ := strconv.Atoi(from)
		runCrashChild(dir, n)
	}
	if dir, n, ok := strings.Cut(os.Getenv(faultChild), " "); ok {
		batches, _ := strconv.Atoi(n)
		runFaultChild(dir, batches)
	}
}
