package opcua

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"penstock/app/tag"
	"penstock/drivers"
)

// mutator passes frames on between a client and a server and changes some of
// the server's.
type mutator struct {
	l        net.Listener
	target   string
	every    atomic.Int32 // one frame of so many is changed; 0: none
	changed  atomic.Int64
	received atomic.Int64
}

func newMutator(t testing.TB, target string) *mutator {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mutator{l: l, target: target}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { m.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return m
}

func (m *mutator) serve(c net.Conn) {
	defer c.Close()
	s, err := net.Dial("tcp", m.target)
	if err != nil {
		return
	}
	defer s.Close()
	var up sync.WaitGroup
	up.Go(func() {
		io.Copy(s, c)
		s.Close()
	})
	defer up.Wait()
	defer c.Close()
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(s, head); err != nil {
			return
		}
		b := append(head, make([]byte, binary.LittleEndian.Uint32(head[4:])-8)...)
		if _, err := io.ReadFull(s, b[8:]); err != nil {
			return
		}
		m.received.Add(1)
		if n := int(m.every.Load()); n > 0 && rand.IntN(n) == 0 {
			b = mutate(b)
			m.changed.Add(1)
		}
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// nasty are the numbers that decoders trip over.
var nasty = []uint32{0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFF, 0x10000, 0x01000000}

// mutate changes a frame in one of the ways a broken or hostile server might.
func mutate(b []byte) []byte {
	b = append([]byte(nil), b...)
	at := func(n int) int { return 8 + rand.IntN(max(len(b)-8-n, 1)) }
	switch rand.IntN(7) {
	case 0: // a bit
		b[at(1)] ^= 1 << rand.IntN(8)
	case 1: // some bytes
		for range 1 + rand.IntN(8) {
			b[at(1)] = byte(rand.Uint32())
		}
	case 2: // a number
		if len(b) > 12 {
			binary.LittleEndian.PutUint32(b[at(4):], nasty[rand.IntN(len(nasty))])
		}
	case 3: // less than announced follows
		b = b[:at(0)]
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	case 4: // more than announced
		b = append(b, make([]byte, rand.IntN(1000))...)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	case 5: // the header itself
		b[rand.IntN(8)] = byte(rand.Uint32())
	case 6: // a piece twice
		i := at(1)
		j := min(i+rand.IntN(64), len(b))
		b = append(b[:j:j], b[i:]...)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
	}
	return b
}

// exercise does everything that a connection can do, within a limit; any error
// will do, or none. It reports whether there was a connection.
func exercise(ctx context.Context, dev drivers.Device, limit time.Duration) bool {
	points := []drivers.Point{{Address: at("V0"), Period: 100 * time.Millisecond}, {Address: at("T.Doubles#[1]")}, {Address: at("T.Struct#.PC")}, {Address: at("T.Matrix#[1,1]")}}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := Driver{}.Connect(ctx, dev)
	if err != nil {
		return false
	}
	defer c.Close()
	if _, err := c.Subscribe(ctx, points, func([]int, []tag.Value) {}); err != nil {
		return true
	}
	c.Read(ctx, points, make([]tag.Value, len(points)))
	c.Browse(ctx, at("T.Struct"))
	c.Browse(ctx, "i=2253")
	c.Write(ctx, drivers.Point{Address: at("W.Setpoint")}, tag.Float(5))
	c.ReadHistory(ctx, drivers.Point{Address: at("HIST")}, 0, time.Now().UnixNano())
	c.Call(ctx, at("Pump"), at("Pump.Start"), []tag.Scalar{tag.Int(1)})
	c.Conditions(ctx, func([]drivers.Condition, bool) {})
	return true
}

func heapNow() uint64 {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return mem.HeapAlloc
}

// Whatever the server sends, it costs at most this connection, and neither
// memory nor goroutines.
func TestChangedAnswersEndAConnectionAndNothingElse(t *testing.T) {
	p := alarmedOne.use(t)
	m := newMutator(t, p.hostPort())
	dev := p.usual()
	dev.Endpoint, dev.Timeout = "opc.tcp://"+m.l.Addr().String()+"/plant", time.Second
	length := 15 * time.Second
	if testing.Short() {
		length = 3 * time.Second
	}
	runtime.GC()
	routines := runtime.NumGoroutine()
	var connected, failed int
	var most uint64
	begun := time.Now() // a busy computer gets the time it needs
	for time.Since(begun) < length || (m.changed.Load() < 20 || connected == 0) && time.Since(begun) < 2*patience {
		m.every.Store(int32(4 + rand.IntN(40)))
		if exercise(t.Context(), dev, 2*time.Second) {
			connected++
		} else {
			failed++
		}
		most = max(most, heapNow())
	}
	m.every.Store(0)
	fmt.Printf("%d frames of %d changed; connected %d times, refused %d times; heap at most %d MB\n", m.changed.Load(), m.received.Load(), connected, failed, most>>20)
	if m.changed.Load() < 20 || connected == 0 {
		t.Errorf("%d frames were changed on %d connections: this proves nothing", m.changed.Load(), connected)
	}
	if most > 256<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	within(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= routines+4 })
	dialPeer(t, Driver{}, dev) // and the next one works
}
