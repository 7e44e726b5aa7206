package modbus

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/drivertest"
)

func TestMain(m *testing.M) {
	// They wait more than they work.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// ample is how long is waited for what usually takes a moment: the computer
// may be slow and have much else to do.
const ample = time.Minute

// slave is a Modbus TCP unit for faults that no real slave makes on demand.
// The value of a register is what has been written to it, else its address.
type slave struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu       sync.Mutex
	regs     map[uint16]uint16
	requests [][]byte
	// answer turns a request into the bytes sent back; nil: right answers.
	answer func(s *slave, request []byte) [][]byte
	delay  time.Duration
	conns  map[net.Conn]bool
}

func startSlave(t testing.TB) *slave {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return slaveOn(t, l)
}

func slaveOn(t testing.TB, l net.Listener) *slave {
	s := &slave{listener: l, regs: map[uint16]uint16{}, conns: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		l.Close()
		s.hangUp()
		s.wg.Wait()
	})
	return s
}

// device is one whose requests are not given up only because the computer is slow.
func (s *slave) device() drivers.Device {
	return drivers.Device{
		Name: "plc", Driver: "modbus", Timeout: ample,
		Endpoint: "modbus://" + s.listener.Addr().String() + "?unit=1",
		Options:  map[string]string{},
	}
}

// impatient is device for tests in which requests are not answered. The time is
// short, so what a test wants of it must not be all of a few answers.
func (s *slave) impatient() drivers.Device {
	dev := s.device()
	dev.Timeout = 200 * time.Millisecond
	return dev
}

// hangUp closes every connection.
func (s *slave) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

func (s *slave) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(c) })
	}
}

func (s *slave) serve(c net.Conn) {
	defer c.Close()
	head := make([]byte, 7)
	for {
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(head[4:])-1)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		request := append(append([]byte(nil), head...), body...)
		s.mu.Lock()
		s.requests = append(s.requests, request)
		answer, delay := s.answer, s.delay
		s.mu.Unlock()
		time.Sleep(delay)
		pieces := [][]byte{s.right(request)}
		if answer != nil {
			pieces = answer(s, request)
		}
		for _, p := range pieces {
			if _, err := c.Write(p); err != nil {
				return
			}
		}
	}
}

func (s *slave) set(answer func(*slave, []byte) [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *slave) asked() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte(nil), s.requests...)
}

// reply wraps a PDU as the answer to a request.
func reply(request []byte, pdu ...byte) []byte {
	out := append([]byte(nil), request[:7]...)
	binary.BigEndian.PutUint16(out[4:], uint16(1+len(pdu)))
	return append(out, pdu...)
}

