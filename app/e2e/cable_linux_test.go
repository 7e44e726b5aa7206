package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/host"
	"penstock/drivers/opcua"
)

// cable joins this computer and a network namespace, the plant's side, packet
// by packet. It is made of two TUN devices, so that packets can be lost whatever
// the kernel was built with. A proxy cannot do that: it ends connections
// itself, and what is lost beneath a connection never gets to it.
type cable struct {
	ns, near, far string // names of the namespace and of the two devices
	host          string // the plant's address
	drop          atomic.Int64
}

// newCable lays a cable; the test is left out where that takes rights that
// nobody has here.
func newCable(t *testing.T) *cable {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can lay a cable to a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the command ip for a network of its own")
	}
	n := os.Getpid() % 60000
	c := &cable{ns: fmt.Sprint("penstock", n), near: fmt.Sprint("pn", n, "a"), far: fmt.Sprint("pn", n, "b")}
	subnet := fmt.Sprintf("198.18.%d.", n%250) // for tests of networks: RFC 2544
	c.host = subnet + "2"
	if out, err := exec.Command("ip", "netns", "add", c.ns).CombinedOutput(); err != nil {
		t.Skipf("no network namespace can be made here: %s", out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "del", c.ns).Run() })
	near, far := c.end(t, c.near), c.end(t, c.far)
	c.ip(t, "link", "set", c.far, "netns", c.ns)
	c.ip(t, "addr", "add", subnet+"1/30", "dev", c.near)
	c.ip(t, "link", "set", c.near, "up")
	c.ip(t, "-n", c.ns, "addr", "add", c.host+"/30", "dev", c.far)
	c.ip(t, "-n", c.ns, "link", "set", c.far, "up")
	c.ip(t, "-n", c.ns, "link", "set", "lo", "up")
	var both sync.WaitGroup
	both.Go(func() { c.carry(near, far) })
	both.Go(func() { c.carry(far, near) })
	t.Cleanup(func() { near.Close(); far.Close(); both.Wait() })
	return c
}

// end makes one of the two devices.
func (c *cable) end(t *testing.T, name string) *os.File {
	t.Helper()
	const (
		setInterface = 0x400454ca // TUNSETIFF
		packetsOnly  = 0x1001     // IFF_TUN | IFF_NO_PI
	)
	fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no TUN device can be made here: %v", err)
	}
	request := struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}{flags: packetsOnly}
	copy(request.name[:15], name)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), setInterface, uintptr(unsafe.Pointer(&request))); errno != 0 {
		syscall.Close(fd)
		t.Skipf("no TUN device can be made here: %v", errno)
	}
	return os.NewFile(uintptr(fd), name)
}

func (c *cable) ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v %s", strings.Join(args, " "), err, out)
	}
}

// carry takes packets from one end to the other, but for those that are lost.
func (c *cable) carry(from, to *os.File) {
	packet := make([]byte, 1<<16)
	for {
		n, err := from.Read(packet)
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // pulled
			continue
		}
		if rand.Int64N(1000) >= c.drop.Load() {
			to.Write(packet[:n]) // a pulled end takes nothing, as in the world
		}
	}
}

// lose lets a part of all packets get lost, in thousandths.
func (c *cable) lose(thousandths int64) { c.drop.Store(thousandths) }

// R-14 beneath the connection: packets that are lost, all of them or some, and
// a cable that is out of its socket. How soon it shows and how soon it is well
// again is measured; the limits are those that operators are promised.
func TestCableFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	c := newCable(t)
	packages, script := nodePeer(t, "server.js")
	port := freePort(t)
	server := start(t, []string{"NODE_PATH=" + packages}, "ip", "netns", "exec", c.ns, "node", script,
		fmt.Sprintf(`{"port": %d, "pki": %q, "vars": 20}`, port, filepath.Join(t.TempDir(), "pki")))
	server.line(90*time.Second, "READY ")

	r := &rig{t: t}
	go r.watchMachine(t.Context())
	w := &watched{name: "PLC", last: map[tag.ID]tag.Value{}}
	points := []drivers.Tagged{{ID: "COUNT", Point: drivers.Point{Address: "nsu=urn:penstock:peer;s=COUNT", Period: 100 * time.Millisecond}}}
	for i := range 20 {
		points = append(points, drivers.Tagged{ID: tag.ID(fmt.Sprint("V", i)), Point: drivers.Point{Address: fmt.Sprint("nsu=urn:penstock:peer;s=V", i), Period: 500 * time.Millisecond}})
	}
	set := host.Wrap(drivers.Set{"opcua": new(opcua.Driver)})
	w.link = drivers.NewLink(set["opcua"], drivers.Device{Name: "PLC", Endpoint: fmt.Sprintf("opc.tcp://%s:%d/plant", c.host, port), Options: map[string]string{"policy": "None"}},
		points, drivers.LinkOptions{Backfill: -1}, w.sink)
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); w.link.Run(ctx) }()
	t.Cleanup(func() { stop(); <-over })
	w.until(t, "at the start", 30*time.Second, noneBad)

	hole := 6 * time.Second
	if os.Getenv("PENSTOCK_LONG") != "" {
		hole = 40 * time.Second
	}
	for _, f := range []struct {
		name       string
		begin, end func()
		lasts      time.Duration
	}{
		{"nothing gets through", func() { c.lose(1000) }, func() { c.lose(0) }, hole},
		{"the cable is pulled", func() { c.ip(t, "link", "set", c.near, "down") }, func() { c.ip(t, "link", "set", c.near, "up") }, 4 * time.Second},
		{"the far end is pulled", func() { c.ip(t, "-n", c.ns, "link", "set", c.far, "down") }, func() { c.ip(t, "-n", c.ns, "link", "set", c.far, "up") }, 4 * time.Second},
	} {
		t.Run(f.name, func(t *testing.T) {
			begun := time.Now()
			f.begin()
			w.until(t, "cut", 15*time.Second, allBad)
			showed := time.Since(begun)
			time.Sleep(f.lasts - showed)
			healed := time.Now()
			f.end()
			w.until(t, "healed", 30*time.Second, noneBad)
			took := time.Since(healed)
			r.judge(t, "bad after", showed, 3*time.Second)
			r.judge(t, "good after the end", took, 5*time.Second)
		})
	}
	t.Run("some packets are lost", func(t *testing.T) {
		outages := w.link.Status().Counters.Outages
		w.longestQuiet()
		c.lose(30) // of a thousand
		time.Sleep(6 * time.Second)
		c.lose(0)
		quiet := w.longestQuiet()
		t.Logf("with 3 %% of the packets lost, the longest silence was %v", quiet.Round(time.Millisecond))
		if n := w.link.Status().Counters.Outages - outages; n > 0 && r.late.Load() < int64(time.Second) {
			t.Errorf("%d outages", n)
		}
	})
	t.Run("most packets are lost", func(t *testing.T) {
		c.lose(400)
		time.Sleep(5 * time.Second)
		healed := time.Now()
		c.lose(0)
		w.until(t, "healed", 30*time.Second, noneBad)
		t.Logf("good %v after the end", time.Since(healed).Round(time.Millisecond))
	})
}
