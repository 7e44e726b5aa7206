//go:build unix

package forward

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/historian"
	"penstock/historian/forward/pgserver"
)

// scan is what four tags show at second i.
func scan(i int) (out []tag.Sample) {
	for k, id := range names(4) {
		out = append(out, sample(id, start+int64(i)*1e9+int64(k), i+k))
	}
	return out
}

// A line is a way to the server that breaks.
type line struct {
	dir    string
	budget func() int64 // bytes a connection may carry; then it is cut, or says nothing more
	silent atomic.Bool
	cuts   atomic.Int64

	mu   sync.Mutex
	ends []net.Conn
}

func newLine(t *testing.T, srv *pgserver.Server, budget func() int64) *line {
	t.Helper()
	dir, err := os.MkdirTemp("", "line")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{dir: dir, budget: budget}
	const socket = ".s.PGSQL.5432"
	in, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", filepath.Join(srv.Dir, socket))
			if err != nil {
				c.Close()
				continue
			}
			l.mu.Lock()
			l.ends = append(l.ends, c, far)
			l.mu.Unlock()
			left := new(atomic.Int64)
			left.Store(l.budget())
			wg.Go(func() { l.carry(far, c, left) })
			wg.Go(func() { l.carry(c, far, left) })
		}
	})
	t.Cleanup(func() {
		in.Close()
		l.mu.Lock()
		for _, c := range l.ends {
			c.Close()
		}
		l.mu.Unlock()
		wg.Wait()
		os.RemoveAll(dir)
	})
	return l
}

func (l *line) url() string { return fmt.Sprintf("host=%s user=penstock dbname=postgres", l.dir) }

// carry copies until the budget of both ways is used up.
func (l *line) carry(to, from net.Conn, left *atomic.Int64) {
	defer to.Close()
	defer from.Close()
	b := make([]byte, 512)
	for {
		n, err := from.Read(b)
		if left.Add(-int64(n)) < 0 {
			l.cuts.Add(1)
			if l.silent.Load() {
				io.Copy(io.Discard, from) // takes everything, says nothing
			}
			return
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// The line is cut at any byte: in a COPY, and between a COMMIT and its answer,
// when nobody knows whether it was done.
func TestALineThatBreaksAnywhere(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	s := openStore(t, dir, historian.Options{Slots: 64})
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 2))
	whole := false
	var mu sync.Mutex
	l := newLine(t, srv, func() int64 {
		mu.Lock()
		defer mu.Unlock()
		if whole {
			return 1 << 40
		}
		return 600 + r.Int64N(9000)
	})
	f := newForwarder(t, s, dir, l.url())
	f.o.Batch, f.o.Timeout = 100, 400*time.Millisecond
	f.o.LastRetry = 10 * time.Millisecond
	defer run(f)()
	ids := names(4)
	for i := 0; i < 200 || l.cuts.Load() < 12 && i < 5000; i++ {
		l.silent.Store(i%16 == 7)
		batch := append(scan(i), sample("T00", start+int64(i/2)*1e9+7, i)) // every second one a correction
		flush(t, s, batch)
		time.Sleep(3 * time.Millisecond)
	}
	mu.Lock()
	whole = true
	mu.Unlock()
	st := settle(t, f)
	n := same(t, s, srv, ids)
	t.Logf("%d samples through %d cuts, %d sent", n, l.cuts.Load(), st.Sent)
	if l.cuts.Load() < 12 {
		t.Error("hardly any cuts: the test says little")
	}
}

// Of two forwarders of one store each sample comes from one.
func TestTwoForwardersOfOneStore(t *testing.T) {
	srv := pgserver.New(t)
	dir := t.TempDir()
	s := openStore(t, dir, historian.Options{})
	defer s.Close()
	a, b := newForwarder(t, s, dir, srv.URL()), newForwarder(t, s, dir, srv.URL())
	stopA, stopB := run(a), run(b)
	for i := range 300 {
		flush(t, s, scan(i))
	}
	settle(t, a)
	stopA()
	settle(t, b)
	stopB()
	same(t, s, srv, names(4))
	if got := srv.Query(t, "SELECT sent FROM penstock_forward"); got != "1200" {
		t.Errorf("%s samples were sent, want 1200", got)
	}
}
