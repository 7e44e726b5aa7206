package opcua

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// relay is a line that can be cut, hung and holed between a client and a
// server.
type relay struct {
	t  testing.TB
	l  net.Listener
	mu sync.Mutex

	target string // host:port of the server
	route  func(n int) string
	mode   fault
	delay  time.Duration // each way
	taken  int           // connections accepted so far
	open   map[net.Conn]bool
}

// fault is what is wrong with a line.
type fault int

const (
	sound  fault = iota
	refuse       // whoever connects is reset
	mute         // whoever connects is accepted, and nothing ever answers
	hole         // what is sent either way is lost; nobody is told
)

func newRelay(t testing.TB, target string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, l: l, target: target, open: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { r.serve(c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		r.cut()
		all.Wait()
	})
	return r
}

// url is the endpoint of the relay.
func (r *relay) url() string { return "opc.tcp://" + r.l.Addr().String() + "/plant" }

// set begins or ends a fault. Open connections live on, as they do in life.
func (r *relay) set(f fault) {
	r.mu.Lock()
	r.mode = f
	r.mu.Unlock()
}

// aim lets whoever connects from now on reach another server.
func (r *relay) aim(target string) {
	r.mu.Lock()
	r.target = target
	r.mu.Unlock()
}

func (r *relay) fault() fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mode
}

// cut resets every connection.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
}

func (r *relay) keep(c net.Conn) {
	r.mu.Lock()
	r.open[c] = true
	r.mu.Unlock()
}

func (r *relay) forget(c net.Conn) {
	r.mu.Lock()
	delete(r.open, c)
	r.mu.Unlock()
	c.Close()
}

func (r *relay) serve(c *net.TCPConn) {
	r.keep(c)
	defer r.forget(c)
	r.mu.Lock()
	mode, target := r.mode, r.target
	if r.route != nil {
		target = r.route(r.taken)
	}
	r.taken++
	r.mu.Unlock()
	switch mode {
	case refuse:
		c.SetLinger(0)
		return
	case mute:
		io.Copy(io.Discard, c)
		return
	}
	s, err := net.Dial("tcp", target)
	if err != nil {
		c.SetLinger(0)
		return
	}
	r.keep(s)
	defer r.forget(s)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{c, s}, {s, c}} {
		both.Go(func() {
			r.pump(way[1], way[0])
			c.Close()
			s.Close()
		})
	}
	both.Wait()
}

// pump copies one way, late by delay.
func (r *relay) pump(to, from net.Conn) {
	type piece struct {
		b  []byte
		at time.Time
	}
	late := make(chan piece, 1000)
	var writer sync.WaitGroup
	writer.Go(func() {
		for p := range late {
			time.Sleep(time.Until(p.at))
			if r.fault() == hole {
				continue
			}
			if _, err := to.Write(p.b); err != nil {
				from.Close()
			}
		}
	})
	for {
		buf := make([]byte, 65536)
		n, err := from.Read(buf)
		if n > 0 {
			r.mu.Lock()
			d := r.delay
			r.mu.Unlock()
			late <- piece{buf[:n], time.Now().Add(d)}
		}
		if err != nil {
			close(late)
			writer.Wait()
			return
		}
	}
}
