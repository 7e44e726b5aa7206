package journal

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test program be the one that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("PENSTOCK_JOURNAL_VICTIM"); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

const victims = 6 // goroutines that record at the same time

// victim records until it is killed. It says what is kept only once Record
// has returned: "name number".
func victim(path string) {
	j, err := Open(Options{Path: path})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	docs, err := j.Docs("count")
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	at := map[string]int{}
	for _, d := range docs {
		at[d.ID], _ = strconv.Atoi(string(d.Body))
	}
	var mu sync.Mutex
	for v := range victims {
		go func() {
			id, who := fmt.Sprint("v", v), ""
			if v%3 == 0 {
				who = "anna"
			}
			for n := at[id] + 1; ; n++ {
				e := Entry{Kind: Alarm, Action: "n", On: id, Who: who, Ref: strconv.Itoa(n)}
				second := e
				second.Action = "and"
				err := j.Record(context.Background(), []Entry{e, second}, []Doc{{Kind: "count", ID: id, Body: []byte(strconv.Itoa(n))}})
				mu.Lock()
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				fmt.Println(id, n)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKill kills a recording process again and again. What it said was kept
// is there, once, in order; the chain and the documents fit. PENSTOCK_KILLS
// says how often; the default is short.
func TestKill(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("PENSTOCK_KILLS")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "ops.db")
	said := map[string]int{}
	for k := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PENSTOCK_JOURNAL_VICTIM="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := 0
		for sc := bufio.NewScanner(out); sc.Scan(); lines++ {
			if lines == victims { // however slow the machine is, it had begun
				time.AfterFunc(time.Duration(rand.Intn(200))*time.Millisecond, func() { cmd.Process.Kill() })
			}
			id, number, _ := strings.Cut(sc.Text(), " ")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatalf("kill %d: the process said %q", k, sc.Text())
			}
			said[id] = n
		}
		cmd.Wait()
	}
	if len(said) == 0 {
		t.Fatal("nothing was recorded")
	}
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if rep := verify(t, j); !rep.OK() {
		t.Fatal(rep.String())
	}
	for id, n := range said {
		all, err := j.Query(t.Context(), Filter{On: id, OldestFirst: true, Limit: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) < 2*n {
			t.Errorf("%s: %d entries, and it had said that %d were kept", id, len(all), 2*n)
		}
		for i, e := range all {
			if want := strconv.Itoa(i/2 + 1); e.Ref != want || (e.Action == "n") != (i%2 == 0) {
				t.Fatalf("%s: entry %d is number %s, want %s: torn, lost or twice", id, i, e.Ref, want)
			}
		}
	}
	t.Logf("%d kills, %d entries kept", kills, j.seq)
}
