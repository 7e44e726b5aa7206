//go:build unix

package opcua

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopcua/opcua/ua"

	"penstock/app/tag"
	"penstock/drivers"
	"penstock/drivers/opcua/channel"
	"penstock/drivers/opcua/pki"
)

// What an operator is promised (RELIABILITY: bad at most 3 s after a fault
// begins, good at most 5 s after it ends).
const (
	badWithin  = 3 * time.Second
	goodWithin = 5 * time.Second
)

// watched is a link with a few points and what it delivers.
type watched struct {
	t    *testing.T
	link *drivers.Link

	mu   sync.Mutex
	last map[tag.ID]tag.Value
	when map[tag.ID]time.Time // of the newest good value
}

func watch(t *testing.T, d drivers.Driver, dev drivers.Device) *watched {
	t.Helper()
	w := &watched{t: t, last: map[tag.ID]tag.Value{}, when: map[tag.ID]time.Time{}}
	points := []drivers.Tagged{
		{ID: "COUNT", Point: drivers.Point{Address: at("COUNT"), Period: 100 * time.Millisecond}},
		{ID: "V0", Point: drivers.Point{Address: at("V0"), Period: 500 * time.Millisecond}},
		{ID: "V1", Point: drivers.Point{Address: at("V1"), Period: time.Second}},
	}
	w.link = drivers.NewLink(d, dev, points, drivers.LinkOptions{Backfill: -1}, func(batch []tag.Sample) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range batch {
			w.last[s.ID] = s.Value
			if s.Quality.IsGood() {
				w.when[s.ID] = time.Now()
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { w.link.Run(ctx); close(over) }()
	t.Cleanup(func() { stop(); <-over })
	w.until(15*time.Second, "all values good at first", w.good("COUNT", "V0", "V1"))
	return w
}

func (w *watched) of(id tag.ID) tag.Value {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[id]
}

// good: a good value of each has come since now.
func (w *watched) good(ids ...tag.ID) func() bool {
	since := time.Now()
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, id := range ids {
			if w.when[id].Before(since) {
				return false
			}
		}
		return true
	}
}

func (w *watched) bad(ids ...tag.ID) func() bool {
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, id := range ids {
			if w.last[id].Quality.Usable() {
				return false
			}
		}
		return true
	}
}

// until waits and returns how long it took. Time this process did not get from
// a busy computer is not held against the driver.
func (w *watched) until(limit time.Duration, what string, is func() bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for !is() {
		if time.Since(start) > limit {
			s := w.link.Status()
			w.t.Fatalf("not within %v: %s (link %s: %s)", limit, what, s.State, s.Detail)
		}
		before := time.Now()
		time.Sleep(10 * time.Millisecond)
		if late := time.Since(before) - 30*time.Millisecond; late > 0 {
			limit += late
		}
	}
	return time.Since(start)
}

var everything = []tag.ID{"COUNT", "V0", "V1"}

// fault lets begin happen, expects bad in time, waits, lets end happen and
// expects good in time.
func (w *watched) fault(begin func(), hold time.Duration, end func()) {
	w.t.Helper()
	begin()
	bad := w.until(badWithin, "everything bad", w.bad(everything...))
	if rest := hold - bad; rest > 0 {
		time.Sleep(rest)
	}
	end()
	good := w.until(goodWithin, "everything good again", w.good(everything...))
	fmt.Printf("%-55s bad after %4d ms, good %4d ms after its end\n", w.t.Name(), bad.Milliseconds(), good.Milliseconds())
}

// The faults of a line and of a server, each begun under a running link.
func TestFaultsHeal(t *testing.T) {
	if testing.Short() {
		t.Skip("two minutes of faults")
	}
	for name, story := range map[string]func(w *watched, p *peer, r *relay){
		"connection reset": func(w *watched, _ *peer, r *relay) {
			w.fault(func() { r.set(refuse); r.cut() }, 3*time.Second, func() { r.set(sound) })
		},
		"accepts and never answers": func(w *watched, _ *peer, r *relay) {
			// What hangs stays hung; only who connects from now on gets through.
			w.fault(func() { r.set(mute); r.cut() }, 12*time.Second, func() { r.set(sound) })
		},
		"black hole": func(w *watched, _ *peer, r *relay) {
			w.fault(func() { r.set(hole) }, 40*time.Second, func() { r.set(sound) })
		},
		"server stopped": func(w *watched, p *peer, _ *relay) {
			w.fault(func() { p.signal(syscall.SIGTERM) }, 2*time.Second, p.start)
		},
		"server killed": func(w *watched, p *peer, _ *relay) {
			w.fault(p.kill, 2*time.Second, p.start)
		},
		"server frozen": func(w *watched, p *peer, _ *relay) {
			w.fault(func() { p.cmd.Process.Signal(syscall.SIGSTOP) }, 6*time.Second, func() { p.cmd.Process.Signal(syscall.SIGCONT) })
		},
		"namespaces shifted": func(w *watched, p *peer, _ *relay) {
			w.fault(p.kill, time.Second, func() { p.set["shift"] = true; p.start() })
		},
		"a node is gone, and comes back": func(w *watched, p *peer, _ *relay) {
			p.kill()
			w.until(badWithin, "everything bad", w.bad(everything...))
			p.set["skip"] = 1
			p.start()
			w.until(goodWithin, "the others good", w.good("COUNT", "V0"))
			w.until(goodWithin, "the missing one bad", w.bad("V1"))
			if q := w.of("V1").Quality; q.Status() != uint32(ua.StatusBadNodeIDUnknown) {
				w.t.Errorf("the missing one is %v", q)
			}
			delete(p.set, "skip")
			p.kill()
			w.until(badWithin, "everything bad", w.bad("COUNT"))
			p.start()
			w.until(goodWithin, "everything good", w.good(everything...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPeer(t, nil)
			r := newRelay(t, p.hostPort())
			dev := p.device()
			dev.Endpoint = r.url()
			story(watch(t, Driver{}, dev), p, r)
		})
	}
}

// The same encrypted, and a server that comes back with a new certificate,
// which a person has to trust first.
func TestFaultsHealEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of faults")
	}
	p := startPeer(t, nil)
	d := Driver{PKI: t.TempDir()}
	dev := p.device()
	dev.Options = nil
	trust := func() {
		var r *pki.Refusal
		if _, err := d.Connect(t.Context(), dev); !errors.As(err, &r) {
			t.Fatalf("first contact: %v", err)
		}
		if err := d.Store().Trust(r.Thumbprint); err != nil {
			t.Fatal(err)
		}
	}
	trust()
	w := watch(t, d, dev)
	t.Run("server killed", func(t *testing.T) {
		w.t = t
		w.fault(p.kill, 2*time.Second, p.start)
	})
	t.Run("certificate renewed", func(t *testing.T) {
		w.t = t
		w.fault(p.kill, time.Second, func() {
			if err := os.RemoveAll(p.pki); err != nil {
				t.Fatal(err)
			}
			p.pki = filepath.Join(t.TempDir(), "renewed")
			p.start()
			time.Sleep(3 * time.Second)
			if !w.bad(everything...)() {
				t.Fatal("a certificate nobody has trusted was accepted")
			}
			trust()
		})
	})
}

