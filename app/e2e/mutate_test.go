package e2e

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mutator is a relay that spoils what a server says: bits, bytes, lengths, cut
// and doubled and inserted pieces.
type mutator struct {
	net.Listener
	upstream string
	on       atomic.Bool
	spoilt   atomic.Int64

	mu    sync.Mutex
	conns []net.Conn
}

func newMutator(t *testing.T, upstream string) *mutator {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mutator{Listener: l, upstream: upstream}
	t.Cleanup(func() { l.Close(); m.hangUp() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", upstream)
			if err != nil {
				c.Close()
				continue
			}
			m.mu.Lock()
			m.conns = append(m.conns, c, up)
			m.mu.Unlock()
			go func() { io.Copy(up, c); up.Close() }()
			go func() { m.relay(c, up); c.Close() }()
		}
	}()
	return m
}

// hangUp ends all connections.
func (m *mutator) hangUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		c.Close()
	}
	m.conns = nil
}

func (m *mutator) relay(to io.Writer, from io.Reader) {
	r := rand.New(rand.NewPCG(1, uint64(m.spoilt.Load())))
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		b := buf[:n]
		if m.on.Load() && r.IntN(4) == 0 { // the rest comes through, so that it gets deep
			b = spoil(r, b)
			m.spoilt.Add(1)
		}
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}

// spoil changes a piece of a stream in one of the ways that matter.
func spoil(r *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	at := r.IntN(len(b))
	extreme := []uint32{0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x00ffffff}[r.IntN(7)]
	switch r.IntN(8) {
	case 0:
		b[at] ^= 1 << r.IntN(8)
	case 1:
		b[at] = byte(r.Uint32())
	case 2: // a length or a count
		if at+4 <= len(b) {
			binary.LittleEndian.PutUint32(b[at:], extreme)
		}
	case 3:
		if at+2 <= len(b) {
			binary.BigEndian.PutUint16(b[at:], uint16(extreme))
		}
	case 4:
		return b[:at]
	case 5:
		return append(b, b[at:]...)
	case 6:
		return append(append(append([]byte(nil), b[:at]...), make([]byte, 1+r.IntN(300))...), b[at:]...)
	case 7:
		for i := at; i < min(len(b), at+16); i++ {
			b[i] = byte(r.Uint32())
		}
	}
	return b
}

// whatever a server sends, the control room lives, its children stay
// within their memory, the links beside do not notice, and when the server
// comes to its senses the points are good within five seconds. (This process is
// the control room here: a panic outside of a child ends the test.)
func TestServersThatTalkNonsense(t *testing.T) {
	if testing.Short() {
		t.Skip("takes most of a minute")
	}
	last := 25 * time.Second
	if os.Getenv("PENSTOCK_LONG") != "" {
		last = 10 * time.Minute
	}
	r := newRig(t, 100*time.Millisecond)
	var mutators []*mutator
	for _, p := range r.proxies { // before the proxies, which are not used here
		m := newMutator(t, p.Upstream)
		mutators = append(mutators, m)
		p.Stop()
		p.Upstream = m.Addr().String()
		listenAgain(t, p)
	}
	for _, w := range append(r.victims, r.others...) {
		w.until(t, "at the start", 20*time.Second, noneBad)
	}
	for _, w := range r.others {
		w.longestQuiet()
	}
	worst := 0
	for round := 0; last > 0; round++ {
		for _, m := range mutators {
			m.on.Store(true)
		}
		for range 50 {
			time.Sleep(100 * time.Millisecond)
			for _, d := range r.set {
				for _, pid := range d.(interface{ Pids() []int }).Pids() {
					worst = max(worst, residentMB(pid))
				}
			}
		}
		last -= 5 * time.Second
		for _, m := range mutators {
			m.on.Store(false)
			m.hangUp() // what is half spoilt would be mended only by its timeout
		}
		healed := time.Now()
		for _, w := range r.victims {
			w.until(t, "healed", 15*time.Second, noneBad)
			r.judge(t, fmt.Sprintf("%s: after round %d good after", w.name, round), time.Since(healed), 6*time.Second)
		}
	}
	for _, w := range r.others {
		r.judge(t, w.name+": longest silence", w.longestQuiet(), 2500*time.Millisecond)
	}
	if limit := 512 + 100; worst > limit {
		t.Errorf("a child used %d MB", worst)
	}
	total := int64(0)
	for _, m := range mutators {
		total += m.spoilt.Load()
		if m.spoilt.Load() == 0 {
			t.Error("a relay spoilt nothing")
		}
	}
	for _, w := range r.victims {
		c := w.link.Status().Counters
		t.Logf("%s: %d outages, %d reconnects", w.name, c.Outages, c.Reconnects)
		for _, rec := range w.link.Recorder().Frozen() {
			for _, l := range rec.Records {
				if strings.Contains(l.Line, "process: panic") {
					t.Logf("%s: %s", w.name, l.Line)
				}
			}
		}
	}
	t.Logf("%d pieces were spoilt; the largest child used %d MB", total, worst)
}

// residentMB is the memory of a process; 0 where the system does not say.
func residentMB(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if f := strings.Fields(string(text)); err == nil && len(f) > 1 {
		pages, _ := strconv.Atoi(f[1])
		return pages * os.Getpagesize() >> 20
	}
	return 0
}
