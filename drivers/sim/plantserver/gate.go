package plantserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// A gate accepts clients on a port of its own and passes what they say to a
// server behind it. While it is cut it takes and gives nothing, and clients
// that it kept waiting are hung up on when it opens again, as by a network
// card that starts anew.
type gate struct {
	front  net.Listener
	behind string // address of the server
	hello  func(net.Conn) ([]byte, error)

	mu     sync.Mutex
	cut    bool
	closed bool
	pairs  map[*pair]struct{}
	done   sync.WaitGroup
}

// A pair is one client and its connection to the server.
type pair struct {
	client, server net.Conn // server is nil until the client has said hello
	spoiled        bool     // something was lost while the gate was cut
}

const (
	gateClients = 64               // at once
	gateStall   = 10 * time.Second // a client that takes nothing for so long is hung up on
)

// listen opens a gate's port. Only loopback addresses are allowed: nothing
// behind a gate asks who is there.
func listen(address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: the simulated plant lets everybody in, so only loopback addresses such as 127.0.0.1:%s are allowed", address, port)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	return l, nil
}

// spare finds a free port for a server that stands behind a gate. Nobody
// keeps it free until the server takes it, so starting one is tried again.
func spare() (port int, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// newGate opens front for the server behind. What hello reads and returns is
// the first the server hears; with no hello the server hears everything.
func newGate(front net.Listener, port int, hello func(net.Conn) ([]byte, error)) *gate {
	g := &gate{front: front, behind: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), hello: hello, pairs: map[*pair]struct{}{}}
	g.done.Add(1)
	go g.accept()
	return g
}

func (g *gate) accept() {
	defer g.done.Done()
	for {
		c, err := g.front.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of file descriptors, say
			continue
		}
		g.mu.Lock()
		if g.closed || len(g.pairs) >= gateClients {
			g.mu.Unlock()
			c.Close()
			continue
		}
		p := &pair{client: c, spoiled: g.cut}
		g.pairs[p] = struct{}{}
		g.done.Add(1)
		g.mu.Unlock()
		go func() {
			defer g.done.Done()
			g.serve(p)
			g.mu.Lock()
			delete(g.pairs, p)
			g.mu.Unlock()
		}()
	}
}

func (g *gate) serve(p *pair) {
	defer p.client.Close()
	var first []byte
	if g.hello != nil {
		p.client.SetReadDeadline(time.Now().Add(time.Minute))
		var err error
		if first, err = g.hello(p.client); err != nil {
			return
		}
		p.client.SetReadDeadline(time.Time{})
	}
	server, err := net.DialTimeout("tcp", g.behind, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	g.mu.Lock()
	p.server = server
	stop := g.closed
	lost := g.cut || p.spoiled
	p.spoiled = lost
	g.mu.Unlock()
	if stop {
		return
	}
	if !lost {
		if _, err := server.Write(first); err != nil {
			return
		}
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		g.pass(p, p.client, server)
		p.client.Close()
		server.Close()
	}()
	g.pass(p, server, p.client)
	p.client.Close()
	server.Close()
	<-back
}

// pass copies until either side ends. What comes while the gate is cut is
// taken and thrown away, so that the server behind never has to wait.
func (g *gate) pass(p *pair, to, from net.Conn) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			g.mu.Lock()
			p.spoiled = p.spoiled || g.cut
			lost := p.spoiled
			g.mu.Unlock()
			if !lost {
				to.SetWriteDeadline(time.Now().Add(gateStall))
				if _, err := to.Write(b[:n]); err != nil {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// setCut cuts the gate or opens it again.
func (g *gate) setCut(cut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cut == cut {
		return
	}
	g.cut = cut
	for p := range g.pairs {
		if !cut && p.spoiled {
			g.hangUp(p)
		}
	}
}

// hangUp ends a pair; the caller holds mu.
func (g *gate) hangUp(p *pair) {
	if t, ok := p.client.(*net.TCPConn); ok {
		t.SetLinger(0) // a reset, not a polite end
	}
	p.client.Close()
	if p.server != nil {
		p.server.Close()
	}
}

// close hangs up on everybody and waits until all is quiet.
func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	for p := range g.pairs {
		g.hangUp(p)
	}
	g.mu.Unlock()
	g.front.Close()
	g.done.Wait()
}

// uaHello takes an OPC UA client's first message. The server behind shakes
// hands with one client at a time, so nobody comes to it empty-handed.
func uaHello(c net.Conn) ([]byte, error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if string(head[:4]) != "HELF" || size < 32 || size > 8192 {
		return nil, errors.New("not an OPC UA hello")
	}
	msg := make([]byte, size)
	copy(msg, head)
	_, err := io.ReadFull(c, msg[8:])
	return msg, err
}