// A request the server refuses as a whole does not disturb the data.
func TestARefusedRequestDoesNotDisturbTheData(t *testing.T) {
	p := startPeer(t, map[string]any{"read": 50})
	c := dialPeer(t, Driver{}, p.device())
	var h heard
	ended, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT"), Period: 100 * time.Millisecond}}, h.push)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []*ua.ReadValueID
	for range 500 {
		want = append(want, valueOf(clock))
	}
	if _, err := s.Call(t.Context(), &ua.ReadRequest{NodesToRead: want}); !errors.Is(err, ua.StatusBadTooManyOperations) {
		t.Fatalf("500 nodes where 50 are allowed: %v", err)
	}
	got, err := c.read(t.Context(), s, want, ua.TimestampsToReturnNeither)
	if err != nil || len(got) != 500 {
		t.Errorf("in portions: %d values, %v", len(got), err)
	}
	_, before := h.of(0)
	within(t, 3*time.Second, "more data", func() bool { _, n := h.of(0); return n > before+10 })
	select {
	case err := <-ended:
		t.Error(err)
	default:
	}
}

// A line that takes a second each way still delivers, and everything of it.
func TestSlowLine(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a slow line")
	}
	p := plainPeer(t)
	r := newRelay(t, p.hostPort())
	dev := p.device()
	dev.Endpoint = r.url()
	dev.Timeout = 10 * time.Second
	r.delay = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c, err := Driver{}.Connect(ctx, dev)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var k counted
	ended, err := c.Subscribe(ctx, []drivers.Point{{Address: at("COUNT"), Period: 50 * time.Millisecond}}, k.push)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Fatal(err)
	case <-time.After(6 * time.Second):
	}
	k.whole(t, 30)
}

