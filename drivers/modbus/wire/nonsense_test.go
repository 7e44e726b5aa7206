package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mbap is Modbus TCP as a Framing, for a peer that is written once.
type mbap struct{}

func (mbap) PDU(f []byte) (byte, []byte) { return f[6], f[mbapLen:] }
func (mbap) Frame(unit byte, pdu []byte) []byte {
	return append([]byte{0, 0, 0, 0, byte((len(pdu) + 1) >> 8), byte(len(pdu) + 1), unit}, pdu...)
}
func (mbap) Find([]byte, []byte) ([]byte, error) { panic("a socket has its own") }

// mad is a unit that answers some requests with nonsense. It is a fair peer
// otherwise: it answers in order, and one request at a time.
type mad struct {
	framing Framing

	mu     sync.Mutex // two connections may be answered on at once
	r      *rand.Rand
	on     bool // nonsense
	late   int  // replies that may still come late, of this bout
	spoilt int
}

// patience of the requests in the bubble.
const patienceForMad = 300 * time.Millisecond

func (m *mad) dial(context.Context) (io.ReadWriteCloser, error) {
	near, far := net.Pipe()
	requests := make(chan []byte, 1000) // as a socket buffers
	go func() {
		defer close(requests)
		buf := make([]byte, 600)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			requests <- bytes.Clone(buf[:n])
		}
	}()
	go func() {
		for request := range requests {
			pieces, wait := m.answer(request)
			time.Sleep(wait)
			for _, piece := range pieces {
				if len(piece) == 0 {
					far.Close()
				}
				if _, err := far.Write(piece); err != nil {
					return
				}
			}
		}
	}()
	return near, nil
}

// right is the true reply PDU: registers hold their address, coils whether it
// is odd.
func right(pdu []byte) []byte {
	at, n := binary.BigEndian.Uint16(pdu[1:]), binary.BigEndian.Uint16(pdu[3:])
	if pdu[0] == readCoils || pdu[0] == readDiscrete {
		out := append([]byte{pdu[0], byte((n + 7) / 8)}, make([]byte, (n+7)/8)...)
		for i := range n {
			out[2+i/8] |= byte((at+i)&1) << (i % 8)
		}
		return out
	}
	out := []byte{pdu[0], byte(2 * n)}
	for i := range n {
		out = binary.BigEndian.AppendUint16(out, at+i)
	}
	return out
}

// framed is a reply as it goes over the wire; on a socket with the id of its
// request.
func (m *mad) framed(request []byte, unit byte, pdu []byte) []byte {
	f := m.framing.Frame(unit, pdu)
	if _, socket := m.framing.(mbap); socket {
		copy(f, request[:2])
	}
	return f
}

// answer is what the unit sends, piece by piece, and after which time; an empty
// piece hangs up.
func (m *mad) answer(request []byte) (pieces [][]byte, wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	unit, pdu := m.framing.PDU(request)
	reply := right(pdu)
	good := m.framed(request, unit, reply)
	r := m.r
	if !m.on || r.IntN(4) == 0 {
		return [][]byte{good}, 0
	}
	m.spoilt++
	kind := r.IntN(16)
	if kind == 1 && m.late > 0 {
		m.late--
		return [][]byte{good}, patienceForMad * 3 / 2
	}
	return m.spoil(kind, request, good, unit, reply), 0
}

// spoil makes nonsense of one kind of a good reply.
func (m *mad) spoil(kind int, request, good []byte, unit byte, reply []byte) [][]byte {
	r := m.r
	other := func(pdu ...byte) [][]byte { return [][]byte{m.framed(request, unit, pdu)} }
	switch kind {
	case 0, 1:
		return nil
	case 2:
		return [][]byte{good[:r.IntN(len(good))]}
	case 3:
		return [][]byte{append(bytes.Clone(good), m.noise(1+r.IntN(20))...)}
	case 4:
		return [][]byte{append(m.noise(1+r.IntN(20)), good...)}
	case 5, 6, 7:
		return [][]byte{m.flip(good)}
	case 8:
		return [][]byte{m.framed(request, unit+1+byte(r.IntN(254)), reply)}
	case 9:
		return other(append([]byte{reply[0] ^ byte(1+r.IntN(127))}, reply[1:]...)...)
	case 10: // short, and honest about it
		return other(append([]byte{reply[0], reply[1] - 1}, reply[2:len(reply)-1]...)...)
	case 11:
		return other(append([]byte{reply[0], reply[1] + 2}, append(bytes.Clone(reply[2:]), 0, 0)...)...)
	case 12: // says more than it has, or less
		return other(append([]byte{reply[0], byte(r.IntN(256))}, reply[2:max(2, len(reply)-1-r.IntN(2))]...)...)
	case 13:
		return other(append([]byte{reply[0] | exception}, m.noise(2+r.IntN(5))...)...)
	case 14:
		return [][]byte{m.noise(1 + r.IntN(300))}
	}
	return [][]byte{good[:r.IntN(len(good))], {}}
}