// right answers as a healthy unit does.
func (s *slave) right(request []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	pdu := request[7:]
	at := binary.BigEndian.Uint16(pdu[1:])
	n := binary.BigEndian.Uint16(pdu[3:])
	switch pdu[0] {
	case 1, 2:
		bits := make([]byte, (n+7)/8)
		for i := range n {
			if s.register(at+i)&1 == 1 {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		return reply(request, append([]byte{pdu[0], byte(len(bits))}, bits...)...)
	case 3, 4:
		out := []byte{pdu[0], byte(2 * n)}
		for i := range n {
			out = binary.BigEndian.AppendUint16(out, s.register(at+i))
		}
		return reply(request, out...)
	case 5:
		s.regs[at] = n >> 15
		return reply(request, pdu...)
	case 6:
		s.regs[at] = n
		return reply(request, pdu...)
	case 15:
		for i := range n {
			s.regs[at+i] = uint16(pdu[6+i/8] >> (i % 8) & 1)
		}
		return reply(request, pdu[:5]...)
	case 16:
		for i := range n {
			s.regs[at+i] = binary.BigEndian.Uint16(pdu[6+2*i:])
		}
		return reply(request, pdu[:5]...)
	case 23:
		to, k := binary.BigEndian.Uint16(pdu[5:]), binary.BigEndian.Uint16(pdu[7:])
		for i := range k {
			s.regs[to+i] = binary.BigEndian.Uint16(pdu[10+2*i:])
		}
		out := []byte{23, byte(2 * n)}
		for i := range n {
			out = binary.BigEndian.AppendUint16(out, s.register(at+i))
		}
		return reply(request, out...)
	case 22:
		or := binary.BigEndian.Uint16(pdu[5:])
		s.regs[at] = s.register(at)&n | or&^n
		return reply(request, pdu...)
	}
	return reply(request, pdu[0]|0x80, illegalFunction)
}

func (s *slave) register(at uint16) uint16 {
	if v, ok := s.regs[at]; ok {
		return v
	}
	return at
}

// dial connects, if need be with several attempts: a peer may not have begun to
// listen, and a short timeout may be over before it gets the processor.
func dial(t testing.TB, d *Driver, dev drivers.Device) *conn {
	t.Helper()
	for end := time.Now().Add(ample); ; time.Sleep(20 * time.Millisecond) {
		c, err := d.dial(t.Context(), dev)
		if err == nil {
			t.Cleanup(func() { c.Close() })
			return c
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func pt(address, typ string) drivers.Point {
	return drivers.Point{Address: address, Type: typ, Period: time.Second}
}

// readAll reads points and fails the test when the connection does.
func readAll(t testing.TB, c *conn, points ...drivers.Point) []tag.Value {
	t.Helper()
	vals := make([]tag.Value, len(points))
	if err := c.Read(t.Context(), points, vals); err != nil {
		t.Fatal(err)
	}
	return vals
}

func TestReadAndWriteEveryTable(t *testing.T) {
	s := startSlave(t)
	c := dial(t, new(Driver), s.device())
	for _, w := range []struct {
		p  drivers.Point
		v  tag.Scalar
		fc byte
	}{
		{pt("40001", "uint16"), tag.Int(65535), 6},
		{pt("40002", "int16"), tag.Int(-5), 6},
		{pt("40003", "float32 CDAB"), tag.Float(123.5), 16},
		{pt("40010", "bit 3"), tag.Bool(true), 22},
		{pt("40011", "uint8 hi"), tag.Int(200), 22},
		{pt("00005", ""), tag.Bool(true), 5},
		{pt("00006", "bool fc15"), tag.Bool(true), 15},
		{pt("40020", "string(5)"), tag.Text("pump"), 16},
		{pt("40030", "uint16 fc23"), tag.Int(9), 23},
		{pt("40031", "float32 CDAB fc23"), tag.Float(-2.5), 23},
	} {
		if err := c.Write(t.Context(), w.p, w.v); err != nil {
			t.Errorf("write %v to %s: %v", w.v, w.p.Address, err)
			continue
		}
		asked := s.asked()
		if fc := asked[len(asked)-1][7]; fc != w.fc {
			t.Errorf("%s %s was written with function %d, want %d", w.p.Address, w.p.Type, fc, w.fc)
		}
		v := readAll(t, c, w.p)[0]
		if v.Value != w.v || v.Quality != tag.Good {
			t.Errorf("%s %s reads %v (%v), want %v", w.p.Address, w.p.Type, v.Value, v.Quality, w.v)
		}
	}
	if v := readAll(t, c, pt("30008", ""), pt("10004", "")); v[0].Value != tag.Int(7) || v[1].Value != tag.Bool(true) {
		t.Errorf("input register and discrete input read %v", v)
	}
}

// A reply that comes after its time is nobody's value.
// What a poor line costs is counted: reads that were repeated, and replies that
// were no use.
func TestWhatAPoorLineCostsIsCounted(t *testing.T) {
	s := startSlave(t)
	c := dial(t, new(Driver), s.device())
	readAll(t, c, pt("HR1", ""))
	if w := c.Wire(); w.Sent != 2 || w.Received != 2 || w.Repeated != 0 || w.Unfit != 0 || w.SentBytes != 24 { // with the greeting
		t.Errorf("on a good line: %+v", w)
	}
	n := 0
	s.set(func(s *slave, request []byte) [][]byte {
		if n++; n == 1 {
			return [][]byte{reply(request, 3, 0)}
		}
		return [][]byte{s.right(request)}
	})
	readAll(t, c, pt("HR1", ""))
	if w := c.Wire(); w.Sent != 4 || w.Received != 3 || w.Repeated != 1 || w.Unfit != 1 || w.Answers.Count() != 3 {
		t.Errorf("after one reply that was too short: %+v", w)
	}
}

func TestALateReplyIsDropped(t *testing.T) {
	s := startSlave(t)
	dev := s.impatient()
	dev.Options["retries"] = "0"
	dev.Options["demote_after"] = "99"
	c := dial(t, new(Driver), dev)
	late := true
	s.set(func(s *slave, request []byte) [][]byte {
		if binary.BigEndian.Uint16(request[8:]) == 2 && late {
			late = false
			time.Sleep(300 * time.Millisecond)
		}
		return [][]byte{s.right(request)}
	})
	// read reads one register until it is there. Other replies than the one
	// that is held up may be late as well, where the computer is busy.
	read := func(at int) (first tag.Value) {
		t.Helper()
		for end := time.Now().Add(ample); time.Now().Before(end); {
			vals := make([]tag.Value, 1)
			if err := c.Read(t.Context(), []drivers.Point{pt(fmt.Sprintf("HR%d", at), "")}, vals); err != nil {
				c.Close()
				c = dial(t, new(Driver), dev)
				continue
			}
			if first == (tag.Value{}) {
				first = vals[0]
			}
			switch v := vals[0]; {
			case v.Quality.Usable() && v.Value != tag.Int(int64(at)):
				t.Fatalf("register %d reads %v", at, v.Value)
			case v.Quality.Usable():
				return first
			}
		}
		t.Fatalf("register %d is not read any more", at)
		return first
	}
	line := c.line
	if v := read(2); v.Quality.Usable() || v.Value.Kind() != tag.None {
		t.Fatalf("the late read brought %v (%v)", v.Value, v.Quality)
	}
	for at := range 5 {
		read(3 + at)
	}
	if n := line.counters.Dropped.Load(); n == 0 {
		t.Error("the late reply was not dropped")
	}
}

// gate is a proxy before a unit that can cut the line or let it hang.
type gate struct {
	t        *testing.T
	target   string
	listener net.Listener
	address  string
	wg       sync.WaitGroup

	mu      sync.Mutex
	hanging bool
	conns   []net.Conn
}

func startGate(t *testing.T, target string) *gate {
	t.Helper()
	g := &gate{t: t, target: target, address: "127.0.0.1:0"}
	g.open()
	g.address = g.listener.Addr().String()
	t.Cleanup(func() {
		g.cut()
		g.wg.Wait()
	})
	return g
}

func (g *gate) open() {
	l, err := net.Listen("tcp", g.address)
	if err != nil {
		g.t.Error(err)
		return
	}
	g.listener = l
	g.wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", g.target)
			if err != nil {
				near.Close()
				continue
			}
			g.mu.Lock()
			g.conns = append(g.conns, near, far)
			g.mu.Unlock()
			g.wg.Go(func() { g.pass(near, far) })
			g.wg.Go(func() { g.pass(far, near) })
		}
	})
}

func (g *gate) pass(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 512)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		g.mu.Lock()
		hanging := g.hanging
		g.mu.Unlock()
		if hanging {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (g *gate) cut() {
	g.listener.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.Close()
	}
	g.conns = nil
}

func (g *gate) hang() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hanging = true
}

func (g *gate) heal() {
	g.mu.Lock()
	was := g.hanging
	g.hanging = false
	g.mu.Unlock()
	if !was {
		g.open()
	}
}

func TestConformance(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		s := startSlave(t)
		g := startGate(t, s.listener.Addr().String())
		s.set(refusing(500, 599))
		h := harness("modbus://" + g.address + "?unit=1")
		h.Cut, h.Hang, h.Heal = g.cut, g.hang, g.heal
		h.Held = func() tag.Scalar {
			s.mu.Lock()
			defer s.mu.Unlock()
			return tag.Int(int64(int16(s.register(10))))
		}
		return h
	})
}

