package opcua

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gopcua/opcua/id"
	"github.com/gopcua/opcua/ua"

	"penstock/drivers/opcua/wire"
)

// tape is what a server answered, by the kind of request: enough to be that
// server, without its slowness, for a client that always asks the same.
type tape struct {
	mu       sync.Mutex
	ack, opn []byte
	answers  map[uint16][][]byte // bodies of messages
}

// Places in a frame: behind its head stand channel, token, sequence number and
// number of the request, then the body with the kind of the message.
const (
	channelAt = 8
	sequence  = 16
	requestAt = 20
	bodyAt    = 24
)

func kindOf(body []byte) uint16 { return binary.LittleEndian.Uint16(body[2:]) }

// nextFrame reads one frame of a peer that is trusted.
func nextFrame(r io.Reader) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	b := append(head, make([]byte, binary.LittleEndian.Uint32(head[4:])-8)...)
	_, err := io.ReadFull(r, b[8:])
	return b, err
}

// asymmetric is where the sequence number stands in an OpenSecureChannel.
func asymmetric(frame []byte) int {
	r := wire.NewCursor(frame[12:])
	r.Text()
	r.ByteString()
	r.ByteString()
	return 12 + r.Offset()
}

// record passes a client through to a server, and keeps what that answers.
func (tp *tape) record(c net.Conn, server string) {
	defer c.Close()
	s, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer s.Close()
	asked := map[uint32]uint16{}
	go func() {
		defer s.Close()
		for {
			f, err := nextFrame(c)
			if err != nil {
				return
			}
			if string(f[:3]) == "MSG" {
				tp.mu.Lock()
				asked[binary.LittleEndian.Uint32(f[requestAt:])] = kindOf(f[bodyAt:])
				tp.mu.Unlock()
			}
			if _, err := s.Write(f); err != nil {
				return
			}
		}
	}()
	var body []byte
	for {
		f, err := nextFrame(s)
		if err != nil {
			return
		}
		tp.mu.Lock()
		switch string(f[:3]) {
		case "ACK":
			tp.ack = f
		case "OPN":
			tp.opn = f
		case "MSG":
			if body = append(body, f[bodyAt:]...); f[3] == 'F' {
				kind := asked[binary.LittleEndian.Uint32(f[requestAt:])]
				if len(tp.answers[kind]) < 50 {
					tp.answers[kind] = append(tp.answers[kind], body)
				}
				body = nil
			}
		}
		tp.mu.Unlock()
		if _, err := c.Write(f); err != nil {
			return
		}
	}
}

// player is a server that answers from a tape, and changes some of it.
type player struct {
	*tape
	every   int // one frame of so many is changed
	changed atomic.Int64
	sent    atomic.Int64
}

func (p *player) serve(c net.Conn) {
	defer c.Close()
	turn := map[uint16]int{}
	number := uint32(0)
	send := func(f []byte) {
		p.sent.Add(1)
		if rand.IntN(p.every) == 0 {
			f = mutate(f)
			p.changed.Add(1)
		}
		c.Write(f)
	}
	for {
		f, err := nextFrame(c)
		if err != nil {
			return
		}
		switch string(f[:3]) {
		case "HEL":
			send(p.ack)
		case "OPN":
			b, at := slices.Clone(p.opn), asymmetric(p.opn)
			copy(b[at+4:at+8], f[asymmetric(f)+4:])
			number = binary.LittleEndian.Uint32(b[at:])
			send(b)
		case "MSG":
			kind := kindOf(f[bodyAt:])
			if kind == id.PublishRequest_Encoding_DefaultBinary {
				time.Sleep(2 * time.Millisecond) // it would be answered for ever
			}
			body := nothing
			if known := p.answers[kind]; len(known) > 0 {
				body = known[turn[kind]%len(known)]
				turn[kind]++
			}
			for first := true; first || len(body) > 0; first = false {
				n, last := min(len(body), 60_000), byte('F')
				if n < len(body) {
					last = 'C'
				}
				number++
				b := append([]byte("MSG"), last, 0, 0, 0, 0)
				b = append(b, f[channelAt:sequence]...)
				b = binary.LittleEndian.AppendUint32(b, number)
				b = append(append(b, f[requestAt:bodyAt]...), body[:n]...)
				body = body[n:]
				binary.LittleEndian.PutUint32(b[4:], uint32(len(b)))
				send(b)
			}
		case "CLO":
			return
		}
	}
}

// nothing is the answer to what the tape does not know.
var nothing = func() []byte {
	fault := &ua.ServiceFault{ResponseHeader: goodHeader()}
	fault.ResponseHeader.ServiceResult = ua.StatusBadServiceUnsupported
	kind, err := ua.Encode(ua.NewFourByteExpandedNodeID(0, ua.ServiceTypeID(fault)))
	if err != nil {
		panic(err)
	}
	body, err := ua.Encode(fault)
	if err != nil {
		panic(err)
	}
	return append(kind, body...)
}()

// serveAll lets a server take connections until the test ends.
func serveAll(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return "opc.tcp://" + l.Addr().String() + "/plant"
}

// many messages of a real server, some changed, from a server that
// answers at once: none ends this process, and neither memory nor goroutines
// are left. The long form takes a million.
func TestManyChangedMessages(t *testing.T) {
	length, want, many := 20*time.Second, int64(1000), 48
	switch {
	case os.Getenv("PENSTOCK_LONG") != "":
		want = 1_000_000
	case testing.Short():
		length, many = time.Second, 8
	}
	tp := &tape{answers: map[uint16][][]byte{}}
	peer := alarmedOne.use(t)
	dev := peer.usual()
	dev.Endpoint = serveAll(t, func(c net.Conn) { tp.record(c, peer.hostPort()) })
	if !exercise(t.Context(), dev, patience) {
		t.Fatal("nothing could be recorded")
	}
	runtime.GC()
	routines := runtime.NumGoroutine()
	p := &player{tape: tp, every: 12}
	dev.Endpoint, dev.Timeout = serveAll(t, p.serve), 200*time.Millisecond
	var workers sync.WaitGroup
	var connected, failed atomic.Int64
	var most uint64
	ctx, stop := context.WithCancel(t.Context())
	for range many {
		workers.Go(func() {
			for ctx.Err() == nil {
				if exercise(ctx, dev, time.Second) {
					connected.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	begun := time.Now()
	for p.sent.Load() < want || time.Since(begun) < length || connected.Load() == 0 && time.Since(begun) < patience {
		most = max(most, heapNow())
		time.Sleep(20 * time.Millisecond)
	}
	took := time.Since(begun)
	stop()
	workers.Wait()
	fmt.Printf("%d of %d messages changed in %v; connected %d times, refused %d times; heap at most %d MB\n", p.changed.Load(), p.sent.Load(), took.Round(time.Second), connected.Load(), failed.Load(), most>>20)
	if connected.Load() == 0 {
		t.Error("there was never a connection: this shows nothing")
	}
	if most > 512<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	within(t, "all goroutines ended", func() bool { return runtime.NumGoroutine() <= routines+8 })
}