func (m *mad) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(m.r.Uint32())
	}
	return b
}

// flip turns as many bits as the framing promises to notice: three anywhere in
// RTU, one in ASCII, and on a socket, which leaves checksums to TCP, those of
// the header, the function and the count.
func (m *mad) flip(frame []byte) []byte {
	f, n, within := bytes.Clone(frame), 1, len(frame)
	switch m.framing.(type) {
	case RTU:
		n = 1 + m.r.IntN(3)
	case mbap:
		n, within = 1+m.r.IntN(4), mbapLen+2
	}
	for range n {
		f[m.r.IntN(within)] ^= 1 << m.r.IntN(8)
	}
	return f
}

// turn begins or ends a bout of nonsense, and says how much there was so far.
func (m *mad) turn(on bool) (spoilt int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on, m.late = on, 2
	return m.spoilt
}

// of all that a unit may answer nothing becomes a value but the true
// reply to the very request, and when it has come to its senses the line is in
// step within one scan: a request and its two repetitions.
func TestNonsenseIsNeverAReply(t *testing.T) {
	replies := 100_000
	switch {
	case os.Getenv("PENSTOCK_LONG") != "":
		replies = 1_000_000
	case testing.Short():
		replies = 2_000
	}
	for name, framing := range map[string]Framing{"TCP": mbap{}, "RTU": RTU{}, "ASCII": ASCII{}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { nonsense(t, framing, replies) })
		})
	}
}

func nonsense(t *testing.T, framing Framing, replies int) {
	m := &mad{framing: framing, r: rand.New(rand.NewPCG(15, 15))}
	var do func(context.Context, []byte, time.Duration) ([]byte, error)
	var counters *Counters
	if _, socket := framing.(mbap); socket {
		tcp := &TCP{Dial: m.dial}
		defer func() { tcp.Close(); time.Sleep(10 * time.Second) }() // as hangUp
		do, counters = tcp.Do, &tcp.Counters
	} else {
		s := &Stream{Dial: m.dial, Framing: framing, Quiet: 2 * time.Millisecond, Gap: 20 * time.Millisecond, Guard: time.Second}
		defer hangUp(s)
		do, counters = s.Do, &s.Counters
	}
	r := rand.New(rand.NewPCG(1, 2))
	values, refusals, worst := 0, 0, 0
	ask := func() bool {
		pdu := []byte{[]byte{readHolding, readHolding, readInput, readCoils}[r.IntN(4)]}
		pdu = binary.BigEndian.AppendUint16(pdu, uint16(r.IntN(60000)))
		pdu = binary.BigEndian.AppendUint16(pdu, uint16(1+r.IntN(20)))
		reply, err := do(t.Context(), framing.Frame(1, pdu), patienceForMad)
		if err != nil {
			return false
		}
		unit, got := framing.PDU(reply)
		if unit == 1 && len(got) == 2 && got[0] == pdu[0]|exception {
			refusals++ // noise with a right checksum, by chance
			return false
		}
		if unit != 1 || !slices.Equal(got, right(pdu)) {
			t.Fatalf("after %d spoilt replies: % x was answered with % x of unit %d", m.turn(false), pdu, got, unit)
		}
		values++
		return true
	}
	for m.turn(true) < replies {
		for range 1 + r.IntN(30) {
			ask()
		}
		m.turn(false)
		failed := 0
		for !ask() {
			if failed++; failed > 2 {
				t.Fatalf("after %d spoilt replies: an honest unit is not understood at the %d. attempt", m.turn(false), failed)
			}
		}
		worst = max(worst, failed)
	}
	if refusals > 3+replies/10_000 { // a frame may be looked for at every byte
		t.Errorf("%d refusals that nobody meant", refusals)
	}
	t.Logf("%d spoilt replies, %d true ones, %d refusals by chance; at most %d attempts failed afterwards; %d timeouts, %d replies that did not fit, %d dropped, %d connections",
		m.turn(false), values, refusals, worst, counters.Timeouts.Load(), counters.Wrong.Load(), counters.Dropped.Load(), counters.Dials.Load())
}