// Closing frees everything, also when the server does not answer any more.
func TestCloseIsQuick(t *testing.T) {
	p := plainPeer(t)
	for name, f := range map[string]fault{"sound": sound, "hole": hole} {
		r := newRelay(t, p.hostPort())
		dev := p.device()
		dev.Endpoint = r.url()
		c := dialPeer(t, Driver{}, dev)
		if _, err := c.Subscribe(t.Context(), []drivers.Point{{Address: at("COUNT")}}, func([]int, []tag.Value) {}); err != nil {
			t.Fatal(err)
		}
		r.set(f)
		start := time.Now()
		c.Close()
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s: close took %v", name, d)
		}
		if err := c.Write(t.Context(), drivers.Point{Address: at("W.Setpoint")}, tag.Float(1)); !errors.Is(err, errClosed) && !errors.Is(err, channel.ErrClosed) {
			t.Errorf("%s: write after close: %v", name, err)
		}
	}
}

// Security tokens are renewed while data flows, in every mode.
func TestTokensAreRenewedUnderLoad(t *testing.T) {
	p := plainPeer(t)
	d := Driver{PKI: t.TempDir()}
	dev := p.device()
	dev.Options = nil
	var first *pki.Refusal
	if _, err := d.Connect(t.Context(), dev); !errors.As(err, &first) {
		t.Fatal(err)
	}
	if err := d.Store().Trust(first.Thumbprint); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"None", "Sign", "SignAndEncrypt"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dev := dev
			dev.Options = map[string]string{"mode": mode}
			if mode == "None" {
				dev.Options["policy"] = "None"
			}
			c := dialPeer(t, d, dev)
			ch, err := channel.Open(t.Context(), channel.Config{URL: dev.Endpoint, Security: c.security, Lifetime: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			s, err := channel.NewSession(t.Context(), ch, c.endpoint, channel.Identity{ApplicationURI: c.uri, Session: "renewed"}, channel.User{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			n := 0
			for end := time.Now().Add(5 * time.Second); time.Now().Before(end); n++ {
				if _, err := c.read(t.Context(), s, []*ua.ReadValueID{valueOf(clock)}, ua.TimestampsToReturnBoth); err != nil {
					t.Fatalf("after %d reads: %v", n, err)
				}
			}
			if renewed := s.Counts.Renewals.Load(); renewed < 3 {
				t.Errorf("renewed %d times in 5 s with tokens of 1 s", renewed)
			}
		})
	}
}

// What happened while a line was cut is read from the server's own history:
// everything once, and marked.
func TestTheGapOfAnOutageIsRepaired(t *testing.T) {
	p := plainPeer(t)
	r := newRelay(t, p.hostPort())
	dev := p.device()
	dev.Endpoint = r.url()
	var mu sync.Mutex
	times := map[float64]int{}
	filled := map[float64]bool{}
	l := drivers.NewLink(Driver{}, dev, []drivers.Tagged{{ID: "LIVE", Point: drivers.Point{Address: at("LIVE"), Period: 100 * time.Millisecond}}}, drivers.LinkOptions{}, func(batch []tag.Sample) {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range batch {
			if f, ok := s.Value.Value.Float(); ok && s.Quality.IsGood() {
				times[f]++
				filled[f] = s.Flags&tag.Backfilled != 0
			}
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { l.Run(ctx); close(over) }()
	defer func() { stop(); <-over }()
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(times) }
	within(t, 15*time.Second, "data", func() bool { return count() > 5 })
	r.set(refuse)
	r.cut()
	time.Sleep(4 * time.Second)
	r.set(sound)
	n := count()
	within(t, 10*time.Second, "data again, and the gap", func() bool { return count() > n+20 })
	time.Sleep(2 * time.Second)
	mu.Lock()
	defer mu.Unlock()
	lo, hi, repaired, missed := 1e9, 0.0, 0, 0
	for v := range times {
		lo, hi = min(lo, v), max(hi, v)
	}
	for v := lo; v <= hi; v++ {
		switch {
		case times[v] == 0 && !filled[v-1] && !filled[v+1]:
			missed++ // between two samples of a busy server, not in the gap
		case times[v] == 0:
			t.Errorf("%g is missing", v)
		case times[v] > 1:
			t.Errorf("%g came %d times", v, times[v])
		case filled[v]:
			repaired++
		}
	}
	if repaired < 15 || missed > 3 {
		t.Errorf("%d values were repaired, the outage took 4 s at 5 a second; %d others are missing", repaired, missed)
	}
}