// harness is a unit whose registers 500 to 599 are refused.
func harness(endpoint string) drivertest.Harness {
	dev := drivers.Device{Name: "plc", Driver: "modbus", Endpoint: endpoint, Timeout: 3 * time.Second, Options: map[string]string{}}
	bad := dev
	bad.Endpoint = "modbus://"
	return drivertest.Harness{
		Driver: new(Driver), Device: dev, BadDevice: bad,
		Readable: []drivers.Point{pt("40001", "uint16"), pt("40101", "uint32 CDAB"), pt("30007", ""), pt("00004", ""), pt("10005", "")},
		Writable: pt("40011", "int16"),
		Values:   [2]tag.Scalar{tag.Int(-123), tag.Int(32000)},
		TooBig:   tag.Int(40000),
		Missing:  pt("HR555", ""),
		Broken:   pt("pump", ""),
	}
}

// refusing answers requests that touch registers from..to with exception 2.
func refusing(from, to int) func(*slave, []byte) [][]byte {
	return func(s *slave, request []byte) [][]byte {
		pdu := request[7:]
		at, n := int(binary.BigEndian.Uint16(pdu[1:])), 1
		if pdu[0] <= 4 || pdu[0] >= 15 && pdu[0] <= 16 {
			n = int(binary.BigEndian.Uint16(pdu[3:]))
		}
		if at <= to && at+n > from {
			return [][]byte{reply(request, pdu[0]|0x80, illegalAddress)}
		}
		return [][]byte{s.right(request)}
	}
}

// A unit that ignores what it does not like instead of refusing it costs the
// points it ignores, and no others.
func TestAnIgnoredAddressSparesTheRest(t *testing.T) {
	t.Parallel()
	s := startSlave(t)
	dev := s.impatient()
	c := dial(t, new(Driver), dev)
	s.set(func(s *slave, request []byte) [][]byte {
		pieces := refusing(40, 41)(s, request)
		if pieces[0][7]&0x80 != 0 {
			return nil
		}
		return pieces
	})
	var points []drivers.Point
	for at := 0; at < 120; at += 4 {
		points = append(points, pt(fmt.Sprintf("HR%d", at), ""))
	}
	points = append(points, pt("IR7", "")) // another table is never in doubt
	good := 0
	for end := time.Now().Add(ample); good != len(points)-1; {
		if time.Now().After(end) {
			t.Fatalf("%d of %d points are good, want all but one", good, len(points))
		}
		vals := make([]tag.Value, len(points))
		if err := c.Read(t.Context(), points, vals); err != nil { // nothing in it came in time
			c.Close()
			c = dial(t, new(Driver), dev)
			continue
		}
		good = 0
		for i, v := range vals {
			at := int64(4 * i)
			if i == len(points)-1 {
				at = 7
			}
			if v.Quality == tag.Good {
				good++
				if v.Value != tag.Int(at) {
					t.Fatalf("%s reads %v", points[i].Address, v.Value)
				}
			}
		}
	}
}
