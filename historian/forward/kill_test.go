//go:build unix

package forward

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/historian/forward/pgserver"
)

var kills = flag.Int("kills", 12, "how often TestKills ends the forwarder, and the server")

const childVariable = "PENSTOCK_FORWARD_CHILD"

// startAsChild makes this process the station of TestKills: it stores and
// forwards until it is killed.
func startAsChild() {
	dir := os.Getenv(childVariable)
	if dir == "" {
		return
	}
	s, err := historian.Open(historian.Options{Dir: dir, Linger: time.Millisecond, Slots: 256, SealAfter: 4000})
	if err != nil {
		panic(err)
	}
	id, err := Source(dir)
	if err != nil {
		panic(err)
	}
	f, err := New(s, id, Options{URL: os.Getenv("PENSTOCK_FORWARD_URL"), Station: "weir", Batch: 200, Rate: 1e6, Idle: 2 * time.Millisecond, FirstRetry: 5 * time.Millisecond, LastRetry: 50 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	go f.Run(context.Background())
	ids := names(10)
	fmt.Println("running")
	for at := time.Now().UnixNano(); ; at += 1e9 {
		var batch []tag.Sample
		for k, id := range ids {
			batch = append(batch, sample(id, at+int64(k), int(at/1e9)+k))
		}
		batch = append(batch, sample("T00", at-10e9, k2(at))) // late, and for the same tag a new time
		batch = append(batch, sample("T01", at-2e9+1, k2(at)+1))
		s.Append(batch)
		if err := s.Flush(); err != nil {
			panic(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func k2(at int64) int { return int(at / 2e9) }

// Whoever is killed, and whenever, each sample is in the database once.
func TestKills(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	for i := range *kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+dir, "PENSTOCK_FORWARD_URL="+srv.URL())
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+37*i%200) * time.Millisecond)
		srv.Kill() // while the station runs
		time.Sleep(time.Duration(53*i%150) * time.Millisecond)
		if i%2 == 0 {
			srv.Start(t)
			time.Sleep(time.Duration(31*i%250) * time.Millisecond)
		}
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
		if i%2 == 1 {
			srv.Start(t)
		}
	}
	s := openStore(t, dir, historian.Options{Slots: 256})
	defer s.Close()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	f := newForwarder(t, s, dir, srv.URL())
	defer run(f)()
	st := settle(t, f)
	n := same(t, s, srv, names(10))
	seq, _ := s.Newest()
	t.Logf("%d samples of %d commits after %d kills of both, %d sent", n, seq, *kills, st.Sent)
	if n < *kills*100 {
		t.Errorf("only %d samples were stored: the test says little", n)
	}
}
